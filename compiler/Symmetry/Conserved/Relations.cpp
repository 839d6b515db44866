// Gram-Schmidt in the order of the columns, then fractions from the coefficients.
#include "Symmetry/Conserved/Relations.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numeric>
#include <optional>

namespace nn::conserved {

using Column = std::vector<double>;

static double dot(const Column &x, const Column &y) { return std::inner_product(x.begin(), x.end(), y.begin(), 0.0); }

/// The fractions as integers over a common denominator; nothing if some is none, but for `tolerance`.
static std::optional<Relation> wholeNumbers(llvm::ArrayRef<double> fractions, double tolerance) {
  constexpr int64_t mostDenominator = 12, largest = 64;
  for (int64_t denominator = 1; denominator <= mostDenominator; ++denominator) {
    Relation numbers;
    bool whole = llvm::all_of(fractions, [&](double fraction) {
      double scaled = fraction * double(denominator);
      numbers.push_back(std::llround(scaled));
      return std::abs(scaled - std::round(scaled)) <= tolerance && std::abs(scaled) <= double(largest);
    });
    if (whole)
      return numbers;
  }
  return std::nullopt;
}

namespace {

/// Independent columns, orthonormal, each also as a combination of the columns that were given.
struct Direction {
  Column unit, combination;
};

} // namespace

std::vector<Relation> relationsAmong(llvm::ArrayRef<Column> columns, llvm::ArrayRef<Column> sizes, double tolerance) {
  std::vector<Relation> relations;
  std::vector<Direction> independent;
  for (size_t k = 0; k < columns.size(); ++k) {
    double size = std::sqrt(dot(sizes[k], sizes[k]));
    if (size == 0)
      continue; // what does not reach the objective at all
    Column rest = columns[k], combination(columns.size(), 0);
    combination[k] = 1;
    for (int pass = 0; pass < 2; ++pass) // the second for what rounding left
      for (const Direction &other : independent) {
        double along = dot(rest, other.unit);
        for (size_t e = 0; e < rest.size(); ++e)
          rest[e] -= along * other.unit[e];
        for (size_t e = 0; e < combination.size(); ++e)
          combination[e] -= along * other.combination[e];
      }
    double length = std::sqrt(dot(rest, rest));
    if (length > tolerance * size) {
      for (double &value : rest)
        value /= length;
      for (double &value : combination)
        value /= length;
      independent.push_back({std::move(rest), std::move(combination)});
      continue;
    }
    constexpr double roughly = 30; // coefficients are less exact than what they were made from
    if (auto numbers = wholeNumbers(combination, std::max(1e-6, roughly * tolerance)))
      relations.push_back(*numbers);
  }
  return relations;
}

} // namespace nn::conserved
