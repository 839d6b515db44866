// Exponentials of derivatives by their eigenvalues, which are whole multiples of i or of 1, or all zero.
#include "Symmetry/Prover/Identity/FormalElement.h"

#include "llvm/ADT/STLExtras.h"

namespace nn::prover {

using symmetry::Matrix;
using symmetry::Move;

static constexpr int largestSpace = 64, largestEigenvalue = 8;

FormalElement::Square FormalElement::multiply(const Square &a, const Square &b, int n) const {
  Square product(size_t(n) * n, 0);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; a[i * n + k] && j < n; ++j)
        product[i * n + j] = field.add(product[i * n + j], field.multiply(a[i * n + k], b[k * n + j]));
  return product;
}

bool FormalElement::take(Flow kind) {
  if (flow != Flow::None && flow != kind)
    return false;
  flow = kind;
  return true;
}

static bool isZero(llvm::ArrayRef<Number> values) {
  return llvm::all_of(values, [](Number value) { return value == 0; });
}

static std::vector<Number> unitMatrix(int n) {
  std::vector<Number> unit(size_t(n) * n, 0);
  for (int k = 0; k < n; ++k)
    unit[size_t(k) * n + k] = 1;
  return unit;
}

/// The sum of (t X)^k / k!, if some power of X is zero.
std::optional<FormalElement::Square> FormalElement::shear(const Square &x, int n) {
  Square sum = unitMatrix(n), term = sum;
  for (int k = 1; k <= n; ++k) {
    term = multiply(term, x, n);
    if (isZero(term)) {
      largestDegree = std::max<uint64_t>(largestDegree, k - 1);
      return take(Flow::Shear) ? std::optional(sum) : std::nullopt;
    }
    Number factor = field.multiply(parameter, field.inverse(field.ofInteger(k)));
    for (size_t c = 0; c < term.size(); ++c) {
      term[c] = field.multiply(factor, term[c]);
      sum[c] = field.add(sum[c], term[c]);
    }
  }
  return std::nullopt;
}

/// The sum over eigenvalues k * unit of u^k and the projection to its eigenvectors, the product over the others j of
/// (X - j unit) / ((k - j) unit) (J. Sylvester, 1883). None if the eigenvalues are others.
std::optional<FormalElement::Square> FormalElement::spectral(const Square &x, int n, Number unit) {
  auto shifted = [&](int j) {
    Square result = x;
    for (int d = 0; d < n; ++d)
      result[d * n + d] = field.subtract(result[d * n + d], field.multiply(field.ofInteger(j), unit));
    return result;
  };
  int most = 0;
  for (Square product = x; !isZero(product);) {
    if (++most > largestEigenvalue)
      return std::nullopt;
    product = multiply(multiply(product, shifted(most), n), shifted(-most), n);
  }
  Square sum(x.size(), 0);
  for (int k = -most; k <= most; ++k) {
    Number power = field.power(k < 0 ? field.inverse(parameter) : parameter, uint64_t(std::abs(k)));
    Square projection = unitMatrix(n);
    for (int j = -most; j <= most; ++j)
      if (j != k) {
        projection = multiply(projection, shifted(j), n);
        power = field.multiply(power, field.inverse(field.multiply(field.ofInteger(k - j), unit)));
      }
    for (size_t c = 0; c < sum.size(); ++c)
      sum[c] = field.add(sum[c], field.multiply(power, projection[c]));
  }
  largestDegree = std::max<uint64_t>(largestDegree, 2 * most);
  return sum;
}

std::optional<FormalElement::Square> FormalElement::exponential(const Square &x, int n) {
  if (auto sum = shear(x, n))
    return sum;
  if (auto turn = spectral(x, n, field.residues().root(4)))
    return take(Flow::Turn) ? turn : std::nullopt;
  if (auto stretch = spectral(x, n, 1))
    return take(Flow::Stretch) ? stretch : std::nullopt;
  return std::nullopt;
}

std::optional<FormalMove> FormalElement::on(const symmetry::Representation &representation, int generator) {
  const Move &own = representation.moves()[generator];
  int n = own.size();
  FormalMove move;
  if (!own.offset.empty() && representation.isDual())
    return std::nullopt;
  for (const symmetry::Exact &value : own.offset) {
    auto residue = value.modulo(field.residues());
    if (!residue)
      return std::nullopt;
    move.offset.push_back(own.isDerivative() ? field.multiply(parameter, *residue) : *residue);
  }
  if (own.isPermutation()) {
    move.image.assign(own.image().begin(), own.image().end());
    for (int cell = 0; cell < n; ++cell)
      move.sign.push_back(int8_t(own.sign(cell)));
    return move;
  }
  if (n > largestSpace)
    return std::nullopt;
  Square values(size_t(n) * n, 0);
  Matrix exact = own.asMatrix();
  for (const Matrix::Entry &entry : exact.entries()) {
    auto residue = entry.value.modulo(field.residues());
    if (!residue)
      return std::nullopt;
    values[entry.row * n + entry.column] = *residue;
  }
  if (!own.isDerivative()) {
    move.matrix = std::move(values);
    return move;
  }
  if (isZero(values)) {
    // A translation: what it adds is linear in the parameter, as a shear is.
    if (!move.offset.empty() && (!take(Flow::Shear)))
      return std::nullopt;
    largestDegree = std::max<uint64_t>(largestDegree, 1);
    move.matrix = unitMatrix(n);
    return move;
  }
  if (!move.offset.empty())
    return std::nullopt;
  auto flowed = exponential(values, n);
  if (!flowed)
    return std::nullopt;
  move.matrix = std::move(*flowed);
  return move;
}

std::vector<Number> moveAxes(std::vector<Number> values, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int> axes,
                             const FormalMove &move, FormalField &field) {
  for (const std::vector<int64_t> &cells : symmetry::copiesOf(axes, shape)) {
    size_t n = cells.size();
    std::vector<Number> own(n, 0);
    for (size_t r = 0; r < n; ++r)
      if (move.matrix.empty())
        own[move.image[r]] = move.sign[r] < 0 ? field.negate(values[cells[r]]) : values[cells[r]];
      else
        for (size_t c = 0; c < n; ++c)
          own[r] = field.add(own[r], field.multiply(move.matrix[r * n + c], values[cells[c]]));
    for (size_t c = 0; c < n; ++c)
      values[cells[c]] = move.offset.empty() ? own[c] : field.add(own[c], move.offset[c]);
  }
  return values;
}

} // namespace nn::prover
