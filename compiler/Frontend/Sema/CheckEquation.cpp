/// Equations: indices and where their ranges come from, subscripts, reductions.
#include "Frontend/Sema/Affine.h"
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

bool Checker::withIndices(llvm::function_ref<bool()> inside, const std::vector<IndexVar *> *vars,
                          const Shape *declared) {
  if (frame->indices) {
    bool fine = inside();
    rangesFromBareUses(*frame->indices);
    return fine;
  }
  IndexScope scope;
  frame->indices = &scope;
  unsigned before = diags.errorCount();
  bool fine = inside();
  frame->indices = nullptr;
  if (!fine)
    return false;
  rangesFromBareUses(scope);
  for (size_t i = 0; declared && i < vars->size() && i < declared->size(); ++i)
    if (IndexVar *var = (*vars)[i]; !var->extent) {
      var->extent = (*declared)[i].extent;
      var->extentOrigin = (*declared)[i].origin;
    }
  rangesFromAffineUses(scope);
  if (diags.errorCount() == before)
    checkBounds(scope);
  return diags.errorCount() == before;
}

// ---- binding indices

IndexVar *Checker::bindIndex(const ast::Name &name, const ast::Expr *bound, Env &env) {
  if (const SourceRange *place = env.boundInFunction(name.text)) {
    diags.report(diag::IndexAlreadyBound, name.range, name.text)
        .label(*place, "`" + name.text + "` is bound here")
        .help("use another letter for the index");
    return nullptr;
  }
  auto *var = program->make<IndexVar>();
  var->name = name.text;
  var->range = name.range;
  if (bound) {
    auto extent = evalDim(bound, env);
    if (!extent)
      return nullptr;
    var->extent = *extent;
    var->extentOrigin = bound->range;
    var->given = true;
  }
  frame->indices->vars.push_back(var);
  env.names[name.text] = Value::ofTensor(indexValue(var));
  env.places[name.text] = name.range;
  return var;
}

/// Finds an access with the rest index `rest` and says what its base is.
static const ast::Index *findRestUse(const ast::Expr *expr, llvm::StringRef rest) {
  if (!expr)
    return nullptr;
  auto any = [&](auto &&...parts) -> const ast::Index * {
    for (const ast::Expr *part : {static_cast<const ast::Expr *>(parts)...})
      if (auto *found = findRestUse(part, rest))
        return found;
    return nullptr;
  };
  return llvm::TypeSwitch<const ast::Expr *, const ast::Index *>(expr)
      .Case([&](const ast::Index *index) -> const ast::Index * {
        for (auto &sub : index->subscripts)
          if (sub.form == ast::Subscript::Form::Rest && sub.rest.text == rest)
            return index;
        for (auto &sub : index->subscripts)
          if (auto *found = any(sub.expr, sub.end))
            return found;
        return findRestUse(index->base, rest);
      })
      .Case([&](const ast::Paren *paren) { return any(paren->inner); })
      .Case([&](const ast::Unary *unary) { return any(unary->operand); })
      .Case([&](const ast::Binary *binary) { return any(binary->lhs, binary->rhs); })
      .Case([&](const ast::Pipe *pipe) { return any(pipe->lhs, pipe->rhs); })
      .Case([&](const ast::If *choice) { return any(choice->condition, choice->thenExpr, choice->elseExpr); })
      .Case([&](const ast::Reduce *reduce) { return any(reduce->where, reduce->body); })
      .Case([&](const ast::Member *member) { return any(member->base); })
      .Case([&](const ast::Call *call) -> const ast::Index * {
        for (auto &arg : call->args)
          if (auto *found = findRestUse(arg.value, rest))
            return found;
        return findRestUse(call->callee, rest);
      })
      .Default(nullptr);
}

std::optional<Shape> Checker::restShape(const ast::Expr *within, llvm::StringRef rest, SourceRange range, Env &env) {
  const ast::Index *use = findRestUse(within, rest);
  Value base = use ? eval(use->base, env) : error();
  if (!use)
    diags.report(diag::RestUnknown, range, rest).help("use `.." + rest.str() + "` in a subscript on the right");
  if (!base.isTensor())
    return std::nullopt;
  const Shape &axes = base.expr->type.axes;
  size_t before = 0;
  while (use->subscripts[before].form != ast::Subscript::Form::Rest)
    ++before;
  size_t after = use->subscripts.size() - before - 1;
  if (axes.size() < before + after) {
    diags.report(diag::TooManySubscripts, use->range, base.expr->type.str(), int64_t(axes.size()),
                 int64_t(before + after));
    return std::nullopt;
  }
  return Shape(axes.begin() + before, axes.end() - after);
}

bool Checker::bindIndices(const std::vector<ast::Binder *> &binders, Env &env, const ast::Expr *within,
                          std::vector<IndexVar *> &vars) {
  for (const ast::Binder *binder : binders) {
    if (binder->form == ast::Binder::Form::Index) {
      IndexVar *var = bindIndex(binder->name, binder->bound, env);
      if (!var)
        return false;
      vars.push_back(var);
    } else if (binder->form == ast::Binder::Form::Position) {
      vars.push_back(newIndex(std::to_string(binder->position), Dim(1), binder->range));
      vars.back()->given = true;
    } else {
      const Value *bound = env.find(".." + binder->name.text);
      Value list;
      list.kind = Value::Kind::List;
      if (bound) {
        diags.report(diag::IndexAlreadyBound, binder->name.range, ".." + binder->name.text);
        return false;
      }
      auto shape = restShape(within, binder->name.text, binder->range, env);
      if (!shape)
        return false;
      for (const Axis &axis : *shape) {
        IndexVar *var = newIndex(binder->name.text + std::to_string(list.fields.size()), axis.extent, binder->range);
        var->extentOrigin = axis.origin;
        var->batch = axis.batch;
        vars.push_back(var);
        list.fields.push_back({"", Value::ofTensor(indexValue(var))});
      }
      env.names[".." + binder->name.text] = list;
    }
  }
  return true;
}

Value Checker::evalEquation(const ast::Bind *bind, Env &env) {
  auto scope = env.child();
  std::vector<IndexVar *> vars;
  Value body;
  const Shape *declared = nullptr;
  if (frame->result && frame->result->kind == TypeSpec::Kind::Tensor && frame->resultName == bind->lhs.names[0].text)
    declared = &frame->result->tensor.axes;
  bool fine = withIndices(
      [&] {
        if (bindIndices(bind->lhs.binders, *scope, bind->value, vars))
          body = eval(bind->value, *scope);
        return !body.isError();
      },
      &vars, declared);
  if (!fine)
    return error();
  for (IndexVar *var : vars)
    if (!var->extent) {
      diags.report(diag::IndexWithoutRange, var->range, var->name).help("give it a range: `" + var->name + " < n`");
      return error();
    }
  if (body.kind != Value::Kind::Record) {
    Expr *expr = toTensor(body, std::nullopt, bind->value->range);
    if (!expr)
      return error();
    body = Value::ofTensor(expr);
  }
  return mapLeaves(body, [&](Expr *leaf) {
    Expr *result = equation(vars, leaf, bind->range);
    result->name = bind->lhs.names[0].text;
    return result;
  });
}

// ---- reductions

void Checker::rangesFromWhere(const Expr *where) {
  auto *test = llvm::dyn_cast<Pointwise>(where);
  if (!test)
    return;
  if (test->op == ScalarOp::And)
    for (Expr *operand : test->operands)
      rangesFromWhere(operand);
  if (test->op != ScalarOp::Eq)
    return;
  for (unsigned side = 0; side < 2; ++side) {
    auto *index = llvm::dyn_cast<Index>(test->operands[side]);
    Expr *other = test->operands[1 - side];
    if (index && !index->var->extent && other->type.indexBound && !llvm::isa<Index>(other)) {
      index->var->extent = *other->type.indexBound;
      index->var->extentOrigin = other->range;
    }
  }
}

Value Checker::evalReduce(const ast::Reduce *expr, Env &env) {
  auto scope = env.child();
  std::vector<IndexVar *> vars;
  Value body;
  Expr *where = nullptr;
  bool fine = withIndices([&] {
    if (!bindIndices(expr->binders, *scope, expr->body, vars))
      return false;
    size_t conditions = frame->indices->conditions.size();
    if (expr->where) {
      Value condition = eval(expr->where, *scope);
      if (condition.isError())
        return false;
      if (condition.kind == Value::Kind::Bool)
        condition = Value::ofTensor(number(condition.truth, Elem::Bool, expr->where->range));
      if (!condition.isTensor() || condition.expr->type.elem != Elem::Bool || !condition.expr->type.isScalar()) {
        diags.report(diag::NotACondition, expr->where->range, condition.describe());
        return false;
      }
      where = condition.expr;
      rangesFromWhere(where);
      frame->indices->conditions.push_back(where);
    }
    body = eval(expr->body, *scope);
    frame->indices->conditions.resize(conditions);
    return !body.isError();
  });
  if (!fine)
    return error();
  for (const ast::Binder *binder : expr->binders)
    closedIndices[binder->name.text] = expr;
  bool logical = expr->reducer == ast::Reducer::Any || expr->reducer == ast::Reducer::All;
  bool real = expr->reducer == ast::Reducer::Mean || expr->reducer == ast::Reducer::LogSumExp;
  Expr *tensor = body.kind == Value::Kind::Record
                     ? nullptr
                     : toTensor(body, logical ? std::optional(Elem::Bool) : std::nullopt, expr->body->range);
  if (!tensor) {
    if (body.kind == Value::Kind::Record)
      diags.report(diag::NotATensor, expr->body->range, body.describe());
    return error();
  }
  if (logical != (tensor->type.elem == Elem::Bool)) {
    if (logical)
      diags.report(diag::NotACondition, expr->body->range, tensor->type.str());
    else
      diags.report(diag::BoolAsNumber, expr->body->range).help("`if c then 1 else 0` makes a number of it");
    return error();
  }
  if (real)
    tensor = cast(tensor, isFloat(tensor->type.elem) ? tensor->type.elem : realHere());
  Expr *result = reduceOver(expr->reducer, vars, tensor, expr->range);
  llvm::cast<Reduce>(result)->where = where;
  return Value::ofTensor(result);
}

// ---- subscripts

std::optional<Sub> Checker::subscript(const ast::Subscript &sub, Expr *base, unsigned axisNumber, Env &env,
                                      SourceRange whole, Expr *row) {
  const Axis &axis = base->type.axes[axisNumber];
  if (axis.batch && sub.form == ast::Subscript::Form::Slice) {
    refuseBatch("a part of a batch", base, sub.range);
    return std::nullopt;
  }
  if (sub.form == ast::Subscript::Form::Slice) {
    auto begin = evalDim(sub.expr, env), end = evalDim(sub.end, env);
    if (!begin || !end)
      return std::nullopt;
    Lengths at;
    for (const Dim &room : {axis.extent - *end, *begin, *end - *begin})
      if (room.constant().value_or(0) < 0 || !neverNegative(room, &at)) {
        auto &report = diags.report(diag::SliceOutside, sub.range, begin->str(), end->str(), axis.extent.str())
                           .label(base->range, base->type.str())
                           .help("`a..b` holds the entries a to b - 1, counted from 0");
        if (!at.empty())
          report.note("it does for " + sema::describe(at, room.lengths()));
        return std::nullopt;
      }
    Sub kept;
    kept.begin = *begin;
    kept.range = sub.range;
    return kept;
  }
  llvm::SaveAndRestore subscripts(inSubscript, true);
  Value value = eval(sub.expr, env);
  if (value.isError())
    return std::nullopt;
  Expr *index = nullptr;
  if (value.kind == Value::Kind::Int || value.isTensor())
    index = toTensor(value, Elem::I32, sub.range);
  if (!index || !isInteger(index->type.elem) || !index->type.isScalar()) {
    auto &report = diags.report(diag::SubscriptNotInteger, sub.range, value.describe());
    auto *quotient = llvm::dyn_cast<ast::Binary>(ast::stripParens(sub.expr));
    if (quotient && quotient->op == ast::BinaryOp::Div)
      report.fix(sub.range,
                 "div(" + diags.sources.text(quotient->lhs->range) + ", " + diags.sources.text(quotient->rhs->range) +
                     ")",
                 "`div` rounds down to an integer");
    return std::nullopt;
  }
  index = cast(index, Elem::I32); // what lies inside an axis fits
  if (axis.batch && !isValidRow(index)) {
    refuseBatch("a subscript of a batch that is neither an index over it, nor `example`, nor `.. % batch_size`", base,
                sub.range);
    return std::nullopt;
  }
  SubscriptUse use{index, axis, sub.range, whole, {}, row};
  if (frame->indices) {
    use.conditions = frame->indices->conditions;
    use.guards = frame->indices->guards;
    frame->indices->uses.push_back(use);
  } else if (!checkBound(use)) {
    return std::nullopt;
  }
  Sub result;
  result.index = index;
  result.range = sub.range;
  return result;
}

/// Axes of a row of a batch that subscripts leave: of my own row they are as long as my example; how long those of
/// another row are, nothing could say any more.
bool Checker::keepsRows(TensorType &type, const Expr *row, SourceRange range) {
  bool ofRow = llvm::any_of(type.axes, [](const Axis &axis) { return axis.extent.isOfRow(); });
  if (!ofRow || llvm::any_of(type.axes, [](const Axis &axis) { return axis.batch; }))
    return true;
  auto *word = llvm::dyn_cast_or_null<Ambient>(row);
  if (!word || word->what != AmbientKind::Row) {
    refuse("a whole row of a batch in which rows differ in length", range, "write its other indices: `X[b, i]`");
    return false;
  }
  for (Axis &axis : type.axes)
    axis.extent = axis.extent.ofRow(0);
  return true;
}

Value Checker::evalIndex(const ast::Index *expr, Env &env) {
  Value base = eval(expr->base, env);
  if (base.isError())
    return error();
  if (base.kind == Value::Kind::List && expr->subscripts.size() == 1 &&
      expr->subscripts[0].form == ast::Subscript::Form::Single) {
    Value index = eval(expr->subscripts[0].expr, env);
    auto position = index.kind == Value::Kind::Int ? index.integer.constant() : std::nullopt;
    if (position && *position >= 0 && *position < int64_t(base.fields.size()))
      return base.fields[*position].second;
  }
  return indexed(base, expr, env);
}

/// A subscript of a record is one of each of its tensors.
Value Checker::indexed(const Value &base, const ast::Index *expr, Env &env) {
  if (base.kind == Value::Kind::Record) {
    Value result = base;
    result.ranking = false;
    for (auto &[name, field] : result.fields) {
      field = indexed(field, expr, env);
      if (field.isError())
        return error();
    }
    return result;
  }
  Expr *tensor = toTensor(base, std::nullopt, expr->base->range);
  if (!tensor)
    return error();
  // `..p` stands for as many subscripts as it has indices; a bare `..` keeps the axes it passes.
  std::vector<Sub> subs;
  size_t known = frame->indices ? frame->indices->uses.size() : 0;
  Expr *row = nullptr;
  unsigned axis = 0, rank = tensor->type.rank();
  size_t written = 0;
  for (auto &sub : expr->subscripts) {
    const Value *rest = sub.form == ast::Subscript::Form::Rest && sub.rest ? env.find(".." + sub.rest.text) : nullptr;
    written += sub.form != ast::Subscript::Form::Rest ? 1 : rest ? rest->fields.size() : 0;
  }
  if (written > rank) {
    if (!misread.insert(tensor).second)
      return error(); // said once of each tensor
    diags.report(diag::TooManySubscripts, expr->range, tensor->type.str(), int64_t(rank), int64_t(written))
        .label(expr->base->range, tensor->type.str());
    return error();
  }
  for (auto &sub : expr->subscripts) {
    if (sub.form != ast::Subscript::Form::Rest) {
      auto single = subscript(sub, tensor, axis, env, expr->range, row);
      if (!single)
        return error();
      if (tensor->type.axes[axis].batch)
        row = single->index;
      subs.push_back(*single);
      ++axis;
      continue;
    }
    if (!sub.rest) {
      for (size_t kept = rank - written; kept > 0; --kept, ++axis)
        subs.push_back({nullptr, Dim(0), sub.range});
      continue;
    }
    const Value *rest = env.find(".." + sub.rest.text);
    if (!rest) {
      diags.report(diag::RestUnknown, sub.range, sub.rest.text);
      return error();
    }
    for (auto &[name, index] : rest->fields) {
      frame->indices->uses.push_back({index.expr, tensor->type.axes[axis], sub.range, expr->range, {}, row});
      if (tensor->type.axes[axis].batch)
        row = index.expr;
      subs.push_back({index.expr, Dim(0), sub.range});
      ++axis;
    }
  }
  TensorType type = tensor->type;
  type.axes.clear();
  for (unsigned i = 0; i < rank; ++i) {
    if (i < subs.size() && subs[i].index)
      continue;
    type.axes.push_back(tensor->type.axes[i]);
    if (i >= subs.size())
      continue;
    for (size_t k = 0; k < expr->subscripts.size(); ++k)
      if (expr->subscripts[k].form == ast::Subscript::Form::Slice && expr->subscripts[k].range == subs[i].range)
        if (auto begin = evalDim(expr->subscripts[k].expr, env), end = evalDim(expr->subscripts[k].end, env);
            begin && end)
          type.axes.back() = {*end - *begin, "", subs[i].range, false};
  }
  if (!keepsRows(type, row, expr->range))
    return error();
  auto *access = make<Access>(std::move(type), expr->range);
  access->base = tensor;
  access->subs = std::move(subs);
  if (frame->indices)
    for (size_t i = known; i < frame->indices->uses.size(); ++i)
      if (SubscriptUse &use = frame->indices->uses[i]; use.whole == expr->range && !use.access)
        use.access = access;
  return Value::ofTensor(access);
}

// ---- ranges

void Checker::rangesFromBareUses(IndexScope &scope) {
  for (const SubscriptUse &use : scope.uses) {
    auto *index = llvm::dyn_cast<Index>(use.index);
    if (!index)
      continue;
    IndexVar *var = index->var;
    var->batch |= use.axis.batch;
    if (use.axis.extent.isOfRow() && !var->row)
      var->row = use.row;
    if (!var->extent) {
      var->extent = use.axis.extent;
      var->extentOrigin = use.axis.origin.valid() ? use.axis.origin : use.range;
      var->batch = use.axis.batch;
      index->type.indexBound = *var->extent;
    } else if (!var->given && var->extent->differs(use.axis.extent)) {
      auto &report =
          diags.report(diag::IndexRangesDisagree, use.range, var->name, use.axis.extent.str(), var->extent->str());
      for (const SubscriptUse &other : scope.uses)
        if (auto *first = llvm::dyn_cast<Index>(other.index); first && first->var == var) {
          report.label(other.range, "over " + var->extent->str() + " here");
          break;
        }
      if (var->extentOrigin.valid())
        report.label(var->extentOrigin, var->extent->str() + " comes from here");
      if (use.axis.origin.valid())
        report.label(use.axis.origin, use.axis.extent.str() + " comes from here");
      noteDifference(report, *var->extent, use.axis.extent);
      var->given = true; // once is enough
    }
  }
}

void Checker::rangesFromAffineUses(IndexScope &scope) {
  for (bool progress = true; progress;) {
    progress = false;
    llvm::MapVector<IndexVar *, std::pair<Dim, SourceRange>> found; // in the order of the source
    for (const SubscriptUse &use : scope.uses) {
      auto form = linearForm(use.index);
      IndexVar *open = form ? form->onlyOpenVariable() : nullptr;
      if (!open)
        continue;
      auto extent = form->largestExtent(open, use.axis.extent);
      if (!extent)
        continue;
      auto [at, isNew] = found.insert({open, {*extent, use.range}});
      if (!isNew && !at->second.first.atMost(*extent).value_or(true))
        at->second = {*extent, use.range};
    }
    for (auto &[var, extent] : found) {
      if (auto constant = extent.first.constant(); constant && *constant < 0) {
        for (const SubscriptUse &use : scope.uses)
          if (use.range == extent.second)
            diags.report(diag::WindowTooLarge, use.range, diags.sources.text(use.range), use.axis.extent.str());
        extent.first = Dim(0);
      }
      negativeLength(extent.first, extent.second);
      var->extent = extent.first;
      var->extentOrigin = extent.second;
      progress = true;
    }
  }
  for (IndexVar *var : scope.vars)
    if (!var->extent && frame->generic &&
        llvm::any_of(scope.uses, [&](const SubscriptUse &use) { return dependsOnIndex(use.index, var); })) {
      var->extent = Dim::variable(var->name); // the call will say
    } else if (!var->extent) {
      diags.report(diag::IndexWithoutRange, var->range, var->name).help("give it a range: `" + var->name + " < n`");
      var->extent = Dim(1);
    }
}

void Checker::checkBounds(IndexScope &scope) {
  for (const SubscriptUse &use : scope.uses)
    if (!checkBound(use))
      return;
}

static bool isRefused(const BoundCheck &check) {
  return check.verdict == BoundCheck::Verdict::Outside || check.verdict == BoundCheck::Verdict::Unbounded;
}

bool Checker::checkBound(const SubscriptUse &use) {
  BoundCheck result = boundCheck(use.index, use.conditions, use.axis.extent);
  if (isRefused(result) && !use.guards.empty()) {
    // Only where its branch is not taken it may leave the axis: there it reads 0, which nobody sees.
    std::vector<const Expr *> all = use.conditions;
    all.insert(all.end(), use.guards.begin(), use.guards.end());
    BoundCheck guarded = boundCheck(use.index, all, use.axis.extent);
    if (!isRefused(guarded)) {
      use.access->padded = true;
      return true;
    }
    result = guarded;
  }
  switch (result.verdict) {
  case BoundCheck::Verdict::Inside:
  case BoundCheck::Verdict::Unknown:
    return true;
  case BoundCheck::Verdict::Unbounded:
    diags.report(diag::SubscriptUnbounded, use.range, use.axis.extent.str())
        .help("give it the type `index(" + use.axis.extent.str() + ")`, or take it `% " + use.axis.extent.str() + "`");
    return false;
  case BoundCheck::Verdict::Outside:
    break;
  }
  auto &report = diags.report(diag::SubscriptOutside, use.range, diags.sources.text(use.range), result.value,
                              use.axis.extent.str());
  std::string at = result.where.empty() ? "" : "at " + result.where;
  std::string lengths = result.forLengths.empty() ? "" : "for " + result.forLengths + (at.empty() ? "" : ", ");
  if (!at.empty() || !lengths.empty())
    report.label(use.range, lengths + at);
  if (use.axis.origin.valid())
    report.label(use.axis.origin, use.axis.extent.str() + " comes from here");
  bool isConstant = result.where.empty();
  if (auto extent = use.axis.extent.constant(); isConstant && extent && *extent > 0)
    report.help("entries count from 0: the last one is " + std::to_string(*extent - 1));
  else if (isConstant)
    report.help("entries count from 0: the last one is `" + (use.axis.extent - Dim(1)).str() + "`");
  else if (result.value < 0)
    report.help("`pad` makes room around a tensor; or read only what is inside: `if .. then .. else 0`");
  return false;
}

} // namespace nn::sema
