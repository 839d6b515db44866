// Emits the function of a piece: scalar code for one thread of a grid.
#include "Kernels/Kernels.h"
#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/EmitTiles.h"
#include "Target/GPU/Followers.h"
#include "Target/GPU/Meeting.h"
#include "Target/GPU/Streams.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

namespace {

class PieceEmitter {
public:
  PieceEmitter(OpBuilder &b, const Piece &piece, Multiplier multiplier = Multiplier::Warp)
      : b(b), piece(piece), multiplier(multiplier), loc(piece.op->getLoc()) {}
  /// What the threads of a block do of a phase, of the stripe that they are at.
  PieceEmitter(const PieceEmitter &all, const Piece &phase);
  void emit();

private:
  Value special(StringRef name);
  void emitEquation();
  void emitStripes();
  void emitPhases(ArrayRef<Piece> phases, Value memory);
  void emitPass(ArrayRef<Piece> phases, Value memory);
  void goOn(EquationEmitter &emitter, FollowersEmitter &followers);
  void emitRows(const EquationInfo &info);
  void emitShared(const EquationInfo &info);
  void emitRoutine();
  scf::ForOp shareItems();

  OpBuilder &b;
  const Piece &piece;
  Multiplier multiplier = Multiplier::Warp;
  Location loc;
  Team team;
  Value block, blocks, thread;
  BlockStripe stripe;
  DenseMap<Value, BufferRef> buffers;
};

} // namespace

/// A number of the thread, by the name of its register in PTX.
Value PieceEmitter::special(StringRef name) {
  auto intrinsic = b.getStringAttr("llvm.nvvm.read.ptx.sreg." + name);
  Value value = LLVM::CallIntrinsicOp::create(b, loc, b.getI32Type(), intrinsic, ValueRange()).getResults();
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
}

/// A loop over those items of the piece that are this thread's.
scf::ForOp PieceEmitter::shareItems() {
  Value items = arith::ConstantIndexOp::create(b, loc, piece.items);
  auto loop = scf::ForOp::create(b, loc, team.rank, items, team.size);
  b.setInsertionPointToStart(loop.getBody());
  return loop;
}

/// Lets followers take the cells that an emitter has done.
void PieceEmitter::goOn(EquationEmitter &emitter, FollowersEmitter &followers) {
  emitter.takeCell = [&](ValueRange place, Value value) {
    SmallVector<Value> at(place);
    followers.store(emitter, at, followers.compute(at, value));
  };
}

/// Cells of several threads each. Neighbouring threads are mates, or else work on neighbouring cells.
void PieceEmitter::emitShared(const EquationInfo &info) {
  Share share = piece.share;
  Schedule schedule = scheduleCells(info);
  schedule.reduceOrder = share.order;
  Value width = arith::ConstantIndexOp::create(b, loc, share.columns ? share.cells : share.threads);
  Value high = arith::DivUIOp::create(b, loc, thread, width), low = arith::RemUIOp::create(b, loc, thread, width);
  Crew crew{{block, blocks}, share.columns ? low : high, share.columns ? high : low, share.cells, share.threads, {}};
  Meeting meeting(b, piece, crew, thread);
  crew.meet = [&](ValueRange own, Crew::Combine combine) { return meeting.meet(own, combine); };
  EquationEmitter emitter(b, info, schedule, stripe.frameOf(info.op), stripe, buffers);
  FollowersEmitter followers(b, piece, stripe, buffers);
  goOn(emitter, followers);
  emitter.emitCells(crew);
}

/// The thread does rows of the frame one by one, each as a stripe; without a frame, the first thread does all.
void PieceEmitter::emitRows(const EquationInfo &info) {
  EquationOp op = info.op;
  FrameInfo frame;
  Stripe stripe;
  Schedule schedule = scheduleCells(info);
  schedule.parallelOrder.assign(info.parallel.begin(), info.parallel.end());
  if (auto dim = op->getAttrOfType<IntegerAttr>(frameAttrName)) {
    frame.dim = dim.getInt();
    frame.stripe = 1;
  }
  OpBuilder::InsertionGuard guard(b);
  stripe.start = shareItems().getInductionVar();
  EquationEmitter(b, info, schedule, frame, stripe, buffers).emit();
}

void PieceEmitter::emitRoutine() {
  OpBuilder::InsertionGuard guard(b);
  auto routine = cast<RoutineOp>(piece.op);
  Value arguments[] = {buffers[piece.operands[0]].memref, buffers[piece.operands[1]].memref};
  Value item = shareItems().getInductionVar();
  piece.kind == Piece::Kind::Ranks ? emitRank(b, routine, arguments, item) : emitFirst(b, routine, arguments, item);
}

void PieceEmitter::emitEquation() {
  EquationInfo info(cast<EquationOp>(piece.op));
  if (piece.kind == Piece::Kind::Rows)
    return emitRows(info);
  if (piece.kind == Piece::Kind::Tiles)
    return emitTiles(b, piece, info, *contractionOf(info, stripe.frameOf(info.op)), stripe, {block, blocks}, thread,
                     buffers, multiplier);
  if (piece.share.threads > 1)
    return emitShared(info);
  Schedule schedule = scheduleCells(info);
  EquationEmitter emitter(b, info, schedule, stripe.frameOf(info.op), stripe, buffers);
  FollowersEmitter followers(b, piece, stripe, buffers);
  goOn(emitter, followers);
  piece.kind == Piece::Kind::Clear ? emitter.emitClear(team) : emitter.emitCells(team);
}

PieceEmitter::PieceEmitter(const PieceEmitter &all, const Piece &phase)
    : b(all.b), piece(phase), loc(phase.op->getLoc()), thread(all.thread), stripe(all.stripe), buffers(all.buffers) {
  block = arith::ConstantIndexOp::create(b, loc, 0);
  blocks = arith::ConstantIndexOp::create(b, loc, 1);
  team = {thread, arith::ConstantIndexOp::create(b, loc, tileThreads)};
}

/// The block goes from stripe to stripe, and in each of them from phase to phase.
void PieceEmitter::emitStripes() {
  auto kernel = piece.op->getParentOfType<KernelOp>();
  auto number = [&](int64_t n) -> Value { return arith::ConstantIndexOp::create(b, loc, n); };
  Value memory = blockMemory(b, loc);
  for (ScratchOp scratch : kernel.getBody().getOps<ScratchOp>())
    if (auto place = piece.scratch.find(scratch.getResult()); place != piece.scratch.end()) {
      auto element = memoryType(cast<MemRefType>(scratch.getResult().getType())).getElementType();
      Value view = viewOf(b, loc, memory, place->second, shapeInStripe(scratch, piece.rows), element);
      buffers[scratch.getResult()] = {view, scratch.getAxis(), placesInStripe(scratch)};
    }
  int64_t atPlace = stripesAtPlace(kernel, piece);
  auto loop = scf::ForOp::create(b, loc, block, number(piece.items), blocks);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value turn = arith::RemUIOp::create(b, loc, loop.getInductionVar(), number(atPlace));
  Value place = arith::DivUIOp::create(b, loc, loop.getInductionVar(), number(atPlace));
  stripe.rows = piece.rows;
  stripe.start = arith::MulIOp::create(b, loc, turn, number(piece.rows));
  for (int64_t extent : llvm::reverse(outerOf(kernel))) {
    stripe.outer.insert(stripe.outer.begin(), arith::RemUIOp::create(b, loc, place, number(extent)));
    place = arith::DivUIOp::create(b, loc, place, number(extent));
  }
  for (ArrayRef<Piece> rest = piece.phases; !rest.empty();) {
    int64_t pass = passOf(rest.front().op);
    ArrayRef<Piece> phases = rest.take_while([&](const Piece &phase) { return passOf(phase.op) == pass; });
    pass < 0 ? emitPhases(phases, memory) : emitPass(phases, memory);
    rest = rest.drop_front(phases.size());
  }
}

void PieceEmitter::emitPhases(ArrayRef<Piece> phases, Value memory) {
  for (Piece phase : phases) {
    Staging staging{memory};
    phase.staging = &staging;
    if (phase.kind != Piece::Kind::Tiles) // which begin so
      emitBarrier(b, loc);
    PieceEmitter(*this, phase).emitEquation();
  }
}

/// Phases that take turns, chunk after chunk; see Note [Streams].
void PieceEmitter::emitPass(ArrayRef<Piece> phases, Value memory) {
  auto [first, end] = emitChunks(b, phases, stripe);
  auto loop = scf::ForOp::create(b, loc, first, end, arith::ConstantIndexOp::create(b, loc, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  stripe.outer.push_back(loop.getInductionVar());
  emitPhases(phases, memory);
  stripe.outer.pop_back();
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
  function->setAttr(blockThreadsAttrName, b.getI64IntegerAttr(blockThreads(piece)));
  block = special("ctaid.x");
  Value threads = special("ntid.x");
  thread = special("tid.x");
  blocks = special("nctaid.x");
  team.rank = arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, block, threads), thread);
  team.size = arith::MulIOp::create(b, loc, blocks, threads);
  if (isa<RoutineOp>(piece.op))
    emitRoutine();
  else if (piece.kind == Piece::Kind::Stripes)
    emitStripes();
  else
    emitEquation();
  b.setInsertionPointToEnd(entry);
  func::ReturnOp::create(b, loc);
}

void nn::emitPiece(OpBuilder &builder, const Piece &piece) {
  PieceEmitter(builder, piece).emit();
  if (piece.kind != Piece::Kind::Tiles || !contractionOf(EquationInfo(cast<EquationOp>(piece.op)))->fitsWarpgroups())
    return;
  Piece renamed = piece;
  renamed.name += warpgroupSuffix;
  PieceEmitter(builder, renamed, Multiplier::Warpgroup).emit();
}
