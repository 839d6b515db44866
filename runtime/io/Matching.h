/// Which tensor of a weights file is which one of the program, when the program has changed since.
#pragma once

#include "io/Safetensors.h"

namespace nnrt {

/// A tensor of the program.
struct WantedTensor {
  std::string path;
  int64_t dtype = 0;
  std::vector<int64_t> shape;
  bool needed = true; ///< the load fails without it
};

/// Why a file does not fit.
struct WeightProblem {
  enum class Kind {
    Missing,   ///< the file has nothing for `wanted`
    Differs,   ///< `stored`, of the same path, has another type
    Ambiguous, ///< `here` tensors of the program and `there` of the file differ by a number only
    Unknown,   ///< the program has nothing for `stored`
  };
  Kind kind = Kind::Missing;
  const WantedTensor *wanted = nullptr;
  const StoredTensor *stored = nullptr;
  size_t here = 0, there = 0;
};

struct WeightMatch {
  std::vector<const StoredTensor *> sources; ///< one for each wanted tensor, or null
  std::vector<size_t> renamed;               ///< the wanted tensors whose source has another path
  std::vector<WeightProblem> problems;       ///< none: the file fits
};

/// Matches tensors of equal type by their paths. Where paths differ, numbers that the compiler gave to layers without a
/// name count only by their order, and only if program and file have equally many such tensors; what is left is matched
/// by the longest common end of the path that belongs to one tensor on each side. `passOver`: states of optimizers that
/// the program does not have are no problem, nor are the curves of a training, `history/..`.
WeightMatch matchWeights(const std::vector<WantedTensor> &wanted, const Safetensors &file, bool passOver);

/// A problem as a sentence.
std::string problemText(const WeightProblem &problem, const std::string &program);

} // namespace nnrt
