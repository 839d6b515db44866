/// The printer behind `--emit=ast`.
#include "Frontend/AST/Printer.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

namespace nn::ast {
namespace {

class Printer {
public:
  Printer(llvm::raw_ostream &out, const SourceManager &sources) : out(out), sources(sources) {}

  void item(const Item *item, llvm::StringRef role = "");

private:
  // A line is opened, its children are printed inside `Nested`.
  void line(const Node *node, llvm::StringRef role, const llvm::Twine &details = "");
  void line(llvm::StringRef what, SourceRange range, llvm::StringRef role, const llvm::Twine &details = "");

  struct Nested {
    explicit Nested(Printer &printer) : printer(printer) { printer.depth += 2; }
    ~Nested() { printer.depth -= 2; }
    Printer &printer;
  };

  void expr(const Expr *expr, llvm::StringRef role = "");
  void compound(const Expr *expr, llvm::StringRef role);
  void type(const Type *type, llvm::StringRef role = "");
  void dim(const Dim &dim);
  void arg(const Arg &arg, llvm::StringRef role);
  void subscript(const Subscript &entry);
  void binder(const Binder *binder);
  void binders(const std::vector<Binder *> &list);
  void lhs(const Lhs &lhs);
  void param(const Param *param, llvm::StringRef role);
  void block(const Block *block, llvm::StringRef role);
  void body(const Expr *expr, const Block *block);
  void action(const Action *action);
  void space(const Space *space, llvm::StringRef role);
  void stmt(const Stmt *stmt, llvm::StringRef role);
  void clause(const Item *item, llvm::StringRef role);
  void top(const Item *item, llvm::StringRef role);
  void function(const Function *function, llvm::StringRef role);
  void claim(const Item *item, llvm::StringRef role);
  void report(const Report *report, llvm::StringRef role);

  llvm::raw_ostream &out;
  const SourceManager &sources;
  unsigned depth = 0;
};

std::string joinNames(const std::vector<Name> &names, llvm::StringRef between) {
  std::string result;
  for (const Name &name : names) {
    if (!result.empty())
      result += between;
    result += name.text;
  }
  return result;
}

void Printer::line(llvm::StringRef what, SourceRange range, llvm::StringRef role, const llvm::Twine &details) {
  out.indent(depth);
  if (!role.empty())
    out << role << ": ";
  out << what;
  if (std::string text = details.str(); !text.empty())
    out << ' ' << text;
  LineColumn begin = sources.lineColumn(range.file, range.begin), end = sources.lineColumn(range.file, range.end);
  out << " <" << begin.line << ':' << begin.column << '-' << end.line << ':' << end.column << ">\n";
}

void Printer::line(const Node *node, llvm::StringRef role, const llvm::Twine &details) {
  line(kindName(node->kind), node->range, role, details);
}

std::string quoted(llvm::StringRef text) {
  std::string result = "\"";
  llvm::raw_string_ostream stream(result);
  llvm::printEscapedString(text, stream);
  return result + "\"";
}

// ---- expressions

void Printer::expr(const Expr *node, llvm::StringRef role) {
  if (!node)
    return;
  llvm::TypeSwitch<const Expr *>(node)
      .Case([&](const IntLit *e) { line(e, role, llvm::Twine(e->value)); })
      .Case([&](const FloatLit *e) { line(e, role, e->spelling); })
      .Case([&](const StringLit *e) { line(e, role, quoted(e->value)); })
      .Case([&](const BoolLit *e) { line(e, role, e->value ? "true" : "false"); })
      .Case([&](const Inf *e) { line(e, role); })
      .Case([&](const NameRef *e) { line(e, role, e->name); })
      .Case([&](const ReducerRef *e) { line(e, role, llvm::StringRef(spelling(e->reducer))); })
      .Default([&](const Expr *e) { compound(e, role); });
}

void Printer::compound(const Expr *node, llvm::StringRef role) {
  auto head = [&](const llvm::Twine &details = "") { line(node, role, details); };
  auto operands = [&](std::initializer_list<const Expr *> list) {
    Nested nested(*this);
    for (const Expr *e : list)
      expr(e);
  };
  llvm::TypeSwitch<const Expr *>(node)
      .Case([&](const Member *e) {
        head("." + e->field.text);
        operands({e->base});
      })
      .Case([&](const Call *e) {
        head();
        Nested nested(*this);
        expr(e->callee, "callee");
        for (const Arg &a : e->args)
          arg(a, "arg");
      })
      .Case([&](const Index *e) {
        head();
        Nested nested(*this);
        expr(e->base, "base");
        for (const Subscript &entry : e->subscripts)
          subscript(entry);
      })
      .Case([&](const Unary *e) {
        head(llvm::StringRef(spelling(e->op)));
        operands({e->operand});
      })
      .Case([&](const Binary *e) {
        head(llvm::StringRef(spelling(e->op)));
        operands({e->lhs, e->rhs});
      })
      .Case([&](const Pipe *e) {
        head();
        operands({e->lhs, e->rhs});
      })
      .Case([&](const If *e) {
        head();
        Nested nested(*this);
        expr(e->condition, "if");
        expr(e->thenExpr, "then");
        expr(e->elseExpr, "else");
      })
      .Case([&](const Lambda *e) {
        head("(" + joinNames(e->params, ", ") + ")");
        Nested nested(*this);
        body(e->expr, e->block);
      })
      .Case([&](const Reduce *e) {
        head(llvm::StringRef(spelling(e->reducer)));
        Nested nested(*this);
        binders(e->binders);
        expr(e->where, "where");
        expr(e->body, "body");
      })
      .Case([&](const Paren *e) {
        head();
        operands({e->inner});
      })
      .Case([&](const Record *e) {
        head();
        Nested nested(*this);
        for (const Arg &field : e->fields)
          arg(field, "field");
      })
      .Case([&](const List *e) {
        head();
        Nested nested(*this);
        for (const Expr *element : e->elements)
          expr(element);
      });
}

void Printer::arg(const Arg &arg, llvm::StringRef role) {
  if (arg.action)
    return action(arg.action);
  expr(arg.value, arg.label ? (role + " " + arg.label.text).str() : role.str());
}

void Printer::subscript(const Subscript &entry) {
  switch (entry.form) {
  case Subscript::Form::Single:
    expr(entry.expr, "at");
    return;
  case Subscript::Form::Rest:
    line("Rest", entry.range, "at", ".." + entry.rest.text);
    return;
  case Subscript::Form::Slice:
    line("Slice", entry.range, "at");
    Nested nested(*this);
    expr(entry.expr, "from");
    expr(entry.end, "to");
  }
}

void Printer::binder(const Binder *binder) {
  if (binder->form == Binder::Form::Position)
    line(binder, "", llvm::Twine(binder->position));
  else
    line(binder, "", (binder->form == Binder::Form::Rest ? ".." : "") + binder->name.text);
  Nested nested(*this);
  expr(binder->bound, "below");
}

void Printer::binders(const std::vector<Binder *> &list) {
  for (const Binder *entry : list)
    binder(entry);
}

// ---- types, actions

void Printer::type(const Type *node, llvm::StringRef role) {
  if (!node)
    return;
  auto fields = [&](const std::vector<TypeField> &list) {
    for (const TypeField &field : list)
      type(field.type, field.label ? "field " + field.label.text : std::string("field"));
  };
  llvm::TypeSwitch<const Type *>(node)
      .Case([&](const NamedType *t) {
        line(t, role, t->name.text + (t->hasDims ? "[]" : ""));
        Nested nested(*this);
        expr(t->arg, "of");
        for (const Dim &entry : t->dims)
          dim(entry);
      })
      .Case([&](const RecordType *t) {
        line(t, role);
        Nested nested(*this);
        fields(t->fields);
      })
      .Case([&](const FunctionType *t) {
        line(t, role);
        Nested nested(*this);
        fields(t->params);
        type(t->result, "result");
      })
      .Case([&](const LikeType *t) {
        line(t, role);
        Nested nested(*this);
        expr(t->expr, "like");
        for (const Expr *e : t->dims)
          expr(e, "dim");
      });
}

void Printer::dim(const Dim &dim) {
  if (dim.isRest) {
    line("Dim", dim.range, "", ".." + dim.rest.text);
    return;
  }
  line("Dim", dim.range, "", dim.label ? dim.label.text + ":" : "");
  Nested nested(*this);
  expr(dim.extent);
  expr(dim.bound, "at most");
}

void Printer::action(const Action *node) {
  line(node, "action");
  Nested nested(*this);
  expr(node->group, "group");
  for (const Space *entry : node->on)
    space(entry, "on");
  for (const Space *entry : node->output)
    space(entry, "output");
}

void Printer::space(const Space *space, llvm::StringRef role) {
  std::string text = joinNames(space->path, ".");
  if (!space->axes.empty()) {
    std::vector<Name> axes;
    axes.reserve(space->axes.size());
    for (const Space::Axis &axis : space->axes)
      axes.push_back(axis.text);
    text += space->path.empty() ? "" : ".";
    text += space->isGrid ? "(" + joinNames(axes, ", ") + ")" : joinNames(axes, ", ");
  }
  line(space, role, text);
  Nested nested(*this);
  expr(space->by, "by");
}

// ---- statements

void Printer::lhs(const Lhs &lhs) {
  line("Lhs", lhs.range, "",
       (lhs.isTuple() ? "(" + joinNames(lhs.names, ", ") + ")" : lhs.names.front().text) +
           (lhs.hasBinders ? "[]" : ""));
  Nested nested(*this);
  binders(lhs.binders);
}

void Printer::block(const Block *node, llvm::StringRef role) {
  line(node, role);
  Nested nested(*this);
  for (const Stmt *statement : node->statements)
    item(statement);
}

void Printer::body(const Expr *e, const Block *b) {
  if (b)
    block(b, "body");
  else
    expr(e, "body");
}

void Printer::stmt(const Stmt *node, llvm::StringRef role) {
  auto drawn = [](bool isDrawn) { return isDrawn ? "~" : "="; };
  llvm::TypeSwitch<const Stmt *>(node)
      .Case([&](const ParamDecl *s) {
        line(s, role, s->name.text);
        Nested nested(*this);
        type(s->type, "type");
        expr(s->init, drawn(s->isDrawn));
        for (const Action *entry : s->invariances)
          action(entry);
      })
      .Case([&](const StateDecl *s) {
        line(s, role, s->name.text);
        Nested nested(*this);
        type(s->type, "type");
        expr(s->init, "=");
      })
      .Case([&](const Update *s) {
        line(s, role, s->name.text);
        Nested nested(*this);
        expr(s->value, "=");
      })
      .Case([&](const Derivative *s) {
        line(s, role, s->name.text);
        Nested nested(*this);
        expr(s->value, "=");
      })
      .Case([&](const Bind *s) {
        line(s, role);
        Nested nested(*this);
        lhs(s->lhs);
        type(s->type, "type");
        expr(s->value, drawn(s->isDrawn));
      })
      .Case([&](const ExprStmt *s) {
        line(s, role);
        Nested nested(*this);
        expr(s->expr);
      });
}

void Printer::clause(const Item *node, llvm::StringRef role) {
  auto unary = [&](const Item *clause, const Expr *operand) {
    line(clause, role);
    Nested nested(*this);
    expr(operand);
  };
  llvm::TypeSwitch<const Item *>(node)
      .Case([&](const Player *c) {
        line(c, role, c->maximize ? "maximize" : "minimize");
        Nested nested(*this);
        expr(c->objective);
        expr(c->over, "over");
        expr(c->optimizer, "using");
        expr(c->every, "every");
        expr(c->constraint, "subject to");
      })
      .Case([&](const For *c) {
        line(c, role, c->unit == For::Unit::Epochs ? "epochs" : "steps");
        Nested nested(*this);
        expr(c->count, "count");
        expr(c->batch, "batch");
      })
      .Case([&](const Augment *c) {
        line(c, role, c->action ? (c->all ? "all" : "") : c->name.text);
        Nested nested(*this);
        if (c->action)
          action(c->action);
        expr(c->value, "=");
      })
      .Case([&](const Using *c) { unary(c, c->optimizer); })
      .Case([&](const StopWhen *c) { unary(c, c->condition); })
      .Case([&](const KeepBest *c) { unary(c, c->metric); })
      .Case([&](const SubjectTo *c) { unary(c, c->constraint); })
      .Case([&](const Compute *c) { line(c, role, c->precision.text); })
      .Case([&](const Sweep *c) {
        line(c, role, c->name.text);
        Nested nested(*this);
        expr(c->values, "in");
      })
      .Case([&](const Plot *c) {
        line(c, role);
        Nested nested(*this);
        for (const Expr *e : c->curves)
          expr(e);
        for (const Expr *e : c->against)
          expr(e, "against");
      });
}

// ---- declarations

void Printer::param(const Param *param, llvm::StringRef role) {
  line(param, role, param->name.text);
  Nested nested(*this);
  type(param->type, "type");
  expr(param->defaultValue, "default");
}

void Printer::function(const Function *node, llvm::StringRef role) {
  line(node, role,
       llvm::StringRef(spelling(node->role)) + " " + node->name.text + (node->hasHyper ? " (two lists)" : ""));
  Nested nested(*this);
  for (const Param *entry : node->hyper)
    param(entry, "hyper");
  for (const Param *entry : node->inputs)
    param(entry, "input");
  type(node->result, "result");
  body(node->expr, node->block);
}

void Printer::claim(const Item *node, llvm::StringRef role) {
  if (auto *shape = llvm::dyn_cast<ShapeClaim>(node)) {
    line(shape, role, shape->form == ShapeClaim::Form::Convex ? "convex" : "linear");
    Nested nested(*this);
    expr(shape->subject);
    expr(shape->in, "in");
    return;
  }
  auto *symmetry = llvm::cast<SymmetryClaim>(node);
  line(symmetry, role, symmetry->equivariant ? "equivariant" : "invariant");
  Nested nested(*this);
  expr(symmetry->subject);
  for (const Action *entry : symmetry->actions)
    action(entry);
  expr(symmetry->within, "within");
}

void Printer::report(const Report *node, llvm::StringRef role) {
  static constexpr llvm::StringRef forms[] = {"", "image", "curve", "histogram", "boundary"};
  line(node, role, forms[static_cast<size_t>(node->form)]);
  Nested nested(*this);
  expr(node->every, "every");
  if (node->lhs)
    lhs(node->lhs);
  expr(node->value);
}

void Printer::top(const Item *node, llvm::StringRef role) {
  llvm::TypeSwitch<const Item *>(node)
      .Case([&](const Use *t) {
        std::string what = t->file ? quoted(t->file.text) : joinNames(t->path, ".");
        line(t, role, what + (t->alias ? " as " + t->alias.text : ""));
      })
      .Case([&](const Instance *t) {
        line(t, role, t->name.text);
        Nested nested(*this);
        expr(t->value, "=");
      })
      .Case([&](const Function *t) { function(t, role); })
      .Case([&](const TypeAlias *t) {
        line(t, role, t->name.text + (t->dims.empty() ? "" : "[" + joinNames(t->dims, ", ") + "]"));
        Nested nested(*this);
        type(t->type, "=");
      })
      .Case([&](const Group *t) {
        line(t, role, t->name.text);
        Nested nested(*this);
        for (const Param *entry : t->params)
          param(entry, "param");
        expr(t->value, "=");
      })
      .Case([&](const Data *t) {
        line(t, role, t->name.text);
        Nested nested(*this);
        type(t->type, "type");
        expr(t->value, "=");
      })
      .Case([&](const Train *t) {
        line(t, role);
        Nested nested(*this);
        expr(t->subject, "subject");
        expr(t->data, "on");
        for (const Item *entry : t->clauses)
          item(entry);
      })
      .Case([&](const Experiment *t) {
        line(t, role, t->name.text);
        Nested nested(*this);
        for (const Item *entry : t->items)
          item(entry);
      });
}

void Printer::item(const Item *node, llvm::StringRef role) {
  if (!node->doc.empty()) {
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(node->doc).split(lines, '\n');
    for (llvm::StringRef text : lines)
      out.indent(depth) << "/// " << text << '\n';
  }
  if (auto *statement = llvm::dyn_cast<Stmt>(node))
    return stmt(statement, role);
  if (auto *entry = llvm::dyn_cast<Report>(node))
    return report(entry, role);
  if (llvm::isa<SymmetryClaim, ShapeClaim>(node))
    return claim(node, role);
  if (node->kind < Kind::Report)
    return clause(node, role);
  top(node, role);
}

} // namespace

void print(llvm::raw_ostream &out, const SourceManager &sources, const File &file) {
  Printer printer(out, sources);
  for (const Item *item : file.items)
    printer.item(item);
}

} // namespace nn::ast
