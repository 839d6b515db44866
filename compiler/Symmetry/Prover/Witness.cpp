// Delta debugging over group elements and inputs.
#include "Symmetry/Prover/Witness.h"
#include "Symmetry/Prover/NumericCheck.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace nn::prover {

namespace {

/// Makes a case smaller, step by step, while it goes on to show that the claim fails.
class Shrinker {
public:
  Shrinker(ClaimRun &run, Witness &witness);
  void shrink();

private:
  /// Takes the change if the claim still fails by about as much.
  bool take(Word word, std::vector<Tensor> inputs);
  void shortenWord();
  void zeroEntries(unsigned input);
  bool zeroRange(unsigned input, size_t begin, size_t end);
  void roundEntries(unsigned input);

  ClaimRun &run;
  Witness &witness;
  double enough; ///< the least error that is kept
  int64_t runs;  ///< how often the model may still be run
};

} // namespace

static size_t countOf(const Tensor &tensor) { return tensor.isFloat ? tensor.floats.size() : tensor.integers.size(); }

static void set(Tensor &tensor, size_t k, double value) {
  if (tensor.isFloat)
    tensor.floats[k] = value;
  else
    tensor.integers[k] = std::llround(value);
}

Shrinker::Shrinker(ClaimRun &run, Witness &witness)
    : run(run), witness(witness), enough(std::min(0.01, witness.difference.error / 4)) {
  size_t cells = 1;
  for (const Tensor &input : witness.inputs)
    cells += countOf(input);
  for (const auto &[path, parameter] : run.model.parameters)
    cells += countOf(parameter);
  runs = std::clamp<int64_t>(int64_t(400000 / cells), 60, 400);
}

bool Shrinker::take(Word word, std::vector<Tensor> inputs) {
  constexpr double smallest = 1e-3; // of an output, so that it can be read
  if (runs-- <= 0)
    return false;
  auto difference = run.compare(inputs, word);
  if (!difference) {
    llvm::consumeError(difference.takeError());
    return false;
  }
  if (!(difference->error >= enough) || !(difference->largest >= smallest) || !std::isfinite(difference->largest))
    return false;
  witness.word = std::move(word);
  witness.inputs = std::move(inputs);
  witness.difference = *difference;
  return true;
}

/// Leaves out steps; then takes the first power of those that are left, and half turns or unit steps.
void Shrinker::shortenWord() {
  for (size_t k = 0; k < witness.word.size() && witness.word.size() > 1;) {
    Word shorter = witness.word;
    shorter.erase(shorter.begin() + int64_t(k));
    if (!take(shorter, witness.inputs))
      ++k;
  }
  for (size_t k = 0; k < witness.word.size(); ++k)
    if (witness.word[k].amount != 1 &&
        run.group().generators()[witness.word[k].generator].kind != Generator::Kind::Lie) {
      Word simpler = witness.word;
      simpler[k].amount = 1;
      take(simpler, witness.inputs);
    }
}

bool Shrinker::zeroRange(unsigned input, size_t begin, size_t end) {
  std::vector<Tensor> inputs = witness.inputs;
  bool changes = false;
  for (size_t k = begin; k < end; ++k) {
    changes |= entryOf(inputs[input], k) != 0;
    set(inputs[input], k, 0);
  }
  return !changes || take(witness.word, std::move(inputs));
}

/// Zeroes halves, quarters, ... that are not needed.
void Shrinker::zeroEntries(unsigned input) {
  size_t count = countOf(witness.inputs[input]);
  std::vector<std::pair<size_t, size_t>> parts{{0, count}};
  while (!parts.empty() && runs > 0) {
    std::vector<std::pair<size_t, size_t>> smaller;
    for (auto [begin, end] : parts) {
      if (begin == end || zeroRange(input, begin, end) || end - begin == 1)
        continue;
      size_t middle = (begin + end) / 2;
      smaller.insert(smaller.end(), {{begin, middle}, {middle, end}});
    }
    parts = std::move(smaller);
  }
}

/// All entries at once, if they are many; then each by itself: to 1 or -1, or to a whole number, or to one digit.
void Shrinker::roundEntries(unsigned input) {
  using Rounding = double (*)(double);
  Rounding roundings[] = {[](double v) { return v == 0 ? 0.0 : 1.0; },
                          [](double v) { return v == 0 ? 0.0 : std::copysign(1.0, v); },
                          [](double v) { return std::round(v); }, [](double v) { return std::round(v * 10) / 10; }};
  size_t count = countOf(witness.inputs[input]);
  auto roundAll = [&](size_t begin, size_t end) {
    for (Rounding rounding : roundings) {
      std::vector<Tensor> inputs = witness.inputs;
      bool changes = false;
      for (size_t k = begin; k < end; ++k) {
        double value = entryOf(inputs[input], k), rounded = rounding(value);
        changes |= value != rounded;
        set(inputs[input], k, rounded);
      }
      if (!changes || take(witness.word, std::move(inputs)))
        return true;
    }
    return false;
  };
  if (!witness.inputs[input].isFloat || roundAll(0, count))
    return;
  for (size_t k = 0; k < count; ++k)
    roundAll(k, k + 1);
}

void Shrinker::shrink() {
  shortenWord();
  for (unsigned k = 0; k < witness.inputs.size(); ++k)
    zeroEntries(k);
  for (unsigned k = 0; k < witness.inputs.size(); ++k)
    roundEntries(k);
}

/// The elements to look at, the simplest first: of rotations quarter turns, of translations by 1.
static std::vector<std::pair<std::string, Word>> candidates(const Group &group, uint64_t seed) {
  std::vector<std::pair<std::string, Word>> all;
  for (auto &[name, word] : elementsToTest(group, seed)) {
    const Generator &generator = group.generators()[word.front().generator];
    if (word.size() == 1 && generator.kind == Generator::Kind::Lie) {
      bool turns = name.find("rotation") != std::string::npos;
      all.push_back({name + (turns ? " by a quarter turn" : " by 1"),
                     {{word.front().generator, turns ? std::numbers::pi / 2 : 1}}});
      all.push_back({name + " by 0.7", word});
    } else {
      all.push_back({name, word});
    }
  }
  return all;
}

static std::string nameOf(const Group &group, const Word &word) {
  if (word.size() == 1 && word.front().amount == 1)
    return group.generators()[word.front().generator].name;
  return "a product of " + std::to_string(word.size()) + " generators";
}

std::optional<Witness> findWitness(ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed) {
  constexpr int rounds = 3;
  auto run = ClaimRun::of(module, claim, action, seed);
  if (!run) {
    llvm::consumeError(run.takeError());
    return std::nullopt;
  }
  for (int round = 0; round < rounds; ++round) {
    llvm::Error error = run->drawModel();
    if (error) {
      llvm::consumeError(std::move(error));
      return std::nullopt;
    }
    std::vector<Tensor> x = run->drawInputs();
    for (auto &[name, word] : candidates(run->group(), seed)) {
      auto difference = run->compare(x, word);
      if (!difference) {
        llvm::consumeError(difference.takeError());
        return std::nullopt;
      }
      if (difference->error <= largeError)
        continue;
      Witness witness{name, word, x, {}, run->model, *difference};
      for (unsigned k = 0; k < x.size(); ++k)
        witness.names.push_back(run->inputName(k).str());
      Shrinker(*run, witness).shrink();
      if (word.size() > 1)
        witness.element = nameOf(run->group(), witness.word);
      return witness;
    }
  }
  return std::nullopt;
}

// ---- in words

/// What is only rounding is 0.
static std::string digits(double value, int count = 4) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*g", count, std::abs(value) < 1e-12 ? 0.0 : value);
  return text;
}

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
