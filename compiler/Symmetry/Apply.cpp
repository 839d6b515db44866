// Group elements applied to values, in f64.
#include "Symmetry/Solver.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace nn::symmetry;

static std::vector<double> multiply(const Matrix &matrix, const std::vector<double> &values) {
  std::vector<double> result(values.size());
  for (const Matrix::Entry &entry : matrix.entries())
    result[entry.row] += entry.value.toDouble() * values[entry.column];
  return result;
}

static void addOffset(const Move &move, double scale, std::vector<double> &values) {
  for (auto [k, value] : llvm::enumerate(move.offset))
    values[k] += scale * value.toDouble();
}

static std::vector<double> applyOnce(const Move &move, const std::vector<double> &values) {
  std::vector<double> result(values.size());
  if (move.isPermutation())
    for (int cell = 0; cell < move.size(); ++cell)
      result[move.image()[cell]] = move.sign(cell) * values[cell];
  else
    result = multiply(move.asMatrix(), values);
  addOffset(move, 1, result);
  return result;
}

/// exp(amount X) values, and the drift of an offset, by Taylor's series over steps of norm at most 1/2.
static std::vector<double> flow(const Move &move, double amount, std::vector<double> values) {
  Matrix matrix = move.asMatrix();
  double norm = 0;
  std::vector<double> rows(values.size());
  for (const Matrix::Entry &entry : matrix.entries())
    norm = std::max(norm, rows[entry.row] += std::abs(entry.value.toDouble()));
  int steps = 1 + int(2 * std::abs(amount) * norm);
  double t = amount / steps;
  for (int step = 0; step < steps; ++step) {
    std::vector<double> term = values;
    for (int k = 1; k <= 16; ++k) { // 2^-16 / 16! is below the last bit
      std::vector<double> next = multiply(matrix, term);
      if (k == 1)
        addOffset(move, 1, next);
      for (auto [value, derivative] : llvm::zip(values, next))
        value += derivative *= t / k;
      term = std::move(next);
    }
  }
  return values;
}

std::vector<double> Representation::apply(const Word &word, std::vector<double> values) const {
  for (const Step &step : word) {
    const Move &move = generatorMoves[step.generator];
    if (move.isDerivative())
      values = flow(move, step.amount, std::move(values));
    else
      for (int k = 0; k < int(step.amount); ++k)
        values = applyOnce(move, values);
  }
  return values;
}

std::vector<std::vector<int64_t>> nn::symmetry::copiesOf(llvm::ArrayRef<int> axes, llvm::ArrayRef<int64_t> extents) {
  std::vector<int64_t> strides(extents.size(), 1);
  for (size_t axis = extents.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * extents[axis];
  // Where the cells of the space lie behind the one where all its indices are 0.
  std::vector<int64_t> offsets{0};
  for (int axis : axes) {
    std::vector<int64_t> next;
    for (int64_t offset : offsets)
      for (int64_t k = 0; k < extents[axis]; ++k)
        next.push_back(offset + k * strides[axis]);
    offsets = std::move(next);
  }
  std::vector<std::vector<int64_t>> copies;
  int64_t count = extents.empty() ? 1 : strides[0] * extents[0];
  for (int64_t cell = 0; cell < count; ++cell) {
    if (llvm::any_of(axes, [&](int axis) { return cell / strides[axis] % extents[axis] != 0; }))
      continue;
    for (int64_t &own : copies.emplace_back(offsets))
      own += cell;
  }
  return copies;
}

/// Calls `apply` on the values of each copy of the space that an action moves, and with where they lie.
static void forEachCopy(const AxesAction &action, llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<double> values,
                        llvm::function_ref<void(llvm::ArrayRef<int64_t>, std::vector<double>)> apply) {
  for (const std::vector<int64_t> &cells : copiesOf(action.axes, extents)) {
    std::vector<double> own;
    for (int64_t cell : cells)
      own.push_back(values[cell]);
    apply(cells, std::move(own));
  }
}

std::vector<double> nn::symmetry::act(llvm::ArrayRef<AxesAction> actions, llvm::ArrayRef<int64_t> extents,
                                      const Word &word, std::vector<double> values) {
  for (const AxesAction &action : actions) {
    std::vector<double> moved = values;
    forEachCopy(action, extents, values, [&](llvm::ArrayRef<int64_t> cells, std::vector<double> own) {
      own = action.representation.apply(word, std::move(own));
      for (auto [cell, value] : llvm::zip_equal(cells, own))
        moved[cell] = value;
    });
    values = std::move(moved);
  }
  return values;
}

std::vector<double> nn::symmetry::velocity(llvm::ArrayRef<AxesAction> actions, llvm::ArrayRef<int64_t> extents,
                                           int generator, llvm::ArrayRef<double> values) {
  std::vector<double> sum(values.size());
  for (const AxesAction &action : actions) {
    const Move &move = action.representation.moves()[generator];
    Matrix matrix = move.asMatrix();
    forEachCopy(action, extents, values, [&](llvm::ArrayRef<int64_t> cells, const std::vector<double> &own) {
      std::vector<double> derivative = multiply(matrix, own);
      addOffset(move, 1, derivative);
      for (auto [cell, value] : llvm::zip_equal(cells, derivative))
        sum[cell] += value;
    });
  }
  return sum;
}
