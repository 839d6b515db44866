// The table of scalar derivatives, and how bodies are differentiated with it.
#include "AutoDiff/ScalarRules.h"

#include "llvm/ADT/StringMap.h"
#include <numbers>

using namespace mlir;
using namespace nn;

// --- Guarded values ---

Value Guarded::resolve(OpBuilder &builder, Location loc) const {
  if (!guard)
    return value;
  Value zero = constantOf(builder, loc, value.getType(), 0);
  return arith::SelectOp::create(builder, loc, guard, value, zero);
}

Guarded Guarded::where(OpBuilder &builder, Location loc, Value condition) const {
  if (!condition || condition == guard)
    return *this;
  return {value, guard ? arith::AndIOp::create(builder, loc, guard, condition).getResult() : condition};
}

/// The sum; it counts where one of the two does.
static Guarded add(OpBuilder &builder, Location loc, Guarded a, Guarded b) {
  if (!a || !b)
    return a ? a : b;
  if (a.guard == b.guard)
    return {arith::AddFOp::create(builder, loc, a.value, b.value), a.guard};
  Value sum = arith::AddFOp::create(builder, loc, a.resolve(builder, loc), b.resolve(builder, loc));
  if (!a.guard || !b.guard)
    return {sum};
  return {sum, arith::OrIOp::create(builder, loc, a.guard, b.guard)};
}

// --- The table ---

namespace {

/// Short forms for writing rules: x and y are the operands, r the result, t what is multiplied.
struct Rule {
  const ScalarSite &site;
  Value t;

  OpBuilder &b() const { return site.builder; }
  Location loc() const { return site.op->getLoc(); }
  Value x() const { return site.operands[0]; }
  Value y() const { return site.operands[1]; }
  Value r() const { return site.result; }
  Value number(double value) const { return constantOf(b(), loc(), t.getType(), value); }
  Value mul(Value a, Value c) const { return arith::MulFOp::create(b(), loc(), a, c); }
  Value div(Value a, Value c) const { return arith::DivFOp::create(b(), loc(), a, c); }
  Value add(Value a, Value c) const { return arith::AddFOp::create(b(), loc(), a, c); }
  Value sub(Value a, Value c) const { return arith::SubFOp::create(b(), loc(), a, c); }
  Value neg(Value a) const { return arith::NegFOp::create(b(), loc(), a); }
  Value is(arith::CmpFPredicate p, Value a, Value c) const { return arith::CmpFOp::create(b(), loc(), p, a, c); }
  Value select(Value c, Value a, Value d) const { return arith::SelectOp::create(b(), loc(), c, a, d); }
  template <typename Op> Value unary(Value a) const { return Op::create(b(), loc(), a); }
  Value square(Value a) const { return mul(a, a); }
};

using RuleFunction = Guarded (*)(const Rule &rule, unsigned k);

/// What is known of one operation: its rule, and whether its partial derivatives are bounded by constants.
struct Entry {
  RuleFunction rule;
  bool bounded = false;
};

} // namespace

/// The larger (or smaller) operand takes all; equal ones share, but a constant leaves nothing to a variable that equals
/// it.
static Guarded extremum(const Rule &rule, unsigned k, bool isMax) {
  Value own = rule.site.operands[k], other = rule.site.operands[1 - k];
  bool shares = !rule.site.constant[0] && !rule.site.constant[1];
  using enum arith::CmpFPredicate;
  if (!shares)
    return {rule.t, rule.is(isMax ? OGT : OLT, own, other)};
  Value half = rule.mul(rule.t, rule.number(0.5));
  Value tie = rule.is(OEQ, own, other);
  return {rule.select(tie, half, rule.t), rule.is(isMax ? OGE : OLE, own, other)};
}

static Guarded maximum(const Rule &rule, unsigned k) { return extremum(rule, k, /*isMax=*/true); }
static Guarded minimum(const Rule &rule, unsigned k) { return extremum(rule, k, /*isMax=*/false); }

static Guarded absolute(const Rule &r, unsigned) {
  Value zero = r.number(0);
  Value signedT = r.select(r.is(arith::CmpFPredicate::OGT, r.x(), zero), r.t, r.neg(r.t));
  return {signedT, r.is(arith::CmpFPredicate::ONE, r.x(), zero)};
}

static Guarded selection(const Rule &r, unsigned k) {
  if (k == 0)
    return {};
  Value condition = r.x();
  if (k == 2)
    condition = arith::XOrIOp::create(r.b(), r.loc(), condition, constantOf(r.b(), r.loc(), condition.getType(), 1));
  return {r.t, condition};
}

static Guarded power(const Rule &r, unsigned k) {
  Value zero = r.number(0);
  if (k == 0) {
    // y x^(y-1); a power that is always 1 has no slope, not even at x = 0
    Value reduced = math::PowFOp::create(r.b(), r.loc(), r.x(), r.sub(r.y(), r.number(1)));
    return {r.mul(r.t, r.mul(r.y(), reduced)), r.is(arith::CmpFPredicate::UNE, r.y(), zero)};
  }
  // x^y ln x; 0^y stays 0 for the exponents around a positive one
  return {r.mul(r.t, r.mul(r.r(), r.unary<math::LogOp>(r.x()))), r.is(arith::CmpFPredicate::UNE, r.x(), zero)};
}

static Guarded integerPower(const Rule &r, unsigned k) {
  if (k == 1)
    return {};
  Type type = r.y().getType();
  Value one = constantOf(r.b(), r.loc(), type, 1), zero = constantOf(r.b(), r.loc(), type, 0);
  Value reduced = math::FPowIOp::create(r.b(), r.loc(), r.x(), arith::SubIOp::create(r.b(), r.loc(), r.y(), one));
  Value factor = arith::SIToFPOp::create(r.b(), r.loc(), r.t.getType(), r.y());
  Value live = arith::CmpIOp::create(r.b(), r.loc(), arith::CmpIPredicate::ne, r.y(), zero);
  return {r.mul(r.t, r.mul(factor, reduced)), live};
}

static Guarded castBack(const Rule &r, unsigned) {
  // A tangent is cast like its value, a cotangent back; the type it has says which.
  Type from = r.site.op->getOperand(0).getType(), to = r.site.op->getResult(0).getType();
  Type target = r.t.getType() == from ? to : from;
  if (target.getIntOrFloatBitWidth() > r.t.getType().getIntOrFloatBitWidth())
    return {arith::ExtFOp::create(r.b(), r.loc(), target, r.t)};
  return {arith::TruncFOp::create(r.b(), r.loc(), target, r.t)};
}

static Guarded arctangent2(const Rule &r, unsigned k) {
  Value norm = r.add(r.square(r.x()), r.square(r.y()));
  return {r.div(r.mul(r.t, k == 0 ? r.y() : r.neg(r.x())), norm)};
}

/// x - y trunc(x / y)
static Guarded remainder(const Rule &r, unsigned k) {
  return {k == 0 ? r.t : r.neg(r.mul(r.t, r.unary<math::TruncOp>(r.div(r.x(), r.y()))))};
}

static Guarded none(const Rule &, unsigned) { return {}; }

/// Operands: the value, what it is differentiated along, the slopes.
static Guarded givenSlope(const Rule &r, unsigned k) {
  unsigned count = (r.site.operands.size() - 1) / 2;
  return k == 0 || k > count ? Guarded() : Guarded{r.mul(r.t, r.site.operands[count + k])};
}

/// Sources of the formulas: NIST Digital Library of Mathematical Functions, chapters 4 (elementary) and 7 (erf).
static const llvm::StringMap<Entry> &ruleTable() {
  using R = const Rule &;
  constexpr double ln2 = std::numbers::ln2, ln10 = std::numbers::ln10;
  static const llvm::StringMap<Entry> table{
      {"arith.addf", {[](R r, unsigned) -> Guarded { return {r.t}; }, true}},
      {"arith.subf", {[](R r, unsigned k) -> Guarded { return {k == 0 ? r.t : r.neg(r.t)}; }, true}},
      {"arith.mulf", {[](R r, unsigned k) -> Guarded { return {r.mul(r.t, k == 0 ? r.y() : r.x())}; }}},
      {"arith.divf", {[](R r, unsigned k) -> Guarded {
         return {k == 0 ? r.div(r.t, r.y()) : r.neg(r.mul(r.t, r.div(r.r(), r.y())))};
       }}},
      {"arith.negf", {[](R r, unsigned) -> Guarded { return {r.neg(r.t)}; }, true}},
      {"arith.remf", {remainder}},
      {"arith.select", {selection, true}},
      {"arith.maximumf", {maximum, true}},
      {"arith.maxnumf", {maximum, true}},
      {"arith.minimumf", {minimum, true}},
      {"arith.minnumf", {minimum, true}},
      {"arith.extf", {castBack, true}},
      {"arith.truncf", {castBack, true}},
      {"math.absf", {absolute, true}},
      {"math.exp", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.r())}; }}},
      {"math.exp2", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.mul(r.r(), r.number(ln2)))}; }}},
      {"math.expm1", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.add(r.r(), r.number(1)))}; }}},
      {"math.log", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.x())}; }}},
      {"math.log2", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.mul(r.x(), r.number(ln2)))}; }}},
      {"math.log10", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.mul(r.x(), r.number(ln10)))}; }}},
      {"math.log1p", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.add(r.x(), r.number(1)))}; }}},
      {"math.sqrt", {[](R r, unsigned) -> Guarded { return {r.div(r.mul(r.t, r.number(0.5)), r.r())}; }}},
      {"math.cbrt", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.mul(r.number(3), r.square(r.r())))}; }}},
      {"math.rsqrt",
       {[](R r, unsigned) -> Guarded { return {r.mul(r.mul(r.t, r.number(-0.5)), r.mul(r.r(), r.square(r.r())))}; }}},
      {"math.tanh", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.sub(r.number(1), r.square(r.r())))}; }, true}},
      {"math.sin", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.unary<math::CosOp>(r.x()))}; }, true}},
      {"math.cos", {[](R r, unsigned) -> Guarded { return {r.neg(r.mul(r.t, r.unary<math::SinOp>(r.x())))}; }, true}},
      {"math.tan", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.add(r.number(1), r.square(r.r())))}; }}},
      {"math.sinh", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.unary<math::CoshOp>(r.x()))}; }}},
      {"math.cosh", {[](R r, unsigned) -> Guarded { return {r.mul(r.t, r.unary<math::SinhOp>(r.x()))}; }}},
      {"math.asin", {[](R r, unsigned) -> Guarded {
         return {r.div(r.t, r.unary<math::SqrtOp>(r.sub(r.number(1), r.square(r.x()))))};
       }}},
      {"math.acos", {[](R r, unsigned) -> Guarded {
         return {r.neg(r.div(r.t, r.unary<math::SqrtOp>(r.sub(r.number(1), r.square(r.x())))))};
       }}},
      {"math.atan", {[](R r, unsigned) -> Guarded { return {r.div(r.t, r.add(r.number(1), r.square(r.x())))}; }, true}},
      {"math.atan2", {arctangent2}},
      {"math.erf",
       {[](R r, unsigned) -> Guarded {
          Value bell = r.unary<math::ExpOp>(r.neg(r.square(r.x())));
          return {r.mul(r.t, r.mul(r.number(2 * std::numbers::inv_sqrtpi), bell))};
        },
        true}},
      {"math.powf", {power}},
      {"math.fpowi", {integerPower}},
      {"math.fma", {[](R r, unsigned k) -> Guarded { return {k == 2 ? r.t : r.mul(r.t, k == 0 ? r.y() : r.x())}; }}},
      {"nn.with_slopes", {givenSlope}},
      {"math.floor", {none, true}},
      {"math.ceil", {none, true}},
      {"math.round", {none, true}},
      {"math.roundeven", {none, true}},
      {"math.trunc", {none, true}},
  };
  return table;
}

bool nn::hasScalarRule(Operation &op) {
  if (op.getNumOperands() == 0 || !llvm::any_of(op.getResultTypes(), llvm::IsaPred<FloatType>))
    return true;
  bool floatOperand = llvm::any_of(op.getOperandTypes(), llvm::IsaPred<FloatType>);
  return !floatOperand || ruleTable().contains(op.getName().getStringRef());
}

Guarded nn::applyPartial(const ScalarSite &site, unsigned k, Value t) {
  auto entry = ruleTable().find(site.op->getName().getStringRef());
  if (entry == ruleTable().end() || !isa<FloatType>(site.op->getOperand(k).getType()))
    return {};
  return entry->second.rule(Rule{site, t}, k);
}

// --- Bodies ---

/// The values of a body that depend on one of its block arguments from `first` on, or on the argument `only`.
static llvm::DenseSet<Value> dependents(Block &block, std::optional<unsigned> only = {}) {
  llvm::DenseSet<Value> found;
  for (BlockArgument argument : block.getArguments())
    if (!only || argument.getArgNumber() == *only)
      found.insert(argument);
  for (Operation &op : block.without_terminator())
    if (llvm::any_of(op.getOperands(), [&](Value v) { return found.contains(v); }))
      found.insert(op.result_begin(), op.result_end());
  return found;
}

static ScalarSite siteOf(OpBuilder &builder, Operation &op, const IRMapping &primal,
                         const llvm::DenseSet<Value> &varying) {
  ScalarSite site{builder, &op, {}, primal.lookup(op.getResult(0)), {}};
  for (Value operand : op.getOperands()) {
    site.operands.push_back(primal.lookup(operand));
    site.constant.push_back(!varying.contains(operand));
  }
  return site;
}

/// True if the partial derivative of the operation by operand k may be arbitrarily large.
static bool isSingular(Operation &op, unsigned k, bool isMap, const llvm::DenseSet<Value> &varying) {
  StringRef name = op.getName().getStringRef();
  bool otherVaries = op.getNumOperands() > 1 && varying.contains(op.getOperand(1 - std::min(k, 1u)));
  // A product in a sum is a contraction, whose factors are finite or the whole sum is lost.
  if (name == "arith.mulf")
    return isMap && otherVaries;
  if (name == "arith.divf")
    return k == 1 || otherVaries;
  auto entry = ruleTable().find(name);
  return entry != ruleTable().end() && !entry->second.bounded;
}

Guarded nn::pullBackBody(OpBuilder &builder, EquationOp op, const IRMapping &primal, Guarded cotangent, unsigned k,
                         bool &singular) {
  Block &block = op.getBodyBlock();
  llvm::DenseSet<Value> varying = dependents(block), active = dependents(block, k);
  Value yielded = block.getTerminator()->getOperand(0);
  if (!active.contains(yielded))
    return {};
  llvm::DenseMap<Value, Guarded> cotangents;
  cotangents[yielded] = cotangent;
  bool isMap = op.getCombine() == Combine::map;
  for (Operation &inner : llvm::reverse(block.without_terminator())) {
    if (inner.getNumResults() != 1)
      continue;
    Guarded t = cotangents.lookup(inner.getResult(0));
    if (!t)
      continue;
    ScalarSite site = siteOf(builder, inner, primal, varying);
    for (auto [place, operand] : llvm::enumerate(inner.getOperands())) {
      if (!active.contains(operand))
        continue;
      Guarded partial = applyPartial(site, place, t.value);
      if (!partial)
        continue;
      singular |= isSingular(inner, place, isMap, varying);
      partial = partial.where(builder, inner.getLoc(), t.guard);
      cotangents[operand] = add(builder, inner.getLoc(), cotangents.lookup(operand), partial);
    }
  }
  return cotangents.lookup(block.getArgument(k));
}

Value nn::pushForwardBody(OpBuilder &builder, EquationOp op, const IRMapping &primal, ArrayRef<Value> tangents) {
  Block &block = op.getBodyBlock();
  llvm::DenseSet<Value> varying = dependents(block);
  llvm::DenseMap<Value, Value> known;
  for (auto [argument, tangent] : llvm::zip(block.getArguments(), tangents))
    if (tangent)
      known[argument] = tangent;
  for (Operation &inner : block.without_terminator()) {
    if (llvm::none_of(inner.getOperands(), [&](Value v) { return known.contains(v); }))
      continue;
    ScalarSite site = siteOf(builder, inner, primal, varying);
    Guarded sum;
    for (auto [place, operand] : llvm::enumerate(inner.getOperands()))
      if (Value tangent = known.lookup(operand))
        sum = add(builder, inner.getLoc(), sum, applyPartial(site, place, tangent));
    if (sum)
      known[inner.getResult(0)] = sum.resolve(builder, inner.getLoc());
  }
  return known.lookup(block.getTerminator()->getOperand(0));
}
