// Searches cases in which a claim fails, shrinks one, and says it in words.
#include "Symmetry/Prover/Witness.h"
#include "noether/shrink.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace nn::prover {

/// What is only rounding is 0.
static std::string digits(double value, int count = 4) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*g", count, std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

using Case = nnrt::ClaimCase<Word>;

static size_t countOf(const Tensor &tensor) { return tensor.isFloat ? tensor.floats.size() : tensor.integers.size(); }

static std::vector<double> entriesOf(const Tensor &tensor) {
  return tensor.isFloat ? tensor.floats : std::vector<double>(tensor.integers.begin(), tensor.integers.end());
}

static Tensor withEntries(const Tensor &like, ArrayRef<double> entries) {
  if (like.isFloat)
    return Tensor::ofFloats(like.shape, entries.vec());
  std::vector<int64_t> integers;
  for (double entry : entries)
    integers.push_back(std::llround(entry));
  return Tensor::ofIntegers(like.shape, integers);
}

/// Makes the case smaller, step by step, while it goes on to show that the claim fails.
static void shrink(ClaimRun &run, Witness &witness, double within) {
  constexpr double smallest = 1e-3; // of an output, so that it can be read
  const double enough = nnrt::errorToKeep(witness.difference.error, within);
  Case start{witness.word, {}};
  std::vector<double> units;
  std::vector<bool> floats;
  int64_t cells = 0;
  for (const Generator &generator : run.group().generators())
    units.push_back(unitOf(generator));
  for (const Tensor &input : witness.inputs) {
    start.inputs.push_back(entriesOf(input));
    floats.push_back(input.isFloat);
    cells += int64_t(countOf(input));
  }
  for (const auto &[path, parameter] : run.model.parameters)
    cells += int64_t(countOf(parameter));
  auto accept = [&](const Case &simpler) {
    std::vector<Tensor> inputs;
    for (auto [like, entries] : llvm::zip_equal(witness.inputs, simpler.inputs))
      inputs.push_back(withEntries(like, entries));
    auto difference = run.compare(inputs, simpler.word);
    if (!difference) {
      llvm::consumeError(difference.takeError());
      return false;
    }
    if (!(difference->error >= enough) || !(difference->largest >= smallest) || !std::isfinite(difference->largest))
      return false;
    witness.word = simpler.word;
    witness.inputs = std::move(inputs);
    witness.difference = *difference;
    return true;
  };
  nnrt::Shrinker<Word, decltype(accept)>(start, units, floats, nnrt::runsToShrink(cells), accept).shrink();
}

/// The elements to look at, the simplest first: of rotations quarter turns, of translations by 1.
static std::vector<std::pair<std::string, Word>> candidates(const Group &group, uint64_t seed) {
  std::vector<std::pair<std::string, Word>> all;
  for (auto &[name, word] : elementsToTest(group, seed)) {
    const Generator &generator = group.generators()[word.front().generator];
    if (word.size() == 1 && generator.kind == Generator::Kind::Lie)
      all.push_back({name, {{word.front().generator, unitOf(generator)}}});
    all.push_back({name, word});
  }
  return all;
}

static std::string nameOf(const Group &group, const Word &word) {
  if (word.size() != 1)
    return "a product of " + std::to_string(word.size()) + " generators";
  const Generator &generator = group.generators()[word.front().generator];
  double amount = word.front().amount;
  if (generator.kind != Generator::Kind::Lie)
    return generator.name + (amount == 1 ? "" : ", " + std::to_string(std::llround(amount)) + " times");
  return generator.name + " by " + (amount == unitOf(generator) && amount != 1 ? "a quarter turn" : digits(amount));
}

/// Shifts that move some axis by several entries at a time are named by their group, which says so.
static bool hasStride(ClaimRun &run, const ActionSpec &action) {
  const Group &group = run.group();
  auto kind = group.kind();
  return (kind == Group::Kind::Cyclic || kind == Group::Kind::Shifts) &&
         llvm::any_of(action.spaces, [&](const SpaceSpec &space) {
           TypeRange types =
               space.result ? TypeRange(run.claimed().getResultTypes()) : TypeRange(run.claimed().getArgumentTypes());
           ArrayRef<int64_t> shape = cast<ShapedType>(types[space.leaf]).getShape();
           return space.axes.size() == group.sizes().size() &&
                  llvm::any_of(llvm::zip_equal(space.axes, group.sizes()),
                               [&](auto pair) { return shape[std::get<0>(pair)] != std::get<1>(pair); });
         });
}

/// The witness that a case gives, made small.
static Witness witnessOf(ClaimRun &run, const std::string &name, const WorstCase &found, const Difference &difference,
                         double within) {
  Witness witness{name, found.word, found.x, {}, run.model, difference};
  for (unsigned k = 0; k < found.x.size(); ++k)
    witness.names.push_back(run.inputName(k).str());
  shrink(run, witness, within);
  if (found.word.size() == 1 || witness.word.size() != found.word.size())
    witness.element = nameOf(run.group(), witness.word);
  return witness;
}

/// The first of a few cases whose error is more than that.
static std::optional<Witness> firstBeyond(ClaimRun &run, uint64_t seed, double error, double within) {
  constexpr int rounds = 3;
  for (int round = 0; round < rounds; ++round) {
    if (llvm::Error failed = run.drawModel()) {
      llvm::consumeError(std::move(failed));
      return std::nullopt;
    }
    std::vector<Tensor> x = run.drawInputs();
    for (auto &[name, word] : candidates(run.group(), seed)) {
      auto difference = run.compare(x, word);
      if (!difference) {
        llvm::consumeError(difference.takeError());
        return std::nullopt;
      }
      if (difference->error > error)
        return witnessOf(run, name, {x, word, run.model}, *difference, within);
    }
  }
  return std::nullopt;
}

std::optional<Witness> findWitness(ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed,
                                   const Measured &measured) {
  auto run = ClaimRun::of(module, claim, action, seed);
  if (!run) {
    llvm::consumeError(run.takeError());
    return std::nullopt;
  }
  double within = claim.getWithin() ? claim.getWithin()->convertToDouble() : -1;
  double error = measured.error > within ? std::max(within, largeError) : largeError;
  if (auto found = firstBeyond(*run, seed, error, within)) {
    if (hasStride(*run, action))
      found->element += " of " + run->group().text().str();
    return found;
  }
  // One that only a search for the worst case finds.
  if (!(measured.error > error))
    return std::nullopt;
  run->model = measured.worst.model;
  auto difference = run->compare(measured.worst.x, measured.worst.word);
  if (!difference) {
    llvm::consumeError(difference.takeError());
    return std::nullopt;
  }
  std::string name = nameOf(run->group(), measured.worst.word);
  return witnessOf(*run, name, measured.worst, *difference, within);
}

// ---- in words

/// Two numbers with so many digits that one sees that they differ.
static std::pair<std::string, std::string> digitsOfBoth(double a, double b) {
  int count = 4;
  while (count < 17 && digits(a, count) == digits(b, count))
    ++count;
  return {digits(a, count), digits(b, count)};
}

static std::string placeText(llvm::ArrayRef<int64_t> entry) {
  std::vector<std::string> parts;
  for (int64_t place : entry)
    parts.push_back(std::to_string(place));
  return parts.empty() ? "" : "[" + llvm::join(parts, ", ") + "]";
}

/// "x = 0 but for x[0, 1] = 1"; nothing if it has too many entries to be read.
static std::optional<std::string> inputText(const std::string &name, const Tensor &tensor) {
  constexpr size_t most = 4;
  std::vector<std::string> entries;
  for (size_t k = 0; k < countOf(tensor); ++k) {
    if (entryOf(tensor, k) == 0)
      continue;
    SmallVector<int64_t> place(tensor.shape.size());
    auto rest = int64_t(k);
    for (size_t axis = place.size(); axis-- > 0; rest /= tensor.shape[axis])
      place[axis] = rest % tensor.shape[axis];
    entries.push_back(name + placeText(place) + " = " + digits(entryOf(tensor, k)));
    if (entries.size() > most)
      return std::nullopt;
  }
  if (entries.empty())
    return name + " = 0";
  return (entries.size() == countOf(tensor) ? "" : name + " = 0 but for ") + llvm::join(entries, ", ");
}

std::string describe(const Witness &witness, unsigned outputs) {
  std::string text = "for " + witness.element;
  std::vector<std::string> parts;
  for (auto [name, tensor] : llvm::zip_equal(witness.names, witness.inputs))
    if (auto written = inputText(name, tensor))
      parts.push_back(*written);
    else
      parts.push_back("some `" + name + "`");
  text += (parts.empty() ? "" : " and ") + llvm::join(parts, "; ");
  const Difference &difference = witness.difference;
  std::string output = outputs == 1 ? "output" : "output " + std::to_string(difference.result);
  auto [moved, wanted] = digitsOfBoth(difference.moved, difference.wanted);
  return text + ", " + output + placeText(difference.entry) + " becomes " + moved + " and would have to be " + wanted;
}

} // namespace nn::prover
