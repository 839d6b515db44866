// Which factors are copied by boxes, and the instruction; see Note [Bulk copies].
#include "Target/GPU/BulkCopies.h"
#include "Target/GPU/WarpGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace nn;

/// Limits of tensor maps (cuTensorMapEncodeTiled): axes, points between neighbours of a box, points that a box goes
/// over.
static constexpr int64_t mostAxes = 5, mostStep = 8, mostPoints = 256;

namespace {

/// One axis of a buffer, or several as one.
struct Axis {
  AffineExpr subscript;
  int64_t size;
  SmallVector<unsigned> number; ///< the indices whose common number the subscript is; none: it is something else
};

/// Indices of a group that have more than one value.
using Group = SmallVector<unsigned>;

} // namespace

static bool areNeighbours(ArrayRef<Group> groups, unsigned before, unsigned behind) {
  return llvm::any_of(groups, [&](const Group &group) {
    auto found = llvm::find(group, before);
    return found != group.end() && std::next(found) != group.end() && *std::next(found) == behind;
  });
}

/// The axes of a buffer, the first one first, as few as possible.
static SmallVector<Axis> axesOf(const EquationInfo &info, AffineMap read, ArrayRef<int64_t> shape,
                                ArrayRef<Group> groups) {
  SmallVector<AffineExpr> values;
  for (unsigned d = 0; d < info.dims; ++d)
    values.push_back(info.extents[d] > 1 ? getAffineDimExpr(d, read.getContext())
                                         : getAffineConstantExpr(0, read.getContext()));
  SmallVector<Axis> axes;
  for (auto [subscript, size] : llvm::zip(read.getResults(), shape)) {
    AffineExpr expr = simplifyAffineExpr(subscript.replaceDims(values), info.dims, 0);
    if (size == 1 && info.staysInside(expr, size))
      continue;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    bool joins = dim && !axes.empty() && !axes.back().number.empty() && info.extents[dim.getPosition()] == size &&
                 areNeighbours(groups, axes.back().number.back(), dim.getPosition());
    if (!joins) {
      axes.push_back({expr, size, {}});
    } else {
      axes.back().subscript = axes.back().subscript * size + expr;
      axes.back().size *= size;
    }
    if (dim)
      axes.back().number.push_back(dim.getPosition());
  }
  return axes;
}

/// True if a part's words are neighbours along an axis, or 0 behind the end of the sum.
static bool liesAlong(const EquationInfo &info, const Axis &axis, const Group &summed) {
  if (axis.number.empty() || llvm::any_of(axis.number, [&](unsigned d) { return !llvm::is_contained(summed, d); }))
    return false;
  int64_t length = info.countPoints(axis.number);
  return length % tileDepth == 0 || (ArrayRef(axis.number) == ArrayRef(summed) && length == axis.size);
}

/// The lines that move along an axis, and by how many of its points; nothing: in another way. By 0: none does.
static std::optional<std::pair<SmallVector<unsigned>, int64_t>> linesAlong(const EquationInfo &info, const Axis &axis,
                                                                           const Group &lines) {
  SmallVector<unsigned> moving =
      llvm::filter_to_vector(info.dimListOf(axis.subscript), [&](unsigned d) { return llvm::is_contained(lines, d); });
  if (moving.empty())
    return {{{}, 0}};
  if (llvm::is_contained(axis.number, moving.front()))
    return {{axis.number, 1}};
  std::optional<int64_t> step = info.coefficient(axis.subscript, moving.front());
  if (moving.size() > 1 || !step || *step < 1 || *step > mostStep)
    return std::nullopt;
  return {{moving, *step}};
}

std::optional<SmallVector<BulkAxis>> nn::bulkCopyOf(const EquationInfo &info, const Contraction &contraction,
                                                    const Factor &factor, ArrayRef<unsigned> lines, int64_t edge) {
  auto isReduced = [&](unsigned d) { return llvm::is_contained(info.reduced, d); };
  auto leavesOutPoints = [&](const Constraint &c) { return llvm::any_of(info.dimListOf(c.expr), isReduced); };
  if (contraction.words != Words::Pairs || factor.copied != groupWords ||
      llvm::any_of(factor.conditions, leavesOutPoints))
    return std::nullopt;
  auto groupOf = [&](ArrayRef<unsigned> dims) {
    return llvm::filter_to_vector(dims, [&](unsigned d) { return info.extents[d] > 1; });
  };
  Group ofLines = groupOf(lines), summed = groupOf(contraction.summed);
  EquationOp op = info.op;
  unsigned input = factor.inputs.front();
  auto shape = cast<MemRefType>(op.getInputs()[input].getType()).getShape();
  SmallVector<Axis> axes = axesOf(info, op.getRead(input), shape, {groupOf(contraction.batch), ofLines, summed});
  if (int64_t(axes.size()) > mostAxes || !liesAlong(info, axes.back(), summed))
    return std::nullopt;
  Axis last = axes.pop_back_val();
  constexpr auto wordBytes = int64_t(sizeof(int32_t));
  SmallVector<BulkAxis> copy = {{last.subscript, {last.size, wordBytes, tileDepth, 1}}};
  int64_t stride = last.size * wordBytes, left = edge;
  for (const Axis &axis : llvm::reverse(axes)) {
    auto along = linesAlong(info, axis, ofLines);
    bool movesWithPart =
        llvm::any_of(info.dimListOf(axis.subscript), [&](unsigned d) { return llvm::is_contained(last.number, d); });
    if (!along || movesWithPart)
      return std::nullopt;
    const auto &[moving, step] = *along;
    int64_t points = 1;
    if (!moving.empty()) {
      // The lines that are left to place end with these.
      if (ofLines.size() < moving.size() || ArrayRef(ofLines).take_back(moving.size()) != ArrayRef(moving))
        return std::nullopt;
      ofLines.pop_back_n(moving.size());
      int64_t length = info.countPoints(moving);
      points = ofLines.empty() ? left : std::min(left, length);
      if (left % points != 0 || (!ofLines.empty() && length % points != 0) || points * step > mostPoints)
        return std::nullopt;
      left /= points;
    }
    copy.push_back({axis.subscript, {axis.size, stride, points, std::max<int64_t>(step, 1)}});
    stride *= axis.size;
  }
  return ofLines.empty() ? std::optional(copy) : std::nullopt;
}

//===-- Parameters
//--------------------------------------------------------------------------------------------------===//

/// On the function of a piece: for each of its tensor maps, in order, the operand, and of each axis its shape.
static constexpr StringLiteral tensorsAttrName = "nn.tensors";

Value nn::addTensorMap(OpBuilder &b, Location loc, const GPUTensor &tensor) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  auto function = isa<func::FuncOp>(parent) ? cast<func::FuncOp>(parent) : parent->getParentOfType<func::FuncOp>();
  SmallVector<int64_t> numbers = {tensor.operand};
  for (const GPUTensor::Axis &axis : tensor.axes)
    numbers.append({axis.size, axis.stride, axis.points, axis.step});
  SmallVector<Attribute> tensors;
  if (auto known = function->getAttrOfType<ArrayAttr>(tensorsAttrName))
    llvm::append_range(tensors, known);
  tensors.push_back(b.getDenseI64ArrayAttr(numbers));
  function->setAttr(tensorsAttrName, b.getArrayAttr(tensors));
  unsigned position = function.getNumArguments();
  if (failed(function.insertArgument(position, LLVM::LLVMPointerType::get(b.getContext()), {}, loc)))
    llvm_unreachable("a function takes one more argument");
  return function.getArgument(position);
}

SmallVector<GPUTensor> nn::takeTensorMaps(Operation *function) {
  SmallVector<GPUTensor> tensors;
  auto attribute = dyn_cast_if_present<ArrayAttr>(function->removeAttr(tensorsAttrName));
  if (!attribute)
    return tensors;
  for (auto each : attribute.getAsRange<DenseI64ArrayAttr>()) {
    ArrayRef<int64_t> numbers = each.asArrayRef();
    tensors.push_back({numbers.consume_front(), {}});
    for (; !numbers.empty(); numbers = numbers.drop_front(4))
      tensors.back().axes.push_back({numbers[0], numbers[1], numbers[2], numbers[3]});
  }
  return tensors;
}

/// Shared memory is named as that of a cluster, which a block without one is of itself: drivers know no other form
/// before CUDA 12.7.
void nn::emitBulkCopy(OpBuilder &b, Location loc, Value map, ValueRange subscripts, Value to, Value barrier) {
  constexpr unsigned ofCluster = 7;
  auto number = [&](unsigned bits, int64_t value) -> Value {
    return LLVM::ConstantOp::create(b, loc, b.getIntegerAttr(b.getIntegerType(bits), value));
  };
  to = LLVM::AddrSpaceCastOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext(), ofCluster), to);
  SmallVector<Value> arguments = {to, barrier, map};
  for (Value subscript : subscripts)
    arguments.push_back(arith::IndexCastOp::create(b, loc, b.getI32Type(), subscript));
  // To this block alone, without a hint for caches, by no pair of blocks.
  arguments.append({number(16, 0), number(64, 0), number(1, 0), number(1, 0), number(32, 0)});
  std::string name = "llvm.nvvm.cp.async.bulk.tensor.g2s.tile." + std::to_string(subscripts.size()) + "d";
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(name), arguments);
}
