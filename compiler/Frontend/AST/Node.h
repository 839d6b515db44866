/// The base of every node of the syntax tree, its kinds, and the arena that owns the nodes.
#ifndef NOETHER_FRONTEND_AST_NODE_H
#define NOETHER_FRONTEND_AST_NODE_H

#include "Diagnostics/Source.h"
#include "llvm/Support/Casting.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nn::ast {

/// One kind a concrete class. The kinds of a family are contiguous: `classof` of a family is a range check.
enum class Kind : uint8_t {
  // Expressions (Expr.h)
  IntLit,
  FloatLit,
  StringLit,
  BoolLit,
  Inf,
  NameRef,
  ReducerRef,
  Member,
  Call,
  Index,
  Unary,
  Binary,
  Pipe,
  If,
  Lambda,
  Reduce,
  Paren,
  Record,
  List,
  // Types (Type.h)
  NamedType,
  RecordType,
  FunctionType,
  LikeType,
  // Parts (Item.h): neither expression nor item
  Param,
  Binder,
  Block,
  Space,
  Action,
  // Statements (Item.h)
  ParamDecl,
  StateDecl,
  Update,
  Derivative,
  Bind,
  ExprStmt,
  // Clauses of `train` (Item.h)
  Player,
  Using,
  For,
  Augment,
  StopWhen,
  KeepBest,
  SubjectTo,
  Compute,
  // Clauses of `experiment` (Item.h)
  Sweep,
  Plot,
  // What stands at the top, and what may also stand in `train` and `experiment` (Item.h)
  Report,
  SymmetryClaim,
  ShapeClaim,
  Use,
  Instance,
  Function,
  TypeAlias,
  Group,
  Data,
  Train,
  Experiment,
};

/// The kind's name as `--emit=ast` prints it ("IntLit").
std::string_view kindName(Kind kind);

/// A node knows its kind and the source it was written as. Nodes are made by `Context::make` and live as long as it.
class Node {
public:
  Node(const Node &) = delete;
  Node &operator=(const Node &) = delete;
  virtual ~Node() = default;

  const Kind kind;
  /// The whole construct as written, without surrounding blanks.
  SourceRange range;

protected:
  Node(Kind kind, SourceRange range) : kind(kind), range(range) {}
};

/// An identifier where it was written: carets go under names, not under whole declarations.
struct Name {
  std::string text;
  SourceRange range;

  bool empty() const { return text.empty(); }
  explicit operator bool() const { return !text.empty(); }
};

/// Owns nodes. Pointers between nodes are plain pointers into one Context.
class Context {
public:
  template <typename T, typename... Args> T *make(Args &&...args) {
    auto node = std::make_unique<T>(std::forward<Args>(args)...);
    T *raw = node.get();
    nodes.push_back(std::move(node));
    return raw;
  }

private:
  std::vector<std::unique_ptr<Node>> nodes;
};

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_NODE_H
