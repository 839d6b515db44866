// Decides which maps follow a piece, and emits them; see Note [Followers].
#include "Target/GPU/Followers.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "Kernels/Kernels.h"
#include "Target/GPU/Streams.h"

using namespace mlir;
using namespace nn;

/// More of them would leave too few registers.
static constexpr size_t mostFollowers = 8;

static SmallVector<Access> accessesOf(EquationOp op) {
  SmallVector<Access> all = {{op.getDest(), op.getWrite(), true}};
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    all.push_back({input, op.getRead(k), false});
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    all.push_back({table, op.getTableMap(j), false});
  return all;
}

/// The same in indices of the leader.
static SmallVector<Access> accessesOf(const Follower &follower, unsigned leaderDims) {
  SmallVector<Access> all = accessesOf(EquationOp(follower.op));
  MLIRContext *context = EquationOp(follower.op).getContext();
  SmallVector<AffineExpr> dims;
  for (int d : follower.cellDims)
    dims.push_back(d < 0 ? getAffineConstantExpr(0, context) : getAffineDimExpr(unsigned(d), context));
  for (Access &access : all) {
    SmallVector<AffineExpr> symbols;
    for (unsigned j = 0; j < access.map.getNumSymbols(); ++j)
      symbols.push_back(getAffineSymbolExpr(j, context));
    access.map = access.map.replaceDimsAndSymbols(dims, symbols, leaderDims, access.map.getNumSymbols());
  }
  return all;
}

SmallVector<Access> nn::accessesInCells(const Piece &piece) {
  auto first = cast<EquationOp>(piece.op);
  SmallVector<Access> all = accessesOf(first);
  for (const Follower &member : piece.followers)
    llvm::append_range(all, accessesOf(member, first.getNumDims()));
  return all;
}

bool nn::dependOnEachOther(EquationOp a, EquationOp b) {
  for (const Access &x : accessesOf(a))
    for (const Access &y : accessesOf(b))
      if ((x.writes || y.writes) && overlapOf(x.buffer, y.buffer) != Overlap::None)
        return true;
  return false;
}

/// True if what the earlier and the later access touch leaves each cell to itself.
static bool leavesCells(const Access &earlier, const Access &later) {
  if (!earlier.writes && !later.writes)
    return true;
  Overlap overlap = overlapOf(earlier.buffer, later.buffer);
  if (overlap == Overlap::None)
    return true;
  // What an earlier member writes is at hand by its buffer's name only, and not in memory yet.
  if (overlap == Overlap::Partly || (earlier.writes && earlier.buffer != later.buffer))
    return false;
  return earlier.buffer.getType() == later.buffer.getType() && earlier.map.getResults() == later.map.getResults() &&
         !usesSymbols(earlier.map.getResults());
}

/// For each index of a box the leader's one that it equals, given subscripts of both at one cell. Nothing: points and
/// cells are not the same.
static std::optional<SmallVector<int>> match(AffineMap own, ArrayRef<int64_t> extents, AffineMap cell,
                                             const EquationInfo &leader) {
  if (own.getNumResults() != cell.getNumResults())
    return std::nullopt;
  SmallVector<int> dims(extents.size(), -1);
  llvm::SmallBitVector used(leader.dims);
  for (auto [mine, theirs] : llvm::zip(own.getResults(), cell.getResults())) {
    auto from = dyn_cast<AffineDimExpr>(mine), to = dyn_cast<AffineDimExpr>(theirs);
    if (isa<AffineConstantExpr>(mine) && mine == theirs)
      continue;
    if (!from || !to || dims[from.getPosition()] >= 0 ||
        extents[from.getPosition()] != leader.extents[to.getPosition()])
      return std::nullopt;
    dims[from.getPosition()] = int(to.getPosition());
    used.set(to.getPosition());
  }
  for (auto [d, extent] : llvm::enumerate(extents))
    if (dims[d] < 0 && extent != 1)
      return std::nullopt;
  for (unsigned d : leader.parallel)
    if (!used.test(d) && leader.extents[d] != 1)
      return std::nullopt;
  return dims;
}

static bool hasOwnCells(EquationOp op) {
  auto form = op->getAttrOfType<StringAttr>(formAttrName);
  return form && form.getValue() == "owner" && !op->hasAttr(initAttrName) && !op.getDrop();
}

/// The subscripts, in the leader's indices, at which members write a buffer; null: none does.
static AffineMap writtenBy(const Piece &piece, const EquationInfo &leader, Value buffer) {
  EquationOp first = leader.op;
  if (first.getDest() == buffer)
    return first.getWrite();
  for (const Follower &member : piece.followers)
    if (EquationOp(member.op).getDest() == buffer)
      return accessesOf(member, leader.dims).front().map;
  return {};
}

static std::optional<SmallVector<int>> matchCells(const Piece &piece, const EquationInfo &leader,
                                                  const EquationInfo &info) {
  EquationOp op = info.op, first = leader.op;
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    if (AffineMap written = writtenBy(piece, leader, input))
      return match(op.getRead(k), info.extents, written, leader);
  if (piece.kind != Piece::Kind::Cells || piece.share.threads > 1)
    return std::nullopt;
  return match(op.getWrite(), info.extents, first.getWrite(), leader);
}

/// True if neighbouring threads write neighbouring words of both, or of neither.
static bool writesAlong(const EquationInfo &leader, const Follower &follower) {
  EquationOp first = leader.op, op = follower.op;
  EquationInfo info(op);
  for (auto [d, cellDim] : llvm::enumerate(follower.cellDims))
    if (cellDim >= 0 && info.extents[d] > 1 &&
        info.isUnitStride(op.getWrite(), unsigned(d)) != leader.isUnitStride(first.getWrite(), unsigned(cellDim)))
      return false;
  return true;
}

/// True if a cell and the point of a follower are in the same stripe, where a kernel has outer places.
static bool sharesStripe(EquationOp first, const Follower &follower) {
  EquationOp op = follower.op;
  if (outerOf(op).empty())
    return true;
  auto frameOf = [](EquationOp each) { return each->getAttrOfType<IntegerAttr>(frameAttrName).getInt(); };
  auto runsAlong = [&](int64_t own, int64_t leading) {
    return op.getExtents()[own] == 1 || follower.cellDims[own] == leading;
  };
  return runsAlong(frameOf(op), frameOf(first)) && llvm::all_of(llvm::zip(outerOf(op), outerOf(first)), [&](auto pair) {
           return runsAlong(std::get<0>(pair), std::get<1>(pair));
         });
}

std::optional<Follower> nn::followerOf(const Piece &piece, EquationOp op) {
  auto first = dyn_cast<EquationOp>(piece.op);
  if (!first || (piece.kind != Piece::Kind::Cells && piece.kind != Piece::Kind::Tiles) ||
      piece.followers.size() == mostFollowers || op.getCombine() != Combine::map || op.getAccumulate() ||
      !hasOwnCells(first) || !hasOwnCells(op) || passOf(first) != passOf(op))
    return std::nullopt;
  EquationInfo leader(first), info(op);
  if (!info.reduced.empty())
    return std::nullopt;
  // Subscripts are loaded, and what members write is not in memory yet.
  if (llvm::any_of(op.getTables(), [&](Value table) { return bool(writtenBy(piece, leader, table)); }))
    return std::nullopt;
  auto dims = matchCells(piece, leader, info);
  if (!dims)
    return std::nullopt;
  Follower follower{op, std::move(*dims)};
  if (!writesAlong(leader, follower) || !sharesStripe(first, follower))
    return std::nullopt;
  SmallVector<Access> before = accessesInCells(piece);
  for (const Access &later : accessesOf(follower, leader.dims))
    if (!llvm::all_of(before, [&](const Access &earlier) { return leavesCells(earlier, later); }))
      return std::nullopt;
  return follower;
}

FollowersEmitter::FollowersEmitter(OpBuilder &b, const Piece &piece, const BlockStripe &stripe,
                                   const DenseMap<Value, BufferRef> &buffers)
    : b(b), piece(piece) {
  for (const Follower &follower : piece.followers) {
    infos.push_back(std::make_unique<EquationInfo>(follower.op));
    schedules.push_back(std::make_unique<Schedule>(scheduleCells(*infos.back())));
    emitters.push_back(std::make_unique<EquationEmitter>(b, *infos.back(), *schedules.back(),
                                                         stripe.frameOf(follower.op), stripe, buffers));
  }
}

SmallVector<Value> FollowersEmitter::placeOf(const Follower &follower, ValueRange place) {
  return llvm::map_to_vector(follower.cellDims, [&](int d) -> Value {
    return d < 0 ? arith::ConstantIndexOp::create(b, EquationOp(follower.op).getLoc(), 0).getResult()
                 : place[unsigned(d)];
  });
}

SmallVector<Value> FollowersEmitter::compute(ValueRange place, Value value) {
  SmallVector<Value> results = {value};
  DenseMap<Value, Value> atHand = {{cast<EquationOp>(piece.op).getDest(), value}};
  for (auto [follower, emitter] : llvm::zip(piece.followers, emitters)) {
    results.push_back(emitter->computePoint(placeOf(follower, place), atHand));
    atHand[EquationOp(follower.op).getDest()] = results.back();
  }
  return results;
}

void FollowersEmitter::store(EquationEmitter &leader, ValueRange place, ValueRange results) {
  auto isKept = [&](EquationOp op) { return llvm::is_contained(piece.operands, op.getDest()); };
  if (isKept(cast<EquationOp>(piece.op)))
    leader.storePoint(place, results.front());
  for (auto [follower, emitter, value] : llvm::zip(piece.followers, emitters, results.drop_front()))
    if (isKept(follower.op))
      emitter->storePoint(placeOf(follower, place), value);
}
