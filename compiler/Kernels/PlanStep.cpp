// plan-step: orders launches so that parameters and states are updated in place, and gives every buffer its place.
#include "Kernels/Arena.h"
#include "Kernels/Equations.h"
#include "Kernels/LaunchOrder.h"
#include "Kernels/Passes.h"

#include "noether/routines.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/MapVector.h"
#include <map>

using namespace mlir;
using namespace nn;

namespace {

/// Places of what lives across calls, shared by all functions of a module.
class Persistent {
public:
  explicit Persistent(ModuleOp module) : module(module) {
    for (Operation &op : *module.getBody()) {
      if (auto parameter = dyn_cast<ParameterOp>(op))
        place(parameter.getSymName(), cast<ShapedType>(parameter.getType()), tensors, Binding::param);
      else if (auto state = dyn_cast<StateVarOp>(op))
        place(state.getSymName(), cast<ShapedType>(state.getType()), tensors, Binding::state);
      else if (auto setting = dyn_cast<SettingOp>(op))
        place(setting.getSymName(), RankedTensorType::get({}, setting.getValue().getType()), settings,
              Binding::setting);
    }
  }

  int64_t offsetOf(BindAttr bind, ShapedType type) {
    Arena &arena = bind.getKind() == Binding::setting ? settings : bind.getKind() == Binding::loaded ? loaded : tensors;
    return place(bind.getName(), type, arena, bind.getKind());
  }

  void finish() {
    Builder builder(module.getContext());
    module->setAttr("nn.persistent_bytes", builder.getI64IntegerAttr(tensors.size()));
    module->setAttr("nn.settings_bytes", builder.getI64IntegerAttr(settings.size()));
    if (loaded.size())
      module->setAttr("nn.loaded_bytes", builder.getI64IntegerAttr(loaded.size()));
  }

private:
  int64_t place(StringRef name, ShapedType type, Arena &arena, Binding kind) {
    auto key = std::pair(static_cast<unsigned>(kind), name.str());
    auto found = offsets.find(key);
    if (found != offsets.end())
      return found->second;
    int64_t offset = arena.place(byteSize(type), 0, 0);
    offsets[key] = offset;
    if (Operation *symbol = SymbolTable::lookupSymbolIn(module, name))
      symbol->setAttr(offsetAttrName, Builder(module.getContext()).getI64IntegerAttr(offset));
    return offset;
  }

  ModuleOp module;
  Arena tensors, settings, loaded;
  std::map<std::pair<unsigned, std::string>, int64_t> offsets;
};

/// Plans one root function, or the body of a loop.
class RootPlanner {
public:
  RootPlanner(func::FuncOp function, Persistent &persistent)
      : function(function), persistent(persistent), block(function.getBody().front()), builder(function.getContext()) {}

  void run() {
    for (BlockArgument argument : isBody() ? Block::BlockArgListType() : block.getArguments())
      bindings.push_back(cast<BindAttr>(function.getArgAttr(argument.getArgNumber(), bindingAttrName)));
    pairUpdates();
    orderLaunches();
    placeArguments();
    placeScratch();
    finish();
  }

private:
  bool isBody() { return function->hasAttr(loopBodyAttrName); }
  static bool isPersistent(BindAttr bind) {
    return bind.getKind() == Binding::param || bind.getKind() == Binding::state;
  }
  /// The block of what does not come with the call.
  static std::optional<Space> ownSpace(BindAttr bind) {
    if (isPersistent(bind))
      return Space::persistent;
    if (bind.getKind() == Binding::setting)
      return Space::settings;
    return bind.getKind() == Binding::loaded ? std::optional(Space::loaded) : std::nullopt;
  }
  bool isResult(unsigned k) { return bool(function.getArgAttr(k, resultAttrName)); }

  //===-- Updates
  //---------------------------------------------------------------------------------------------------===//

  /// Finds for each new value of a parameter or state the old one; where it cannot be written in place it is computed
  /// in scratch and copied at the end.
  void pairUpdates() {
    LaunchOrder schedule(block);
    SmallVector<std::pair<BlockArgument, BlockArgument>> copies;
    for (BlockArgument result : isBody() ? Block::BlockArgListType() : block.getArguments()) {
      if (!isResult(result.getArgNumber()) || !isPersistent(bindings[result.getArgNumber()]))
        continue;
      for (BlockArgument old : block.getArguments())
        if (!isResult(old.getArgNumber()) && bindings[old.getArgNumber()] == bindings[result.getArgNumber()] &&
            !old.use_empty() && !schedule.overwrite(old, result))
          copies.push_back({old, result});
    }
    for (Operation *launch : schedule.order())
      launch->moveBefore(block.getTerminator());
    builder.setInsertionPointToStart(&block);
    for (auto [old, result] : copies)
      copyAtEnd(result);
  }

  void copyAtEnd(BlockArgument result) {
    Location loc = result.getLoc();
    auto type = cast<MemRefType>(result.getType());
    Value computed = BufferOp::create(builder, loc, type, Space::scratch, IntegerAttr(), ElementsAttr());
    result.replaceAllUsesWith(computed);
    OpBuilder atEnd(block.getTerminator());
    LaunchOp::create(atEnd, loc, copyKernel(type).getSymName(), ValueRange{computed, result});
  }

  /// A kernel that copies one buffer to another.
  KernelOp copyKernel(MemRefType type) {
    auto module = function->getParentOfType<ModuleOp>();
    OpBuilder outside(function);
    bool framed = type.getRank() > 0;
    auto kernel = KernelOp::create(outside, function.getLoc(), "copy", framed ? type.getDimSize(0) : 0,
                                   framed ? outside.getI64IntegerAttr(type.getDimSize(0)) : IntegerAttr());
    SymbolTable(module).insert(kernel);
    Block &body = kernel.getBody().emplaceBlock();
    Value from = body.addArgument(type, function.getLoc()), to = body.addArgument(type, function.getLoc());
    OpBuilder inside = OpBuilder::atBlockBegin(&body);
    EquationParts parts;
    parts.extents = llvm::to_vector(type.getShape());
    parts.write = inside.getMultiDimIdentityMap(type.getRank());
    parts.addInput(from, parts.write);
    parts.dest = to;
    auto equation = EquationOp::create(inside, function.getLoc(), parts, Type(),
                                       [](OpBuilder &, Location, ValueRange scalars) { return scalars[0]; });
    equation->setAttr(formAttrName, inside.getStringAttr("owner"));
    if (framed)
      equation->setAttr(frameAttrName, inside.getI64IntegerAttr(0));
    kernel->setAttr("nn.workspace_bytes", inside.getI64IntegerAttr(0));
    return kernel;
  }

  void orderLaunches() {
    int64_t next = 0;
    for (Operation &op : block)
      if (isa<LaunchOp, LoopOp>(op))
        order[&op] = next++;
  }

  //===-- Places
  //----------------------------------------------------------------------------------------------------===//

  /// The arguments of a loop's body come by number.
  void placeArguments() {
    for (BlockArgument argument : block.getArguments()) {
      unsigned k = argument.getArgNumber();
      if (isBody()) {
        argument.replaceAllUsesWith(
            bufferAt(Space::argument, k, cast<MemRefType>(argument.getType()), argument.getLoc()));
        continue;
      }
      auto type = cast<MemRefType>(argument.getType());
      BindAttr bind = bindings[k];
      Space space = Space::io;
      int64_t offset;
      if (bind.getKind() == Binding::loaded && argument.use_empty())
        continue; // nothing has to be read for it
      if (std::optional<Space> own = ownSpace(bind)) {
        space = *own;
        offset = persistent.offsetOf(bind, type);
        if (space == Space::loaded)
          loads.push_back(FlatSymbolRefAttr::get(builder.getContext(), bind.getName()));
      } else {
        offset = io.place(byteSize(type), 0, 0);
        describe(bind, type, offset, isResult(k) ? results : arguments);
      }
      if (argument.use_empty())
        continue;
      Value buffer = bufferAt(space, offset, type, argument.getLoc());
      argument.replaceAllUsesWith(buffer);
    }
  }

  /// One nn.buffer a place, so that a parameter and its new value are the same.
  Value bufferAt(Space space, int64_t offset, MemRefType type, Location loc) {
    Value &buffer = placed[{static_cast<unsigned>(space), offset}];
    if (!buffer)
      buffer = BufferOp::create(builder, loc, type, space, builder.getI64IntegerAttr(offset), ElementsAttr());
    return buffer;
  }

  void describe(BindAttr bind, MemRefType type, int64_t offset, SmallVectorImpl<Attribute> &list) {
    auto tensor = RankedTensorType::get(type.getShape(), type.getElementType());
    list.push_back(builder.getDictionaryAttr({builder.getNamedAttr("bind", bind),
                                              builder.getNamedAttr("offset", builder.getI64IntegerAttr(offset)),
                                              builder.getNamedAttr("type", TypeAttr::get(tensor))}));
  }

  /// Scratch buffers share memory where they do not live at the same time.
  void placeScratch() {
    llvm::MapVector<Operation *, std::pair<int64_t, int64_t>> lives;
    for (auto [op, now] : order)
      for (Value operand : op->getOperands()) {
        auto buffer = rootBuffer(operand).getDefiningOp<BufferOp>();
        if (!buffer || buffer.getSpace() != Space::scratch)
          continue;
        auto [it, isNew] = lives.insert({buffer, {now, now}});
        it->second.second = now;
      }
    for (auto &[op, life] : lives) {
      auto buffer = cast<BufferOp>(op);
      int64_t bytes = byteSize(cast<MemRefType>(buffer.getResult().getType()));
      buffer.setOffset(scratch.place(bytes, life.first, life.second));
    }
    // A body's own scratch lives as long as its loop.
    for (auto loop : block.getOps<LoopOp>())
      loop.setScratch(scratch.place(attributeOf(loop, "nn.scratch_bytes"), order[loop], order[loop]));
  }

  /// A number that the body of a loop has been given.
  static int64_t attributeOf(LoopOp loop, StringRef name) {
    auto body = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(loop, loop.getBodyAttr());
    return body->getAttrOfType<IntegerAttr>(name).getInt();
  }

  void finish() {
    int64_t workspace = 0;
    for (auto launch : block.getOps<LaunchOp>()) {
      auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(launch, launch.getKernelAttr());
      workspace = std::max(workspace, kernel->getAttrOfType<IntegerAttr>("nn.workspace_bytes").getInt());
    }
    for (auto loop : block.getOps<LoopOp>())
      workspace = std::max(workspace, attributeOf(loop, "nn.workspace_bytes"));
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isa<BufferOp, ViewOp>(op) && op.use_empty())
        op.erase();
    block.eraseArguments([](BlockArgument) { return true; });
    function.removeArgAttrsAttr();
    function.setFunctionType(builder.getFunctionType({}, {}));
    if (!isBody()) {
      function->setAttr("nn.arguments", builder.getArrayAttr(arguments));
      function->setAttr("nn.results", builder.getArrayAttr(results));
      if (llvm::any_of(bindings, isPersistent))
        function->setAttr("nn.reads_model", builder.getUnitAttr());
      if (!loads.empty())
        function->setAttr("nn.loads", builder.getArrayAttr(loads));
      function->setAttr(ioBytesAttrName, builder.getI64IntegerAttr(io.size()));
    }
    function->setAttr("nn.scratch_bytes", builder.getI64IntegerAttr(scratch.size()));
    function->setAttr("nn.workspace_bytes", builder.getI64IntegerAttr(workspace));
  }

  func::FuncOp function;
  Persistent &persistent;
  Block &block;
  OpBuilder builder;
  SmallVector<BindAttr> bindings;
  SmallVector<Attribute> arguments, results, loads;
  llvm::MapVector<Operation *, int64_t> order; ///< launches and loops by their moments
  llvm::DenseMap<std::pair<unsigned, int64_t>, Value> placed;
  Arena io, scratch;
};

/// Bytes that a routine works in.
int64_t workspaceOf(RoutineOp routine) {
  ArrayRef<int64_t> core = routine.getCore(0);
  switch (routine.getKind()) {
  case RoutineKind::solve:
    return nnrt_solve_workspace(core[0], routine.getCore(1)[1]);
  case RoutineKind::cholesky:
    return nnrt_cholesky_workspace(core[0]);
  case RoutineKind::eigh:
    return nnrt_eigh_workspace(core[0]);
  case RoutineKind::svd:
    return nnrt_svd_workspace(core[0], core[1]);
  case RoutineKind::fft:
  case RoutineKind::fft_inverse:
    return nnrt_fft_workspace(core[0]);
  case RoutineKind::order:
    return nnrt_order_workspace(core[0]);
  case RoutineKind::group:
    return 0;
  }
  return 0;
}

/// Places a kernel's scratch in its workspace; a stripe's rows are as many as the grain.
void placeWorkspace(KernelOp kernel) {
  Builder builder(kernel.getContext());
  if (RoutineOp routine = kernel.getRoutine()) {
    kernel->setAttr("nn.workspace_bytes", builder.getI64IntegerAttr(workspaceOf(routine)));
    return;
  }
  llvm::DenseMap<Value, std::pair<int64_t, int64_t>> lives;
  for (auto [now, op] : llvm::enumerate(kernel.getBody().front()))
    for (Value operand : op.getOperands()) {
      auto [it, isNew] = lives.try_emplace(operand, now, now);
      it->second.second = now;
    }
  Arena arena;
  for (auto scratch : kernel.getBody().getOps<ScratchOp>()) {
    auto type = cast<MemRefType>(scratch.getResult().getType());
    int64_t bytes = byteSize(type.clone(storedShape(scratch, kernel.getGrain().value_or(1))));
    auto [first, last] = lives.lookup(scratch.getResult());
    scratch.setOffset(arena.place(bytes, first, last));
  }
  kernel->setAttr("nn.workspace_bytes", builder.getI64IntegerAttr(arena.size()));
}

struct PlanStep : PassWrapper<PlanStep, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlanStep)
  StringRef getArgument() const final { return "nn-plan-step"; }
  StringRef getDescription() const final { return "order launches, update in place, give every buffer its place"; }

  void runOnOperation() final {
    ModuleOp module = getOperation();
    Persistent persistent(module);
    for (auto function : llvm::to_vector(module.getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      for (unsigned k = 0; k < function.getNumArguments() && !function->hasAttr(loopBodyAttrName); ++k)
        if (!isa_and_nonnull<BindAttr>(function.getArgAttr(k, bindingAttrName))) {
          function.emitError("internal error: argument ") << k << " of a root function stands for nothing";
          return signalPassFailure();
        }
    }
    for (auto kernel : module.getOps<KernelOp>())
      placeWorkspace(kernel);
    // Bodies stand before what calls them.
    for (auto function : llvm::to_vector(module.getOps<func::FuncOp>()))
      if (!function.isExternal())
        RootPlanner(function, persistent).run();
    persistent.finish();
  }
};

} // namespace

std::unique_ptr<Pass> nn::createPlanStepPass() { return std::make_unique<PlanStep>(); }
