// Emits the function of a piece: scalar code for one thread of a grid.
#include "Kernels/Kernels.h"
#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/Pieces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

namespace {

class PieceEmitter {
public:
  PieceEmitter(OpBuilder &b, const Piece &piece) : b(b), piece(piece), loc(EquationOp(piece.equation).getLoc()) {}
  void emit();

private:
  Value special(StringRef name);
  void emitRows(const EquationInfo &info);

  OpBuilder &b;
  const Piece &piece;
  Location loc;
  Team team;
  DenseMap<Value, BufferRef> buffers;
};

} // namespace

/// A number of the thread, by the name of its register in PTX.
Value PieceEmitter::special(StringRef name) {
  auto intrinsic = b.getStringAttr("llvm.nvvm.read.ptx.sreg." + name);
  Value value = LLVM::CallIntrinsicOp::create(b, loc, b.getI32Type(), intrinsic, ValueRange()).getResults();
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
}

/// The thread does rows of the frame one by one, each as a stripe; without a frame, the first thread does all.
void PieceEmitter::emitRows(const EquationInfo &info) {
  EquationOp op = piece.equation;
  FrameInfo frame;
  Stripe stripe;
  Schedule schedule = scheduleCells(info);
  schedule.parallelOrder.assign(info.parallel.begin(), info.parallel.end());
  if (auto dim = op->getAttrOfType<IntegerAttr>(frameAttrName)) {
    frame.dim = dim.getInt();
    frame.stripe = 1;
  }
  Value rows = arith::ConstantIndexOp::create(b, loc, piece.items);
  auto loop = scf::ForOp::create(b, loc, team.rank, rows, team.size);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  stripe.start = loop.getInductionVar();
  EquationEmitter(b, info, schedule, frame, stripe, buffers).emit();
}

void PieceEmitter::emit() {
  SmallVector<Type> types;
  for (Value operand : piece.operands)
    types.push_back(memoryType(cast<MemRefType>(operand.getType())));
  auto function = func::FuncOp::create(b, loc, piece.name, b.getFunctionType(types, {}));
  OpBuilder::InsertionGuard guard(b);
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  for (auto [operand, argument] : llvm::zip(piece.operands, entry->getArguments()))
    buffers[operand] = {argument, -1};
  Value block = special("ctaid.x"), threads = special("ntid.x");
  team.rank = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, block, threads), special("tid.x"));
  team.size = arith::MulIOp::create(b, loc, special("nctaid.x"), threads);
  EquationInfo info(piece.equation);
  if (piece.kind == Piece::Kind::Rows) {
    emitRows(info);
  } else {
    Schedule schedule = scheduleCells(info);
    EquationEmitter emitter(b, info, schedule, FrameInfo(), Stripe(), buffers);
    piece.kind == Piece::Kind::Clear ? emitter.emitClear(team) : emitter.emitCells(team);
  }
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b, loc);
}

void nn::emitPiece(OpBuilder &builder, const Piece &piece) { PieceEmitter(builder, piece).emit(); }
