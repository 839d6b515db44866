// Emits what barriers in shared memory do; see Note [Rings].
#include "Target/GPU/Ring.h"
#include "Target/GPU/WarpGroups.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

static Value callIntrinsic(OpBuilder &b, Location loc, StringRef name, ValueRange arguments, Type result = {}) {
  auto intrinsic = b.getStringAttr("llvm.nvvm." + name);
  if (!result)
    return LLVM::CallIntrinsicOp::create(b, loc, intrinsic, arguments), Value();
  return LLVM::CallIntrinsicOp::create(b, loc, result, intrinsic, arguments).getResults();
}

static Value word(OpBuilder &b, Location loc, int64_t value) {
  return LLVM::ConstantOp::create(b, loc, b.getI32IntegerAttr(int32_t(value)));
}

void nn::emitWarpBarrier(OpBuilder &b, Location loc) { callIntrinsic(b, loc, "bar.warp.sync", word(b, loc, -1)); }

Value Ring::number(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value Ring::stageOf(Value position) { return arith::RemUIOp::create(b, loc, position, number(stages)); }

Value Ring::barrier(Kind kind, Value stage) {
  Value place = kind == Full ? stage : arith::AddIOp::create(b, loc, stage, number(stages)).getResult();
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), place);
  return LLVM::GEPOp::create(b, loc, memory.getType(), b.getI64Type(), memory, wide);
}

void Ring::open(int64_t bringers, int64_t readers) {
  for (int64_t stage = 0; stage < stages; ++stage) {
    callIntrinsic(b, loc, "mbarrier.init.shared", {barrier(Full, number(stage)), word(b, loc, bringers)});
    callIntrinsic(b, loc, "mbarrier.init.shared", {barrier(Empty, number(stage)), word(b, loc, readers)});
  }
  emitAsyncFence(b, loc);
}

/// Waits for a phase of the barrier of a part: that of its use of the stage, or one of the uses before.
void Ring::wait(Kind kind, Value position, int64_t before) {
  Value use = arith::DivUIOp::create(b, loc, position, number(stages));
  use = before ? arith::AddIOp::create(b, loc, use, number(before)).getResult() : use;
  Value parity = arith::IndexCastOp::create(b, loc, b.getI32Type(), arith::RemUIOp::create(b, loc, use, number(2)));
  Value where = barrier(kind, stageOf(position));
  auto loop = scf::WhileOp::create(b, loc, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&loop.getBefore());
  Value done = callIntrinsic(b, loc, "mbarrier.try.wait.parity.scope.cta.space.cta", {where, parity}, b.getI1Type());
  Value again = arith::XOrIOp::create(b, loc, done, arith::ConstantIntOp::create(b, loc, 1, 1));
  scf::ConditionOp::create(b, loc, again, ValueRange());
  b.createBlock(&loop.getAfter());
  scf::YieldOp::create(b, loc);
}

void Ring::arrive(Kind kind, Value position) {
  callIntrinsic(b, loc, "mbarrier.arrive.shared", barrier(kind, stageOf(position)), b.getI64Type());
}

void Ring::claim(Value position) { wait(Empty, position, 1); }

Value Ring::expect(Value position, int64_t bytes) {
  Value full = barrier(Full, stageOf(position));
  callIntrinsic(b, loc, "mbarrier.arrive.expect.tx.scope.cta.space.cta", {full, word(b, loc, bytes)}, b.getI64Type());
  return full;
}

void Ring::give(Value position) { arrive(Full, position); }

void Ring::await(Value position) { wait(Full, position, 0); }

void Ring::release(Value position) { arrive(Empty, position); }
