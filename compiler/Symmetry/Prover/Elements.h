// The elements that a proof has to be given for, and how each moves the inputs and outputs of a claim.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Prover/Action.h"
#include "Symmetry/Representation.h"

namespace nn::prover {

using namespace symmetry; // groups and their representations

/// Elements that are treated at once: all permutations, all rotations, or one generator.
struct Element {
  std::string name;             ///< "every permutation", "the quarter turn"
  std::optional<int> generator; ///< of the group; none: all of them
  std::vector<Mover> movers;
};

/// A group with the moves of tensors under each element of what generates it.
class GroupElements {
public:
  /// The elements of the group of `action`; or why some tensor that it moves cannot be moved so. With `oneByOne` also
  /// permutations are treated by what generates them.
  static llvm::Expected<GroupElements> of(const ActionSpec &action, bool oneByOne);

  GroupRef group() const { return actingGroup; }
  llvm::ArrayRef<Element> elements() const { return all; }
  /// How element `e` moves a tensor of this shape, along these spaces of it; or why it does not.
  llvm::Expected<Action> move(size_t e, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<SpaceSpec> spaces);

private:
  unsigned moverFor(Element &element, Mover mover);
  llvm::Error moveSpace(Element &element, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space, Action &action);
  llvm::Error moveByAll(Element &element, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space, Action &action);
  llvm::Error moveByGenerator(Element &element, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space, Action &action);

  GroupRef actingGroup;
  std::string written;
  bool byTables = false; ///< axes are permuted by tables, as the values of indices are
  std::vector<Element> all;
};

/// The space with its axes: of a tensor without named axes, the only one that the group can move.
llvm::Expected<SpaceSpec> withAxes(const Group &group, llvm::ArrayRef<int64_t> shape, SpaceSpec space);
/// The representation of a space of a tensor of this shape.
llvm::Expected<Representation> representSpace(GroupRef group, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space);

} // namespace nn::prover
