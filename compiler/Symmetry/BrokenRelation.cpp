// Which relation of a group the decimals of its generators break.
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace nn::symmetry;

namespace {
struct Dense {
  int size = 0;
  std::vector<double> values;

  explicit Dense(const Matrix &matrix) : size(matrix.size()), values(size_t(size) * size) {
    for (const Matrix::Entry &entry : matrix.entries())
      values[size_t(entry.row) * size + entry.column] = entry.value.toDouble();
  }
  Dense operator*(const Dense &other) const {
    Dense product(Matrix{size});
    for (int i = 0; i < size; ++i)
      for (int k = 0; k < size; ++k)
        for (int j = 0; j < size; ++j)
          product.values[size_t(i) * size + j] += values[size_t(i) * size + k] * other.values[size_t(k) * size + j];
    return product;
  }
};

/// How far a matrix is from the identity, and where.
struct Distance {
  double value = 0;
  int cell = 0;

  explicit Distance(const Dense &matrix) {
    for (int cell = 0; cell < int(matrix.values.size()); ++cell) {
      double difference = std::abs(matrix.values[cell] - (cell / matrix.size == cell % matrix.size));
      if (difference > value) {
        value = difference;
        this->cell = cell;
      }
    }
  }
};
} // namespace

/// The sentence for the first power of `element` that is nearly the identity.
static std::optional<std::string> nearPower(const Dense &element, const std::string &name) {
  // Three correct digits of an entry leave about k/1000 after k factors.
  Dense power = element;
  for (int k = 1; k <= 60; ++k, power = power * element) {
    Distance distance(power);
    if (distance.value > 0.002 * k || distance.value > 0.05)
      continue;
    std::string text;
    llvm::raw_string_ostream out(text);
    out << name << "^" << k << " is not 1";
    if (distance.value > 1e-12)
      out << ": entry (" << distance.cell / power.size << ", " << distance.cell % power.size << ") is "
          << llvm::format("%.8g", power.values[distance.cell]);
    else
      out << " but for rounding";
    out << "; write entries exactly, as in `sqrt(2) / 2` or `cos(2 * pi / 5)`";
    return text;
  }
  return std::nullopt;
}

std::string nn::symmetry::brokenRelation(llvm::ArrayRef<Matrix> matrices) {
  std::vector<Dense> dense(matrices.begin(), matrices.end());
  auto name = [&](size_t k) { return dense.size() == 1 ? std::string("g") : "g" + std::to_string(k); };
  for (size_t k = 0; k < dense.size(); ++k)
    if (std::optional<std::string> text = nearPower(dense[k], name(k)))
      return *text;
  for (size_t k = 0; k < dense.size(); ++k)
    for (size_t j = k + 1; j < dense.size(); ++j)
      if (std::optional<std::string> text = nearPower(dense[k] * dense[j], "(" + name(k) + " " + name(j) + ")"))
        return *text;
  return "the group does not close within 5000 elements: a decimal is taken as it is written, 0.6 as 3/5; write the "
         "fraction if it is meant";
}
