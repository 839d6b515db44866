/// Expressions, as written: nothing is resolved, no operator is rewritten.
#ifndef NOETHER_FRONTEND_AST_EXPR_H
#define NOETHER_FRONTEND_AST_EXPR_H

#include "Frontend/AST/Node.h"

#include <optional>

namespace nn::ast {

class Block;
class Binder;

class Expr : public Node {
public:
  static bool classof(const Node *node) { return node->kind >= Kind::IntLit && node->kind <= Kind::List; }

protected:
  using Node::Node;
};

/// `42`. A value beyond 64 bits is refused by the parser.
class IntLit : public Expr {
public:
  IntLit(SourceRange range, uint64_t value) : Expr(Kind::IntLit, range), value(value) {}
  uint64_t value;
  static bool classof(const Node *node) { return node->kind == Kind::IntLit; }
};

/// `1e-3`: the spelling is kept, so that a decimal can be rounded once, to the type it meets.
class FloatLit : public Expr {
public:
  FloatLit(SourceRange range, double value, std::string spelling)
      : Expr(Kind::FloatLit, range), value(value), spelling(std::move(spelling)) {}
  double value;
  std::string spelling;
  static bool classof(const Node *node) { return node->kind == Kind::FloatLit; }
};

/// `"fashion-mnist"`; `value` has its escapes (`\n \t \" \\`) replaced.
class StringLit : public Expr {
public:
  StringLit(SourceRange range, std::string value) : Expr(Kind::StringLit, range), value(std::move(value)) {}
  std::string value;
  static bool classof(const Node *node) { return node->kind == Kind::StringLit; }
};

/// `true`, `false`.
class BoolLit : public Expr {
public:
  BoolLit(SourceRange range, bool value) : Expr(Kind::BoolLit, range), value(value) {}
  bool value;
  static bool classof(const Node *node) { return node->kind == Kind::BoolLit; }
};

/// `inf`.
class Inf : public Expr {
public:
  explicit Inf(SourceRange range) : Expr(Kind::Inf, range) {}
  static bool classof(const Node *node) { return node->kind == Kind::Inf; }
};

/// A use of a name: `image`.
class NameRef : public Expr {
public:
  NameRef(SourceRange range, std::string name) : Expr(Kind::NameRef, range), name(std::move(name)) {}
  std::string name;
  static bool classof(const Node *node) { return node->kind == Kind::NameRef; }
};

enum class Reducer : uint8_t { Sum, Mean, Max, Min, Prod, LogSumExp, ArgMax, ArgMin, Any, All };

/// The word as written: "logsumexp".
std::string_view spelling(Reducer reducer);

/// A reducer that is not followed by `[`: the callee of `sum(e)`, or an argument (`pool(x, max)`).
class ReducerRef : public Expr {
public:
  ReducerRef(SourceRange range, Reducer reducer) : Expr(Kind::ReducerRef, range), reducer(reducer) {}
  Reducer reducer;
  static bool classof(const Node *node) { return node->kind == Kind::ReducerRef; }
};

/// `q.mu` or `x.0`: exactly one of `field.text` being a word or `position` holds.
class Member : public Expr {
public:
  Member(SourceRange range, Expr *base, Name field, std::optional<uint64_t> position)
      : Expr(Kind::Member, range), base(base), field(std::move(field)), position(position) {}
  Expr *base;
  /// The text after the dot, also when it is a number.
  Name field;
  /// Set when the text is a number.
  std::optional<uint64_t> position;
  static bool classof(const Node *node) { return node->kind == Kind::Member; }
};

class Action;

/// An argument of a call, or a part of a record: `lr: 1e-3`, `x`. The label is empty when none is written.
struct Arg {
  Name label;
  Expr *value = nullptr;
  SourceRange range;
  Action *action = nullptr; ///< `C(4) on x.(0, 1)`: then `value` is the group
};

/// `callee(args)`. Which list of a two-list declaration it gives is for Sema to say.
class Call : public Expr {
public:
  Call(SourceRange range, Expr *callee, std::vector<Arg> args, SourceRange parens)
      : Expr(Kind::Call, range), callee(callee), args(std::move(args)), parens(parens) {}
  Expr *callee;
  std::vector<Arg> args;
  /// From `(` to `)`.
  SourceRange parens;
  static bool classof(const Node *node) { return node->kind == Kind::Call; }
};

/// One entry between the brackets of `base[...]`.
struct Subscript {
  enum class Form : uint8_t {
    Single, ///< `i + 1`: `expr`
    Slice,  ///< `a..b`, half open: `expr` and `end`
    Rest,   ///< `..p`; `rest` is empty for a bare `..`
  };
  Form form = Form::Single;
  Expr *expr = nullptr;
  Expr *end = nullptr;
  Name rest;
  SourceRange range;
};

/// `base[i, a..b, ..p]`.
class Index : public Expr {
public:
  Index(SourceRange range, Expr *base, std::vector<Subscript> subscripts)
      : Expr(Kind::Index, range), base(base), subscripts(std::move(subscripts)) {}
  Expr *base;
  std::vector<Subscript> subscripts;
  static bool classof(const Node *node) { return node->kind == Kind::Index; }
};

enum class UnaryOp : uint8_t { Neg, Not };
std::string_view spelling(UnaryOp op);

/// `-x`, `not x`.
class Unary : public Expr {
public:
  Unary(SourceRange range, UnaryOp op, SourceRange opRange, Expr *operand)
      : Expr(Kind::Unary, range), op(op), opRange(opRange), operand(operand) {}
  UnaryOp op;
  SourceRange opRange;
  Expr *operand;
  static bool classof(const Node *node) { return node->kind == Kind::Unary; }
};

enum class BinaryOp : uint8_t { Add, Sub, Mul, Div, Mod, MatMul, Pow, Eq, Ne, Lt, Le, Gt, Ge, And, Or };
std::string_view spelling(BinaryOp op);

/// `lhs op rhs`, by the precedence of the reference; comparisons do not chain.
class Binary : public Expr {
public:
  Binary(SourceRange range, BinaryOp op, SourceRange opRange, Expr *lhs, Expr *rhs)
      : Expr(Kind::Binary, range), op(op), opRange(opRange), lhs(lhs), rhs(rhs) {}
  BinaryOp op;
  SourceRange opRange;
  Expr *lhs;
  Expr *rhs;
  static bool classof(const Node *node) { return node->kind == Kind::Binary; }
};

/// `x |> e`, which means `e(x)`; left associative.
class Pipe : public Expr {
public:
  Pipe(SourceRange range, SourceRange opRange, Expr *lhs, Expr *rhs)
      : Expr(Kind::Pipe, range), opRange(opRange), lhs(lhs), rhs(rhs) {}
  SourceRange opRange;
  Expr *lhs;
  Expr *rhs;
  static bool classof(const Node *node) { return node->kind == Kind::Pipe; }
};

/// `if c then a else b`.
class If : public Expr {
public:
  If(SourceRange range, Expr *condition, Expr *thenExpr, Expr *elseExpr)
      : Expr(Kind::If, range), condition(condition), thenExpr(thenExpr), elseExpr(elseExpr) {}
  Expr *condition;
  Expr *thenExpr;
  Expr *elseExpr;
  static bool classof(const Node *node) { return node->kind == Kind::If; }
};

/// `k => e`, `(h, x) => { ... }`. Exactly one of `expr` and `block` is set.
class Lambda : public Expr {
public:
  Lambda(SourceRange range, std::vector<Name> params, Expr *expr, Block *block)
      : Expr(Kind::Lambda, range), params(std::move(params)), expr(expr), block(block) {}
  std::vector<Name> params;
  Expr *expr;
  Block *block;
  static bool classof(const Node *node) { return node->kind == Kind::Lambda; }
};

/// `sum[j, k where c] body`; the body is one product.
class Reduce : public Expr {
public:
  Reduce(SourceRange range, Reducer reducer, SourceRange reducerRange, std::vector<Binder *> binders, Expr *where,
         Expr *body)
      : Expr(Kind::Reduce, range), reducer(reducer), reducerRange(reducerRange), binders(std::move(binders)),
        where(where), body(body) {}
  Reducer reducer;
  SourceRange reducerRange;
  std::vector<Binder *> binders;
  /// Null when there is no `where`.
  Expr *where;
  Expr *body;
  static bool classof(const Node *node) { return node->kind == Kind::Reduce; }
};

/// `(e)`: kept, so that carets and the formatter see what was written.
class Paren : public Expr {
public:
  Paren(SourceRange range, Expr *inner) : Expr(Kind::Paren, range), inner(inner) {}
  Expr *inner;
  static bool classof(const Node *node) { return node->kind == Kind::Paren; }
};

/// `(mu: a, sigma: b)` or `(a, b)`: at least one label, or at least two fields.
class Record : public Expr {
public:
  Record(SourceRange range, std::vector<Arg> fields) : Expr(Kind::Record, range), fields(std::move(fields)) {}
  std::vector<Arg> fields;
  static bool classof(const Node *node) { return node->kind == Kind::Record; }
};

/// `[1, 2, 3]`.
class List : public Expr {
public:
  List(SourceRange range, std::vector<Expr *> elements) : Expr(Kind::List, range), elements(std::move(elements)) {}
  std::vector<Expr *> elements;
  static bool classof(const Node *node) { return node->kind == Kind::List; }
};

/// The expression inside any number of parentheses.
inline const Expr *stripParens(const Expr *expr) {
  while (auto *paren = llvm::dyn_cast_or_null<Paren>(expr))
    expr = paren->inner;
  return expr;
}
inline Expr *stripParens(Expr *expr) {
  while (auto *paren = llvm::dyn_cast_or_null<Paren>(expr))
    expr = paren->inner;
  return expr;
}

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_EXPR_H
