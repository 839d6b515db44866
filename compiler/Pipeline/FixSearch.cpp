// A breadth-first search over few changes, each checked by a proof.
#include "Pipeline/FixSearch.h"
#include "Frontend/Parse/Parser.h"
#include "Pipeline/ClaimReport.h"
#include "Pipeline/Locations.h"
#include "Pipeline/RunPasses.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace nn {

std::optional<FixSearch::State> FixSearch::check(std::string text, size_t number, size_t action) {
  DiagnosticEngine silent(sources);
  IRReports reports(context, silent);
  State state;
  state.text = text;
  // In the folder of the program, so that what it uses is found.
  std::string path = original + " with changes " + std::to_string(sources.size());
  uint32_t file = sources.add(path, std::move(text));
  state.program = parse::parseFile(sources, file, silent);
  state.modules = std::make_shared<Modules>();
  if (!state.program || silent.hasErrors() || !loadModules(*state.program, sources, silent, *state.modules))
    return std::nullopt;
  sema::Options how = meaning;
  how.measureData = false;
  how.uses = state.modules->uses;
  std::vector<const ast::SymmetryClaim *> claims = sema::symmetryClaimsOf(*state.program);
  if (!sema::check(*state.program, library, silent, how) || number >= claims.size())
    return std::nullopt;
  auto choices =
      emitClaim(sema::checkClaim(claims[number], *state.program, library, silent, how), context, sources, silent);
  std::optional<ProofEnd> end = choices && !choices->empty() ? proveClaim(*choices, silent, action) : std::nullopt;
  if (!end)
    return std::nullopt;
  state.proved = end->proved;
  state.why = end->why;
  state.unproved = {claims[number], action, end->place.valid() ? end->place : claims[number]->range, end->culprit};
  return state;
}

std::optional<FixSearch::State> FixSearch::tryAll(const State &state, const std::vector<Proposal> &proposals,
                                                  size_t claim, std::vector<State> &steps) {
  for (const Proposal &proposal : proposals) {
    std::string text = applyEdits(state.text, proposal.edits);
    if (budget <= 0 || !seen.insert(text).second)
      continue;
    --budget;
    auto next = check(text, claim, state.unproved.action);
    if (!next)
      continue;
    next->helps = state.helps;
    if (!llvm::is_contained(next->helps, proposal.help))
      next->helps.push_back(proposal.help);
    if (next->proved)
      return next;
    bool moves = next->why != state.why || sources.text(next->unproved.place) != sources.text(state.unproved.place);
    if (moves)
      steps.push_back(std::move(*next));
  }
  return std::nullopt;
}

/// The smallest range of `before` whose replacement makes it `after`.
static ClaimFix differenceOf(uint32_t file, llvm::StringRef before, const std::string &after) {
  size_t front = 0, back = 0, least = std::min(before.size(), after.size());
  while (front < least && before[front] == after[front])
    ++front;
  while (back < least - front && before[before.size() - 1 - back] == after[after.size() - 1 - back])
    ++back;
  ClaimFix fix;
  fix.range = {file, uint32_t(front), uint32_t(before.size() - back)};
  fix.replacement = after.substr(front, after.size() - back - front);
  fix.text = after;
  return fix;
}

std::optional<ClaimFix> FixSearch::find(const ast::File &program, const UnprovedClaim &unproved) {
  constexpr int mostChecks = 40, mostSteps = 4;
  std::vector<const ast::SymmetryClaim *> claims = sema::symmetryClaimsOf(program);
  auto number = size_t(llvm::find(claims, unproved.claim) - claims.begin());
  State start;
  start.text = sources.text(program.file).str();
  start.unproved = unproved;
  seen = {start.text};
  budget = mostChecks;
  original = sources.path(program.file).str();
  std::optional<State> found;
  std::vector<State> states{start};
  for (int step = 0; step < mostSteps && !found && !states.empty(); ++step) {
    std::vector<State> next;
    for (const State &state : states) {
      const ast::File &file = state.program ? *state.program : program;
      found = tryAll(state, fixesOfModel(sources, file, library, state.unproved), number, next);
      if (found)
        break;
    }
    states = std::move(next);
  }
  std::vector<State> none;
  budget = mostChecks;
  if (!found)
    found = tryAll(start, weakerClaims(sources, unproved), number, none);
  if (!found)
    return std::nullopt;
  ClaimFix fix = differenceOf(program.file, start.text, found->text);
  fix.help = llvm::join(found->helps, "; ");
  return fix;
}

} // namespace nn
