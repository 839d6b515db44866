// nn-split-sums: long sums of products with few cells become sums of partial sums; see Note [Parts of sums].
#include "Dialect/NN/IR/EquationUtils.h"
#include "Kernels/Kernels.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Tiles.h"

using namespace mlir;
using namespace nn;

/// A part is a number of whole steps of a tile's loop.
static constexpr int64_t wholeSteps = 16;

/// The sums of the parts: the index `d` of `op` runs through one of them, a last index through all.
static Value sumParts(OpBuilder &b, EquationOp op, unsigned d, int64_t length, int64_t parts) {
  EquationParts all = EquationParts::of(op);
  unsigned dims = op.getNumDims();
  AffineExpr part = b.getAffineDimExpr(dims), within = b.getAffineDimExpr(d);
  SmallVector<AffineExpr> places;
  for (unsigned k = 0; k < dims; ++k)
    places.push_back(k == d ? part * length + within : b.getAffineDimExpr(k));
  SmallVector<int64_t> extents(op.getExtents());
  int64_t extent = std::exchange(extents[d], length);
  extents.push_back(parts);
  all.substitute(places, {}, extents);
  if (length * parts != extent)
    all.domain = intersect(
        all.domain, IntegerSet::get(dims + 1, op.getNumSymbols(), {(extent - 1) - part * length - within}, {false}));
  all.write = addLeadingResult(all.write, part);
  SmallVector<int64_t> shape = {parts};
  llvm::append_range(shape, op.getResultType().getShape());
  auto type = MemRefType::get(shape, op.getResultType().getElementType());
  all.dest = ScratchOp::create(b, op.getLoc(), type, -1, IntegerAttr());
  all.accumulate = false;
  auto sums = EquationOp::create(b, op.getLoc(), all, Type(), [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, op, scalars);
  });
  for (StringRef name : {formAttrName, frameAttrName})
    if (Attribute value = op->getAttr(name))
      sums->setAttr(name, value);
  return all.dest;
}

/// Sums what the parts have, and replaces the equation.
static void sumAll(OpBuilder &b, EquationOp op, Value sums, int64_t parts) {
  SmallVector<AffineExpr> places(op.getNumDims(), b.getAffineConstantExpr(0));
  EquationParts all;
  for (unsigned k = 0; k < op.getNumDims(); ++k)
    if (!op.isReduced(k)) {
      places[k] = b.getAffineDimExpr(all.extents.size());
      all.extents.push_back(op.getExtents()[k]);
    }
  unsigned dims = all.extents.size() + 1;
  AffineExpr part = b.getAffineDimExpr(dims - 1);
  all.extents.push_back(parts);
  all.combine = Combine::sum;
  all.write = op.getWrite().replaceDimsAndSymbols(places, {}, dims, 0);
  all.addInput(sums, addLeadingResult(all.write, part));
  all.dest = op.getDest();
  all.accumulate = op.getAccumulate();
  auto sum = EquationOp::create(b, op.getLoc(), all, Type(),
                                [](OpBuilder &, Location, ValueRange scalars) { return scalars.front(); });
  sum->setAttr(formAttrName, op->getAttr(formAttrName));
  if (auto frame = op->getAttrOfType<IntegerAttr>(frameAttrName))
    if (auto place = dyn_cast<AffineDimExpr>(places[frame.getInt()]))
      sum->setAttr(frameAttrName, b.getI64IntegerAttr(place.getPosition()));
  op.erase();
}

static void split(EquationOp op) {
  auto form = op->getAttrOfType<StringAttr>(formAttrName);
  // Kernels with outer places have tiles enough, and stripes, which parts of sums would not fit.
  if (!form || form.getValue() != "owner" || op->hasAttr(initAttrName) || op.getDrop() || !outerOf(op).empty())
    return;
  EquationInfo info(op);
  auto contraction = contractionOf(info);
  if (!contraction)
    return;
  int64_t parts = partsOf(info, *contraction);
  unsigned longest = *llvm::max_element(contraction->summed,
                                        [&](unsigned a, unsigned c) { return info.extents[a] < info.extents[c]; });
  int64_t extent = info.extents[longest], length = llvm::alignTo(llvm::divideCeil(extent, parts), wholeSteps);
  parts = llvm::divideCeil(extent, length);
  if (parts < 2)
    return;
  OpBuilder b(op);
  Value sums = sumParts(b, op, longest, length, parts);
  sumAll(b, op, sums, parts);
}

void nn::splitSums(ModuleOp planned) {
  for (KernelOp kernel : planned.getOps<KernelOp>())
    for (EquationOp op : llvm::make_early_inc_range(kernel.getBody().getOps<EquationOp>()))
      split(op);
}

namespace {
struct SplitSumsPass : PassWrapper<SplitSumsPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitSumsPass)
  StringRef getArgument() const override { return "nn-split-sums"; }
  StringRef getDescription() const override { return "cut long sums with few cells into parts"; }
  void runOnOperation() override { splitSums(getOperation()); }
};
} // namespace

std::unique_ptr<Pass> nn::createSplitSumsPass() { return std::make_unique<SplitSumsPass>(); }
