/// Makes the syntax tree from the generated parser's tree. Private: it shows the generator's types.
#ifndef NOETHER_FRONTEND_PARSE_BUILDER_H
#define NOETHER_FRONTEND_PARSE_BUILDER_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"
#include "Frontend/Parse/Token.h"

#include "NoetherParser.h"

namespace nn::parse {

/// One method a grammar rule, which takes the rule's context and gives its node. The families are in BuildExpr.cpp,
/// BuildType.cpp, BuildStmt.cpp and BuildTop.cpp. What the grammar lets through and the language does not (a number
/// that is too large, a line whose value nobody uses) is reported here.
class Builder {
public:
  using P = NoetherParser;

  Builder(uint32_t file, const TokenList &tokens, ast::Context &context, DiagnosticEngine &engine)
      : file(file), tokens(tokens), context(context), engine(engine) {}

  std::vector<ast::Item *> build(P::FileContext *ctx);

private:
  // ---- places and words (BuildExpr.cpp)
  const Token &token(antlr4::tree::TerminalNode *node) const { return tokens[node->getSymbol()->getTokenIndex()]; }
  const Token &token(const antlr4::Token *raw) const { return tokens[raw->getTokenIndex()]; }
  SourceRange range(const Token &token) const { return {file, token.begin, token.end}; }
  SourceRange range(antlr4::tree::TerminalNode *node) const { return range(token(node)); }
  SourceRange range(antlr4::ParserRuleContext *ctx) const;
  SourceRange range(antlr4::ParserRuleContext *first, antlr4::ParserRuleContext *last) const;
  /// The first terminal child with this spelling, or null.
  antlr4::tree::TerminalNode *find(antlr4::ParserRuleContext *ctx, llvm::StringRef spelling) const;
  bool has(antlr4::ParserRuleContext *ctx, llvm::StringRef spelling) const { return find(ctx, spelling) != nullptr; }
  ast::Name name(antlr4::ParserRuleContext *ctx) const;
  ast::Name name(antlr4::tree::TerminalNode *node) const { return {token(node).text.str(), range(node)}; }
  std::vector<ast::Name> names(const std::vector<P::NameContext *> &list) const;
  std::vector<ast::Name> path(P::PathContext *ctx) const;
  uint64_t integer(const Token &token);
  std::string unquote(const Token &token);

  // ---- expressions (BuildExpr.cpp)
  ast::Expr *build(P::ExprContext *ctx);
  ast::Expr *build(P::IfExprContext *ctx);
  ast::Expr *build(P::LambdaContext *ctx);
  ast::Expr *build(P::PipeContext *ctx);
  ast::Expr *build(P::DisjContext *ctx);
  ast::Expr *build(P::ConjContext *ctx);
  ast::Expr *build(P::NegContext *ctx);
  ast::Expr *build(P::CmpContext *ctx);
  ast::Expr *build(P::AddContext *ctx);
  ast::Expr *build(P::MulContext *ctx);
  ast::Expr *build(P::ReduceContext *ctx);
  ast::Expr *build(P::UnaryContext *ctx);
  ast::Expr *build(P::PowerContext *ctx);
  ast::Expr *build(P::PostfixContext *ctx);
  ast::Expr *build(P::AtomContext *ctx);
  ast::Expr *tuple(P::TupleAtomContext *ctx);
  ast::Expr *suffix(ast::Expr *base, P::SuffixContext *ctx);
  ast::Expr *member(ast::Expr *base, P::MemberSuffixContext *ctx);
  ast::Expr *memberAt(ast::Expr *base, SourceRange digits, llvm::StringRef text);
  ast::Expr *floating(const Token &token);
  ast::Expr *binary(ast::Expr *lhs, antlr4::tree::ParseTree *op, ast::Expr *rhs);
  /// Folds `operand op operand op ...` to the left.
  template <typename Operand> ast::Expr *leftAssociative(antlr4::ParserRuleContext *ctx);
  ast::Reducer reducer(P::ReducerContext *ctx) const;
  std::vector<ast::Arg> args(const std::vector<P::ArgContext *> &list);
  void refuseSpaces(const std::vector<ast::Arg> &list);
  ast::Call *applied(SourceRange range, ast::Expr *callee, P::ArgsContext *args);
  ast::Subscript subscript(P::IndexContext *ctx);
  ast::Expr *buildOptional(P::ExprContext *ctx) { return ctx ? build(ctx) : nullptr; }

  // ---- types, groups (BuildType.cpp)
  ast::Type *build(P::TypeContext *ctx);
  ast::Type *tupleType(P::TupleTypeContext *ctx);
  ast::Type *likeType(P::LikeTypeContext *ctx);
  ast::Type *namedType(P::NamedTypeContext *ctx);
  ast::Type *buildOptional(P::TypeContext *ctx) { return ctx ? build(ctx) : nullptr; }
  ast::Dim dim(P::DimContext *ctx);
  ast::Action *build(P::ActionContext *ctx);
  ast::Action *action(SourceRange range, ast::Expr *group, const std::vector<P::SpacesContext *> &spaces);
  std::vector<ast::Action *> actions(const std::vector<P::ActionContext *> &list);
  std::vector<ast::Space *> build(P::SpacesContext *ctx);
  ast::Space *build(P::SpaceContext *ctx);
  ast::Space::Axis axis(antlr4::tree::TerminalNode *digits);
  ast::Space::Axis axis(P::AxisContext *ctx);

  // ---- statements and clauses (BuildStmt.cpp)
  ast::Block *build(P::BlockContext *ctx);
  ast::Stmt *build(P::StmtContext *ctx);
  ast::Stmt *param(P::ParamStmtContext *ctx);
  ast::Stmt *bind(P::BindStmtContext *ctx);
  ast::Lhs lhs(P::LhsContext *ctx);
  ast::Binder *build(P::BinderContext *ctx);
  std::vector<ast::Binder *> binders(const std::vector<P::BinderContext *> &list);
  ast::Item *build(P::ClauseContext *ctx);
  ast::Item *player(P::PlayerClauseContext *ctx);
  void checkBlock(ast::Block *block);
  /// An expression may not stand on its own here: `where` says what this place is.
  void checkUnused(ast::Item *item, llvm::StringRef help);
  void unusedValue(const ast::ExprStmt *stmt, llvm::StringRef help);
  void blockWithoutValue(const ast::Stmt *last);

  // ---- declarations (BuildTop.cpp)
  ast::Item *build(P::TopContext *ctx);
  ast::Item *build(P::UseContext *ctx);
  ast::Item *build(P::FunctionContext *ctx);
  ast::Item *build(P::ClaimContext *ctx);
  ast::Item *build(P::TrainContext *ctx);
  ast::Item *build(P::ExperimentContext *ctx);
  ast::Item *build(P::ExpItemContext *ctx);
  ast::Item *build(P::ReportContext *ctx);
  ast::Report::Form reportForm(const ast::Name &word);
  std::vector<ast::Param *> params(P::ParamsContext *ctx);

  template <typename T, typename... Args> T *make(Args &&...args) {
    return context.make<T>(std::forward<Args>(args)...);
  }

  uint32_t file;
  const TokenList &tokens;
  ast::Context &context;
  DiagnosticEngine &engine;
};

} // namespace nn::parse

#endif // NOETHER_FRONTEND_PARSE_BUILDER_H
