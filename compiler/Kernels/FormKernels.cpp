// form-kernels: leaves tensors behind. Groups of equations become kernels on buffers, root functions lists of launches.
#include "Kernels/Groups.h"
#include "Kernels/Kernels.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace mlir;
using namespace nn;

static MemRefType bufferType(Type tensor) {
  auto type = cast<ShapedType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

namespace {

/// Turns one root function into buffers and launches.
class RootBuilder {
public:
  RootBuilder(func::FuncOp function, SymbolTable &symbols)
      : function(function), symbols(symbols), block(function.getBody().front()) {}

  /// Checks the function and makes every result the value of an equation of its own.
  LogicalResult prepare() {
    for (auto equation : block.getOps<EquationOp>())
      if (failed(check(equation)))
        return failure();
    copyResults();
    return success();
  }

  void run(const Layouts &chosen) {
    layouts = &chosen;
    SmallVector<Group> groups = formGroups(block, chosen);
    for (auto [position, group] : llvm::enumerate(groups))
      for (const Group::Member &member : group.members)
        groupsOf[member.equation].push_back(position);
    makeSignature();
    makeBuffers(groups);
    for (auto [position, group] : llvm::enumerate(groups))
      makeGroup(group, position);
    finish();
  }

private:
  static LogicalResult check(EquationOp equation) {
    Combine combine = equation.getCombine();
    if (combine != Combine::argmax && combine != Combine::argmin)
      return success();
    if (analyzeWrite(equation).owned)
      return success();
    return equation.emitError("`")
           << stringifyCombine(combine)
           << "` needs all values of a cell together; here they are scattered over computed subscripts";
  }

  //===-- Results
  //---------------------------------------------------------------------------------------------------===//

  /// True if result `k` is the parameter or state that it names, as it came in.
  bool isUnchanged(unsigned k) {
    auto argument = dyn_cast<BlockArgument>(block.getTerminator()->getOperand(k));
    auto bind = dyn_cast_or_null<BindAttr>(function.getResultAttr(k, bindingAttrName));
    if (!argument || !bind || (bind.getKind() != Binding::param && bind.getKind() != Binding::state))
      return false;
    return function.getArgAttr(argument.getArgNumber(), bindingAttrName) == bind;
  }

  void copyResults() {
    OpBuilder builder(block.getTerminator());
    llvm::DenseSet<Value> taken;
    for (OpOperand &operand : block.getTerminator()->getOpOperands()) {
      if (isUnchanged(operand.getOperandNumber())) {
        unchanged.insert(operand.getOperandNumber());
        continue;
      }
      Value value = operand.get();
      if (value.getDefiningOp<EquationOp>() && taken.insert(value).second)
        continue;
      auto copy = createElementwise(builder, value.getLoc(), cast<RankedTensorType>(value.getType()), {value},
                                    [](OpBuilder &, Location, ValueRange scalars) { return scalars[0]; });
      operand.set(copy.getResult());
      taken.insert(copy.getResult());
    }
  }

  /// Appends a block argument for each result; the tensor arguments get buffers beside them.
  void makeSignature() {
    unsigned count = block.getNumArguments();
    for (unsigned k = 0; k < count; ++k) {
      BlockArgument old = block.getArgument(k);
      types.push_back(bufferType(old.getType()));
      attributes.push_back(function.getArgAttrDict(k));
      buffers[old] = block.addArgument(types.back(), old.getLoc());
    }
    for (OpOperand &operand : block.getTerminator()->getOpOperands()) {
      unsigned k = operand.getOperandNumber();
      if (unchanged.contains(k))
        continue;
      types.push_back(bufferType(operand.get().getType()));
      NamedAttrList list(function.getResultAttrDict(k));
      list.set(resultAttrName, UnitAttr::get(function.getContext()));
      attributes.push_back(list.getDictionary(function.getContext()));
      buffers[operand.get()] = block.addArgument(types.back(), operand.get().getLoc());
    }
  }

  //===-- Buffers
  //---------------------------------------------------------------------------------------------------===//

  /// True if no kernel but those that compute the value read it.
  bool isLocal(EquationOp equation) {
    ArrayRef<unsigned> own = groupsOf[equation];
    return llvm::all_of(equation->getUsers(), [&](Operation *user) {
      auto reader = dyn_cast<EquationOp>(user);
      return reader && llvm::all_of(groupsOf.find(reader)->second,
                                    [&](unsigned group) { return llvm::is_contained(own, group); });
    });
  }

  /// Makes a buffer for every value that crosses kernels; values of one stripe are left to the kernels.
  void makeBuffers(ArrayRef<Group> groups) {
    llvm::DenseSet<Operation *> local;
    for (const Group &group : groups)
      chooseLocal(group, local);
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<LoopOp, RoutineOp>(op))
        for (Value result : op.getResults())
          buffers[result] = scratch(builder, op.getLoc(), bufferType(result.getType()));
      if (local.contains(&op) || op.getNumResults() != 1 || buffers.count(op.getResult(0)))
        continue;
      MemRefType type = bufferType(op.getResult(0).getType());
      Value buffer;
      if (isa<EquationOp>(op))
        buffer = scratch(builder, op.getLoc(), type);
      else if (auto constant = dyn_cast<ConstantOp>(op))
        buffer = BufferOp::create(builder, op.getLoc(), type, Space::constant, IntegerAttr(), constant.getValue());
      else if (auto barrier = dyn_cast<BarrierOp>(op))
        buffer = ViewOp::create(builder, op.getLoc(), type, buffers.lookup(barrier.getInput()));
      else if (auto reshape = dyn_cast<ReshapeOp>(op))
        buffer = ViewOp::create(builder, op.getLoc(), type, buffers.lookup(reshape.getInput()));
      else
        continue;
      buffers[op.getResult(0)] = buffer;
    }
  }

  static Value scratch(OpBuilder &builder, Location loc, MemRefType type) {
    return BufferOp::create(builder, loc, type, Space::scratch, IntegerAttr(), ElementsAttr());
  }

  /// The bytes of one stripe row of a value.
  static int64_t rowBytes(const Group::Member &member, const Group &group) {
    EquationOp equation = member.equation;
    return byteSize(equation.getResultType()) / std::max<int64_t>(rowsOf(group), 1);
  }

  /// The rows of a group's frame, at all places of outer indices.
  static int64_t rowsOf(const Group &group) { return group.frame * countPoints(group.outer); }

  /// Rows of a stripe that the second cache holds need no place of their own in memory.
  void chooseLocal(const Group &group, llvm::DenseSet<Operation *> &local) {
    constexpr int64_t mostRowBytes = 768 << 10, mostBytes = 4 << 10;
    for (const Group::Member &member : group.members)
      if (isLocal(member.equation) && rowBytes(member, group) <= (group.frame ? mostRowBytes : mostBytes))
        local.insert(member.equation);
  }

  //===-- Kernels
  //---------------------------------------------------------------------------------------------------===//

  /// Rows of a stripe where vectors run along the frame: some vectors.
  static constexpr int64_t vectors = 32;

  /// Rows that a register tile of a reduction needs: several, unless two other indices without conditions can be its
  /// vectors and its rows, with which different inputs move.
  int64_t tileRows(const Group::Member &member) const {
    constexpr int64_t tile = 8;
    EquationOp equation = member.equation;
    auto alongVectors = [&](Value value, AffineMap map) {
      return map.getNumResults() > 1 && layouts->isInnermost(value, bareAxis(map, member.frameIndex));
    };
    if (alongVectors(equation.getResult(), equation.getWrite()))
      return vectors;
    for (auto [k, input] : llvm::enumerate(equation.getInputs()))
      if (alongVectors(input, equation.getRead(k)))
        return vectors;
    if (equation.getCombine() == Combine::map || segmentsOf(equation))
      return 1;
    std::set<std::vector<bool>> others;
    for (auto [d, extent] : llvm::enumerate(equation.getExtents()))
      if (int(d) != member.frameIndex && extent >= tile && equation.getWrite().isFunctionOfDim(d) &&
          !isGuarded(equation, d))
        others.insert(inputsMovingWith(equation, d));
    return others.size() >= 2 ? 1 : tile;
  }

  /// For each input, whether its place depends on index `d`.
  static std::vector<bool> inputsMovingWith(EquationOp equation, unsigned d) {
    std::vector<bool> moving;
    for (unsigned k = 0; k < equation.getInputs().size(); ++k)
      moving.push_back(equation.getRead(k).isFunctionOfDim(d));
    return moving;
  }

  /// Bytes that no cache holds beside what else is at work.
  static constexpr int64_t farBytes = 8 * cacheBytes;

  /// True if every stripe reads operands whole that come from memory.
  static bool rereadsMemory(const Group::Member &member, const Group &group) {
    return group.outer.empty() && bytesReadWhole(member.equation, member.frameIndex) > farBytes;
  }

  /// Rows for which the operands that every stripe reads whole are worth reading: several points for each byte, where
  /// the second cache does not hold them, and more where they come from memory. A part of the frame at most, so that
  /// threads have something to share.
  static int64_t rowsToReread(const Group::Member &member, const Group &group) {
    EquationOp equation = member.equation;
    int64_t bytes = bytesReadWhole(equation, member.frameIndex);
    if (bytes <= cacheBytes || !group.outer.empty())
      return 1;
    constexpr int64_t parts = 4;
    int64_t pointsPerByte = rereadsMemory(member, group) ? 24 : 16;
    int64_t points = std::max<int64_t>(1, countPoints(equation) / group.frame);
    return std::min(bytes * pointsPerByte / points, group.frame / parts);
  }

  /// Rows that make pieces of some length of an operand along whose rows the frame runs, and which exceeds the caches
  /// by far: a piece of each of its rows is read, and short pieces of many pages come slowly.
  int64_t rowsToStream(const Group::Member &member, const Group &group) const {
    constexpr int64_t pieceBytes = 2 << 10;
    EquationOp equation = member.equation;
    if (equation.getCombine() == Combine::map || !group.outer.empty())
      return 1;
    for (auto [k, input] : llvm::enumerate(equation.getInputs())) {
      auto type = cast<ShapedType>(input.getType());
      int axis = bareAxis(equation.getRead(k), member.frameIndex);
      if (type.getRank() > 1 && layouts->isInnermost(input, axis) && byteSize(type) > farBytes)
        return std::min(pieceBytes * type.getNumElements() / byteSize(type), group.frame / 4);
    }
    return 1;
  }

  /// Rows of a stripe: enough work to be worth a thread's while and enough rows for a register tile, few enough that
  /// what lives in a stripe stays in the cache.
  int64_t chooseGrain(const Group &group) {
    constexpr int64_t leastWork = 500'000;
    constexpr int64_t workShare = 16; // what takes less of the whole may go without a register tile
    constexpr int64_t fewBytes = 128 << 10, mostOfCache = cacheBytes + cacheBytes / 4;
    // Vectors may run along either axis of an outer product, of which several stripes are at work at once.
    const int64_t mostBytes = group.outer.empty() ? 4 << 20 : 1 << 20;
    int64_t work = 0, bytes = 1, tile = group.outer.empty() ? 1 : vectors, rereading = 1;
    auto workOf = [&](EquationOp equation) {
      return countPoints(equation) / rowsOf(group) * (1 + bodyCost(equation.getBodyBlock()));
    };
    for (const Group::Member &member : group.members)
      work += workOf(member.equation);
    for (const Group::Member &member : group.members) {
      EquationOp equation = member.equation;
      bytes += buffers.count(equation.getResult()) ? 0 : rowBytes(member, group);
      if (int64_t rows = tileRows(member); rows >= vectors || workOf(equation) * workShare >= work)
        tile = std::max(tile, rows);
      rereading = std::max({rereading, rowsToReread(member, group), rowsToStream(member, group)});
    }
    int64_t rows = std::max((leastWork / std::max<int64_t>(work, 1) + tile) / tile * tile, rereading / tile * tile);
    // What is worth sharing is cut so that two or four threads get equal parts.
    if (group.outer.empty() && work * group.frame >= 2 * leastWork)
      rows = std::min<int64_t>(rows, llvm::alignTo(llvm::divideCeil(group.frame, 4), tile));
    // Few rows that take long are cut, too: half a register tile costs less than a thread that waits.
    if (rows >= group.frame && tile < vectors && work * group.frame >= 16 * leastWork)
      rows = llvm::divideCeil(group.frame, 2);
    // Rows for which operands are not read again are worth most of the second cache, others a small one.
    while (rows > tile && rows * bytes > (rows <= rereading ? mostOfCache : fewBytes))
      rows -= tile;
    if (!group.outer.empty()) // the last stripe at a place is as tall as the others
      rows = llvm::alignTo(llvm::divideCeil(group.frame, llvm::divideCeil(group.frame, rows)), tile);
    while (rows > 1 && rows * bytes > mostBytes)
      rows /= 2;
    rows = std::min(rows, group.frame);
    return runsAlongFrame(group) ? wholeVectors(rows, group.frame) : rows;
  }

  /// True if vectors can only run along the frame, as all results are one-dimensional.
  static bool runsAlongFrame(const Group &group) {
    return llvm::all_of(group.members, [](const Group::Member &member) {
      return EquationOp(member.equation).getResultType().getRank() == 1;
    });
  }

  /// Fewer rows, but not much fewer, so that each stripe begins where a line of the cache does; if possible as many in
  /// the last stripe as in the others, so that no code for a rest is needed.
  static int64_t wholeVectors(int64_t rows, int64_t frame) {
    if (rows == frame || rows < 4 * vectors)
      return rows;
    int64_t most = rows / vectors * vectors;
    for (int64_t less = most; less > rows / 2; less -= vectors)
      if (frame % less == 0)
        return less;
    return most;
  }

  /// A loop on the buffers of what it reads and gives, with those that its turns need.
  void makeLoop(LoopOp loop) {
    Location loc = loop.getLoc();
    OpBuilder atStart = OpBuilder::atBlockBegin(&block), root(block.getTerminator());
    auto all = [&](ValueRange tensors) {
      return llvm::map_to_vector(tensors, [&](Value tensor) { return buffers.lookup(tensor); });
    };
    SmallVector<Value> into = all(loop.getResults());
    for (Value init : loop.getStacked() ? ValueRange() : ValueRange(loop.getInits()))
      into.push_back(scratch(atStart, loc, bufferType(init.getType())));
    into.push_back(scratch(atStart, loc, MemRefType::get({}, root.getI32Type())));
    if (loop.getUntil())
      into.push_back(scratch(atStart, loc, MemRefType::get({}, root.getI1Type())));
    LoopOp::create(root, loc, TypeRange(), loop.getBody(), loop.getLength(), loop.getStacked(), loop.getUntil(),
                   all(loop.getInits()), all(loop.getXs()), all(loop.getCaptures()), into, IntegerAttr());
  }

  void makeGroup(const Group &group, unsigned position) {
    if (auto loop = dyn_cast_or_null<LoopOp>(group.alone))
      makeLoop(loop);
    else if (auto routine = dyn_cast_or_null<RoutineOp>(group.alone))
      makeRoutine(routine);
    else if (!group.alone)
      makeKernel(group, position);
  }

  /// A kernel whose frame are the slices of a routine; without leading axes there is one, and no frame.
  void makeRoutine(RoutineOp op) {
    OpBuilder builder(function), root(block.getTerminator());
    int64_t slices = 1;
    for (int64_t extent : op.getLeading())
      slices *= extent;
    bool framed = !op.getLeading().empty();
    auto kernel = KernelOp::create(builder, op.getLoc(), "k", framed ? slices : 0,
                                   framed ? builder.getI64IntegerAttr(1) : IntegerAttr());
    Block &body = kernel.getBody().emplaceBlock();
    symbols.insert(kernel);
    SmallVector<Value> outside, inputs, into;
    auto pass = [&](Value tensor, SmallVectorImpl<Value> &list) {
      outside.push_back(buffers.lookup(tensor));
      list.push_back(body.addArgument(outside.back().getType(), op.getLoc()));
    };
    for (Value input : op.getInputs())
      pass(input, inputs);
    for (Value output : op.getOutputs())
      pass(output, into);
    OpBuilder inner = OpBuilder::atBlockBegin(&body);
    RoutineOp::create(inner, op.getLoc(), TypeRange(), op.getKind(), inputs, into, describePlace(op));
    LaunchOp::create(root, op.getLoc(), kernel.getSymName(), outside);
  }

  /// Where the program asks for a routine, for messages at run time: the innermost place that is not in the library.
  static StringAttr describePlace(RoutineOp op) {
    std::string text = "an unknown place";
    op->getLoc()->walk([&](Location loc) {
      auto place = dyn_cast<FileLineColRange>(loc);
      if (!place)
        return WalkResult::advance();
      StringRef path = place.getFilename().getValue(), file = llvm::sys::path::filename(path);
      text = (file + ":" + Twine(place.getStartLine()) + ":" + Twine(place.getStartColumn())).str();
      return path.starts_with("stdlib/") ? WalkResult::advance() : WalkResult::interrupt();
    });
    return StringAttr::get(op.getContext(), text);
  }

  void makeKernel(const Group &group, unsigned position) {
    OpBuilder builder(function);
    auto kernel = KernelOp::create(builder, function.getLoc(), "k", group.frame,
                                   group.frame ? builder.getI64IntegerAttr(chooseGrain(group)) : IntegerAttr());
    if (!group.outer.empty())
      kernel->setAttr(outerAttrName, builder.getDenseI64ArrayAttr(group.outer));
    Block &body = kernel.getBody().emplaceBlock();
    symbols.insert(kernel);
    IRMapping inside;
    llvm::SetVector<Value> outside;
    auto use = [&](Value tensor) {
      Value buffer = buffers.lookup(tensor);
      if (buffer && outside.insert(buffer))
        inside.map(buffer, body.addArgument(buffer.getType(), tensor.getLoc()));
      return buffer ? inside.lookup(buffer) : inside.lookup(tensor);
    };
    OpBuilder inner = OpBuilder::atBlockBegin(&body);
    for (const Group::Member &member : group.members) {
      EquationOp equation = member.equation;
      bool stored = buffers.count(equation.getResult());
      if (stored && groupsOf[equation].front() != position)
        continue;
      if (!stored)
        inside.map(equation.getResult(), makeScratch(inner, member));
      makeEquation(inner, member, use);
    }
    OpBuilder root(block.getTerminator());
    LaunchOp::create(root, kernel.getLoc(), kernel.getSymName(), outside.getArrayRef());
  }

  static Value makeScratch(OpBuilder &builder, const Group::Member &member) {
    EquationOp equation = member.equation;
    AffineMap write = equation.getWrite();
    int axis = member.frameIndex >= 0 ? bareAxis(write, member.frameIndex) : -1;
    auto outer = llvm::map_to_vector(member.outer, [&](int64_t index) -> int64_t { return bareAxis(write, index); });
    auto scratch =
        ScratchOp::create(builder, equation.getLoc(), bufferType(equation.getResultType()), axis, IntegerAttr());
    if (!outer.empty())
      scratch->setAttr(outerAttrName, builder.getDenseI64ArrayAttr(outer));
    return scratch.getResult();
  }

  static void makeEquation(OpBuilder &builder, const Group::Member &member, llvm::function_ref<Value(Value)> use) {
    EquationOp old = member.equation;
    EquationParts parts = partsOf(old);
    WriteFacts facts = analyzeWrite(old);
    for (Value &input : parts.inputs)
      input = use(input);
    for (Value &table : parts.tables)
      table = use(table);
    parts.dest = use(old.getResult());
    // Cells out of range belong to points that conditions leave out; symbols are in range.
    if (parts.tables.empty())
      parts.drop |= mayWriteOutside(parts, old.getResultType().getShape());
    auto equation =
        EquationOp::create(builder, old.getLoc(), parts, Type(), [&](OpBuilder &inner, Location, ValueRange scalars) {
          return copyBody(inner, old, scalars);
        });
    if (Attribute segments = old->getAttr(segmentsAttrName))
      equation->setAttr(segmentsAttrName, segments);
    equation->setAttr(formAttrName, builder.getStringAttr(facts.owned ? "owner" : "scatter"));
    if (!facts.covers || !facts.owned)
      equation->setAttr(initAttrName, builder.getUnitAttr());
    if (member.frameIndex >= 0)
      equation->setAttr(frameAttrName, builder.getI64IntegerAttr(member.frameIndex));
    if (!member.outer.empty())
      equation->setAttr(outerAttrName, builder.getDenseI64ArrayAttr(member.outer));
  }

  /// Removes the tensor operations and arguments.
  void finish() {
    Operation *terminator = block.getTerminator();
    OpBuilder builder(terminator);
    func::ReturnOp::create(builder, terminator->getLoc());
    terminator->erase();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<EquationOp, ReshapeOp, ConstantOp, RoutineOp, BarrierOp>(op) ||
          (isa<LoopOp>(op) && cast<LoopOp>(op).getInto().empty()))
        op.erase();
    block.eraseArguments([](BlockArgument argument) { return isa<TensorType>(argument.getType()); });
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<BufferOp, ViewOp>(op) && op.use_empty())
        op.erase();
    function.setFunctionType(FunctionType::get(function.getContext(), types, {}));
    function.setAllArgAttrs(attributes);
    function.removeResAttrsAttr();
  }

  func::FuncOp function;
  SymbolTable &symbols;
  const Layouts *layouts = nullptr;
  Block &block;
  llvm::DenseMap<Operation *, SmallVector<unsigned, 1>> groupsOf; ///< in order; the first one stores what is stored
  llvm::DenseSet<unsigned> unchanged;
  llvm::DenseMap<Value, Value> buffers; ///< from tensors; a value of one stripe has none
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
};

struct FormKernels : PassWrapper<FormKernels, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(FormKernels)
  StringRef getArgument() const final { return "nn-form-kernels"; }
  StringRef getDescription() const final { return "group equations into kernels on buffers"; }

  void runOnOperation() final {
    SymbolTable symbols(getOperation());
    SmallVector<RootBuilder> roots;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal())
        roots.emplace_back(function, symbols);
    for (RootBuilder &root : roots)
      if (failed(root.prepare()))
        return signalPassFailure();
    Layouts layouts(getOperation());
    for (RootBuilder &root : roots)
      root.run(layouts);
  }
};

} // namespace

std::unique_ptr<Pass> nn::createFormKernelsPass() { return std::make_unique<FormKernels>(); }
