/// Makes expressions.
#include "Frontend/Parse/Builder.h"

#include "llvm/ADT/StringSwitch.h"
#include <cmath>

namespace nn::parse {

using antlr4::ParserRuleContext;
using antlr4::tree::TerminalNode;

// ---- places and words

SourceRange Builder::range(ParserRuleContext *ctx) const { return range(ctx, ctx); }

SourceRange Builder::range(ParserRuleContext *first, ParserRuleContext *last) const {
  return {file, token(first->getStart()).begin, token(last->getStop()).end};
}

TerminalNode *Builder::find(ParserRuleContext *ctx, llvm::StringRef spelling) const {
  for (antlr4::tree::ParseTree *child : ctx->children)
    if (auto *node = dynamic_cast<TerminalNode *>(child); node && token(node).is(spelling))
      return node;
  return nullptr;
}

ast::Name Builder::name(ParserRuleContext *ctx) const {
  if (!ctx)
    return {};
  return {token(ctx->getStart()).text.str(), range(ctx)};
}

std::vector<ast::Name> Builder::names(const std::vector<P::NameContext *> &list) const {
  std::vector<ast::Name> result;
  result.reserve(list.size());
  for (P::NameContext *ctx : list)
    result.push_back(name(ctx));
  return result;
}

std::vector<ast::Name> Builder::path(P::PathContext *ctx) const {
  std::vector<ast::Name> result{name(ctx->name())};
  for (P::WordContext *word : ctx->word())
    result.push_back(name(word));
  return result;
}

uint64_t Builder::integer(const Token &token) {
  uint64_t value = 0;
  if (token.text.getAsInteger(10, value))
    engine.report(diag::NumberTooLarge, range(token), token.text);
  return value;
}

std::string Builder::unquote(const Token &token) {
  std::string result;
  llvm::StringRef inner = token.text.drop_front().drop_back();
  for (size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\\') {
      result += inner[i];
      continue;
    }
    char escaped = inner[++i];
    switch (escaped) {
    case 'n':
      result += '\n';
      break;
    case 't':
      result += '\t';
      break;
    case '"':
    case '\\':
      result += escaped;
      break;
    default: {
      uint32_t at = token.begin + 1 + static_cast<uint32_t>(i) - 1;
      engine.report(diag::UnknownEscape, SourceRange{file, at, at + 2}, inner.substr(i - 1, 2))
          .help("a string knows `\\n`, `\\t`, `\\\"` and `\\\\`");
    }
    }
  }
  return result;
}

// ---- levels of precedence

template <typename Operand> ast::Expr *Builder::leftAssociative(ParserRuleContext *ctx) {
  ast::Expr *result = build(static_cast<Operand *>(ctx->children[0]));
  for (size_t i = 2; i < ctx->children.size(); i += 2)
    result = binary(result, ctx->children[i - 1], build(static_cast<Operand *>(ctx->children[i])));
  return result;
}

ast::Expr *Builder::binary(ast::Expr *lhs, antlr4::tree::ParseTree *op, ast::Expr *rhs) {
  using ast::BinaryOp;
  const Token &word = token(static_cast<TerminalNode *>(op));
  BinaryOp kind = llvm::StringSwitch<BinaryOp>(word.text)
                      .Case("+", BinaryOp::Add)
                      .Case("-", BinaryOp::Sub)
                      .Case("*", BinaryOp::Mul)
                      .Case("/", BinaryOp::Div)
                      .Case("%", BinaryOp::Mod)
                      .Case("@", BinaryOp::MatMul)
                      .Case("^", BinaryOp::Pow)
                      .Case("==", BinaryOp::Eq)
                      .Case("!=", BinaryOp::Ne)
                      .Case("<", BinaryOp::Lt)
                      .Case("<=", BinaryOp::Le)
                      .Case(">", BinaryOp::Gt)
                      .Case(">=", BinaryOp::Ge)
                      .Case("and", BinaryOp::And)
                      .Default(BinaryOp::Or);
  return make<ast::Binary>(SourceRange::join(lhs->range, rhs->range), kind, range(word), lhs, rhs);
}

ast::Expr *Builder::build(P::ExprContext *ctx) {
  if (P::IfExprContext *conditional = ctx->ifExpr())
    return build(conditional);
  if (P::LambdaContext *lambda = ctx->lambda())
    return build(lambda);
  return build(ctx->pipe());
}

ast::Expr *Builder::build(P::IfExprContext *ctx) {
  return make<ast::If>(range(ctx), build(ctx->expr(0)), build(ctx->expr(1)), build(ctx->expr(2)));
}

ast::Expr *Builder::build(P::LambdaContext *ctx) {
  ast::Expr *expr = buildOptional(ctx->expr());
  ast::Block *block = ctx->block() ? build(ctx->block()) : nullptr;
  return make<ast::Lambda>(range(ctx), names(ctx->name()), expr, block);
}

ast::Expr *Builder::build(P::PipeContext *ctx) {
  ast::Expr *result = build(ctx->disj(0));
  for (size_t i = 2; i < ctx->children.size(); i += 2) {
    antlr4::tree::ParseTree *child = ctx->children[i];
    ast::Expr *stage;
    if (auto *lambda = dynamic_cast<P::LambdaContext *>(child))
      stage = build(lambda);
    else if (auto *conditional = dynamic_cast<P::IfExprContext *>(child))
      stage = build(conditional);
    else
      stage = build(static_cast<P::DisjContext *>(child));
    SourceRange op = range(static_cast<TerminalNode *>(ctx->children[i - 1]));
    result = make<ast::Pipe>(SourceRange::join(result->range, stage->range), op, result, stage);
  }
  return result;
}

ast::Expr *Builder::build(P::DisjContext *ctx) { return leftAssociative<P::ConjContext>(ctx); }
ast::Expr *Builder::build(P::ConjContext *ctx) { return leftAssociative<P::NegContext>(ctx); }
ast::Expr *Builder::build(P::CmpContext *ctx) { return leftAssociative<P::AddContext>(ctx); }
ast::Expr *Builder::build(P::AddContext *ctx) { return leftAssociative<P::MulContext>(ctx); }

ast::Expr *Builder::build(P::NegContext *ctx) {
  if (ctx->cmp())
    return build(ctx->cmp());
  SourceRange op = range(find(ctx, "not"));
  return make<ast::Unary>(range(ctx), ast::UnaryOp::Not, op, build(ctx->neg()));
}

ast::Expr *Builder::build(P::MulContext *ctx) {
  if (ctx->unary().empty())
    return build(ctx->reduce());
  ast::Expr *result = build(ctx->unary(0));
  for (size_t i = 2; i < ctx->children.size(); i += 2) {
    auto *last = dynamic_cast<P::ReduceContext *>(ctx->children[i]);
    ast::Expr *rhs = last ? build(last) : build(static_cast<P::UnaryContext *>(ctx->children[i]));
    result = binary(result, ctx->children[i - 1], rhs);
  }
  return result;
}

ast::Reducer Builder::reducer(P::ReducerContext *ctx) const {
  using ast::Reducer;
  return llvm::StringSwitch<Reducer>(token(ctx->getStart()).text)
      .Case("sum", Reducer::Sum)
      .Case("mean", Reducer::Mean)
      .Case("max", Reducer::Max)
      .Case("min", Reducer::Min)
      .Case("prod", Reducer::Prod)
      .Case("logsumexp", Reducer::LogSumExp)
      .Case("argmax", Reducer::ArgMax)
      .Case("argmin", Reducer::ArgMin)
      .Case("any", Reducer::Any)
      .Default(Reducer::All);
}

ast::Expr *Builder::build(P::ReduceContext *ctx) {
  if (P::ReduceContext *negated = ctx->reduce())
    return make<ast::Unary>(range(ctx), ast::UnaryOp::Neg, range(find(ctx, "-")), build(negated));
  return make<ast::Reduce>(range(ctx), reducer(ctx->reducer()), range(ctx->reducer()), binders(ctx->binder()),
                           buildOptional(ctx->expr()), build(ctx->mul()));
}

ast::Expr *Builder::build(P::UnaryContext *ctx) {
  if (ctx->power())
    return build(ctx->power());
  return make<ast::Unary>(range(ctx), ast::UnaryOp::Neg, range(find(ctx, "-")), build(ctx->unary()));
}

ast::Expr *Builder::build(P::PowerContext *ctx) {
  ast::Expr *base = build(ctx->postfix());
  return ctx->unary() ? binary(base, ctx->children[1], build(ctx->unary())) : base;
}

// ---- atoms and what follows them

ast::Expr *Builder::build(P::PostfixContext *ctx) {
  ast::Expr *result = build(ctx->atom());
  for (P::SuffixContext *next : ctx->suffix())
    result = suffix(result, next);
  return result;
}

ast::Expr *Builder::suffix(ast::Expr *base, P::SuffixContext *ctx) {
  SourceRange whole{file, base->range.begin, range(ctx).end};
  if (auto *call = dynamic_cast<P::CallSuffixContext *>(ctx))
    return applied(whole, base, call->args());
  if (auto *index = dynamic_cast<P::IndexSuffixContext *>(ctx)) {
    std::vector<ast::Subscript> subscripts;
    for (P::IndexContext *entry : index->index())
      subscripts.push_back(subscript(entry));
    return make<ast::Index>(whole, base, std::move(subscripts));
  }
  return member(base, static_cast<P::MemberSuffixContext *>(ctx));
}

ast::Expr *Builder::member(ast::Expr *base, P::MemberSuffixContext *ctx) {
  const Token &last = token(ctx->getStop());
  if (llvm::isa<ast::IntLit, ast::FloatLit>(base)) {
    SourceRange whole{file, base->range.begin, last.end};
    engine.report(diag::MalformedNumber, whole, engine.sources.text(whole))
        .help("a number has at most one point, with a digit on both sides of it");
    return base;
  }
  if (ctx->word())
    return make<ast::Member>(SourceRange{file, base->range.begin, last.end}, base, name(ctx->word()), std::nullopt);
  if (ctx->INT())
    return memberAt(base, range(last), last.text);
  auto [first, second] = last.text.split('.');
  SourceRange whole = range(last);
  uint32_t point = whole.begin + static_cast<uint32_t>(first.size());
  return memberAt(memberAt(base, {file, whole.begin, point}, first), {file, point + 1, whole.end}, second);
}

ast::Expr *Builder::memberAt(ast::Expr *base, SourceRange digits, llvm::StringRef text) {
  uint64_t position = 0;
  if (text.getAsInteger(10, position))
    engine.report(diag::MalformedNumber, digits, text).help("a position is a whole number, counted from 0");
  return make<ast::Member>(SourceRange{file, base->range.begin, digits.end}, base, ast::Name{text.str(), digits},
                           position);
}

ast::Expr *Builder::floating(const Token &token) {
  double value = 0;
  if (token.text.getAsDouble(value) || std::isinf(value))
    engine.report(diag::NumberTooLarge, range(token), token.text);
  return make<ast::FloatLit>(range(token), value, token.text.str());
}

ast::Expr *Builder::build(P::AtomContext *ctx) {
  const Token &first = token(ctx->getStart());
  if (dynamic_cast<P::NameAtomContext *>(ctx))
    return make<ast::NameRef>(range(first), first.text.str());
  if (auto *call = dynamic_cast<P::ReducerAtomContext *>(ctx)) {
    auto *callee = make<ast::ReducerRef>(range(first), reducer(call->reducer()));
    return applied(range(ctx), callee, call->args());
  }
  if (dynamic_cast<P::IntAtomContext *>(ctx))
    return make<ast::IntLit>(range(first), integer(first));
  if (dynamic_cast<P::FloatAtomContext *>(ctx))
    return floating(first);
  if (dynamic_cast<P::StringAtomContext *>(ctx))
    return make<ast::StringLit>(range(first), unquote(first));
  if (dynamic_cast<P::BoolAtomContext *>(ctx))
    return make<ast::BoolLit>(range(first), first.is("true"));
  if (dynamic_cast<P::InfAtomContext *>(ctx))
    return make<ast::Inf>(range(first));
  if (auto *list = dynamic_cast<P::ListAtomContext *>(ctx)) {
    std::vector<ast::Expr *> elements;
    for (P::ExprContext *element : list->expr())
      elements.push_back(build(element));
    return make<ast::List>(range(ctx), std::move(elements));
  }
  return tuple(static_cast<P::TupleAtomContext *>(ctx));
}

ast::Expr *Builder::tuple(P::TupleAtomContext *ctx) {
  std::vector<ast::Arg> fields = args(ctx->arg());
  refuseSpaces(fields);
  if (fields.size() == 1 && fields.front().label.empty() && !ctx->trailing)
    return make<ast::Paren>(range(ctx), fields.front().value);
  return make<ast::Record>(range(ctx), std::move(fields));
}

/// `on` belongs to the group of `symmetrize(f, G on ..)`.
void Builder::refuseSpaces(const std::vector<ast::Arg> &list) {
  for (const ast::Arg &arg : list)
    if (arg.action)
      engine.report(diag::SpacesNotHere, arg.action->on.front()->range);
}

ast::Call *Builder::applied(SourceRange range, ast::Expr *callee, P::ArgsContext *list) {
  std::vector<ast::Arg> given = args(list->arg());
  auto *name = llvm::dyn_cast<ast::NameRef>(callee);
  if (!name || name->name != "symmetrize")
    refuseSpaces(given);
  return make<ast::Call>(range, callee, std::move(given), this->range(list));
}

std::vector<ast::Arg> Builder::args(const std::vector<P::ArgContext *> &list) {
  std::vector<ast::Arg> result;
  for (P::ArgContext *ctx : list) {
    ast::Arg arg;
    arg.label = name(ctx->word());
    arg.range = range(ctx);
    if (ctx->expr())
      arg.value = build(ctx->expr());
    else
      arg.value = make<ast::ReducerRef>(range(ctx->reducer()), reducer(ctx->reducer()));
    if (!ctx->spaces().empty())
      arg.action = action(arg.range, arg.value, ctx->spaces());
    result.push_back(std::move(arg));
  }
  return result;
}

ast::Subscript Builder::subscript(P::IndexContext *ctx) {
  using Form = ast::Subscript::Form;
  ast::Subscript result;
  result.range = range(ctx);
  if (ctx->expr().empty()) {
    result.form = Form::Rest;
    result.rest = name(ctx->name());
    return result;
  }
  result.expr = build(ctx->expr(0));
  if (ctx->expr().size() == 2) {
    result.form = Form::Slice;
    result.end = build(ctx->expr(1));
  }
  return result;
}

} // namespace nn::parse
