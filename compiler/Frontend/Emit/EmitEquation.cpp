/// Equations: expressions become boxes, maps and scalar bodies.
#include "Frontend/Emit/Emitter.h"
#include "Frontend/Sema/Affine.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nn::checked;

namespace nn::emit {

EquationEmitter::EquationEmitter(FunctionEmitter &function, Combine combine, Location loc)
    : function(function), context(&function.translation.context), loc(loc) {
  parts.combine = combine;
}

bool EquationEmitter::Place::operator<(const Place &other) const {
  auto key = [](const Place &place) {
    std::vector<const void *> words = {place.expr};
    for (AffineExpr expr : place.at)
      words.push_back(expr.getAsOpaquePointer());
    return words;
  };
  return key(*this) < key(other);
}

unsigned EquationEmitter::addIndex(const IndexVar *var) {
  unsigned number = parts.extents.size();
  parts.extents.push_back(var->extent->storage());
  dims[var] = number;
  if (var->batch) {
    batchIndices.push_back(var);
    batchDim = number;
  }
  if (var->extent->isBounded())
    limited.push_back({number, *var->extent, var->row, batchDim});
  return number;
}

unsigned EquationEmitter::addAxis(const Axis &axis) {
  parts.extents.push_back(axis.extent.storage());
  unsigned number = parts.extents.size() - 1;
  if (axis.batch)
    batchDim = number;
  if (axis.extent.isBounded())
    limited.push_back({number, axis.extent, nullptr, batchDim});
  return number;
}

// ---- subscripts

std::optional<AffineExpr> EquationEmitter::affineOrNone(const Expr *expr) {
  if (auto *literal = llvm::dyn_cast<Number>(expr))
    return getAffineConstantExpr(literal->integer(), context);
  if (auto *index = llvm::dyn_cast<Index>(expr)) {
    auto found = dims.find(index->var);
    return found == dims.end() ? std::nullopt : std::optional(dim(found->second));
  }
  auto *op = llvm::dyn_cast<Pointwise>(expr);
  if (!op || !sema::isInteger(op->type.elem))
    return std::nullopt;
  if (op->op == ScalarOp::Cast)
    return sema::isInteger(op->operands[0]->type.elem) ? affineOrNone(op->operands[0]) : std::nullopt;
  auto a = affineOrNone(op->operands[0]);
  auto b = op->operands.size() == 2 ? affineOrNone(op->operands[1]) : a;
  if (!a || !b || op->operands.size() > 2)
    return std::nullopt;
  auto constant = [](AffineExpr expr) { return llvm::dyn_cast<AffineConstantExpr>(expr); };
  switch (op->op) {
  case ScalarOp::Neg:
    return -*a;
  case ScalarOp::Add:
    return *a + *b;
  case ScalarOp::Sub:
    return *a - *b;
  case ScalarOp::Mul:
    return constant(*a) || constant(*b) ? std::optional(*a * *b) : std::nullopt;
  case ScalarOp::FloorDiv:
    return constant(*b) && constant(*b).getValue() > 0 ? std::optional(a->floorDiv(*b)) : std::nullopt;
  case ScalarOp::Mod:
    return constant(*b) && constant(*b).getValue() > 0 ? std::optional(*a % *b) : std::nullopt;
  default:
    return std::nullopt;
  }
}

AffineExpr EquationEmitter::symbolOf(const Expr *expr) {
  auto known = tables.find(expr);
  if (known != tables.end())
    return getAffineSymbolExpr(known->second, context);
  Value table = function.tensor(expr);
  SmallVector<AffineExpr> place;
  for (const IndexVar *var : function.freeIndices(expr))
    place.push_back(dim(dims.lookup(var)));
  auto *length = llvm::dyn_cast<Length>(expr);
  std::optional<sema::Dim> below = sema::smallestBound(expr);
  int64_t bound = length ? length->dim.storage() + 1 : below ? below->storage() : 0;
  unsigned number = addTable(table, place, bound);
  tables[expr] = number;
  return getAffineSymbolExpr(number, context);
}

unsigned EquationEmitter::addTable(Value table, ArrayRef<AffineExpr> place, int64_t bound) {
  parts.tables.push_back(table);
  parts.tableBounds.push_back(bound);
  tableExprs.emplace_back(place);
  return parts.tables.size() - 1;
}

static bool readsLength(const Expr *expr) {
  if (llvm::isa<Length>(expr))
    return true;
  auto *op = llvm::dyn_cast<Pointwise>(expr);
  return op && llvm::any_of(op->operands, readsLength);
}

/// The proof that a subscript stays inside holds for lengths of examples; rows of a batch without an example have none.
static Value heldInside(OpBuilder &b, Location loc, Value place, int64_t extent) {
  Value zero = constantOf(b, loc, place.getType(), 0);
  Value last = constantOf(b, loc, place.getType(), double(std::max<int64_t>(extent - 1, 0)));
  return arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, place, last), zero);
}

AffineExpr EquationEmitter::subscript(const Expr *expr, int64_t extent) {
  if (!readsLength(expr))
    return affine(expr);
  auto known = tables.find(expr);
  if (known != tables.end())
    return getAffineSymbolExpr(known->second, context);
  Value place = function.tensor(expr);
  if (!place)
    return getAffineConstantExpr(0, context);
  auto type = cast<RankedTensorType>(place.getType());
  place = createElementwise(function.builder, loc, type, place, [&](OpBuilder &b, Location, ValueRange v) {
            return heldInside(b, loc, v[0], extent);
          }).getResult();
  SmallVector<AffineExpr> at;
  for (const IndexVar *var : function.freeIndices(expr))
    at.push_back(dim(dims.lookup(var)));
  unsigned number = addTable(place, at, extent);
  tables[expr] = number;
  return getAffineSymbolExpr(number, context);
}

AffineExpr EquationEmitter::affine(const Expr *expr) {
  if (auto form = affineOrNone(expr))
    return *form;
  // A sum keeps its affine part, so that only what is data becomes a table.
  if (auto *op = llvm::dyn_cast<Pointwise>(expr); op && (op->op == ScalarOp::Add || op->op == ScalarOp::Sub)) {
    AffineExpr a = affine(op->operands[0]), b = affine(op->operands[1]);
    return op->op == ScalarOp::Add ? a + b : a - b;
  }
  return symbolOf(expr);
}

/// Where a slice that begins at a length reads its axis, as a table over its own entries.
AffineExpr EquationEmitter::slice(const Dim &begin, int64_t count, int64_t extent, AffineExpr at) {
  auto [known, isNew] = slices.insert({{begin.key(), count, extent, at.getAsOpaquePointer()}, 0});
  if (!isNew)
    return getAffineSymbolExpr(known->second, context);
  auto type = RankedTensorType::get({count}, function.builder.getI32Type());
  Value start = function.lengthValue(begin, loc);
  auto places = createElementwise(function.builder, loc, type, start, [&](OpBuilder &b, Location, ValueRange v) {
    Value own = arith::AddIOp::create(b, loc, v[0], IndexOp::create(b, loc, b.getI32Type(), 0));
    return heldInside(b, loc, own, extent);
  });
  known->second = addTable(places.getResult(), at, extent);
  return getAffineSymbolExpr(known->second, context);
}

// ---- conditions

/// The constraint of a comparison of integers, if it is affine: `constraint >= 0`, or `== 0`.
bool EquationEmitter::addConstraint(const Pointwise *test) {
  if (test->operands.size() != 2 || test->operands[0]->type.elem != sema::Elem::I32) // tables of symbols are of i32
    return false;
  if (test->op < ScalarOp::Eq || test->op > ScalarOp::Ge || test->op == ScalarOp::Ne)
    return false;
  AffineExpr a = affine(test->operands[0]), b = affine(test->operands[1]);
  switch (test->op) {
  case ScalarOp::Lt:
    constraints.push_back(b - a - 1);
    break;
  case ScalarOp::Le:
    constraints.push_back(b - a);
    break;
  case ScalarOp::Gt:
    constraints.push_back(a - b - 1);
    break;
  case ScalarOp::Ge:
    constraints.push_back(a - b);
    break;
  default:
    constraints.push_back(a - b);
  }
  equalities.push_back(test->op == ScalarOp::Eq);
  return true;
}

void EquationEmitter::addCondition(const Expr *where) {
  auto *test = llvm::dyn_cast<Pointwise>(where);
  if (test && test->op == ScalarOp::And) {
    for (const Expr *operand : test->operands)
      addCondition(operand);
    return;
  }
  if (auto *literal = llvm::dyn_cast<Number>(where); literal && literal->value != 0)
    return;
  if (!test || !addConstraint(test)) {
    dataConditions.push_back(where);
    collect(where, {});
  }
}

/// An index over a batch runs over the valid rows only.
void EquationEmitter::limitBatchIndices() {
  if (batchIndices.empty())
    return;
  Value rows = BatchSizeOp::create(function.builder, loc, RankedTensorType::get({}, function.builder.getI32Type()));
  unsigned symbol = parts.tables.size();
  parts.tables.push_back(rows);
  parts.tableBounds.push_back(0);
  tableExprs.push_back({});
  for (const IndexVar *var : batchIndices)
    if (parts.combine != Combine::map) {
      constraints.push_back(getAffineSymbolExpr(symbol, context) - dim(dims.lookup(var)) - 1);
      equalities.push_back(false);
    }
}

// ---- lengths

/// What each bounded variable is multiplied with, if the Dim is affine in them.
static std::optional<std::vector<std::pair<Dim, int64_t>>> affineLengths(const Dim &dim) {
  std::vector<std::pair<Dim, int64_t>> factors;
  Dim rest = dim;
  for (const Dim::Atom &variable : dim.lengths()) {
    Dim alone = Dim::bounded(variable.name, variable.bound);
    alone = alone.ofRow(variable.rows);
    auto found = dim.sum().find({variable});
    int64_t factor = found == dim.sum().end() ? 0 : found->second;
    factors.push_back({alone, factor});
    rest = rest - alone * Dim(factor);
  }
  return rest.isConstant() ? std::optional(factors) : std::nullopt;
}

/// A length as a symbol: of my example, or of the row at `row` of the batch.
AffineExpr EquationEmitter::lengthOf(const Dim &dim, AffineExpr row) {
  auto factors = affineLengths(dim);
  if (factors && (factors->size() > 1 || !dim.asVariable())) {
    Dim rest = dim;
    AffineExpr sum = getAffineConstantExpr(0, context);
    for (auto &[variable, factor] : *factors) {
      rest = rest - variable * Dim(factor);
      sum = sum + lengthOf(variable, row) * factor;
    }
    return sum + *rest.constant();
  }
  auto [known, isNew] = lengthSymbols.insert({{dim.key(), row ? row.getAsOpaquePointer() : nullptr}, {}});
  if (!isNew)
    return known->second;
  Value value = function.lengthValue(dim.ofRow(0), loc);
  SmallVector<AffineExpr> place;
  if (row) {
    auto type = RankedTensorType::get({dim.lengths()[0].rows}, function.builder.getI32Type());
    value = BatchStackOp::create(function.builder, loc, type, value);
    place.push_back(row);
  }
  return known->second = getAffineSymbolExpr(addTable(value, place, dim.storage() + 1), context);
}

/// The row that an index of another row's length belongs to: what the batch is read at, or the batch's own index.
AffineExpr EquationEmitter::rowOf(const Limited &index) {
  if (!index.extent.isOfRow())
    return {};
  auto *word = llvm::dyn_cast_or_null<Ambient>(index.row);
  if (word && word->what == AmbientKind::Row)
    return {}; // my own
  return index.row ? affine(index.row) : dim(*index.rowDim);
}

void EquationEmitter::limitLengths() {
  for (const Limited &index : limited) {
    AffineExpr end = lengthOf(index.extent, rowOf(index));
    constraints.push_back(end - dim(index.dim) - 1);
    equalities.push_back(false);
  }
  for (const Guard &guard : function.guards) {
    unsigned position = addTable(guard.position, {}, 0), limit = addTable(guard.limit, {}, 0);
    constraints.push_back(getAffineSymbolExpr(limit, context) - getAffineSymbolExpr(position, context) - 1);
    equalities.push_back(false);
  }
}

// ---- what the body reads

void EquationEmitter::addRead(const Expr *expr, ArrayRef<AffineExpr> at) {
  Place place{expr, SmallVector<AffineExpr>(at)};
  if (inputs.count(place))
    return;
  Value value = function.tensor(expr);
  if (!value)
    return;
  SmallVector<AffineExpr> read;
  for (const IndexVar *var : function.freeIndices(expr))
    read.push_back(dim(dims.lookup(var)));
  read.append(at.begin(), at.end());
  inputs[place] = parts.inputs.size();
  parts.inputs.push_back(value);
  readExprs.push_back(read);
  fills.push_back(function.builder.getUnitAttr());
}

void EquationEmitter::addPaddedRead(const Access *access, ArrayRef<AffineExpr> at) {
  Place place{access, SmallVector<AffineExpr>(at)};
  Value value;
  if (inputs.count(place))
    return;
  // Beyond its end the axis holds nothing: zeros, where they are read.
  if (sema::hasLengths(access->base->type.axes))
    value = function.spread(access->base, function.freeIndices(access->base), {}, access->base->type.rank());
  else
    value = function.tensor(access->base);
  if (!value)
    return;
  SmallVector<AffineExpr> read;
  for (const IndexVar *var : function.freeIndices(access->base))
    read.push_back(dim(dims.lookup(var)));
  collectAccess(access, at, read);
  inputs[place] = parts.inputs.size();
  parts.inputs.push_back(value);
  readExprs.push_back(read);
  fills.push_back(function.builder.getZeroAttr(cast<ShapedType>(value.getType()).getElementType()));
}

void EquationEmitter::collectAccess(const Access *access, ArrayRef<AffineExpr> at, SmallVectorImpl<AffineExpr> &inner) {
  size_t next = 0;
  for (unsigned axis = 0; axis < access->base->type.rank(); ++axis) {
    if (axis >= access->subs.size()) {
      inner.push_back(at[next++]);
      continue;
    }
    const Sub &sub = access->subs[axis];
    int64_t extent = access->base->type.axes[axis].extent.storage();
    if (sub.index)
      inner.push_back(access->padded ? affine(sub.index) : subscript(sub.index, extent));
    else if (auto begin = sub.begin.constant())
      inner.push_back(at[next++] + *begin);
    else
      inner.push_back(slice(sub.begin, access->type.axes[next].extent.storage(), extent, at[next])), ++next;
  }
}

void EquationEmitter::collect(const Expr *expr, ArrayRef<AffineExpr> at) {
  if (!collected.insert(Place{expr, SmallVector<AffineExpr>(at)}).second)
    return; // a value that is used again
  if (isRead(expr))
    return addRead(expr, at);
  llvm::TypeSwitch<const Expr *>(expr)
      .Case<Number, Index>([](auto *) {})
      .Case([&](const Pointwise *op) {
        for (const Expr *operand : op->operands)
          collect(operand, operand->type.isScalar() ? ArrayRef<AffineExpr>() : at);
      })
      .Case([&](const Access *access) {
        if (access->padded)
          return addPaddedRead(access, at);
        SmallVector<AffineExpr> inner;
        collectAccess(access, at, inner);
        collect(access->base, inner);
      })
      .Case([&](const CallResult *result) {
        if (const Expr *body = function.expanded(result))
          collect(body, at);
        else
          addRead(expr, at);
      })
      .Default([&](const Expr *other) { addRead(other, at); });
}

// ---- the body

static arith::CmpFPredicate floatPredicate(ScalarOp op) {
  switch (op) {
  case ScalarOp::Eq:
    return arith::CmpFPredicate::OEQ;
  case ScalarOp::Ne:
    return arith::CmpFPredicate::UNE;
  case ScalarOp::Lt:
    return arith::CmpFPredicate::OLT;
  case ScalarOp::Le:
    return arith::CmpFPredicate::OLE;
  case ScalarOp::Gt:
    return arith::CmpFPredicate::OGT;
  default:
    return arith::CmpFPredicate::OGE;
  }
}

static arith::CmpIPredicate integerPredicate(ScalarOp op) {
  switch (op) {
  case ScalarOp::Eq:
    return arith::CmpIPredicate::eq;
  case ScalarOp::Ne:
    return arith::CmpIPredicate::ne;
  case ScalarOp::Lt:
    return arith::CmpIPredicate::slt;
  case ScalarOp::Le:
    return arith::CmpIPredicate::sle;
  case ScalarOp::Gt:
    return arith::CmpIPredicate::sgt;
  default:
    return arith::CmpIPredicate::sge;
  }
}

static Value integerOp(OpBuilder &b, Location loc, ScalarOp op, ValueRange v) {
  switch (op) {
  case ScalarOp::Add:
    return arith::AddIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Sub:
    return arith::SubIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Mul:
    return arith::MulIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::FloorDiv:
    return arith::FloorDivSIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Mod: {
    Value quotient = arith::FloorDivSIOp::create(b, loc, v[0], v[1]);
    return arith::SubIOp::create(b, loc, v[0], arith::MulIOp::create(b, loc, quotient, v[1]));
  }
  case ScalarOp::Min:
    return arith::MinSIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Max:
    return arith::MaxSIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Pow:
    return math::IPowIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Neg:
    return arith::SubIOp::create(b, loc, constantOf(b, loc, v[0].getType(), 0), v[0]);
  case ScalarOp::Abs:
    return math::AbsIOp::create(b, loc, v[0]);
  case ScalarOp::Sign: {
    Value one = constantOf(b, loc, v[0].getType(), 1), minusOne = constantOf(b, loc, v[0].getType(), -1);
    return arith::MaxSIOp::create(b, loc, arith::MinSIOp::create(b, loc, v[0], one), minusOne);
  }
  default:
    return {};
  }
}

/// x ^ n for a small integer n by multiplications, which are exact where pow is not.
static Value powerByMultiplying(OpBuilder &b, Location loc, Value base, int64_t exponent) {
  Value result;
  for (int64_t rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1)
      result = result ? Value(arith::MulFOp::create(b, loc, result, base)) : base;
    if (rest > 1)
      base = arith::MulFOp::create(b, loc, base, base);
  }
  return result ? result : constantOf(b, loc, base.getType(), 1);
}

static Value floatOp(OpBuilder &b, Location loc, ScalarOp op, ValueRange v) {
  switch (op) {
  case ScalarOp::Add:
    return arith::AddFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Sub:
    return arith::SubFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Mul:
    return arith::MulFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Div:
    return arith::DivFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::FloorDiv:
    return math::FloorOp::create(b, loc, arith::DivFOp::create(b, loc, v[0], v[1]));
  case ScalarOp::Mod: {
    Value quotient = math::FloorOp::create(b, loc, arith::DivFOp::create(b, loc, v[0], v[1]));
    return arith::SubFOp::create(b, loc, v[0], arith::MulFOp::create(b, loc, quotient, v[1]));
  }
  case ScalarOp::Pow:
    return math::PowFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Min:
    return arith::MinimumFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Max:
    return arith::MaximumFOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Neg:
    return arith::NegFOp::create(b, loc, v[0]);
  case ScalarOp::Exp:
    return math::ExpOp::create(b, loc, v[0]);
  case ScalarOp::Log:
    return math::LogOp::create(b, loc, v[0]);
  case ScalarOp::Sqrt:
    return math::SqrtOp::create(b, loc, v[0]);
  case ScalarOp::Tanh:
    return math::TanhOp::create(b, loc, v[0]);
  case ScalarOp::Sin:
    return math::SinOp::create(b, loc, v[0]);
  case ScalarOp::Cos:
    return math::CosOp::create(b, loc, v[0]);
  case ScalarOp::Erf:
    return math::ErfOp::create(b, loc, v[0]);
  case ScalarOp::Abs:
    return math::AbsFOp::create(b, loc, v[0]);
  case ScalarOp::Floor:
    return math::FloorOp::create(b, loc, v[0]);
  case ScalarOp::Log1p:
    return math::Log1pOp::create(b, loc, v[0]);
  case ScalarOp::Expm1:
    return math::ExpM1Op::create(b, loc, v[0]);
  case ScalarOp::Atan2:
    return math::Atan2Op::create(b, loc, v[0], v[1]);
  case ScalarOp::Sign: {
    Type type = v[0].getType();
    Value zero = constantOf(b, loc, type, 0), one = constantOf(b, loc, type, 1),
          minusOne = constantOf(b, loc, type, -1);
    Value above = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OGT, v[0], zero);
    Value below = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, v[0], zero);
    return arith::SelectOp::create(b, loc, above, one, arith::SelectOp::create(b, loc, below, minusOne, zero));
  }
  default:
    return {};
  }
}

Value EquationEmitter::pointwise(const Pointwise *op, ArrayRef<AffineExpr> at, OpBuilder &b, ValueRange scalars) {
  auto operand = [&](unsigned i) {
    const Expr *part = op->operands[i];
    return body(part, part->type.isScalar() ? ArrayRef<AffineExpr>() : at, b, scalars);
  };
  auto *exponent = op->op == ScalarOp::Pow ? llvm::dyn_cast<Number>(op->operands[1]) : nullptr;
  constexpr double largestUnrolled = 16;
  if (exponent && !isRead(exponent) && sema::isFloat(op->type.elem) && exponent->value >= 0 &&
      exponent->value <= largestUnrolled && exponent->value == double(int64_t(exponent->value)))
    return powerByMultiplying(b, loc, operand(0), int64_t(exponent->value));
  SmallVector<Value> v;
  for (unsigned i = 0; i < op->operands.size(); ++i)
    v.push_back(operand(i));
  Type type = function.translation.elementOf(op->type.elem);
  switch (op->op) {
  case ScalarOp::Cast:
    return castScalar(b, loc, v[0], type);
  case ScalarOp::Select:
    return arith::SelectOp::create(b, loc, v[0], v[1], v[2]);
  case ScalarOp::WithSlopes: {
    size_t count = (v.size() - 1) / 2;
    ValueRange rest = ValueRange(v).drop_front();
    return WithSlopesOp::create(b, loc, v[0], rest.take_front(count), rest.drop_front(count));
  }
  case ScalarOp::And:
    return arith::AndIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Or:
    return arith::OrIOp::create(b, loc, v[0], v[1]);
  case ScalarOp::Not:
    return arith::XOrIOp::create(b, loc, v[0], constantOf(b, loc, v[0].getType(), 1));
  default:
    break;
  }
  bool floats = isa<FloatType>(v[0].getType());
  if (op->op >= ScalarOp::Eq && op->op <= ScalarOp::Ge)
    return floats ? Value(arith::CmpFOp::create(b, loc, floatPredicate(op->op), v[0], v[1]))
                  : Value(arith::CmpIOp::create(b, loc, integerPredicate(op->op), v[0], v[1]));
  return floats ? floatOp(b, loc, op->op, v) : integerOp(b, loc, op->op, v);
}

Value EquationEmitter::body(const Expr *expr, ArrayRef<AffineExpr> at, OpBuilder &b, ValueRange scalars) {
  Place place{expr, SmallVector<AffineExpr>(at)};
  if (auto known = computed.find(place); known != computed.end())
    return known->second;
  return computed[place] = compute(expr, at, b, scalars);
}

Value EquationEmitter::compute(const Expr *expr, ArrayRef<AffineExpr> at, OpBuilder &b, ValueRange scalars) {
  if (isRead(expr))
    return scalars[inputs.at(Place{expr, SmallVector<AffineExpr>(at)})];
  if (auto *literal = llvm::dyn_cast<Number>(expr)) {
    Type type = function.translation.elementOf(expr->type.elem);
    return literal->exact ? arith::ConstantOp::create(b, loc, IntegerAttr::get(type, *literal->exact)).getResult()
                          : constantOf(b, loc, type, literal->value);
  }
  if (auto *index = llvm::dyn_cast<Index>(expr))
    return IndexOp::create(b, loc, b.getI32Type(), dims.lookup(index->var));
  if (auto *op = llvm::dyn_cast<Pointwise>(expr))
    return pointwise(op, at, b, scalars);
  if (auto *access = llvm::dyn_cast<Access>(expr); access && !access->padded) {
    SmallVector<AffineExpr> inner;
    collectAccess(access, at, inner);
    return body(access->base, inner, b, scalars);
  }
  if (auto *result = llvm::dyn_cast<CallResult>(expr))
    if (const Expr *expanded = function.expanded(result))
      return body(expanded, at, b, scalars);
  return scalars[inputs.at(Place{expr, SmallVector<AffineExpr>(at)})];
}

// ---- the whole

void EquationEmitter::completeMaps(ArrayRef<AffineExpr> write) {
  unsigned numDims = parts.extents.size(), numSymbols = parts.tables.size();
  for (auto &read : readExprs)
    parts.reads.push_back(AffineMap::get(numDims, numSymbols, read, context));
  for (auto &table : tableExprs)
    parts.tableMaps.push_back(AffineMap::get(numDims, numSymbols, table, context));
  parts.write = AffineMap::get(numDims, numSymbols, write, context);
  if (llvm::any_of(fills, [](Attribute fill) { return !isa<UnitAttr>(fill); }))
    parts.fill = fills;
  if (!constraints.empty())
    parts.domain = IntegerSet::get(numDims, numSymbols, constraints, equalities);
}

/// The reduction whose identity stands for a point that a condition leaves out: places are chosen among the others.
static Combine leavingOut(Combine combine) {
  return combine == Combine::argmax ? Combine::max : combine == Combine::argmin ? Combine::min : combine;
}

Value EquationEmitter::build(RankedTensorType type, ArrayRef<AffineExpr> write,
                             llvm::function_ref<Value(OpBuilder &, ValueRange)> value) {
  limitBatchIndices();
  limitLengths();
  completeMaps(write);
  for (Value input : parts.inputs)
    if (!input)
      return {};
  auto op = EquationOp::create(function.builder, loc, parts, type, [&](OpBuilder &b, Location, ValueRange scalars) {
    Value result = value(b, scalars);
    for (const Expr *condition : dataConditions) {
      Value holds = body(condition, {}, b, scalars);
      Value none = identityOf(b, loc, leavingOut(parts.combine), result.getType());
      result = arith::SelectOp::create(b, loc, holds, result, none);
    }
    return result;
  });
  return op.getResult();
}

Value EquationEmitter::finish(const Expr *expr, ArrayRef<AffineExpr> trailing, ArrayRef<AffineExpr> write,
                              RankedTensorType type) {
  unsigned before = function.diags.errorCount();
  collect(expr, trailing);
  if (function.diags.errorCount() != before)
    return {};
  return build(type, write, [&](OpBuilder &b, ValueRange scalars) {
    Value result = body(expr, trailing, b, scalars);
    // `any` and `all` combine integers.
    return result.getType().isInteger(1) && !type.getElementType().isInteger(1) && parts.combine != Combine::argmax
               ? castScalar(b, loc, result, type.getElementType())
               : result;
  });
}

Value EquationEmitter::finishCount(ArrayRef<AffineExpr> write, RankedTensorType type) {
  return build(type, write, [&](OpBuilder &b, ValueRange) { return constantOf(b, loc, type.getElementType(), 1); });
}

} // namespace nn::emit
