/// The null space of exact equations: its dimension from ranks modulo two primes, its basis in f64.
#pragma once

#include "Symmetry/Exact.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace nn::symmetry {

/// sum of coefficient * unknown = 0.
struct LinearEquation {
  struct Term {
    int unknown;
    Exact coefficient;
  };
  std::vector<Term> terms;
};

struct Nullspace {
  int64_t dimension = 0;
  /// Whether no unknown is in two basis vectors, with entries 1 and -1 only; then each unknown's vector (-1: none) and
  /// sign.
  bool isSharing = true;
  std::vector<int> vectorOf;
  std::vector<int8_t> signOf;
  /// Orthogonal in the inner product where unknown k counts weights[k] times; dimension x unknowns.
  std::vector<double> vectors;
};

/// Unknowns that no equation connects are solved apart.
llvm::Expected<Nullspace> solveNullspace(int unknowns, const std::vector<LinearEquation> &equations,
                                         const std::vector<double> &weights);

} // namespace nn::symmetry
