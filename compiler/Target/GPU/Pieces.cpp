// Cuts kernels into pieces, and gives scratch buffers places.
#include "Target/GPU/Pieces.h"

#include "Kernels/Arena.h"
#include "Target/GPU/Followers.h"
#include "Target/GPU/Stripes.h"

using namespace mlir;
using namespace nn;

SmallVector<EquationOp> nn::membersOf(const Piece &piece) {
  SmallVector<EquationOp> members;
  for (const Piece &phase : piece.phases)
    llvm::append_range(members, membersOf(phase));
  if (!piece.phases.empty())
    return members;
  members.push_back(cast<EquationOp>(piece.op));
  for (const Follower &follower : piece.followers)
    members.push_back(follower.op);
  return members;
}

/// Buffers that equations touch, each once.
static SmallVector<Value> operandsOf(ArrayRef<EquationOp> equations) {
  SmallVector<Value> result;
  auto add = [&](Value value) {
    if (!llvm::is_contained(result, value))
      result.push_back(value);
  };
  for (EquationOp op : equations) {
    llvm::for_each(op.getInputs(), add);
    llvm::for_each(op.getTables(), add);
    add(op.getDest());
  }
  return result;
}

/// Scratch buffers live from the first piece that touches them to the last. What only one piece touches stays in
/// registers.
static void placeScratch(KernelOp kernel, KernelPieces &result) {
  Arena arena;
  for (ScratchOp scratch : kernel.getBody().getOps<ScratchOp>()) {
    SmallVector<int64_t> users;
    for (auto [k, piece] : llvm::enumerate(result.pieces))
      if (llvm::is_contained(piece.operands, scratch.getResult()))
        users.push_back(int64_t(k));
    if (users.empty())
      continue;
    Piece &first = result.pieces[size_t(users.front())];
    bool ofCells = first.kind == Piece::Kind::Cells || first.kind == Piece::Kind::Tiles;
    if (users.size() == 1 && ofCells)
      llvm::erase(first.operands, scratch.getResult());
    else
      result.scratch[scratch.getResult()] =
          arena.place(byteSize(cast<ShapedType>(scratch.getResult().getType())), users.front(), users.back());
  }
  result.workspaceBytes = arena.size();
}

/// Lets a map join the last piece that it can follow, past others that it has nothing to do with.
static bool join(std::vector<Piece> &pieces, EquationOp op) {
  for (Piece &piece : llvm::reverse(pieces)) {
    if (auto follower = followerOf(piece, op)) {
      piece.followers.push_back(std::move(*follower));
      piece.operands = operandsOf(membersOf(piece));
      return true;
    }
    if (llvm::any_of(membersOf(piece), [&](EquationOp member) { return dependOnEachOther(member, op); }))
      return false;
  }
  return false;
}

/// Of a block where each item is a thread's.
static constexpr int64_t plainThreads = 256;

int64_t nn::blockThreads(const Piece &piece) {
  if (piece.kind == Piece::Kind::Tiles || piece.kind == Piece::Kind::Stripes)
    return tileThreads;
  if (piece.share.threads > 1)
    return piece.share.threads * piece.share.cells;
  return std::min(plainThreads, std::max<int64_t>(piece.items, 1));
}

bool nn::isPlain(const Piece &piece) {
  return piece.kind != Piece::Kind::Tiles && piece.kind != Piece::Kind::Stripes && piece.share.threads == 1;
}

int64_t nn::blockItems(const Piece &piece) {
  if (piece.kind == Piece::Kind::Tiles || piece.kind == Piece::Kind::Stripes)
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
  auto add = [&](Piece::Kind kind, EquationOp op, int64_t items) {
    if (kind == Piece::Kind::Clear)
      return addPiece(kind, op, items, {op.getDest()});
    Share share = kind == Piece::Kind::Cells ? shareOf(EquationInfo(op)) : Share();
    addPiece(kind, op, items, operandsOf({op}), share);
  };
  for (EquationOp op : kernel.getBody().getOps<EquationOp>()) {
    if (join(result.pieces, op))
      continue;
    auto form = op->getAttrOfType<StringAttr>(formAttrName);
    if (form && form.getValue() == "scatter") {
      add(Piece::Kind::Rows, op, std::max<int64_t>(kernel.getFrame(), 1));
      continue;
    }
    if (op->hasAttr(initAttrName) && !op.getAccumulate())
      add(Piece::Kind::Clear, op, elements(op.getDest()));
    EquationInfo info(op);
    if (auto contraction = contractionOf(info))
      add(Piece::Kind::Tiles, op, contraction->tiles());
    else
      add(Piece::Kind::Cells, op, info.countPoints(info.parallel));
  }
  if (auto stripes = stripesOf(kernel, result.pieces))
    result.pieces = {std::move(*stripes)};
  else
    placeScratch(kernel, result);
  return result;
}
