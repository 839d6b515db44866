// The worst case of a claim: an error as large as it can be made, by an evolution strategy.
//
// Note [Ascent without derivatives]
// The error is a quotient of two maxima over entries. Its worst cases lie where entries tie, at kinks, where a gradient
// says nothing about the way on; functions that choose have none at all; and a gradient of each claim would add more
// than half as much code as the claim has in an executable, for a number that only bounds ask for. So cases are drawn
// around the best one, and their distribution learns from those that are worse. In a few dozen dimensions that comes as
// close as a gradient would; in thousands of them it is a slow search, and the error that it finds a lower bound.
#ifndef NOETHER_ASCENT_H
#define NOETHER_ASCENT_H

#include "noether/philox.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace nnrt {

/// How often both sides of a claim may be compared, if inputs and parameters have so many entries.
inline int64_t runsToAscend(int64_t cells) {
  int64_t runs = 2000000 / (cells + 1);
  return runs < 60 ? 60 : runs > 2000 ? 2000 : runs;
}

/// Inputs stay as large as those that are drawn may be: what a model does with huge ones says nothing of its use.
inline double asLargeAsDrawn(double value) {
  constexpr double largest = 3; // standard deviations
  return value > largest ? largest : value < -largest ? -largest : value;
}

/// The evolution strategy with matrix adaptation (Beyer and Sendhoff, "Simplify your covariance matrix adaptation
/// evolution strategy", 2017; its constants). In many dimensions, where few runs cannot learn a matrix, without it.
template <typename Error> class Ascent {
public:
  /// `errorOf(x)` may be NaN.
  Ascent(std::vector<double> start, double error, uint64_t seed, Error errorOf)
      : worst(std::move(start)), mean(worst), worstError(error), errorOf(errorOf), n(worst.size()),
        key{uint32_t(seed), uint32_t(seed >> 32)}, path(n, 0) {
    constexpr size_t mostLearned = 64;
    lambda = 4 + size_t(3 * std::log(double(n)));
    double sum = 0, squares = 0;
    for (size_t i = 0; i < lambda / 2; ++i)
      weights.push_back(std::log(double(lambda) / 2 + 0.5) - std::log(double(i + 1)));
    for (double weight : weights)
      sum += weight;
    for (double &weight : weights)
      weight /= sum, squares += weight * weight;
    effective = 1 / squares;
    double size = double(n);
    pathRate = (effective + 2) / (size + effective + 5);
    rankOne = 2 / ((size + 1.3) * (size + 1.3) + effective);
    rankMany = std::min(1 - rankOne, 2 * (effective - 2 + 1 / effective) / ((size + 2) * (size + 2) + effective));
    for (size_t k = 0; n <= mostLearned && k < n * n; ++k)
      matrix.push_back(k / n == k % n ? 1 : 0);
  }

  /// Goes on for so many runs, and says how large an error was found; `worst` is the case.
  double run(int64_t runs) {
    for (; n > 0 && runs >= int64_t(lambda) && reach > 1e-8; runs -= int64_t(lambda))
      generation();
    return worstError;
  }

  std::vector<double> worst;

private:
  struct Drawn {
    std::vector<double> normal, step; ///< z and M z
    double error;
  };

  std::vector<double> drawNormal() {
    std::vector<double> values(n);
    for (size_t k = 0; k < n; ++k) {
      BoxMullerF64 pair = boxMullerF64(philox({uint32_t(k), draws, 0, 0}, key));
      values[k] = std::sqrt(-2 * std::log(pair.u1)) * std::cos(6.283185307179586 * pair.u2);
    }
    ++draws;
    return values;
  }

  std::vector<double> stretched(const std::vector<double> &z) const {
    if (matrix.empty())
      return z;
    std::vector<double> result(n, 0);
    for (size_t r = 0; r < n; ++r)
      for (size_t c = 0; c < n; ++c)
        result[r] += matrix[r * n + c] * z[c];
    return result;
  }

  void generation() {
    std::vector<Drawn> all;
    for (size_t i = 0; i < lambda; ++i) {
      Drawn own{drawNormal(), {}, 0};
      own.step = stretched(own.normal);
      std::vector<double> x = mean;
      for (size_t k = 0; k < n; ++k)
        x[k] += reach * own.step[k];
      own.error = errorOf(x);
      if (!(own.error >= 0))
        own.error = -1; // not a number: no case
      if (own.error > worstError && own.error <= largest)
        worstError = own.error, worst = x;
      all.push_back(std::move(own));
    }
    std::sort(all.begin(), all.end(), [](const Drawn &a, const Drawn &b) { return a.error > b.error; });
    learn(all);
  }

  void learn(const std::vector<Drawn> &all) {
    std::vector<double> normal(n, 0);
    for (size_t i = 0; i < weights.size(); ++i)
      for (size_t k = 0; k < n; ++k) {
        normal[k] += weights[i] * all[i].normal[k];
        mean[k] += reach * weights[i] * all[i].step[k];
      }
    double length = 0;
    for (size_t k = 0; k < n; ++k) {
      path[k] = (1 - pathRate) * path[k] + std::sqrt(effective * pathRate * (2 - pathRate)) * normal[k];
      length += path[k] * path[k];
    }
    if (!matrix.empty())
      adapt(all);
    double size = double(n), expected = std::sqrt(size) * (1 - 1 / (4 * size) + 1 / (21 * size * size));
    double damping = 1 + pathRate + 2 * std::max(0.0, std::sqrt((effective - 1) / (size + 1)) - 1);
    reach *= std::exp(pathRate / damping * (std::sqrt(length) / expected - 1));
  }

  /// M (1 + c_1 / 2 (s s^T - 1) + c_w / 2 (sum_i w_i z_i z_i^T - 1)), of which M z_i is at hand.
  void adapt(const std::vector<Drawn> &all) {
    std::vector<double> along = stretched(path);
    for (double &entry : matrix)
      entry *= 1 - rankOne / 2 - rankMany / 2;
    for (size_t r = 0; r < n; ++r)
      for (size_t c = 0; c < n; ++c) {
        matrix[r * n + c] += rankOne / 2 * along[r] * path[c];
        for (size_t i = 0; i < weights.size(); ++i)
          matrix[r * n + c] += rankMany / 2 * weights[i] * all[i].step[r] * all[i].normal[c];
      }
  }

  static constexpr double largest = 2; ///< of a difference relative to the larger side
  std::vector<double> mean;
  double worstError;
  Error errorOf;
  size_t n, lambda;
  PhiloxKey key;
  uint32_t draws = 0;
  double reach = 0.5; ///< sigma
  double effective, pathRate, rankOne, rankMany;
  std::vector<double> weights; ///< of the better half
  std::vector<double> path;    ///< s
  std::vector<double> matrix;  ///< M, row-major; empty: 1
};

} // namespace nnrt

#endif
