// Random tests of a claim.
#include "Symmetry/Prover/NumericCheck.h"
#include "Symmetry/Prover/LieDerivative.h"
#include "noether/ascent.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace nn::prover {

/// x -> -x as half turns in the planes (0, 1), (2, 3), ... and, of an odd number of axes, a reflection of the axis 0
/// and half turns in (1, 2), (3, 4), ...; nothing if the group does not have it.
static std::optional<Word> inversionOf(const Group &group) {
  bool orthogonal = group.kind() == Group::Kind::SpecialOrthogonal || group.kind() == Group::Kind::Orthogonal;
  if (!orthogonal || group.sizes().size() != 1)
    return std::nullopt;
  int first = group.dimension() % 2;
  Word word;
  for (auto [k, generator] : llvm::enumerate(group.generators())) {
    if (generator.kind == Generator::Kind::Component) {
      if (first == 1)
        word.push_back({int(k), 1});
      continue;
    }
    Matrix::Entry entry = generator.matrix.entries().front();
    int low = std::min(entry.row, entry.column), high = std::max(entry.row, entry.column);
    if (high == low + 1 && low >= first && (low - first) % 2 == 0)
      word.push_back({int(k), std::numbers::pi});
  }
  bool reflects = llvm::any_of(group.generators(), [](auto &g) { return g.kind == Generator::Kind::Component; });
  return first == 1 && !reflects ? std::nullopt : std::optional(word);
}

double unitOf(const Generator &generator) {
  bool turns = generator.kind == Generator::Kind::Lie && llvm::StringRef(generator.name).contains("rotation");
  return turns ? std::numbers::pi / 2 : 1;
}

std::vector<std::pair<std::string, Word>> elementsToTest(const Group &group, uint64_t seed) {
  std::vector<std::pair<std::string, Word>> elements;
  for (auto [k, generator] : llvm::enumerate(group.generators()))
    if (!generator.implied)
      elements.push_back({generator.name, {{int(k), generator.kind == Generator::Kind::Lie ? 0.7 : 1}}});
  if (auto inversion = inversionOf(group))
    elements.push_back({"the inversion x -> -x", *inversion});
  for (const Word &word : group.sample(4, seed))
    elements.push_back({"a product of generators", word});
  return elements;
}

namespace {

/// What keeps a test from saying anything, if nothing else is found.
struct Vacuity {
  bool zero = true;     ///< every output is
  bool finite = false;  ///< some output is, on the inputs as they are drawn
  bool constant = true; ///< no output depends on the inputs
  bool fixed = true;    ///< no element moves anything

  std::string text() const {
    if (!finite)
      return "for random inputs of both signs its output is NaN or infinite";
    if (zero)
      return "its output is zero";
    if (constant)
      return "its output does not depend on its inputs";
    return fixed ? "no element of the group moves anything" : "";
  }
};

} // namespace

static bool same(ArrayRef<Tensor> a, ArrayRef<Tensor> b) {
  return llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
    auto &[x, y] = pair;
    return x.floats == y.floats && x.integers == y.integers;
  });
}

/// The amounts of directions in the word, and the entries of inputs that are no indices.
template <typename Visit> static void visitFreedoms(const Group &group, WorstCase &worst, Visit visit) {
  for (Step &step : worst.word)
    if (group.generators()[step.generator].kind == Generator::Kind::Lie)
      visit(step.amount);
  for (Tensor &tensor : worst.x)
    for (double &value : tensor.floats)
      visit(value);
}

/// Makes the worst case worse: see Note [Ascent without derivatives].
static llvm::Error climb(ClaimRun &run, Measured &measured) {
  WorstCase worst = measured.worst;
  std::vector<double> start;
  visitFreedoms(run.group(), worst, [&](double value) { start.push_back(value); });
  auto cells = int64_t(start.size());
  for (const auto &[path, parameter] : worst.model.parameters)
    cells += int64_t(parameter.floats.size());
  run.model = worst.model;
  llvm::Error failed = llvm::Error::success();
  auto put = [&](const std::vector<double> &x) {
    size_t next = 0;
    visitFreedoms(run.group(), worst, [&](double &value) { value = x[next++]; });
    for (Tensor &tensor : worst.x)
      for (double &value : tensor.floats)
        value = nnrt::asLargeAsDrawn(value);
  };
  auto errorOf = [&](const std::vector<double> &x) {
    put(x);
    auto difference = run.compare(worst.x, worst.word);
    if (difference)
      return difference->error;
    failed = llvm::joinErrors(std::move(failed), difference.takeError());
    return -1.0;
  };
  nnrt::Ascent<decltype(errorOf)> ascent(start, measured.error, /*seed=*/1, errorOf);
  measured.error = ascent.run(nnrt::runsToAscend(cells));
  put(ascent.worst);
  measured.worst = std::move(worst);
  return failed;
}

static bool isFinite(const Tensor &tensor) {
  return llvm::all_of(tensor.floats, [](double value) { return std::isfinite(value); });
}

/// Compares one element on one input, for the results that depend on the input.
static llvm::Error tryElement(ClaimRun &run, ArrayRef<Tensor> x, ArrayRef<Tensor> y, ArrayRef<bool> depends,
                              const Word &word, Measured &worst, Vacuity &vacuity) {
  std::vector<Tensor> moved = run.moveInputs(x, word), wanted = run.moveOutputs(y, word);
  if (same(x, moved) && same(y, wanted))
    return llvm::Error::success();
  vacuity.fixed = false;
  auto found = run.evaluate(moved);
  if (!found)
    return found.takeError();
  for (unsigned r = 0; r < y.size(); ++r) {
    Difference difference = differenceOf((*found)[r], wanted[r]);
    if (!(difference.largest < smallestOutput))
      vacuity.zero = false;
    if (difference.largest < smallestOutput || (!depends[r] && difference.error <= largeError))
      continue;
    ++worst.trials;
    if (difference.error <= worst.error)
      continue;
    worst.error = difference.error;
    worst.worst = {x.vec(), word, run.model};
  }
  return llvm::Error::success();
}

/// The largest error of the elements in single precision, for the results that depend on the input.
static llvm::Expected<double> singleErrorOf(const ClaimRun &run, ArrayRef<Tensor> x, ArrayRef<bool> depends,
                                            ArrayRef<Word> elements) {
  interpreter::Options single;
  single.single = true;
  auto y = run.evaluate(x, single);
  if (!y)
    return y.takeError();
  double worst = 0;
  for (const Word &word : elements) {
    auto found = run.evaluate(run.moveInputs(x, word), single);
    if (!found)
      return found.takeError();
    std::vector<Tensor> wanted = run.moveOutputs(*y, word);
    for (unsigned r = 0; r < wanted.size(); ++r)
      if (Difference difference = differenceOf((*found)[r], wanted[r]);
          depends[r] && difference.largest >= smallestOutput)
        worst = std::max(worst, difference.error);
  }
  return worst;
}

/// Where an output that is not finite is first so.
static std::vector<Location> whereNotFinite(const ClaimRun &run, ArrayRef<Tensor> x) {
  std::vector<Location> places;
  interpreter::Options watch;
  watch.notFinite = &places;
  llvm::consumeError(run.evaluate(x, watch).takeError());
  return places;
}

llvm::Expected<Measured> measure(ModuleOp module, ClaimOp claim, const ActionSpec &action, ArrayRef<Word> only,
                                 uint64_t seed, Effort effort) {
  auto run = ClaimRun::of(module, claim, action, seed);
  if (!run)
    return run.takeError();
  std::vector<Word> elements = only.vec();
  if (only.empty())
    for (auto &[name, word] : elementsToTest(run->group(), seed))
      elements.push_back(word);
  Measured worst;
  Vacuity vacuity;
  for (int round = 0; round < effort.rounds; ++round) {
    if (llvm::Error error = run->drawModel())
      return std::move(error);
    std::vector<Tensor> x = run->drawInputs();
    auto y = run->evaluate(x);
    auto other = y ? run->evaluate(run->drawInputs()) : y.takeError();
    if (!other)
      return other.takeError();
    vacuity.finite |= llvm::any_of(*y, isFinite);
    SmallVector<bool> depends;
    for (auto [one, two] : llvm::zip_equal(*y, *other))
      depends.push_back(!(differenceOf(one, two).error <= smallestOutput));
    vacuity.constant &= llvm::none_of(depends, [](bool each) { return each; });
    for (const Word &word : elements)
      if (llvm::Error error = tryElement(*run, x, *y, depends, word, worst, vacuity))
        return std::move(error);
    if (effort.single && round == 0) {
      auto single = singleErrorOf(*run, x, depends, elements);
      if (!single)
        return single.takeError();
      worst.singleError = *single;
    }
    if (!vacuity.finite && worst.notFinite.empty())
      worst.notFinite = whereNotFinite(*run, x);
  }
  if (worst.trials == 0)
    worst.vacuous = vacuity.text();
  if (only.empty() && claim.getWithin() && worst.error > largeError)
    if (llvm::Error error = climb(*run, worst))
      return std::move(error);
  if (only.empty() && run->group().isContinuous())
    worst.lieError = lieDerivativeError(*run);
  return worst;
}

} // namespace nn::prover
