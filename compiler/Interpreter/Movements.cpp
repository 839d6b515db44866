// Nodes that only move elements: between axes and lanes, in and out of stacks. Each is described once, as blocks that
// go from an operand to the result; its transpose takes the same blocks the other way.
#include "Interpreter/Graph.h"

using namespace mlir;

namespace nn::interpreter {

namespace {
/// The blocks of a movement; `keep` are lanes that cotangents have besides their values' own.
template <class T> class Movement {
public:
  using Block = llvm::function_ref<void(size_t operand, int64_t from, int64_t to, int64_t length)>;

  Movement(const LaneTable &table, const Node &node, ArrayRef<Value<T>> operands, ArrayRef<int> keep)
      : table(table), node(node), operands(operands) {
    for (const Value<T> &operand : operands)
      all = unite(all, operand.lanes);
    resultLanes = all;
    if (int lane = laneOf(); lane >= 0) {
      all = unite(all, {lane});
      if (node.kind == Node::push)
        resultLanes = all;
      else
        llvm::erase(resultLanes, lane);
    }
    all = unite(all, keep);
    resultLanes = unite(resultLanes, keep);
    for (const Value<T> &operand : operands)
      operandLanes.push_back(unite(operand.lanes, keep));
  }

  void forEachBlock(int64_t resultSize, Block visit) const;

  Lanes all, resultLanes;
  SmallVector<Lanes, 4> operandLanes;

private:
  /// The lane that the movement adds, takes away or sums.
  int laneOf() const {
    bool batch = node.kind == Node::batchSum || node.kind == Node::batchStack;
    return batch ? 0 : node.lane;
  }

  const LaneTable &table;
  const Node &node;
  ArrayRef<Value<T>> operands;
};
} // namespace

template <class T> void Movement<T>::forEachBlock(int64_t resultSize, Block visit) const {
  SmallVector<SmallVector<int64_t, 4>> strides{laneStrides(table, all, resultLanes, resultSize)};
  for (auto [operand, lanes] : llvm::zip(operands, operandLanes))
    strides.push_back(laneStrides(table, all, lanes, operand.size()));
  SmallVector<int64_t, 4> flags;
  if (node.kind == Node::freeze)
    strides.push_back(laneStrides(table, all, operands[0].lanes, 1));
  size_t position = llvm::find(all, laneOf()) - all.begin();
  forEachLane(table, all, strides, [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> at) {
    int64_t place = position < at.size() ? at[position] : 0, result = offsets[0];
    int64_t size = operands.empty() ? 0 : operands.back().size();
    switch (node.kind) {
    case Node::slice:
      return visit(0, offsets[1] + node.index * resultSize, result, resultSize);
    case Node::push:
      return visit(0, offsets[1] + place * resultSize, result, resultSize);
    case Node::pop:
    case Node::batchStack:
      return visit(0, offsets[1], result + place * size, size);
    case Node::batchSum:
      if (place < table.validRows)
        visit(0, offsets[1], result, size);
      return;
    case Node::stack:
      for (size_t k = 0; k < operands.size(); ++k)
        visit(k, offsets[1 + k], result + static_cast<int64_t>(k) * size, size);
      return;
    case Node::freeze: {
      size_t k = (*operands[0].integers)[offsets.back()] ? 1 : 2;
      return visit(k, offsets[1 + k], result, size);
    }
    default:
      return visit(0, offsets[1], result, size);
    }
  });
}

template <class T>
Value<T> runMovement(const LaneTable &table, const Node &node, ArrayRef<Value<T>> operands, ArrayRef<int64_t> shape) {
  Movement<T> movement(table, node, operands, {});
  int64_t size = elementCount(shape), count = table.count(movement.resultLanes) * size;
  bool sums = node.kind == Node::batchSum;
  const Value<T> &model = operands.back();
  if (model.integers) {
    std::vector<int64_t> data(count, 0);
    unsigned width = model.element.getIntOrFloatBitWidth();
    movement.forEachBlock(size, [&](size_t k, int64_t from, int64_t to, int64_t length) {
      for (int64_t e = 0; e < length; ++e)
        data[to + e] = wrap((sums ? data[to + e] : 0) + (*operands[k].integers)[from + e], width);
    });
    return makeIntegers<T>(movement.resultLanes, Shape(shape), model.element, std::move(data));
  }
  std::vector<T> data(count, Numbers<T>::of(0));
  movement.forEachBlock(size, [&](size_t k, int64_t from, int64_t to, int64_t length) {
    for (int64_t e = 0; e < length; ++e)
      data[to + e] = sums ? data[to + e] + (*operands[k].floats)[from + e] : (*operands[k].floats)[from + e];
  });
  return makeFloats<T>(movement.resultLanes, Shape(shape), model.element, std::move(data));
}

/// The sum over the valid rows of a cotangent that differs from row to row.
template <class T> static Value<T> sumRows(const LaneTable &table, const Value<T> &value) {
  Node sum{Node::batchSum, nullptr, {}, {}};
  return runMovement<T>(table, sum, value, value.shape);
}

template <class T>
SmallVector<Value<T>> reverseMovement(const LaneTable &table, const Node &node, ArrayRef<Value<T>> operands,
                                      const Value<T> &cotangent, ArrayRef<int> keep) {
  // The gradient through a coupling of examples is that of the sum over the batch.
  bool couples = node.kind == Node::batchSum || node.kind == Node::batchStack;
  Lanes kept(keep);
  Value<T> from = cotangent;
  if (couples && llvm::is_contained(keep, 0) && llvm::is_contained(operands[0].lanes, 0)) {
    from = sumRows(table, cotangent);
    llvm::erase(kept, 0);
  }
  Movement<T> movement(table, node, operands, kept);
  from = conform(table, from, movement.resultLanes);
  SmallVector<std::vector<T>> sums;
  for (auto [operand, lanes] : llvm::zip(operands, movement.operandLanes))
    sums.emplace_back(operand.floats ? table.count(lanes) * operand.size() : 0, Numbers<T>::of(0));
  movement.forEachBlock(cotangent.size(), [&](size_t k, int64_t place, int64_t at, int64_t length) {
    for (int64_t e = 0; e < length; ++e)
      sums[k][place + e] = sums[k][place + e] + (*from.floats)[at + e];
  });
  SmallVector<Value<T>> results;
  for (auto [operand, lanes, sum] : llvm::zip(operands, movement.operandLanes, sums))
    results.push_back(operand.floats ? makeFloats<T>(lanes, operand.shape, operand.element, std::move(sum))
                                     : Value<T>());
  return results;
}

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types.
#define INSTANTIATE(T)                                                                                                 \
  template Value<T> runMovement(const LaneTable &, const Node &, ArrayRef<Value<T>>, ArrayRef<int64_t>);               \
  template SmallVector<Value<T>> reverseMovement(const LaneTable &, const Node &, ArrayRef<Value<T>>,                  \
                                                 const Value<T> &, ArrayRef<int>);
// NOLINTEND(bugprone-macro-parentheses)
INSTANTIATE(double)
INSTANTIATE(Dual<double>)
INSTANTIATE(Dual<Dual<double>>)
INSTANTIATE(Dual<Dual<Dual<double>>>)
INSTANTIATE(Bounded)

} // namespace nn::interpreter
