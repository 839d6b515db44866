/// Makes types, and the actions of groups.
#include "Frontend/Parse/Builder.h"

namespace nn::parse {

// ---- types

ast::Type *Builder::build(P::TypeContext *ctx) {
  if (auto *tuple = dynamic_cast<P::TupleTypeContext *>(ctx))
    return tupleType(tuple);
  if (auto *like = dynamic_cast<P::LikeTypeContext *>(ctx))
    return likeType(like);
  return namedType(static_cast<P::NamedTypeContext *>(ctx));
}

ast::Type *Builder::tupleType(P::TupleTypeContext *ctx) {
  std::vector<ast::TypeField> fields;
  for (P::FieldContext *field : ctx->field())
    fields.push_back({name(field->word()), build(field->type()), range(field)});
  if (ctx->type())
    return make<ast::FunctionType>(range(ctx), std::move(fields), build(ctx->type()));
  return make<ast::RecordType>(range(ctx), std::move(fields));
}

/// In `like w[k]` the brackets are further axes, not a place in w.
ast::Type *Builder::likeType(P::LikeTypeContext *ctx) {
  ast::Expr *expr = build(ctx->postfix());
  std::vector<ast::Expr *> dims;
  auto *index = llvm::dyn_cast<ast::Index>(expr);
  if (!index)
    return make<ast::LikeType>(range(ctx), expr, std::move(dims));
  for (const ast::Subscript &entry : index->subscripts) {
    if (entry.form != ast::Subscript::Form::Single)
      engine.report(diag::BadLikeAxis, entry.range, engine.sources.text(entry.range))
          .help("`like w[k]` is w with one more leading axis of extent k");
    else
      dims.push_back(entry.expr);
  }
  return make<ast::LikeType>(range(ctx), index->base, std::move(dims));
}

ast::Type *Builder::namedType(P::NamedTypeContext *ctx) {
  std::vector<ast::Dim> dims;
  for (P::DimContext *entry : ctx->dim())
    dims.push_back(dim(entry));
  std::vector<ast::Name> words = path(ctx->path());
  ast::Name whole = words.front();
  for (const ast::Name &word : llvm::drop_begin(words)) {
    whole.text += "." + word.text;
    whole.range = SourceRange::join(whole.range, word.range);
  }
  return make<ast::NamedType>(range(ctx), std::move(whole), buildOptional(ctx->expr()), ctx->brackets != nullptr,
                              std::move(dims));
}

ast::Dim Builder::dim(P::DimContext *ctx) {
  ast::Dim result;
  result.range = range(ctx);
  if (ctx->add().empty()) {
    result.isRest = true;
    result.rest = name(ctx->name());
    return result;
  }
  result.label = name(ctx->name());
  result.extent = build(ctx->add(0));
  if (ctx->add().size() == 2)
    result.bound = build(ctx->add(1));
  return result;
}

// ---- actions

ast::Action *Builder::build(P::ActionContext *ctx) { return action(range(ctx), build(ctx->mul()), ctx->spaces()); }

/// The spaces behind `on`, then those behind `->`.
ast::Action *Builder::action(SourceRange range, ast::Expr *group, const std::vector<P::SpacesContext *> &spaces) {
  std::vector<ast::Space *> on, output;
  if (!spaces.empty())
    on = build(spaces[0]);
  if (spaces.size() == 2)
    output = build(spaces[1]);
  return make<ast::Action>(range, group, !spaces.empty(), std::move(on), spaces.size() == 2, std::move(output));
}

std::vector<ast::Action *> Builder::actions(const std::vector<P::ActionContext *> &list) {
  std::vector<ast::Action *> result;
  result.reserve(list.size());
  for (P::ActionContext *ctx : list)
    result.push_back(build(ctx));
  return result;
}

std::vector<ast::Space *> Builder::build(P::SpacesContext *ctx) {
  std::vector<ast::Space *> result;
  for (P::SpaceContext *space : ctx->space())
    result.push_back(build(space));
  return result;
}

ast::Space *Builder::build(P::SpaceContext *ctx) {
  P::AxesContext *axesCtx = ctx->axes();
  std::vector<ast::Name> base;
  std::vector<ast::Space::Axis> axes;
  if (axesCtx->path())
    base = path(axesCtx->path());
  for (antlr4::tree::TerminalNode *digits : axesCtx->INT())
    axes.push_back(axis(digits));
  for (P::AxisContext *entry : axesCtx->axis())
    axes.push_back(axis(entry));
  ast::Expr *by = ctx->postfix() ? build(ctx->postfix()) : nullptr;
  return make<ast::Space>(range(ctx), std::move(base), has(axesCtx, "("), std::move(axes), by);
}

ast::Space::Axis Builder::axis(antlr4::tree::TerminalNode *digits) { return {name(digits), integer(token(digits))}; }

ast::Space::Axis Builder::axis(P::AxisContext *ctx) {
  if (ctx->INT())
    return axis(ctx->INT());
  return {name(ctx->name()), std::nullopt};
}

} // namespace nn::parse
