// Cuts kernels into pieces, and gives scratch buffers places.
#include "Target/GPU/Pieces.h"

#include "Kernels/Arena.h"

using namespace mlir;
using namespace nn;

/// Buffers that an equation touches, each once.
static SmallVector<Value> operandsOf(EquationOp op) {
  SmallVector<Value> result;
  auto add = [&](Value value) {
    if (!llvm::is_contained(result, value))
      result.push_back(value);
  };
  llvm::for_each(op.getInputs(), add);
  llvm::for_each(op.getTables(), add);
  add(op.getDest());
  return result;
}

/// Scratch buffers live from the first equation that touches them to the last.
static void placeScratch(KernelOp kernel, KernelPieces &result) {
  Arena arena;
  auto equations = llvm::to_vector(kernel.getBody().getOps<EquationOp>());
  for (ScratchOp scratch : kernel.getBody().getOps<ScratchOp>()) {
    int64_t first = -1, last = -1;
    for (auto [k, op] : llvm::enumerate(equations))
      if (llvm::is_contained(operandsOf(op), scratch.getResult())) {
        first = first < 0 ? int64_t(k) : first;
        last = int64_t(k);
      }
    if (first >= 0)
      result.scratch[scratch.getResult()] =
          arena.place(byteSize(cast<ShapedType>(scratch.getResult().getType())), first, last);
  }
  result.workspaceBytes = arena.size();
}

/// Threads' worth of work where each takes a cell: the points of the indices that the write moves with.
static int64_t countCells(EquationOp op) {
  int64_t cells = 1;
  for (auto [d, extent] : llvm::enumerate(op.getExtents()))
    if (llvm::any_of(op.getWrite().getResults(), [&, d = d](AffineExpr e) { return e.isFunctionOfDim(d); }))
      cells *= extent;
  return cells;
}

/// Of a block where each item is a thread's.
static constexpr int64_t plainThreads = 256;

int64_t nn::blockThreads(const Piece &piece) {
  if (piece.kind == Piece::Kind::Tiles)
    return tileThreads;
  if (piece.share.threads > 1)
    return piece.share.threads * piece.share.cells;
  return std::min(plainThreads, std::max<int64_t>(piece.items, 1));
}

bool nn::isPlain(const Piece &piece) { return piece.kind != Piece::Kind::Tiles && piece.share.threads == 1; }

int64_t nn::blockItems(const Piece &piece) {
  if (piece.kind == Piece::Kind::Tiles)
    return 1;
  return piece.share.threads > 1 ? piece.share.cells : plainThreads;
}

KernelPieces nn::piecesOf(KernelOp kernel) {
  KernelPieces result;
  auto addPiece = [&](Piece::Kind kind, Operation *op, int64_t items, SmallVector<Value> operands, Share share = {}) {
    std::string name = (kernel.getSymName() + "$" + Twine(result.pieces.size())).str();
    result.pieces.push_back({kind, op, name, items, std::move(share), std::move(operands)});
  };
  auto elements = [](Value buffer) { return cast<ShapedType>(buffer.getType()).getNumElements(); };
  if (RoutineOp routine = kernel.getRoutine()) {
    bool groups = routine.getKind() == RoutineKind::group;
    if (!groups && routine.getKind() != RoutineKind::order)
      return result;
    Value entries = routine.getInputs()[0], first = routine.getInto().front(), places = routine.getInto().back();
    if (groups)
      addPiece(Piece::Kind::Firsts, routine, elements(first), {entries, first});
    addPiece(Piece::Kind::Ranks, routine, elements(entries), {entries, places});
    return result;
  }
  placeScratch(kernel, result);
  auto add = [&](Piece::Kind kind, EquationOp op, int64_t items) {
    if (kind == Piece::Kind::Clear)
      return addPiece(kind, op, items, {op.getDest()});
    Share share = kind == Piece::Kind::Cells ? shareOf(EquationInfo(op)) : Share();
    addPiece(kind, op, items, operandsOf(op), share);
  };
  for (EquationOp op : kernel.getBody().getOps<EquationOp>()) {
    auto form = op->getAttrOfType<StringAttr>(formAttrName);
    if (form && form.getValue() == "scatter") {
      add(Piece::Kind::Rows, op, std::max<int64_t>(kernel.getFrame(), 1));
      continue;
    }
    if (op->hasAttr(initAttrName) && !op.getAccumulate())
      add(Piece::Kind::Clear, op, elements(op.getDest()));
    EquationInfo info(op);
    if (auto contraction = contractionOf(info))
      add(Piece::Kind::Tiles, op, contraction->tiles(info));
    else
      add(Piece::Kind::Cells, op, countCells(op));
  }
  return result;
}
