// A generic element of what a generator generates, on tensors of formulas.
#pragma once

#include "Symmetry/Prover/Identity/FormalTensor.h"
#include "Symmetry/Solver.h"

namespace nn::prover {

/// How the element moves the cells of a space.
struct FormalMove {
  std::vector<int> image; ///< of a permutation, with signs; otherwise empty
  std::vector<int8_t> sign;
  std::vector<Number> matrix; ///< dense, row-major; empty for a permutation
  std::vector<Number> offset; ///< what is added; empty for nothing
};

/// The generator itself, or of a Lie generator X the element exp(s X), with a variable for s: where X turns in planes,
/// for exp(i s), in which the entries are then polynomials, as trigonometric functions are; where it stretches, for
/// exp(s).
class FormalElement {
public:
  explicit FormalElement(FormalField &field) : field(field), parameter(field.variable()) {}

  /// On a space; none if its exponential is no such polynomial, or its entries are too large.
  std::optional<FormalMove> on(const symmetry::Representation &representation, int generator);
  /// Of entries in the parameter.
  uint64_t degree() const { return largestDegree; }

private:
  enum class Flow : uint8_t { None, Turn, Stretch, Shear };
  using Square = std::vector<Number>;
  bool take(Flow kind);
  std::optional<Square> exponential(const Square &x, int n);
  std::optional<Square> shear(const Square &x, int n);
  std::optional<Square> spectral(const Square &x, int n, Number unit);
  Square multiply(const Square &a, const Square &b, int n) const;

  FormalField &field;
  Number parameter;
  Flow flow = Flow::None; ///< the same on all spaces, so that one parameter serves them all
  uint64_t largestDegree = 0;
};

/// A tensor of this shape with cells along these axes moved.
std::vector<Number> moveAxes(std::vector<Number> values, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int> axes,
                             const FormalMove &move, FormalField &field);

} // namespace nn::prover
