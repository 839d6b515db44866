/// Everything that stands on a line of its own: statements, clauses, declarations; and the parts they are made of.
#ifndef NOETHER_FRONTEND_AST_ITEM_H
#define NOETHER_FRONTEND_AST_ITEM_H

#include "Frontend/AST/Type.h"

namespace nn::ast {

class Item : public Node {
public:
  /// The `///` lines right above, without the slashes, joined by newlines; empty when there are none.
  std::string doc;
  static bool classof(const Node *node) { return node->kind >= Kind::ParamDecl && node->kind <= Kind::Experiment; }

protected:
  using Node::Node;
};

/// What may stand in a block.
class Stmt : public Item {
public:
  static bool classof(const Node *node) { return node->kind >= Kind::ParamDecl && node->kind <= Kind::ExprStmt; }

protected:
  using Item::Item;
};

// ---- parts

/// A hyperparameter or an input of a declaration: `momentum: f32 = 0.1`.
class Param : public Node {
public:
  Param(SourceRange range, Name name, Type *type, Expr *defaultValue)
      : Node(Kind::Param, range), name(std::move(name)), type(type), defaultValue(defaultValue) {}
  Name name;
  /// Null when none is written.
  Type *type;
  /// Null when none is written.
  Expr *defaultValue;
  static bool classof(const Node *node) { return node->kind == Kind::Param; }
};

/// An index bound by a left-hand side or a reducer: `i`, `a < n`, `..p`, `0`.
class Binder : public Node {
public:
  enum class Form : uint8_t {
    Index,    ///< `i`, or `i < bound`: `name`, `bound`
    Rest,     ///< `..p`: `name`
    Position, ///< `0`, a fixed position of a left-hand side: `position`
  };
  Binder(SourceRange range, Form form, Name name, Expr *bound, uint64_t position)
      : Node(Kind::Binder, range), form(form), name(std::move(name)), bound(bound), position(position) {}
  Form form;
  Name name;
  /// Null when no range is given.
  Expr *bound;
  uint64_t position;
  static bool classof(const Node *node) { return node->kind == Kind::Binder; }
};

/// `{ ... }`; its value is its last statement, when that is an ExprStmt.
class Block : public Node {
public:
  Block(SourceRange range, std::vector<Stmt *> statements)
      : Node(Kind::Block, range), statements(std::move(statements)) {}
  std::vector<Stmt *> statements;
  static bool classof(const Node *node) { return node->kind == Kind::Block; }
};

/// One space that a group acts on: `1`, `(4, 5)`, `pos`, `image.(h, w)`, `x.n`, `output.1`, with `by regular`.
class Space : public Node {
public:
  /// An axis by name or by position.
  struct Axis {
    Name text;
    std::optional<uint64_t> position;
  };
  Space(SourceRange range, std::vector<Name> path, bool isGrid, std::vector<Axis> axes, Expr *by)
      : Node(Kind::Space, range), path(std::move(path)), isGrid(isGrid), axes(std::move(axes)), by(by) {}
  /// `x` of `x.(h, w)`; empty for axes of the parameter itself. For `x.n` the path is `x`, `n`: whether `n` names a
  /// field or an axis is for Sema to say.
  std::vector<Name> path;
  /// The axes were written in parentheses: one grid.
  bool isGrid;
  std::vector<Axis> axes;
  /// The representation after `by`; null for the default one.
  Expr *by;
  static bool classof(const Node *node) { return node->kind == Kind::Space; }
};

/// `G on x.n and kind.n -> output.n`: the group, what it moves, and how the output moves with it.
class Action : public Node {
public:
  Action(SourceRange range, Expr *group, bool hasOn, std::vector<Space *> on, bool hasOutput,
         std::vector<Space *> output)
      : Node(Kind::Action, range), group(group), hasOn(hasOn), on(std::move(on)), hasOutput(hasOutput),
        output(std::move(output)) {}
  Expr *group;
  bool hasOn;
  std::vector<Space *> on;
  bool hasOutput;
  std::vector<Space *> output;
  static bool classof(const Node *node) { return node->kind == Kind::Action; }
};

// ---- statements

/// `param W: T ~ initializer invariant under G, H`.
class ParamDecl : public Stmt {
public:
  ParamDecl(SourceRange range, Name name, Type *type, bool isDrawn, Expr *init, std::vector<Action *> invariances)
      : Stmt(Kind::ParamDecl, range), name(std::move(name)), type(type), isDrawn(isDrawn), init(init),
        invariances(std::move(invariances)) {}
  Name name;
  Type *type;
  /// `~ init`, not `= init`.
  bool isDrawn;
  /// Null when none is written.
  Expr *init;
  std::vector<Action *> invariances;
  static bool classof(const Node *node) { return node->kind == Kind::ParamDecl; }
};

/// `state m: T = e`.
class StateDecl : public Stmt {
public:
  StateDecl(SourceRange range, Name name, Type *type, Expr *init)
      : Stmt(Kind::StateDecl, range), name(std::move(name)), type(type), init(init) {}
  Name name;
  /// Null when none is written.
  Type *type;
  Expr *init;
  static bool classof(const Node *node) { return node->kind == Kind::StateDecl; }
};

/// `update m = e`: the state's next value.
class Update : public Stmt {
public:
  Update(SourceRange range, Name name, Expr *value) : Stmt(Kind::Update, range), name(std::move(name)), value(value) {}
  Name name;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Update; }
};

/// `derivative x = e`: the function's own derivative by x.
class Derivative : public Stmt {
public:
  Derivative(SourceRange range, Name name, Expr *value)
      : Stmt(Kind::Derivative, range), name(std::move(name)), value(value) {}
  Name name;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Derivative; }
};

/// A left-hand side: `y`, `y[i, a < n]` (one name and binders), or `(a, b)` (several names).
struct Lhs {
  std::vector<Name> names;
  /// Brackets were written.
  bool hasBinders = false;
  std::vector<Binder *> binders;
  SourceRange range;

  bool isTuple() const { return names.size() > 1; }
  explicit operator bool() const { return !names.empty(); }
};

/// `y[i] = e`, `(a, b) = f(x)`, `z: T ~ d`.
class Bind : public Stmt {
public:
  Bind(SourceRange range, Lhs lhs, Type *type, bool isDrawn, Expr *value)
      : Stmt(Kind::Bind, range), lhs(std::move(lhs)), type(type), isDrawn(isDrawn), value(value) {}
  Lhs lhs;
  /// Null when none is written.
  Type *type;
  /// `~ value`, not `= value`.
  bool isDrawn;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Bind; }
};

/// An expression as a statement: the value of its block.
class ExprStmt : public Stmt {
public:
  ExprStmt(SourceRange range, Expr *expr) : Stmt(Kind::ExprStmt, range), expr(expr) {}
  Expr *expr;
  static bool classof(const Node *node) { return node->kind == Kind::ExprStmt; }
};

// ---- clauses of `train`

/// `minimize L over M using O every k steps subject to c`; absent parts are null.
class Player : public Item {
public:
  Player(SourceRange range, bool maximize, Expr *objective, Expr *over, Expr *optimizer, Expr *every, Expr *constraint)
      : Item(Kind::Player, range), maximize(maximize), objective(objective), over(over), optimizer(optimizer),
        every(every), constraint(constraint) {}
  bool maximize;
  Expr *objective;
  Expr *over;
  Expr *optimizer;
  /// In steps.
  Expr *every;
  Expr *constraint;
  static bool classof(const Node *node) { return node->kind == Kind::Player; }
};

/// `using O`: the optimizer of every player without its own.
class Using : public Item {
public:
  Using(SourceRange range, Expr *optimizer) : Item(Kind::Using, range), optimizer(optimizer) {}
  Expr *optimizer;
  static bool classof(const Node *node) { return node->kind == Kind::Using; }
};

/// `for 10 epochs in batches of 64`.
class For : public Item {
public:
  enum class Unit : uint8_t { Epochs, Steps };
  For(SourceRange range, Expr *count, Unit unit, Expr *batch)
      : Item(Kind::For, range), count(count), unit(unit), batch(batch) {}
  Expr *count;
  Unit unit;
  /// Null when the whole split is one batch.
  Expr *batch;
  static bool classof(const Node *node) { return node->kind == Kind::For; }
};

/// `augment all C(4) on image.(h, w)` (an action) or `augment image = e` (a name and its value).
class Augment : public Item {
public:
  /// `name` and `value` are the field and what it becomes, or behind an action the label and the value of an option.
  Augment(SourceRange range, bool all, Action *action, Name name, Expr *value)
      : Item(Kind::Augment, range), all(all), action(action), name(std::move(name)), value(value) {}
  bool all;
  Action *action;
  Name name;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Augment; }
};

/// `stop when e`.
class StopWhen : public Item {
public:
  StopWhen(SourceRange range, Expr *condition) : Item(Kind::StopWhen, range), condition(condition) {}
  Expr *condition;
  static bool classof(const Node *node) { return node->kind == Kind::StopWhen; }
};

/// `keep best e`.
class KeepBest : public Item {
public:
  KeepBest(SourceRange range, Expr *metric) : Item(Kind::KeepBest, range), metric(metric) {}
  Expr *metric;
  static bool classof(const Node *node) { return node->kind == Kind::KeepBest; }
};

/// `subject to e` on a line of its own.
class SubjectTo : public Item {
public:
  SubjectTo(SourceRange range, Expr *constraint) : Item(Kind::SubjectTo, range), constraint(constraint) {}
  Expr *constraint;
  static bool classof(const Node *node) { return node->kind == Kind::SubjectTo; }
};

/// `compute bf16`: the precision of contractions.
class Compute : public Item {
public:
  Compute(SourceRange range, Name precision) : Item(Kind::Compute, range), precision(std::move(precision)) {}
  Name precision;
  static bool classof(const Node *node) { return node->kind == Kind::Compute; }
};

// ---- clauses of `experiment`

/// `sweep width in [1, 2, 4]`.
class Sweep : public Item {
public:
  Sweep(SourceRange range, Name name, Expr *values) : Item(Kind::Sweep, range), name(std::move(name)), values(values) {}
  Name name;
  Expr *values;
  static bool classof(const Node *node) { return node->kind == Kind::Sweep; }
};

/// `plot gap, to_ridge against t`.
class Plot : public Item {
public:
  Plot(SourceRange range, std::vector<Expr *> curves, std::vector<Expr *> against)
      : Item(Kind::Plot, range), curves(std::move(curves)), against(std::move(against)) {}
  std::vector<Expr *> curves;
  std::vector<Expr *> against;
  static bool classof(const Node *node) { return node->kind == Kind::Plot; }
};

// ---- tops

/// `report every 100 steps NAME = e as image`; at the top, in `train` and in `experiment`.
class Report : public Item {
public:
  enum class Form : uint8_t { Default, Image, Curve, Histogram, Boundary };
  Report(SourceRange range, Expr *every, Lhs lhs, Expr *value, Form form)
      : Item(Kind::Report, range), every(every), lhs(std::move(lhs)), value(value), form(form) {}
  /// In steps; null for each epoch.
  Expr *every;
  /// No names when the report is not named.
  Lhs lhs;
  Expr *value;
  Form form;
  static bool classof(const Node *node) { return node->kind == Kind::Report; }
};

/// `equivariant M under G on x -> y, H within 0.01`; at the top and in `train`.
class SymmetryClaim : public Item {
public:
  SymmetryClaim(SourceRange range, bool equivariant, SourceRange wordRange, Expr *subject,
                std::vector<Action *> actions, Expr *within)
      : Item(Kind::SymmetryClaim, range), equivariant(equivariant), wordRange(wordRange), subject(subject),
        actions(std::move(actions)), within(within) {}
  bool equivariant;
  SourceRange wordRange;
  Expr *subject;
  std::vector<Action *> actions;
  /// Null when a proof is asked for.
  Expr *within;
  static bool classof(const Node *node) { return node->kind == Kind::SymmetryClaim; }
};

/// `convex L in w`, `linear F in x`; at the top and in `train`.
class ShapeClaim : public Item {
public:
  enum class Form : uint8_t { Convex, Linear };
  ShapeClaim(SourceRange range, Form form, SourceRange wordRange, Expr *subject, Expr *in)
      : Item(Kind::ShapeClaim, range), form(form), wordRange(wordRange), subject(subject), in(in) {}
  Form form;
  SourceRange wordRange;
  Expr *subject;
  Expr *in;
  static bool classof(const Node *node) { return node->kind == Kind::ShapeClaim; }
};

/// `use graphs as g`, `use "my.nn" as my`.
class Use : public Item {
public:
  Use(SourceRange range, std::vector<Name> path, Name file, Name alias)
      : Item(Kind::Use, range), path(std::move(path)), file(std::move(file)), alias(std::move(alias)) {}
  /// `graphs`; empty when a file is named.
  std::vector<Name> path;
  /// The unquoted string; empty when a path is named.
  Name file;
  /// Empty when none is written.
  Name alias;
  static bool classof(const Node *node) { return node->kind == Kind::Use; }
};

/// `model net = Wide(64)`.
class Instance : public Item {
public:
  Instance(SourceRange range, Name name, Expr *value)
      : Item(Kind::Instance, range), name(std::move(name)), value(value) {}
  Name name;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Instance; }
};

enum class Role : uint8_t { Model, Fn, Loss, Regularizer, Optimizer, Schedule, Command };
/// The word that introduces it: "regularizer".
std::string_view spelling(Role role);

/// `model dense(out: int)(x: real[n]) -> real[out] { ... }` and the other roles. Exactly one of `expr`, `block` is set.
class Function : public Item {
public:
  Function(SourceRange range, Role role, SourceRange roleRange, Name name, bool hasHyper, std::vector<Param *> hyper,
           std::vector<Param *> inputs, Type *result, Expr *expr, Block *block)
      : Item(Kind::Function, range), role(role), roleRange(roleRange), name(std::move(name)), hasHyper(hasHyper),
        hyper(std::move(hyper)), inputs(std::move(inputs)), result(result), expr(expr), block(block) {}
  Role role;
  SourceRange roleRange;
  Name name;
  /// Two lists were written; the first, perhaps empty, is `hyper`.
  bool hasHyper;
  std::vector<Param *> hyper;
  std::vector<Param *> inputs;
  /// Null when none is written.
  Type *result;
  Expr *expr;
  Block *block;
  static bool classof(const Node *node) { return node->kind == Kind::Function; }
};

/// `type Graph[n, e, d] = (x: f32[n, d], ...)`.
class TypeAlias : public Item {
public:
  TypeAlias(SourceRange range, Name name, std::vector<Name> dims, Type *type)
      : Item(Kind::TypeAlias, range), name(std::move(name)), dims(std::move(dims)), type(type) {}
  Name name;
  std::vector<Name> dims;
  Type *type;
  static bool classof(const Node *node) { return node->kind == Kind::TypeAlias; }
};

/// `group p4(h, w) = semidirect(shifts(h, w), C(4))`.
class Group : public Item {
public:
  Group(SourceRange range, Name name, std::vector<Param *> params, Expr *value)
      : Item(Kind::Group, range), name(std::move(name)), params(std::move(params)), value(value) {}
  Name name;
  std::vector<Param *> params;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Group; }
};

/// `data digits: T = idx("fashion-mnist")`.
class Data : public Item {
public:
  Data(SourceRange range, Name name, Type *type, Expr *value)
      : Item(Kind::Data, range), name(std::move(name)), type(type), value(value) {}
  Name name;
  /// Null when it is inferred.
  Type *type;
  Expr *value;
  static bool classof(const Node *node) { return node->kind == Kind::Data; }
};

/// `train M on D { clauses }`.
class Train : public Item {
public:
  Train(SourceRange range, SourceRange wordRange, Expr *subject, Expr *data, std::vector<Item *> clauses)
      : Item(Kind::Train, range), wordRange(wordRange), subject(subject), data(data), clauses(std::move(clauses)) {}
  SourceRange wordRange;
  /// Null for `train on D`.
  Expr *subject;
  /// Null for `train M`.
  Expr *data;
  /// Clauses of `train`, Report, claims, and statements, as written.
  std::vector<Item *> clauses;
  static bool classof(const Node *node) { return node->kind == Kind::Train; }
};

/// `experiment NAME { ... }`.
class Experiment : public Item {
public:
  Experiment(SourceRange range, Name name, std::vector<Item *> items)
      : Item(Kind::Experiment, range), name(std::move(name)), items(std::move(items)) {}
  Name name;
  /// Sweep, Plot, and anything that may stand at the top, as written.
  std::vector<Item *> items;
  static bool classof(const Node *node) { return node->kind == Kind::Experiment; }
};

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_ITEM_H
