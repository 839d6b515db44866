/// Expressions: literals, names, operators, records, selection.
#include "Frontend/Sema/Affine.h"
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

#include <cmath>

using namespace nn::checked;

namespace nn::sema {

Value Checker::eval(const ast::Expr *expr, Env &env) {
  constexpr unsigned deepest = 1000;
  llvm::SaveAndRestore nested(exprDepth, exprDepth + 1);
  if (exprDepth > deepest) {
    if (!std::exchange(tooDeep, true))
      refuse("an expression of more than " + std::to_string(deepest) + " nested operations", expr->range,
             "name its parts on lines of their own");
    return error();
  }
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
  if (value.kind == Value::Kind::Callable && value.callable->kind == Callable::Kind::Computed)
    return computedConstant(*value.callable, expr->range);
  if (!value.isTensor() && value.kind != Value::Kind::Record)
    return value;
  bool foreign = false;
  value = mapLeaves(value, [&](Expr *leaf) {
    leaf = capture(leaf);
    foreign |= leaf->owner && leaf->owner != frame->function;
    return leaf;
  });
  if (!foreign)
    return value;
  if (frame == &initFrame && !initialOf.empty())
    diags.report(diag::InitialValueDepends, expr->range, initialOf);
  else
    refuse("a function that uses values of a call that is over", expr->range);
  return error();
}

/// What a name is to fields that are paths, as those of `params(net)` are: the one that ends in it, or all that lie
/// below it.
static std::optional<Value> partAlongPaths(const Value &record, llvm::StringRef name) {
  std::vector<Value> ends;
  Value below;
  below.kind = Value::Kind::Record;
  for (const auto &[path, value] : record.fields) {
    size_t at = ("." + path + ".").find("." + name.str() + ".");
    if (at == std::string::npos)
      continue;
    llvm::StringRef rest = llvm::StringRef(path).drop_front(at + name.size());
    if (rest.empty())
      ends.push_back(value);
    else
      below.fields.push_back({rest.drop_front().str(), value});
  }
  if (ends.size() == 1 && below.fields.empty())
    return ends[0];
  return ends.empty() && !below.fields.empty() ? std::optional(below) : std::nullopt;
}

Value Checker::recordField(const Value &record, const ast::Member *expr) {
  llvm::StringRef field = expr->field.text;
  std::vector<std::string> names;
  for (auto &[name, value] : record.fields) {
    if (name == field)
      return value;
    names.push_back(name);
  }
  if (expr->position && *expr->position < record.fields.size())
    return record.fields[*expr->position].second;
  if (std::optional<Value> part = partAlongPaths(record, field))
    return *part;
  diags.report(diag::UnknownField, expr->field.range, field, record.describe())
      .didYouMean(expr->field.range, field, names)
      .oncePerFile();
  return error();
}

/// True if a line of the model gives this name to a value, which a call of `M.name` then gives.
static bool isValueInside(const Callable &model, llvm::StringRef name) {
  if (!model.decl || !model.decl->block || name.contains('.'))
    return false;
  return llvm::any_of(model.decl->block->statements, [&](const ast::Stmt *stmt) {
    auto *bind = llvm::dyn_cast<ast::Bind>(stmt);
    return bind && llvm::any_of(bind->lhs.names, [&](const ast::Name &own) { return own.text == name; });
  });
}

std::optional<Value> Checker::evalPath(const ast::Member *expr, Env &env) {
  std::string path;
  const ast::Expr *root = expr;
  const Module *module = nullptr;
  for (; auto *member = llvm::dyn_cast<ast::Member>(root); root = member->base) {
    // `my.Net.W` begins at `my.Net`.
    auto *base = llvm::dyn_cast<ast::NameRef>(member->base);
    module = base ? moduleNamed(base->name, base->range, env) : nullptr;
    if (module)
      break;
    path.insert(0, "." + member->field.text);
  }
  Value top = module ? evalModuleMember(*module, llvm::cast<ast::Member>(root)) : Value();
  if (module && (root == expr || top.isError()))
    return top;
  auto *name = llvm::dyn_cast<ast::NameRef>(root);
  // `initial(net).W` begins at a call that makes a model.
  auto *made = llvm::dyn_cast<ast::Call>(root);
  auto *maker = made ? llvm::dyn_cast<ast::NameRef>(made->callee) : nullptr;
  bool isInitial = maker && maker->name == "initial" && !env.find("initial");
  if (isInitial)
    top = eval(made, env);
  if (isInitial && top.isError())
    return top;
  const Value *model = module || isInitial ? &top : name ? env.find(name->name) : nullptr;
  if (name && !model)
    model = lookupTop(name->name, moduleAt(name->range));
  if (!model || model->kind != Value::Kind::Callable || !model->callable->instance)
    return std::nullopt;
  const Callable callable = *model->callable;
  if (isValueInside(callable, path.substr(1))) {
    auto inside = std::make_shared<Callable>(callable);
    inside->peek = path.substr(1);
    return Value::ofCallable(inside);
  }
  auto find = [&] { return parameterIndex.find(callable.instance->path + path); };
  if (llvm::StringRef(path).starts_with(".history.") && find() == parameterIndex.end())
    return curveOf(callable, llvm::StringRef(path).drop_front(strlen(".history.")), expr);
  if (find() == parameterIndex.end()) {
    // A function that nobody calls may still ask for the parameters of a model.
    llvm::SaveAndRestore outside(frame, frame->generic ? &initFrame : frame);
    std::string prefix = callable.instance->path + ".";
    bool used = llvm::any_of(program->parameters, [&](const Parameter &parameter) {
      return llvm::StringRef(parameter.path).starts_with(prefix);
    });
    if (!used && callable.decl && !makeParameters(callable, expr->range))
      return error();
  }
  if (find() == parameterIndex.end())
    return unknownInModel(callable, path.substr(1), expr->field, expr->range);
  const Parameter &parameter = program->parameters[find()->second];
  Expr *read = parameterRead(parameter, callable.initial, expr->range);
  auto solved = solvedParameters.find(parameter.path);
  return Value::ofTensor(solved == solvedParameters.end() ? read : expanded(*solved->second, read));
}

Value Checker::unknownInModel(const Callable &model, llvm::StringRef path, const ast::Name &last, SourceRange range) {
  std::string prefix = model.instance->path + ".";
  std::vector<std::string> names;
  for (auto &parameter : program->parameters)
    if (llvm::StringRef(parameter.path).starts_with(prefix))
      names.push_back(parameter.path.substr(prefix.size()));
  for (const std::string &known : names)
    if (llvm::StringRef(known).starts_with((path + ".").str())) {
      refuse("a part of a model as a value", range,
             llvm::join_items("", "its parameters can be read: `", prefix, known, "`"));
      return error();
    }
  auto &report = diags.report(diag::UnknownParameter, last.range, path, model.instance->path);
  if (auto best = closest(path, names))
    report.help("did you mean `" + prefix + best->str() + "`?");
  else if (!names.empty())
    report.help("it has " + llvm::join(llvm::ArrayRef(names).take_front(8), ", "));
  return error();
}

Value Checker::evalMember(const ast::Member *expr, Env &env) {
  if (auto parameter = evalPath(expr, env))
    return *parameter;
  if (foreignModule(expr, env))
    return error();
  Value base = eval(expr->base, env);
  llvm::StringRef field = expr->field.text;
  if (base.isError())
    return error();
  if (base.kind == Value::Kind::Record)
    return recordField(base, expr);
  if (base.kind == Value::Kind::Dataset && field == "names") {
    if (!describe(*base.dataset))
      return error();
    Value names;
    names.kind = Value::Kind::List;
    auto named = llvm::find_if(base.dataset->fields, [](const Field &each) { return !each.classNames.empty(); });
    if (named == base.dataset->fields.end())
      return names;
    for (auto &name : named->classNames) {
      Value text;
      text.kind = Value::Kind::String;
      text.text = name;
      names.fields.push_back({"", text});
    }
    return names;
  }
  if (adviseMember(expr, base))
    return error();
  if (base.kind == Value::Kind::Dataset)
    return splitOf(base, expr);
  auto &report = diags.report(diag::NoFields, expr->field.range, base.describe(), field);
  if (base.isTensor() && (prelude.tops.count(field.str()) || builtins().count(field.str()) || scalarBuiltin(field)))
    report.help("functions are called: `" + field + "(" + diags.sources.text(expr->base->range) + ")`");
  return error();
}

static bool anyError(const Value &whole) {
  return llvm::any_of(whole.fields, [](const NamedValue &field) { return field.second.isError(); });
}

Value Checker::evalRecord(const ast::Record *expr, Env &env) {
  Value record;
  record.kind = Value::Kind::Record;
  for (const ast::Arg &arg : expr->fields) {
    record.fields.push_back({arg.label ? arg.label.text : std::to_string(record.fields.size()), eval(arg.value, env)});
  }
  return anyError(record) ? error() : record;
}

Value Checker::evalList(const ast::List *expr, Env &env) {
  Value list;
  list.kind = Value::Kind::List;
  for (const ast::Expr *element : expr->elements)
    list.fields.push_back({"", eval(element, env)});
  return anyError(list) ? error() : list;
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
  bool texts = a.kind == Value::Kind::String && b.kind == Value::Kind::String;
  if (texts && (expr->op == ast::BinaryOp::Eq || expr->op == ast::BinaryOp::Ne))
    return Value::ofBool((a.text == b.text) == (expr->op == ast::BinaryOp::Eq));
  return pointwise(scalarOf(expr->op), {a, b}, expr->range);
}

Value Checker::pointwise(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  bool allNumbers = true, anyRecord = false;
  for (const Value &operand : operands) {
    if (operand.isError())
      return error();
    allNumbers &= (operand.isNumber() && (inDimension || !operand.batchRows)) || operand.kind == Value::Kind::Bool;
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
      auto sameName = [](const auto &a, const auto &b) { return a.first == b.first; };
      if (model && !llvm::equal(model->fields, operand.fields, sameName)) {
        diags.report(diag::RecordsDiffer, range, model->describe(), operand.describe())
            .label(model->range, model->describe())
            .label(operand.range, operand.describe());
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

/// The values themselves, and in the place of a list its items.
static void collectItems(llvm::ArrayRef<Value> values, std::vector<Value> &items) {
  for (const Value &value : values) {
    if (value.kind != Value::Kind::List) {
      items.push_back(value);
      continue;
    }
    for (auto &[name, item] : value.fields)
      collectItems(item, items);
  }
}

std::optional<Elem> Checker::commonElem(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  std::optional<Elem> elem;
  const Value *first = nullptr;
  bool anyReal = false, anyInteger = false, anyWide = false, anyBool = false;
  std::vector<Value> items;
  collectItems(operands, items);
  for (const Value &operand : items) {
    anyReal |= operand.kind == Value::Kind::Real;
    if (!operand.isTensor()) {
      anyBool |= operand.kind == Value::Kind::Bool;
      anyWide |= operand.kind == Value::Kind::Int && std::abs(operand.asReal().value_or(0)) > INT32_MAX;
      continue;
    }
    Elem own = operand.expr->type.elem;
    anyInteger |= isInteger(own);
    anyWide |= own == Elem::I64;
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
  if (anyInteger || anyWide)
    return anyWide ? Elem::I64 : Elem::I32;
  return anyBool ? Elem::Bool : Elem::I32;
}

static bool isLogical(ScalarOp op) { return op == ScalarOp::And || op == ScalarOp::Or || op == ScalarOp::Not; }

/// The n of a choice between values of type `index(n)`, or between one and a number among 0 .. n-1.
static std::optional<Dim> boundOfChoice(const Expr *a, const Expr *b) {
  if (!a->type.indexBound)
    std::swap(a, b);
  std::optional<Dim> bound = a->type.indexBound;
  if (!bound || bound == b->type.indexBound)
    return bound;
  std::optional<Dim> other = llvm::isa<Number>(b) ? smallestBound(b) : std::nullopt;
  return other && other->atMost(*bound).value_or(false) ? bound : std::nullopt;
}

Value Checker::pointwiseTensors(ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range) {
  bool isSelect = op == ScalarOp::Select;
  auto elem = commonElem(op, isSelect ? operands.drop_front() : operands, range);
  if (!elem)
    return error();
  if (isLogical(op))
    elem = Elem::Bool;
  llvm::SmallVector<Expr *> exprs;
  Expr *shaped = nullptr;
  SourceRange shapedAt;
  for (auto [position, operand] : llvm::enumerate(operands)) {
    Elem want = isSelect && position == 0 ? Elem::Bool : *elem;
    Expr *expr = toTensor(operand, want, operand.range);
    if (!expr)
      return error();
    if ((want == Elem::Bool) != (expr->type.elem == Elem::Bool)) {
      if (want == Elem::Bool)
        diags.report(diag::NotACondition, operand.range, expr->type.str()).help("compare it: `x > 0`, `x != 0`");
      else
        diags.report(diag::BoolAsNumber, operand.range).help("`if c then 1 else 0` makes a number of it");
      return error();
    }
    expr = cast(expr, want);
    if (!expr->type.isScalar()) {
      if (shaped && shapesDiffer(shaped->type.axes, expr->type.axes)) {
        auto &report = isSelect
                           ? diags.report(diag::BranchesDiffer, operand.range, shaped->type.str(), expr->type.str())
                           : diags.report(diag::ShapesDiffer, range, shaped->type.str(), expr->type.str());
        report.label(shapedAt, shaped->type.str()).label(operand.range, expr->type.str());
        bool sameRank = shaped->type.rank() == expr->type.rank();
        for (auto *type : {&shaped->type, &expr->type})
          for (auto [i, axis] : llvm::enumerate(type->axes))
            if (sameRank && axis.origin.valid() && axis.origin.file == range.file &&
                shaped->type.axes[i].extent.differs(expr->type.axes[i].extent))
              report.label(axis.origin, axis.extent.str() + " comes from here");
        if (!sameRank && operands.size() == 2)
          adviseBroadcast(report, op, operands[0], operands[1]);
        noteDifference(report, shaped->type.axes, expr->type.axes);
        return error();
      }
      if (!shaped) {
        shaped = expr;
        shapedAt = operand.range;
      }
    }
    exprs.push_back(expr);
  }
  noteDecision(op, exprs);
  Expr *result = scalarOp(op, exprs, range);
  auto *length = exprs.size() == 2 ? llvm::dyn_cast<Length>(exprs[1]) : nullptr;
  if (length && (op == ScalarOp::Mod || op == ScalarOp::FloorDiv))
    neverNegative(length->dim - Dim(1)); // an empty example has nothing to divide by
  if (op == ScalarOp::Mod && exprs.size() == 2 && isInteger(*elem)) {
    if (length)
      result->type.indexBound = length->dim;
    if (auto *divisor = llvm::dyn_cast<Number>(exprs[1]))
      result->type.indexBound = Dim(divisor->integer());
    if (auto *word = llvm::dyn_cast<Ambient>(exprs[1]); word && word->what == AmbientKind::BatchSize)
      result->type.indexBound = batchExtent();
  }
  if (isSelect)
    result->type.indexBound = boundOfChoice(exprs[1], exprs[2]);
  if (result->type.indexBound && result->type.elem == Elem::I64) { // an `index(n)` has 32 bits
    Dim bound = *result->type.indexBound;
    result = cast(result, Elem::I32);
    result->type.indexBound = bound;
  }
  return Value::ofTensor(result);
}

/// One branch of an `if`: in an equation, subscripts in it stay inside their axes where the condition holds, or where
/// it does not.
Value Checker::evalBranch(const ast::Expr *branch, const Value &condition, bool holds, Env &env) {
  bool guards = frame->indices && condition.isTensor() && condition.expr->type.isScalar() &&
                condition.expr->type.elem == Elem::Bool;
  if (!guards)
    return eval(branch, env);
  IndexScope *scope = frame->indices;
  const Expr *guard = holds ? condition.expr : scalarOp(ScalarOp::Not, {condition.expr}, condition.range);
  scope->guards.push_back(guard);
  Value value = eval(branch, env);
  scope->guards.pop_back();
  return value;
}

Value Checker::evalIf(const ast::If *expr, Env &env) {
  Value condition = eval(expr->condition, env);
  if (condition.kind == Value::Kind::Bool)
    return eval(condition.truth ? expr->thenExpr : expr->elseExpr, env);
  Value a = evalBranch(expr->thenExpr, condition, true, env), b = evalBranch(expr->elseExpr, condition, false, env);
  if (condition.isError() || a.isError() || b.isError())
    return error();
  if (!condition.isTensor() || condition.expr->type.elem != Elem::Bool) {
    diags.report(diag::NotACondition, condition.range, condition.describe()).help("compare it: `x > 0`, `x != 0`");
    return error();
  }
  bool records = a.kind == Value::Kind::Record;
  if (records != (b.kind == Value::Kind::Record) || (records && a.fields.size() != b.fields.size())) {
    diags.report(diag::RecordsDiffer, expr->range, a.describe(), b.describe())
        .label(a.range, a.describe())
        .label(b.range, b.describe());
    return error();
  }
  if (!records)
    return pointwise(ScalarOp::Select, {condition, a, b}, expr->range);
  Value result = a;
  for (size_t i = 0; i < a.fields.size(); ++i)
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
    auto text = [&](const Value &side) { return diags.sources.text(side.range).str(); };
    if (p == 2 && q == 1 && !x->type.axes[0].extent.differs(other.extent) && !inLibrary(a.range) && !inLibrary(b.range))
      report.fix(range, text(b) + " @ " + text(a), "`" + text(a) + "` fits from the other side");
    noteDifference(report, inner.extent, other.extent);
    return error();
  }
  llvm::SmallVector<IndexVar *> free;
  llvm::SmallVector<Expr *> left, right;
  IndexVar *k = newIndex("k", inner.extent, range);
  k->batch = inner.batch || other.batch;
  auto freeIndex = [&](const Axis &axis, const char *name) {
    IndexVar *var = newIndex(name, axis.extent, range);
    var->batch = axis.batch;
    var->extentOrigin = axis.origin;
    free.push_back(var);
    return indexValue(var);
  };
  if (p == 2)
    left.push_back(freeIndex(x->type.axes[0], "i"));
  if (p == 2 && inner.extent.isOfRow())
    k->row = left.front();
  left.push_back(indexValue(k));
  right.push_back(indexValue(k));
  if (q == 2)
    right.push_back(freeIndex(y->type.axes[1], "j"));
  Expr *product = scalarOp(ScalarOp::Mul, {at(x, left), at(y, right)}, range);
  Expr *sum = reduceOver(ast::Reducer::Sum, k, product, range);
  return Value::ofTensor(free.empty() ? sum : equation(free, sum, range));
}

} // namespace nn::sema
