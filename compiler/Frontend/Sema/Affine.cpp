/// Linear forms, intervals, and the search for the smallest offending point.
#include "Frontend/Sema/Affine.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace nn::checked;

namespace nn::sema {

IndexVar *LinearForm::onlyOpenVariable() const {
  IndexVar *open = nullptr;
  for (auto &[var, coefficient] : coefficients)
    if (!var->extent) {
      if (open)
        return nullptr;
      open = var;
    }
  return open;
}

std::optional<std::pair<Dim, Dim>> LinearForm::range(const IndexVar *except) const {
  Dim low = constant, high = constant;
  for (auto &[var, coefficient] : coefficients) {
    if (var == except)
      continue;
    auto sign = coefficient.constant();
    if (coefficient.isBounded() && coefficient.range().first >= 0)
      sign = 1;
    if (!sign || !var->extent)
      return std::nullopt;
    (*sign > 0 ? high : low) = (*sign > 0 ? high : low) + coefficient * (*var->extent - Dim(1));
  }
  return std::pair(low, high);
}

std::optional<Dim> LinearForm::largestExtent(IndexVar *var, const Dim &extent) const {
  auto sign = coefficients.at(var).constant();
  auto others = range(var);
  if (!sign || *sign == 0 || !others)
    return std::nullopt;
  Dim room = *sign > 0 ? extent - Dim(1) - others->second : others->first;
  return room.floorDiv(Dim(*sign > 0 ? *sign : -*sign)) + Dim(1);
}

static std::optional<LinearForm> combine(const LinearForm &a, const LinearForm &b, int64_t factor) {
  LinearForm sum = a;
  sum.constant = sum.constant + b.constant * Dim(factor);
  for (auto &[var, coefficient] : b.coefficients) {
    Dim &own = sum.coefficients[var];
    own = own + coefficient * Dim(factor);
    if (own == Dim(0))
      sum.coefficients.erase(var);
  }
  return sum;
}

static std::optional<LinearForm> linearPointwise(const Pointwise *op) {
  if (op->op == ScalarOp::Cast)
    return isInteger(op->type.elem) ? linearForm(op->operands[0]) : std::nullopt;
  auto a = linearForm(op->operands[0]);
  if (!a)
    return std::nullopt;
  if (op->op == ScalarOp::Neg)
    return combine({}, *a, -1);
  auto b = op->operands.size() > 1 ? linearForm(op->operands[1]) : std::nullopt;
  if (!b)
    return std::nullopt;
  if (op->op == ScalarOp::Add)
    return combine(*a, *b, 1);
  if (op->op == ScalarOp::Sub)
    return combine(*a, *b, -1);
  if (op->op != ScalarOp::Mul || (!a->coefficients.empty() && !b->coefficients.empty()))
    return std::nullopt;
  const LinearForm &form = a->coefficients.empty() ? *b : *a;
  const Dim &factor = a->coefficients.empty() ? a->constant : b->constant;
  LinearForm product;
  product.constant = form.constant * factor;
  for (auto &[var, coefficient] : form.coefficients)
    product.coefficients[var] = coefficient * factor;
  return product;
}

std::optional<LinearForm> linearForm(const Expr *expr) {
  LinearForm form;
  if (auto *literal = llvm::dyn_cast<Number>(expr)) {
    form.constant = literal->open ? *literal->open : Dim(literal->integer());
    return form;
  }
  if (auto *length = llvm::dyn_cast<Length>(expr)) {
    form.constant = length->dim;
    return form;
  }
  if (auto *index = llvm::dyn_cast<Index>(expr)) {
    form.coefficients[index->var] = Dim(1);
    return form;
  }
  if (auto *op = llvm::dyn_cast<Pointwise>(expr))
    return linearPointwise(op);
  return std::nullopt;
}

// ---- intervals of numbers

using Interval = std::optional<std::pair<int64_t, int64_t>>;

static int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return quotient - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

static Interval intervalOf(const Expr *expr, const Lengths &lengths);

static Interval intervalOfPointwise(const Pointwise *op, const Lengths &lengths) {
  Interval a = intervalOf(op->operands[0], lengths);
  Interval b = op->operands.size() > 1 ? intervalOf(op->operands[1], lengths) : Interval({0, 0});
  bool divides = op->op == ScalarOp::Mod && b && b->first == b->second && b->first > 0;
  if (divides && (!a || a->first < 0 || a->second >= b->first))
    return Interval({0, b->first - 1});
  if (op->op == ScalarOp::Select) {
    Interval c = op->operands.size() > 2 ? intervalOf(op->operands[2], lengths) : std::nullopt;
    return b && c ? Interval({std::min(b->first, c->first), std::max(b->second, c->second)}) : std::nullopt;
  }
  if (!a || !b)
    return std::nullopt;
  switch (op->op) {
  case ScalarOp::Cast:
    return a;
  case ScalarOp::Neg:
    return Interval({-a->second, -a->first});
  case ScalarOp::Add:
    return Interval({a->first + b->first, a->second + b->second});
  case ScalarOp::Sub:
    return Interval({a->first - b->second, a->second - b->first});
  case ScalarOp::Min:
    return Interval({std::min(a->first, b->first), std::min(a->second, b->second)});
  case ScalarOp::Max:
    return Interval({std::max(a->first, b->first), std::max(a->second, b->second)});
  case ScalarOp::Mod:
    return divides ? a : std::nullopt;
  case ScalarOp::Mul: {
    int64_t corners[] = {a->first * b->first, a->first * b->second, a->second * b->first, a->second * b->second};
    return Interval({*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4)});
  }
  case ScalarOp::FloorDiv:
    if (b->first != b->second || b->first <= 0)
      return std::nullopt;
    return Interval({floorDivide(a->first, b->first), floorDivide(a->second, b->first)});
  default:
    return std::nullopt;
  }
}

/// The greatest value for all lengths that are not known; nothing if open variables decide.
static std::optional<int64_t> greatest(const Dim &dim) {
  return dim.isConstant() || dim.isBounded() ? std::optional(dim.range().second) : std::nullopt;
}

static Interval intervalOf(const Expr *expr, const Lengths &lengths) {
  if (auto *literal = llvm::dyn_cast<Number>(expr))
    return literal->open ? std::nullopt : Interval({literal->integer(), literal->integer()});
  if (auto *length = llvm::dyn_cast<Length>(expr)) {
    return length->dim.with(lengths).range();
  }
  if (auto *index = llvm::dyn_cast<Index>(expr)) {
    auto extent = index->var->extent ? greatest(index->var->extent->with(lengths)) : std::nullopt;
    return extent ? Interval({0, *extent - 1}) : std::nullopt;
  }
  if (auto *op = llvm::dyn_cast<Pointwise>(expr))
    if (Interval interval = intervalOfPointwise(op, lengths))
      return interval;
  if (auto *equation = llvm::dyn_cast<Equation>(expr))
    if (Interval interval = intervalOf(equation->body, lengths))
      return interval;
  if (expr->type.indexBound)
    if (auto bound = greatest(expr->type.indexBound->with(lengths)))
      return Interval({0, *bound - 1});
  return std::nullopt;
}

std::optional<Dim> smallestBound(const Expr *expr) {
  Interval interval = intervalOf(expr, {});
  return interval && interval->first >= 0 ? std::optional(Dim(interval->second + 1)) : std::nullopt;
}

// ---- searching the box

using Point = std::map<const IndexVar *, int64_t>;

static void collectIndices(const Expr *expr, std::vector<const IndexVar *> &vars) {
  if (auto *index = llvm::dyn_cast<Index>(expr)) {
    if (!llvm::is_contained(vars, index->var))
      vars.push_back(index->var);
  } else if (auto *op = llvm::dyn_cast<Pointwise>(expr)) {
    for (const Expr *operand : op->operands)
      collectIndices(operand, vars);
  }
}

bool dependsOnIndex(const Expr *expr, const IndexVar *var) {
  std::vector<const IndexVar *> vars;
  collectIndices(expr, vars);
  return llvm::is_contained(vars, var);
}

/// The value at a point; nothing if it depends on data.
static std::optional<int64_t> valueAt(const Expr *expr, const Point &point, const Lengths &lengths) {
  if (auto *literal = llvm::dyn_cast<Number>(expr))
    return literal->open ? std::nullopt : std::optional<int64_t>(literal->integer());
  if (auto *length = llvm::dyn_cast<Length>(expr))
    return length->dim.with(lengths).constant();
  if (auto *index = llvm::dyn_cast<Index>(expr)) {
    auto found = point.find(index->var);
    return found == point.end() ? std::nullopt : std::optional<int64_t>(found->second);
  }
  auto *op = llvm::dyn_cast<Pointwise>(expr);
  if (!op)
    return std::nullopt;
  llvm::SmallVector<int64_t, 3> v;
  for (const Expr *operand : op->operands) {
    auto value = valueAt(operand, point, lengths);
    if (!value)
      return std::nullopt;
    v.push_back(*value);
  }
  switch (op->op) {
  case ScalarOp::Add:
    return v[0] + v[1];
  case ScalarOp::Sub:
    return v[0] - v[1];
  case ScalarOp::Mul:
    return v[0] * v[1];
  case ScalarOp::Neg:
    return -v[0];
  case ScalarOp::Min:
    return std::min(v[0], v[1]);
  case ScalarOp::Max:
    return std::max(v[0], v[1]);
  case ScalarOp::FloorDiv:
    return v[1] ? std::optional(floorDivide(v[0], v[1])) : std::nullopt;
  case ScalarOp::Mod:
    return v[1] ? std::optional(v[0] - v[1] * floorDivide(v[0], v[1])) : std::nullopt;
  case ScalarOp::Eq:
    return v[0] == v[1];
  case ScalarOp::Ne:
    return v[0] != v[1];
  case ScalarOp::Lt:
    return v[0] < v[1];
  case ScalarOp::Le:
    return v[0] <= v[1];
  case ScalarOp::Gt:
    return v[0] > v[1];
  case ScalarOp::Ge:
    return v[0] >= v[1];
  case ScalarOp::And:
    return v[0] && v[1];
  case ScalarOp::Or:
    return v[0] || v[1];
  case ScalarOp::Not:
    return !v[0];
  case ScalarOp::Select:
    return v[0] ? v[1] : v[2];
  case ScalarOp::Cast:
    return v[0];
  default:
    return std::nullopt;
  }
}

/// Walks the box in lexicographic order; true when `visit` wants to stop.
static bool walk(llvm::ArrayRef<const IndexVar *> vars, const Lengths &lengths, Point &point,
                 llvm::function_ref<bool()> visit) {
  if (vars.empty())
    return visit();
  int64_t extent = *vars[0]->extent->with(lengths).constant();
  for (int64_t i = 0; i < extent; ++i) {
    point[vars[0]] = i;
    if (walk(vars.drop_front(), lengths, point, visit))
      return true;
  }
  return false;
}

/// A comparison as a form that is not negative where it holds; nothing if it is not linear.
static std::optional<LinearForm> notNegativeWhere(const Expr *condition) {
  auto *test = llvm::dyn_cast<Pointwise>(condition);
  if (test && test->op == ScalarOp::Not) {
    auto form = notNegativeWhere(test->operands[0]);
    LinearForm minusOne;
    minusOne.constant = Dim(-1);
    return form ? combine(minusOne, *form, -1) : std::nullopt;
  }
  bool compares = test && test->op >= ScalarOp::Lt && test->op <= ScalarOp::Ge;
  auto a = compares ? linearForm(test->operands[0]) : std::nullopt;
  auto b = a ? linearForm(test->operands[1]) : std::nullopt;
  if (!b)
    return std::nullopt;
  bool less = test->op == ScalarOp::Lt || test->op == ScalarOp::Le;
  auto form = less ? combine(*b, *a, -1) : combine(*a, *b, -1);
  if (test->op == ScalarOp::Lt || test->op == ScalarOp::Gt)
    form->constant = form->constant - Dim(1);
  return form;
}

/// Whether a form is not negative for all lengths, by itself or because it is at least what one of the conditions says
/// is not.
static bool isNotNegative(const LinearForm &form, llvm::ArrayRef<const Expr *> conditions, const Lengths &least) {
  auto alone = [&](const LinearForm &own) {
    auto range = own.range();
    auto low = range ? range->first.constant() : std::nullopt;
    return low ? *low >= 0 : range && range->first.isBounded() && !range->first.firstNegative(least);
  };
  return alone(form) || llvm::any_of(conditions, [&](const Expr *condition) {
           auto known = notNegativeWhere(condition);
           return known && alone(*combine(form, *known, -1));
         });
}

/// The parts of a conjunction, so that each can be looked at with the indices that it speaks of.
static void splitConjunction(const Expr *condition, std::vector<const Expr *> &parts) {
  auto *both = llvm::dyn_cast<Pointwise>(condition);
  if (!both || both->op != ScalarOp::And)
    return parts.push_back(condition);
  for (const Expr *operand : both->operands)
    splitConjunction(operand, parts);
}

/// The indices that decide where a subscript leads: its own, and those that conditions on them speak of.
static std::vector<const IndexVar *> decidingIndices(const Expr *index, const std::vector<const Expr *> &conditions) {
  std::vector<const IndexVar *> vars;
  collectIndices(index, vars);
  for (bool more = true; more;) {
    size_t known = vars.size();
    for (const Expr *condition : conditions) {
      std::vector<const IndexVar *> own;
      collectIndices(condition, own);
      if (llvm::any_of(own, [&](const IndexVar *var) { return llvm::is_contained(vars, var); }))
        collectIndices(condition, vars);
    }
    more = vars.size() != known;
  }
  return vars;
}

namespace {

/// A subscript and the conditions around it, looked at for one set of lengths at a time.
class SubscriptSearch {
public:
  SubscriptSearch(const Expr *index, const std::vector<const Expr *> &conditions, const Dim &extent)
      : index(index), conditions(conditions), extent(extent), vars(decidingIndices(index, conditions)) {}

  BoundCheck at(const Lengths &lengths);
  /// The lengths that it depends on.
  std::vector<Dim::Atom> lengths() const;

private:
  bool visit(const Lengths &lengths, const Point &point, int64_t size, Interval interval, BoundCheck &result) const;

  const Expr *index;
  const std::vector<const Expr *> &conditions;
  const Dim &extent;
  std::vector<const IndexVar *> vars;
  int64_t looked = 0; ///< points so far
};

} // namespace

static void collectLengths(const Expr *expr, std::vector<Dim::Atom> &found) {
  auto add = [&](const Dim &dim) {
    for (const Dim::Atom &length : dim.lengths())
      if (!llvm::is_contained(found, length))
        found.push_back(length);
  };
  if (auto *length = llvm::dyn_cast<Length>(expr))
    add(length->dim);
  if (auto *index = llvm::dyn_cast<Index>(expr); index && index->var->extent)
    add(*index->var->extent);
  if (auto *op = llvm::dyn_cast<Pointwise>(expr))
    for (const Expr *operand : op->operands)
      collectLengths(operand, found);
  if (expr->type.indexBound)
    add(*expr->type.indexBound);
}

std::vector<Dim::Atom> SubscriptSearch::lengths() const {
  std::vector<Dim::Atom> found = extent.lengths();
  collectLengths(index, found);
  for (const IndexVar *var : vars)
    for (const Dim::Atom &length : var->extent ? var->extent->lengths() : std::vector<Dim::Atom>())
      if (!llvm::is_contained(found, length))
        found.push_back(length);
  for (const Expr *condition : conditions)
    collectLengths(condition, found);
  llvm::sort(found);
  return found;
}

/// One point of the box; true if it breaks the promise.
bool SubscriptSearch::visit(const Lengths &lengths, const Point &point, int64_t size, Interval interval,
                            BoundCheck &result) const {
  for (const Expr *condition : conditions)
    if (auto holds = valueAt(condition, point, lengths); holds && !*holds)
      return false;
  auto value = valueAt(index, point, lengths);
  if (!value) {
    // A value that depends on data: only its type can promise something.
    result.verdict = !interval ? BoundCheck::Verdict::Unbounded : BoundCheck::Verdict::Outside;
    result.value = interval ? (interval->first < 0 ? interval->first : interval->second) : 0;
    return true;
  }
  if (*value >= 0 && *value < size)
    return false;
  result.verdict = BoundCheck::Verdict::Outside;
  result.value = *value;
  for (const IndexVar *var : vars)
    result.where += (result.where.empty() ? "" : ", ") + var->name + " = " + std::to_string(point.at(var));
  return true;
}

BoundCheck SubscriptSearch::at(const Lengths &lengths) {
  using Verdict = BoundCheck::Verdict;
  auto size = extent.with(lengths).constant();
  Interval interval = intervalOf(index, lengths);
  if (interval && size && interval->first >= 0 && interval->second < *size)
    return {Verdict::Inside, 0, ""};
  if (!size)
    return {};
  int64_t points = 1;
  for (const IndexVar *var : vars) {
    auto own = var->extent ? var->extent->with(lengths).constant() : std::nullopt;
    if (!own)
      return {};
    if (*own <= 0)
      return {Verdict::Inside, 0, ""}; // no point at all
    points = std::min<int64_t>(points * *own, int64_t(1) << 40);
  }
  constexpr int64_t mostPoints = 1 << 22;
  looked += points;
  if (looked > mostPoints && interval) // too many to look at: what the interval promises has to do
    return {Verdict::Outside, interval->first < 0 ? interval->first : interval->second, ""};
  if (looked > mostPoints)
    return {Verdict::Unbounded, 0, ""};
  BoundCheck result{Verdict::Inside, 0, ""};
  Point point;
  walk(vars, lengths, point, [&] { return visit(lengths, point, *size, interval, result); });
  return result;
}

BoundCheck checkSubscript(const Expr *index, const std::vector<const Expr *> &given, const Dim &extent,
                          const Lengths &least) {
  using Verdict = BoundCheck::Verdict;
  std::vector<const Expr *> conditions;
  for (const Expr *condition : given)
    splitConjunction(condition, conditions);
  if (auto form = linearForm(index)) {
    LinearForm last;
    last.constant = extent - Dim(1);
    if (isNotNegative(*form, conditions, least) && isNotNegative(*combine(last, *form, -1), conditions, least))
      return {Verdict::Inside, 0, ""};
  }
  if (index->type.indexBound && (*index->type.indexBound == extent))
    return {Verdict::Inside, 0, ""};
  SubscriptSearch search(index, conditions, extent);
  std::vector<Dim::Atom> lengths = search.lengths();
  BoundCheck result;
  constexpr int64_t mostLengths = 1 << 18;
  auto complete = forLengths(lengths, least, mostLengths, [&](const Lengths &values) {
    result = search.at(values);
    if (result.verdict == Verdict::Inside)
      return false;
    result.lengths = values;
    result.forLengths = describe(values, lengths);
    return true;
  });
  if (!complete)
    result.verdict = Verdict::Unbounded;
  return result;
}

} // namespace nn::sema
