// Moves of tensors. Exponentials of derivatives by their eigenvalues: whole multiples of i, or of 1, or all zero.
#include "Symmetry/Replay/Element.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/STLExtras.h"

#include <numeric>

namespace nn::replay {

namespace json = llvm::json;
using symmetry::Exact;
using symmetry::Matrix;
using symmetry::Move;

// ---- what a claim says

llvm::Expected<Spaces> spacesOf(const symmetry::GroupRef &group, const ActionSpec &action, unsigned leaf, bool result,
                                llvm::ArrayRef<int64_t> shape) {
  Spaces spaces;
  for (const SpaceSpec &spec : action.spaces) {
    if (spec.leaf != leaf || spec.result != result)
      continue;
    bool whole = spec.values || spec.by == "trivial" || spec.by == "sign" ||
                 group->kind() == symmetry::Group::Kind::Sign;
    int64_t extent = group->dimension() ? group->dimension() : group->degree();
    llvm::SmallVector<int64_t> axes(spec.axes), extents;
    for (auto [axis, own] : llvm::enumerate(shape)) // without named axes, the one that the group can move
      if (spec.axes.empty() && !whole && (own == extent || shape.size() == 1))
        axes.push_back(int64_t(axis));
    if (spec.axes.empty() && axes.size() != (whole ? 0 : 1))
      return symmetry::refusal("no axis is named, and none is the only one that moves");
    for (int64_t axis : axes)
      extents.push_back(shape[axis]);
    if (spec.values)
      extents = {group->degree()};
    auto representation = symmetry::represent(group, extents, spec.by);
    if (!representation)
      return representation.takeError();
    spaces.push_back({axes, spec.values, std::move(*representation)});
  }
  return spaces;
}

json::Object written(const Space &space, size_t generator) {
  const Move &move = space.representation.moves()[generator];
  std::string cells;
  for (int cell = 0; move.isPermutation() && cell < move.size(); ++cell)
    cells += (cell ? " " : "") + std::string(move.sign(cell) < 0 ? "-" : "") + std::to_string(move.image()[cell]);
  const char *kind = move.isPermutation() ? "cells" : move.isDerivative() ? "derivative" : "matrix";
  json::Array offset;
  for (const Exact &value : move.offset)
    offset.push_back(value.text());
  return json::Object{{"axes", space.values ? json::Value("values") : json::Array(space.axes)},
          {kind, move.isPermutation() ? cells : move.asMatrix().text()},
          {"offset", std::move(offset)}};
}

int64_t orderOfRoots(llvm::ArrayRef<Spaces> all) {
  constexpr int64_t most = 1 << 20;
  int64_t order = 4;
  auto include = [&](const Exact &value) { order = order == 0 || order > most ? 0 : std::lcm(order, value.field()); };
  for (const Spaces &spaces : all)
    for (const Space &space : spaces)
      for (const Move &move : space.representation.moves()) {
        llvm::for_each(move.offset, include);
        Matrix matrix = move.isPermutation() ? Matrix() : move.asMatrix();
        for (const Matrix::Entry &entry : matrix.entries())
          include(entry.value);
      }
  return order;
}

// ---- exponentials

static bool isZero(llvm::ArrayRef<Number> values) {
  return llvm::all_of(values, [](const Number &value) { return value.isZero(); });
}

static std::vector<Number> unitMatrix(int n, const Number &value) {
  std::vector<Number> unit(size_t(n) * n);
  for (int k = 0; k < n; ++k)
    unit[size_t(k) * n + k] = value;
  return unit;
}

Element::Square Element::multiply(const Square &a, const Square &b, int n) const {
  Square product(size_t(n) * n);
  for (int i = 0; i < n; ++i)
    for (int k = 0; k < n; ++k)
      for (int j = 0; !a[i * n + k].isZero() && j < n; ++j)
        product[i * n + j] = field.add(product[i * n + j], field.multiply(a[i * n + k], b[k * n + j]));
  return product;
}

/// The sum of (s X)^k / k!, if some power of X is zero.
std::optional<Element::Square> Element::shear(const Square &x, int n) {
  Square sum = unitMatrix(n, field.ofInteger(1)), term = sum;
  for (int k = 1; k <= n; ++k) {
    term = multiply(term, x, n);
    if (isZero(term))
      return take(Flow::Shear) ? std::optional(sum) : std::nullopt;
    Number factor = field.multiply(parameter, field.inverse(field.ofInteger(k)));
    for (auto [own, total] : llvm::zip(term, sum)) {
      own = field.multiply(factor, own);
      total = field.add(total, own);
    }
  }
  return std::nullopt;
}

/// The sum over eigenvalues k * unit of u^k and the projection to its eigenvectors, the product over the others j of
/// (X - j unit) / ((k - j) unit) (J. Sylvester, 1883). None if the eigenvalues are others.
std::optional<Element::Square> Element::spectral(const Square &x, int n, const Number &unit) {
  constexpr int largestEigenvalue = 8;
  auto shifted = [&](int j) {
    Square result = x;
    for (int d = 0; d < n; ++d)
      result[d * n + d] = field.subtract(result[d * n + d], field.multiply(field.ofInteger(j), unit));
    return result;
  };
  int most = 0;
  for (Square product = x; !isZero(product); product = multiply(multiply(product, shifted(most), n), shifted(-most), n))
    if (++most > largestEigenvalue)
      return std::nullopt;
  Square sum(x.size());
  for (int k = -most; k <= most; ++k) {
    // u and 1 / u are both of the degree that numerators have over u^most.
    Number power = field.power(k < 0 ? field.reciprocal(parameter) : parameter, unsigned(std::abs(k)));
    power.degree = 2 * most;
    Square projection = unitMatrix(n, power);
    for (int j = -most; j <= most; ++j)
      if (j != k) {
        projection = multiply(projection, shifted(j), n);
        Number factor = field.inverse(field.multiply(field.ofInteger(k - j), unit));
        for (Number &entry : projection)
          entry = field.multiply(factor, entry);
      }
    for (auto [entry, total] : llvm::zip(projection, sum))
      total = field.add(total, entry);
  }
  return sum;
}

std::optional<Element::Square> Element::matrixOf(const Move &move) {
  constexpr int largestSpace = 64;
  int n = move.size();
  Square values(size_t(n) * n);
  Matrix exact = move.asMatrix();
  for (const Matrix::Entry &entry : exact.entries())
    if (auto number = n > largestSpace ? std::nullopt : field.ofExact(entry.value))
      values[entry.row * n + entry.column] = *number;
    else
      return std::nullopt;
  if (!move.isDerivative())
    return values;
  if (isZero(values)) // a translation: what it adds is linear in the parameter, as a shear is
    return move.offset.empty() || take(Flow::Shear) ? std::optional(unitMatrix(n, field.ofInteger(1))) : std::nullopt;
  if (!move.offset.empty())
    return std::nullopt;
  if (auto sum = shear(values, n))
    return sum;
  if (auto turn = spectral(values, n, *field.ofExact(Exact::rootOfUnity(4))))
    return take(Flow::Turn) ? turn : std::nullopt;
  auto stretch = spectral(values, n, field.ofInteger(1));
  return stretch && take(Flow::Stretch) ? stretch : std::nullopt;
}

// ---- tensors

bool Element::move(const Space &space, llvm::ArrayRef<int64_t> shape, std::vector<Number> &tensor) {
  const Move &move = moveOf(space);
  auto matrix = move.isPermutation() ? Square() : matrixOf(move);
  std::vector<Number> offset;
  for (const Exact &value : move.offset)
    if (auto number = field.ofExact(value); number && !space.representation.isDual())
      offset.push_back(move.isDerivative() ? field.multiply(parameter, *number) : *number);
  if (!matrix || offset.size() != move.offset.size())
    return false;
  // Where the cells of the space lie behind the one where all its indices are 0.
  llvm::SmallVector<int64_t> strides = mlir::computeStrides(shape), cells{0};
  for (int64_t axis : space.axes) {
    llvm::SmallVector<int64_t> next;
    for (int64_t cell : cells)
      for (int64_t k = 0; k < shape[axis]; ++k)
        next.push_back(cell + k * strides[axis]);
    cells = std::move(next);
  }
  size_t n = cells.size();
  std::vector<Number> own(n);
  for (int64_t first = 0; first < int64_t(tensor.size()); ++first) {
    if (llvm::any_of(space.axes, [&](int64_t axis) { return first / strides[axis] % shape[axis] != 0; }))
      continue;
    for (size_t r = 0; r < n && move.isPermutation(); ++r) {
      const Number &value = tensor[first + cells[r]];
      own[move.image()[r]] = move.sign(int(r)) < 0 ? field.negate(value) : value;
    }
    for (size_t r = 0; r < n && !move.isPermutation(); ++r) {
      own[r] = Number();
      for (size_t c = 0; c < n; ++c)
        own[r] = field.add(own[r], field.multiply((*matrix)[r * n + c], tensor[first + cells[c]]));
    }
    for (size_t r = 0; r < n; ++r)
      tensor[first + cells[r]] = offset.empty() ? own[r] : field.add(own[r], offset[r]);
  }
  return true;
}

} // namespace nn::replay
