/// Makes statements and the clauses of `train`.
#include "Frontend/Parse/Builder.h"

namespace nn::parse {

// ---- statements

ast::Block *Builder::build(P::BlockContext *ctx) {
  std::vector<ast::Stmt *> statements;
  for (P::StmtContext *stmt : ctx->stmt())
    statements.push_back(build(stmt));
  auto *block = make<ast::Block>(range(ctx), std::move(statements));
  checkBlock(block);
  return block;
}

void Builder::checkBlock(ast::Block *block) {
  unsigned before = engine.errorCount();
  for (size_t i = 0; i + 1 < block->statements.size(); ++i)
    checkUnused(block->statements[i], "only the last line of a block may be an expression: it is the block's value");
  if (engine.errorCount() != before)
    return;
  if (block->statements.empty())
    engine.report(diag::EmptyBlock, block->range).help("write an expression between the braces: the block's value");
  else if (ast::Stmt *last = block->statements.back(); !llvm::isa<ast::ExprStmt>(last))
    blockWithoutValue(last);
}

void Builder::blockWithoutValue(const ast::Stmt *last) {
  Diagnostic &error = engine.report(diag::BlockWithoutValue, last->range);
  const auto *bind = llvm::dyn_cast<ast::Bind>(last);
  if (bind && bind->lhs && !bind->lhs.isTuple())
    error.help("the last line is the block's value: write `" + bind->lhs.names.front().text +
               "` on a line of its own behind this one");
  else
    error.help("end the block with an expression on a line of its own: the block's value");
}

/// The reserved word that a lone call `minimise (...)` begins with, misspelled.
static std::optional<llvm::StringRef> misspelledClause(const ast::Expr *expr) {
  const ast::Expr *first = expr;
  while (true) {
    if (const auto *binary = llvm::dyn_cast<ast::Binary>(first))
      first = binary->lhs;
    else if (const auto *pipe = llvm::dyn_cast<ast::Pipe>(first))
      first = pipe->lhs;
    else if (const auto *call = llvm::dyn_cast<ast::Call>(first))
      first = call->callee;
    else
      break;
  }
  const auto *name = llvm::dyn_cast<ast::NameRef>(first);
  if (!name || name == expr)
    return std::nullopt;
  static const std::vector<std::string> words = {"minimize", "maximize", "report", "augment"};
  std::optional<llvm::StringRef> best = closest(name->name, words);
  return best && best->front() == llvm::StringRef(name->name).front() ? best : std::nullopt;
}

void Builder::checkUnused(ast::Item *item, llvm::StringRef help) {
  if (auto *stmt = llvm::dyn_cast<ast::ExprStmt>(item))
    unusedValue(stmt, help);
}

void Builder::unusedValue(const ast::ExprStmt *stmt, llvm::StringRef help) {
  if (std::optional<llvm::StringRef> word = misspelledClause(stmt->expr)) {
    llvm::StringRef text = engine.sources.text(stmt->range);
    size_t length = text.find_first_of(" (");
    SourceRange first{stmt->range.file, stmt->range.begin, stmt->range.begin + uint32_t(length)};
    engine.report(diag::UnexpectedWord, first, text.take_front(length))
        .fix(first, *word, "did you mean `" + *word + "`?");
    return;
  }
  Diagnostic &error = engine.report(diag::UnusedValue, stmt->range);
  const auto *call = llvm::dyn_cast<ast::Call>(stmt->expr);
  const auto *callee = call ? llvm::dyn_cast<ast::NameRef>(call->callee) : nullptr;
  if (callee && llvm::StringRef(callee->name).starts_with("print"))
    error.help("nothing is printed in passing: a recipe shows values with `report`, a `command` prints its result");
  else
    error.help(help);
}

ast::Stmt *Builder::build(P::StmtContext *ctx) {
  if (auto *bound = dynamic_cast<P::BindStmtContext *>(ctx))
    return bind(bound);
  if (auto *expr = dynamic_cast<P::ExprStmtContext *>(ctx))
    return make<ast::ExprStmt>(range(ctx), build(expr->expr()));
  if (auto *declaration = dynamic_cast<P::ParamStmtContext *>(ctx))
    return param(declaration);
  if (auto *state = dynamic_cast<P::StateStmtContext *>(ctx))
    return make<ast::StateDecl>(range(ctx), name(state->name()), buildOptional(state->type()), build(state->expr()));
  if (auto *update = dynamic_cast<P::UpdateStmtContext *>(ctx))
    return make<ast::Update>(range(ctx), name(update->name()), build(update->expr()));
  auto *derivative = static_cast<P::DerivativeStmtContext *>(ctx);
  return make<ast::Derivative>(range(ctx), name(derivative->name()), build(derivative->expr()));
}

ast::Stmt *Builder::param(P::ParamStmtContext *ctx) {
  return make<ast::ParamDecl>(range(ctx), name(ctx->name()), build(ctx->type()), has(ctx, "~"),
                              buildOptional(ctx->expr()), actions(ctx->action()));
}

ast::Stmt *Builder::bind(P::BindStmtContext *ctx) {
  ast::Type *type = buildOptional(ctx->type());
  return make<ast::Bind>(range(ctx), lhs(ctx->lhs()), type, has(ctx, "~"), build(ctx->expr()));
}

ast::Lhs Builder::lhs(P::LhsContext *ctx) {
  if (!ctx)
    return {};
  return {names(ctx->name()), has(ctx, "["), binders(ctx->binder()), range(ctx)};
}

ast::Binder *Builder::build(P::BinderContext *ctx) {
  using Form = ast::Binder::Form;
  if (ctx->INT()) {
    const Token &digits = token(ctx->INT());
    return make<ast::Binder>(range(ctx), Form::Position, ast::Name{}, nullptr, integer(digits));
  }
  ast::Expr *bound = ctx->add() ? build(ctx->add()) : nullptr;
  return make<ast::Binder>(range(ctx), has(ctx, "..") ? Form::Rest : Form::Index, name(ctx->name()), bound, 0);
}

std::vector<ast::Binder *> Builder::binders(const std::vector<P::BinderContext *> &list) {
  std::vector<ast::Binder *> result;
  result.reserve(list.size());
  for (P::BinderContext *ctx : list)
    result.push_back(build(ctx));
  return result;
}

// ---- clauses

ast::Item *Builder::build(P::ClauseContext *ctx) {
  SourceRange whole = range(ctx);
  if (auto *clause = dynamic_cast<P::StmtClauseContext *>(ctx))
    return build(clause->stmt());
  if (auto *clause = dynamic_cast<P::PlayerClauseContext *>(ctx))
    return player(clause);
  if (auto *clause = dynamic_cast<P::UsingClauseContext *>(ctx))
    return make<ast::Using>(whole, build(clause->expr()));
  if (auto *clause = dynamic_cast<P::ForClauseContext *>(ctx)) {
    bool steps = has(ctx, "step") || has(ctx, "steps");
    return make<ast::For>(whole, build(clause->count), steps ? ast::For::Unit::Steps : ast::For::Unit::Epochs,
                          buildOptional(clause->batch));
  }
  if (auto *clause = dynamic_cast<P::AugmentActionClauseContext *>(ctx))
    return make<ast::Augment>(whole, has(ctx, "all"), build(clause->action()),
                              clause->name() ? name(clause->name()) : ast::Name{}, buildOptional(clause->expr()));
  if (auto *clause = dynamic_cast<P::AugmentNameClauseContext *>(ctx))
    return make<ast::Augment>(whole, false, nullptr, name(clause->name()), build(clause->expr()));
  if (auto *clause = dynamic_cast<P::StopClauseContext *>(ctx))
    return make<ast::StopWhen>(whole, build(clause->expr()));
  if (auto *clause = dynamic_cast<P::KeepClauseContext *>(ctx))
    return make<ast::KeepBest>(whole, build(clause->expr()));
  if (auto *clause = dynamic_cast<P::SubjectClauseContext *>(ctx))
    return make<ast::SubjectTo>(whole, build(clause->expr()));
  if (auto *clause = dynamic_cast<P::ComputeClauseContext *>(ctx))
    return make<ast::Compute>(whole, name(clause->name()));
  if (auto *clause = dynamic_cast<P::ClaimClauseContext *>(ctx))
    return build(clause->claim());
  return build(static_cast<P::ReportClauseContext *>(ctx)->report());
}

ast::Item *Builder::player(P::PlayerClauseContext *ctx) {
  return make<ast::Player>(range(ctx), has(ctx, "maximize"), build(ctx->objective), buildOptional(ctx->over),
                           buildOptional(ctx->optimizer), buildOptional(ctx->every), buildOptional(ctx->constraint));
}

} // namespace nn::parse
