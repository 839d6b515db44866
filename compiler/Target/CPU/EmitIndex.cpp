// Index expressions, conditions and memory access of an equation's code; see Note [Lanes].
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace nn;

Value EquationEmitter::constantIndex(int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

Value EquationEmitter::constant(Type type, TypedAttr value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, cast<Attribute>(value)));
  return arith::ConstantOp::create(b, loc, value);
}

Value EquationEmitter::splatInteger(Type like, int64_t value) {
  return constant(like, b.getIntegerAttr(getElementTypeOrSelf(like), value));
}

VectorType EquationEmitter::vectorOf(Type element) const { return VectorType::get({int64_t(schedule.lanes)}, element); }

Value EquationEmitter::toVector(Value value) {
  if (isa<VectorType>(value.getType()))
    return value;
  if (value.getType().isIndex())
    value = arith::IndexCastOp::create(b, loc, b.getI32Type(), value);
  return vector::BroadcastOp::create(b, loc, vectorOf(value.getType()), value);
}

Value EquationEmitter::both(Value a, Value b_) {
  if (!a || !b_)
    return a ? a : b_;
  if (isa<VectorType>(a.getType()) || isa<VectorType>(b_.getType())) {
    a = toVector(a);
    b_ = toVector(b_);
  }
  return arith::AndIOp::create(b, loc, a, b_);
}

Value EquationEmitter::index(AffineExpr expr, const Point &point) {
  return varies(info.dimsOf(expr)) ? vectorIndex(expr, point) : uniformIndex(expr, point);
}

/// Division towards minus infinity by a positive constant, and its remainder; unsigned where the operand is known not
/// to be negative.
static Value divide(OpBuilder &b, Location loc, AffineExprKind kind, bool nonNegative, Value x, Value c, Value zero,
                    Value one) {
  if (nonNegative && kind == AffineExprKind::FloorDiv)
    return arith::DivUIOp::create(b, loc, x, c);
  if (nonNegative && kind == AffineExprKind::Mod)
    return arith::RemUIOp::create(b, loc, x, c);
  Value remainder = arith::RemSIOp::create(b, loc, x, c);
  Value below = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, remainder, zero);
  if (kind == AffineExprKind::Mod)
    return arith::SelectOp::create(b, loc, below, arith::AddIOp::create(b, loc, remainder, c), remainder);
  Value quotient = arith::DivSIOp::create(b, loc, x, c);
  if (kind == AffineExprKind::FloorDiv)
    return arith::SelectOp::create(b, loc, below, arith::SubIOp::create(b, loc, quotient, one), quotient);
  Value above = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, remainder, zero);
  return arith::SelectOp::create(b, loc, above, arith::AddIOp::create(b, loc, quotient, one), quotient);
}

Value EquationEmitter::binaryIndex(AffineBinaryOpExpr expr, Value left, Value right) {
  if (expr.getKind() == AffineExprKind::Add)
    return b.createOrFold<arith::AddIOp>(loc, left, right);
  if (expr.getKind() == AffineExprKind::Mul)
    return b.createOrFold<arith::MulIOp>(loc, left, right);
  auto bounds = info.range(expr.getLHS());
  return divide(b, loc, expr.getKind(), bounds && bounds->low >= 0, left, right, splatInteger(left.getType(), 0),
                splatInteger(left.getType(), 1));
}

Value EquationEmitter::uniformIndex(AffineExpr expr, const Point &point) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constantIndex(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    unsigned d = dim.getPosition();
    return point.offset[d] ? b.createOrFold<arith::AddIOp>(loc, base[d], constantIndex(point.offset[d])) : base[d];
  }
  if (auto s = dyn_cast<AffineSymbolExpr>(expr))
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), symbol(s.getPosition(), point));
  auto binary = cast<AffineBinaryOpExpr>(expr);
  return binaryIndex(binary, uniformIndex(binary.getLHS(), point), uniformIndex(binary.getRHS(), point));
}

Value EquationEmitter::vectorIndex(AffineExpr expr, const Point &point) {
  if (!varies(info.dimsOf(expr)))
    return toVector(uniformIndex(expr, point));
  if (isa<AffineDimExpr>(expr)) {
    auto lanes = llvm::to_vector(llvm::seq<int32_t>(0, int32_t(schedule.lanes)));
    Value step = arith::ConstantOp::create(b, loc, DenseIntElementsAttr::get(vectorOf(b.getI32Type()), lanes));
    return arith::AddIOp::create(b, loc, toVector(uniformIndex(expr, point)), step);
  }
  if (auto s = dyn_cast<AffineSymbolExpr>(expr))
    return symbol(s.getPosition(), point);
  auto binary = cast<AffineBinaryOpExpr>(expr);
  return binaryIndex(binary, vectorIndex(binary.getLHS(), point), vectorIndex(binary.getRHS(), point));
}

std::string EquationEmitter::stateKey(const llvm::SmallBitVector &dims, const Point &point) const {
  std::string key;
  for (unsigned d : dims.set_bits())
    key += ":" + std::to_string(point.offset[d]);
  if (varies(dims))
    key += "/" + std::to_string(point.active);
  return key;
}

Value EquationEmitter::symbol(unsigned j, const Point &point) {
  AffineMap map = op.getTableMap(j);
  Value &known = cache["s" + std::to_string(j) + stateKey(info.dimsOf(map), point)];
  if (!known)
    known = load(op.getTables()[j], map, {}, point, tailMask(point));
  return known;
}

Value EquationEmitter::tailMask(const Point &point) {
  if (schedule.lanes == 1)
    return {};
  if (vectorEnd) {
    Value at = uniformIndex(getAffineDimExpr(schedule.vectorDim, op.getContext()), point);
    Value left = arith::SubIOp::create(b, loc, vectorEnd, at);
    return vector::CreateMaskOp::create(b, loc, vectorOf(b.getI1Type()), left);
  }
  if (point.active == int64_t(schedule.lanes))
    return {};
  return vector::ConstantMaskOp::create(b, loc, vectorOf(b.getI1Type()), ArrayRef<int64_t>{point.active});
}

Value EquationEmitter::condition(ArrayRef<Constraint> which, const Point &point) {
  Value all;
  for (const Constraint &c : which) {
    Value value = index(c.expr, point);
    auto predicate = c.equality ? arith::CmpIPredicate::eq : arith::CmpIPredicate::sge;
    all = both(all, arith::CmpIOp::create(b, loc, predicate, value, splatInteger(value.getType(), 0)));
  }
  return all;
}

Value EquationEmitter::isInside(AffineExpr expr, int64_t size, const Point &point) {
  Value value = index(expr, point);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, value, splatInteger(value.getType(), size));
}

Value EquationEmitter::dropCondition(const Point &point) {
  Value all;
  if (!op.getDrop())
    return all;
  for (auto [expr, size] : llvm::zip(op.getWrite().getResults(), op.getResultType().getShape()))
    if (!info.staysInside(expr, size))
      all = both(all, isInside(expr, size, point));
  return all;
}

/// The subscripts of an access; along lanes those of the first lane.
EquationEmitter::Values EquationEmitter::address(Value buffer, AffineMap map, const Point &point, bool clamp) {
  const BufferRef &ref = buffers.at(buffer);
  ArrayRef<int64_t> shape = cast<MemRefType>(buffer.getType()).getShape();
  Values result;
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    Value at = uniformIndex(expr, point);
    if (clamp && !info.staysInside(expr, shape[axis])) {
      at = arith::MaxSIOp::create(b, loc, at, constantIndex(0));
      at = arith::MinSIOp::create(b, loc, at, constantIndex(shape[axis] - 1));
    }
    if (int64_t(axis) == ref.scratchAxis)
      at = b.createOrFold<arith::SubIOp>(loc, at, stripe.start);
    if (llvm::is_contained(ref.outerAxes, axis))
      at = constantIndex(0);
    result.push_back(at);
  }
  return result;
}

/// Reads the address of a point whose lanes agree. An address that may be out of range is clamped, so that reading is
/// always safe.
Value EquationEmitter::loadScalar(Value buffer, AffineMap map, TypedAttr fill, const Point &point) {
  auto type = cast<MemRefType>(buffer.getType());
  Value inside;
  if (fill)
    for (auto [expr, size] : llvm::zip(map.getResults(), type.getShape()))
      if (!info.staysInside(expr, size))
        inside = both(inside, isInside(expr, size, point));
  bool clamp = fill || (schedule.lanes > 1 && !conditions.empty());
  Value value = memref::LoadOp::create(b, loc, buffers.at(buffer).memref, address(buffer, map, point, clamp));
  if (type.getElementType().isInteger(1))
    value = arith::TruncIOp::create(b, loc, b.getI1Type(), value);
  if (inside)
    value = arith::SelectOp::create(b, loc, inside, value, constant(value.getType(), fill));
  return value;
}

Value EquationEmitter::gather(Value buffer, AffineMap map, const Point &point, Value mask, Value passThrough) {
  const BufferRef &ref = buffers.at(buffer);
  auto type = cast<MemRefType>(ref.memref.getType());
  Value offset;
  int64_t stride = 1;
  for (int64_t axis = type.getRank() - 1; axis >= 0; --axis) {
    if (llvm::is_contained(ref.outerAxes, axis))
      continue;
    Value at = vectorIndex(map.getResult(axis), point);
    if (axis == ref.scratchAxis)
      at = arith::SubIOp::create(b, loc, at, toVector(stripe.start));
    if (stride != 1)
      at = arith::MulIOp::create(b, loc, at, splatInteger(at.getType(), stride));
    offset = offset ? arith::AddIOp::create(b, loc, offset, at).getResult() : at;
    stride *= type.getDimSize(axis);
  }
  if (!mask)
    mask = vector::ConstantMaskOp::create(b, loc, vectorOf(b.getI1Type()), ArrayRef<int64_t>{int64_t(schedule.lanes)});
  Values zeros(type.getRank(), constantIndex(0));
  return vector::GatherOp::create(b, loc, cast<VectorType>(passThrough.getType()), ref.memref, zeros, offset, mask,
                                  passThrough);
}

/// Elements [from, from + count) of a row of which a vector has room for more: the others are not touched.
static Value loadSome(OpBuilder &b, Location loc, VectorType type, Value memref, ValueRange at, int64_t count) {
  if (count >= type.getNumElements())
    return vector::LoadOp::create(b, loc, type, memref, at);
  auto maskType = VectorType::get(type.getShape(), b.getI1Type());
  Value mask = vector::ConstantMaskOp::create(b, loc, maskType, ArrayRef<int64_t>{count});
  Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, loc, type, memref, at, mask, zero);
}

/// Every second element of a row, for the first `used` lanes: two vectors that meet or overlap in one element, so that
/// nothing behind the last one is touched.
Value EquationEmitter::loadEverySecond(Value buffer, AffineMap map, const Point &point, int64_t used) {
  const BufferRef &ref = buffers.at(buffer);
  VectorType type = vectorOf(cast<MemRefType>(ref.memref.getType()).getElementType());
  int64_t lanes = schedule.lanes, reach = 2 * used - 1;
  Values at = address(buffer, map, point, false);
  Value first = loadSome(b, loc, type, ref.memref, at, reach), second = first;
  if (reach > lanes) {
    at.back() = b.createOrFold<arith::AddIOp>(loc, at.back(), constantIndex(lanes - 1));
    second = loadSome(b, loc, type, ref.memref, at, reach - (lanes - 1));
  }
  SmallVector<int64_t> from;
  for (int64_t lane = 0; lane < lanes; ++lane)
    from.push_back(2 * lane < lanes ? 2 * lane : 2 * lane + 1);
  return vector::ShuffleOp::create(b, loc, first, second, from);
}

/// The lanes of two vectors in turns.
static Value inTurns(OpBuilder &b, Location loc, Value first, Value second, int64_t lanes, int64_t from) {
  SmallVector<int64_t> lanesOf;
  for (int64_t lane = from; lane < from + lanes / 2; ++lane)
    lanesOf.append({lane, lane + lanes});
  return vector::ShuffleOp::create(b, loc, first, second, lanesOf);
}

/// The row of input k at a cell of a square, of vectors that lie along the square's other side; see Note [Squares].
/// Each round takes rows i and i + n/2 in turns, so that the highest bit of a row's number becomes the lowest of a
/// lane's and the highest of a lane's the lowest of a row's: after log2(n) rounds they have changed places.
Value EquationEmitter::loadTransposed(unsigned k, const Point &point) {
  Values &rows = squares[k];
  int64_t lanes = schedule.lanes;
  if (rows.empty()) {
    Value buffer = op.getInputs()[k], memref = buffers.at(buffer).memref;
    VectorType type = vectorOf(cast<MemRefType>(memref.getType()).getElementType());
    Point row = point;
    row.offset[schedule.squareDim] = 0;
    for (int64_t &lane = row.offset[schedule.vectorDim]; lane < lanes; ++lane)
      rows.push_back(vector::LoadOp::create(b, loc, type, memref, address(buffer, op.getRead(k), row, false)));
    for (int64_t round = 1; round < lanes; round *= 2) {
      Values next;
      for (int64_t i = 0; i < lanes / 2; ++i)
        for (int64_t from : {int64_t(0), lanes / 2})
          next.push_back(inTurns(b, loc, rows[i], rows[i + lanes / 2], lanes, from));
      rows = std::move(next);
    }
  }
  return rows[point.offset[schedule.squareDim]];
}

/// The lanes that a mask leaves in use, where it says only that a vector ends early.
static std::optional<int64_t> lanesBefore(Value mask, int64_t lanes) {
  if (!mask)
    return lanes;
  auto known = mask.getDefiningOp<vector::ConstantMaskOp>();
  return known ? std::optional(known.getMaskDimSizes().front()) : std::nullopt;
}

Value EquationEmitter::loadVector(Value buffer, AffineMap map, TypedAttr fill, const Point &point, Value mask) {
  const BufferRef &ref = buffers.at(buffer);
  auto type = cast<MemRefType>(buffer.getType());
  if (fill)
    for (auto [expr, size] : llvm::zip(map.getResults(), type.getShape()))
      if (!info.staysInside(expr, size))
        mask = both(mask, isInside(expr, size, point));
  if (mask)
    mask = toVector(mask);
  Type stored = cast<MemRefType>(ref.memref.getType()).getElementType();
  bool truth = type.getElementType().isInteger(1);
  TypedAttr other = b.getZeroAttr(stored);
  if (fill)
    other = truth ? b.getI8IntegerAttr(cast<IntegerAttr>(fill).getValue().getZExtValue()) : fill;
  Value value;
  auto used = lanesBefore(mask, schedule.lanes);
  if (used && info.strideOf(map, schedule.vectorDim) == 2)
    value = loadEverySecond(buffer, map, point, *used);
  else if (info.strideOf(map, schedule.vectorDim) != 1)
    value = gather(buffer, map, point, mask, constant(vectorOf(stored), other));
  else if (mask)
    value = vector::MaskedLoadOp::create(b, loc, vectorOf(stored), ref.memref, address(buffer, map, point, false), mask,
                                         constant(vectorOf(stored), other));
  else {
    askEarly(buffer, map, point);
    value = vector::LoadOp::create(b, loc, vectorOf(stored), ref.memref, address(buffer, map, point, false));
  }
  return truth ? arith::TruncIOp::create(b, loc, vectorOf(b.getI1Type()), value).getResult() : value;
}

Value EquationEmitter::load(Value buffer, AffineMap map, TypedAttr fill, const Point &point, Value mask) {
  return varies(info.dimsOf(map)) ? loadVector(buffer, map, fill, point, mask) : loadScalar(buffer, map, fill, point);
}

/// Writes one cell, or a block of cells along the destination's innermost axis.
void EquationEmitter::store(Value value, const Point &point) {
  Value dest = buffers.at(op.getDest()).memref;
  Values at = address(op.getDest(), op.getWrite(), point, false);
  bool vector = varies(info.dimsOf(op.getWrite()));
  if (vector)
    value = toVector(value);
  if (getElementTypeOrSelf(value).isInteger(1)) {
    Type byte = b.getI8Type();
    value = arith::ExtUIOp::create(b, loc, vector ? Type(vectorOf(byte)) : byte, value);
  }
  if (!vector) {
    memref::StoreOp::create(b, loc, value, dest, at);
    return;
  }
  if (!info.isUnitStride(op.getWrite(), schedule.vectorDim))
    return storeApart(value, point);
  Value mask = both(tailMask(point), dropCondition(point));
  if (mask)
    vector::MaskedStoreOp::create(b, loc, dest, at, toVector(mask), value);
  else
    vector::StoreOp::create(b, loc, value, dest, at);
}

/// Writes the lanes in use one by one; see Note [Cells apart].
void EquationEmitter::storeApart(Value value, const Point &point) {
  Point cell = point;
  for (int64_t lane = 0; lane < point.active; ++lane, ++cell.offset[schedule.vectorDim])
    memref::StoreOp::create(b, loc, vector::ExtractOp::create(b, loc, value, lane), buffers.at(op.getDest()).memref,
                            address(op.getDest(), op.getWrite(), cell, false));
}

/// Writes two blocks of cells that lie between each other, the first of them at `point`; see Note [Cells in turns].
void EquationEmitter::storeInTurns(Value first, Value second, const Point &point) {
  Value dest = buffers.at(op.getDest()).memref;
  Values at = address(op.getDest(), op.getWrite(), point, false);
  int64_t lanes = schedule.lanes;
  if (getElementTypeOrSelf(first).isInteger(1)) {
    first = arith::ExtUIOp::create(b, loc, vectorOf(b.getI8Type()), toVector(first));
    second = arith::ExtUIOp::create(b, loc, vectorOf(b.getI8Type()), toVector(second));
  }
  first = toVector(first), second = toVector(second);
  for (int64_t half = 0, left = 2 * point.active; half < 2 && left > 0; ++half, left -= lanes) {
    Value row = inTurns(b, loc, first, second, lanes, half * lanes / 2);
    if (left < lanes) {
      Value mask = vector::ConstantMaskOp::create(b, loc, vectorOf(b.getI1Type()), ArrayRef<int64_t>{left});
      vector::MaskedStoreOp::create(b, loc, dest, at, mask, row);
    } else {
      vector::StoreOp::create(b, loc, row, dest, at);
    }
    at.back() = b.createOrFold<arith::AddIOp>(loc, at.back(), constantIndex(lanes));
  }
}
