// nn-split-places: kernels with much scratch are launched for some of their outer places at a time; see Note [Places in
// turns].
#include "Kernels/Kernels.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Pieces.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace nn;

/// Most of the second cache of GPUs since Ampere, which have 40 MB and more of it.
static constexpr int64_t mostScratch = 32 << 20;
static constexpr StringLiteral suffix = "$places";

bool nn::isPartOfPlaces(StringRef piece) { return piece.contains(suffix); }

namespace {

/// Whether, and how, a kernel's first outer index can run in parts.
class Places {
public:
  explicit Places(KernelOp kernel) : kernel(kernel) {}
  /// Places of a launch; 0: it stays as it is.
  int64_t perLaunch();
  KernelOp createPart(int64_t places);
  void replace(LaunchOp launch, KernelOp part, int64_t places);
  bool canReplace(LaunchOp launch, int64_t places);

private:
  bool addEquation(EquationOp op);
  bool addAccess(Value buffer, AffineMap map, unsigned index);

  KernelOp kernel;
  /// For each buffer the axis that the index runs along; -1: none.
  llvm::DenseMap<Value, int64_t> axes;
};

} // namespace

bool Places::addAccess(Value buffer, AffineMap map, unsigned index) {
  int64_t axis = -1;
  for (auto [k, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(index))
      continue;
    if (axis >= 0 || !isa<AffineDimExpr>(expr))
      return false;
    axis = int64_t(k);
  }
  auto [found, isNew] = axes.try_emplace(buffer, axis);
  bool firstAxis = axis <= 0 || buffer.getDefiningOp<ScratchOp>();
  return found->second == axis && firstAxis;
}

bool Places::addEquation(EquationOp op) {
  if (outerOf(op).empty())
    return false;
  unsigned index = unsigned(outerOf(op).front());
  bool counts = llvm::any_of(op.getBodyBlock().getOps<IndexOp>(), [&](IndexOp i) { return i.getDim() == index; });
  auto domain = op.getDomain();
  bool bounded =
      domain && llvm::any_of(domain->getConstraints(), [&](AffineExpr expr) { return expr.isFunctionOfDim(index); });
  if (counts || bounded || !op.getTables().empty() || !op.getWrite().isFunctionOfDim(index))
    return false;
  for (unsigned k = 0; k < op.getInputs().size(); ++k)
    if (!addAccess(op.getInputs()[k], op.getRead(k), index))
      return false;
  return addAccess(op.getDest(), op.getWrite(), index);
}

int64_t Places::perLaunch() {
  ArrayRef<int64_t> outer = outerOf(kernel);
  if (outer.empty() || kernel.getRoutine())
    return 0;
  int64_t bytes = piecesOf(kernel).workspaceBytes;
  if (bytes <= mostScratch ||
      !llvm::all_of(kernel.getBody().getOps<EquationOp>(), [&](EquationOp op) { return addEquation(op); }))
    return 0;
  for (int64_t places = outer.front() - 1; places > 0; --places)
    if (outer.front() % places == 0 && (bytes / outer.front() * places <= mostScratch || places == 1))
      return places;
  return 0;
}

/// The type of a buffer that has some of the places only.
static MemRefType partOf(Type type, int64_t axis, int64_t places) {
  auto whole = cast<MemRefType>(type);
  SmallVector<int64_t> shape(whole.getShape());
  if (axis >= 0)
    shape[axis] = places;
  return MemRefType::get(shape, whole.getElementType());
}

KernelOp Places::createPart(int64_t places) {
  OpBuilder b(kernel);
  IRMapping mapping;
  auto part = cast<KernelOp>(b.clone(*kernel, mapping));
  part.setSymName((kernel.getSymName() + suffix).str());
  SmallVector<int64_t> outer(outerOf(kernel));
  outer.front() = places;
  part->setAttr(outerAttrName, b.getDenseI64ArrayAttr(outer));
  for (auto [buffer, axis] : axes) {
    Value own = mapping.lookup(buffer);
    own.setType(partOf(own.getType(), axis, places));
  }
  for (EquationOp op : part.getBody().getOps<EquationOp>()) {
    SmallVector<int64_t> extents(op.getExtents());
    extents[outerOf(op).front()] = places;
    op.setExtents(extents);
  }
  return part;
}

bool Places::canReplace(LaunchOp launch, int64_t places) {
  for (auto [buffer, argument] : llvm::zip(launch.getBuffers(), kernel.getBody().getArguments())) {
    auto found = axes.find(argument);
    if (found == axes.end() || found->second < 0)
      continue;
    auto root = rootBuffer(buffer).getDefiningOp<BufferOp>();
    bool placed = root && root.getOffset() && root.getSpace() != Space::constant && root.getSpace() != Space::argument;
    if (!placed || byteSize(partOf(argument.getType(), 0, places)) % bufferAlignment != 0)
      return false;
  }
  return true;
}

void Places::replace(LaunchOp launch, KernelOp part, int64_t places) {
  OpBuilder b(launch);
  for (int64_t first = 0; first < outerOf(kernel).front(); first += places) {
    SmallVector<Value> buffers;
    for (auto [buffer, argument] : llvm::zip(launch.getBuffers(), kernel.getBody().getArguments())) {
      auto found = axes.find(argument);
      if (found == axes.end() || found->second < 0) {
        buffers.push_back(buffer);
        continue;
      }
      auto root = rootBuffer(buffer).getDefiningOp<BufferOp>();
      MemRefType type = partOf(argument.getType(), 0, places);
      int64_t offset = int64_t(*root.getOffset()) + byteSize(type) / places * first;
      buffers.push_back(
          BufferOp::create(b, launch.getLoc(), type, root.getSpace(), b.getI64IntegerAttr(offset), ElementsAttr()));
    }
    LaunchOp::create(b, launch.getLoc(), part.getSymName(), buffers);
  }
  launch.erase();
}

void nn::splitPlaces(ModuleOp planned) {
  llvm::StringMap<SmallVector<LaunchOp>> launches;
  planned.walk([&](LaunchOp launch) { launches[launch.getKernel()].push_back(launch); });
  for (KernelOp kernel : llvm::to_vector(planned.getOps<KernelOp>())) {
    Places all(kernel);
    ArrayRef<LaunchOp> here = launches[kernel.getSymName()];
    int64_t places = all.perLaunch();
    if (places == 0 || here.empty() ||
        !llvm::all_of(here, [&](LaunchOp launch) { return all.canReplace(launch, places); }))
      continue;
    KernelOp part = all.createPart(places);
    for (LaunchOp launch : here)
      all.replace(launch, part, places);
    kernel.erase();
  }
}

namespace {
struct SplitPlacesPass : PassWrapper<SplitPlacesPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitPlacesPass)
  StringRef getArgument() const override { return "nn-split-places"; }
  StringRef getDescription() const override { return "launch kernels with much scratch for some places at a time"; }
  void runOnOperation() override { splitPlaces(getOperation()); }
};
} // namespace

std::unique_ptr<Pass> nn::createSplitPlacesPass() { return std::make_unique<SplitPlacesPass>(); }
