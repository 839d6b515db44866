// Sentences about operands that stay where others move, and what of all permutations is left.
#include "Symmetry/Prover/Sentences.h"
#include "Symmetry/Stabilizer.h"

#include "mlir/IR/IntegerSet.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::prover {

static std::optional<std::string> textOf(int n, const symmetry::PermutedConstant &constant) {
  auto stabilizer = symmetry::stabilizerOf(n, {constant});
  if (!stabilizer) {
    llvm::consumeError(stabilizer.takeError());
    return std::nullopt;
  }
  return stabilizer->text;
}

/// The permutations that leave a constant as it is, moved along these axes.
static std::optional<std::string> keepersOf(ArrayRef<double> values, ArrayRef<int64_t> shape, ArrayRef<unsigned> axes) {
  symmetry::PermutedConstant constant;
  constant.extents = shape.vec();
  constant.values = symmetry::equalityClasses(values);
  constant.axes.assign(axes.begin(), axes.end());
  if (axes.empty() || llvm::any_of(axes, [&](unsigned axis) { return shape[axis] != shape[axes[0]]; }))
    return std::nullopt;
  return textOf(int(shape[axes[0]]), constant);
}

std::optional<std::string> keepersOf(EquationOp op, ArrayRef<unsigned> moved) {
  constexpr int64_t mostPoints = 1 << 12;
  auto domain = op.getDomain();
  if (!domain || moved.empty() || moved.size() > 2 || op.getNumSymbols() > 0)
    return std::nullopt;
  int64_t n = op.getExtents()[moved[0]], points = moved.size() == 1 ? n : n * n;
  if (points > mostPoints || op.getExtents()[moved.back()] != n)
    return std::nullopt;
  symmetry::PermutedConstant relation;
  relation.extents.assign(moved.size(), n);
  for (unsigned k = 0; k < moved.size(); ++k)
    relation.axes.push_back(int(k));
  std::vector<int64_t> holds;
  for (int64_t p = 0; p < points; ++p) {
    bool all = true;
    for (auto [expr, isEquality] : llvm::zip(domain->getConstraints(), domain->getEqFlags())) {
      SmallVector<AffineExpr> dims;
      for (unsigned d = 0; d < op.getNumDims(); ++d)
        dims.push_back(getAffineDimExpr(d, op.getContext()));
      dims[moved[0]] = getAffineConstantExpr(moved.size() == 1 ? p : p / n, op.getContext());
      if (moved.size() == 2)
        dims[moved[1]] = getAffineConstantExpr(p % n, op.getContext());
      auto value = dyn_cast<AffineConstantExpr>(expr.replaceDims(dims));
      if (!value)
        return std::nullopt; // also about other indices
      all &= isEquality ? value.getValue() == 0 : value.getValue() >= 0;
    }
    holds.push_back(all);
  }
  relation.values = symmetry::equalityClasses(ArrayRef(holds));
  return textOf(int(n), relation);
}

/// An input of the model, or what is computed from one, that the claim leaves where it is.
static Broken stillInput(EquationOp op, const StillAxis &still, const std::string &name) {
  StringRef bare = StringRef(name).trim('`');
  std::string addition = ("`and " + bare + "." + Twine(still.axis) + "`").str();
  const auto *other =
      llvm::find_if(still.action.axes, [&](const AxisMove &axis) { return axis.kind == AxisMove::Kind::Moved; });
  std::string axis = "axis " + std::to_string(still.axis);
  if (other != still.action.axes.end())
    return {op,
            "the claim moves axis " + std::to_string(other - still.action.axes.begin()) + " of " + name + ", but not " +
                axis + ", which is read by an index that " + still.mover.name + " moves",
            "if both move, let the claim say so: " + addition + "; if only one does, read it by the other index",
            still.value};
  return {op,
          "the claim does not move " + name + ", whose " + axis + " is read by an index that " + still.mover.name +
              " moves",
          "if it moves along, let the claim say so: " + addition, still.value};
}

Broken describe(EquationOp op, const StillAxis &still, const OperandInfo &info, ArrayRef<Mover> movers) {
  std::string name = info.nameOf(still.value);
  const Mover &mover = still.mover;
  if (!mover.extents.empty())
    return {op,
            name + " has entries of its own for each place of axes that were merged, and " + mover.name +
                " moves one of them",
            "sum, average or take the maximum over that axis first", still.value};
  if (info.isParameter(still.value)) {
    Broken broken{op, name + " has entries of its own along the axis that " + mover.name + " moves",
                  "declare it `invariant under " + mover.name + "`, or leave out that axis", still.value};
    broken.free = still.readTogether;
    return broken;
  }
  if (info.isInput(still.value))
    return stillInput(op, still, name);
  auto constant = info.constantOf(still.value);
  if (!constant)
    return {op, name + " does not move with " + mover.name + ", which moves the index that it is read by", "",
            still.value};
  Broken broken{op, "the constant that is read here changes under " + mover.name, "", still.value};
  bool any = mover.kind == Mover::Kind::Permutation && mover.image.empty();
  if (any)
    broken.keeps = keepersOf(*constant, cast<ShapedType>(still.value.getType()).getShape(), still.readTogether);
  return broken;
}

} // namespace nn::prover
