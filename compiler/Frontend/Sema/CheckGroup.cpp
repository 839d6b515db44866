/// Groups and what they act on, as they are written: `semidirect(shifts(h, w), C(4)) on image.(h, w) -> output.(h, w)`.
#include "Frontend/Sema/Moved.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

namespace {

/// What a built-in group is made of, in parentheses.
enum class GroupArgs : uint8_t { None, Sizes, Groups, Generators };

} // namespace

static std::optional<GroupArgs> builtinGroup(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<GroupArgs>>(name)
      .Case("sign", GroupArgs::None)
      .Cases({"S", "Z", "C", "D", "SO", "O", "SE", "E", "GL", "SL", "Sp", "U", "SU", "shifts"}, GroupArgs::Sizes)
      .Cases({"semidirect", "wreath"}, GroupArgs::Groups)
      .Case("generated", GroupArgs::Generators)
      .Default(std::nullopt);
}

/// Source text in one line, without comments.
static std::string oneLine(llvm::StringRef text) {
  std::string line;
  llvm::SmallVector<llvm::StringRef> rows;
  text.split(rows, '\n');
  for (llvm::StringRef row : rows)
    line += (line.empty() ? "" : " ") + row.split("//").first.trim().str();
  return line;
}

/// The group with its sizes filled in, `S(5)`; nothing if it is none (reported).
std::optional<std::string> Checker::groupText(const ast::Expr *written, Env &env) {
  const ast::Expr *expr = ast::stripParens(written);
  if (auto *product = llvm::dyn_cast<ast::Binary>(expr); product && product->op == ast::BinaryOp::Mul) {
    auto left = groupText(product->lhs, env), right = groupText(product->rhs, env);
    return left && right ? std::optional(*left + " * " + *right) : std::nullopt;
  }
  auto *call = llvm::dyn_cast<ast::Call>(expr);
  auto *name = llvm::dyn_cast<ast::NameRef>(call ? ast::stripParens(call->callee) : expr);
  if (!name) {
    diags.report(diag::NotAGroup, expr->range, oneLine(diags.sources.text(expr->range)))
        .help("groups are built in, `S(n)`, `C(4)`, `O(3)`, or declared: `group G = generated([[1, 0, 2]])`");
    return std::nullopt;
  }
  llvm::ArrayRef<ast::Arg> args = call ? llvm::ArrayRef(call->args) : llvm::ArrayRef<ast::Arg>();
  if (auto *own = llvm::dyn_cast_or_null<ast::Group>(findTop(name->name, moduleAt(name->range), name->range)))
    return declaredGroup(own, args, expr->range, env);
  auto kind = builtinGroup(name->name);
  if (!kind) {
    std::vector<std::string> known = {"S", "Z", "C", "D", "SO", "O", "SE", "E", "shifts", "semidirect", "wreath"};
    diags.report(diag::NotAGroup, name->range, name->name).didYouMean(name->range, name->name, known);
    return std::nullopt;
  }
  if (*kind == GroupArgs::None || args.empty()) {
    if ((*kind == GroupArgs::None) == !call)
      return name->name;
    diags.report(diag::GroupArguments, expr->range, name->name,
                 call ? "takes nothing in parentheses" : "takes its size in parentheses: `" + name->name + "(3)`");
    return std::nullopt;
  }
  if (*kind == GroupArgs::Generators)
    return oneLine(diags.sources.text(expr->range));
  std::vector<std::string> parts;
  for (const ast::Arg &arg : args) {
    if (*kind == GroupArgs::Groups) {
      auto part = groupText(arg.value, env);
      if (!part)
        return std::nullopt;
      parts.push_back(*part);
      continue;
    }
    auto size = evalDim(arg.value, env);
    auto number = size ? size->constant() : std::nullopt;
    if (!number) {
      if (size)
        diags.report(diag::GroupArguments, arg.value->range, name->name,
                     "has a size that is not known: `" + size->str() + "`");
      return std::nullopt;
    }
    parts.push_back(std::to_string(*number));
  }
  return name->name + "(" + llvm::join(parts, ", ") + ")";
}

/// `p4(h, w)`, declared by `group p4(h, w) = ...`.
std::optional<std::string> Checker::declaredGroup(const ast::Group *group, llvm::ArrayRef<ast::Arg> args,
                                                  SourceRange range, Env &env) {
  if (args.size() != group->params.size()) {
    diags
        .report(diag::GroupArguments, range, group->name.text,
                "takes " + std::to_string(group->params.size()) + (group->params.size() == 1 ? " size" : " sizes") +
                    ", not " + std::to_string(args.size()))
        .label(group->range, "it is declared here");
    return std::nullopt;
  }
  auto own = moduleEnv->child();
  for (auto [param, arg] : llvm::zip(group->params, args)) {
    auto size = evalDim(arg.value, env);
    if (!size)
      return std::nullopt;
    own->names[param->name.text] = Value::ofInt(*size);
  }
  return groupText(group->value, *own);
}

/// The sizes that a group is over, as they are written: `h`, `w` of `p4(h, w)`.
std::vector<std::string> Checker::groupVariables(const ast::Expr *written) {
  const ast::Expr *expr = ast::stripParens(written);
  std::vector<std::string> names;
  auto *call = llvm::dyn_cast<ast::Call>(expr);
  for (const ast::Arg &arg : call ? call->args : std::vector<ast::Arg>()) {
    if (auto *name = llvm::dyn_cast<ast::NameRef>(ast::stripParens(arg.value)))
      names.push_back(name->name);
    else
      llvm::append_range(names, groupVariables(arg.value));
  }
  if (auto *product = llvm::dyn_cast<ast::Binary>(expr))
    for (const ast::Expr *side : {product->lhs, product->rhs})
      llvm::append_range(names, groupVariables(side));
  return names;
}

// ---- spaces

/// The leaves of a value below a path of fields, `g` or `g.x`; how many names of the path were fields is added to
/// `used`.
static llvm::ArrayRef<MovableLeaf> leavesBelow(llvm::ArrayRef<MovableLeaf> all, llvm::ArrayRef<ast::Name> path,
                                               size_t &used) {
  std::string prefix;
  llvm::ArrayRef<MovableLeaf> found;
  used = 0;
  for (const ast::Name &name : path) {
    prefix += (prefix.empty() ? "" : ".") + name.text;
    auto inside = [&](const MovableLeaf &leaf) {
      return leaf.path == prefix || llvm::StringRef(leaf.path).starts_with(prefix + ".");
    };
    auto *first = llvm::find_if(all, inside);
    if (first == all.end())
      break;
    auto *last = std::find_if_not(first, all.end(), inside);
    found = llvm::ArrayRef(first, last);
    ++used;
  }
  return found;
}

static std::optional<unsigned> axisOf(const MovableLeaf &leaf, const ast::Space::Axis &axis) {
  if (axis.position)
    return *axis.position < leaf.labels.size() ? std::optional<unsigned>(*axis.position) : std::nullopt;
  auto found = llvm::find(leaf.labels, axis.text.text);
  return found == leaf.labels.end() ? std::nullopt : std::optional<unsigned>(found - leaf.labels.begin());
}

/// The space `image.(h, w) by regular` of one of the tensors in `all`; nothing if there is none (reported).
std::optional<MovedSpace> Checker::resolveSpace(const ast::Space *space, llvm::ArrayRef<MovableLeaf> all,
                                                llvm::StringRef owner) {
  size_t used = 0;
  bool own = space->path.empty(); // axes of a parameter itself
  llvm::ArrayRef<MovableLeaf> found = own ? all : leavesBelow(all, space->path, used);
  if (found.empty() && !space->path.empty() && all.size() == 1 && all[0].path.empty()) {
    found = all, used = 0, own = true; // `n`: an axis of a parameter by its name
  }
  if (found.empty()) {
    std::vector<std::string> known;
    for (const MovableLeaf &leaf : all)
      known.push_back(leaf.path);
    diags.report(diag::ActionNoInput, space->path[0].range, space->path[0].text, owner)
        .didYouMean(space->path[0].range, space->path[0].text, known);
    return std::nullopt;
  }
  const MovableLeaf &leaf = found.front();
  if (found.size() > 1) {
    diags.report(diag::ActionOfRecord, space->range, oneLine(diags.sources.text(space->range)))
        .help("name one of its fields, `" + leaf.path + "`");
    return std::nullopt;
  }
  MovedSpace moved;
  moved.leaf = leaf.number;
  moved.ofResult = leaf.ofResult;
  std::vector<ast::Space::Axis> axes;
  for (const ast::Name &name : llvm::drop_begin(space->path, used))
    axes.push_back({name, std::nullopt});
  llvm::append_range(axes, space->axes);
  for (const ast::Space::Axis &axis : axes) {
    auto position = axisOf(leaf, axis);
    if (!position || llvm::is_contained(moved.axes, *position)) {
      llvm::StringRef name = leaf.path.empty() ? owner.trim('`') : llvm::StringRef(leaf.path); // of a parameter
      diags.report(diag::ActionAxis, axis.text.range, name,
                   axis.position ? std::to_string(*axis.position) : axis.text.text, leaf.type.str());
      return std::nullopt;
    }
    moved.axes.push_back(*position);
  }
  moved.values = axes.empty() && leaf.type.indexBound.has_value();
  if (space->by)
    // A sum, `1o + 0e`, is no expression and stands in quotes.
    moved.by = llvm::StringRef(oneLine(diags.sources.text(space->by->range))).trim('"').str();
  return moved;
}

/// What a group over dimension variables moves where nothing is said: each axis written with its variable and each
/// index into one; over several variables, axes written with all of them in order, as a grid.
static void movedByDefault(llvm::ArrayRef<std::string> variables, llvm::ArrayRef<MovableLeaf> all,
                           std::vector<MovedSpace> &spaces) {
  for (const MovableLeaf &leaf : all) {
    auto add = [&](std::vector<unsigned> axes, bool values) {
      MovedSpace space;
      space.leaf = leaf.number;
      space.ofResult = leaf.ofResult;
      space.axes = std::move(axes);
      space.values = values;
      spaces.push_back(space);
    };
    if (variables.size() == 1) {
      for (auto [axis, label] : llvm::enumerate(leaf.labels))
        if (label == variables[0])
          add({unsigned(axis)}, false);
      if (!leaf.indexInto.empty() && leaf.indexInto == variables[0])
        add({}, true);
      continue;
    }
    for (size_t first = 0; first + variables.size() <= leaf.labels.size(); ++first)
      if (std::equal(variables.begin(), variables.end(), leaf.labels.begin() + first)) {
        std::vector<unsigned> axes;
        for (size_t k = 0; k < variables.size(); ++k)
          axes.push_back(first + k);
        add(axes, false);
        break;
      }
  }
}

/// What an action moves; nothing if it is wrong (reported). `owner` is whose inputs they are.
std::optional<ClaimedAction> Checker::resolveAction(const ast::Action *action, llvm::ArrayRef<MovableLeaf> inputs,
                                                    llvm::ArrayRef<MovableLeaf> outputs, bool equivariant,
                                                    llvm::StringRef owner, Env &env) {
  ClaimedAction made;
  made.range = action->range;
  std::string written = oneLine(diags.sources.text(action->group->range));
  auto group = groupText(action->group, env);
  if (!group)
    return std::nullopt;
  made.group = *group;
  made.written = written;
  std::vector<std::string> variables = groupVariables(action->group);
  if (!action->hasOn && variables.empty()) {
    diags.report(diag::ActionNeedsOn, action->range, written)
        .help("name what it moves: `" + written + " on " +
              (inputs.empty() || inputs[0].path.empty() ? "0" : inputs[0].path + ".0") + "`");
    return std::nullopt;
  }
  if (!action->hasOn)
    movedByDefault(variables, inputs, made.spaces);
  for (const ast::Space *space : action->on) {
    auto moved = resolveSpace(space, inputs, owner);
    if (!moved)
      return std::nullopt;
    made.spaces.push_back(*moved);
  }
  if (made.spaces.empty()) {
    diags.report(diag::ActionMovesNothing, action->range, written, owner)
        .help("no axis is written with `" + llvm::join(variables, "`, `") + "`; name what it moves with `on`");
    return std::nullopt;
  }
  if (!equivariant && action->hasOutput) {
    diags.report(diag::InvariantMovesOutput, action->output.front()->range, written);
    return std::nullopt;
  }
  if (!equivariant)
    return made;
  size_t before = made.spaces.size();
  if (!action->hasOutput && !variables.empty())
    movedByDefault(variables, outputs, made.spaces);
  for (const ast::Space *space : action->output) {
    auto moved = resolveSpace(space, outputs, "the output");
    if (!moved)
      return std::nullopt;
    made.spaces.push_back(*moved);
  }
  if (made.spaces.size() == before) {
    diags.report(diag::EquivariantFixesOutput, action->range, written)
        .help("say how it moves, `" + written + " on .. -> output.0`, or claim `invariant`");
    return std::nullopt;
  }
  return made;
}

std::optional<std::vector<ClaimedAction>> Checker::parameterInvariances(const ast::ParamDecl *decl,
                                                                        const TensorType &type, Env &env) {
  std::vector<ClaimedAction> made;
  if (frame->generic) // its sizes are open
    return made;
  MovableLeaf leaf;
  leaf.type = type;
  for (const Axis &axis : type.axes)
    leaf.labels.push_back(axis.label);
  for (const ast::Action *action : decl->invariances) {
    if (action->hasOutput) {
      diags.report(diag::InvariantMovesOutput, action->output.front()->range,
                   oneLine(diags.sources.text(action->group->range)));
      return std::nullopt;
    }
    auto moved = resolveAction(action, leaf, {}, /*equivariant=*/false, "`" + decl->name.text + "`", env);
    if (!moved)
      return std::nullopt;
    made.push_back(std::move(*moved));
  }
  return made;
}

} // namespace nn::sema
