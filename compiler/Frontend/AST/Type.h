/// Types, as written.
#ifndef NOETHER_FRONTEND_AST_TYPE_H
#define NOETHER_FRONTEND_AST_TYPE_H

#include "Frontend/AST/Expr.h"

namespace nn::ast {

class Type : public Node {
public:
  static bool classof(const Node *node) { return node->kind >= Kind::NamedType && node->kind <= Kind::LikeType; }

protected:
  using Node::Node;
};

/// One dimension: `..s` (rest), `3`, `2 * n`, `n <= 64`, `h: 32`.
struct Dim {
  bool isRest = false;
  /// After `..`; empty for a bare `..`.
  Name rest;
  /// Before `:`; empty when none is written.
  Name label;
  /// The extent; null for a rest.
  Expr *extent = nullptr;
  /// After `<=`; null when the dimension is not bounded.
  Expr *bound = nullptr;
  SourceRange range;
};

/// `f32[3, n]`, `f32`, `index(10)[t]`, `Graph[n, e, d]`, `schedule`.
class NamedType : public Type {
public:
  NamedType(SourceRange range, Name name, Expr *arg, bool hasDims, std::vector<Dim> dims)
      : Type(Kind::NamedType, range), name(std::move(name)), arg(arg), hasDims(hasDims), dims(std::move(dims)) {}
  Name name;
  /// `10` of `index(10)`; null when there are no parentheses.
  Expr *arg;
  /// Brackets were written, perhaps empty.
  bool hasDims;
  std::vector<Dim> dims;
  static bool classof(const Node *node) { return node->kind == Kind::NamedType; }
};

struct TypeField {
  /// Empty when none is written.
  Name label;
  Type *type = nullptr;
  SourceRange range;
};

/// `(mu: f32[d], sigma: f32[d])`. One unlabelled field is a parenthesized type.
class RecordType : public Type {
public:
  RecordType(SourceRange range, std::vector<TypeField> fields)
      : Type(Kind::RecordType, range), fields(std::move(fields)) {}
  std::vector<TypeField> fields;
  static bool classof(const Node *node) { return node->kind == Kind::RecordType; }
};

/// `(x: f32[n]) -> f32`.
class FunctionType : public Type {
public:
  FunctionType(SourceRange range, std::vector<TypeField> params, Type *result)
      : Type(Kind::FunctionType, range), params(std::move(params)), result(result) {}
  std::vector<TypeField> params;
  Type *result;
  static bool classof(const Node *node) { return node->kind == Kind::FunctionType; }
};

/// `like w`, `like w[history]`: the structure of an expression, with further leading axes.
class LikeType : public Type {
public:
  LikeType(SourceRange range, Expr *expr, std::vector<Expr *> dims)
      : Type(Kind::LikeType, range), expr(expr), dims(std::move(dims)) {}
  Expr *expr;
  std::vector<Expr *> dims;
  static bool classof(const Node *node) { return node->kind == Kind::LikeType; }
};

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_TYPE_H
