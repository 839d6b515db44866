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
        Matrix matrix = move.asMatrix();
        for (const Matrix::Entry &entry : matrix.entries())
          include(entry.value);
      }
  return order;
}

static bool isZero(llvm::ArrayRef<Number> values) {
  return llvm::all_of(values, [](const Number &value) { return value.isZero(); });
}

/// exp(s X) of a tensor v, if some power of X sends v to zero: the sum of (s X)^k v / k!. Or, if v is a sum of
/// eigenvectors to eigenvalues k * unit: the sum of u^k times the one to k, the product over the others j of
/// (X - j unit) / ((k - j) unit) applied to v (J. Sylvester, 1883).
bool Element::exponentiate(Map x, int n, std::vector<Number> &tensor) {
  constexpr int largestEigenvalue = 8;
  auto scaled = [&](const Number &factor, std::vector<Number> values) {
    for (Number &value : values)
      value = field.multiply(factor, value);
    return values;
  };
  auto sum = [&](std::vector<Number> a, llvm::ArrayRef<Number> b) {
    for (auto [own, other] : llvm::zip_equal(a, b))
      own = field.add(own, other);
    return a;
  };
  std::vector<Number> term = tensor, total = tensor;
  for (int k = 1; k <= n + 1; ++k, total = sum(total, term)) {
    term = scaled(field.multiply(parameter, field.inverse(field.ofInteger(k))), x(term));
    if (isZero(term)) {
      tensor = total;
      return k == 1 || takes(Flow::Shear);
    }
  }
  for (auto [kind, root] : {std::pair(Flow::Turn, 4), std::pair(Flow::Stretch, 1)}) {
    Number unit = *field.ofExact(Exact::rootOfUnity(root));
    // The component to eigenvalue k * unit; without k, what is left of v without all of them.
    auto component = [&](int most, std::optional<int> k) {
      std::vector<Number> values = tensor;
      for (int j = -most; j <= most; ++j)
        if (j != k)
          values = scaled(field.inverse(field.multiply(field.ofInteger(k ? *k - j : 1), unit)),
                          sum(x(values), scaled(field.multiply(field.ofInteger(-j), unit), values)));
      return values;
    };
    int most = 1;
    while (most <= largestEigenvalue && !isZero(component(most, std::nullopt)))
      ++most;
    if (most > largestEigenvalue)
      continue;
    total.assign(tensor.size(), Number());
    for (int k = -most; k <= most; ++k) {
      Number power = field.power(k < 0 ? field.reciprocal(parameter) : parameter, unsigned(std::abs(k)));
      power.degree = 2 * most; // over the same power of the parameter for all k
      total = sum(total, scaled(power, component(most, k)));
    }
    tensor = total;
    return takes(kind);
  }
  return false;
}

bool Element::move(const Space &space, llvm::ArrayRef<int64_t> shape, std::vector<Number> &tensor) {
  const Move &move = moveOf(space);
  // Where the cells of the space lie behind the one where all its indices are 0, and where such ones are.
  llvm::SmallVector<int64_t> strides = mlir::computeStrides(shape), cells{0}, firsts;
  for (int64_t axis : space.axes) {
    llvm::SmallVector<int64_t> next;
    for (int64_t cell : cells)
      for (int64_t k = 0; k < shape[axis]; ++k)
        next.push_back(cell + k * strides[axis]);
    cells = std::move(next);
  }
  for (int64_t first = 0; first < int64_t(tensor.size()); ++first)
    if (llvm::all_of(space.axes, [&](int64_t axis) { return first / strides[axis] % shape[axis] == 0; }))
      firsts.push_back(first);
  std::vector<std::tuple<int, int, Number>> entries;
  Matrix matrix = move.asMatrix();
  for (const Matrix::Entry &entry : matrix.entries())
    if (auto number = field.ofExact(entry.value))
      entries.emplace_back(entry.row, entry.column, *number);
  auto apply = [&](llvm::ArrayRef<Number> values) {
    std::vector<Number> result(values.size());
    for (int64_t first : firsts)
      for (const auto &[row, column, value] : entries)
        result[first + cells[row]] =
            field.add(result[first + cells[row]], field.multiply(value, values[first + cells[column]]));
    return result;
  };
  bool affine = !move.offset.empty(), linear = move.isDerivative() && !affine;
  if (entries.size() != matrix.entries().size() || (affine && space.representation.isDual()) ||
      (affine && move.isDerivative() && (!entries.empty() || !takes(Flow::Shear))))
    return false;
  if (!move.isDerivative())
    tensor = apply(tensor);
  for (auto [cell, value] : llvm::enumerate(move.offset)) {
    auto number = field.ofExact(value);
    for (int64_t first : number ? firsts : decltype(firsts)()) {
      Number &own = tensor[first + cells[cell]];
      own = field.add(own, move.isDerivative() ? field.multiply(parameter, *number) : *number);
    }
    if (!number)
      return false;
  }
  return !linear || exponentiate(apply, move.size(), tensor);
}

} // namespace nn::replay
