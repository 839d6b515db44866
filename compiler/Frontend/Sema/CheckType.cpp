/// Types: what a written type asks for, and how arguments bind its dimension variables.
#include "Frontend/Sema/Affine.h"
#include "Frontend/Sema/Checker.h"
#include "Frontend/Sema/Habits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

TypeSpec::TypeSpec() = default;
TypeSpec::~TypeSpec() = default;
TypeSpec::TypeSpec(const TypeSpec &) = default;
TypeSpec &TypeSpec::operator=(const TypeSpec &) = default;

std::optional<Dim> Checker::evalDim(const ast::Expr *expr, Env &env) {
  if (auto *binary = llvm::dyn_cast<ast::Binary>(ast::stripParens(expr)); binary && binary->op == ast::BinaryOp::Div) {
    auto a = evalDim(binary->lhs, env), b = evalDim(binary->rhs, env);
    if (!a || !b)
      return std::nullopt;
    if (auto quotient = a->dividedBy(*b))
      return quotient;
    Dim rest = a->modulo(*b);
    if (!rest.isConstant() && !rest.isBounded())
      return a->floorDiv(*b);
    auto &report = diags.report(diag::InexactDimension, expr->range, a->str(), b->str());
    for (auto [side, extent] : {std::pair(binary->lhs, a), std::pair(binary->rhs, b)})
      if (auto *name = llvm::dyn_cast<ast::NameRef>(ast::stripParens(side)))
        if (const Value *bound = env.find(name->name); bound && bound->range.valid() && !inLibrary(bound->range))
          report.label(bound->range, "`" + name->name + "` is " + extent->str() + " here");
    if (auto at = rest.firstDifference(Dim(0)))
      report.note("for " + sema::describe(*at, rest.lengths()) + " it is not; `div(" + a->str() + ", " + b->str() +
                  ")` rounds down");
    return std::nullopt;
  }
  llvm::SaveAndRestore dimension(inDimension, true);
  Value value = eval(expr, env);
  if (value.isError())
    return std::nullopt;
  auto integer = integerOf(value);
  if (!integer) {
    diags.report(diag::NotADimension, expr->range, value.describe());
    return std::nullopt;
  }
  constexpr int64_t largest = INT32_MAX; // indices are i32
  auto constant = integer->constant();
  if (constant && *constant < 0)
    diags.report(diag::NegativeDimension, expr->range, *constant);
  else if (constant && *constant > largest)
    diags.report(diag::DimensionTooLarge, expr->range, *constant);
  else if (integer->isBounded() && integer->storage() > largest)
    diags.report(diag::DimensionTooLarge, expr->range, integer->storage());
  else if (!negativeLength(*integer, expr->range))
    return integer;
  return std::nullopt;
}

std::optional<Shape> Checker::resolveDims(const std::vector<ast::Dim> &dims, Env &env) {
  Shape shape;
  for (const ast::Dim &dim : dims) {
    if (dim.bound && !bindLength(dim, env))
      return std::nullopt;
    if (dim.isRest) {
      const Value *rest = dim.rest ? env.find(dim.rest.text) : nullptr;
      if (!rest || rest->kind != Value::Kind::Shape) {
        diags.report(diag::RestUnknown, dim.range, dim.rest.text);
        return std::nullopt;
      }
      shape.insert(shape.end(), rest->shape.begin(), rest->shape.end());
      continue;
    }
    auto extent = evalDim(dim.extent, env);
    if (!extent)
      return std::nullopt;
    auto *name = llvm::dyn_cast<ast::NameRef>(dim.extent);
    shape.push_back({*extent, dim.label ? dim.label.text : name ? name->name : "", originOf(dim, env), false});
  }
  return shape;
}

SourceRange Checker::originOf(const ast::Dim &dim, const Env &env) const {
  auto *name = llvm::dyn_cast<ast::NameRef>(dim.extent);
  const Value *bound = name ? env.find(name->name) : nullptr;
  if (bound && bound->range.valid() && !inLibrary(bound->range))
    return bound->range;
  return inLibrary(dim.range) ? callSite : dim.range;
}

const ast::Type *Checker::writtenOut(const ast::Type *type) {
  const Module *from = type ? &moduleAt(type->range) : mainModule;
  for (unsigned depth = 0;; ++depth) {
    auto *named = llvm::dyn_cast_or_null<ast::NamedType>(type);
    auto *alias = llvm::dyn_cast_or_null<ast::TypeAlias>(named ? findType(named->name, *from) : nullptr);
    if (!alias)
      return type;
    if (alias->dims.size() != named->dims.size()) {
      diags
          .report(diag::TypeAliasArity, named->range, named->name.text, int64_t(alias->dims.size()),
                  int64_t(named->dims.size()))
          .label(alias->name.range, "`" + named->name.text + "` is declared here");
      return nullptr;
    }
    constexpr unsigned deepest = 32;
    if (depth > deepest) {
      diags.report(diag::DefinedByItself, alias->name.range, named->name.text);
      return nullptr;
    }
    from = &moduleAt(alias->range);
    type = aliases.expand(named, alias);
  }
}

TypeSpec Checker::resolveType(const ast::Type *type, Env &env) {
  TypeSpec spec;
  type = writtenOut(type);
  if (!type)
    return spec;
  spec.range = type->range;
  if (auto *record = llvm::dyn_cast<ast::RecordType>(type)) {
    if (record->fields.size() == 1 && !record->fields[0].label)
      return resolveType(record->fields[0].type, env);
    spec.kind = TypeSpec::Kind::Record;
    for (auto &field : record->fields) {
      spec.fields.push_back(
          {field.label ? field.label.text : std::to_string(spec.fields.size()), resolveType(field.type, env)});
      if (spec.fields.back().second.kind == TypeSpec::Kind::Error)
        return TypeSpec();
    }
    return spec;
  }
  if (llvm::isa<ast::FunctionType>(type)) {
    spec.kind = TypeSpec::Kind::Function;
    return spec;
  }
  if (auto *like = llvm::dyn_cast<ast::LikeType>(type)) {
    Value model = eval(like->expr, env);
    Shape leading;
    for (const ast::Expr *dim : like->dims) {
      auto extent = evalDim(dim, env);
      if (!extent)
        return TypeSpec();
      leading.push_back({*extent, "", dim->range, false});
    }
    std::function<TypeSpec(const Value &)> specOf = [&](const Value &value) {
      TypeSpec own;
      own.range = type->range;
      if (value.kind == Value::Kind::Record) {
        own.kind = TypeSpec::Kind::Record;
        for (auto &[name, field] : value.fields)
          own.fields.push_back({name, specOf(field)});
      } else if (Expr *expr = value.isError() ? nullptr : toTensor(value, std::nullopt, like->expr->range)) {
        own.kind = TypeSpec::Kind::Tensor;
        own.tensor = expr->type;
        own.tensor.stored.reset(); // what an optimizer keeps of a weight in few bits needs all of its own
        own.tensor.axes.insert(own.tensor.axes.begin(), leading.begin(), leading.end());
      }
      return own;
    };
    return specOf(model);
  }
  auto *named = llvm::cast<ast::NamedType>(type);
  llvm::StringRef name = named->name.text;
  if (name == "int" || name == "string" || name == "schedule") {
    if (named->hasDims) {
      diags.report(diag::TypeWithoutAxes, named->range, name);
      return TypeSpec();
    }
    spec.kind = name == "int"      ? TypeSpec::Kind::Int
                : name == "string" ? TypeSpec::Kind::String
                                   : TypeSpec::Kind::Schedule;
    return spec;
  }
  auto shape = isTypeName(*named) ? resolveDims(named->dims, env) : Shape();
  if (!shape)
    return TypeSpec();
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor.axes = *shape;
  if (name == "index") {
    auto bound = named->arg ? evalDim(named->arg, env) : std::nullopt;
    if (!bound) {
      if (!named->arg)
        diags.report(diag::IndexTypeNeedsSize, named->range);
      return TypeSpec();
    }
    spec.tensor.elem = Elem::I32;
    spec.tensor.indexBound = *bound;
  } else if (name == "real") {
    spec.real = true;
    spec.tensor.elem = realHere();
  } else if (auto elem = elemNamed(name)) {
    spec.tensor.elem = computedAs(*elem);
    if (spec.tensor.elem != *elem)
      spec.tensor.stored = elem;
  } else {
    auto &report = diags.report(diag::UnknownType, named->name.range, name).oncePerFile();
    Habit habit = habitOf(name, HabitPlace::Type);
    if (!habit.instead.empty())
      report.fix(named->name.range, habit.instead, "this type is called `" + habit.instead + "`");
    else if (habit)
      report.help(habit.help);
    else
      report.didYouMean(named->name.range, name,
                        {"bool", "i32", "f32", "f64", "real", "index", "int", "string", "schedule"});
    return TypeSpec();
  }
  return spec;
}

// ---- arguments

static bool bindsVariable(const ast::Dim &dim, std::string &name) {
  auto *ref = dim.extent ? llvm::dyn_cast<ast::NameRef>(dim.extent) : nullptr;
  if (!ref)
    return false;
  name = ref->name;
  return true;
}

bool Checker::matchDims(const ast::Param &param, const ast::NamedType *type, const TensorType &actual, Env &env,
                        SourceRange at) {
  size_t fixed = 0, rest = type->dims.size();
  for (size_t i = 0; i < type->dims.size(); ++i) {
    if (type->dims[i].isRest)
      rest = i;
    else
      ++fixed;
  }
  bool hasRest = rest < type->dims.size();
  if (hasRest ? actual.rank() < fixed : actual.rank() != fixed) {
    auto &report = diags.report(diag::ArgumentRank, at, param.name.text, diags.sources.text(type->range), actual.str())
                       .label(at, actual.str())
                       .label(type->range, "`" + param.name.text + "` is declared here");
    if (!hasRest)
      adviseRank(report, type, fixed, actual.rank(), at);
    return false;
  }
  size_t axis = 0;
  for (size_t i = 0; i < type->dims.size(); ++i) {
    const ast::Dim &dim = type->dims[i];
    if (dim.isRest) {
      Value shape;
      shape.kind = Value::Kind::Shape;
      size_t count = actual.rank() - fixed;
      shape.shape.assign(actual.axes.begin() + axis, actual.axes.begin() + axis + count);
      axis += count;
      const Value *bound = dim.rest ? env.find(dim.rest.text) : nullptr;
      if (bound && bound->kind == Value::Kind::Shape && shapesDiffer(bound->shape, shape.shape)) {
        diags.report(diag::RestDisagrees, at, dim.rest.text, str(bound->shape), str(shape.shape))
            .label(dim.range, "`.." + dim.rest.text + "` is declared here");
        return false;
      }
      if (dim.rest && !bound)
        env.names[dim.rest.text] = shape;
      continue;
    }
    const Axis &own = actual.axes[axis++];
    if (dim.bound && !keepsBound(param, dim, actual, axis - 1, env, at))
      return false;
    std::string name;
    if (bindsVariable(dim, name) && !env.boundInFunction(name)) {
      Value value = Value::ofInt(own.extent);
      value.batchRows = own.batch;
      value.range = own.origin.valid() ? own.origin : at;
      env.names[name] = value;
      env.places[name] = dim.range;
      continue;
    }
    auto expected = evalDim(dim.extent, env);
    if (!expected)
      return false;
    if (!expected->differs(own.extent))
      continue;
    auto &report = diags.report(diag::ArgumentExtent, at, param.name.text, diags.sources.text(type->range),
                                actual.str(), int64_t(axis - 1), expected->str(), own.extent.str());
    report.label(at, actual.str());
    const Value *bound = name.empty() ? nullptr : env.find(name);
    report.label(dim.range, bound && bound->range.valid() ? "`" + name + "` is " + expected->str() + " here"
                                                          : expected->str() + " is asked for here");
    if (own.origin.valid() && !(own.origin == at))
      report.label(own.origin, own.extent.str() + " comes from here");
    if (bound && bound->range.valid() && !(bound->range == own.origin))
      report.label(bound->range, expected->str() + " comes from here");
    noteDifference(report, *expected, own.extent);
    return false;
  }
  return true;
}

/// Numbers that are known and lie in 0 .. bound-1, as indices; null for others.
Expr *Checker::knownIndex(const Expr *expr, const Dim &bound) {
  auto inside = [&](double value) { return value >= 0 && value < double(*bound.constant()); };
  auto copy = [&](auto *known) {
    auto *index = program->make<std::remove_cvref_t<decltype(*known)>>();
    *index = *known;
    index->type.indexBound = bound;
    return index;
  };
  if (auto *literal = llvm::dyn_cast<Number>(expr); literal && inside(literal->value))
    return copy(literal);
  if (auto *list = llvm::dyn_cast<Constant>(expr); list && llvm::all_of(list->values, inside))
    return copy(list);
  return nullptr;
}

bool Checker::matchTensor(const ast::Param &param, const ast::NamedType *type, Value &value, Env &env, SourceRange at) {
  llvm::StringRef name = type->name.text;
  std::optional<Elem> want = name == "real" ? frame->real : name == "index" ? Elem::I32 : elemNamed(name);
  if (want)
    want = computedAs(*want);
  if (name != "real" && name != "index" && !want) {
    TypeSpec spec = resolveType(type, env); // reports
    if (spec.kind == TypeSpec::Kind::Tensor)
      refuse("an input of this type", type->range);
    return false;
  }
  Expr *expr = toTensor(value, want, at);
  if (!expr)
    return false;
  noteArgument(expr);
  Elem own = expr->type.elem;
  bool fits =
      name == "real" ? own != Elem::Bool : *want == own || isWider(*want, own) || (isFloat(*want) && isInteger(own));
  if (name == "real" && isFloat(own) && frame->real && *frame->real != own)
    fits = false;
  if (!fits) {
    std::string expected = name == "real" && frame->real ? spelling(*frame->real).str() : name.str();
    diags.report(diag::ArgumentElement, at, param.name.text, expected, expr->type.str())
        .label(type->range, "`" + param.name.text + "` is declared here");
    return false;
  }
  if (name == "real" && !frame->real)
    frame->real = isFloat(own) ? own : realHere();
  Elem elem = name == "real" ? *frame->real : *want;
  const TensorType given = expr->type;
  if (elem != own)
    expr = cast(expr, elem);
  value = Value::ofTensor(expr);
  if (!matchDims(param, type, given, env, at))
    return false;
  if (name != "index" || !type->arg)
    return true;
  if (auto *ref = llvm::dyn_cast<ast::NameRef>(type->arg);
      ref && !env.boundInFunction(ref->name) && expr->type.indexBound) {
    env.names[ref->name] = Value::ofInt(*expr->type.indexBound);
    env.places[ref->name] = ref->range;
    return true;
  }
  auto bound = evalDim(type->arg, env);
  if (!bound)
    return false;
  if (expr->type.indexBound && expr->type.indexBound->atMost(*bound).value_or(true))
    return true;
  if (Expr *index = bound->constant() ? knownIndex(expr, *bound) : nullptr) {
    value = Value::ofTensor(index);
    return true;
  }
  auto &report = diags.report(diag::ArgumentElement, at, param.name.text, TensorType{Elem::I32, bound, {}}.str(),
                              expr->type.str());
  report.label(at, expr->type.str()).label(type->range, "`" + param.name.text + "` is declared here");
  auto *ref = llvm::dyn_cast<ast::NameRef>(type->arg);
  const Value *size = ref ? env.find(ref->name) : nullptr;
  if (size && size->range.valid())
    report.label(size->range, bound->str() + " comes from here");
  return false;
}

bool Checker::matchInput(const ast::Param &param, const ast::Type *type, Value &value, Env &env, SourceRange at) {
  std::pair<const ast::Param *, std::string> misfit(&param, value.describe());
  bool once = !inLibrary(param.range); // where the declaration may be the mistake, it is one mistake
  if (once && misfits.count(misfit))
    return false;
  bool fits = matchType(param, type, value, env, at);
  if (!fits && once)
    misfits.insert(misfit);
  return fits;
}

bool Checker::matchType(const ast::Param &param, const ast::Type *type, Value &value, Env &env, SourceRange at) {
  if (!type)
    return true;
  type = writtenOut(type);
  if (!type)
    return false;
  if (auto *named = llvm::dyn_cast<ast::NamedType>(type)) {
    llvm::StringRef name = named->name.text;
    if (name == "int" || name == "string" || name == "schedule") {
      value = matchHyper(param, value, env, at);
      return !value.isError();
    }
    if (value.kind == Value::Kind::Record || value.kind == Value::Kind::Callable || value.kind == Value::Kind::String ||
        value.kind == Value::Kind::Distribution || value.kind == Value::Kind::Dataset) {
      auto &report =
          diags.report(diag::ArgumentKind, at, param.name.text, diags.sources.text(type->range), value.describe())
              .label(type->range, "`" + param.name.text + "` is declared here");
      if (std::string call = callOf(value); !call.empty())
        report.help("a value comes of a call: `" + call + "`");
      return false;
    }
    return matchTensor(param, named, value, env, at);
  }
  auto *record = llvm::dyn_cast<ast::RecordType>(type);
  if (!record)
    return true;
  if (record->fields.size() == 1 && !record->fields[0].label)
    return matchType(param, record->fields[0].type, value, env, at);
  if (value.kind != Value::Kind::Record || value.fields.size() != record->fields.size()) {
    diags.report(diag::ArgumentKind, at, param.name.text, diags.sources.text(type->range), value.describe())
        .label(type->range, "`" + param.name.text + "` is declared here");
    return false;
  }
  for (size_t i = 0; i < value.fields.size(); ++i) {
    if (!matchType(param, record->fields[i].type, value.fields[i].second, env, at))
      return false;
    if (record->fields[i].label)
      value.fields[i].first = record->fields[i].label.text;
  }
  return true;
}

Value Checker::matchHyper(const ast::Param &param, const Value &value, Env &env, SourceRange at) {
  if (!param.type || value.isError())
    return value;
  auto mismatch = [&] {
    auto &report =
        diags.report(diag::ArgumentKind, at, param.name.text, diags.sources.text(param.type->range), value.describe())
            .label(param.range, "`" + param.name.text + "` is declared here");
    bool isInput = frame->decl && llvm::is_contained(frame->decl->inputs, &param);
    if (value.isTensor() && isInput)
      report.help("an `" + diags.sources.text(param.type->range) +
                  "` is known when the program is compiled, a value that comes in is not");
    else if (value.kind == Value::Kind::Int && inLibrary(param.range) && !isInput)
      report.help("sizes of what comes in are known from there: only those of the result are given");
    else if (value.isTensor())
      report.help("hyperparameters are known at compile time and come in a list of their own, before the inputs: "
                  "`dense(10)(x)`, or `x |> dense(10)`");
    return error();
  };
  auto *named = llvm::dyn_cast<ast::NamedType>(param.type);
  if (!named)
    return value;
  llvm::StringRef name = named->name.text;
  if (name == "int")
    return integerOf(value) ? value : mismatch();
  if (name == "string")
    return value.kind == Value::Kind::String ? value : mismatch();
  if (name == "bool" && !named->hasDims)
    return value.kind == Value::Kind::Bool ? value : mismatch();
  if (name == "schedule") {
    if (value.kind == Value::Kind::Callable)
      return value;
    if (!value.isNumber() && !value.isTensor())
      return mismatch();
    if (auto rate = value.asReal(); rate && *rate < 0) {
      diags.report(diag::NegativeRate, at, param.name.text, value.describe())
          .help("`minimize` goes downhill and `maximize` uphill, both with a positive rate");
      return error();
    }
    auto constant = std::make_shared<Callable>();
    constant->kind = Callable::Kind::Scalar;
    constant->constant = std::make_shared<Value>(value);
    return Value::ofCallable(constant);
  }
  if (!elemNamed(name) && name != "real")
    return value;
  bool isTooWide =
      !named->hasDims && (value.kind == Value::Kind::List || (value.isTensor() && value.expr->type.rank() > 0));
  return !isTooWide && (value.isNumber() || value.isTensor() || value.kind == Value::Kind::List) ? value : mismatch();
}

bool Checker::conform(const TypeSpec &spec, Value &value, SourceRange at, llvm::StringRef what) {
  if (spec.kind == TypeSpec::Kind::Error || value.isError())
    return false;
  auto mismatch = [&](llvm::StringRef expected, llvm::StringRef found) -> Diagnostic & {
    return diags.report(diag::TypeMismatch, at, what, expected, found).label(spec.range, "declared here");
  };
  if (spec.kind == TypeSpec::Kind::Record) {
    if (value.kind != Value::Kind::Record || value.fields.size() != spec.fields.size()) {
      mismatch("a record of " + std::to_string(spec.fields.size()) + " fields", value.describe());
      return false;
    }
    for (size_t i = 0; i < spec.fields.size(); ++i) {
      value.fields[i].first = spec.fields[i].first;
      if (!conform(spec.fields[i].second, value.fields[i].second, at, what))
        return false;
    }
    return true;
  }
  if (spec.kind != TypeSpec::Kind::Tensor)
    return true;
  if (value.kind == Value::Kind::Record || value.kind == Value::Kind::Callable) {
    mismatch("`" + spec.tensor.str() + "`", value.describe());
    return false;
  }
  Expr *expr = toTensor(value, spec.tensor.elem, at);
  if (!expr)
    return false;
  noteArgument(expr);
  Elem own = expr->type.elem, want = spec.tensor.elem;
  bool elementFits =
      own == want || isWider(want, own) || (isFloat(want) && isInteger(own)) || (spec.real && isFloat(own));
  if (!elementFits || shapesDiffer(expr->type.axes, spec.tensor.axes)) {
    auto &report = mismatch("`" + spec.tensor.str() + "`", "`" + expr->type.str() + "`");
    for (size_t i = 0; i < expr->type.axes.size() && expr->type.rank() == spec.tensor.rank(); ++i)
      if (const Axis &axis = expr->type.axes[i]; axis.origin.valid() && axis.extent.differs(spec.tensor.axes[i].extent))
        report.label(axis.origin, axis.extent.str() + " comes from here");
    noteDifference(report, expr->type.axes, spec.tensor.axes);
    return false;
  }
  if (spec.tensor.indexBound && expr->type.indexBound != spec.tensor.indexBound) {
    // An integer has the type `index(n)` if nothing it is computed from can lead out of 0 .. n-1.
    BoundCheck::Verdict verdict = boundCheck(expr, {}, *spec.tensor.indexBound).verdict;
    if (verdict == BoundCheck::Verdict::Outside || verdict == BoundCheck::Verdict::Unbounded) {
      mismatch("`" + spec.tensor.str() + "`", "`" + expr->type.str() + "`");
      return false;
    }
    expr->type.indexBound = spec.tensor.indexBound;
  }
  if (own != want && !(spec.real && isFloat(own)))
    expr = cast(expr, want);
  if (spec.tensor.stored && expr->type.stored != spec.tensor.stored) {
    auto *kept = make<Pointwise>(expr->type, expr->range);
    kept->op = ScalarOp::Cast;
    kept->operands = {expr};
    kept->type.stored = spec.tensor.stored;
    expr = kept;
  }
  value = Value::ofTensor(expr);
  return true;
}

TypeSpec Checker::specLike(const Value &value, SourceRange range) {
  TypeSpec spec;
  spec.range = range;
  spec.kind = value.isTensor() ? TypeSpec::Kind::Tensor : TypeSpec::Kind::Record;
  if (value.isTensor())
    spec.tensor = value.expr->type;
  spec.tensor.stored.reset(); // what is computed of a weight that is stored in few bits needs all of its own
  for (auto &[name, field] : value.fields)
    spec.fields.push_back({name, specLike(field, range)});
  return spec;
}

Value Checker::zerosLike(const TypeSpec &spec, double fill) {
  if (spec.kind == TypeSpec::Kind::Record) {
    Value record;
    record.kind = Value::Kind::Record;
    for (auto &[name, field] : spec.fields)
      record.fields.push_back({name, zerosLike(field, fill)});
    return record;
  }
  Expr *zero = number(fill, spec.tensor.elem, spec.range);
  if (spec.tensor.axes.empty())
    return Value::ofTensor(zero);
  std::vector<IndexVar *> vars;
  for (const Axis &axis : spec.tensor.axes) {
    vars.push_back(newIndex("i" + std::to_string(vars.size()), axis.extent, spec.range));
    vars.back()->extentOrigin = axis.origin;
    vars.back()->batch = axis.batch;
  }
  return Value::ofTensor(equation(vars, zero, spec.range));
}

} // namespace nn::sema
