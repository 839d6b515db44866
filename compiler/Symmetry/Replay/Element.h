// What a claim says that a group moves, and a generic element of what each generator generates.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Replay/Field.h"
#include "Symmetry/Representation.h"

#include "llvm/Support/JSON.h"

namespace nn::replay {

/// A space of a tensor, with its axes, and how the group moves it.
struct Space {
  llvm::SmallVector<int64_t> axes;
  bool values = false; ///< what moves are the entries, which are indices
  symmetry::Representation representation;
};
using Spaces = std::vector<Space>;

/// What moves of tensor `leaf`, which has this shape.
llvm::Expected<Spaces> spacesOf(const symmetry::GroupRef &group, const ActionSpec &action, unsigned leaf, bool result,
                                llvm::ArrayRef<int64_t> shape);

/// What a generator does to a space, in exact numbers: what a certificate says of it.
llvm::json::Object written(const Space &space, size_t generator);

/// The order of the roots of unity that moves are made of, a multiple of 4; 0 if there is no end of them.
int64_t orderOfRoots(llvm::ArrayRef<Spaces> spaces);

/// The generator itself, or of a Lie generator X the element exp(s X) with a variable for s: where X turns in planes, for
/// exp(i s), in which entries are then polynomials, as trigonometric functions are; where it stretches, for exp(s).
class Element {
public:
  Element(Field &field, size_t generator) : field(field), generator(generator), parameter(field.variable()) {}

  const symmetry::Move &moveOf(const Space &space) const { return space.representation.moves()[generator]; }
  /// Moves a space of a tensor of this shape; false if the exponential is no such polynomial.
  bool move(const Space &space, llvm::ArrayRef<int64_t> shape, std::vector<Number> &tensor);

private:
  using Map = llvm::function_ref<std::vector<Number>(llvm::ArrayRef<Number>)>;
  enum class Flow : uint8_t { None, Turn, Stretch, Shear };
  bool takes(Flow kind) { return (flow = flow == Flow::None ? kind : flow) == kind; }
  bool exponentiate(Map x, int n, std::vector<Number> &tensor);

  Field &field;
  size_t generator;
  Number parameter;
  Flow flow = Flow::None; ///< the same on all spaces, so that one parameter serves them all
};

} // namespace nn::replay
