// pack-operands: copies an operand of an outer product so that vectors run along its last axis.
//
// Scores s[b, i, h, j] = sum[c] q[b, i, h, c] * k[b, j, h, c] are read along j by all that follows, and j is an axis of
// k with a stride. In k as it is, c is what other contractions want along vectors; a copy costs a small part of the
// contraction.
#include "Kernels/OuterProducts.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

/// Points of the contraction for each element of a copy that is worth making.
static constexpr int64_t leastReuse = 64;

/// The indices that a map moves with, `last` behind the others.
static SmallVector<unsigned> indicesOf(AffineMap map, unsigned last) {
  SmallVector<unsigned> indices;
  for (unsigned d = 0; d < map.getNumDims(); ++d)
    if (d != last && map.isFunctionOfDim(d))
      indices.push_back(d);
  indices.push_back(last);
  return indices;
}

/// Reads input k through a copy with an axis for each index that the read moves with, if that is worth it.
static EquationOp pack(EquationOp equation, unsigned k, unsigned last) {
  EquationParts parts = partsOf(equation);
  AffineMap read = parts.reads[k];
  if (!read.isFunctionOfDim(last) || bareAxis(read, last) == int(read.getNumResults()) - 1)
    return equation;
  SmallVector<unsigned> indices = indicesOf(read, last);
  OpBuilder builder(equation);
  EquationParts copy;
  SmallVector<AffineExpr> renamed(parts.extents.size(), builder.getAffineConstantExpr(0)), packed;
  for (unsigned index : indices) {
    renamed[index] = builder.getAffineDimExpr(copy.extents.size());
    packed.push_back(builder.getAffineDimExpr(index));
    copy.extents.push_back(parts.extents[index]);
  }
  if (countPoints(copy.extents) * leastReuse > countPoints(parts.extents))
    return equation;
  copy.write = builder.getMultiDimIdentityMap(copy.extents.size());
  copy.addInput(parts.inputs[k], read.replaceDimsAndSymbols(renamed, {}, copy.extents.size(), 0));
  auto type = cast<RankedTensorType>(parts.inputs[k].getType()).clone(copy.extents);
  auto copied = EquationOp::create(builder, equation.getLoc(), copy, type,
                                   [](OpBuilder &, Location, ValueRange scalars) { return scalars[0]; });
  parts.inputs[k] = copied.getResult();
  parts.reads[k] = mapOver(parts, packed);
  return replaceEquation(equation, parts, [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, equation, scalars);
  });
}

namespace {
struct PackOperands : PassWrapper<PackOperands, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PackOperands)
  StringRef getArgument() const final { return "nn-pack-operands"; }
  StringRef getDescription() const final { return "copy operands of outer products so that vectors run along them"; }

  void runOnOperation() final {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        runOnFunction(function.getBody().front());
  }

  static void runOnFunction(Block &block) {
    OuterProducts products(block);
    for (EquationOp equation : llvm::to_vector(block.getOps<EquationOp>())) {
      if (!products.contains(equation) || equation.getCombine() != Combine::sum || equation.getFill())
        continue;
      auto last = dyn_cast<AffineDimExpr>(equation.getWrite().getResults().back());
      for (unsigned k = 0; last && k < equation.getInputs().size(); ++k)
        equation = pack(equation, k, last.getPosition());
    }
  }
};
} // namespace

std::unique_ptr<Pass> nn::createPackOperandsPass() { return std::make_unique<PackOperands>(); }
