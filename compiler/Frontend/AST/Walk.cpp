// The children of each kind of node.
#include "Frontend/AST/Walk.h"

#include "llvm/ADT/TypeSwitch.h"

namespace nn::ast {

namespace {

class Walker {
public:
  explicit Walker(llvm::function_ref<void(const Node &)> visit) : visit(visit) {}

  void go(const Node *node) {
    if (!node)
      return;
    visit(*node);
    if (auto *expr = llvm::dyn_cast<Expr>(node))
      below(expr);
    else if (auto *type = llvm::dyn_cast<Type>(node))
      below(type);
    else
      below(node);
  }

private:
  template <typename Nodes> void all(const Nodes &nodes) {
    for (const Node *node : nodes)
      go(node);
  }
  void all(const std::vector<Arg> &args) {
    for (const Arg &arg : args)
      go(arg.value);
  }
  void below(const Expr *expr);
  void below(const Type *type);
  void below(const Node *node);

  llvm::function_ref<void(const Node &)> visit;
};

} // namespace

void Walker::below(const Expr *expr) {
  llvm::TypeSwitch<const Expr *>(expr)
      .Case([&](const Member *e) { go(e->base); })
      .Case([&](const Call *e) { go(e->callee), all(e->args); })
      .Case([&](const Index *e) {
        go(e->base);
        for (const Subscript &subscript : e->subscripts)
          go(subscript.expr), go(subscript.end);
      })
      .Case([&](const Unary *e) { go(e->operand); })
      .Case<Binary, Pipe>([&](auto *e) { go(e->lhs), go(e->rhs); })
      .Case([&](const If *e) { go(e->condition), go(e->thenExpr), go(e->elseExpr); })
      .Case([&](const Lambda *e) { go(e->expr), go(e->block); })
      .Case([&](const Reduce *e) { all(e->binders), go(e->where), go(e->body); })
      .Case([&](const Paren *e) { go(e->inner); })
      .Case([&](const Record *e) { all(e->fields); })
      .Case([&](const List *e) { all(e->elements); });
}

void Walker::below(const Type *type) {
  llvm::TypeSwitch<const Type *>(type)
      .Case([&](const NamedType *t) {
        go(t->arg);
        for (const Dim &dim : t->dims)
          go(dim.extent), go(dim.bound);
      })
      .Case([&](const RecordType *t) {
        for (const TypeField &field : t->fields)
          go(field.type);
      })
      .Case([&](const FunctionType *t) {
        for (const TypeField &field : t->params)
          go(field.type);
        go(t->result);
      })
      .Case([&](const LikeType *t) { go(t->expr), all(t->dims); });
}

void Walker::below(const Node *node) {
  llvm::TypeSwitch<const Node *>(node)
      .Case([&](const Param *n) { go(n->type), go(n->defaultValue); })
      .Case([&](const Binder *n) { go(n->bound); })
      .Case([&](const Block *n) { all(n->statements); })
      .Case([&](const Space *n) { go(n->by); })
      .Case([&](const Action *n) { go(n->group), all(n->on), all(n->output); })
      .Case([&](const ParamDecl *n) { go(n->type), go(n->init), all(n->invariances); })
      .Case([&](const StateDecl *n) { go(n->type), go(n->init); })
      .Case<Update, Derivative>([&](auto *n) { go(n->value); })
      .Case([&](const Bind *n) { all(n->lhs.binders), go(n->type), go(n->value); })
      .Case([&](const ExprStmt *n) { go(n->expr); })
      .Case([&](const SymmetryClaim *n) { go(n->subject), all(n->actions), go(n->within); })
      .Case([&](const Function *n) { all(n->hyper), all(n->inputs), go(n->result), go(n->expr), go(n->block); });
}

void walk(const Node *node, llvm::function_ref<void(const Node &)> visit) { Walker(visit).go(node); }

} // namespace nn::ast
