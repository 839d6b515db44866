/// Claims of symmetry, convexity and linearity. Each becomes a program of its own, whose root calls the subject of the
/// claim once, with inputs of its declared types. Dimension variables get numbers: what is proved does not depend on
/// which.
#include "Frontend/AST/Walk.h"
#include "Frontend/Sema/Moved.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"
#include "llvm/Support/xxhash.h"

#include <random>

using namespace nn::checked;

namespace nn::sema {

// Note [For all sizes]
// A proof about all permutations or all matrices of a group names axes, and no extent. It holds for all sizes if the
// equations of the program are the same for all but for extents, and if so are the equations between extents that its
// rules ask for. Two things tell that:
// - The claim is checked with its dimension variables open. Then whatever asks for the number behind one, such as the
//   condition of `if n > 10 then .. else ..`, `min(n, 10)` and the turns of `repeat(n, layer)`, has no answer, and
//   the claim is taken as one about the sizes at which it was proved. What is a polynomial in the variables has one.
// - The proof is tried, and has to be the same, at sizes that are drawn from 100 to 1000, from 11 to 30 for groups of
//   matrices. Extents and other numbers that two polynomials give, such as n and n - (n - 5) (n - 6), are equal at all
//   sizes if they are at random ones, but for a chance of degree / 900 (Schwartz and Zippel). Larger ones would make
//   tensors of several axes too large.
// Two small sizes alone would not do: each of these agrees at n = 5 and at n = 6.

// ---- sizes

namespace {

/// Numbers for the dimension variables of a claim. First all different, so that no two axes are of the same size by
/// chance; then equal ones that windows, heads and strides divide. See Note [For all sizes] for those that are drawn
/// and those that stay open.
class Sizes {
public:
  Sizes(unsigned attempt, uint64_t seed) : attempt(attempt), random(seed) {}
  static constexpr unsigned attempts = 7, firstLarger = 3; ///< those from 3 on are larger than all before
  static constexpr unsigned firstDrawn = attempts, drawn = 4, small = firstDrawn, open = firstDrawn + drawn;

  Dim next(const std::string &name) {
    constexpr std::array<int64_t, 6> different = {5, 7, 4, 6, 9, 3}, others = {6, 4, 7, 5, 8, 9};
    constexpr std::array<int64_t, attempts> equal = {0, 0, 8, 12, 16, 32, 64};
    size_t k = used++ % different.size();
    if (attempt < attempts)
      return attempt == 0 ? different[k] : attempt == 1 ? others[k] : equal[attempt];
    if (attempt == open)
      return Dim::variable(name);
    // Of any kind, small for matrices; multiples of 48; such a multiple for all.
    if (attempt <= firstDrawn + 1)
      return attempt == small ? 11 + int64_t(random() % 20) : 100 + int64_t(random() % 900);
    if (attempt == firstDrawn + 2 || used == 1)
      multiple = 48 * (3 + int64_t(random() % 18));
    return multiple;
  }

private:
  unsigned attempt;
  std::mt19937_64 random;
  int64_t multiple = 0;
  size_t used = 0;
};

} // namespace

/// The names of the dimensions of a tensor type, in order; "" for one that is no single name.
static std::vector<std::string> dimensionNames(const ast::Type *type) {
  std::vector<std::string> names;
  if (auto *named = llvm::dyn_cast_or_null<ast::NamedType>(type))
    for (const ast::Dim &dim : named->dims) {
      auto *ref = llvm::dyn_cast_or_null<ast::NameRef>(dim.extent);
      names.push_back(dim.label ? dim.label.text : ref ? ref->name : "");
    }
  return names;
}

/// Whether a turn by a right angle is in the group: then both sides of a grid have one size.
static bool turnsGrids(const ast::Expr *written) {
  const ast::Expr *expr = ast::stripParens(written);
  auto *call = llvm::dyn_cast<ast::Call>(expr);
  auto *name = llvm::dyn_cast<ast::NameRef>(call ? ast::stripParens(call->callee) : expr);
  if (name && (name->name == "C" || name->name == "D"))
    return true;
  if (call && llvm::any_of(call->args, [](const ast::Arg &arg) { return turnsGrids(arg.value); }))
    return true;
  auto *product = llvm::dyn_cast<ast::Binary>(expr);
  return product && (turnsGrids(product->lhs) || turnsGrids(product->rhs));
}

/// Whether a group of matrices of a size that is a variable is written: it has too many directions at large sizes.
static bool hasLargeMatrices(const ast::SymmetryClaim *claim) {
  bool found = false;
  for (const ast::Action *action : claim->actions)
    ast::walk(action->group, [&](const ast::Node &node) {
      auto *call = llvm::dyn_cast<ast::Call>(&node);
      auto *name = call ? llvm::dyn_cast<ast::NameRef>(ast::stripParens(call->callee)) : nullptr;
      bool permutes = name && (name->name == "S" || name->name == "Z" || name->name == "shifts");
      for (const ast::Arg &arg : call && !permutes ? llvm::ArrayRef(call->args) : llvm::ArrayRef<ast::Arg>())
        found |= llvm::isa<ast::NameRef>(ast::stripParens(arg.value));
    });
  return found;
}

/// Pairs of dimension variables that are the sides of one grid, which the claim turns.
static std::vector<std::pair<std::string, std::string>> squareGrids(llvm::ArrayRef<ast::Action *> actions,
                                                                    const ast::Function *decl) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const ast::Action *action : actions)
    for (const ast::Space *space : turnsGrids(action->group) ? action->on : std::vector<ast::Space *>()) {
      if (!space->isGrid || space->axes.size() != 2 || space->path.empty())
        continue;
      for (const ast::Param *param : decl->inputs) {
        if (param->name.text != space->path[0].text)
          continue;
        std::vector<std::string> names = dimensionNames(param->type);
        std::array<std::string, 2> sides;
        for (auto [side, axis] : llvm::zip(sides, space->axes))
          side = !axis.position ? axis.text.text : *axis.position < names.size() ? names[*axis.position] : "";
        pairs.push_back({sides[0], sides[1]});
      }
    }
  return pairs;
}

/// Gives every dimension variable of a type a number.
void Checker::giveSizes(const ast::Type *type, llvm::function_ref<Dim(const std::string &)> size, Env &env) {
  type = writtenOut(type);
  if (auto *record = llvm::dyn_cast_or_null<ast::RecordType>(type))
    for (const ast::TypeField &field : record->fields)
      giveSizes(field.type, size, env);
  auto *named = llvm::dyn_cast_or_null<ast::NamedType>(type);
  if (!named)
    return;
  auto give = [&](const ast::Expr *expr, const ast::Expr *bound) {
    auto *ref = llvm::dyn_cast_or_null<ast::NameRef>(expr);
    if (!ref || env.boundInFunction(ref->name))
      return;
    Dim number = size(ref->name);
    if (auto most = bound ? evalDim(bound, env) : std::nullopt; most && most->constant() && number.constant())
      number = std::min(*number.constant(), *most->constant());
    env.names[ref->name] = Value::ofInt(number);
    env.names[ref->name].range = ref->range;
    env.places[ref->name] = ref->range;
  };
  for (const ast::Dim &dim : named->dims) {
    give(dim.extent, dim.bound);
    if (dim.isRest && dim.rest && !env.find(dim.rest.text)) {
      Value shape;
      shape.kind = Value::Kind::Shape;
      for (llvm::StringRef axis : {"0", "1"})
        shape.shape.push_back({size(dim.rest.text + axis.str()), "", dim.range, false});
      env.names[dim.rest.text] = shape;
    }
  }
  give(named->arg, nullptr);
}

// ---- inputs and outputs

/// A tensor with the names that its declaration has for its axes, or else those that they have come with.
static MovableLeaf leafOf(const std::string &path, size_t number, const TensorType &type, const ast::Type *written) {
  MovableLeaf leaf;
  leaf.path = path;
  leaf.number = number;
  leaf.type = type;
  leaf.labels = dimensionNames(written);
  if (leaf.labels.size() != type.axes.size()) {
    leaf.labels.clear();
    for (const Axis &axis : type.axes)
      leaf.labels.push_back(axis.label);
  }
  auto *named = llvm::dyn_cast_or_null<ast::NamedType>(written);
  if (auto *into = named ? llvm::dyn_cast_or_null<ast::NameRef>(named->arg) : nullptr)
    leaf.indexInto = into->name;
  return leaf;
}

/// An input of the subject, with its tensors in order.
Value Checker::claimInput(const TypeSpec &spec, const ast::Type *type, const std::string &path, SourceRange range,
                          Root &root, std::vector<MovableLeaf> &all) {
  type = writtenOut(type);
  Value value;
  if (spec.kind == TypeSpec::Kind::Record) {
    auto *record = llvm::dyn_cast_or_null<ast::RecordType>(type);
    value.kind = Value::Kind::Record;
    for (auto [k, field] : llvm::enumerate(spec.fields)) {
      Value part = claimInput(field.second, record && k < record->fields.size() ? record->fields[k].type : nullptr,
                              path + "." + field.first, range, root, all);
      if (part.isError())
        return error();
      value.fields.push_back({field.first, part});
    }
    return value;
  }
  if (spec.kind != TypeSpec::Kind::Tensor)
    return error();
  all.push_back(leafOf(path, all.size(), spec.tensor, type));
  return addInput(path, spec.tensor, range, root);
}

void Checker::movableLeaves(const Value &value, const ast::Type *type, const std::string &path, bool ofResult,
                            std::vector<MovableLeaf> &all) {
  type = writtenOut(type);
  if (value.kind == Value::Kind::Record) {
    auto *record = llvm::dyn_cast_or_null<ast::RecordType>(type);
    for (auto [k, field] : llvm::enumerate(value.fields))
      movableLeaves(field.second, record && k < record->fields.size() ? record->fields[k].type : nullptr,
                    path + "." + (field.first.empty() ? std::to_string(k) : field.first), ofResult, all);
    return;
  }
  if (!value.isTensor())
    return;
  all.push_back(leafOf(path, all.size(), value.expr->type, type));
  all.back().ofResult = ofResult;
}

/// The tensors of the output become results of the claim's function.
void Checker::claimOutputs(const Value &value, const ast::Type *type, Root &root, std::vector<MovableLeaf> &all) {
  movableLeaves(value, type, "output", /*ofResult=*/true, all);
  for (const MovableLeaf &leaf : all)
    root.results.push_back(leaf.path);
  llvm::SmallVector<Expr *> results;
  leaves(value, results);
  llvm::append_range(frame->function->results, results);
}

// ---- a claim

/// A vector of n floats: what stands for an input that is declared without a type.
static TypeSpec vectorSpec(const Dim &n, SourceRange range) {
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = {Elem::F32, std::nullopt, {Axis{n, "n", range, false}}};
  spec.range = range;
  return spec;
}

/// Calls the subject with inputs of its declared types.
Value Checker::callSubject(const ast::Expr *written, llvm::ArrayRef<ast::Action *> actions, const Value &subject,
                           unsigned attempt, Env &env, Claim &made, std::vector<MovableLeaf> &inputs) {
  Root &root = made.root;
  const ast::Function *decl = subject.callable->decl;
  for (auto &[name, value] : subject.callable->hyper)
    env.names[name] = value, env.places[name] = written->range;
  Sizes sizes(attempt, llvm::xxh3_64bits(diags.sources.text(written->range.file)));
  const std::map<std::string, int64_t> &used = usedSizes[decl];
  std::vector<std::pair<std::string, Dim>> given; // in the order of the inputs
  auto size = [&](const std::string &name) {
    auto known = llvm::find_if(given, [&](const auto &each) { return each.first == name; });
    if (known != given.end())
      return known->second;
    auto here = used.find(name);
    return given.emplace_back(name, here == used.end() ? sizes.next(name) : Dim(here->second)).second;
  };
  for (auto &[one, other] : squareGrids(actions, decl))
    if (one != other)
      given.emplace_back(other, size(one));
  std::vector<ArgValue> args;
  for (const ast::Param *param : decl->inputs) {
    giveSizes(param->type, size, env);
    bool isStep =
        decl->role == ast::Role::Optimizer && param == decl->inputs[std::min<size_t>(2, decl->inputs.size() - 1)];
    TypeSpec spec = param->type ? resolveType(param->type, env) : vectorSpec(size("n"), param->range);
    if (isStep) // which counts from 1, a number
      spec.tensor = {Elem::I32, std::nullopt, {}};
    Value input = claimInput(spec, param->type, param->name.text, param->range, root, inputs);
    if (input.isError()) {
      if (spec.kind != TypeSpec::Kind::Error || !param->type)
        diags.report(diag::ClaimInputs, written->range, decl->name.text, "`" + param->name.text + "`");
      return error();
    }
    if (!param->type) {
      env.names["n"] = Value::ofInt(size("n"));
      env.places["n"] = param->range;
    }
    args.push_back({"", {}, input, written->range});
    env.names[param->name.text] = input;
    env.places[param->name.text] = param->name.range;
  }
  for (auto &[name, number] : given)
    if (auto size = env.names[name].integer.constant())
      made.sizes.push_back({name, *size});
  return call(subject, std::move(args), written, written->range);
}

/// The variables of `convex L in w`: inputs below a path, or else parameters.
void Checker::claimVariables(const ast::ShapeClaim *claim, llvm::ArrayRef<MovableLeaf> inputs, Claim &made) {
  made.form = claim->form == ast::ShapeClaim::Form::Convex ? Claim::Form::Convex : Claim::Form::Linear;
  made.variable = diags.sources.text(claim->in->range).str();
  for (const MovableLeaf &leaf : inputs)
    if ((leaf.path == made.variable || llvm::StringRef(leaf.path).starts_with(made.variable + ".")) &&
        isFloat(leaf.type.elem))
      made.variables.push_back(leaf.path);
  if (!made.variables.empty())
    return;
  auto *first = claim->in;
  while (auto *member = llvm::dyn_cast<ast::Member>(first))
    first = member->base;
  auto *name = llvm::dyn_cast<ast::NameRef>(first);
  bool known = !name || moduleEnv->find(name->name) || lookupTop(name->name, moduleAt(name->range));
  llvm::SmallVector<Expr *> read;
  if (known)
    leaves(eval(claim->in, *moduleEnv), read);
  for (Expr *leaf : read) {
    auto *parameter = llvm::dyn_cast<Param>(leaf);
    auto expansion = expansions.find(leaf); // of a parameter with a symmetry: linear in its coefficients
    if (parameter || expansion != expansions.end())
      made.variables.push_back(parameter ? parameter->path : expansion->second);
  }
  if (made.variables.empty() || made.variables.size() != read.size())
    diags.report(diag::ShapeVariable, claim->in->range, made.variable, "`" + made.subject + "`");
}

/// Adds the function and the actions of a claim to the program; false if it is wrong (reported).
bool Checker::addClaim(const ast::Item *item, unsigned attempt) {
  auto *claim = llvm::dyn_cast<ast::SymmetryClaim>(item);
  auto *shape = llvm::dyn_cast<ast::ShapeClaim>(item);
  const ast::Expr *written = claim ? claim->subject : shape->subject;
  auto own =
      rootFrame(program->claims.empty() ? "claim" : "claim$" + std::to_string(program->claims.size()), item->range);
  own->generic = attempt == Sizes::open;
  llvm::SaveAndRestore saved(frame, own.get());
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>(1));
  llvm::SaveAndRestore site(instanceSite, static_cast<const ast::Node *>(written));
  Value subject = eval(written, *moduleEnv);
  if (subject.kind == Value::Kind::Callable && subject.callable->kind == Callable::Kind::Declared &&
      subject.callable->decl->hasHyper && !subject.callable->hyperGiven)
    subject = dropHyper(subject, written, written->range);
  if (subject.isError())
    return false;
  if (subject.kind != Value::Kind::Callable || !subject.callable->decl) {
    diags.report(diag::ClaimSubject, written->range, subject.describe());
    return false;
  }
  bool isOptimizer = subject.callable->decl->role == ast::Role::Optimizer;
  if (isOptimizer && !claimsToAdd.empty())
    return true; // it has no weights to be tested with, and what it keeps would change from test to test
  Claim made;
  made.equivariant = claim && claim->equivariant;
  made.subject = diags.sources.text(written->range).str();
  made.range = item->range;
  made.root.function = own->function;
  made.root.isCommand = true;
  made.root.training = isOptimizer; // what it keeps is a part of the claim
  auto env = moduleEnv->child();
  env->isFunction = true;
  std::vector<MovableLeaf> inputs, outputs;
  llvm::ArrayRef<ast::Action *> actions = claim ? llvm::ArrayRef(claim->actions) : llvm::ArrayRef<ast::Action *>();
  Value result = callSubject(written, actions, subject, attempt, *env, made, inputs);
  if (result.isError() || attempt == Sizes::open)
    return !result.isError() && !diags.hasErrors() && !sizesDecide;
  toTensors(result, written->range);
  claimOutputs(result, subject.callable->decl->result, made.root, outputs);
  if (shape)
    claimVariables(shape, inputs, made);
  if (claim && claim->within) {
    Value bound = eval(claim->within, *moduleEnv);
    made.within = bound.asReal();
    if (!made.within && !bound.isError())
      diags.report(diag::ClaimWithin, claim->within->range, bound.describe());
  }
  for (const ast::Action *action : actions)
    if (auto moved = resolveAction(action, inputs, outputs, made.equivariant, "`" + made.subject + "`", *env))
      made.actions.push_back(*moved);
  if (diags.hasErrors())
    return false;
  program->functions.insert(program->functions.end(), std::make_move_iterator(rootFunctions.begin()),
                            std::make_move_iterator(rootFunctions.end()));
  rootFunctions.clear();
  program->claims.push_back(std::move(made));
  return true;
}

std::unique_ptr<Program> Checker::runClaim(const ast::Item *item, unsigned attempt) {
  if (!addClaim(item, attempt))
    return nullptr;
  finishInit();
  return std::move(program);
}

bool Checker::isUniform(const ast::Item *item) {
  sizesOpen = true;
  return addClaim(item, Sizes::open);
}

/// Parameters that only claims have belong to no checkpoint: a claim changes nothing of what is trained.
void Checker::addClaims() {
  size_t parameters = program->parameters.size(), states = program->states.size();
  for (auto [claim, attempt] : claimsToAdd)
    addClaim(claim, attempt);
  for (size_t k = parameters; k < program->parameters.size(); ++k)
    program->parameters[k].ofExperiment = true;
  for (size_t k = states; k < program->states.size(); ++k)
    program->states[k].ofExperiment = true;
  program->runsClaims = !program->claims.empty();
}

std::vector<const ast::Item *> claimsOf(const ast::File &file) {
  std::vector<const ast::Item *> claims;
  for (const ast::Item *item : file.items) {
    if (llvm::isa<ast::SymmetryClaim, ast::ShapeClaim>(item))
      claims.push_back(item);
    if (auto *train = llvm::dyn_cast<ast::Train>(item))
      for (const ast::Item *clause : train->clauses)
        if (llvm::isa<ast::SymmetryClaim, ast::ShapeClaim>(clause))
          claims.push_back(clause);
  }
  return claims;
}

std::vector<const ast::SymmetryClaim *> symmetryClaimsOf(const ast::File &file) {
  std::vector<const ast::SymmetryClaim *> claims;
  for (const ast::Item *item : claimsOf(file))
    if (auto *claim = llvm::dyn_cast<ast::SymmetryClaim>(item))
      claims.push_back(claim);
  return claims;
}

ClaimPrograms checkClaim(const ast::Item *claim, const ast::File &file, const std::vector<const ast::File *> &prelude,
                         DiagnosticEngine &diags, const Options &options) {
  ClaimPrograms programs;
  DiagnosticEngine first(diags.sources);
  for (unsigned attempt = 0; attempt < Sizes::attempts && programs.size() < 2; ++attempt) {
    DiagnosticEngine trial(diags.sources);
    if (auto program = Checker(file, prelude, trial, options).runClaim(claim, attempt))
      programs.push_back(std::move(program));
    else if (attempt == 0)
      first.take(trial);
  }
  if (programs.empty())
    diags.take(first);
  return programs;
}

ClaimPrograms checkLargerClaim(const ast::Item *claim, const ast::File &file,
                               const std::vector<const ast::File *> &prelude, const SourceManager &sources,
                               const Options &options) {
  ClaimPrograms programs;
  for (unsigned attempt = Sizes::firstLarger; attempt < Sizes::attempts && programs.size() < 2; ++attempt) {
    DiagnosticEngine trial(sources);
    if (auto program = Checker(file, prelude, trial, options).runClaim(claim, attempt))
      programs.push_back(std::move(program));
  }
  return programs;
}

ClaimPrograms checkDrawnClaim(const ast::Item *claim, const ast::File &file,
                              const std::vector<const ast::File *> &prelude, const SourceManager &sources,
                              const Options &options) {
  DiagnosticEngine silent(sources);
  ClaimPrograms programs;
  if (!Checker(file, prelude, silent, options).isUniform(claim))
    return programs;
  auto *symmetry = llvm::dyn_cast<ast::SymmetryClaim>(claim);
  bool small = symmetry && hasLargeMatrices(symmetry);
  unsigned first = small ? Sizes::small : Sizes::small + 1, end = small ? first + 1 : Sizes::open;
  for (unsigned attempt = first; attempt < end && programs.empty(); ++attempt) {
    DiagnosticEngine trial(sources);
    if (auto program = Checker(file, prelude, trial, options).runClaim(claim, attempt))
      programs.push_back(std::move(program));
  }
  return programs;
}

std::unique_ptr<Program> checkWithClaims(const ast::File &file, const std::vector<const ast::File *> &prelude,
                                         const SourceManager &sources, const Options &options) {
  std::vector<const ast::SymmetryClaim *> claims = symmetryClaimsOf(file);
  auto checkedWith = [&](const std::vector<std::pair<const ast::Item *, unsigned>> &some) {
    DiagnosticEngine silent(sources);
    Checker checker(file, prelude, silent, options);
    checker.claimsToAdd = some;
    return checker.run();
  };
  std::vector<std::pair<const ast::Item *, unsigned>> chosen;
  for (const ast::SymmetryClaim *claim : claims)
    chosen.push_back({claim, 0});
  if (auto program = checkedWith(chosen))
    return program;
  chosen.clear();
  for (const ast::SymmetryClaim *claim : claims)
    for (unsigned attempt = 0; attempt < Sizes::attempts; ++attempt) {
      chosen.push_back({claim, attempt});
      if (checkedWith(chosen))
        break;
      chosen.pop_back();
    }
  return checkedWith(chosen);
}

} // namespace nn::sema
