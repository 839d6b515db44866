// Scalars of bodies: which functions of them commute with an element.
#include "Symmetry/Prover/BodyRule.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;

namespace nn::prover {

static bool isNumber(Value value, double number) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto attr = constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
  return attr && attr.getValueAsDouble() == number;
}

/// A comparison of x with 0 that decides between x and 0.
static bool isRelu(Operation *op) {
  auto compare = dyn_cast<arith::CmpFOp>(op);
  if (!compare || !isNumber(compare.getRhs(), 0) || !compare->hasOneUse())
    return false;
  auto choice = dyn_cast<arith::SelectOp>(*compare->user_begin());
  Value x = compare.getLhs();
  return choice && ((choice.getTrueValue() == x && isNumber(choice.getFalseValue(), 0)) ||
                    (choice.getFalseValue() == x && isNumber(choice.getTrueValue(), 0)));
}

/// What users call a scalar operation.
static std::string nameOfFunction(Operation *op) {
  StringRef name = op->getName().stripDialect();
  if (isRelu(op))
    return "`relu`";
  if (isa<arith::CmpFOp, arith::CmpIOp, arith::SelectOp>(op))
    return "a choice by its sign or size";
  if (isa<arith::MaximumFOp, arith::MaxNumFOp, arith::MinimumFOp, arith::MinNumFOp>(op))
    return isa<arith::MaximumFOp, arith::MaxNumFOp>(op) ? "`max`" : "`min`";
  if (name == "powf" || name == "fpowi")
    return "a power";
  if (name == "absf")
    return "`abs`";
  name.consume_front("math.");
  return ("`" + name + "`").str();
}

namespace {

class BodyRule {
public:
  BodyRule(EquationOp op, ArrayRef<Action> tables, const BoxMove &box, ArrayRef<Mover> movers)
      : op(op), tables(tables), box(box), movers(movers) {}

  std::variant<ScalarMove, Broken> run(ArrayRef<ScalarMove> arguments);

private:
  using Moves = ArrayRef<ScalarMove>;
  ScalarMove visit(Operation *inner, Moves operands);
  static std::optional<ScalarMove> decided(Operation *inner, Moves operands);
  ScalarMove index(const BoxMove::Index &index, unsigned d);
  ScalarMove sum(Operation *inner, const ScalarMove &a, const ScalarMove &b, double sign);
  ScalarMove product(const ScalarMove &a, const ScalarMove &b);
  ScalarMove quotient(Operation *inner, const ScalarMove &a, const ScalarMove &b);
  ScalarMove compare(Operation *inner, Moves operands);
  ScalarMove power(Operation *inner, Moves operands);
  /// A function of one scalar that is odd or even, or neither.
  enum class Parity : uint8_t { None, Odd, Even };
  ScalarMove function(Operation *inner, Moves operands, Parity parity);
  ScalarMove fail(const Twine &why, const Twine &help = "", bool isLimit = false);

  EquationOp op;
  ArrayRef<Action> tables;
  const BoxMove &box;
  ArrayRef<Mover> movers;
};

} // namespace

ScalarMove BodyRule::fail(const Twine &why, const Twine &help, bool isLimit) {
  ScalarMove move;
  move.broken = std::make_shared<Broken>(Broken{op, why.str(), help.str(), {}, isLimit});
  return move;
}

/// Conditions and choices that constants decide: what the other side is does not matter.
std::optional<ScalarMove> BodyRule::decided(Operation *inner, Moves operands) {
  auto isTrue = [](const ScalarMove &move) { return move.constant && *move.constant != 0; };
  auto isFalse = [](const ScalarMove &move) { return move.constant == 0.0; };
  if (isa<arith::SelectOp>(inner) && operands[0].constant)
    return operands[isTrue(operands[0]) ? 1 : 2];
  if (isa<arith::OrIOp>(inner) && llvm::any_of(operands, isTrue))
    return isTrue(operands[0]) ? operands[0] : operands[1];
  if (isa<arith::AndIOp>(inner) && llvm::any_of(operands, isFalse))
    return isFalse(operands[0]) ? operands[0] : operands[1];
  return std::nullopt;
}

ScalarMove BodyRule::index(const BoxMove::Index &index, unsigned d) {
  ScalarMove move;
  if (index.kind == BoxMove::Index::Kind::Moved) {
    if (movers[index.mover].kind == Mover::Kind::Matrix)
      return fail("the number of a vector's component is used, and " + movers[index.mover].name + " mixes components");
    move.label = index.mover;
  } else if (index.kind == BoxMove::Index::Kind::Grid) {
    return fail("the position on the grid is used as a number, and the grid is moved");
  }
  return move;
}

/// Sums and choices: both sides are the same kind of thing, or one is 0.
ScalarMove BodyRule::sum(Operation *inner, const ScalarMove &a, const ScalarMove &b, double sign) {
  auto isZero = [](const ScalarMove &move) { return move.constant == 0.0; };
  if (a.label || b.label)
    return fail("a position that " + movers[*(a.label ? a.label : b.label)].name + " moves is used as a number");
  if (isZero(a) || isZero(b)) {
    ScalarMove other = isZero(a) ? b : a;
    if (isZero(a))
      other.weight *= sign;
    if (other.constant)
      other.constant = isZero(a) ? sign * *other.constant : *other.constant;
    return other;
  }
  if (a.odd != b.odd)
    return fail("a value that changes its sign is added to one that does not",
                "a constant or a bias has no place beside a value that changes its sign");
  if (a.carriers != b.carriers)
    return fail("a component of a vector is added to a number that is none",
                "a bias on a vector picks a direction; leave it out, or scale the vector");
  ScalarMove move = a;
  move.constant.reset();
  if (a.constant && b.constant)
    move.constant = *a.constant + sign * *b.constant;
  if (b.weight != 0)
    move.pointIndex = b.pointIndex;
  move.weight = a.weight + sign * b.weight;
  return move;
}

ScalarMove BodyRule::product(const ScalarMove &a, const ScalarMove &b) {
  ScalarMove move;
  if (a.label || b.label)
    return fail("a position that " + movers[*(a.label ? a.label : b.label)].name + " moves is used as a number");
  if (a.constant && b.constant)
    move.constant = *a.constant * *b.constant;
  const ScalarMove &point = a.weight != 0 ? a : b, &other = a.weight != 0 ? b : a;
  if (point.weight != 0) {
    if (!other.constant)
      return fail("a position is multiplied, which depends on where the origin is",
                  "take differences of positions first");
    move.weight = point.weight * *other.constant;
    move.pointIndex = point.pointIndex;
  }
  move.carriers = a.carriers;
  llvm::append_range(move.carriers, b.carriers);
  llvm::sort(move.carriers);
  move.odd = a.odd != b.odd;
  return move;
}

ScalarMove BodyRule::quotient(Operation *inner, const ScalarMove &a, const ScalarMove &b) {
  if (!b.carriers.empty() || b.weight != 0)
    return fail("something is divided by a component of a vector", "divide by its norm");
  if (b.constant && *b.constant != 0) {
    ScalarMove move = a;
    move.weight /= *b.constant;
    if (move.constant)
      *move.constant /= *b.constant;
    return move;
  }
  ScalarMove divisor = b;
  divisor.constant.reset();
  if (a.weight != 0)
    return fail("a position is divided, which depends on where the origin is", "take differences of positions first");
  return product(a, divisor);
}

ScalarMove BodyRule::compare(Operation *inner, Moves operands) {
  const ScalarMove &a = operands[0], &b = operands[1];
  if (a.label || b.label) {
    auto equality = dyn_cast<arith::CmpIOp>(inner);
    bool isEquality = equality && (equality.getPredicate() == arith::CmpIPredicate::eq ||
                                   equality.getPredicate() == arith::CmpIPredicate::ne);
    if (isEquality && a.label == b.label)
      return {};
    return fail("positions are compared, and " + movers[*(a.label ? a.label : b.label)].name +
                " keeps only whether two are the same");
  }
  return function(inner, operands, Parity::None);
}

ScalarMove BodyRule::power(Operation *inner, Moves operands) {
  const ScalarMove &base = operands[0], &exponent = operands[1];
  if (base.stays() && exponent.stays())
    return {};
  double n = exponent.constant.value_or(0.5);
  if (n != std::floor(n) || n < 1 || n > 4)
    return function(inner, operands, Parity::None);
  ScalarMove move = base;
  for (int k = 1; k < int(n); ++k)
    move = product(move, base);
  return move;
}

ScalarMove BodyRule::function(Operation *inner, Moves operands, Parity parity) {
  for (const ScalarMove &operand : operands) {
    if (operand.label)
      return fail("a position that " + movers[*operand.label].name + " moves is used as a number");
    if (operand.weight != 0)
      return fail(nameOfFunction(inner) + " is applied to a position, which depends on where the origin is",
                  "take differences of positions first");
    if (!operand.carriers.empty())
      return fail(nameOfFunction(inner) + " acts on the components of a vector, which depend on the axes",
                  "use a gate: scale the vector by a function of its norm");
    if (operand.odd && parity == Parity::None)
      return fail(nameOfFunction(inner) + " of a value that changes its sign neither stays nor changes its sign",
                  "use an odd function, such as `tanh`");
  }
  ScalarMove move;
  move.odd = parity == Parity::Odd && operands[0].odd;
  return move;
}

ScalarMove BodyRule::visit(Operation *inner, Moves operands) {
  auto constantOf = [](Attribute attr) -> std::optional<double> {
    if (auto number = dyn_cast<FloatAttr>(attr))
      return number.getValueAsDouble();
    if (auto number = dyn_cast<IntegerAttr>(attr))
      return double(number.getInt());
    return std::nullopt;
  };
  StringRef name = inner->getName().stripDialect();
  return TypeSwitch<Operation *, ScalarMove>(inner)
      .Case([&](arith::ConstantOp constant) {
        ScalarMove move;
        move.constant = constantOf(constant.getValue());
        return move;
      })
      .Case([&](IndexOp own) { return index(box.indices[own.getDim()], own.getDim()); })
      .Case([&](SymbolOp own) {
        ScalarMove move;
        move.label = tables[own.getIndex()].values;
        return move;
      })
      .Case<arith::AddFOp, arith::AddIOp>([&](auto) { return sum(inner, operands[0], operands[1], 1); })
      .Case<arith::SubFOp, arith::SubIOp>([&](auto) { return sum(inner, operands[0], operands[1], -1); })
      .Case<arith::MulFOp, arith::MulIOp>([&](auto) { return product(operands[0], operands[1]); })
      .Case<arith::DivFOp>([&](auto) { return quotient(inner, operands[0], operands[1]); })
      .Case<arith::NegFOp>([&](auto) {
        ScalarMove move = operands[0];
        move.weight = -move.weight;
        if (move.constant)
          move.constant = -*move.constant;
        return move;
      })
      .Case<arith::CmpFOp, arith::CmpIOp>([&](auto) { return compare(inner, operands); })
      .Case<arith::SelectOp>([&](auto) {
        if (!operands[0].stays())
          return function(inner, operands.take_front(1), Parity::None);
        if (operands[1].label && operands[1].label == operands[2].label)
          return operands[1];
        if (operands[1].weight != operands[2].weight)
          return fail("a position is chosen or something that is none");
        ScalarMove move = sum(inner, operands[1], operands[2], 1);
        move.weight = operands[1].weight;
        move.constant.reset();
        return move;
      })
      .Case<arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp, arith::TruncIOp>([&](auto) { return operands[0]; })
      .Case<arith::SIToFPOp>([&](auto) {
        if (operands[0].label)
          return fail("a position that " + movers[*operands[0].label].name + " moves is used as a number",
                      "a table of positions, or a position itself, tells the things apart that are to be alike");
        return operands[0];
      })
      .Case<math::PowFOp, math::FPowIOp>([&](auto) { return power(inner, operands); })
      .Case<WithSlopesOp>([&](auto) {
        if (llvm::all_of(operands, [](const ScalarMove &each) { return each.stays(); }))
          return ScalarMove();
        return fail("a function that gives its own derivative is applied to what moves", "", /*isLimit=*/true);
      })
      .Default([&](Operation *) {
        Parity parity = name == "tanh" || name == "sin" || name == "erf" || name == "atan" ? Parity::Odd
                        : name == "absf" || name == "cos"                                  ? Parity::Even
                                                                                           : Parity::None;
        return function(inner, operands, parity);
      });
}

std::variant<ScalarMove, Broken> BodyRule::run(ArrayRef<ScalarMove> arguments) {
  llvm::DenseMap<Value, ScalarMove> moves;
  for (auto [argument, move] : llvm::zip_equal(op.getBodyBlock().getArguments(), arguments))
    moves[argument] = move;
  for (Operation &inner : op.getBodyBlock()) {
    SmallVector<ScalarMove> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(moves.lookup(operand));
    if (isa<YieldOp>(inner))
      return operands[0].broken ? std::variant<ScalarMove, Broken>(*operands[0].broken) : operands[0];
    const auto *wrong = llvm::find_if(operands, [](const ScalarMove &each) { return each.broken != nullptr; });
    if (auto known = decided(&inner, operands))
      moves[inner.getResult(0)] = *known;
    else
      moves[inner.getResult(0)] = wrong != operands.end() ? *wrong : visit(&inner, operands);
  }
  llvm_unreachable("a body ends with a yield");
}

std::variant<ScalarMove, Broken> moveBody(EquationOp op, ArrayRef<ScalarMove> arguments, ArrayRef<Action> tables,
                                          const BoxMove &box, ArrayRef<Mover> movers) {
  return BodyRule(op, tables, box, movers).run(arguments);
}

} // namespace nn::prover
