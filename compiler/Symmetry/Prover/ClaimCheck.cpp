// A proof for each element of what generates the group; where one fails, a test decides what that means.
#include "Symmetry/Prover/ClaimCheck.h"
#include "Symmetry/Prover/Elements.h"
#include "Symmetry/Prover/Identity/IdentityProof.h"
#include "Symmetry/Prover/InvariantCount.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;

namespace nn::prover {

namespace {

/// Differences below may come of rounding, where a model magnifies it: the sine of a large number.
constexpr double doubtfulError = 1e-2;

class ClaimChecker {
public:
  ClaimChecker(ModuleOp module, ModuleOp flat, ClaimOp claim, const ActionSpec &action,
               llvm::function_ref<std::string(Location)> placeOf)
      : module(module), claim(claim), action(action), original(module.lookupSymbol<func::FuncOp>(claim.getFunction())),
        function(flat.lookupSymbol<func::FuncOp>(claim.getFunction())), placeOf(placeOf) {}

  Verdict run(Testing testing);

private:
  SmallVector<SpaceSpec> spacesOf(unsigned leaf, bool result) const;
  llvm::Expected<std::optional<Broken>> prove(GroupElements &elements, size_t e, Verdict &verdict);
  bool follows(BindAttr binding, Type type);
  llvm::Expected<std::optional<Broken>> proveWith(GroupElements &elements, size_t e, ArrayRef<StringRef> still,
                                                  std::vector<std::string> &derivation, std::vector<int64_t> &extents);
  llvm::Expected<Propagation::KnownMoves> movesSaidBy(StringRef attribute, GroupElements &elements, size_t e);
  std::optional<Broken> compare(ArrayRef<Mover> movers, ArrayRef<Action> found, ArrayRef<Action> wanted);
  void proveByIdentity(GroupRef group, Verdict &verdict);
  void measureWith(Verdict &verdict, Effort effort);
  void findSurvivor(const Group &group, Verdict &verdict);

  ModuleOp module;
  ClaimOp claim;
  const ActionSpec &action;
  func::FuncOp original, function;
  llvm::function_ref<std::string(Location)> placeOf;
};

} // namespace

SmallVector<SpaceSpec> ClaimChecker::spacesOf(unsigned leaf, bool result) const {
  SmallVector<SpaceSpec> own;
  for (const SpaceSpec &space : action.spaces)
    if (space.leaf == leaf && space.result == result)
      own.push_back(space);
  return own;
}

static ArrayRef<int64_t> shapeOf(Type type) { return cast<ShapedType>(type).getShape(); }

/// Why the move of a result is not the one that is claimed.
static Broken otherMove(Operation *op, const std::string &name, const Action &found, const Action &wanted,
                        ArrayRef<Mover> movers) {
  Action still = found, claimed = wanted;
  still.odd = claimed.odd;
  if (found.odd != wanted.odd && meets(still, wanted, movers))
    return {op,
            wanted.odd ? name + " keeps its sign, and the claim says that it changes" : name + " changes its sign",
            wanted.odd ? "claim `invariant`, or use odd functions alone" : "take `abs` or a square of it",
            {}};
  claimed.weight = found.weight;
  claimed.pointAxis = found.pointAxis;
  if (found.weight != wanted.weight && meets(found, claimed, movers)) {
    std::string times;
    llvm::raw_string_ostream(times) << llvm::format("%.4g", found.weight);
    return {op,
            "translations are added to " + name + " " + times + " times, and the claim says " +
                (wanted.weight == 0 ? "that they are not" : "once"),
            "weights of positions have to sum to 1 for a point, and to 0 for a vector (`by vector`)",
            {}};
  }
  return {op,
          name + " moves in another way than the claim says: " + describe(found, movers) +
              ", and claimed is: " + describe(wanted, movers),
          "",
          {}};
}

/// The results against what the claim says of them.
std::optional<Broken> ClaimChecker::compare(ArrayRef<Mover> movers, ArrayRef<Action> found, ArrayRef<Action> wanted) {
  Operation *end = function.getBody().front().getTerminator();
  for (auto [k, pair] : llvm::enumerate(llvm::zip_equal(found, wanted))) {
    auto [own, other] = pair;
    if (meets(own, other, movers))
      continue;
    std::string name = found.size() == 1 ? "the output" : "output " + std::to_string(k);
    Value result = end->getOperand(k);
    Operation *op = result.getDefiningOp() ? result.getDefiningOp() : end;
    return otherMove(op, name, own, other, movers);
  }
  return std::nullopt;
}

/// Moves of results that attributes of this name speak of: parameters that were solved for under the group of the
/// claim, tensors over its elements.
llvm::Expected<Propagation::KnownMoves> ClaimChecker::movesSaidBy(StringRef attribute, GroupElements &elements,
                                                                  size_t e) {
  Propagation::KnownMoves known;
  llvm::Error error = llvm::Error::success();
  function.walk([&](EquationOp op) {
    auto actions = op->getAttrOfType<ArrayAttr>(attribute);
    for (Attribute attr : actions ? actions.getValue() : ArrayRef<Attribute>()) {
      auto own = ActionSpec::of(attr);
      if (error || !own || own->group != action.group)
        continue;
      if (auto moved = elements.move(e, op.getResult().getType().getShape(), own->spaces))
        known[op] = *moved;
      else
        error = moved.takeError();
    }
  });
  if (error)
    return std::move(error);
  return known;
}

llvm::Expected<std::optional<Broken>> ClaimChecker::proveWith(GroupElements &elements, size_t e,
                                                              ArrayRef<StringRef> still,
                                                              std::vector<std::string> &derivation,
                                                              std::vector<int64_t> &extents) {
  Actions arguments;
  llvm::StringMap<unsigned> leaves;
  for (unsigned k = 0; k < original.getNumArguments(); ++k)
    leaves[original.getArgAttrOfType<BindAttr>(k, bindingAttrName).getName()] = k;
  for (auto [k, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto binding = function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    SmallVector<SpaceSpec> spaces;
    if (binding && binding.getKind() == Binding::arg)
      spaces = spacesOf(leaves.lookup(binding.getName()), false);
    if (binding && follows(binding, type) && !llvm::is_contained(still, binding.getName()))
      spaces = spacesOf(0, false);
    auto moved = elements.move(e, shapeOf(type), spaces);
    if (!moved)
      return moved.takeError();
    arguments.push_back(*moved);
  }
  Actions wanted;
  for (auto [k, type] : llvm::enumerate(original.getResultTypes())) {
    auto moved = elements.move(e, shapeOf(type), spacesOf(k, true));
    if (!moved)
      return moved.takeError();
    wanted.push_back(*moved);
  }
  for (unsigned k = wanted.size(); k < function.getNumResults(); ++k) {
    auto binding = function.getResultAttrOfType<BindAttr>(k, bindingAttrName);
    bool moves =
        binding && follows(binding, function.getResultTypes()[k]) && !llvm::is_contained(still, binding.getName());
    auto moved =
        elements.move(e, shapeOf(function.getResultTypes()[k]), moves ? spacesOf(0, false) : SmallVector<SpaceSpec>());
    if (!moved)
      return moved.takeError();
    wanted.push_back(*moved);
  }
  auto known = movesSaidBy(invariantAttrName, elements, e);
  auto orbits = known ? movesSaidBy(orbitAttrName, elements, e) : known.takeError();
  if (!orbits)
    return orbits.takeError();
  Propagation propagation(function, elements.elements()[e].movers, arguments, *known, *orbits);
  auto found = propagation.run();
  llvm::append_range(extents, propagation.extentsOfConstants());
  for (const Derived &line : propagation.derivation())
    if (!line.action.isTrivial())
      derivation.push_back(placeOf(line.op->getLoc()) + ": " + describe(line.action, propagation.allMovers()));
  if (auto *broken = std::get_if<Broken>(&found))
    return *broken;
  auto &results = std::get<Actions>(found);
  return compare(propagation.allMovers(), ArrayRef(results).take_front(wanted.size()), wanted);
}

/// An optimizer keeps states like the parameters it moves: these move along. A claim about one is the only that trains.
bool ClaimChecker::follows(BindAttr binding, Type type) {
  return function->hasAttr(trainingAttrName) && binding.getKind() == Binding::state && original.getNumArguments() > 0 &&
         type == original.getArgumentTypes().front();
}

/// States of an optimizer may also stay, as a mean of squares does when all signs change: each way is tried.
llvm::Expected<std::optional<Broken>> ClaimChecker::prove(GroupElements &elements, size_t e, Verdict &verdict) {
  constexpr size_t most = 4;
  SmallVector<StringRef> states;
  for (auto [k, type] : llvm::enumerate(function.getArgumentTypes()))
    if (auto binding = function.getArgAttrOfType<BindAttr>(k, bindingAttrName); binding && follows(binding, type))
      states.push_back(binding.getName());
  std::optional<Broken> first;
  std::vector<std::string> derivation;
  for (size_t choice = 0; choice < size_t(1) << std::min(states.size(), most); ++choice) {
    SmallVector<StringRef> still;
    for (auto [k, state] : llvm::enumerate(states))
      if (choice >> k & 1)
        still.push_back(state);
    std::vector<std::string> tried;
    auto broken = proveWith(elements, e, still, tried, verdict.extents);
    if (!broken)
      return broken;
    if (choice == 0 || !*broken)
      derivation = std::move(tried);
    if (!*broken) {
      first.reset();
      verdict.moving.clear();
      for (StringRef state : states)
        if (!llvm::is_contained(still, state))
          verdict.moving.push_back(state.str());
      break;
    }
    if (choice == 0)
      first = *broken;
  }
  llvm::append_range(verdict.derivation, derivation);
  return first;
}

/// Where a rule gave up and tests find no difference that could not be rounding: both sides as formulas.
void ClaimChecker::proveByIdentity(GroupRef group, Verdict &verdict) {
  if (function->hasAttr(trainingAttrName) && function.getNumResults() != original.getNumResults())
    return; // formulas of the outputs alone say nothing of what an optimizer keeps
  IdentityClaim identity{function, std::move(group), {}, {}, {}};
  llvm::StringMap<unsigned> leaves;
  for (unsigned k = 0; k < original.getNumArguments(); ++k)
    leaves[original.getArgAttrOfType<BindAttr>(k, bindingAttrName).getName()] = k;
  for (unsigned k = 0; k < function.getNumArguments(); ++k) {
    auto binding = function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    bool moves = binding && binding.getKind() == Binding::arg;
    unsigned leaf = moves ? leaves.lookup(binding.getName()) : 0;
    auto below = moves ? original.getArgAttrOfType<IntegerAttr>(leaf, belowAttrName) : IntegerAttr();
    identity.arguments.push_back(moves ? spacesOf(leaf, false) : SmallVector<SpaceSpec>());
    identity.bounds.push_back(below ? below.getInt() : 0);
  }
  for (unsigned k = 0; k < original.getNumResults(); ++k)
    identity.results.push_back(spacesOf(k, true));
  auto proof = proveIdentity(identity);
  if (!proof)
    return;
  verdict.broken.reset();
  verdict.moving.clear();
  verdict.byIdentity = true;
  verdict.derivation = {"both sides are the same formula of inputs and parameters, but for a chance of 2^-" +
                        std::to_string(int(proof->bits))};
  if (verdict.measured && verdict.measured->error > largeError && verdict.measured->error < doubtfulError)
    verdict.measured.reset(); // a model that magnifies rounding
}

void ClaimChecker::measureWith(Verdict &verdict, Effort effort) {
  auto measured = measure(module, claim, action, {}, /*seed=*/1, effort);
  if (measured)
    verdict.measured = *measured;
  else
    verdict.why = llvm::toString(measured.takeError());
}

/// The first of the group's natural subgroups whose generators all pass the test.
void ClaimChecker::findSurvivor(const Group &group, Verdict &verdict) {
  for (const Subgroup &subgroup : group.subgroups()) {
    if (subgroup.generators.empty())
      return; // nothing but the identity is left
    std::vector<Word> elements;
    for (const Subgroup::Element &element : subgroup.generators) {
      elements.push_back(element.word);
      if (element.oneParameter) {
        Word other = element.word;
        other.front().amount *= 0.3;
        elements.push_back(other);
      }
    }
    auto measured = measure(module, claim, action, elements, /*seed=*/2);
    if (!measured) {
      llvm::consumeError(measured.takeError());
      return;
    }
    if (measured->trials > 0 && measured->error < largeError) {
      verdict.survives = subgroup.text;
      return;
    }
  }
}

/// What tests refute is tried only if they are asked for: each then tests the other.
static bool mayBeIdentity(const Verdict &verdict, Testing testing) {
  if (testing == Testing::None)
    return verdict.broken.has_value();
  if (!verdict.measured || verdict.measured->trials == 0)
    return false;
  bool open = verdict.broken || verdict.measured->error > largeError;
  return open && (testing == Testing::All || verdict.measured->error < doubtfulError);
}

Verdict ClaimChecker::run(Testing testing) {
  Verdict verdict;
  // An orbit of tensors has a numbered axis of elements, which a known element permutes.
  bool overElements = function
                          .walk([](EquationOp op) {
                            return op->hasAttr(orbitAttrName) ? WalkResult::interrupt() : WalkResult::advance();
                          })
                          .wasInterrupted();
  auto elements = GroupElements::of(action, /*oneByOne=*/overElements);
  if (!elements) {
    verdict.kind = Verdict::Kind::Invalid;
    verdict.why = llvm::toString(elements.takeError());
    return verdict;
  }
  const Group &group = *elements->group();
  verdict.anySize = llvm::all_of(elements->elements(), [](const Element &each) { return !each.generator; });
  for (size_t e = 0; e < elements->elements().size() && !verdict.broken; ++e) {
    auto broken = prove(*elements, e, verdict);
    if (!broken) {
      std::string why = llvm::toString(broken.takeError());
      // A move that no rule is known for is no fault of the claim, if it can be applied.
      if (llvm::StringRef(why).starts_with("a proof for ")) {
        verdict.broken = Broken{function, why, "", {}, true};
      } else {
        verdict.kind = Verdict::Kind::Invalid;
        verdict.why = why;
        return verdict;
      }
    } else if (*broken) {
      verdict.broken = **broken;
    }
    if (verdict.broken)
      verdict.element = elements->elements()[e].name;
  }
  bool few = testing == Testing::Unproved && !claim.getWithin();
  if (testing == Testing::All || (testing == Testing::Unproved && (verdict.broken || claim.getWithin())))
    measureWith(verdict, {few ? fewRounds : allRounds, testing == Testing::All});
  if (mayBeIdentity(verdict, testing))
    proveByIdentity(elements->group(), verdict);
  if (few && verdict.broken)
    measureWith(verdict, {}); // the verdict rests on them
  if (verdict.measured && !(verdict.measured->error <= largeError))
    verdict.witness = findWitness(module, claim, action, /*seed=*/1, *verdict.measured);
  if (!verdict.broken) {
    verdict.kind = Verdict::Kind::Proved;
    return verdict;
  }
  if (claim.getWithin() && verdict.measured && verdict.measured->trials > 0 &&
      verdict.measured->error <= claim.getWithin()->convertToDouble()) {
    verdict.kind = Verdict::Kind::Measured;
    return verdict;
  }
  verdict.kind = verdict.witness ? Verdict::Kind::Refuted : Verdict::Kind::Undecided;
  if (verdict.kind == Verdict::Kind::Refuted) {
    if (llvm::StringRef(verdict.broken->why).starts_with("a proof for "))
      verdict.broken->why = "what it gives for a moved input is not what it gives, moved";
    findSurvivor(group, verdict);
    countInvariant(*verdict.broken, elements->group(), action.spaces.empty() ? "" : action.spaces[0].by);
  }
  return verdict;
}

bool isSameProof(const Verdict &one, const Verdict &other) {
  auto isFree = [](const Verdict &verdict) {
    return verdict.kind == Verdict::Kind::Proved && verdict.anySize && !verdict.byIdentity;
  };
  return isFree(one) && isFree(other) && one.derivation == other.derivation && one.extents == other.extents;
}

Verdict checkClaim(ModuleOp module, ModuleOp flat, ClaimOp claim, const ActionSpec &action, Testing testing,
                   llvm::function_ref<std::string(Location)> placeOf) {
  return ClaimChecker(module, flat, claim, action, placeOf).run(testing);
}

} // namespace nn::prover
