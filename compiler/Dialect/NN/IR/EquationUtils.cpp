// Building, copying and taking apart equations.
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "llvm/Support/MathExtras.h"

#include <functional>
#include <numeric>

using namespace mlir;
using namespace nn;

//===-- Parts
//----------------------------------------------------------------------------------------------------------===//

EquationParts EquationParts::of(EquationOp op) {
  EquationParts parts;
  parts.combine = op.getCombine();
  parts.extents = llvm::to_vector(op.getExtents());
  parts.inputs = llvm::to_vector(op.getInputs());
  parts.tables = llvm::to_vector(op.getTables());
  for (unsigned k = 0; k < parts.inputs.size(); ++k)
    parts.reads.push_back(op.getRead(k));
  for (unsigned j = 0; j < parts.tables.size(); ++j)
    parts.tableMaps.push_back(op.getTableMap(j));
  parts.tableBounds = llvm::to_vector(op.getTableBounds().value_or(ArrayRef<int64_t>()));
  parts.write = op.getWrite();
  parts.domain = op.getDomain().value_or(IntegerSet());
  if (op.getFill())
    parts.fill = llvm::to_vector(op.getFill()->getValue());
  parts.drop = op.getDrop();
  parts.dest = op.getDest();
  parts.accumulate = op.getAccumulate();
  return parts;
}

unsigned EquationParts::addInput(Value value, AffineMap read, Attribute fillValue) {
  if (!fill.empty() || (fillValue && !isa<UnitAttr>(fillValue))) {
    fill.resize(inputs.size(), UnitAttr::get(value.getContext()));
    fill.push_back(fillValue ? fillValue : UnitAttr::get(value.getContext()));
  }
  inputs.push_back(value);
  reads.push_back(read);
  return inputs.size() - 1;
}

unsigned EquationParts::addTable(Value value, AffineMap map, int64_t bound) {
  if (!tableBounds.empty() || bound) {
    tableBounds.resize(tables.size(), 0);
    tableBounds.push_back(bound);
  }
  tables.push_back(value);
  tableMaps.push_back(map);
  return tables.size() - 1;
}

void EquationParts::substitute(ArrayRef<AffineExpr> dims, ArrayRef<AffineExpr> symbols, ArrayRef<int64_t> newExtents) {
  unsigned numDims = newExtents.size(), numSymbols = tables.size();
  SmallVector<AffineExpr> all(symbols);
  MLIRContext *context = write.getContext();
  while (all.size() < numSymbols)
    all.push_back(getAffineSymbolExpr(all.size(), context));
  auto apply = [&](AffineMap map) { return map.replaceDimsAndSymbols(dims, all, numDims, numSymbols); };
  llvm::transform(reads, reads.begin(), apply);
  llvm::transform(tableMaps, tableMaps.begin(), apply);
  write = apply(write);
  if (domain)
    domain = domain.replaceDimsAndSymbols(dims, all, numDims, numSymbols);
  extents = llvm::to_vector(newExtents);
}

void EquationOp::build(OpBuilder &builder, OperationState &state, const EquationParts &parts, Type resultType,
                       BodyBuilder body) {
  auto fill = llvm::all_of(parts.fill, llvm::IsaPred<UnitAttr>) ? ArrayAttr() : builder.getArrayAttr(parts.fill);
  IntegerSet domain = parts.domain;
  bool bounded = llvm::any_of(parts.tableBounds, [](int64_t bound) { return bound != 0; });
  build(builder, state, resultType, CombineAttr::get(builder.getContext(), parts.combine),
        builder.getDenseI64ArrayAttr(parts.extents), parts.inputs, parts.tables, parts.dest,
        builder.getAffineMapArrayAttr(parts.reads),
        parts.tables.empty() ? ArrayAttr() : builder.getAffineMapArrayAttr(parts.tableMaps),
        bounded ? builder.getDenseI64ArrayAttr(parts.tableBounds) : DenseI64ArrayAttr(),
        AffineMapAttr::get(parts.write), domain ? IntegerSetAttr::get(domain) : IntegerSetAttr(), fill,
        parts.drop ? builder.getUnitAttr() : UnitAttr(), parts.accumulate ? builder.getUnitAttr() : UnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(state.regions.front().get());
  for (Value input : parts.inputs)
    block->addArgument(cast<ShapedType>(input.getType()).getElementType(), state.location);
  Value result = body(builder, state.location, block->getArguments());
  YieldOp::create(builder, state.location, result);
}

//===-- Constants and common shapes
//------------------------------------------------------------------------------------===//

TypedAttr nn::identityAttr(Combine combine, Type elementType) {
  bool least = combine == Combine::max || combine == Combine::logsumexp, greatest = combine == Combine::min;
  if (auto type = dyn_cast<FloatType>(elementType)) {
    const llvm::fltSemantics &semantics = type.getFloatSemantics();
    if (least || greatest)
      return FloatAttr::get(type, APFloat::getInf(semantics, /*Negative=*/least));
    return FloatAttr::get(type, combine == Combine::prod ? 1.0 : 0.0);
  }
  auto type = cast<IntegerType>(elementType);
  unsigned width = type.getWidth();
  if (least)
    return IntegerAttr::get(type, width == 1 ? APInt::getZero(1) : APInt::getSignedMinValue(width));
  if (greatest)
    return IntegerAttr::get(type, width == 1 ? APInt::getAllOnes(1) : APInt::getSignedMaxValue(width));
  return IntegerAttr::get(type, APInt(width, combine == Combine::prod ? 1 : 0));
}

Value nn::identityOf(OpBuilder &builder, Location loc, Combine combine, Type elementType) {
  return arith::ConstantOp::create(builder, loc, identityAttr(combine, elementType));
}

static TypedAttr scalarAttr(Type type, double value) {
  if (isa<FloatType>(type))
    return FloatAttr::get(type, value);
  return IntegerAttr::get(type, APInt(type.getIntOrFloatBitWidth(), static_cast<int64_t>(value), /*isSigned=*/true,
                                      /*implicitTrunc=*/true));
}

Value nn::constantOf(OpBuilder &builder, Location loc, Type elementType, double value) {
  return arith::ConstantOp::create(builder, loc, scalarAttr(elementType, value));
}

Value nn::createSplat(OpBuilder &builder, Location loc, RankedTensorType type, double value) {
  return ConstantOp::create(builder, loc, type, DenseElementsAttr::get(type, scalarAttr(type.getElementType(), value)));
}

EquationOp nn::createElementwise(OpBuilder &builder, Location loc, RankedTensorType resultType, ValueRange inputs,
                                 BodyBuilder body) {
  EquationParts parts;
  parts.extents = llvm::to_vector(resultType.getShape());
  parts.write = builder.getMultiDimIdentityMap(resultType.getRank());
  AffineMap scalar = AffineMap::get(resultType.getRank(), 0, builder.getContext());
  for (Value input : inputs)
    parts.addInput(input, cast<ShapedType>(input.getType()).getRank() ? parts.write : scalar);
  return EquationOp::create(builder, loc, parts, resultType, body);
}

//===-- Bodies
//---------------------------------------------------------------------------------------------------------===//

/// x floordiv c and x mod c for a positive constant c, in terms of operations that every target has.
static Value buildFloorDiv(OpBuilder &builder, Location loc, Value x, int64_t c, bool remainder) {
  Value divisor = constantOf(builder, loc, builder.getI32Type(), c);
  Value quotient = arith::FloorDivSIOp::create(builder, loc, x, divisor);
  if (!remainder)
    return quotient;
  return arith::SubIOp::create(builder, loc, x, arith::MulIOp::create(builder, loc, quotient, divisor));
}

Value nn::buildIndexExpr(OpBuilder &builder, Location loc, AffineExpr expr) {
  Type i32 = builder.getI32Type();
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constantOf(builder, loc, i32, constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return IndexOp::create(builder, loc, i32, dim.getPosition());
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return SymbolOp::create(builder, loc, i32, symbol.getPosition());
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value lhs = buildIndexExpr(builder, loc, binary.getLHS());
  auto divisor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  switch (expr.getKind()) {
  case AffineExprKind::FloorDiv:
    return buildFloorDiv(builder, loc, lhs, divisor.getValue(), /*remainder=*/false);
  case AffineExprKind::Mod:
    return buildFloorDiv(builder, loc, lhs, divisor.getValue(), /*remainder=*/true);
  case AffineExprKind::CeilDiv: {
    Value shifted =
        arith::AddIOp::create(builder, loc, lhs, constantOf(builder, loc, i32, double(divisor.getValue() - 1)));
    return buildFloorDiv(builder, loc, shifted, divisor.getValue(), /*remainder=*/false);
  }
  case AffineExprKind::Mul:
    return arith::MulIOp::create(builder, loc, lhs, buildIndexExpr(builder, loc, binary.getRHS()));
  default:
    return arith::AddIOp::create(builder, loc, lhs, buildIndexExpr(builder, loc, binary.getRHS()));
  }
}

Value nn::copyBody(OpBuilder &builder, EquationOp op, ValueRange arguments, ArrayRef<AffineExpr> dims,
                   ArrayRef<AffineExpr> symbols, IRMapping *mapping) {
  IRMapping local;
  IRMapping &values = mapping ? *mapping : local;
  values.map(op.getBodyBlock().getArguments(), arguments);
  for (Operation &inner : op.getBodyBlock().without_terminator()) {
    auto index = dyn_cast<IndexOp>(inner);
    auto symbol = dyn_cast<SymbolOp>(inner);
    if (index && !dims.empty())
      values.map(index.getResult(), buildIndexExpr(builder, index.getLoc(), dims[index.getDim()]));
    else if (symbol && !symbols.empty())
      values.map(symbol.getResult(), buildIndexExpr(builder, symbol.getLoc(), symbols[symbol.getIndex()]));
    else
      builder.clone(inner, values);
  }
  auto yield = cast<YieldOp>(op.getBodyBlock().getTerminator());
  return values.lookupOrDefault(yield.getValues().front());
}

std::optional<Segments> nn::segmentsOf(EquationOp op) {
  auto segments = op->getAttrOfType<DenseI64ArrayAttr>(segmentsAttrName);
  if (!segments)
    return std::nullopt;
  return Segments{unsigned(segments[0]), unsigned(segments[1])};
}

int64_t nn::countPoints(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
}

int64_t nn::countPoints(ArrayRef<int64_t> extents, ArrayRef<unsigned> along) {
  return countPoints(llvm::map_to_vector(along, [&](unsigned d) { return extents[d]; }));
}

int64_t nn::countPoints(EquationOp op) {
  auto segments = segmentsOf(op);
  int64_t points = 1;
  for (auto [d, extent] : llvm::enumerate(op.getExtents()))
    points *= segments && d == segments->group ? 1 : extent;
  return points;
}

bool nn::isCopyBody(EquationOp op) {
  Block &block = op.getBodyBlock();
  auto yield = cast<YieldOp>(block.getTerminator());
  return block.getNumArguments() == 1 && &block.front() == yield && yield.getValues().front() == block.getArgument(0);
}

//===-- Maps
//-----------------------------------------------------------------------------------------------------------===//

AffineMap nn::shiftSymbols(AffineMap map, unsigned offset, unsigned numSymbols) {
  return AffineMap::get(map.getNumDims(), numSymbols, map.shiftSymbols(offset).getResults(), map.getContext());
}

/// The set with each constraint replaced by `change` of it, over other numbers of dimensions and symbols.
static IntegerSet changeConstraints(IntegerSet set, unsigned numDims, unsigned numSymbols,
                                    llvm::function_ref<AffineExpr(AffineExpr)> change) {
  SmallVector<AffineExpr> constraints;
  for (AffineExpr constraint : set.getConstraints())
    constraints.push_back(change(constraint));
  return IntegerSet::get(numDims, numSymbols, constraints, set.getEqFlags());
}

IntegerSet nn::shiftSymbols(IntegerSet set, unsigned offset, unsigned numSymbols) {
  return changeConstraints(set, set.getNumDims(), numSymbols,
                           [&](AffineExpr e) { return e.shiftSymbols(set.getNumSymbols(), offset); });
}

AffineMap nn::addLeadingDims(AffineMap map, unsigned count) { return map.shiftDims(count); }

IntegerSet nn::addLeadingDims(IntegerSet set, unsigned count) {
  return changeConstraints(set, set.getNumDims() + count, set.getNumSymbols(),
                           [&](AffineExpr e) { return e.shiftDims(set.getNumDims(), count); });
}

AffineMap nn::addLeadingResult(AffineMap map, AffineExpr expr) { return map.insertResult(expr, 0); }

IntegerSet nn::intersect(IntegerSet a, IntegerSet b) {
  if (!a || !b)
    return a ? a : b;
  SmallVector<AffineExpr> constraints(a.getConstraints());
  SmallVector<bool> equalities(a.getEqFlags());
  for (auto [constraint, equality] : llvm::zip(b.getConstraints(), b.getEqFlags())) {
    if (llvm::is_contained(a.getConstraints(), constraint) && !equality)
      continue;
    constraints.push_back(constraint);
    equalities.push_back(equality);
  }
  return IntegerSet::get(std::max(a.getNumDims(), b.getNumDims()), std::max(a.getNumSymbols(), b.getNumSymbols()),
                         constraints, equalities);
}

bool nn::isPermutation(AffineMap map) {
  return map.getNumResults() == map.getNumDims() && map.isProjectedPermutation();
}

bool nn::isElementwise(EquationOp op) {
  if (op.getCombine() != Combine::map || op.getDomain() || op.getFill() || op.getDrop() || !op.getWrite().isIdentity())
    return false;
  return llvm::all_of(op.getReads().getAsValueRange<AffineMapAttr>(),
                      [](AffineMap read) { return read.getNumResults() == 0 || read.isIdentity(); });
}

SmallVector<unsigned> nn::reducedDims(EquationOp op) {
  SmallVector<unsigned> dims;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (op.isReduced(d))
      dims.push_back(d);
  return dims;
}

//===-- Ranges
//---------------------------------------------------------------------------------------------------------===//

namespace {
/// Interval arithmetic over affine expressions; saturates far outside any axis.
class RangeFinder {
public:
  using Range = std::optional<std::pair<int64_t, int64_t>>;
  RangeFinder(ArrayRef<int64_t> extents, ArrayRef<int64_t> tableBounds) : extents(extents), tableBounds(tableBounds) {}

  Range find(AffineExpr expr) const {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      return {{constant.getValue(), constant.getValue()}};
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      return {{0, extents[dim.getPosition()] - 1}};
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
      if (symbol.getPosition() >= tableBounds.size() || tableBounds[symbol.getPosition()] == 0)
        return std::nullopt;
      return {{0, tableBounds[symbol.getPosition()] - 1}};
    }
    auto binary = cast<AffineBinaryOpExpr>(expr);
    Range lhs = find(binary.getLHS()), rhs = find(binary.getRHS());
    if (!rhs)
      return std::nullopt;
    if (expr.getKind() == AffineExprKind::Mod)
      return modulo(lhs, rhs->first);
    if (!lhs)
      return std::nullopt;
    return combine(expr.getKind(), *lhs, *rhs);
  }

private:
  static int64_t saturate(__int128 value) {
    constexpr __int128 limit = __int128(1) << 60;
    return static_cast<int64_t>(std::clamp(value, -limit, limit));
  }

  static Range modulo(Range lhs, int64_t c) {
    if (c <= 0)
      return std::nullopt;
    if (!lhs || llvm::divideFloorSigned(lhs->first, c) != llvm::divideFloorSigned(lhs->second, c))
      return {{0, c - 1}};
    int64_t base = llvm::divideFloorSigned(lhs->first, c) * c;
    return {{lhs->first - base, lhs->second - base}};
  }

  static Range combine(AffineExprKind kind, std::pair<int64_t, int64_t> lhs, std::pair<int64_t, int64_t> rhs) {
    int64_t c = rhs.first;
    switch (kind) {
    case AffineExprKind::Add:
      return {{saturate(__int128(lhs.first) + rhs.first), saturate(__int128(lhs.second) + rhs.second)}};
    case AffineExprKind::Mul: {
      int64_t a = saturate(__int128(lhs.first) * c), b = saturate(__int128(lhs.second) * c);
      return {{std::min(a, b), std::max(a, b)}};
    }
    case AffineExprKind::FloorDiv:
      if (c > 0)
        return {{llvm::divideFloorSigned(lhs.first, c), llvm::divideFloorSigned(lhs.second, c)}};
      return std::nullopt;
    case AffineExprKind::CeilDiv:
      if (c > 0)
        return {{llvm::divideCeilSigned(lhs.first, c), llvm::divideCeilSigned(lhs.second, c)}};
      return std::nullopt;
    default:
      return std::nullopt;
    }
  }

  ArrayRef<int64_t> extents, tableBounds;
};
} // namespace

std::optional<std::pair<int64_t, int64_t>> nn::rangeOf(AffineExpr expr, ArrayRef<int64_t> extents,
                                                       ArrayRef<int64_t> tableBounds) {
  return RangeFinder(extents, tableBounds).find(expr);
}

std::optional<SmallVector<int64_t>> nn::linearCoefficients(AffineExpr expr, unsigned numDims, unsigned numSymbols) {
  SmallVector<int64_t> flat;
  // What is not linear has further variables in front of the constant.
  if (!expr.isPureAffine() || failed(getFlattenedAffineExpr(expr, numDims, numSymbols, &flat)) ||
      flat.size() != numDims + numSymbols + 1)
    return std::nullopt;
  return flat;
}

bool nn::usesSymbols(AffineExpr expr) {
  auto stopAtSymbol = [](AffineExpr part) {
    return isa<AffineSymbolExpr>(part) ? WalkResult::interrupt() : WalkResult::advance();
  };
  return expr.walk(stopAtSymbol).wasInterrupted();
}

bool nn::usesSymbols(ArrayRef<AffineExpr> exprs) {
  return llvm::any_of(exprs, [](AffineExpr expr) { return usesSymbols(expr); });
}

int64_t nn::valueAt(AffineExpr expr, ArrayRef<int64_t> point, ArrayRef<int64_t> symbols) {
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return point[dim.getPosition()];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return symbols[symbol.getPosition()];
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return constant.getValue();
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t a = valueAt(binary.getLHS(), point, symbols), b = valueAt(binary.getRHS(), point, symbols);
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return a + b;
  case AffineExprKind::Mul:
    return a * b;
  case AffineExprKind::Mod:
    return b ? llvm::mod(a, b) : 0;
  case AffineExprKind::FloorDiv:
    return b ? llvm::divideFloorSigned(a, b) : 0;
  default:
    return b ? llvm::divideCeilSigned(a, b) : 0;
  }
}

SmallVector<int64_t> nn::valueAt(AffineMap map, ArrayRef<int64_t> point, ArrayRef<int64_t> symbols) {
  SmallVector<int64_t> place;
  for (AffineExpr expr : map.getResults())
    place.push_back(valueAt(expr, point, symbols));
  return place;
}

bool nn::containsPoint(IntegerSet domain, ArrayRef<int64_t> point, ArrayRef<int64_t> symbols) {
  for (unsigned i = 0; domain && i < domain.getNumConstraints(); ++i)
    if (int64_t value = valueAt(domain.getConstraint(i), point, symbols); domain.isEq(i) ? value != 0 : value < 0)
      return false;
  return true;
}

bool nn::mayWriteOutside(const EquationParts &parts, ArrayRef<int64_t> shape) {
  return llvm::any_of(llvm::zip_equal(parts.write.getResults(), shape), [&](auto place) {
    auto range = rangeOf(std::get<0>(place), parts.extents, parts.tableBounds);
    return !range || range->first < 0 || range->second >= std::get<1>(place);
  });
}

static std::optional<AffineExpr> affineBinaryOf(Operation *def, InputExpr inputs) {
  auto lhs = affineExprOf(def->getOperand(0), inputs), rhs = affineExprOf(def->getOperand(1), inputs);
  if (!lhs || !rhs)
    return std::nullopt;
  if (isa<arith::AddIOp>(def))
    return *lhs + *rhs;
  if (isa<arith::SubIOp>(def))
    return *lhs - *rhs;
  auto factor = dyn_cast<AffineConstantExpr>(*rhs);
  if (isa<arith::MulIOp>(def) && !factor) {
    std::swap(lhs, rhs);
    factor = dyn_cast<AffineConstantExpr>(*rhs);
  }
  if (!factor)
    return std::nullopt;
  if (isa<arith::MulIOp>(def))
    return *lhs * factor.getValue();
  if (isa<arith::FloorDivSIOp>(def) && factor.getValue() > 0)
    return lhs->floorDiv(factor.getValue());
  return std::nullopt;
}

std::optional<AffineExpr> nn::affineExprOf(Value value, InputExpr inputs) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return inputs ? inputs(argument) : std::nullopt;
  Operation *def = value.getDefiningOp();
  if (auto index = dyn_cast<IndexOp>(def))
    return getAffineDimExpr(index.getDim(), value.getContext());
  if (auto symbol = dyn_cast<SymbolOp>(def))
    return getAffineSymbolExpr(symbol.getIndex(), value.getContext());
  if (auto constant = dyn_cast<arith::ConstantOp>(def))
    if (auto number = dyn_cast<IntegerAttr>(constant.getValue()))
      return getAffineConstantExpr(number.getInt(), value.getContext());
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::FloorDivSIOp>(def))
    return affineBinaryOf(def, inputs);
  return std::nullopt;
}

std::optional<AffineCondition> nn::affineConditionOf(Value comparison, bool negated, InputExpr inputs) {
  auto compare = comparison.getDefiningOp<arith::CmpIOp>();
  if (!compare || !compare.getLhs().getType().isInteger(32))
    return std::nullopt;
  auto lhs = affineExprOf(compare.getLhs(), inputs), rhs = affineExprOf(compare.getRhs(), inputs);
  if (!lhs || !rhs)
    return std::nullopt;
  using enum arith::CmpIPredicate;
  switch (negated ? arith::invertPredicate(compare.getPredicate()) : compare.getPredicate()) {
  case eq:
    return AffineCondition{*lhs - *rhs, true};
  case slt:
    return AffineCondition{*rhs - *lhs - 1, false};
  case sle:
    return AffineCondition{*rhs - *lhs, false};
  case sgt:
    return AffineCondition{*lhs - *rhs - 1, false};
  case sge:
    return AffineCondition{*lhs - *rhs, false};
  default:
    return std::nullopt;
  }
}

std::optional<int64_t> nn::shiftOf(AffineExpr expr, AffineExpr index) {
  auto shift = dyn_cast<AffineConstantExpr>(expr - index);
  return shift ? std::optional(shift.getValue()) : std::nullopt;
}

bool nn::leavesWith(AffineExpr place, int64_t size, AffineExpr index, int64_t extent) {
  std::optional<int64_t> shift = shiftOf(place, index);
  return shift && *shift <= 0 && size - *shift <= extent;
}
