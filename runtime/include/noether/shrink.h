// Delta debugging of a case in which a claim of symmetry fails: a smaller group element, then sparser and rounder
// inputs. The compiler shrinks what its interpreter finds, an executable what the model finds with the weights it has.
#ifndef NOETHER_SHRINK_H
#define NOETHER_SHRINK_H

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace nnrt {

/// A group element as a product of steps {generator, amount}, and the entries of each input, row-major.
template <typename Word> struct ClaimCase {
  Word word;
  std::vector<std::vector<double>> inputs;
};

/// The error that a smaller case must still have: far above rounding, and above what the claim accepts. `within` is
/// negative where it accepts nothing.
inline double errorToKeep(double error, double within) {
  double far = error / 4 < 0.01 ? error / 4 : 0.01;
  double beyond = within < 0 || error <= within ? 0 : within + (error - within) / 4;
  return far > beyond ? far : beyond;
}

/// How often a model may be run for one case, if its inputs and parameters have so many entries.
inline int64_t runsToShrink(int64_t cells) {
  int64_t runs = 400000 / (cells + 1);
  return runs < 60 ? 60 : runs > 400 ? 400 : runs;
}

/// `accept(case)` runs both sides of the claim, and says whether it fails by enough.
template <typename Word, typename Accept> class Shrinker {
public:
  /// `units` are the amounts of each generator that are the simplest: 1, or a quarter turn. `floats` says which inputs
  /// are no indices.
  Shrinker(ClaimCase<Word> &best, std::vector<double> units, std::vector<bool> floats, int64_t runs, Accept accept)
      : best(best), units(std::move(units)), floats(std::move(floats)), runs(runs), accept(accept) {}

  void shrink() {
    shortenWord();
    roundAmounts();
    for (size_t k = 0; k < best.inputs.size(); ++k)
      zeroEntries(k);
    for (size_t k = 0; k < best.inputs.size(); ++k)
      roundEntries(k);
    shortenWord(); // simple inputs may show what others did not
  }

private:
  bool take(ClaimCase<Word> simpler) {
    if (runs-- <= 0 || !accept(simpler))
      return false;
    best = std::move(simpler);
    return true;
  }

  /// A generator, if one is enough.
  bool takeGenerator() {
    for (size_t g = 0; g < units.size(); ++g) {
      ClaimCase<Word> one = best;
      auto &step = one.word.front();
      step.generator = decltype(step.generator)(g), step.amount = units[g];
      one.word.resize(1);
      if (take(std::move(one)))
        return true;
    }
    return false;
  }

  /// Leaves out the steps that are not needed.
  void shortenWord() {
    if (best.word.size() > 1 && takeGenerator())
      return;
    for (size_t k = 0; k < best.word.size() && best.word.size() > 1;) {
      ClaimCase<Word> shorter = best;
      shorter.word.erase(shorter.word.begin() + std::ptrdiff_t(k));
      if (!take(std::move(shorter)))
        ++k;
    }
  }

  bool changeAmount(size_t k, double amount) {
    ClaimCase<Word> simpler = best;
    simpler.word[k].amount = amount;
    return best.word[k].amount == amount || take(std::move(simpler));
  }

  /// First powers, quarter turns, steps by 1; or amounts of one digit.
  void roundAmounts() {
    for (size_t k = 0; k < best.word.size(); ++k) {
      double digit = std::round(best.word[k].amount * 10) / 10;
      if (!changeAmount(k, units[size_t(best.word[k].generator)]) && digit != 0)
        changeAmount(k, digit);
    }
  }

  /// Changes the entries from `begin` to `end` by `change`. True if they are so, or can be.
  template <typename Change> bool changeRange(size_t input, size_t begin, size_t end, Change change) {
    ClaimCase<Word> simpler = best;
    bool changes = false;
    for (size_t k = begin; k < end; ++k) {
      double &value = simpler.inputs[input][k], changed = change(value);
      changes = changes || value != changed;
      value = changed;
    }
    return !changes || take(std::move(simpler));
  }

  /// Zeroes halves, quarters, ... that are not needed.
  void zeroEntries(size_t input) {
    auto zero = [](double) { return 0.0; };
    std::vector<std::pair<size_t, size_t>> parts{{0, best.inputs[input].size()}};
    while (!parts.empty() && runs > 0) {
      std::vector<std::pair<size_t, size_t>> smaller;
      for (auto [begin, end] : parts) {
        if (begin == end || changeRange(input, begin, end, zero) || end - begin == 1)
          continue;
        size_t middle = (begin + end) / 2;
        smaller.push_back({begin, middle});
        smaller.push_back({middle, end});
      }
      parts = std::move(smaller);
    }
  }

  /// To 1, or to 1 or -1, or to whole numbers, or to one digit.
  bool roundRange(size_t input, size_t begin, size_t end) {
    return changeRange(input, begin, end, [](double v) { return v == 0 ? 0.0 : 1.0; }) ||
           changeRange(input, begin, end, [](double v) { return v == 0 ? 0.0 : std::copysign(1.0, v); }) ||
           changeRange(input, begin, end, [](double v) { return std::round(v); }) ||
           changeRange(input, begin, end, [](double v) { return std::round(v * 10) / 10; });
  }

  /// All entries at once, if that is possible; else each by itself.
  void roundEntries(size_t input) {
    size_t count = best.inputs[input].size();
    if (!floats[input] || roundRange(input, 0, count))
      return;
    for (size_t k = 0; k < count; ++k)
      roundRange(input, k, k + 1);
  }

  ClaimCase<Word> &best;
  std::vector<double> units;
  std::vector<bool> floats;
  int64_t runs; ///< how often the model may still be run
  Accept accept;
};

} // namespace nnrt

#endif
