/// Makes declarations, recipes, experiments, reports.
#include "Frontend/Parse/Builder.h"

#include "llvm/ADT/StringSwitch.h"

namespace nn::parse {

std::vector<ast::Item *> Builder::build(P::FileContext *ctx) {
  std::vector<ast::Item *> items;
  for (P::TopContext *top : ctx->top()) {
    items.push_back(build(top));
    checkUnused(items.back(), "give it a name, or print it with `report`");
  }
  return items;
}

ast::Item *Builder::build(P::TopContext *ctx) {
  SourceRange whole = range(ctx);
  if (ctx->stmt())
    return build(ctx->stmt());
  if (ctx->function())
    return build(ctx->function());
  if (ctx->train())
    return build(ctx->train());
  if (ctx->report())
    return build(ctx->report());
  if (ctx->claim())
    return build(ctx->claim());
  if (ctx->experiment())
    return build(ctx->experiment());
  if (ctx->use())
    return build(ctx->use());
  if (P::InstanceContext *instance = ctx->instance())
    return make<ast::Instance>(whole, name(instance->name()), build(instance->expr()));
  if (P::DataContext *data = ctx->data())
    return make<ast::Data>(whole, name(data->name()), buildOptional(data->type()), build(data->expr()));
  if (P::GroupContext *group = ctx->group()) {
    std::vector<ast::Param *> list;
    if (group->params())
      list = params(group->params());
    return make<ast::Group>(whole, name(group->name()), std::move(list), build(group->expr()));
  }
  std::vector<ast::Name> words = names(ctx->typeAlias()->name());
  ast::Name alias = words.front();
  words.erase(words.begin());
  return make<ast::TypeAlias>(whole, std::move(alias), std::move(words), build(ctx->typeAlias()->type()));
}

ast::Item *Builder::build(P::UseContext *ctx) {
  std::vector<ast::Name> module;
  ast::Name fileName;
  if (ctx->path())
    module = path(ctx->path());
  else
    fileName = {unquote(token(ctx->STRING())), range(ctx->STRING())};
  return make<ast::Use>(range(ctx), std::move(module), std::move(fileName), name(ctx->name()));
}

ast::Item *Builder::build(P::FunctionContext *ctx) {
  using ast::Role;
  Role role = llvm::StringSwitch<Role>(token(ctx->role()->getStart()).text)
                  .Case("model", Role::Model)
                  .Case("fn", Role::Fn)
                  .Case("loss", Role::Loss)
                  .Case("regularizer", Role::Regularizer)
                  .Case("optimizer", Role::Optimizer)
                  .Case("schedule", Role::Schedule)
                  .Default(Role::Command);
  bool hasHyper = ctx->params().size() == 2;
  std::vector<ast::Param *> hyper;
  if (hasHyper)
    hyper = params(ctx->params(0));
  std::vector<ast::Param *> inputs = params(ctx->params().back());
  ast::Block *block = ctx->block() ? build(ctx->block()) : nullptr;
  return make<ast::Function>(range(ctx), role, range(ctx->role()), name(ctx->name()), hasHyper, std::move(hyper),
                             std::move(inputs), buildOptional(ctx->type()), buildOptional(ctx->expr()), block);
}

std::vector<ast::Param *> Builder::params(P::ParamsContext *ctx) {
  std::vector<ast::Param *> result;
  for (P::ParamContext *entry : ctx->param())
    result.push_back(make<ast::Param>(range(entry), name(entry->name()), buildOptional(entry->type()),
                                      buildOptional(entry->expr())));
  return result;
}

ast::Item *Builder::build(P::ClaimContext *ctx) {
  const Token &word = token(ctx->getStart());
  ast::Expr *subject = build(ctx->postfix(0));
  if (ctx->postfix().size() == 2) {
    using Form = ast::ShapeClaim::Form;
    return make<ast::ShapeClaim>(range(ctx), word.is("convex") ? Form::Convex : Form::Linear, range(word), subject,
                                 build(ctx->postfix(1)));
  }
  return make<ast::SymmetryClaim>(range(ctx), word.is("equivariant"), range(word), subject, actions(ctx->action()),
                                  buildOptional(ctx->expr()));
}

ast::Item *Builder::build(P::TrainContext *ctx) {
  std::vector<ast::Item *> clauses;
  for (P::ClauseContext *clause : ctx->clause()) {
    clauses.push_back(build(clause));
    checkUnused(clauses.back(), "give it a name, or write `minimize` or `report` in front");
  }
  return make<ast::Train>(range(ctx), range(token(ctx->getStart())), buildOptional(ctx->subject),
                          buildOptional(ctx->source), std::move(clauses));
}

ast::Item *Builder::build(P::ExperimentContext *ctx) {
  std::vector<ast::Item *> items;
  for (P::ExpItemContext *item : ctx->expItem()) {
    items.push_back(build(item));
    checkUnused(items.back(), "give it a name, or print it with `report`");
  }
  return make<ast::Experiment>(range(ctx), name(ctx->name()), std::move(items));
}

ast::Item *Builder::build(P::ExpItemContext *ctx) {
  if (auto *item = dynamic_cast<P::TopItemContext *>(ctx))
    return build(item->top());
  if (auto *sweep = dynamic_cast<P::SweepItemContext *>(ctx))
    return make<ast::Sweep>(range(ctx), name(sweep->name()), build(sweep->expr()));
  std::vector<ast::Expr *> curves, against;
  bool behind = false;
  for (antlr4::tree::ParseTree *child : ctx->children) {
    if (auto *expr = dynamic_cast<P::ExprContext *>(child))
      (behind ? against : curves).push_back(build(expr));
    else
      behind |= token(static_cast<antlr4::tree::TerminalNode *>(child)).is("against");
  }
  return make<ast::Plot>(range(ctx), std::move(curves), std::move(against));
}

ast::Item *Builder::build(P::ReportContext *ctx) {
  ast::Report::Form form = ctx->form ? reportForm(name(ctx->form)) : ast::Report::Form::Default;
  return make<ast::Report>(range(ctx), buildOptional(ctx->every), lhs(ctx->lhs()), build(ctx->value), form);
}

ast::Report::Form Builder::reportForm(const ast::Name &word) {
  using Form = ast::Report::Form;
  Form form = llvm::StringSwitch<Form>(word.text)
                  .Case("image", Form::Image)
                  .Case("curve", Form::Curve)
                  .Case("histogram", Form::Histogram)
                  .Case("boundary", Form::Boundary)
                  .Default(Form::Default);
  if (form == Form::Default)
    engine.report(diag::UnknownReportForm, word.range, word.text)
        .help("a report is shown `as image`, `as curve`, `as histogram` or `as boundary`")
        .didYouMean(word.range, word.text, {"image", "curve", "histogram", "boundary"});
  return form;
}

} // namespace nn::parse
