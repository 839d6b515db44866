/// Which permutations keep the constants of a program: what survives of S(n) beside a mask or a table.
#pragma once

#include "llvm/Support/Error.h"
#include <optional>
#include <string>
#include <vector>

namespace nn::symmetry {

/// A constant, and the axes that the same permutation permutes, all of extent n.
struct PermutedConstant {
  std::vector<int64_t> extents;
  std::vector<int> values; ///< row-major; equal numbers for equal values, as `equalityClasses` gives
  std::vector<int> axes;
};

/// Numbers values so that equal ones get equal numbers; 0 equals -0, and a NaN itself.
std::vector<int> equalityClasses(llvm::ArrayRef<double> values);
std::vector<int> equalityClasses(llvm::ArrayRef<int64_t> values);

struct Stabilizer {
  std::string order;                        ///< in decimal
  std::vector<std::vector<int>> generators; ///< in one-line notation
  /// If it permutes each of some blocks in all ways, and nothing else: the blocks, ascending, single points included.
  std::optional<std::vector<std::vector<int>>> blocks;
  std::string text; ///< "S(5)", "S(2) x S(3)", "trivial", "a group of 10 permutations"
};

/// The permutations of n points that keep every constant. An error says that it is too large to decide.
llvm::Expected<Stabilizer> stabilizerOf(int n, llvm::ArrayRef<PermutedConstant> constants);

} // namespace nn::symmetry
