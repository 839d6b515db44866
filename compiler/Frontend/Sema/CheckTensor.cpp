/// Values as tensors: numbers known at compile time and arithmetic on them, lists, constants.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace nn::checked;

namespace nn::sema {

// ---- numbers known at compile time

/// A comparison that holds for all lengths, or for none; nothing if it is for each example to say.
static std::optional<Value> foldLengths(ScalarOp op, const Dim &a, const Dim &b) {
  auto never = [](const Dim &dim) { return dim.range().first >= 0; };
  auto decided = [&](const Dim &yes, const Dim &no) -> std::optional<Value> {
    if (never(yes))
      return Value::ofBool(true);
    return never(no) ? std::optional(Value::ofBool(false)) : std::nullopt;
  };
  switch (op) {
  case ScalarOp::Lt:
    return decided(b - a - Dim(1), a - b);
  case ScalarOp::Le:
    return decided(b - a, a - b - Dim(1));
  case ScalarOp::Gt:
    return decided(a - b - Dim(1), b - a);
  case ScalarOp::Ge:
    return decided(a - b, b - a - Dim(1));
  case ScalarOp::Eq:
  case ScalarOp::Ne:
    if (never(a - b - Dim(1)) || never(b - a - Dim(1)))
      return Value::ofBool(op == ScalarOp::Ne);
    return std::nullopt;
  case ScalarOp::Min:
    return never(b - a) ? std::optional(Value::ofInt(a)) : never(a - b) ? std::optional(Value::ofInt(b)) : std::nullopt;
  case ScalarOp::Max:
    return never(b - a) ? std::optional(Value::ofInt(b)) : never(a - b) ? std::optional(Value::ofInt(a)) : std::nullopt;
  default:
    return std::nullopt;
  }
}

static std::optional<Value> foldIntegers(ScalarOp op, const Dim &a, const Dim &b) {
  bool compares = (op >= ScalarOp::Eq && op <= ScalarOp::Ge) || op == ScalarOp::Min || op == ScalarOp::Max;
  if (compares && (a - b).isBounded())
    return foldLengths(op, a, b);
  switch (op) {
  case ScalarOp::Add:
    return Value::ofInt(a + b);
  case ScalarOp::Sub:
    return Value::ofInt(a - b);
  case ScalarOp::Mul:
    return Value::ofInt(a * b);
  case ScalarOp::Div:
    // A quotient that is exact stays an integer, so that `c / groups` can be a subscript.
    if (auto quotient = a.dividedBy(b))
      return Value::ofInt(*quotient);
    return std::nullopt;
  case ScalarOp::FloorDiv:
    return Value::ofInt(a.floorDiv(b));
  case ScalarOp::Mod:
    return Value::ofInt(a.modulo(b));
  case ScalarOp::Pow:
    if (auto exponent = b.constant(); !exponent || *exponent >= 0)
      return Value::ofInt(a.power(b));
    return std::nullopt;
  case ScalarOp::Eq:
    if (a == b || a.differs(b))
      return Value::ofBool(a == b);
    return Value();
  case ScalarOp::Ne:
    if (a == b || a.differs(b))
      return Value::ofBool(!(a == b));
    return Value();
  default:
    break;
  }
  auto difference = (a - b).constant();
  auto x = a.constant(), y = b.constant();
  switch (op) {
  case ScalarOp::Lt:
    return difference ? Value::ofBool(*difference < 0) : Value();
  case ScalarOp::Le:
    return difference ? Value::ofBool(*difference <= 0) : Value();
  case ScalarOp::Gt:
    return difference ? Value::ofBool(*difference > 0) : Value();
  case ScalarOp::Ge:
    return difference ? Value::ofBool(*difference >= 0) : Value();
  case ScalarOp::Min:
    return x && y ? Value::ofInt(std::min(*x, *y)) : Value();
  case ScalarOp::Max:
    return x && y ? Value::ofInt(std::max(*x, *y)) : Value();
  default:
    return std::nullopt;
  }
}

static std::optional<Value> foldReals(ScalarOp op, double a, double b) {
  switch (op) {
  case ScalarOp::Add:
    return Value::ofReal(a + b);
  case ScalarOp::Sub:
    return Value::ofReal(a - b);
  case ScalarOp::Mul:
    return Value::ofReal(a * b);
  case ScalarOp::Div:
    return Value::ofReal(a / b);
  case ScalarOp::Pow:
    return Value::ofReal(std::pow(a, b));
  case ScalarOp::Min:
    return Value::ofReal(std::fmin(a, b));
  case ScalarOp::Max:
    return Value::ofReal(std::fmax(a, b));
  case ScalarOp::FloorDiv:
    return Value::ofReal(std::floor(a / b));
  case ScalarOp::Mod:
    return Value::ofReal(a - b * std::floor(a / b));
  case ScalarOp::Atan2:
    return Value::ofReal(std::atan2(a, b));
  case ScalarOp::Eq:
    return Value::ofBool(a == b);
  case ScalarOp::Ne:
    return Value::ofBool(a != b);
  case ScalarOp::Lt:
    return Value::ofBool(a < b);
  case ScalarOp::Le:
    return Value::ofBool(a <= b);
  case ScalarOp::Gt:
    return Value::ofBool(a > b);
  case ScalarOp::Ge:
    return Value::ofBool(a >= b);
  default:
    return std::nullopt;
  }
}

static std::optional<Value> foldReal(ScalarOp op, double a) {
  switch (op) {
  case ScalarOp::Neg:
    return Value::ofReal(-a);
  case ScalarOp::Exp:
    return Value::ofReal(std::exp(a));
  case ScalarOp::Log:
    return Value::ofReal(std::log(a));
  case ScalarOp::Sqrt:
    return Value::ofReal(std::sqrt(a));
  case ScalarOp::Tanh:
    return Value::ofReal(std::tanh(a));
  case ScalarOp::Sin:
    return Value::ofReal(std::sin(a));
  case ScalarOp::Cos:
    return Value::ofReal(std::cos(a));
  case ScalarOp::Erf:
    return Value::ofReal(std::erf(a));
  case ScalarOp::Abs:
    return Value::ofReal(std::fabs(a));
  case ScalarOp::Floor:
    return Value::ofReal(std::floor(a));
  case ScalarOp::Log1p:
    return Value::ofReal(std::log1p(a));
  case ScalarOp::Expm1:
    return Value::ofReal(std::expm1(a));
  case ScalarOp::Sign:
    return Value::ofReal(a > 0 ? 1 : a < 0 ? -1 : 0);
  default:
    return std::nullopt;
  }
}

/// One formula for all numbers: it asks for none of them.
static bool isFormula(ScalarOp op) {
  switch (op) {
  case ScalarOp::Add:
  case ScalarOp::Sub:
  case ScalarOp::Mul:
  case ScalarOp::Div:
  case ScalarOp::Pow:
  case ScalarOp::Neg:
  case ScalarOp::Exp:
  case ScalarOp::Log:
  case ScalarOp::Sqrt:
  case ScalarOp::Tanh:
  case ScalarOp::Sin:
  case ScalarOp::Cos:
  case ScalarOp::Erf:
  case ScalarOp::Log1p:
  case ScalarOp::Expm1:
    return true;
  default:
    return false;
  }
}

/// A number that stands for one of dimension variables that are open.
static bool isOpen(const Expr *expr) {
  while (auto *cast = llvm::dyn_cast_or_null<Pointwise>(expr)) {
    if (cast->op != ScalarOp::Cast)
      return false;
    expr = cast->operands[0];
  }
  auto *literal = llvm::dyn_cast_or_null<Number>(expr);
  return literal && (literal->open || std::isnan(literal->value));
}

void Checker::noteDecision(ScalarOp op, llvm::ArrayRef<Expr *> operands) {
  auto isNumber = [](const Expr *expr) { return llvm::isa<Number>(expr) || isOpen(expr); };
  if (sizesOpen && !isFormula(op) && llvm::all_of(operands, isNumber))
    sizesDecide |= llvm::any_of(operands, isOpen);
}

void Checker::noteArgument(const Expr *argument) { sizesDecide |= sizesOpen && isOpen(argument); }

std::optional<Value> Checker::foldNumbers(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  for (const Value &operand : operands)
    if (operand.setting)
      settingsPinned.insert(operand.settingName);
  if (op == ScalarOp::Not && operands[0].kind == Value::Kind::Bool)
    return Value::ofBool(!operands[0].truth);
  if (operands.size() == 2 && operands[0].kind == Value::Kind::Bool && operands[1].kind == Value::Kind::Bool) {
    bool a = operands[0].truth, b = operands[1].truth;
    if (op == ScalarOp::And || op == ScalarOp::Or)
      return Value::ofBool(op == ScalarOp::And ? a && b : a || b);
    return Value::ofBool(op == ScalarOp::Eq ? a == b : a != b);
  }
  if (operands.size() == 2 && operands[0].kind == Value::Kind::Int && operands[1].kind == Value::Kind::Int) {
    const Dim &a = operands[0].integer, &b = operands[1].integer;
    if ((op == ScalarOp::FloorDiv || op == ScalarOp::Mod || op == ScalarOp::Div) && b == Dim(0)) {
      diags.report(diag::DivisionByZero, range);
      return Value();
    }
    if (op == ScalarOp::FloorDiv || op == ScalarOp::Mod)
      neverNegative(b - Dim(1)); // an empty example has nothing to divide by
    if (auto folded = foldIntegers(op, a, b)) {
      sizesDecide |= folded->isError();
      return folded;
    }
  }
  if (op == ScalarOp::Neg && operands[0].kind == Value::Kind::Int)
    return Value::ofInt(Dim(0) - operands[0].integer);
  auto a = operands[0].asReal();
  auto b = operands.size() == 2 ? operands[1].asReal() : std::optional<double>(0);
  bool lengths = llvm::any_of(
      operands, [](const Value &value) { return value.kind == Value::Kind::Int && value.integer.isBounded(); });
  if (lengths)
    return std::nullopt; // for each example to compute
  if (!a || !b) {        // an open dimension variable: nothing to say, but that a formula of numbers is a number
    sizesDecide |= !isFormula(op);
    return sizesOpen && isFormula(op) ? Value::ofReal(std::nan("")) : Value();
  }
  if (sizesOpen && (std::isnan(*a) || std::isnan(*b)))
    sizesDecide |= !isFormula(op);
  return operands.size() == 2 ? foldReals(op, *a, *b) : foldReal(op, *a);
}

// ---- values as tensors

Expr *Checker::toTensor(const Value &value, std::optional<Elem> elem, SourceRange range) {
  switch (value.kind) {
  case Value::Kind::Tensor:
    return value.expr;
  case Value::Kind::Bool:
    return number(value.truth, Elem::Bool, range);
  case Value::Kind::Int:
  case Value::Kind::Real: {
    auto real = value.asReal();
    Elem whole = std::fabs(real.value_or(0)) > INT32_MAX ? Elem::I64 : Elem::I32;
    Elem own = elem.value_or(value.kind == Value::Kind::Int ? whole : realHere());
    if (own == Elem::Bool)
      own = Elem::I32;
    if (value.kind == Value::Kind::Real && !isFloat(own))
      own = realHere(); // floats never become integers
    if (value.batchRows) {
      auto *rows = make<Ambient>({Elem::I32, std::nullopt, {}}, range);
      rows->owner = nullptr;
      rows->what = AmbientKind::BatchSize;
      return cast(rows, own);
    }
    if (value.kind == Value::Kind::Int && value.integer.isBounded()) {
      if (!value.integer.isOfRow())
        return cast(lengthNumber(value.integer, range), own);
      refuse("the length of another row of a batch as a number", range);
      return nullptr;
    }
    if (value.setting && isFloat(own)) {
      auto known = llvm::find_if(program->settings, [&](auto &var) { return var.name == value.settingName; });
      if (known == program->settings.end())
        known = program->settings.insert(known, {value.settingName, *real, own});
      auto *setting = make<Setting>({known->elem, std::nullopt, {}}, range);
      setting->owner = nullptr;
      setting->setting = value.settingName;
      return cast(setting, own);
    }
    integerOf(value); // an integer is part of the program: no setting
    if (own == Elem::I32 && real && std::fabs(*real) > INT32_MAX) {
      diags.report(diag::IntegerTooLarge, range, value.describe());
      return nullptr;
    }
    bool isWhole = own == Elem::I64 && value.kind == Value::Kind::Int && value.integer.constant();
    Expr *literal = isWhole ? wholeNumber(*value.integer.constant(), range) : number(real.value_or(1), own, range);
    if (!real)
      llvm::cast<Number>(literal)->open = value.integer;
    return literal;
  }
  case Value::Kind::List:
    return listToTensor(value, elem, range);
  case Value::Kind::Error:
    return nullptr;
  default:
    // One value in a wrong place is one mistake, however often it is used.
    if (notTensors.insert(value.describe() + diags.sources.text(range).str()).second)
      adviseValue(diags.report(diag::NotATensor, range, value.describe()), value);
    return nullptr;
  }
}

Expr *Checker::listToTensor(const Value &value, std::optional<Elem> elem, SourceRange range) {
  if (value.fields.empty()) {
    diags.report(diag::EmptyList, range);
    return nullptr;
  }
  std::optional<Elem> own = elem ? elem : commonElem(ScalarOp::Add, value, range);
  if (!own)
    return nullptr;
  llvm::SmallVector<Expr *> parts;
  for (auto &[name, item] : value.fields) {
    Expr *part = toTensor(item, own, item.range.valid() ? item.range : range);
    if (!part)
      return nullptr;
    part = cast(part, *own);
    if (!parts.empty() && shapesDiffer(parts[0]->type.axes, part->type.axes)) {
      auto &report = diags.report(diag::ListShapesDiffer, item.range.valid() ? item.range : range, parts[0]->type.str(),
                                  part->type.str());
      noteDifference(report, parts[0]->type.axes, part->type.axes);
      return nullptr;
    }
    parts.push_back(part);
  }
  TensorType type = parts[0]->type;
  type.axes.insert(type.axes.begin(), Axis{Dim(int64_t(parts.size())), "", range, false});
  std::vector<double> values;
  for (Expr *part : parts) {
    if (auto *literal = llvm::dyn_cast<Number>(part); literal && !literal->exact)
      values.push_back(literal->value);
    else if (auto *constant = llvm::dyn_cast<Constant>(part))
      values.insert(values.end(), constant->values.begin(), constant->values.end());
    else
      values.clear();
    if (values.empty())
      break;
  }
  if (!values.empty()) {
    auto *constant = make<Constant>(type, range);
    constant->owner = nullptr;
    constant->values = std::move(values);
    return constant;
  }
  // Not all known: element k is chosen by comparing the index.
  IndexVar *var = newIndex("k", Dim(int64_t(parts.size())), range);
  var->extentOrigin = range;
  Expr *chosen = parts.back();
  for (size_t k = parts.size() - 1; k-- > 0;)
    chosen = scalarOp(
        ScalarOp::Select,
        {scalarOp(ScalarOp::Eq, {indexValue(var), number(double(k), Elem::I32, range)}, range), parts[k], chosen},
        range);
  return equation(var, chosen, range);
}

} // namespace nn::sema
