// Bodies of equations on scalars or lanes, random numbers, and the ways values combine.
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

bool EquationEmitter::isArg() { return op.getCombine() == Combine::argmax || op.getCombine() == Combine::argmin; }

Type EquationEmitter::bodyType() { return op.getBodyBlock().getTerminator()->getOperand(0).getType(); }

Value EquationEmitter::bodyIndex(unsigned d, const Point &point) {
  Value at = index(getAffineDimExpr(d, op.getContext()), point);
  return at.getType().isIndex() ? arith::IndexCastOp::create(b, loc, b.getI32Type(), at).getResult() : at;
}

/// Clones a body operation, on vectors as soon as one operand is one. Products and sums may fuse.
Value EquationEmitter::cloneBodyOp(Operation &source, IRMapping &values) {
  bool lanes = llvm::any_of(source.getOperands(), [&](Value v) { return isa<VectorType>(values.lookup(v).getType()); });
  Operation *clone = b.clone(source, values);
  if (lanes) {
    b.setInsertionPoint(clone);
    for (OpOperand &operand : clone->getOpOperands())
      operand.set(toVector(operand.get()));
    b.setInsertionPointAfter(clone);
    for (OpResult result : clone->getResults())
      result.setType(vectorOf(result.getType()));
  }
  if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(clone)) {
    auto math = cast<arith::ArithFastMathInterface>(clone);
    auto flags = math.getFastMathFlagsAttr().getValue() | arith::FastMathFlags::contract;
    clone->setAttr("fastmath", arith::FastMathFlagsAttr::get(op.getContext(), flags));
  }
  return clone->getResult(0);
}

/// `nn.round`, on the bits of f32: carries out of the mantissa raise the exponent, and infinity stays what it is.
Value EquationEmitter::rounded(Value value, unsigned mantissa) {
  constexpr unsigned f32Mantissa = 23;
  unsigned dropped = f32Mantissa - mantissa;
  Type type = b.getI32Type();
  if (auto lanes = dyn_cast<VectorType>(value.getType()))
    type = lanes.clone(type);
  auto number = [&](uint32_t n) { return splatInteger(type, static_cast<int32_t>(n)); };
  Value bits = arith::BitcastOp::create(b, loc, type, value);
  Value last = arith::ShRUIOp::create(b, loc, bits, number(dropped));
  Value odd = arith::AndIOp::create(b, loc, last, number(1));
  Value half = arith::AddIOp::create(b, loc, odd, number((uint32_t(1) << (dropped - 1)) - 1));
  Value kept =
      arith::AndIOp::create(b, loc, arith::AddIOp::create(b, loc, bits, half), number(~((uint32_t(1) << dropped) - 1)));
  Value result = arith::BitcastOp::create(b, loc, value.getType(), kept);
  Value isNaN = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
  return arith::SelectOp::create(b, loc, isNaN, value, result);
}

/// An input at a point: what another equation of the same loop is about to store there, or what memory holds.
Value EquationEmitter::input(unsigned k, const Point &point, Value mask) {
  if (auto found = atHand.find(op.getInputs()[k]); found != atHand.end())
    for (auto [cell, value] : llvm::zip(points, found->second))
      if (cell.offset == point.offset)
        return value;
  if (isTransposed(info, k, schedule.vectorDim, schedule.squareDim))
    return loadTransposed(k, point);
  return load(op.getInputs()[k], op.getRead(k), op.getFillValue(k), point, mask);
}

/// What the scalars of the body are at a point: scalars where all lanes agree. A dot product that goes into a sum is
/// left to `addPairs`.
IRMapping EquationEmitter::bodyValues(const Point &point, Value mask) {
  IRMapping values;
  Block &block = op.getBodyBlock();
  std::string maskKey = mask ? "m" + std::to_string(reinterpret_cast<uintptr_t>(mask.getAsOpaquePointer())) : "";
  for (unsigned k = 0; k < op.getInputs().size(); ++k) {
    if (block.getArgument(k).use_empty())
      continue;
    AffineMap map = op.getRead(k);
    Value &known = cache["i" + std::to_string(k) + stateKey(info.dimsOf(map), point) + maskKey];
    if (!known)
      known = input(k, point, mask);
    values.map(block.getArgument(k), known);
  }
  for (Operation &source : block.without_terminator()) {
    if (auto i = dyn_cast<IndexOp>(source))
      values.map(i.getResult(), bodyIndex(i.getDim(), point));
    else if (auto s = dyn_cast<SymbolOp>(source))
      values.map(s.getResult(), symbol(s.getIndex(), point));
    else if (auto r = dyn_cast<RandomOp>(source))
      values.map(r.getResult(), random(r, values));
    else if (auto round = dyn_cast<RoundOp>(source))
      values.map(round.getResult(), rounded(values.lookup(round.getValue()), round.getMantissa()));
    else if (auto both = dyn_cast<PairOp>(source))
      values.map(both.getResult(), pair(values.lookup(both.getFirst()), values.lookup(both.getSecond())));
    else if (auto dot = dyn_cast<DotPairsOp>(source); dot && dot != summedPairs())
      values.map(dot.getResult(), addPairs({}, values.lookup(dot.getLhs()), values.lookup(dot.getRhs())));
    else if (!dot)
      values.map(source.getResult(0), cloneBodyOp(source, values));
  }
  return values;
}

/// The body's value at a point: a scalar when all lanes agree.
Value EquationEmitter::body(const Point &point, Value mask) {
  return bodyValues(point, mask).lookup(op.getBodyBlock().getTerminator()->getOperand(0));
}

Value EquationEmitter::identity() {
  Type type = bodyType();
  bool low = op.getCombine() == Combine::max || op.getCombine() == Combine::argmax;
  bool high = op.getCombine() == Combine::min || op.getCombine() == Combine::argmin;
  if (auto real = dyn_cast<FloatType>(type)) {
    if (low || high)
      return constant(real, b.getFloatAttr(real, APFloat::getInf(real.getFloatSemantics(), low)));
    return constant(real, b.getFloatAttr(real, op.getCombine() == Combine::prod ? 1.0 : 0.0));
  }
  unsigned width = type.getIntOrFloatBitWidth();
  APInt value(width, op.getCombine() == Combine::prod ? 1 : 0);
  if (low)
    value = width == 1 ? APInt(1, 0) : APInt::getSignedMinValue(width);
  if (high)
    value = width == 1 ? APInt(1, 1) : APInt::getSignedMaxValue(width);
  return constant(type, b.getIntegerAttr(type, value));
}

/// The accumulators of one cell before its first point.
EquationEmitter::Values EquationEmitter::initial(const Point &point) {
  bool lanes = schedule.lanes > 1;
  auto widen = [&](Value v) { return lanes ? toVector(v) : v; };
  if (isArg())
    return {widen(identity()), widen(splatInteger(b.getI32Type(), -1))};
  if (accumulate && !schedule.dot)
    return {widen(load(op.getDest(), op.getWrite(), {}, point, both(tailMask(point), dropCondition(point))))};
  return {widen(identity())};
}

Value EquationEmitter::combine(Value a, Value c) {
  Type element = getElementTypeOrSelf(a);
  bool real = isa<FloatType>(element), truth = element.isInteger(1);
  auto contract = arith::FastMathFlags::contract;
  switch (op.getCombine()) {
  case Combine::map:
    return c;
  case Combine::sum:
    if (real)
      return arith::AddFOp::create(b, loc, a, c, contract);
    return truth ? arith::XOrIOp::create(b, loc, a, c).getResult() : arith::AddIOp::create(b, loc, a, c).getResult();
  case Combine::prod:
    if (real)
      return arith::MulFOp::create(b, loc, a, c, contract);
    return arith::MulIOp::create(b, loc, a, c);
  case Combine::max:
  case Combine::argmax:
    if (real)
      return arith::MaximumFOp::create(b, loc, a, c);
    return truth ? arith::OrIOp::create(b, loc, a, c).getResult() : arith::MaxSIOp::create(b, loc, a, c).getResult();
  default:
    if (real)
      return arith::MinimumFOp::create(b, loc, a, c);
    return truth ? arith::AndIOp::create(b, loc, a, c).getResult() : arith::MinSIOp::create(b, loc, a, c).getResult();
  }
}

/// Adds a body's value to an accumulator; a sum of products becomes one fused operation.
Value EquationEmitter::combineBody(Value accumulator, Value value) {
  if (isa<VectorType>(accumulator.getType()))
    value = toVector(value);
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (op.getCombine() != Combine::sum || !product || !product->use_empty())
    return combine(accumulator, value);
  Value result;
  if (isa<VectorType>(value.getType()))
    result = vector::FMAOp::create(b, loc, product.getLhs(), product.getRhs(), accumulator);
  else
    result = math::FmaOp::create(b, loc, product.getLhs(), product.getRhs(), accumulator);
  product.erase();
  return result;
}

/// Whether argmax or argmin prefer a value to the best one before it.
Value EquationEmitter::isBetter(Value value, Value best) {
  bool largest = op.getCombine() == Combine::argmax;
  if (isa<FloatType>(bodyType()))
    return arith::CmpFOp::create(b, loc, largest ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, value, best);
  if (bodyType().isInteger(1))
    return arith::CmpIOp::create(b, loc, largest ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult, value, best);
  return arith::CmpIOp::create(b, loc, largest ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt, value, best);
}

/// Two partial results of points that lie among each other. Of equal values the smaller position counts; -1 is none.
EquationEmitter::Values EquationEmitter::combinePartial(ValueRange left, ValueRange right) {
  if (!isArg())
    return {combine(left.front(), right.front())};
  auto compare = [&](arith::CmpIPredicate predicate, Value a, Value c) -> Value {
    return arith::CmpIOp::create(b, loc, predicate, a, c);
  };
  Value none = splatInteger(b.getI32Type(), -1);
  Value isAny = compare(arith::CmpIPredicate::ne, right[1], none);
  Value alone = compare(arith::CmpIPredicate::eq, left[1], none);
  Value before = compare(arith::CmpIPredicate::slt, right[1], left[1]);
  Value earlier = arith::AndIOp::create(
      b, loc, before, arith::XOrIOp::create(b, loc, isBetter(left[0], right[0]), splatInteger(b.getI1Type(), 1)));
  Value take = arith::OrIOp::create(b, loc, isBetter(right[0], left[0]), earlier);
  take = arith::AndIOp::create(b, loc, isAny, arith::OrIOp::create(b, loc, alone, take));
  return {arith::SelectOp::create(b, loc, take, right[0], left[0]),
          arith::SelectOp::create(b, loc, take, right[1], left[1])};
}

EquationEmitter::Values EquationEmitter::combineArg(Value best, Value place, Value value, const Point &point) {
  AffineExpr position = getAffineConstantExpr(0, op.getContext());
  for (unsigned d : info.reduced)
    position = position * info.extents[d] + getAffineDimExpr(d, op.getContext());
  Value here = index(position, point);
  if (here.getType().isIndex())
    here = arith::IndexCastOp::create(b, loc, b.getI32Type(), here);
  if (isa<VectorType>(best.getType())) {
    value = toVector(value);
    here = toVector(here);
  }
  Value better = isBetter(value, best);
  Value first = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, place, splatInteger(place.getType(), 0));
  Value take = arith::OrIOp::create(b, loc, better, first);
  return {arith::SelectOp::create(b, loc, take, value, best), arith::SelectOp::create(b, loc, take, here, place)};
}

/// Every lane of a vector that holds `cells` cells side by side meets the one half a cell further on: one half of each
/// cell, of one vector or of two.
static Value halvesOf(OpBuilder &b, Location loc, Value first, Value second, int64_t cells, bool upper) {
  int64_t lanes = cast<VectorType>(first.getType()).getNumElements(), width = lanes / cells;
  SmallVector<int64_t> from;
  for (int64_t vector = 0; vector < (second == first ? 1 : 2); ++vector)
    for (int64_t cell = 0; cell < cells; ++cell)
      for (int64_t lane = 0; lane < width / 2; ++lane)
        from.push_back(vector * lanes + cell * width + (upper ? width / 2 : 0) + lane);
  return vector::ShuffleOp::create(b, loc, first, second, from);
}

/// The lanes of each partial result combined to one. Results are taken together, as many as there are lanes: each round
/// halves what a cell takes up and puts two vectors into one, so that all of them cost little more than one alone. A
/// cell's lanes meet in the same order whatever is taken together. Returns vectors that hold the cells in order.
EquationEmitter::Values EquationEmitter::horizontal(ArrayRef<Value> partial) {
  Values results;
  while (!partial.empty()) {
    int64_t together = std::min<int64_t>(llvm::bit_floor(partial.size()), schedule.lanes), cells = 1;
    Values vectors(partial.take_front(together));
    for (; vectors.size() > 1; cells *= 2) {
      Values paired;
      for (size_t k = 0; k < vectors.size(); k += 2)
        paired.push_back(combine(halvesOf(b, loc, vectors[k], vectors[k + 1], cells, false),
                                 halvesOf(b, loc, vectors[k], vectors[k + 1], cells, true)));
      vectors = std::move(paired);
    }
    Value value = vectors.front();
    for (int64_t lanes = schedule.lanes; lanes > together; lanes /= 2)
      value = combine(halvesOf(b, loc, value, value, together, false), halvesOf(b, loc, value, value, together, true));
    results.push_back(value);
    partial = partial.drop_front(together);
  }
  return results;
}

/// How many of the first cells lie side by side in the destination.
int64_t EquationEmitter::countNeighbours(ArrayRef<Point> cells) {
  if (bodyType().isInteger(1) || op.getDrop())
    return 1;
  auto follows = [&](int64_t k) {
    for (unsigned d = 0; d < info.dims; ++d) {
      int64_t step = cells[k].offset[d] - cells[0].offset[d];
      if (step != 0 && (step != k || !info.isUnitStride(op.getWrite(), d)))
        return false;
    }
    return true;
  };
  int64_t count = 1;
  while (count < int64_t(cells.size()) && follows(count))
    ++count;
  return count;
}

/// Stores some of the values of a vector, the first of them at a cell.
void EquationEmitter::storeRow(Value vector, int64_t from, int64_t count, const Point &cell) {
  if (count == 1) {
    Value value = vector::ExtractOp::create(b, loc, vector, from);
    return store(accumulate ? combine(load(op.getDest(), op.getWrite(), {}, cell, {}), value) : value, cell);
  }
  Value row = vector::ExtractStridedSliceOp::create(b, loc, vector, from, count, 1);
  Value dest = buffers.at(op.getDest()).memref;
  Values at = address(op.getDest(), op.getWrite(), cell, false);
  if (accumulate)
    row = combine(vector::LoadOp::create(b, loc, cast<VectorType>(row.getType()), dest, at), row);
  vector::StoreOp::create(b, loc, row, dest, at);
}

/// Hands a finished cell on to who wants it, or stores it.
void EquationEmitter::finishCell(Value value, const Point &cell) {
  if (takeCell)
    return takeCell(base, value);
  store(value, cell);
}

/// Stores the finished cells of a tile.
void EquationEmitter::finish(ArrayRef<Point> cells, Values accumulators) {
  if (schedule.dot) {
    Values partial;
    for (size_t c = 0; c < cells.size(); ++c) {
      partial.push_back(accumulators[c * unroll]);
      for (int64_t u = 1; u < unroll; ++u)
        partial.back() = combine(partial.back(), accumulators[c * unroll + u]);
    }
    for (Value vector : horizontal(partial))
      for (int64_t at = 0, held = cast<VectorType>(vector.getType()).getNumElements(), count; at < held; at += count) {
        count = countNeighbours(cells.take_front(held - at));
        storeRow(vector, at, count, cells.front());
        cells = cells.drop_front(count);
      }
    return;
  }
  if (schedule.turnDim >= 0) {
    for (size_t c = 0; c < cells.size(); c += 2)
      storeInTurns(accumulators[c], accumulators[c + 1], cells[c]);
    return;
  }
  for (auto [c, cell] : llvm::enumerate(cells)) {
    if (!isArg()) {
      finishCell(accumulators[c], cell);
      continue;
    }
    Value place = accumulators[2 * c + 1];
    finishCell(arith::MaxSIOp::create(b, loc, place, splatInteger(place.getType(), 0)), cell);
  }
}
