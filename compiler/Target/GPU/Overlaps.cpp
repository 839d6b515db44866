// Compares the places of what launches pass; see Note [Overlaps].
#include "Target/GPU/Overlaps.h"

#include "Kernels/Kernels.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <set>

using namespace mlir;
using namespace nn;

/// What a thread copies at once.
static constexpr int64_t widestCopy = 16;

static Overlap bySize(Value a, Value b) {
  auto bytes = [](Value value) { return byteSize(cast<ShapedType>(value.getType())); };
  return bytes(a) == bytes(b) ? Overlap::Whole : Overlap::None;
}

/// Of two buffers that a launch passes.
static Overlap passedOverlap(Value a, Value b) {
  if (a == b || rootBuffer(a) == rootBuffer(b))
    return Overlap::Whole;
  auto first = rootBuffer(a).getDefiningOp<BufferOp>(), second = rootBuffer(b).getDefiningOp<BufferOp>();
  if (!first || !second || first.getSpace() == Space::argument || second.getSpace() == Space::argument)
    return bySize(a, b); // where a loop's turn has them nobody knows
  if (first.getSpace() != second.getSpace() || first.getSpace() == Space::constant)
    return Overlap::None;
  int64_t at = int64_t(*first.getOffset()), other = int64_t(*second.getOffset());
  auto bytes = [](Value value) { return byteSize(cast<ShapedType>(value.getType())); };
  if (at == other)
    return Overlap::Whole;
  return at < other + bytes(b) && other < at + bytes(a) ? Overlap::Partly : Overlap::None;
}

void nn::noteOverlaps(ModuleOp planned) {
  llvm::DenseMap<Operation *, std::set<std::array<int64_t, 3>>> found;
  llvm::DenseMap<Operation *, std::set<int64_t>> unaligned;
  SymbolTable symbols(planned);
  planned.walk([&](LaunchOp launch) {
    auto &pairs = found[symbols.lookup(launch.getKernel())];
    for (auto [k, buffer] : llvm::enumerate(launch.getBuffers())) {
      auto root = rootBuffer(buffer).getDefiningOp<BufferOp>();
      if (!root || root.getSpace() == Space::argument || root.getOffset().value_or(0) % widestCopy != 0)
        unaligned[symbols.lookup(launch.getKernel())].insert(int64_t(k));
    }
    for (unsigned j = 0; j < launch.getBuffers().size(); ++j)
      for (unsigned i = 0; i < j; ++i)
        if (Overlap how = passedOverlap(launch.getBuffers()[i], launch.getBuffers()[j]); how != Overlap::None)
          pairs.insert({i, j, how == Overlap::Whole});
  });
  for (auto &[kernel, pairs] : found) {
    SmallVector<int64_t> flat;
    for (const auto &pair : pairs)
      flat.append(pair.begin(), pair.end());
    kernel->setAttr(overlapsAttrName, DenseI64ArrayAttr::get(kernel->getContext(), flat));
  }
  for (auto &[kernel, arguments] : unaligned)
    kernel->setAttr(unalignedAttrName, DenseI64ArrayAttr::get(kernel->getContext(), llvm::to_vector(arguments)));
}

bool nn::isAligned(Value buffer) {
  auto argument = dyn_cast<BlockArgument>(buffer);
  if (!argument)
    return true;
  auto noted = argument.getOwner()->getParentOp()->getAttrOfType<DenseI64ArrayAttr>(unalignedAttrName);
  return !noted || !llvm::is_contained(noted.asArrayRef(), int64_t(argument.getArgNumber()));
}

Overlap nn::overlapOf(Value a, Value b) {
  if (a == b)
    return Overlap::Whole;
  auto first = dyn_cast<BlockArgument>(a), second = dyn_cast<BlockArgument>(b);
  if (!first || !second)
    return Overlap::None;
  auto noted = first.getOwner()->getParentOp()->getAttrOfType<DenseI64ArrayAttr>(overlapsAttrName);
  if (!noted)
    return bySize(a, b);
  auto [i, j] = std::minmax<int64_t>(first.getArgNumber(), second.getArgNumber());
  Overlap result = Overlap::None;
  for (ArrayRef<int64_t> rest = noted.asArrayRef(); rest.size() >= 3; rest = rest.drop_front(3))
    if (rest[0] == i && rest[1] == j)
      result = std::max(result, rest[2] ? Overlap::Whole : Overlap::Partly);
  return result;
}
