// Proposals: what the messages about broken symmetries suggest in words, as edits.
#include "Pipeline/ClaimFix.h"
#include "Frontend/AST/Walk.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn {

using Edit = Proposal::Edit;

std::string applyEdits(llvm::StringRef text, std::vector<Edit> edits) {
  llvm::sort(edits, [](const Edit &a, const Edit &b) { return a.range.begin > b.range.begin; });
  std::string result = text.str();
  for (const Edit &edit : edits)
    result.replace(edit.range.begin, edit.range.end - edit.range.begin, edit.replacement);
  return result;
}

static bool contains(SourceRange outer, SourceRange inner) {
  return inner.valid() && outer.file == inner.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

static const ast::NameRef *nameOf(const ast::Expr *expr) {
  return llvm::dyn_cast_or_null<ast::NameRef>(ast::stripParens(expr));
}

/// The tensor that is read: `P` of `P`, `P[i]`.
static const ast::NameRef *baseOf(const ast::Expr *expr) {
  expr = ast::stripParens(expr);
  auto *index = llvm::dyn_cast_or_null<ast::Index>(expr);
  return nameOf(index ? index->base : expr);
}

namespace {

/// What the name of the group of an action says.
struct GroupWords {
  llvm::StringSet<> names;     ///< of all that its expression calls
  llvm::StringSet<> variables; ///< its sizes that are names
  std::vector<int64_t> sizes;  ///< those that are numbers

  explicit GroupWords(const ast::Expr *group) {
    ast::walk(group, [&](const ast::Node &node) {
      if (auto *call = llvm::dyn_cast<ast::Call>(&node))
        for (const ast::Arg &arg : call->args) {
          if (auto *variable = nameOf(arg.value))
            variables.insert(variable->name);
          else if (auto *number = llvm::dyn_cast<ast::IntLit>(ast::stripParens(arg.value)))
            sizes.push_back(int64_t(number->value));
        }
      if (auto *name = llvm::dyn_cast<ast::NameRef>(&node))
        names.insert(name->name);
    });
  }
  bool has(std::initializer_list<llvm::StringRef> some) const {
    return llvm::any_of(some, [&](llvm::StringRef name) { return names.contains(name); });
  }
  bool ofMatrices() const { return has({"SO", "O", "SE", "E", "GL", "SL", "Sp", "U", "SU"}); }
  bool ofGrids() const { return has({"shifts", "C", "D", "semidirect"}); }
  bool shifts() const { return has({"shifts", "Z"}); }
};

class Proposer {
public:
  Proposer(const SourceManager &sources, const ast::File &file, llvm::ArrayRef<const ast::File *> library,
           const UnprovedClaim &unproved)
      : sources(sources), file(file), library(library), unproved(unproved),
        action(*unproved.claim->actions[unproved.action]), group(action.group) {}

  std::vector<Proposal> run();

private:
  llvm::StringRef textOf(SourceRange range) const { return sources.text(range); }
  void propose(std::vector<Edit> edits, const llvm::Twine &help) { found.push_back({std::move(edits), help.str()}); }
  void propose(SourceRange range, const llvm::Twine &replacement, const llvm::Twine &help) {
    propose({{range, replacement.str()}}, help);
  }
  const ast::Function *functionNamed(llvm::StringRef name) const;
  const ast::Function *subject() const;
  const ast::Function *libraryFunction(llvm::StringRef name, llvm::StringRef inFile) const;

  void changeCall(const ast::Call &call);
  void leaveOutBias(const ast::Call &call);
  void changeName(const ast::NameRef &name);
  void pool(const ast::NameRef &name);
  void changeReduce(const ast::Reduce &reduce);
  void dropTerm(const ast::Binary &sum, const ast::Function &function);
  void solveParameter(const ast::ParamDecl &parameter);
  std::vector<std::string> axesFor(const ast::NamedType &type) const;
  void moveMore();
  std::vector<std::string> stillAxes(const ast::Param &input) const;
  void resize();

  const SourceManager &sources;
  const ast::File &file;
  llvm::ArrayRef<const ast::File *> library;
  const UnprovedClaim &unproved;
  const ast::Action &action;
  GroupWords group;
  std::vector<Proposal> found;
};

} // namespace

// ---- names

const ast::Function *Proposer::functionNamed(llvm::StringRef name) const {
  for (const ast::Item *item : file.items)
    if (auto *function = llvm::dyn_cast<ast::Function>(item); function && function->name.text == name)
      return function;
  return nullptr;
}

/// The function that the claim is about, if it is one of the file.
const ast::Function *Proposer::subject() const {
  const ast::Expr *expr = ast::stripParens(unproved.claim->subject);
  for (int steps = 0; steps < 4 && expr; ++steps) {
    if (auto *call = llvm::dyn_cast<ast::Call>(expr)) {
      expr = ast::stripParens(call->callee);
      continue;
    }
    const ast::NameRef *name = nameOf(expr);
    if (!name)
      return nullptr;
    if (const ast::Function *function = functionNamed(name->name))
      return function;
    expr = nullptr;
    for (const ast::Item *item : file.items)
      if (auto *instance = llvm::dyn_cast<ast::Instance>(item); instance && instance->name.text == name->name)
        expr = ast::stripParens(instance->value);
  }
  return nullptr;
}

/// A function of the library, in one of its files if one is named.
const ast::Function *Proposer::libraryFunction(llvm::StringRef name, llvm::StringRef inFile) const {
  for (const ast::File *each : library)
    for (const ast::Item *item : each->items)
      if (auto *function = llvm::dyn_cast<ast::Function>(item);
          function && function->name.text == name && sources.path(each->file).contains(inFile))
        return function;
  return nullptr;
}

// ---- the model

void Proposer::leaveOutBias(const ast::Call &call) {
  const ast::NameRef *callee = nameOf(call.callee);
  const ast::Function *layer = callee ? libraryFunction(callee->name, "") : nullptr;
  if (!layer || llvm::none_of(layer->hyper, [](const ast::Param *param) { return param->name.text == "bias"; }))
    return;
  const std::string help = "a bias picks a direction: leave it out";
  for (const ast::Arg &arg : call.args)
    if (arg.label.text == "bias")
      return textOf(arg.value->range) == "false" ? void() : propose(arg.value->range, "false", help);
  SourceRange end{call.parens.file, call.parens.end - 1, call.parens.end - 1};
  propose(end, call.args.empty() ? "bias: false" : ", bias: false", help);
}

void Proposer::changeCall(const ast::Call &call) {
  leaveOutBias(call);
  for (const ast::Arg &arg : call.args) {
    if (arg.label.text == "causal" && textOf(arg.value->range) == "true")
      propose(arg.value->range, "false", "without the order of a causal mask, all positions are alike");
    if (arg.label.text == "padding" && group.shifts() && textOf(arg.value->range) != "wrap")
      propose(arg.value->range, "wrap", "`padding: wrap` continues the grid on its other side");
  }
  if (auto *reducer = llvm::dyn_cast<ast::ReducerRef>(ast::stripParens(call.callee));
      reducer && call.args.size() == 1 && group.ofMatrices())
    propose(reducer->range, "norm", "the norm of a vector does not depend on the axes");
}

/// An activation or a normalization of numbers, which acts on what is no number.
void Proposer::changeName(const ast::NameRef &name) {
  bool ofNumbers = libraryFunction(name.name, "activations") || libraryFunction(name.name, "normalization");
  if (!ofNumbers || functionNamed(name.name))
    return;
  if (group.ofMatrices() && name.name != "norm_gate")
    propose(name.range, "norm_gate", "`norm_gate` scales a vector by a function of its norm");
  if (group.has({"sign"}))
    propose(name.range, "tanh", "`tanh` is odd: it changes its sign with its argument");
}

/// A set that is laid out along one axis has its order in it: it is summed first.
void Proposer::pool(const ast::NameRef &name) {
  if (name.name != "flatten" || functionNamed(name.name) || group.variables.size() != 1 || !group.has({"S", "Z"}))
    return;
  llvm::StringRef axis = group.variables.begin()->getKey();
  propose(name.range, "(s => sum(s, over: " + axis + "))", "sum over `" + axis + "` first");
}

/// The sum of the components of a vector.
void Proposer::changeReduce(const ast::Reduce &reduce) {
  if (!group.ofMatrices() || !llvm::isa<ast::Index>(ast::stripParens(reduce.body)))
    return;
  SourceRange head{reduce.range.file, reduce.range.begin, reduce.body->range.begin};
  std::string binders = textOf({head.file, reduce.reducerRange.end, head.end}).str();
  propose(reduce.range, "sqrt(sum" + binders + textOf(reduce.body->range) + " ^ 2)",
          "the norm of a vector does not depend on the axes");
}

/// `x + b` becomes `x`, and where nothing else reads `b`, its declaration goes. Under changes of sign any term may be
/// what does not change it.
void Proposer::dropTerm(const ast::Binary &sum, const ast::Function &function) {
  if (sum.op != ast::BinaryOp::Add && sum.op != ast::BinaryOp::Sub)
    return;
  if (group.has({"sign"})) {
    const std::string help = "leave out what does not change its sign: ";
    propose(sum.range, textOf(sum.lhs->range), help + "`" + textOf(sum.rhs->range) + "`");
    if (sum.op == ast::BinaryOp::Add)
      propose(sum.range, textOf(sum.rhs->range), help + "`" + textOf(sum.lhs->range) + "`");
  }
  for (bool left : {false, true}) {
    if (left && sum.op == ast::BinaryOp::Sub)
      continue;
    const ast::Expr *term = left ? sum.lhs : sum.rhs, *rest = left ? sum.rhs : sum.lhs;
    const ast::NameRef *base = baseOf(term);
    if (!base)
      continue;
    const ast::ParamDecl *declaration = nullptr;
    size_t uses = 0;
    ast::walk(&function, [&](const ast::Node &node) {
      if (auto *use = llvm::dyn_cast<ast::NameRef>(&node))
        uses += use->name == base->name;
      if (auto *own = llvm::dyn_cast<ast::ParamDecl>(&node); own && own->name.text == base->name)
        declaration = own;
    });
    if (!declaration)
      continue;
    std::vector<Edit> edits{{sum.range, textOf(rest->range).str()}};
    if (uses == 1) {
      LineColumn at = sources.lineColumn(file.file, declaration->range.begin);
      uint32_t begin = sources.lineStart(file.file, at.line);
      uint32_t end =
          at.line < sources.lineCount(file.file) ? sources.lineStart(file.file, at.line + 1) : declaration->range.end;
      edits.push_back({{file.file, begin, end}, ""});
    }
    propose(std::move(edits), "leave out `" + base->name + "`, which does not move along");
  }
}

/// Behind `on`: the axes of a parameter that the group may move, in the ways there are.
std::vector<std::string> Proposer::axesFor(const ast::NamedType &type) const {
  llvm::StringSet<> names;
  std::vector<std::string> alike;
  for (auto [axis, dim] : llvm::enumerate(type.dims)) {
    if (auto *name = nameOf(dim.extent))
      names.insert(name->name);
    auto *number = llvm::dyn_cast_or_null<ast::IntLit>(ast::stripParens(dim.extent));
    if (number && llvm::is_contained(group.sizes, int64_t(number->value)))
      alike.push_back(std::to_string(axis));
  }
  std::vector<std::string> ways;
  if (!group.variables.empty() &&
      llvm::all_of(group.variables, [&](const auto &entry) { return names.contains(entry.getKey()); }))
    ways.push_back("");
  if (!alike.empty())
    ways.push_back(" on " + llvm::join(alike, " and "));
  if (size_t rank = type.dims.size(); group.ofGrids() && rank >= 2)
    ways.push_back(" on (" + std::to_string(rank - 2) + ", " + std::to_string(rank - 1) + ")");
  return ways;
}

/// The group of linear forms: without translations, which no parameter is invariant under.
static std::string linearPart(llvm::StringRef text) {
  if (text.starts_with("SE("))
    return ("SO" + text.drop_front(2)).str();
  return text.starts_with("E(") ? ("O" + text.drop_front(1)).str() : text.str();
}

void Proposer::solveParameter(const ast::ParamDecl &parameter) {
  auto *type = llvm::dyn_cast_or_null<ast::NamedType>(parameter.type);
  std::string written = linearPart(textOf(action.group->range));
  for (const std::string &axes : type ? axesFor(*type) : std::vector<std::string>()) {
    std::string clause = written + axes;
    std::string front = parameter.invariances.empty() ? " invariant under " : ", ";
    propose(parameter.range.after(), front + clause,
            "a parameter `invariant under` the group has the symmetry for all its values");
  }
}

// ---- what is said to move

/// Everything written with the group's variables; or axes of other inputs that are like those that move.
void Proposer::moveMore() {
  const ast::Function *function = subject();
  if (!action.hasOn || !function)
    return;
  if (!group.variables.empty())
    propose({action.range.file, action.group->range.end, action.range.end}, "",
            "without `on`, everything that is written with its size moves");
  if (group.has({"GL", "SL", "SO", "O"}))
    for (const ast::Space *space : action.on)
      if (!space->by && action.on.size() > 1)
        propose(space->range.after(), " by dual", "what a vector is contracted with is a form: it moves by the dual");
  // All axes that are alike; of a tensor with several, or only its last one.
  for (bool onlyLast : {false, true}) {
    std::string more;
    for (const ast::Param *input : function->inputs) {
      std::vector<std::string> axes = stillAxes(*input);
      for (const std::string &path :
           onlyLast && !axes.empty() ? llvm::ArrayRef(axes).take_back() : llvm::ArrayRef(axes))
        more += " and " + path + (group.has({"E", "SE"}) ? " by vector" : "");
    }
    if (!more.empty() && !action.on.empty())
      propose(action.on.back()->range.after(), more, "what belongs to the same space moves, too");
  }
}

/// The axes of an input that have the size of the group and are not said to move: `edge.1`.
std::vector<std::string> Proposer::stillAxes(const ast::Param &input) const {
  llvm::StringSet<> moved;
  for (const ast::Space *space : action.on)
    moved.insert(textOf(space->range).split(' ').first);
  std::vector<std::string> still;
  auto *type = llvm::dyn_cast_or_null<ast::NamedType>(input.type);
  for (auto [axis, dim] : llvm::enumerate(type ? type->dims : std::vector<ast::Dim>())) {
    auto *number = llvm::dyn_cast_or_null<ast::IntLit>(ast::stripParens(dim.extent));
    auto *name = nameOf(dim.extent);
    bool isAlike = (number && llvm::is_contained(group.sizes, int64_t(number->value))) ||
                   (name && group.variables.contains(name->name));
    std::string path = input.name.text + "." + std::to_string(axis);
    bool isMoved = moved.contains(input.name.text) || moved.contains(path) ||
                   (name && moved.contains(input.name.text + "." + name->name));
    if (isAlike && !isMoved)
      still.push_back(path);
  }
  return still;
}

/// A grid of one more entry, so that a stride fits both of its ends.
void Proposer::resize() {
  const ast::Function *function = subject();
  if (!function || !group.ofGrids())
    return;
  std::vector<const ast::IntLit *> literals;
  auto collect = [&](const ast::Node *below) {
    ast::walk(below, [&](const ast::Node &node) {
      if (auto *number = llvm::dyn_cast<ast::IntLit>(&node); number && number->value >= 4)
        literals.push_back(number);
    });
  };
  for (const ast::Param *input : function->inputs)
    collect(input->type);
  std::vector<uint64_t> extents;
  for (const ast::IntLit *literal : literals)
    if (!llvm::is_contained(extents, literal->value))
      extents.push_back(literal->value);
  for (const ast::Action *each : unproved.claim->actions)
    collect(each->group);
  for (uint64_t extent : extents) {
    std::vector<Edit> edits;
    for (const ast::IntLit *literal : literals)
      if (literal->value == extent)
        edits.push_back({literal->range, std::to_string(extent + 1)});
    if (edits.size() >= 2) // both sides of a grid
      propose(std::move(edits), llvm::Twine(extent) + " breaks it: " + llvm::Twine(extent + 1) + " works");
  }
}

std::vector<Proposal> Proposer::run() {
  for (const ast::Item *item : file.items) {
    auto *function = llvm::dyn_cast<ast::Function>(item);
    if (!function)
      continue;
    bool whole = contains(unproved.place, unproved.claim->range) && function == subject();
    SourceRange place = whole ? function->range : unproved.place;
    ast::walk(function, [&](const ast::Node &node) {
      if (auto *parameter = llvm::dyn_cast<ast::ParamDecl>(&node);
          parameter && contains(function->range, unproved.place) && parameter->name.text == unproved.culprit)
        solveParameter(*parameter);
      if (auto *name = llvm::dyn_cast<ast::NameRef>(&node); name && function == subject())
        pool(*name);
      if (!contains(place, node.range))
        return;
      if (auto *call = llvm::dyn_cast<ast::Call>(&node))
        changeCall(*call);
      if (auto *name = llvm::dyn_cast<ast::NameRef>(&node))
        changeName(*name);
      if (auto *reduce = llvm::dyn_cast<ast::Reduce>(&node))
        changeReduce(*reduce);
      if (auto *sum = llvm::dyn_cast<ast::Binary>(&node))
        dropTerm(*sum, *function);
    });
  }
  moveMore();
  resize();
  return std::move(found);
}

std::vector<Proposal> fixesOfModel(const SourceManager &sources, const ast::File &file,
                                   llvm::ArrayRef<const ast::File *> library, const UnprovedClaim &unproved) {
  return Proposer(sources, file, library, unproved).run();
}

// ---- the claim

/// Shifts by the divisors that all sizes have, as groups of smaller sizes: `Z(4)` moves an axis of 8 by 2.
static std::vector<std::string> stridesOf(const ast::Call &call, llvm::StringRef name) {
  std::vector<uint64_t> sizes;
  for (const ast::Arg &arg : call.args)
    if (auto *size = llvm::dyn_cast<ast::IntLit>(ast::stripParens(arg.value)))
      sizes.push_back(size->value);
  std::vector<std::string> groups;
  if (sizes.size() != call.args.size() || sizes.empty())
    return groups;
  for (uint64_t step = 2; step < *llvm::min_element(sizes); ++step) {
    if (llvm::any_of(sizes, [&](uint64_t size) { return size % step != 0; }))
      continue;
    std::vector<std::string> smaller;
    for (uint64_t size : sizes)
      smaller.push_back(std::to_string(size / step));
    groups.push_back(name.str() + "(" + llvm::join(smaller, ", ") + ")");
  }
  return groups;
}

/// Subgroups of what is written, in the same notation, the largest first.
static std::vector<std::string> subgroupsOf(const SourceManager &sources, const ast::Expr *expr) {
  expr = ast::stripParens(expr);
  std::vector<std::string> subgroups;
  if (auto *product = llvm::dyn_cast<ast::Binary>(expr)) {
    std::string left = sources.text(product->lhs->range).str(), right = sources.text(product->rhs->range).str();
    for (const std::string &smaller : subgroupsOf(sources, product->lhs))
      subgroups.push_back(smaller + " * " + right);
    for (const std::string &smaller : subgroupsOf(sources, product->rhs))
      subgroups.push_back(left + " * " + smaller);
    return subgroups;
  }
  auto *call = llvm::dyn_cast<ast::Call>(expr);
  const ast::NameRef *name = call ? nameOf(call->callee) : nullptr;
  if (!name)
    return subgroups;
  llvm::StringRef own = name->name;
  std::string sizes = sources.text(call->parens).str();
  auto names = llvm::StringSwitch<std::vector<std::string>>(own)
                   .Case("S", {"Z"})
                   .Case("O", {"SO"})
                   .Case("E", {"SE", "O", "SO"})
                   .Case("SE", {"SO"})
                   .Case("D", {"C"})
                   .Case("GL", {"SL"})
                   .Case("U", {"SU"})
                   .Default({});
  for (const std::string &smaller : names)
    subgroups.push_back(smaller + sizes);
  auto *order = call->args.size() == 1 ? llvm::dyn_cast<ast::IntLit>(ast::stripParens(call->args[0].value)) : nullptr;
  for (uint64_t step = 2; order && (own == "C" || own == "D") && step < order->value; ++step)
    if (order->value % step == 0)
      subgroups.push_back(own.str() + "(" + std::to_string(order->value / step) + ")");
  if (own == "D")
    subgroups.push_back("D(1)");
  if (own == "Z" || own == "shifts")
    llvm::append_range(subgroups, stridesOf(*call, own));
  if (own == "semidirect")
    for (const ast::Arg &arg : call->args)
      subgroups.push_back(sources.text(arg.value->range).str());
  return subgroups;
}

std::vector<Proposal> weakerClaims(const SourceManager &sources, const UnprovedClaim &unproved) {
  const ast::Action &action = *unproved.claim->actions[unproved.action];
  std::vector<Proposal> proposals;
  for (const std::string &subgroup : subgroupsOf(sources, action.group))
    proposals.push_back({{{action.group->range, subgroup}}, "claim what holds: `" + subgroup + "`"});
  // Shifts along one axis of a grid: each is a group of one axis.
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(action.group));
  const ast::NameRef *name = call ? nameOf(call->callee) : nullptr;
  auto oneAxis = [&](size_t axis) {
    std::vector<Edit> edits{{action.group->range, ("Z(" + sources.text(call->args[axis].value->range) + ")").str()}};
    for (const auto *spaces : {&action.on, &action.output})
      for (const ast::Space *space : *spaces) {
        if (!space->isGrid || space->axes.size() != call->args.size() || space->path.empty())
          return std::vector<Edit>();
        edits.push_back({space->range, space->path[0].text + "." + space->axes[axis].text.text});
      }
    return edits;
  };
  for (size_t axis = 0; name && name->name == "shifts" && action.hasOn && axis < call->args.size(); ++axis)
    if (std::vector<Edit> edits = oneAxis(axis); !edits.empty())
      proposals.push_back({edits, "claim what holds: shifts along one axis"});
  return proposals;
}

} // namespace nn
