/// Interval arithmetic over checked expressions. What it does not know may be anything.
#include "Frontend/Sema/Ranges.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace nn::checked;

namespace nn::sema {

static Range hull(std::initializer_list<double> values) {
  Range range{INFINITY, -INFINITY};
  for (double value : values) {
    if (std::isnan(value))
      return {};
    range = {std::min(range.low, value), std::max(range.high, value)};
  }
  return range;
}

/// 0 times infinity is 0: an end that is not reached bounds nothing.
static double times(double a, double b) { return a == 0 || b == 0 ? 0 : a * b; }

static Range product(Range a, Range b) {
  return hull({times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)});
}

static Range sum(Range a, Range b) { return {a.low + b.low, a.high + b.high}; }
static Range negated(Range a) { return {-a.high, -a.low}; }
static Range magnitude(Range a) {
  Range ends = hull({std::fabs(a.low), std::fabs(a.high)});
  return a.low <= 0 && a.high >= 0 ? Range{0, ends.high} : ends;
}

/// A function that never falls, at both ends.
template <typename Function> static Range rising(Range a, Function function) {
  double low = function(a.low), high = function(a.high);
  return {std::isnan(low) ? -INFINITY : low, std::isnan(high) ? INFINITY : high};
}

static Range power(Range a, Range b) {
  double exponent = b.low;
  bool known = b.low == b.high, whole = known && exponent == std::trunc(exponent);
  if (whole && std::fmod(exponent, 2) == 0 && exponent >= 0) {
    Range size = magnitude(a);
    return {std::pow(size.low, exponent), std::pow(size.high, exponent)};
  }
  if (known && exponent > 0 && (whole || a.low >= 0))
    return rising(a, [&](double x) { return std::pow(x, exponent); });
  // Of what is negative, powers that are not whole are no numbers.
  return a.low >= 0 || (known && !whole) ? Range{0, INFINITY} : Range();
}

static Range quotient(Range a, Range b) {
  if (b.low <= 0 && b.high >= 0)
    return a.low >= 0 && b.low >= 0 ? Range{0, INFINITY} : Range();
  return product(a, {1 / b.high, 1 / b.low});
}

/// 1 where a comparison holds for all, 0 where it holds for none.
static Range truth(bool always, bool never) { return always ? Range::of(1) : never ? Range::of(0) : Range{0, 1}; }

Range Ranges::pointwise(const Pointwise *op) {
  auto at = [&](size_t k) { return of(op->operands[k]); };
  Range a = at(0), b = op->operands.size() > 1 ? at(1) : Range();
  switch (op->op) {
  case ScalarOp::Add:
    return sum(a, b);
  case ScalarOp::Sub:
    return sum(a, negated(b));
  case ScalarOp::Mul: {
    Range whole = product(a, b);
    return op->operands[0] == op->operands[1] ? Range{std::max(whole.low, 0.0), whole.high} : whole;
  }
  case ScalarOp::Div:
    return quotient(a, b);
  case ScalarOp::Pow:
    return power(a, b);
  case ScalarOp::Neg:
    return negated(a);
  case ScalarOp::Min:
    return {std::min(a.low, b.low), std::min(a.high, b.high)};
  case ScalarOp::Max:
    return {std::max(a.low, b.low), std::max(a.high, b.high)};
  case ScalarOp::Lt:
    return truth(a.high < b.low, a.low >= b.high);
  case ScalarOp::Le:
    return truth(a.high <= b.low, a.low > b.high);
  case ScalarOp::Gt:
    return truth(a.low > b.high, a.high <= b.low);
  case ScalarOp::Ge:
    return truth(a.low >= b.high, a.high < b.low);
  case ScalarOp::Eq:
    return truth(a.low == a.high && b.low == b.high && a.low == b.low, a.high < b.low || b.high < a.low);
  case ScalarOp::Ne:
    return truth(a.high < b.low || b.high < a.low, a.low == a.high && b.low == b.high && a.low == b.low);
  case ScalarOp::And:
    return {std::min(a.low, b.low), std::min(a.high, b.high)};
  case ScalarOp::Or:
    return {std::max(a.low, b.low), std::max(a.high, b.high)};
  case ScalarOp::Not:
    return {1 - a.high, 1 - a.low};
  case ScalarOp::Select: {
    Range c = at(2);
    if (a.low == 1)
      return b;
    return a.high == 0 ? c : Range{std::min(b.low, c.low), std::max(b.high, c.high)};
  }
  case ScalarOp::Cast:
  case ScalarOp::WithSlopes:
    return a;
  case ScalarOp::Exp:
    return rising(a, [](double x) { return std::exp(x); });
  case ScalarOp::Expm1:
    return rising(a, [](double x) { return std::expm1(x); });
  case ScalarOp::Log:
    return rising(a, [](double x) { return x <= 0 ? -INFINITY : std::log(x); });
  case ScalarOp::Log1p:
    return rising(a, [](double x) { return x <= -1 ? -INFINITY : std::log1p(x); });
  case ScalarOp::Sqrt:
    return rising(a, [](double x) { return x <= 0 ? 0.0 : std::sqrt(x); });
  case ScalarOp::Tanh:
    return rising(a, [](double x) { return std::tanh(x); });
  case ScalarOp::Erf:
    return rising(a, [](double x) { return std::erf(x); });
  case ScalarOp::Floor:
    return rising(a, [](double x) { return std::floor(x); });
  case ScalarOp::Sign:
    return rising(a, [](double x) { return double(x > 0) - double(x < 0); });
  case ScalarOp::Abs:
    return magnitude(a);
  case ScalarOp::Sin:
  case ScalarOp::Cos:
    return {-1, 1};
  default:
    return {};
  }
}

Range Ranges::reduce(const Reduce *reduce) {
  Range body = of(reduce->body);
  std::optional<double> count = 1.0;
  for (const IndexVar *var : reduce->vars) {
    auto extent = var->extent ? var->extent->constant() : std::nullopt;
    count = extent && count ? std::optional(*count * double(*extent)) : std::nullopt;
  }
  Range terms = reduce->where || !count ? Range{count && !reduce->where ? *count : 0, count.value_or(INFINITY)}
                                        : Range::of(*count);
  bool empty = terms.low == 0;
  switch (reduce->reducer) {
  case ast::Reducer::Sum:
    return product(terms, body);
  case ast::Reducer::Mean:
    return empty ? Range{std::min(body.low, 0.0), std::max(body.high, 0.0)} : body;
  case ast::Reducer::Max:
    return {empty ? -INFINITY : body.low, body.high};
  case ast::Reducer::Min:
    return {body.low, empty ? INFINITY : body.high};
  case ast::Reducer::LogSumExp:
    return {empty ? -INFINITY : body.low + std::log(terms.low), body.high + std::log(std::max(terms.high, 1.0))};
  case ast::Reducer::Prod:
    return body.low >= 0 ? Range{0, INFINITY} : Range();
  case ast::Reducer::Any:
  case ast::Reducer::All:
    return {0, 1};
  default:
    return {0, INFINITY};
  }
}

Range Ranges::compute(const Expr *expr) {
  return llvm::TypeSwitch<const Expr *, Range>(expr)
      .Case([&](const Number *number) { return number->open ? Range() : Range::of(number->value); })
      .Case([&](const Constant *constant) {
        auto [low, high] = std::minmax_element(constant->values.begin(), constant->values.end());
        return low == constant->values.end() ? Range() : Range{*low, *high};
      })
      .Case([&](const Index *index) {
        auto extent = index->var->extent ? index->var->extent->constant() : std::nullopt;
        return Range{0, extent ? double(*extent - 1) : INFINITY};
      })
      .Case([&](const Input *input) { return input->position < inputs.size() ? inputs[input->position] : Range(); })
      .Case([&](const Pointwise *op) { return pointwise(op); })
      .Case([&](const Access *access) {
        Range base = of(access->base);
        return access->padded ? Range{std::min(base.low, 0.0), std::max(base.high, 0.0)} : base;
      })
      .Case([&](const Reduce *own) { return reduce(own); })
      .Case([&](const Equation *equation) { return of(equation->body); })
      .Case([&](const CallResult *result) {
        std::vector<Range> args;
        for (const Expr *arg : result->call->args)
          args.push_back(of(arg));
        return Ranges(args).of(result->call->callee->results[result->result]);
      })
      .Case([&](const Stop *stop) { return of(stop->input); })
      .Case([&](const Reshape *reshape) { return of(reshape->input); })
      .Default([](const Expr *) { return Range(); });
}

Range Ranges::of(const Expr *expr) {
  auto found = known.find(expr);
  if (found != known.end())
    return found->second;
  Range range = compute(expr);
  if (std::isnan(range.low) || std::isnan(range.high))
    range = {};
  return known[expr] = range;
}

} // namespace nn::sema
