/// Augmentation: what a training step sees instead of the fields of its data. Reports see the fields.
#include "Frontend/Sema/GroupAction.h"
#include "Frontend/Sema/Recipe.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

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

// ---- groups that move fields

namespace {

/// A field and the axes that a group moves.
struct MovedField {
  std::string field;
  llvm::SmallVector<unsigned> axes;
};

} // namespace

/// Polynomials of up to this degree in the entries of a rotation have the mean over its group that `augment all` takes,
/// if it names no other.
static constexpr int quadratureDegree = 3;
/// How many elements, or nodes, `augment all` walks through; where a degree is asked for.
static constexpr int64_t mostElements = 64, mostNodes = 1024;

/// The field and the axes of `image.(1, 2)`, `pos.n` or `x`; nothing if there are none (reported).
static std::optional<MovedField> movedField(const ast::Space &space, const Value *value, DiagnosticEngine &diags) {
  MovedField moved;
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

/// The group of a clause; null if it is none (reported).
symmetry::GroupRef Checker::augmentGroup(const ast::Augment *clause) {
  auto text = groupText(clause->action->group, *itemEnv);
  if (!text)
    return nullptr;
  auto group = symmetry::parseGroup(*text);
  if (group)
    return *group;
  reportGroup(clause, llvm::toString(group.takeError()));
  return nullptr;
}

/// Replaces fields by what an element of the group makes of them: this one, or a drawn one.
bool Checker::augmentByGroup(const ast::Augment *clause, const symmetry::Word *word, Env &env,
                             const std::set<std::string> &fields) {
  const ast::Action *action = clause->action;
  symmetry::GroupRef group = augmentGroup(clause);
  if (!group)
    return false;
  if (!clause->all && clause->name && !augmentDegree(clause))
    return false;
  if (!action->hasOn)
    return reportGroup(clause, "say what it moves, as in `on image.(1, 2)`");
  if (action->hasOutput)
    return reportGroup(clause, "it moves fields of the data, which have no output");
  GroupAction act(*this, group, clause->range);
  if (word)
    act.choose({*word}, nullptr);
  else if (llvm::Error none = act.draw())
    return reportGroup(clause, llvm::toString(std::move(none)));
  for (const ast::Space *space : action->on) {
    if (space->path.empty() || !fields.count(space->path[0].text))
      return reportNoField(space->path.empty() ? ast::Name{"", space->range} : space->path[0], fields);
    const Value *value = env.find(space->path[0].text);
    auto moved = movedField(*space, value, diags);
    if (!moved)
      return false;
    Expr *own = capture(value->expr);
    std::string by = space->by ? diags.sources.text(space->by->range).str() : "";
    bool values = moved->axes.empty() && own->type.indexBound && group->degree() > 0;
    auto next = values ? act.movedValues(own, by) : act.moved(own, moved->axes, by);
    if (!next)
      return reportGroup(clause, "`" + moved->field + "`: " + llvm::toString(next.takeError()));
    (*next)->name = moved->field;
    env.names[moved->field] = Value::ofTensor(*next);
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

/// The degree of the quadrature behind a clause; nothing if what is written is none (reported).
std::optional<int> Checker::augmentDegree(const ast::Augment *clause) {
  if (!clause->name)
    return quadratureDegree;
  Value value = clause->all && clause->name.text == "degree" ? eval(clause->value, *itemEnv) : error();
  auto number = value.isNumber() ? integerOf(value) : std::nullopt;
  if (number && number->constant() && *number->constant() >= 1 && *number->constant() <= 64)
    return int(*number->constant());
  diags.report(diag::AugmentDegree, clause->name.range, clause->name.text)
      .help("write `augment all SO(3) on x.0, degree: 5`, with a number from 1 to 64");
  return std::nullopt;
}

std::vector<Checker::OrbitPoint> Checker::orbitOf(const RecipeParts &parts) {
  std::vector<OrbitPoint> all{{}};
  for (const ast::Augment *clause : parts.augments) {
    if (!clause->all)
      continue;
    symmetry::GroupRef group = augmentGroup(clause);
    if (!group)
      return {};
    auto degree = augmentDegree(clause);
    if (!degree)
      return {};
    int64_t most = clause->name ? mostNodes : mostElements;
    auto nodes = symmetry::orbitNodes(*group, *degree, most / int64_t(all.size()));
    if (!nodes) {
      reportGroup(clause, llvm::toString(nodes.takeError()) +
                              (all.size() > 1 ? " beside " + std::to_string(all.size()) + " of the clauses before"
                                              : "; `augment` without `all` draws one for each example"));
      return {};
    }
    std::vector<OrbitPoint> next;
    for (const symmetry::Node &node : *nodes)
      for (const OrbitPoint &point : all) {
        next.push_back(point);
        next.back().words.push_back(node.word);
        next.back().weight *= node.weight;
      }
    all = std::move(next);
  }
  return all;
}

/// The lines of a recipe, for one point of the orbits of its `augment all`. Lines that augmentations are made of come
/// first, then the augmentations in order, then all else, which sees the fields as they have become.
bool Checker::checkLines(const RecipeParts &parts, llvm::ArrayRef<symmetry::Word> words, Env &env) {
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
    const symmetry::Word *own = nullptr;
    if (clause->all) {
      own = &words.front();
      words = words.drop_front();
    }
    fine = fine && (clause->action ? augmentByGroup(clause, own, env, fields) : augmentByValue(clause, env, fields));
  }
  for (const ast::Stmt *stmt : parts.statements)
    if (fine && !first.count(stmt))
      checkStmt(stmt, env);
  return fine;
}

} // namespace nn::sema
