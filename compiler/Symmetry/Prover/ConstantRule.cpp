// Constants under permutations and matrices.
#include "Symmetry/Prover/ConstantRule.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>
#include <set>

namespace nn::prover {

namespace {

/// A tensor of numbers, row-major.
class Tensor {
public:
  Tensor(llvm::ArrayRef<double> values, llvm::ArrayRef<int64_t> shape) : values(values), shape(shape) {
    strides.assign(shape.size(), 1);
    for (size_t k = shape.size(); k-- > 1;)
      strides[k - 1] = strides[k] * shape[k];
  }

  int64_t place(int64_t cell, size_t axis) const { return cell / strides[axis] % shape[axis]; }
  int64_t at(int64_t cell, size_t axis, int64_t place) const {
    return cell + (place - this->place(cell, axis)) * strides[axis];
  }
  int64_t size() const { return values.size(); }
  double operator[](int64_t cell) const { return values[cell]; }

  llvm::ArrayRef<double> values;
  llvm::ArrayRef<int64_t> shape;
  std::vector<int64_t> strides;
};

} // namespace

static bool keptByPermutation(const Tensor &tensor, llvm::ArrayRef<unsigned> axes, llvm::ArrayRef<int64_t> image) {
  for (int64_t cell = 0; cell < tensor.size(); ++cell) {
    int64_t moved = cell;
    for (unsigned axis : axes)
      moved = tensor.at(moved, axis, image[tensor.place(cell, axis)]);
    if (!(tensor[moved] == tensor[cell]))
      return false;
  }
  return true;
}

/// Of all permutations: the exchange of the first two and the cycle of all generate them.
static bool keptByPermutations(const Tensor &tensor, llvm::ArrayRef<unsigned> axes, const Mover &mover) {
  if (!mover.image.empty())
    return keptByPermutation(tensor, axes, mover.image);
  int64_t n = tensor.shape[axes.front()];
  std::vector<int64_t> swap(n), cycle(n);
  std::iota(swap.begin(), swap.end(), 0);
  for (int64_t i = 0; i < n; ++i)
    cycle[i] = (i + 1) % n;
  if (n > 1)
    std::swap(swap[0], swap[1]);
  return keptByPermutation(tensor, axes, swap) && keptByPermutation(tensor, axes, cycle);
}

/// sum over the axes of (X on that axis) T; of forms -X^T.
static bool keptByAlgebra(const Tensor &tensor, llvm::ArrayRef<unsigned> axes, llvm::ArrayRef<AxisMove> moves,
                          llvm::ArrayRef<double> x) {
  for (int64_t cell = 0; cell < tensor.size(); ++cell) {
    double sum = 0;
    for (unsigned axis : axes) {
      int64_t n = tensor.shape[axis], i = tensor.place(cell, axis);
      for (int64_t j = 0; j < n; ++j)
        sum += (moves[axis].dual ? -x[j * n + i] : x[i * n + j]) * tensor[tensor.at(cell, axis, j)];
    }
    if (sum != 0)
      return false;
  }
  return true;
}

/// A component is a diagonal matrix of signs, its own dual.
static bool keptByComponent(const Tensor &tensor, llvm::ArrayRef<unsigned> axes, llvm::ArrayRef<double> r) {
  for (int64_t cell = 0; cell < tensor.size(); ++cell) {
    double sign = 1;
    for (unsigned axis : axes) {
      int64_t i = tensor.place(cell, axis);
      sign *= r[i * tensor.shape[axis] + i];
    }
    if (!(sign * tensor[cell] == tensor[cell]))
      return false;
  }
  return true;
}

bool leavesConstant(llvm::ArrayRef<double> values, llvm::ArrayRef<int64_t> shape, const Action &action,
                    llvm::ArrayRef<Mover> movers) {
  Tensor tensor(values, shape);
  std::set<unsigned> used;
  for (const AxisMove &axis : action.axes)
    if (axis.kind == AxisMove::Kind::Moved)
      used.insert(axis.mover);
  for (unsigned mover : used) {
    llvm::SmallVector<unsigned> axes;
    for (auto [k, axis] : llvm::enumerate(action.axes))
      if (axis.kind == AxisMove::Kind::Moved && axis.mover == mover)
        axes.push_back(k);
    const Mover &own = movers[mover];
    if (llvm::any_of(axes, [&](unsigned axis) { return shape[axis] != shape[axes[0]]; }))
      return false;
    if (own.kind == Mover::Kind::Permutation) {
      if (!keptByPermutations(tensor, axes, own))
        return false;
      continue;
    }
    if (own.algebra.empty())
      return false; // one matrix, which is not known exactly
    for (const std::vector<double> &x : own.algebra)
      if (!keptByAlgebra(tensor, axes, action.axes, x))
        return false;
    for (const std::vector<double> &r : own.components)
      if (!keptByComponent(tensor, axes, r))
        return false;
  }
  return true;
}

} // namespace nn::prover
