// Scalar operations of bodies, and the forms in which the library writes convex functions without overflow.
#include "Convexity/BodyBend.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace nn::convexity {

/// Values and slopes of two pieces agree where they differ by less: constants have been rounded to single precision.
static constexpr double rounding = 1e-6;

BodyBend::BodyBend(EquationOp op, ArrayRef<Bend> arguments) : op(op) {
  for (auto [argument, bend] : llvm::zip_equal(op.getBodyBlock().getArguments(), arguments))
    bends[argument] = bend;
}

Bend BodyBend::run() {
  for (Operation &inner : op.getBodyBlock()) {
    if (isa<YieldOp>(inner))
      return bends.lookup(inner.getOperand(0));
    bends[inner.getResult(0)] = visit(inner, bends);
  }
  llvm_unreachable("a body ends with a yield");
}

// ---- equal values

/// Whether two values are computed in the same way.
bool BodyBend::same(Value a, Value b) const {
  if (a == b)
    return true;
  auto first = dyn_cast<BlockArgument>(a), second = dyn_cast<BlockArgument>(b);
  if (first && second) {
    unsigned i = first.getArgNumber(), j = second.getArgNumber();
    return op.getInputs()[i] == op.getInputs()[j] && op.getRead(i) == op.getRead(j) &&
           op.getFillValue(i) == op.getFillValue(j);
  }
  Operation *one = a.getDefiningOp(), *other = b.getDefiningOp();
  return one && other && one->getName() == other->getName() && one->getAttrDictionary() == other->getAttrDictionary() &&
         !isa<RandomOp>(one) && llvm::all_of(llvm::zip_equal(one->getOperands(), other->getOperands()), [&](auto pair) {
           return same(std::get<0>(pair), std::get<1>(pair));
         });
}

/// Whole powers are written out as products of equal factors: their base, and how many there are.
std::pair<Value, int> BodyBend::powerOf(Value value) const {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {value, 1};
  auto [base, count] = powerOf(product.getLhs());
  auto [other, more] = powerOf(product.getRhs());
  return same(base, other) ? std::pair(base, count + more) : std::pair(value, 1);
}

std::optional<double> BodyBend::numberOf(Value value) const {
  auto found = bends.find(value);
  return found == bends.end() ? std::nullopt : found->second.number;
}

/// max(x, 0), or (x + |x|) / 2.
bool BodyBend::isPositivePart(Value value, Value of) const {
  if (auto larger = value.getDefiningOp<arith::MaximumFOp>())
    return same(larger.getLhs(), of) && numberOf(larger.getRhs()) == 0;
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return false;
  bool halfFirst = numberOf(product.getLhs()) == 0.5;
  auto sum = (halfFirst ? product.getRhs() : product.getLhs()).getDefiningOp<arith::AddFOp>();
  if (!sum || (!halfFirst && numberOf(product.getRhs()) != 0.5))
    return false;
  auto magnitude = sum.getRhs().getDefiningOp<math::AbsFOp>();
  return magnitude && same(sum.getLhs(), of) && same(magnitude.getOperand(), of);
}

/// max(x, 0) + log(1 + exp(-|x|)), which is log(1 + exp(x)).
bool BodyBend::isSoftplus(Value value, Value &of) const {
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (!sum)
    return false;
  for (auto [part, rest] : {std::pair(sum.getLhs(), sum.getRhs()), std::pair(sum.getRhs(), sum.getLhs())}) {
    auto log = rest.getDefiningOp<math::Log1pOp>();
    auto exp = log ? log.getOperand().getDefiningOp<math::ExpOp>() : nullptr;
    auto minus = exp ? exp.getOperand().getDefiningOp<arith::NegFOp>() : nullptr;
    auto magnitude = minus ? minus.getOperand().getDefiningOp<math::AbsFOp>() : nullptr;
    if (!magnitude || !isPositivePart(part, magnitude.getOperand()))
      continue;
    of = magnitude.getOperand();
    return true;
  }
  return false;
}

// ---- pieces

/// A value as a function of one other, by the rule of the chain.
std::optional<BodyBend::Jet> BodyBend::jet(Value value, Value variable, double t) const {
  if (same(value, variable))
    return Jet{t, 1};
  if (auto number = numberOf(value))
    return Jet{*number, 0};
  Operation *inner = value.getDefiningOp();
  if (!inner || inner->getNumOperands() == 0 || inner->getNumOperands() > 2)
    return std::nullopt;
  auto a = jet(inner->getOperand(0), variable, t);
  auto b = inner->getNumOperands() == 2 ? jet(inner->getOperand(1), variable, t) : a;
  if (!a || !b)
    return std::nullopt;
  return TypeSwitch<Operation *, std::optional<Jet>>(inner)
      .Case([&](arith::AddFOp) { return Jet{a->value + b->value, a->slope + b->slope}; })
      .Case([&](arith::SubFOp) { return Jet{a->value - b->value, a->slope - b->slope}; })
      .Case([&](arith::MulFOp) { return Jet{a->value * b->value, a->slope * b->value + a->value * b->slope}; })
      .Case([&](arith::NegFOp) { return Jet{-a->value, -a->slope}; })
      .Case([&](math::ExpOp) { return Jet{std::exp(a->value), std::exp(a->value) * a->slope}; })
      .Default([](Operation *) { return std::nullopt; });
}

/// The bend of a value as a function of one other with this bend.
Bend BodyBend::along(Value value, Value variable, const Bend &seed) const {
  BodyBend inside(*this);
  for (auto &[own, bend] : inside.bends)
    if (same(own, variable))
      bend = seed;
  for (Operation &inner : op.getBodyBlock()) {
    if (isa<YieldOp>(inner))
      break;
    if (!same(inner.getResult(0), variable) && !isa<arith::SelectOp>(inner))
      inside.bends[inner.getResult(0)] = inside.visit(inner, inside.bends);
  }
  return inside.bends.lookup(value);
}

/// Two convex pieces that meet at a border without a jump, the upper one at least as steep: convex in the variable.
Bend BodyBend::pieces(Operation &inner, Value variable, double border, Value below, Value above, const Bends &bends) {
  Bend own = bends.lookup(variable), seed = Bend::of(Curvature::Affine);
  seed.nonnegative = own.nonnegative;
  auto low = jet(below, variable, border), high = jet(above, variable, border);
  bool fits = low && high && along(below, variable, seed).isConvex() && along(above, variable, seed).isConvex() &&
              std::abs(low->value - high->value) <= rounding * (1 + std::abs(low->value)) &&
              low->slope <= high->slope + rounding;
  if (!fits)
    return Bend::unknown(&inner, "a choice depends on it, and its pieces are not known to meet without a dent");
  auto start = jet(border < 0 ? above : below, variable, 0);
  bool rises = own.nonnegative && start && start->slope >= 0;
  return convexOf(&inner, own, rises, "a function in pieces");
}

Bend BodyBend::select(Operation &inner, const Bends &bends) {
  auto choice = cast<arith::SelectOp>(inner);
  Bend condition = bends.lookup(choice.getCondition());
  if (condition.isConstant())
    return either(&inner, bends.lookup(choice.getTrueValue()), bends.lookup(choice.getFalseValue()));
  auto test = choice.getCondition().getDefiningOp<arith::CmpFOp>();
  auto border = test ? numberOf(test.getRhs()) : std::nullopt;
  if (!border)
    return Bend::unknown(&inner, "a choice depends on it");
  using P = arith::CmpFPredicate;
  bool isAbove = llvm::is_contained({P::OGT, P::OGE, P::UGT, P::UGE}, test.getPredicate());
  if (!isAbove && !llvm::is_contained({P::OLT, P::OLE, P::ULT, P::ULE}, test.getPredicate()))
    return Bend::unknown(&inner, "a choice depends on it");
  Value variable = test.getLhs(), above = isAbove ? choice.getTrueValue() : choice.getFalseValue(),
        below = isAbove ? choice.getFalseValue() : choice.getTrueValue();
  // The root without its infinite slope: 0 at 0.
  auto root = above.getDefiningOp<math::SqrtOp>();
  if (root && same(root.getOperand(), variable) && *border == 0 && numberOf(below) == 0 &&
      bends.lookup(variable).nonnegative)
    return bends.lookup(above);
  return pieces(inner, variable, *border, below, above, bends);
}

// ---- operations

Bend BodyBend::visit(Operation &inner, const Bends &bends) {
  SmallVector<Bend> operands;
  for (Value operand : inner.getOperands())
    operands.push_back(bends.lookup(operand));
  Value of;
  if (inner.getNumResults() == 1 && isSoftplus(inner.getResult(0), of)) {
    Bend bend = convexOf(&inner, bends.lookup(of), /*nondecreasing=*/true, "`softplus`");
    bend.nonnegative = !bend.isUnknown();
    return bend;
  }
  auto half = Bend::constant(0.5);
  return TypeSwitch<Operation *, Bend>(&inner)
      .Case([&](arith::ConstantOp constant) {
        if (auto number = dyn_cast<FloatAttr>(constant.getValue()))
          return Bend::constant(number.getValueAsDouble());
        if (auto number = dyn_cast<IntegerAttr>(constant.getValue()))
          return Bend::constant(double(number.getInt()));
        return Bend::constant();
      })
      .Case<IndexOp, SymbolOp>([](auto) {
        Bend bend = Bend::constant();
        bend.nonnegative = true;
        return bend;
      })
      .Case<arith::AddFOp>([&](auto) { return add(&inner, operands[0], operands[1]); })
      .Case<arith::SubFOp>([&](auto) { return add(&inner, operands[0], negate(operands[1])); })
      .Case<arith::NegFOp>([&](auto) { return negate(operands[0]); })
      .Case<arith::MulFOp>([&](auto) {
        auto [base, exponent] = powerOf(inner.getResult(0));
        if (exponent > 1)
          return power(&inner, bends.lookup(base), Bend::constant(exponent));
        return multiply(&inner, operands[0], operands[1]);
      })
      .Case<arith::DivFOp>([&](auto) { return divide(&inner, operands[0], operands[1]); })
      .Case<math::PowFOp, math::FPowIOp>([&](auto) { return power(&inner, operands[0], operands[1]); })
      .Case<math::SqrtOp>([&](auto) { return power(&inner, operands[0], half); })
      .Case<math::AbsFOp>([&](auto) { return magnitude(&inner, operands[0]); })
      .Case<math::ExpOp>([&](auto) { return exponential(&inner, operands[0]); })
      .Case<math::LogOp>([&](auto) { return logarithm(&inner, operands[0]); })
      .Case<math::Log1pOp>([&](auto) { return logarithm(&inner, add(&inner, Bend::constant(1), operands[0])); })
      .Case<math::ExpM1Op>([&](auto) { return add(&inner, exponential(&inner, operands[0]), Bend::constant(-1)); })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>([&](auto) { return larger(&inner, operands[0], operands[1]); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>([&](auto) { return smaller(&inner, operands[0], operands[1]); })
      .Case<arith::SelectOp>([&](auto) { return select(inner, bends); })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::ExtSIOp, arith::TruncIOp>(
          [&](auto) { return operands[0]; })
      .Default([&](Operation *) {
        for (const Bend &operand : operands)
          if (operand.isUnknown())
            return operand;
        if (llvm::all_of(operands, [](const Bend &operand) { return operand.isConstant(); }))
          return Bend::constant();
        return Bend::unknown(&inner,
                             "`" + inner.getName().stripDialect().str() + "` of it is neither convex nor concave");
      });
}

} // namespace nn::convexity
