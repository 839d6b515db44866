// A generic element of what a generator generates.
#pragma once

#include "Symmetry/Replay/Field.h"
#include "Symmetry/Representation.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace nn::replay {

/// The generator itself, or of a Lie generator X the element exp(s X) with a variable for s: where X turns in planes,
/// for exp(i s), in which entries are then polynomials, as trigonometric functions are; where it stretches, for exp(s).
class Element {
public:
  explicit Element(Field &field) : field(field), parameter(field.variable()) {}

  /// Moves copies of a space that lie in a tensor; false if the exponential is no such polynomial.
  bool move(const symmetry::Move &move, llvm::ArrayRef<std::vector<int64_t>> copies, std::vector<Number> &tensor);

private:
  using Numbers = std::vector<Number>;
  enum class Flow : uint8_t { None, Turn, Stretch, Shear };
  bool takes(Flow kind) { return (flow = flow == Flow::None ? kind : flow) == kind; }
  Numbers combination(const Number &a, Numbers x, const Number &b, llvm::ArrayRef<Number> y) const;
  bool exponentiate(llvm::function_ref<Numbers(llvm::ArrayRef<Number>)> x, int n, Numbers &tensor);

  Field &field;
  Number parameter;
  Flow flow = Flow::None; ///< the same on all spaces, so that one parameter serves them all
};

} // namespace nn::replay
