// Claims about optimizers that nobody has written, proved in silence.
#include "Pipeline/OptimizerReport.h"
#include "Frontend/AST/Walk.h"
#include "Frontend/Parse/Parser.h"
#include "Pipeline/ClaimReport.h"
#include "Pipeline/RunPasses.h"

#include "llvm/ADT/STLExtras.h"

namespace nn {

/// The parts of `clip_norm(1.0) |> adam(1e-3)`.
static std::vector<std::string> stagesOf(llvm::StringRef optimizer) {
  std::vector<std::string> stages;
  int depth = 0;
  size_t start = 0;
  for (size_t k = 0; k < optimizer.size(); ++k) {
    depth += llvm::StringRef("([{").contains(optimizer[k]) - llvm::StringRef(")]}").contains(optimizer[k]);
    if (depth == 0 && optimizer.substr(k).starts_with("|>")) {
      stages.push_back(optimizer.slice(start, k).trim().str());
      start = k + 2;
    }
  }
  stages.push_back(optimizer.substr(start).trim().str());
  return stages;
}

std::optional<OptimizerReport::Kept> OptimizerReport::keptByStage(const ast::File &program, llvm::StringRef stage) {
  // An optimizer moves weights and gradients; other stages are functions of one of them.
  static constexpr std::pair<llvm::StringLiteral, llvm::StringLiteral> spaces[] = {
      {"w.0 and g.0", "w and g"}, {"g.0", "g"}, {"w.0", "w"}};
  DiagnosticEngine silent(sources);
  IRReports reports(context, silent);
  for (const auto &[axis, whole] : spaces) {
    std::string text = "equivariant " + stage.str() + " under O(n) on " + axis.str() + " -> output.0, S(n) on " +
                       axis.str() + " -> output.0, sign on " + whole.str() + " -> output\n";
    uint32_t file = sources.add("what " + stage.str() + " keeps", text);
    DiagnosticEngine attempt(sources);
    std::unique_ptr<ast::File> claim = parse::parseFile(sources, file, attempt);
    if (!claim || attempt.hasErrors() || sema::claimsOf(*claim).empty())
      return std::nullopt;
    auto choices = emitClaim(sema::checkClaim(sema::claimsOf(*claim)[0], program, library, attempt, meaning), context,
                             sources, attempt);
    if (!choices)
      return std::nullopt;
    if (choices->empty() || attempt.hasErrors())
      continue;
    bool proved[3];
    for (size_t action = 0; action < 3; ++action) {
      auto end = proveClaim(*choices, silent, action);
      proved[action] = end && end->proved;
    }
    return Kept{proved[0], proved[1], proved[2]};
  }
  return std::nullopt;
}

std::optional<OptimizerReport::Kept> OptimizerReport::keptBy(const ast::File &program, llvm::StringRef optimizer) {
  Kept all{true, true, true};
  for (const std::string &stage : stagesOf(optimizer)) {
    auto own = keptByStage(program, stage);
    if (!own)
      return std::nullopt;
    all = {all.rotations && own->rotations, all.permutations && own->permutations, all.signs && own->signs};
  }
  return all;
}

std::string OptimizerReport::sentence(const Kept &kept) {
  if (kept.rotations)
    return "is proved to keep symmetric weights symmetric under all orthogonal actions";
  if (!kept.permutations && !kept.signs)
    return "is not proved to keep any symmetry of the weights";
  std::string which = kept.permutations && kept.signs ? "permutations of entries and a change of all signs"
                      : kept.permutations             ? "permutations of entries"
                                                      : "a change of all signs";
  return "is proved to keep symmetric weights symmetric under " + which + ", but not under rotations";
}

/// Whether rotations are averaged over, by a quadrature.
static bool isContinuous(const ast::Augment &augment) {
  bool found = bool(augment.name);
  ast::walk(augment.action->group, [&](const ast::Node &node) {
    if (auto *name = llvm::dyn_cast<ast::NameRef>(&node))
      found |= name->name == "SO" || name->name == "O";
  });
  return found;
}

/// Whether the batches of a recipe hold whole orbits, as far as its clauses say.
static std::string batchesOf(const ast::Train &train, const SourceManager &sources) {
  const ast::Augment *one = nullptr, *all = nullptr;
  for (const ast::Item *item : train.clauses)
    if (auto *augment = llvm::dyn_cast<ast::Augment>(item); augment && augment->action)
      (augment->all ? all : one) = augment;
  auto textOf = [&](const ast::Augment *augment) { return "`" + sources.text(augment->range).str() + "`"; };
  if (one)
    return "in the mean over steps, since " + textOf(one) + " draws one element a step";
  if (all && isContinuous(*all))
    return "in each step as far as " + textOf(all) + " is exact, for polynomials of degree " +
           (all->name ? sources.text(all->value->range).str() : "3");
  if (all)
    return "in each step, since " + textOf(all) + " makes whole orbits";
  return "if each batch holds whole orbits";
}

/// Those of all players, each once, as they are written.
static std::vector<std::string> optimizersOf(const ast::Train &train, const SourceManager &sources) {
  const ast::Expr *common = nullptr;
  for (const ast::Item *item : train.clauses)
    if (auto *clause = llvm::dyn_cast<ast::Using>(item))
      common = clause->optimizer;
  std::vector<std::string> optimizers;
  for (const ast::Item *item : train.clauses) {
    auto *player = llvm::dyn_cast<ast::Player>(item);
    const ast::Expr *own = player && player->optimizer ? player->optimizer : common;
    if (!player || !own)
      continue;
    if (std::string text = sources.text(own->range).str(); !llvm::is_contained(optimizers, text))
      optimizers.push_back(text);
  }
  return optimizers;
}

/// Whether anything in the program is said to be symmetric.
static bool speaksOfSymmetry(const ast::File &program, const checked::Program &checked) {
  bool augments = llvm::any_of(program.items, [](const ast::Item *item) {
    auto *train = llvm::dyn_cast<ast::Train>(item);
    return train && llvm::any_of(train->clauses, [](const ast::Item *clause) {
             auto *augment = llvm::dyn_cast<ast::Augment>(clause);
             return augment && augment->action;
           });
  });
  return augments || !sema::symmetryClaimsOf(program).empty() ||
         llvm::any_of(checked.parameters, [](const checked::Parameter &each) { return !each.invariances.empty(); });
}

void OptimizerReport::print(const ast::File &program, const checked::Program &checked, llvm::raw_ostream &out) {
  if (!speaksOfSymmetry(program, checked))
    return;
  for (const checked::Recipe &recipe : checked.recipes)
    for (const ast::Item *item : program.items) {
      auto *train = llvm::dyn_cast<ast::Train>(item);
      if (!train || train->range != recipe.range)
        continue;
      for (const std::string &optimizer : optimizersOf(*train, sources))
        if (auto kept = keptBy(program, optimizer)) {
          bool any = kept->rotations || kept->permutations || kept->signs;
          out << recipe.name << ": " << optimizer << ' ' << sentence(*kept)
              << (any ? ", " + batchesOf(*train, sources) : "") << '\n';
        }
    }
}

} // namespace nn
