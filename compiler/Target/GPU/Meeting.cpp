// Emits what threads do where they meet: shuffles within a warp, shared memory between warps.
#include "Target/GPU/Meeting.h"

#include "Kernels/Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace nn;

static constexpr int64_t sharedSpace = 3;

static constexpr StringLiteral blockMemoryName = "block_memory";

Value nn::blockMemory(OpBuilder &b, Location loc) {
  auto type = MemRefType::get({0}, b.getI8Type(), MemRefLayoutAttrInterface(), b.getI64IntegerAttr(sharedSpace));
  auto function = cast<func::FuncOp>(b.getInsertionBlock()->getParentOp());
  if (!SymbolTable::lookupNearestSymbolFrom(function, b.getStringAttr(blockMemoryName))) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(function);
    memref::GlobalOp::create(b, loc, blockMemoryName, b.getStringAttr("public"), type, Attribute(), false,
                             b.getI64IntegerAttr(warpgroupAlignment));
  }
  return memref::GetGlobalOp::create(b, loc, type, blockMemoryName);
}

Value nn::viewOf(OpBuilder &b, Location loc, Value memory, int64_t offset, ArrayRef<int64_t> shape, Type type) {
  auto view = MemRefType::get(shape, type, MemRefLayoutAttrInterface(), b.getI64IntegerAttr(sharedSpace));
  return memref::ViewOp::create(b, loc, view, memory, arith::ConstantIndexOp::create(b, loc, offset), ValueRange());
}

Value nn::sharedVariable(OpBuilder &b, const Piece &piece, StringRef name, ArrayRef<int64_t> shape, Type type,
                         int64_t alignment) {
  Location loc = piece.op->getLoc();
  if (piece.staging) {
    int64_t offset = piece.staging->used;
    piece.staging->used += alignBuffer(byteSize(MemRefType::get(shape, type)));
    return viewOf(b, loc, piece.staging->memory, offset, shape, type);
  }
  auto memref = MemRefType::get(shape, type, MemRefLayoutAttrInterface(), b.getI64IntegerAttr(sharedSpace));
  std::string symbol = piece.name + "$" + name.str();
  OpBuilder::InsertionGuard guard(b);
  auto function = b.getInsertionBlock()->getParentOp();
  if (!isa<func::FuncOp>(function))
    function = function->getParentOfType<func::FuncOp>();
  b.setInsertionPoint(function);
  memref::GlobalOp::create(b, loc, symbol, b.getStringAttr("private"), memref, b.getUnitAttr(), false,
                           b.getI64IntegerAttr(alignment));
  b.setInsertionPointToStart(&cast<func::FuncOp>(function).getBody().front());
  return memref::GetGlobalOp::create(b, loc, memref, symbol);
}

void nn::emitBarrier(OpBuilder &b, Location loc) {
  auto intrinsic = b.getStringAttr("llvm.nvvm.barrier.cta.sync.aligned.all");
  LLVM::CallIntrinsicOp::create(b, loc, intrinsic, ValueRange{arith::ConstantIntOp::create(b, loc, 0, 32)});
}

/// The value of the lane whose number differs in one bit.
Value Meeting::exchange(Value value, int64_t distance) {
  Type type = value.getType(), word = b.getI32Type(), wide = b.getI64Type();
  auto number = [&](int64_t n) -> Value { return arith::ConstantIntOp::create(b, loc, n, 32); };
  if (type.getIntOrFloatBitWidth() == 64) {
    Value bits = arith::BitcastOp::create(b, loc, wide, value);
    Value half = arith::ConstantIntOp::create(b, loc, 32, 64);
    auto moved = [&](Value part) -> Value {
      return arith::ExtUIOp::create(b, loc, wide, exchange(arith::TruncIOp::create(b, loc, word, part), distance));
    };
    Value low = moved(bits), high = moved(arith::ShRUIOp::create(b, loc, bits, half));
    high = arith::ShLIOp::create(b, loc, high, half);
    return arith::BitcastOp::create(b, loc, type, arith::OrIOp::create(b, loc, low, high));
  }
  auto name = b.getStringAttr(Twine("llvm.nvvm.shfl.sync.bfly.") + (isa<FloatType>(type) ? "f32" : "i32"));
  constexpr int64_t allLanes = -1, lastLane = warpThreads - 1;
  return LLVM::CallIntrinsicOp::create(b, loc, type, name,
                                       ValueRange{number(allLanes), value, number(distance), number(lastLane)})
      .getResults();
}

/// Each thread brings the value of a row and a column, and takes all rows of its column.
Meeting::Values Meeting::meetInMemory(ValueRange own, Value row, Value column, int64_t rows, int64_t columns,
                                      Combine combine) {
  Values memories;
  for (Value value : own) {
    StringRef name = memories.empty() ? "shared" : "places";
    memories.push_back(sharedVariable(b, piece, name, {rows, columns}, value.getType()));
    memref::StoreOp::create(b, loc, value, memories.back(), ValueRange{row, column});
  }
  emitBarrier(b, loc);
  Values result;
  for (int64_t k = 0; k < rows; ++k) {
    Values next;
    for (Value memory : memories)
      next.push_back(
          memref::LoadOp::create(b, loc, memory, ValueRange{arith::ConstantIndexOp::create(b, loc, k), column}));
    result = result.empty() ? next : combine(result, next);
  }
  // Nobody brings the next value before all have read.
  emitBarrier(b, loc);
  return result;
}

Meeting::Values Meeting::meet(ValueRange mine, Combine combine) {
  Values own(mine);
  if (piece.share.columns)
    return meetInMemory(own, crew.rank, crew.cell, crew.mates, crew.cells, combine);
  for (int64_t distance = warpThreads / 2; distance > 0; distance /= 2) {
    Values others = llvm::map_to_vector(own, [&](Value value) { return exchange(value, distance); });
    own = combine(own, others);
  }
  if (crew.mates == warpThreads)
    return own;
  // Every lane of a warp has the same now: all write it, to columns of their own.
  Value lanes = arith::ConstantIndexOp::create(b, loc, warpThreads);
  Value warp = arith::DivUIOp::create(b, loc, thread, lanes);
  int64_t warps = crew.mates / warpThreads;
  if (crew.cells == 1)
    return meetInMemory(own, warp, arith::RemUIOp::create(b, loc, thread, lanes), warps, warpThreads, combine);
  Value count = arith::ConstantIndexOp::create(b, loc, warps);
  Value lane = arith::RemUIOp::create(b, loc, thread, lanes);
  Value column = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, crew.cell, lanes), lane);
  return meetInMemory(own, arith::RemUIOp::create(b, loc, warp, count), column, warps, crew.cells * warpThreads,
                      combine);
}
