// Sums of products of inputs, such as contractions, without a look at coordinates.
#pragma once

#include "Interpreter/EquationRunner.h"

namespace nn::interpreter {

/// A place in a tensor that moves along the dimensions of a box, lanes in front.
struct Cursor {
  int64_t at;
  llvm::SmallVector<int64_t> strides;
};

/// Calls `visit` with the cursors at the start of each row along the last dimension.
inline void forEachRow(llvm::ArrayRef<int64_t> extents, llvm::MutableArrayRef<Cursor> cursors,
                       llvm::function_ref<void()> visit) {
  if (llvm::is_contained(extents, 0))
    return;
  size_t outer = extents.size() - 1;
  llvm::SmallVector<int64_t> position(outer, 0);
  while (true) {
    visit();
    size_t d = outer;
    while (d-- > 0) {
      bool wraps = ++position[d] == extents[d];
      int64_t steps = wraps ? 1 - extents[d] : 1;
      for (Cursor &cursor : cursors)
        cursor.at += steps * cursor.strides[d];
      if (!wraps)
        break;
      position[d] = 0;
    }
    if (d == size_t(-1))
      return;
  }
}

/// Entries of a tensor along one row.
template <class T> struct EvenRow {
  T *first;
  int64_t stride;
};

/// Adds the products of the factors along a row to the cells, or sets these.
template <class T>
void multiplyRow(EvenRow<T> cells, llvm::ArrayRef<EvenRow<const T>> factors, int64_t length, bool sums) {
  auto [cell, step] = cells;
  if (sums && step == 0 && factors.size() == 2) {
    auto [x, xStride] = factors[0];
    auto [y, yStride] = factors[1];
    T total = *cell;
    for (int64_t t = 0; t < length; ++t)
      total = total + x[t * xStride] * y[t * yStride];
    *cell = total;
    return;
  }
  for (int64_t t = 0; t < length; ++t, cell += step) {
    T value = factors[0].first[t * factors[0].stride];
    for (EvenRow<const T> factor : factors.drop_front())
      value = value * factor.first[t * factor.stride];
    *cell = sums ? *cell + value : value;
  }
}

/// Runs an equation that only multiplies inputs (`plan.factors`). `out` holds zeros. The terms of a cell are added in
/// the order of the points, as from strips, so that the sums are the same to the last bit.
template <class T> void runProducts(const EquationRunner<T> &runner, std::vector<T> &out) {
  const EquationPlan &plan = runner.plan;
  EquationOp op = runner.op;
  llvm::SmallVector<int64_t> extents;
  for (int lane : runner.lanes)
    extents.push_back(runner.table.extents[lane]);
  llvm::append_range(extents, op.getExtents());
  llvm::SmallVector<Cursor> cursors;
  auto add = [&](const Access &access, llvm::ArrayRef<int64_t> lanes) {
    llvm::SmallVector<int64_t> &strides = cursors.emplace_back(Cursor{access.constant, {}}).strides;
    llvm::append_range(strides, lanes);
    llvm::append_range(strides, access.dimFactors);
  };
  add(plan.write, runner.cellStrides);
  for (int k : *plan.factors)
    add(plan.reads[k], runner.strides[k]);
  bool sums = op.getCombine() == Combine::sum;
  llvm::SmallVector<EvenRow<const T>> factors(plan.factors->size());
  forEachRow(extents, cursors, [&] {
    for (auto [row, k, cursor] : llvm::zip(factors, *plan.factors, llvm::drop_begin(cursors)))
      row = {runner.operands[k].floats->data() + cursor.at, cursor.strides.back()};
    multiplyRow<T>({out.data() + cursors[0].at, cursors[0].strides.back()}, factors, extents.back(), sums);
  });
}

} // namespace nn::interpreter
