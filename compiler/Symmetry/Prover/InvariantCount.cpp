// Counts of invariant tensors, in the sentences about parameters.
#include "Symmetry/Prover/InvariantCount.h"
#include "Symmetry/Solver.h"

#include "llvm/ADT/STLExtras.h"

namespace nn::prover {

using namespace symmetry;

/// Tensors with more entries along the axes that move are not solved for: the count is a hint.
static constexpr int64_t mostCells = 4096;

/// The dimension of the tensors that the group keeps; none if it does not act on these axes.
static std::optional<int64_t> dimensionOf(const GroupRef &group, llvm::ArrayRef<int64_t> shape, const Broken &broken,
                                          llvm::StringRef by) {
  TensorSymmetry symmetry{group, {}};
  auto add = [&](llvm::ArrayRef<unsigned> axes) {
    std::vector<int64_t> extents;
    for (unsigned axis : axes)
      extents.push_back(shape[axis]);
    auto representation = represent(group, extents, by);
    if (!representation) {
      llvm::consumeError(representation.takeError());
      return false;
    }
    symmetry.actions.push_back({std::vector<int>(axes.begin(), axes.end()), *representation});
    return true;
  };
  if (broken.isGrid && !add(broken.free))
    return std::nullopt;
  for (unsigned axis : broken.isGrid ? llvm::ArrayRef<unsigned>() : llvm::ArrayRef(broken.free))
    if (!add({axis}))
      return std::nullopt;
  auto basis = solveInvariants(shape, {symmetry});
  if (!basis) {
    llvm::consumeError(basis.takeError());
    return std::nullopt;
  }
  return basis->dimension;
}

void countInvariant(Broken &broken, const GroupRef &group, llvm::StringRef by) {
  if (!broken.culprit || broken.free.empty())
    return;
  llvm::ArrayRef<int64_t> shape = mlir::cast<mlir::ShapedType>(broken.culprit.getType()).getShape();
  int64_t others = 1, moved = 1;
  for (auto [axis, extent] : llvm::enumerate(shape))
    (llvm::is_contained(broken.free, axis) ? moved : others) *= extent;
  auto dimension = moved > mostCells ? std::nullopt : dimensionOf(group, shape, broken, by);
  if (!dimension || *dimension == moved)
    return;
  broken.why += ": it has " + std::to_string(moved * others) + ", and an invariant one has " +
                (*dimension ? std::to_string(*dimension * others) : "none");
  if (*dimension == 0)
    broken.help = "leave it out, or add it to what does not move";
}

} // namespace nn::prover
