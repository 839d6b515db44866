// Moves of tensors; exponentials of derivatives by their eigenvalues, whole multiples of i, or of 1, or all zero.
#include "Symmetry/Replay/Element.h"

#include "llvm/ADT/STLExtras.h"

namespace nn::replay {

using symmetry::Exact;
using symmetry::Matrix;

static bool isZero(llvm::ArrayRef<Number> values) {
  return llvm::all_of(values, [](const Number &value) { return value.isZero(); });
}

/// a x + b y.
Element::Numbers Element::combination(const Number &a, Numbers x, const Number &b, llvm::ArrayRef<Number> y) const {
  for (auto [own, other] : llvm::zip_equal(x, y))
    own = field.add(field.multiply(a, own), field.multiply(b, other));
  return x;
}

/// exp(s X) of a tensor v, if some power of X sends v to zero: the sum of (s X)^k v / k!. Or, if v is a sum of
/// eigenvectors to eigenvalues k * unit: the sum of u^k times the one to k, which is the product over the others j of
/// (X - j unit) / ((k - j) unit) applied to v (J. Sylvester, 1883).
bool Element::exponentiate(llvm::function_ref<Numbers(llvm::ArrayRef<Number>)> x, int n, Numbers &tensor) {
  constexpr int largestEigenvalue = 8;
  Number one = field.ofInteger(1);
  Numbers term = tensor, total = tensor;
  for (int k = 1; k <= n + 1; ++k, total = combination(one, total, one, term)) {
    term = combination(field.multiply(parameter, field.inverse(field.ofInteger(k))), x(term), {}, term);
    if (isZero(term)) {
      tensor = total;
      return k == 1 || takes(Flow::Shear);
    }
  }
  for (auto [kind, root] : {std::pair(Flow::Turn, 4), std::pair(Flow::Stretch, 1)}) {
    Number unit = *field.ofExact(Exact::rootOfUnity(root));
    // The part to the eigenvalue k * unit of at most `most`; without k, what no such eigenvalue is left for.
    auto partOf = [&](int most, std::optional<int> k) {
      Numbers values = tensor;
      for (int j = -most; j <= most; ++j)
        if (Number scale = field.inverse(field.multiply(field.ofInteger(k ? *k - j : 1), unit)); j != k)
          values =
              combination(scale, x(values), field.multiply(field.ofInteger(-j), field.multiply(scale, unit)), values);
      return values;
    };
    int most = 1;
    while (most <= largestEigenvalue && !isZero(partOf(most, std::nullopt)))
      ++most;
    if (most > largestEigenvalue)
      continue;
    total.assign(tensor.size(), Number());
    for (int k = -most; k <= most; ++k) {
      Number power = field.power(k < 0 ? field.reciprocal(parameter) : parameter, unsigned(std::abs(k)));
      power.degree = 2 * most; // over the same power of the parameter for all k
      total = combination(one, total, power, partOf(most, k));
    }
    tensor = total;
    return takes(kind);
  }
  return false;
}

bool Element::move(const symmetry::Move &move, llvm::ArrayRef<std::vector<int64_t>> copies, Numbers &tensor) {
  std::vector<std::tuple<int, int, Number>> entries;
  Matrix matrix = move.asMatrix();
  bool affine = !move.offset.empty(), derivative = move.isDerivative(), known = true;
  for (const Matrix::Entry &entry : matrix.entries()) {
    auto number = field.ofExact(entry.value);
    known &= number.has_value();
    entries.emplace_back(entry.row, entry.column, number.value_or(Number()));
  }
  auto apply = [&](llvm::ArrayRef<Number> values) {
    Numbers result(values.size());
    for (const std::vector<int64_t> &cells : copies)
      for (const auto &[row, column, value] : entries) {
        Number &own = result[cells[row]];
        own = field.add(own, field.multiply(value, values[cells[column]]));
      }
    return result;
  };
  if (affine && derivative) // X is 0: what it adds is linear in the parameter, as a shear is
    known &= entries.empty() && takes(Flow::Shear);
  else if (derivative)
    known &= exponentiate(apply, move.size(), tensor);
  else
    tensor = apply(tensor);
  for (auto [cell, value] : llvm::enumerate(move.offset)) {
    auto number = field.ofExact(value);
    known &= number.has_value();
    for (const std::vector<int64_t> &cells : copies)
      tensor[cells[cell]] = field.add(
          tensor[cells[cell]], field.multiply(derivative ? parameter : field.ofInteger(1), number.value_or(Number())));
  }
  return known;
}

} // namespace nn::replay
