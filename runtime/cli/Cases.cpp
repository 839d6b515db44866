/// Searches of cases, which know nothing of the model but how to run it.
#include "cli/Cases.h"
#include "core/Text.h"
#include "noether/ascent.h"
#include "noether/shrink.h"

#include <cmath>

namespace nnrt {

static int64_t cellsOf(const ClaimRun &run, const Witness &witness) {
  int64_t cells = 0;
  for (const Numbers &input : witness.inputs)
    cells += int64_t(input.size());
  for (int64_t i = 0; i < run.session.program.tensor_count; ++i)
    cells += elementCount(run.session.program.tensors[i].type);
  return cells;
}

/// The amounts of directions in the word, and the entries of inputs that are no indices.
template <typename Visit> static void visitFreedoms(const nn_claim &claim, Witness &witness, Visit visit) {
  for (Step &step : witness.word)
    if (claim.generators[step.generator].is_direction)
      visit(step.amount);
  for (int64_t k = 0; k < claim.input_count; ++k)
    if (claim.inputs[k].below == 0)
      for (double &value : witness.inputs[size_t(k)])
        visit(value);
}

double makeWorse(ClaimRun &run, Witness &witness, double error) {
  std::vector<double> start;
  visitFreedoms(run.claim, witness, [&](double value) { start.push_back(value); });
  auto put = [&](const std::vector<double> &x) {
    size_t next = 0;
    visitFreedoms(run.claim, witness, [&](double &value) { value = x[next++]; });
    for (int64_t k = 0; k < run.claim.input_count; ++k)
      for (double &value : witness.inputs[size_t(k)])
        if (run.claim.inputs[k].below == 0)
          value = asLargeAsDrawn(value);
  };
  auto errorOf = [&](const std::vector<double> &x) {
    put(x);
    return run.compare(*run.claim.wide, witness.inputs, witness.word).error;
  };
  Ascent<decltype(errorOf)> ascent(start, error, run.session.seed(), errorOf);
  double found = ascent.run(runsToAscend(cellsOf(run, witness)));
  put(ascent.worst);
  witness.element = elementName(run.claim, witness.word);
  return found;
}

Difference makeSimpler(ClaimRun &run, Witness &witness) {
  constexpr double smallest = 1e-3; // of an output, so that it can be read
  const nn_claim &claim = run.claim;
  Difference difference = run.compare(*claim.wide, witness.inputs, witness.word);
  const double enough = errorToKeep(difference.error, claim.within);
  ClaimCase<Word> found{witness.word, witness.inputs};
  std::vector<double> units;
  std::vector<bool> floats;
  for (int64_t g = 0; g < claim.generator_count; ++g)
    units.push_back(claim.generators[g].unit);
  for (int64_t k = 0; k < claim.input_count; ++k)
    floats.push_back(claim.inputs[k].below == 0);
  auto accept = [&](const ClaimCase<Word> &simpler) {
    Difference own = run.compare(*claim.wide, simpler.inputs, simpler.word);
    if (!(own.error >= enough) || !(own.largest >= smallest) || !std::isfinite(own.largest))
      return false;
    difference = own;
    return true;
  };
  Shrinker<Word, decltype(accept)>(found, units, floats, runsToShrink(cellsOf(run, witness)), accept).shrink();
  bool sameWord = found.word.size() == witness.word.size() && found.word.size() > 1;
  witness.word = found.word, witness.inputs = found.inputs;
  if (!sameWord)
    witness.element = elementName(claim, witness.word);
  return difference;
}

std::string elementName(const nn_claim &claim, const Word &word) {
  if (word.size() != 1)
    return format("a product of %zu generators", word.size());
  const nn_generator &generator = claim.generators[word[0].generator];
  double amount = word[0].amount;
  if (generator.unit != 1 && amount == generator.unit)
    return std::string(generator.name) + " by a quarter turn";
  if (generator.is_direction)
    return format("%s by %.4g", generator.name, amount);
  return amount == 1 ? generator.name : format("%s, %.0f times", generator.name, amount);
}

} // namespace nnrt
