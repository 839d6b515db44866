/// Augmentation: what a training step sees instead of the fields of its data. Reports see the fields.
#include "Frontend/Sema/Recipe.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>
#include <set>

using namespace nn::checked;

namespace nn::sema {

// ---- names in an expression

static void visitNames(const ast::Expr *expr, llvm::function_ref<void(const ast::NameRef *)> visit) {
  if (!expr)
    return;
  auto each = [&](auto &&...parts) {
    for (const ast::Expr *part : {static_cast<const ast::Expr *>(parts)...})
      visitNames(part, visit);
  };
  llvm::TypeSwitch<const ast::Expr *>(expr)
      .Case([&](const ast::NameRef *name) { visit(name); })
      .Case([&](const ast::Paren *paren) { each(paren->inner); })
      .Case([&](const ast::Unary *unary) { each(unary->operand); })
      .Case([&](const ast::Binary *binary) { each(binary->lhs, binary->rhs); })
      .Case([&](const ast::Pipe *pipe) { each(pipe->lhs, pipe->rhs); })
      .Case([&](const ast::If *choice) { each(choice->condition, choice->thenExpr, choice->elseExpr); })
      .Case([&](const ast::Reduce *reduce) { each(reduce->where, reduce->body); })
      .Case([&](const ast::Member *member) { each(member->base); })
      .Case([&](const ast::Index *index) {
        each(index->base);
        for (const ast::Subscript &sub : index->subscripts)
          each(sub.expr, sub.end);
      })
      .Case([&](const ast::Call *call) {
        each(call->callee);
        for (const ast::Arg &arg : call->args)
          each(arg.value);
      })
      .Case([&](const ast::Record *record) {
        for (const ast::Arg &field : record->fields)
          each(field.value);
      })
      .Case([&](const ast::List *list) {
        for (const ast::Expr *element : list->elements)
          each(element);
      })
      .Case([&](const ast::Lambda *lambda) {
        each(lambda->expr);
        for (const ast::Stmt *stmt : lambda->block ? lambda->block->statements : std::vector<ast::Stmt *>())
          if (auto *bind = llvm::dyn_cast<ast::Bind>(stmt))
            each(bind->value);
          else if (auto *value = llvm::dyn_cast<ast::ExprStmt>(stmt))
            each(value->expr);
      });
}

// ---- elements of groups

namespace {

/// A group as it is written: `C(4)`, `shifts(28, 28)`, `sign`.
struct GroupWord {
  std::string name;
  std::vector<int64_t> args;
  SourceRange range;
};

/// A field and the axes that a group moves.
struct MovedField {
  std::string field;
  llvm::SmallVector<unsigned> axes;
  SourceRange range;
};

} // namespace

/// How many elements a group has; nothing if there is no end of them, or more than anybody would walk through.
static std::optional<int64_t> orderOf(const GroupWord &group) {
  constexpr int64_t most = 4096;
  int64_t order = 1;
  if (group.name == "sign")
    return 2;
  if (group.name == "C")
    return group.args[0];
  if (group.name == "D")
    return 2 * group.args[0];
  if (group.name == "S") {
    for (int64_t k = 2; k <= group.args[0] && order <= most; ++k)
      order *= k;
  } else if (group.name == "Z" || group.name == "shifts") {
    for (int64_t extent : group.args)
      order = std::min(order * extent, most + 1);
  } else {
    return std::nullopt;
  }
  return order <= most ? std::optional(order) : std::nullopt;
}

/// An element of the group of a clause `augment G on ...`, and what it makes of fields.
class Checker::GroupAction {
public:
  GroupAction(Checker &checker, const GroupWord &group, SourceRange range)
      : checker(checker), group(group), range(range) {}

  /// Draws an element, the same for all fields that it moves.
  void draw();
  /// Takes the element with this number.
  void choose(int64_t number) { chosen = number; }
  /// What the element makes of a field along these axes.
  Expr *moved(Expr *field, llvm::ArrayRef<unsigned> axes);

private:
  /// The value read at another place: `places` replaces the subscripts of the moved axes.
  using Places = llvm::function_ref<void(llvm::MutableArrayRef<Expr *>)>;
  Expr *readAt(Expr *field, llvm::ArrayRef<unsigned> axes, Places places);
  Expr *turned(Expr *field, llvm::ArrayRef<unsigned> axes);
  Expr *shifted(Expr *field, llvm::ArrayRef<unsigned> axes);
  Expr *permuted(Expr *field, unsigned axis);
  Expr *multiplied(Expr *field, unsigned axis);
  Expr *uniform(Shape axes);
  /// A number below n, drawn.
  Expr *below(int64_t n);
  Expr *integer(int64_t value) { return checker.number(double(value), Elem::I32, range); }
  Expr *op(ScalarOp op, llvm::ArrayRef<Expr *> operands) { return checker.scalarOp(op, operands, range); }

  Checker &checker;
  const GroupWord &group;
  SourceRange range;
  std::optional<int64_t> chosen;
  Expr *element = nullptr;             ///< C, D, sign: its number
  llvm::SmallVector<Expr *, 2> shifts; ///< Z, shifts: how far
  Expr *order = nullptr;               ///< S: what stands at each place
  std::map<Elem, Expr *> matrices;     ///< O, SO
};

Expr *Checker::GroupAction::uniform(Shape axes) {
  return checker.make<Sample>({checker.realHere(), std::nullopt, std::move(axes)}, range);
}

Expr *Checker::GroupAction::below(int64_t n) {
  Expr *u = uniform({});
  Expr *scaled = op(ScalarOp::Mul, {u, checker.number(double(n), u->type.elem, range)});
  // Rounding may take it up to n.
  Expr *place = op(ScalarOp::Min, {checker.cast(op(ScalarOp::Floor, {scaled}), Elem::I32), integer(n - 1)});
  place->type.indexBound = Dim(n);
  return place;
}

void Checker::GroupAction::draw() {
  if (group.name == "C" || group.name == "D" || group.name == "sign")
    element = below(*orderOf(group));
  if (group.name == "Z" || group.name == "shifts")
    for (int64_t extent : group.args)
      shifts.push_back(below(extent));
}

Expr *Checker::GroupAction::readAt(Expr *field, llvm::ArrayRef<unsigned> axes, Places places) {
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> at;
  for (const Axis &axis : field->type.axes) {
    vars.push_back(checker.newIndex("i" + std::to_string(vars.size()), axis.extent, range));
    vars.back()->extentOrigin = axis.origin;
    at.push_back(checker.indexValue(vars.back()));
  }
  llvm::SmallVector<Expr *> own;
  for (unsigned axis : axes)
    own.push_back(at[axis]);
  places(own);
  for (auto [axis, place] : llvm::zip(axes, own))
    at[axis] = place;
  return checker.equation(vars, checker.at(field, at), range);
}

/// A quarter turn takes the entry at [j, n - 1 - i] to [i, j]; a flip mirrors the second axis first.
Expr *Checker::GroupAction::turned(Expr *field, llvm::ArrayRef<unsigned> axes) {
  int64_t turns = group.args[0], count = *orderOf(group);
  Dim height = field->type.axes[axes[0]].extent, width = field->type.axes[axes[1]].extent;
  auto end = [&](const Dim &extent, Expr *place) {
    return op(ScalarOp::Sub, {checker.dimNumber(extent - Dim(1), range), place});
  };
  auto at = [&](int64_t number) {
    return readAt(field, axes, [&](llvm::MutableArrayRef<Expr *> p) {
      Expr *i = p[0], *j = number >= turns ? end(width, p[1]) : p[1];
      switch (number % turns * (4 / turns)) {
      case 1:
        p[0] = j, p[1] = end(height, i);
        break;
      case 2:
        p[0] = end(height, i), p[1] = end(width, j);
        break;
      case 3:
        p[0] = end(width, j), p[1] = i;
        break;
      default:
        p[0] = i, p[1] = j;
      }
    });
  };
  if (chosen)
    return at(*chosen);
  Expr *result = at(count - 1);
  for (int64_t number = count - 2; number >= 0; --number)
    result = op(ScalarOp::Select, {op(ScalarOp::Eq, {element, integer(number)}), at(number), result});
  return result;
}

Expr *Checker::GroupAction::shifted(Expr *field, llvm::ArrayRef<unsigned> axes) {
  return readAt(field, axes, [&](llvm::MutableArrayRef<Expr *> p) {
    int64_t rest = chosen.value_or(0);
    for (size_t k = p.size(); k-- > 0;) {
      int64_t extent = group.args[k];
      Expr *far = chosen ? integer(rest % extent) : shifts[k];
      rest /= extent;
      p[k] = op(ScalarOp::Mod, {op(ScalarOp::Add, {p[k], far}), integer(extent)});
      p[k]->type.indexBound = Dim(extent);
    }
  });
}

/// The places of a permutation: of random numbers their ranks, which are in any order with the same probability; of the
/// permutation with a number the digits of that number in mixed radix.
Expr *Checker::GroupAction::permuted(Expr *field, unsigned axis) {
  int64_t n = group.args[0];
  if (!order && chosen) {
    std::vector<int64_t> left(n);
    std::iota(left.begin(), left.end(), 0);
    auto *places = checker.make<Constant>({Elem::I32, Dim(n), {Axis{Dim(n), "", range, false}}}, range);
    places->owner = nullptr;
    for (int64_t number = *chosen, size = n; size > 0; number /= size, --size) {
      places->values.push_back(double(left[number % size]));
      left.erase(left.begin() + number % size);
    }
    order = places;
  } else if (!order) {
    Expr *u = uniform({Axis{Dim(n), "", range, false}});
    IndexVar *i = checker.newIndex("i", Dim(n), range), *j = checker.newIndex("j", Dim(n), range);
    Expr *mine = checker.at(u, checker.indexValue(i)), *other = checker.at(u, checker.indexValue(j));
    Expr *tie = op(ScalarOp::And,
                   {op(ScalarOp::Eq, {other, mine}), op(ScalarOp::Lt, {checker.indexValue(j), checker.indexValue(i)})});
    Expr *before = op(ScalarOp::Or, {op(ScalarOp::Lt, {other, mine}), tie});
    Expr *counted = op(ScalarOp::Select, {before, integer(1), integer(0)});
    order = checker.equation(i, checker.reduceOver(ast::Reducer::Sum, j, counted, range), range);
    order->type.indexBound = Dim(n);
  }
  return readAt(field, axis, [&](llvm::MutableArrayRef<Expr *> p) {
    p[0] = checker.at(order, p[0]);
    p[0]->type.indexBound = Dim(n);
  });
}

/// `y[i] = sum[j] Q[i, j] x[j]` along an axis.
Expr *Checker::GroupAction::multiplied(Expr *field, unsigned axis) {
  Expr *&matrix = matrices[field->type.elem];
  if (!matrix) {
    Axis own{Dim(group.args[0]), "", range, false};
    TypeSpec spec;
    spec.kind = TypeSpec::Kind::Tensor;
    spec.tensor = {field->type.elem, std::nullopt, {own, own}};
    spec.range = range;
    Value drawn = checker.callLibrary(group.name == "O" ? "orthogonal" : "rotation", {checker.zerosLike(spec)}, range);
    matrix = drawn.expr;
  }
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> at;
  for (const Axis &each : field->type.axes) {
    vars.push_back(checker.newIndex("i" + std::to_string(vars.size()), each.extent, range));
    at.push_back(checker.indexValue(vars.back()));
  }
  IndexVar *j = checker.newIndex("j", field->type.axes[axis].extent, range);
  Expr *weight = checker.at(matrix, {at[axis], checker.indexValue(j)});
  at[axis] = checker.indexValue(j);
  Expr *product = op(ScalarOp::Mul, {weight, checker.at(field, at)});
  return checker.equation(vars, checker.reduceOver(ast::Reducer::Sum, j, product, range), range);
}

Expr *Checker::GroupAction::moved(Expr *field, llvm::ArrayRef<unsigned> axes) {
  if (group.name == "C" || group.name == "D")
    return turned(field, axes);
  if (group.name == "Z" || group.name == "shifts")
    return shifted(field, axes);
  if (group.name == "S")
    return permuted(field, axes[0]);
  if (group.name == "O" || group.name == "SO")
    return multiplied(field, axes[0]);
  Expr *minus = op(ScalarOp::Neg, {field});
  if (chosen)
    return *chosen ? minus : field;
  return op(ScalarOp::Select, {op(ScalarOp::Eq, {element, integer(1)}), minus, field});
}

// ---- what is written

/// The group of a clause; nothing if it is none that can move fields.
static std::optional<GroupWord> groupWord(const ast::Expr *written) {
  GroupWord word;
  word.range = written->range;
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(written));
  auto *name = llvm::dyn_cast<ast::NameRef>(call ? ast::stripParens(call->callee) : ast::stripParens(written));
  if (!name)
    return std::nullopt;
  word.name = name->name;
  for (const ast::Arg &arg : call ? call->args : std::vector<ast::Arg>()) {
    auto *literal = llvm::dyn_cast<ast::IntLit>(ast::stripParens(arg.value));
    if (!literal || literal->value < 1)
      return std::nullopt;
    word.args.push_back(int64_t(literal->value));
  }
  static const std::set<std::string> one = {"C", "D", "S", "Z", "O", "SO"};
  bool fits = word.name == "sign"     ? !call
              : word.name == "shifts" ? !word.args.empty()
                                      : one.count(word.name) && word.args.size() == 1;
  return fits ? std::optional(word) : std::nullopt;
}

/// Why a group does not act on axes of these extents; empty if it does.
static std::string misfit(const GroupWord &group, llvm::ArrayRef<Axis> axes) {
  auto count = [&](size_t wanted, llvm::StringRef what) {
    return axes.size() == wanted
               ? std::string()
               : llvm::join_items("", "it moves ", what, ", and here are ", std::to_string(axes.size()));
  };
  if (group.name == "sign")
    return axes.empty() ? "" : "it moves no axis: `sign on x` is x or -x";
  if (group.name == "C" || group.name == "D") {
    if (4 % group.args[0])
      return "a grid is turned by right angles only, so k divides 4";
    if (std::string wrong = count(2, "a grid of two axes"); !wrong.empty())
      return wrong;
    return group.args[0] == 4 && axes[0].extent.differs(axes[1].extent)
               ? "a grid of " + axes[0].extent.str() + " by " + axes[1].extent.str() + " is not square"
               : "";
  }
  size_t wanted = group.name == "shifts" ? group.args.size() : 1;
  if (std::string wrong = count(wanted, wanted == 1 ? "one axis" : std::to_string(wanted) + " axes"); !wrong.empty())
    return wrong;
  for (auto [axis, extent] : llvm::zip(axes, group.args))
    if (axis.extent.differs(Dim(extent)))
      return "the axis has " + axis.extent.str() + " entries";
  return "";
}

/// The field and the axes of `image.(1, 2)`, `pos.n` or `x`; nothing if there are none (reported).
static std::optional<MovedField> movedField(const ast::Space &space, const Value *value, DiagnosticEngine &diags) {
  MovedField moved;
  moved.range = space.range;
  moved.field = space.path[0].text;
  const Shape &shape = value->expr->type.axes;
  auto add = [&](const std::string &label, std::optional<uint64_t> position, SourceRange at) {
    size_t axis = position.value_or(shape.size());
    for (size_t k = 0; !position && k < shape.size(); ++k)
      if (shape[k].label == label)
        axis = k;
    if (axis >= shape.size() || llvm::is_contained(moved.axes, unsigned(axis))) {
      diags.report(diag::AugmentAxis, at, moved.field, position ? std::to_string(*position) : label,
                   value->expr->type.str());
      return false;
    }
    moved.axes.push_back(unsigned(axis));
    return true;
  };
  for (size_t k = 1; k < space.path.size(); ++k)
    if (!add(space.path[k].text, std::nullopt, space.path[k].range))
      return std::nullopt;
  for (const ast::Space::Axis &axis : space.axes)
    if (!add(axis.text.text, axis.position, axis.text.range))
      return std::nullopt;
  return moved;
}

/// Where a group that is written moves nothing, or not what it should.
bool Checker::reportGroup(const ast::Augment *clause, llvm::StringRef why) {
  diags.report(diag::AugmentGroup, clause->action->group->range, diags.sources.text(clause->action->group->range), why);
  return false;
}

/// Replaces fields by what an element of the group makes of them: number `element`, or a drawn one.
bool Checker::augmentByGroup(const ast::Augment *clause, std::optional<int64_t> element, Env &env,
                             const std::set<std::string> &fields) {
  const ast::Action *action = clause->action;
  auto group = groupWord(action->group);
  if (!group)
    return reportGroup(clause, "it is none of `C(k)`, `D(k)`, `S(n)`, `Z(n)`, `shifts(h, w)`, `sign`, `O(d)`, `SO(d)`");
  if (!action->hasOn)
    return reportGroup(clause, "say what it moves, as in `on image.(1, 2)`");
  if (action->hasOutput)
    return reportGroup(clause, "it moves fields of the data, which have no output");
  GroupAction act(*this, *group, clause->range);
  if (element)
    act.choose(*element);
  else
    act.draw();
  for (const ast::Space *space : action->on) {
    if (space->by) {
      refuse("`by` in `augment`", space->by->range);
      return false;
    }
    if (space->path.empty() || !fields.count(space->path[0].text))
      return reportNoField(space->path.empty() ? ast::Name{"", space->range} : space->path[0], fields);
    const Value *value = env.find(space->path[0].text);
    auto moved = movedField(*space, value, diags);
    if (!moved)
      return false;
    llvm::SmallVector<Axis> axes;
    for (unsigned axis : moved->axes)
      axes.push_back(value->expr->type.axes[axis]);
    if (std::string why = misfit(*group, axes); !why.empty())
      return reportGroup(clause, why);
    bool needsFloats = group->name == "O" || group->name == "SO" || group->name == "sign";
    if (needsFloats && !isFloat(value->expr->type.elem))
      return reportGroup(clause, "`" + moved->field + "` holds no floats");
    Expr *own = capture(value->expr);
    Expr *next = act.moved(own, moved->axes);
    next->type.indexBound = own->type.indexBound;
    next->name = moved->field;
    env.names[moved->field] = Value::ofTensor(next);
  }
  return true;
}

bool Checker::reportNoField(const ast::Name &name, const std::set<std::string> &fields) {
  std::vector<std::string> known(fields.begin(), fields.end());
  diags.report(diag::AugmentNoField, name.range, name.text).didYouMean(name.range, name.text, known);
  return false;
}

/// `augment image = e`.
bool Checker::augmentByValue(const ast::Augment *clause, Env &env, const std::set<std::string> &fields) {
  const std::string &field = clause->name.text;
  if (!fields.count(field))
    return reportNoField(clause->name, fields);
  TensorType type = env.find(field)->expr->type;
  Value value = eval(clause->value, env);
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = type;
  spec.range = clause->name.range;
  if (value.isError() || !conform(spec, value, clause->value->range, "what `" + field + "` becomes"))
    return false;
  value.expr->name = field;
  env.names[field] = value;
  return true;
}

int64_t Checker::orbitSize(const RecipeParts &parts) {
  constexpr int64_t most = 64;
  int64_t size = 1;
  for (const ast::Augment *clause : parts.augments) {
    if (!clause->all)
      continue;
    auto group = groupWord(clause->action->group);
    auto order = group ? orderOf(*group) : std::optional<int64_t>(1); // no group: reported where it is applied
    if (!order || size * *order > most) {
      reportGroup(clause, "`augment all` walks through every element, at most " + std::to_string(most) +
                              " together; `augment` without `all` draws one for each example");
      return 0;
    }
    size *= *order;
  }
  return size;
}

/// The lines of a recipe, for one element of the orbits of its `augment all`. Lines that augmentations are made of come
/// first, then the augmentations in order, then all else, which sees the fields as they have become.
bool Checker::checkLines(const RecipeParts &parts, int64_t element, Env &env) {
  std::set<std::string> fields, replaced, wanted;
  for (const RecipeData &data : parts.recipe.data)
    for (const Field &field : data.dataset->fields)
      if (data.alias.empty())
        fields.insert(field.name);
  for (const ast::Augment *clause : parts.augments) {
    if (!clause->action)
      replaced.insert(clause->name.text);
    for (const ast::Space *space : clause->action ? clause->action->on : std::vector<ast::Space *>())
      if (!space->path.empty())
        replaced.insert(space->path[0].text);
    visitNames(clause->value, [&](const ast::NameRef *name) { wanted.insert(name->name); });
  }
  // From the last line to the first: what a wanted line is made of is wanted, too.
  std::set<const ast::Stmt *> first;
  bool fine = true;
  for (const ast::Stmt *stmt : llvm::reverse(parts.statements)) {
    auto *bind = llvm::dyn_cast<ast::Bind>(stmt);
    if (!bind || llvm::none_of(bind->lhs.names, [&](const ast::Name &name) { return wanted.count(name.text) != 0; }))
      continue;
    first.insert(stmt);
    visitNames(bind->value, [&](const ast::NameRef *name) {
      wanted.insert(name->name);
      if (!replaced.count(name->name) || !fields.count(name->name) || !fine)
        return;
      diags.report(diag::AugmentCircular, name->range, bind->lhs.names[0].text, name->name)
          .help("write it into `augment " + name->name +
                " = ...` itself, where the field is what it has become so far");
      fine = false;
    });
  }
  for (const ast::Stmt *stmt : parts.statements)
    if (fine && first.count(stmt))
      checkStmt(stmt, env);
  for (const ast::Augment *clause : parts.augments) {
    std::optional<int64_t> own;
    if (fine && clause->all) {
      int64_t order = *orderOf(groupWord(clause->action->group).value_or(GroupWord{"C", {1}, {}}));
      own = element % order;
      element /= order;
    }
    fine = fine && (clause->action ? augmentByGroup(clause, own, env, fields) : augmentByValue(clause, env, fields));
  }
  for (const ast::Stmt *stmt : parts.statements)
    if (fine && !first.count(stmt))
      checkStmt(stmt, env);
  return fine;
}

} // namespace nn::sema
