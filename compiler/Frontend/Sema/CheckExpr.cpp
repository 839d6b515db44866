/// Expressions: literals, names, operators, records, selection.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace nn::checked;

namespace nn::sema {

Value Checker::eval(const ast::Expr *expr, Env &env) {
  Value value = llvm::TypeSwitch<const ast::Expr *, Value>(expr)
                    .Case([&](const ast::IntLit *lit) { return Value::ofInt(int64_t(lit->value)); })
                    .Case([&](const ast::FloatLit *lit) { return Value::ofReal(lit->value); })
                    .Case([&](const ast::BoolLit *lit) { return Value::ofBool(lit->value); })
                    .Case([&](const ast::Inf *) { return Value::ofReal(INFINITY); })
                    .Case([&](const ast::StringLit *lit) {
                      Value text;
                      text.kind = Value::Kind::String;
                      text.text = lit->value;
                      return text;
                    })
                    .Case([&](const ast::Paren *paren) { return eval(paren->inner, env); })
                    .Case([&](const ast::NameRef *name) { return evalName(name, env); })
                    .Case([&](const ast::ReducerRef *word) {
                      auto callable = std::make_shared<Callable>();
                      callable->kind = Callable::Kind::Reducer;
                      callable->reducer = word->reducer;
                      return Value::ofCallable(callable);
                    })
                    .Case([&](const ast::Member *member) { return evalMember(member, env); })
                    .Case([&](const ast::Call *call) { return evalCall(call, env); })
                    .Case([&](const ast::Index *index) { return evalIndex(index, env); })
                    .Case([&](const ast::Unary *unary) { return evalUnary(unary, env); })
                    .Case([&](const ast::Binary *binary) { return evalBinary(binary, env); })
                    .Case([&](const ast::Pipe *pipe) { return evalPipe(pipe, env); })
                    .Case([&](const ast::If *choice) { return evalIf(choice, env); })
                    .Case([&](const ast::Lambda *lambda) { return evalLambda(lambda, env); })
                    .Case([&](const ast::Reduce *reduce) { return evalReduce(reduce, env); })
                    .Case([&](const ast::Record *record) { return evalRecord(record, env); })
                    .Case([&](const ast::List *list) { return evalList(list, env); });
  value.range = expr->range;
  return value;
}

Value Checker::evalName(const ast::NameRef *expr, Env &env) {
  const Value *found = lookup(expr->name, expr->range, env);
  if (!found)
    return error();
  Value value = *found;
  if (value.isTensor() || value.kind == Value::Kind::Record)
    return mapLeaves(value, [&](Expr *leaf) { return capture(leaf); });
  return value;
}

Value Checker::evalMember(const ast::Member *expr, Env &env) {
  Value base = eval(expr->base, env);
  llvm::StringRef field = expr->field.text;
  if (base.isError())
    return error();
  if (base.kind == Value::Kind::Record) {
    std::vector<std::string> names;
    for (auto &[name, value] : base.fields) {
      if (name == field)
        return value;
      names.push_back(name);
    }
    if (expr->position && *expr->position < base.fields.size())
      return base.fields[*expr->position].second;
    diags.report(diag::UnknownField, expr->field.range, field, base.describe())
        .didYouMean(expr->field.range, field, names);
    return error();
  }
  if (base.kind == Value::Kind::Dataset && field == "names") {
    Value names;
    names.kind = Value::Kind::List;
    for (auto &dataField : base.dataset->fields)
      for (auto &name : dataField.classNames) {
        Value text;
        text.kind = Value::Kind::String;
        text.text = name;
        names.fields.push_back({"", text});
      }
    return names;
  }
  if (base.kind == Value::Kind::Dataset) {
    refuse("a part of a data set as a value", expr->range);
    return error();
  }
  if (base.kind == Value::Kind::Callable && base.callable->instance) {
    auto found = parameterIndex.find(base.callable->instance->path + "." + field.str());
    if (found != parameterIndex.end()) {
      const Parameter &parameter = program->parameters[found->second];
      auto *read = make<Param>(parameter.type, expr->range);
      read->owner = nullptr;
      read->path = parameter.path;
      return Value::ofTensor(read);
    }
    std::vector<std::string> names;
    std::string prefix = base.callable->instance->path + ".";
    for (auto &parameter : program->parameters)
      if (llvm::StringRef(parameter.path).starts_with(prefix))
        names.push_back(parameter.path.substr(prefix.size()));
    diags.report(diag::UnknownParameter, expr->field.range, field, base.callable->instance->path)
        .didYouMean(expr->field.range, field, names);
    return error();
  }
  diags.report(diag::NoFields, expr->field.range, base.describe(), field);
  return error();
}

Value Checker::evalRecord(const ast::Record *expr, Env &env) {
  Value record;
  record.kind = Value::Kind::Record;
  for (const ast::Arg &arg : expr->fields) {
    Value value = eval(arg.value, env);
    if (value.isError())
      return error();
    record.fields.push_back({arg.label ? arg.label.text : std::to_string(record.fields.size()), value});
  }
  return record;
}

Value Checker::evalList(const ast::List *expr, Env &env) {
  Value list;
  list.kind = Value::Kind::List;
  for (const ast::Expr *element : expr->elements) {
    Value value = eval(element, env);
    if (value.isError())
      return error();
    list.fields.push_back({"", value});
  }
  return list;
}

Value Checker::evalLambda(const ast::Lambda *expr, Env &env) {
  auto callable = std::make_shared<Callable>();
  callable->kind = Callable::Kind::Lambda;
  callable->lambda = expr;
  callable->env = std::make_shared<Env>(env);
  callable->self = frame ? frame->self : &program_;
  callable->range = expr->range;
  return Value::ofCallable(callable);
}

// ---- numbers known at compile time

static std::optional<double> asReal(const Value &value) {
  if (value.kind == Value::Kind::Real)
    return value.real;
  if (value.kind == Value::Kind::Int)
    if (auto number = value.integer.constant())
      return double(*number);
  return std::nullopt;
}

static std::optional<Value> foldIntegers(ScalarOp op, const Dim &a, const Dim &b) {
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
    if (auto folded = foldIntegers(op, a, b))
      return folded;
  }
  if (op == ScalarOp::Neg && operands[0].kind == Value::Kind::Int)
    return Value::ofInt(Dim(0) - operands[0].integer);
  auto a = asReal(operands[0]);
  auto b = operands.size() == 2 ? asReal(operands[1]) : std::optional<double>(0);
  if (!a || !b)
    return Value(); // an open dimension variable: nothing to say
  return operands.size() == 2 ? foldReals(op, *a, *b) : foldReal(op, *a);
}

// ---- operators

Value Checker::evalUnary(const ast::Unary *expr, Env &env) {
  Value operand = eval(expr->operand, env);
  return pointwise(expr->op == ast::UnaryOp::Neg ? ScalarOp::Neg : ScalarOp::Not, operand, expr->range);
}

static ScalarOp scalarOf(ast::BinaryOp op) {
  switch (op) {
  case ast::BinaryOp::Add:
    return ScalarOp::Add;
  case ast::BinaryOp::Sub:
    return ScalarOp::Sub;
  case ast::BinaryOp::Mul:
    return ScalarOp::Mul;
  case ast::BinaryOp::Div:
    return ScalarOp::Div;
  case ast::BinaryOp::Mod:
    return ScalarOp::Mod;
  case ast::BinaryOp::Pow:
    return ScalarOp::Pow;
  case ast::BinaryOp::Eq:
    return ScalarOp::Eq;
  case ast::BinaryOp::Ne:
    return ScalarOp::Ne;
  case ast::BinaryOp::Lt:
    return ScalarOp::Lt;
  case ast::BinaryOp::Le:
    return ScalarOp::Le;
  case ast::BinaryOp::Gt:
    return ScalarOp::Gt;
  case ast::BinaryOp::Ge:
    return ScalarOp::Ge;
  case ast::BinaryOp::And:
    return ScalarOp::And;
  case ast::BinaryOp::Or:
    return ScalarOp::Or;
  case ast::BinaryOp::MatMul:
    break;
  }
  return ScalarOp::Mul;
}

Value Checker::evalBinary(const ast::Binary *expr, Env &env) {
  Value a = eval(expr->lhs, env), b = eval(expr->rhs, env);
  if (a.isError() || b.isError())
    return error();
  if (expr->op == ast::BinaryOp::MatMul)
    return matmul(a, b, expr->range);
  return pointwise(scalarOf(expr->op), {a, b}, expr->range);
}

Value Checker::pointwise(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  bool allNumbers = true, anyRecord = false;
  for (const Value &operand : operands) {
    if (operand.isError())
      return error();
    allNumbers &= operand.isNumber() || operand.kind == Value::Kind::Bool;
    anyRecord |= operand.kind == Value::Kind::Record;
  }
  // A setting alone stays a setting until it meets something.
  if (allNumbers && op != ScalarOp::Select)
    if (auto folded = foldNumbers(op, operands, range))
      return *folded;
  return anyRecord ? pointwiseRecords(op, operands, range) : pointwiseTensors(op, operands, range);
}

Value Checker::pointwiseRecords(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  const Value *model = nullptr;
  for (const Value &operand : operands)
    if (operand.kind == Value::Kind::Record) {
      if (model && model->fields.size() != operand.fields.size()) {
        diags.report(diag::RecordsDiffer, range, model->describe(), operand.describe());
        return error();
      }
      model = model ? model : &operand;
    }
  Value result = *model;
  result.ranking = false;
  for (size_t i = 0; i < model->fields.size(); ++i) {
    llvm::SmallVector<Value, 2> parts;
    for (const Value &operand : operands)
      parts.push_back(operand.kind == Value::Kind::Record ? operand.fields[i].second : operand);
    result.fields[i].second = pointwise(op, parts, range);
    if (result.fields[i].second.isError())
      return error();
  }
  return result;
}

std::optional<Elem> Checker::commonElem(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  std::optional<Elem> elem;
  const Value *first = nullptr;
  bool anyReal = false, anyInteger = false, anyBool = false;
  for (const Value &operand : operands) {
    anyReal |= operand.kind == Value::Kind::Real;
    if (!operand.isTensor()) {
      anyBool |= operand.kind == Value::Kind::Bool;
      continue;
    }
    Elem own = operand.expr->type.elem;
    anyInteger |= isInteger(own);
    anyBool |= own == Elem::Bool;
    if (!isFloat(own))
      continue;
    if (elem && *elem != own) {
      diags.report(diag::ElementTypesDiffer, range, first->expr->type.str(), operand.expr->type.str())
          .label(first->range, first->expr->type.str())
          .label(operand.range, operand.expr->type.str());
      return std::nullopt;
    }
    elem = own;
    first = &operand;
  }
  bool real = op == ScalarOp::Div || (op >= ScalarOp::Exp && op != ScalarOp::Abs && op != ScalarOp::Sign);
  if (elem)
    return elem;
  if (anyReal || (real && !anyBool) || (op == ScalarOp::Pow && anyReal))
    return realHere();
  if (anyInteger)
    return Elem::I32;
  return anyBool ? Elem::Bool : Elem::I32;
}

static bool isLogical(ScalarOp op) { return op == ScalarOp::And || op == ScalarOp::Or || op == ScalarOp::Not; }

Value Checker::pointwiseTensors(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  bool isSelect = op == ScalarOp::Select;
  auto elem = commonElem(op, isSelect ? operands.drop_front() : operands, range);
  if (!elem)
    return error();
  if (isLogical(op))
    elem = Elem::Bool;
  llvm::SmallVector<Expr *> exprs;
  const Value *shaped = nullptr;
  for (auto [position, operand] : llvm::enumerate(operands)) {
    Elem want = isSelect && position == 0 ? Elem::Bool : *elem;
    Expr *expr = toTensor(operand, want, operand.range);
    if (!expr)
      return error();
    if ((want == Elem::Bool) != (expr->type.elem == Elem::Bool)) {
      if (want == Elem::Bool)
        diags.report(diag::NotACondition, operand.range, expr->type.str());
      else
        diags.report(diag::BoolAsNumber, operand.range);
      return error();
    }
    expr = cast(expr, want);
    if (!expr->type.isScalar()) {
      if (shaped && shapesDiffer(shaped->expr->type.axes, expr->type.axes)) {
        auto &report = diags.report(diag::ShapesDiffer, range, shaped->expr->type.str(), expr->type.str());
        report.label(shaped->range, shaped->expr->type.str()).label(operand.range, expr->type.str());
        for (auto *type : {&shaped->expr->type, &expr->type})
          for (auto [i, axis] : llvm::enumerate(type->axes))
            if (axis.origin.valid() && axis.origin.file == range.file &&
                (shaped->expr->type.rank() != expr->type.rank() ||
                 shaped->expr->type.axes[i].extent.differs(expr->type.axes[i].extent)))
              report.label(axis.origin, axis.extent.str() + " comes from here");
        return error();
      }
      if (!shaped)
        shaped = &operand;
    }
    exprs.push_back(expr);
  }
  // `shaped` points at an operand whose tensor may have been cast; its shape is the same.
  Expr *result = scalarOp(op, exprs, range);
  if (op == ScalarOp::Mod && exprs.size() == 2)
    if (auto *divisor = llvm::dyn_cast<Number>(exprs[1]); divisor && isInteger(*elem))
      result->type.indexBound = Dim(int64_t(divisor->value));
  return Value::ofTensor(result);
}

Value Checker::evalIf(const ast::If *expr, Env &env) {
  Value condition = eval(expr->condition, env);
  if (condition.kind == Value::Kind::Bool)
    return eval(condition.truth ? expr->thenExpr : expr->elseExpr, env);
  Value a = eval(expr->thenExpr, env), b = eval(expr->elseExpr, env);
  if (condition.isError() || a.isError() || b.isError())
    return error();
  if (!condition.isTensor() || condition.expr->type.elem != Elem::Bool) {
    diags.report(diag::NotACondition, condition.range, condition.describe());
    return error();
  }
  if (a.kind != Value::Kind::Record || b.kind != Value::Kind::Record)
    return pointwise(ScalarOp::Select, {condition, a, b}, expr->range);
  Value result = a;
  for (size_t i = 0; i < a.fields.size() && i < b.fields.size(); ++i)
    result.fields[i].second =
        pointwise(ScalarOp::Select, {condition, a.fields[i].second, b.fields[i].second}, expr->range);
  return result;
}

Value Checker::matmul(const Value &a, const Value &b, SourceRange range) {
  Expr *x = toTensor(a, std::nullopt, a.range), *y = toTensor(b, std::nullopt, b.range);
  if (!x || !y)
    return error();
  auto elem = commonElem(ScalarOp::Mul, {Value::ofTensor(x), Value::ofTensor(y)}, range);
  if (!elem)
    return error();
  x = cast(x, *elem);
  y = cast(y, *elem);
  unsigned p = x->type.rank(), q = y->type.rank();
  if (p == 0 || q == 0 || p > 2 || q > 2) {
    diags.report(diag::MatmulRank, range, x->type.str(), y->type.str())
        .label(a.range, x->type.str())
        .label(b.range, y->type.str());
    return error();
  }
  const Axis &inner = x->type.axes.back(), &other = y->type.axes.front();
  if (inner.extent.differs(other.extent)) {
    std::string left = p == 2 ? " columns" : " entries", right = q == 2 ? " rows" : " entries";
    auto &report = diags.report(diag::MatmulMismatch, range, inner.extent.str() + left, other.extent.str() + right);
    report.label(a.range, x->type.str()).label(b.range, y->type.str());
    if (inner.origin.valid())
      report.label(inner.origin, inner.extent.str() + " comes from here");
    if (other.origin.valid())
      report.label(other.origin, other.extent.str() + " comes from here");
    return error();
  }
  llvm::SmallVector<IndexVar *> free;
  llvm::SmallVector<Expr *> left, right;
  IndexVar *k = newIndex("k", inner.extent, range);
  k->batch = inner.batch;
  auto freeIndex = [&](const Axis &axis, const char *name) {
    IndexVar *var = newIndex(name, axis.extent, range);
    var->batch = axis.batch;
    var->extentOrigin = axis.origin;
    free.push_back(var);
    return indexValue(var);
  };
  if (p == 2)
    left.push_back(freeIndex(x->type.axes[0], "i"));
  left.push_back(indexValue(k));
  right.push_back(indexValue(k));
  if (q == 2)
    right.push_back(freeIndex(y->type.axes[1], "j"));
  Expr *product = scalarOp(ScalarOp::Mul, {at(x, left), at(y, right)}, range);
  Expr *sum = reduceOver(ast::Reducer::Sum, k, product, range);
  return Value::ofTensor(free.empty() ? sum : equation(free, sum, range));
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
    Elem own = elem.value_or(value.kind == Value::Kind::Int ? Elem::I32 : realHere());
    if (own == Elem::Bool)
      own = Elem::I32;
    auto real = asReal(value);
    if (value.setting && isFloat(own)) {
      auto *setting = make<Setting>({own, std::nullopt, {}}, range);
      setting->owner = nullptr;
      setting->setting = value.settingName;
      setting->name = std::to_string(*real);
      bool known = false;
      for (auto &var : program->settings)
        known |= var.name == value.settingName;
      if (!known)
        program->settings.push_back({value.settingName, *real, own});
      return setting;
    }
    Expr *literal = number(real.value_or(1), own, range);
    if (!real)
      llvm::cast<Number>(literal)->open = value.integer;
    return literal;
  }
  case Value::Kind::List:
    return listToTensor(value, elem, range);
  case Value::Kind::Error:
    return nullptr;
  default:
    diags.report(diag::NotATensor, range, value.describe());
    return nullptr;
  }
}

Expr *Checker::listToTensor(const Value &value, std::optional<Elem> elem, SourceRange range) {
  if (value.fields.empty()) {
    diags.report(diag::EmptyList, range);
    return nullptr;
  }
  bool anyReal = false;
  for (auto &[name, item] : value.fields)
    anyReal |= item.kind != Value::Kind::Int;
  std::optional<Elem> own = elem;
  for (auto &[name, item] : value.fields)
    if (item.isTensor() && !own)
      own = item.expr->type.elem;
  if (!own)
    own = anyReal ? realHere() : Elem::I32;
  llvm::SmallVector<Expr *> parts;
  for (auto &[name, item] : value.fields) {
    Expr *part = toTensor(item, own, item.range.valid() ? item.range : range);
    if (!part)
      return nullptr;
    part = cast(part, *own);
    if (!parts.empty() && shapesDiffer(parts[0]->type.axes, part->type.axes)) {
      diags.report(diag::ListShapesDiffer, range, parts[0]->type.str(), part->type.str());
      return nullptr;
    }
    parts.push_back(part);
  }
  TensorType type = parts[0]->type;
  type.axes.insert(type.axes.begin(), Axis{Dim(int64_t(parts.size())), "", range, false});
  std::vector<double> values;
  for (Expr *part : parts) {
    if (auto *literal = llvm::dyn_cast<Number>(part))
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
