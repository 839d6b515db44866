// nn-emit-cpu: every nn.kernel becomes a function of loops and vectors over (buffers, begin, end, workspace, clock).
//
// Note [Clocks]
// `profile` tells the time of each equation, also where several run stripe by stripe in one kernel. So every kernel
// reads the cycle counter after each equation of a stripe if the thread has a clock (nn_clock). Nobody has one in a
// steady run, where it costs a branch that is never taken. The time of equations that run in one loop is divided among
// them by what each of them would take alone.
#include "Kernels/Kernels.h"
#include "Target/CPU/CPU.h"
#include "Target/CPU/EquationEmitter.h"
#include "Target/CPU/Passes.h"
#include "Target/CPU/Program.h"
#include "Target/CPU/Together.h"
#include "Target/CPU/Work.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

#include <cmath>
#include <numeric>

using namespace mlir;
using namespace nn;

namespace {

/// The word of an nn_clock that belongs to the first equation.
constexpr int64_t firstSpent = 2;

/// Emits the function of one kernel.
class KernelEmitter {
public:
  KernelEmitter(KernelOp kernel, ISA isa) : kernel(kernel), isa(isa), b(kernel) {}
  LogicalResult emit();

private:
  func::FuncOp createFunction();
  LogicalResult mapScratch(ScratchOp scratch);
  bool findPlace(Value position, Stripe &stripe);
  LogicalResult emitStripe(const Stripe &stripe);
  void startClock();
  void readClock(size_t first, ArrayRef<PlannedEquation> equations);
  PlannedEquation plan(EquationOp op, const Stripe &stripe) const;
  void ifMeasured(llvm::function_ref<void(Value now)> body);
  LogicalResult check(EquationOp op);
  Value constantIndex(int64_t value) { return arith::ConstantIndexOp::create(b, kernel.getLoc(), value); }

  KernelOp kernel;
  ISA isa;
  OpBuilder b;
  Value begin, end, workspace;
  Value clock, measured; ///< nn_clock as memref<?xi64>, and whether there is one
  int64_t grain = 1;
  DenseMap<Value, BufferRef> buffers;
};

} // namespace

func::FuncOp KernelEmitter::createFunction() {
  SmallVector<Type> types;
  for (Type type : kernel.getBody().front().getArgumentTypes())
    types.push_back(memoryType(cast<MemRefType>(type)));
  auto bytes = kernel->getAttrOfType<IntegerAttr>("nn.workspace_bytes");
  int64_t equations = llvm::range_size(kernel.getBody().getOps<EquationOp>());
  types.append({b.getIndexType(), b.getIndexType(), MemRefType::get({bytes ? bytes.getInt() : 0}, b.getI8Type()),
                MemRefType::get({firstSpent + equations}, b.getI64Type())});
  auto function = func::FuncOp::create(b, kernel.getLoc(), kernel.getSymName(), b.getFunctionType(types, {}));
  function->setAttr("nn.isa", b.getStringAttr(stringifyISA(isa)));
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  unsigned n = types.size();
  begin = entry->getArgument(n - 4);
  end = entry->getArgument(n - 3);
  workspace = entry->getArgument(n - 2);
  clock = entry->getArgument(n - 1);
  for (auto [inner, outer] : llvm::zip(kernel.getBody().front().getArguments(), entry->getArguments()))
    buffers[inner] = {outer, -1};
  return function;
}

LogicalResult KernelEmitter::mapScratch(ScratchOp scratch) {
  if (!scratch.getOffset())
    return scratch.emitError("this buffer has no place in the workspace yet; plan-step gives it one");
  auto type = memoryType(cast<MemRefType>(scratch.getType()).clone(storedShape(scratch, grain)));
  Value view =
      memref::ViewOp::create(b, scratch.getLoc(), type, workspace, constantIndex(*scratch.getOffset()), ValueRange());
  buffers[scratch.getResult()] = {view, scratch.getAxis(), llvm::to_vector(outerOf(scratch))};
  return success();
}

LogicalResult KernelEmitter::check(EquationOp op) {
  if (op.getCombine() == Combine::logsumexp)
    return op.emitError("logsumexp is split into max, exp and sum by pull-form before code is emitted");
  for (Value operand : op.getOperands())
    if (!buffers.count(operand) || !cast<MemRefType>(operand.getType()).hasStaticShape())
      return op.emitError("a kernel reads and writes its own buffers, of static shape");
  return success();
}

/// Emits code that runs only where somebody measures; `now` is the cycle counter.
void KernelEmitter::ifMeasured(llvm::function_ref<void(Value now)> body) {
  auto guard = scf::IfOp::create(b, kernel.getLoc(), measured, /*withElse=*/false);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  body(LLVM::CallIntrinsicOp::create(b, kernel.getLoc(), b.getI64Type(), b.getStringAttr("llvm.readcyclecounter"),
                                     ValueRange())
           .getResults());
}

void KernelEmitter::startClock() {
  Location loc = kernel.getLoc();
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, clock);
  measured = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, address, constantIndex(0));
  ifMeasured([&](Value now) {
    memref::StoreOp::create(b, loc, now, clock, constantIndex(0));
    memref::StoreOp::create(b, loc, now, clock, constantIndex(1));
  });
}

/// Adds the cycles since the last reading to those of equations that ran in one loop, the first of them number `first`.
void KernelEmitter::readClock(size_t first, ArrayRef<PlannedEquation> equations) {
  constexpr int64_t parts = 1024;
  Location loc = kernel.getLoc();
  SmallVector<double> times;
  for (const PlannedEquation &planned : equations)
    times.push_back(std::max(nanosecondsOf(planned.info.op, isa), 1e-3));
  double all = std::accumulate(times.begin(), times.end(), 0.0);
  ifMeasured([&](Value now) {
    Value last = memref::LoadOp::create(b, loc, clock, constantIndex(1));
    Value passed = arith::SubIOp::create(b, loc, now, last);
    for (auto [k, time] : llvm::enumerate(times)) {
      Value part = passed;
      if (times.size() > 1) {
        auto number = [&](int64_t n) { return arith::ConstantIntOp::create(b, loc, b.getI64Type(), n); };
        part = arith::MulIOp::create(b, loc, passed, number(std::llround(time / all * parts)));
        part = arith::DivSIOp::create(b, loc, part, number(parts));
      }
      Value place = constantIndex(firstSpent + int64_t(first + k)),
            spent = memref::LoadOp::create(b, loc, clock, place);
      memref::StoreOp::create(b, loc, arith::AddIOp::create(b, loc, spent, part), clock, place);
    }
    memref::StoreOp::create(b, loc, now, clock, constantIndex(1));
  });
}

/// Takes a position of the range apart: the first row of the stripe, and its place along outer indices. False if there
/// are none.
bool KernelEmitter::findPlace(Value position, Stripe &stripe) {
  stripe.start = position;
  if (outerOf(kernel).empty())
    return false;
  Location loc = kernel.getLoc();
  Value rows = constantIndex(llvm::alignTo(kernel.getFrame(), grain));
  stripe.start = arith::RemUIOp::create(b, loc, position, rows);
  Value place = arith::DivUIOp::create(b, loc, position, rows);
  for (int64_t extent : llvm::reverse(outerOf(kernel))) {
    stripe.outer.insert(stripe.outer.begin(), arith::RemUIOp::create(b, loc, place, constantIndex(extent)));
    place = arith::DivUIOp::create(b, loc, place, constantIndex(extent));
  }
  return true;
}

PlannedEquation KernelEmitter::plan(EquationOp op, const Stripe &stripe) const {
  FrameInfo frame;
  if (auto dim = op->getAttrOfType<IntegerAttr>("nn.frame")) {
    frame.dim = dim.getInt();
    frame.stripe = grain;
    frame.fullStripes = !stripe.count;
    frame.outer.assign(outerOf(op).begin(), outerOf(op).end());
  }
  return PlannedEquation(op, isa, frame);
}

LogicalResult KernelEmitter::emitStripe(const Stripe &stripe) {
  std::vector<PlannedEquation> all;
  for (EquationOp op : kernel.getBody().getOps<EquationOp>()) {
    if (failed(check(op)))
      return failure();
    all.push_back(plan(op, stripe));
  }
  for (size_t first = 0; first < all.size();) {
    auto rest = MutableArrayRef(all).drop_front(first);
    auto joined = rest.take_front(joinFirst(rest, grain));
    std::vector<EquationEmitter> emitters;
    for (const PlannedEquation &planned : joined) {
      emitters.emplace_back(b, planned.info, planned.schedule, planned.frame, stripe, buffers);
      emitters.back().placeInLoops(planned.along, !isForwarded(planned, joined));
    }
    SmallVector<EquationEmitter *> others;
    for (EquationEmitter &other : MutableArrayRef(emitters).drop_front())
      others.push_back(&other);
    emitters.front().emit(others);
    readClock(first, joined);
    first += joined.size();
  }
  return success();
}

LogicalResult KernelEmitter::emit() {
  int64_t extent = kernel.getFrame();
  if (extent > 0)
    grain = kernel.getGrain().value_or(extent);
  createFunction();
  for (ScratchOp scratch : kernel.getBody().getOps<ScratchOp>())
    if (failed(mapScratch(scratch)))
      return failure();
  Location loc = kernel.getLoc();
  auto done = func::ReturnOp::create(b, loc);
  b.setInsertionPoint(done);
  startClock();
  Stripe stripe;
  if (extent > 0) {
    auto loop = scf::ForOp::create(b, loc, begin, end, constantIndex(grain));
    b.setInsertionPointToStart(loop.getBody());
    Value last = findPlace(loop.getInductionVar(), stripe) ? constantIndex(extent) : end;
    if (extent % grain != 0) {
      Value left = arith::SubIOp::create(b, loc, last, stripe.start);
      stripe.count = arith::MinSIOp::create(b, loc, left, constantIndex(grain));
    }
  }
  if (failed(emitStripe(stripe)))
    return failure();
  kernel.erase();
  return success();
}

namespace {

struct EmitCPUPass : PassWrapper<EmitCPUPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(EmitCPUPass)
  EmitCPUPass() = default;
  EmitCPUPass(ISA isa) : fixedISA(isa) {}
  EmitCPUPass(const EmitCPUPass &other) : PassWrapper(other), fixedISA(other.fixedISA) {}

  StringRef getArgument() const override { return "nn-emit-cpu"; }
  StringRef getDescription() const override {
    return "emit loops and vectors for kernels; drop the roots that launch them";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<NNDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect, memref::MemRefDialect,
                    scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  }
  void runOnOperation() override {
    std::optional<ISA> isa = fixedISA ? fixedISA : parseISA(isaName);
    if (!isa) {
      getOperation().emitError("unknown instruction set `")
          << isaName << "`; known are baseline, avx2, avx512, avx512bf16, neon, native";
      return signalPassFailure();
    }
    for (KernelOp kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>()))
      if (kernel.getRoutine())
        kernel.erase(); // its code is in the runtime
      else if (failed(KernelEmitter(kernel, *isa).emit()))
        return signalPassFailure();
    // What launches kernels is made from the planned module, as machine code at once.
    for (func::FuncOp function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (isRoot(function) || function->hasAttr(loopBodyAttrName))
        function.erase();
  }

  std::optional<ISA> fixedISA;
  Option<std::string> isaName{*this, "isa", llvm::cl::desc("baseline, avx2, avx512, avx512bf16, neon or native"),
                              llvm::cl::init("avx512")};
};

} // namespace

std::unique_ptr<Pass> nn::createEmitCPUPass(ISA isa) { return std::make_unique<EmitCPUPass>(isa); }

void nn::registerCPUPasses() {
  PassRegistration<EmitCPUPass>();
  PassRegistration<ExpandMathPass>();
  PassPipelineRegistration<>("nn-cpu-to-llvm", "lower what nn-emit-cpu leaves to the LLVM dialect", buildCPULowering);
}

void nn::buildCPUPipeline(OpPassManager &pm, ISA isa) {
  pm.addPass(createEmitCPUPass(isa));
  buildCPULowering(pm);
}
