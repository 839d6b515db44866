// Runs equations backward: the body's derivative in reverse, written where the inputs were read.
#include "Interpreter/EquationRunner.h"

using namespace mlir;

namespace nn::interpreter {

//-------------------------------------------------------------------------------------------------------===//

namespace {
/// The cotangents of one equation's inputs: weights of the points from the combine kind, then the body backward, then
/// sums into the cells that the points read.
template <class T> class Reverser {
public:
  Reverser(EquationRunner<T> &runner, const Value<T> &result, const Value<T> &cotangent)
      : runner(runner), plan(runner.plan), combine(runner.op.getCombine()), result(result), cotangent(cotangent) {
    count = runner.table.count(runner.lanes) * runner.cellCount;
  }

  SmallVector<Value<T>> run(ArrayRef<int> keep, ArrayRef<bool> wanted);

private:
  void prepare();
  T weight(const T &value, int64_t cell, int64_t valueCell);
  void backward(Strips &strips, BodyRunner<T> &body, MutableArrayRef<std::vector<T>> sums,
                ArrayRef<SmallVector<int64_t, 4>> sumStrides, ArrayRef<bool> wanted);

  EquationRunner<T> &runner;
  const EquationPlan &plan;
  Combine combine;
  const Value<T> &result, &cotangent;
  int64_t count;
  /// max, min: how many points hold the extremum, per cell. prod: per point the product of its cell's other points.
  std::vector<double> ties;
  std::vector<T> others;
  size_t nextPoint = 0;
};
} // namespace

template <class T> void Reverser<T>::prepare() {
  if (combine == Combine::max || combine == Combine::min) {
    ties.assign(count, 0);
    runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
      Row own;
      strips.offsets(plan.write, runner.valueStrides, own);
      for (int64_t t = 0; t < strips.count; ++t)
        if (own[t] >= 0 && primal(body.floatRow(plan.body.result)[t]) == primal((*result.floats)[own[t]]))
          ++ties[runner.cells[t]];
    });
  }
  if (combine != Combine::prod)
    return;
  std::vector<int64_t> cells;
  std::vector<T> values, running(count, Numbers<T>::of(1));
  runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    for (int64_t t = 0; t < strips.count; ++t) {
      cells.push_back(runner.cells[t]);
      values.push_back(body.floatRow(plan.body.result)[t]);
    }
  });
  others.assign(values.size(), Numbers<T>::of(1));
  auto sweep = [&](size_t point) {
    if (cells[point] < 0)
      return;
    others[point] = others[point] * running[cells[point]];
    running[cells[point]] = running[cells[point]] * values[point];
  };
  for (size_t point = 0; point < values.size(); ++point)
    sweep(point);
  running.assign(count, Numbers<T>::of(1));
  for (size_t point = values.size(); point-- > 0;)
    sweep(point);
}

/// How much the cell moves with the value of the current point.
template <class T> T Reverser<T>::weight(const T &value, int64_t cell, int64_t valueCell) {
  switch (combine) {
  case Combine::max:
  case Combine::min:
    return primal(value) == primal((*result.floats)[valueCell]) ? Numbers<T>::of(1 / ties[cell]) : Numbers<T>::of(0);
  case Combine::logsumexp:
    if (primal(value) == -INFINITY)
      return Numbers<T>::of(0);
    return apply(Unary::exp, value - (*result.floats)[valueCell]);
  case Combine::prod:
    return others[nextPoint];
  default:
    return Numbers<T>::of(1);
  }
}

template <class T>
void Reverser<T>::backward(Strips &strips, BodyRunner<T> &body, MutableArrayRef<std::vector<T>> sums,
                           ArrayRef<SmallVector<int64_t, 4>> sumStrides, ArrayRef<bool> wanted) {
  Row own;
  strips.offsets(plan.write, runner.valueStrides, own);
  std::vector<T> seed(strips.count, Numbers<T>::of(0));
  for (int64_t t = 0; t < strips.count; ++t, ++nextPoint) {
    int64_t cell = runner.cells[t];
    if (cell >= 0 && !isZero((*cotangent.floats)[cell]))
      seed[t] = strictProduct(weight(body.floatRow(plan.body.result)[t], cell, own[t]), (*cotangent.floats)[cell]);
  }
  body.reverse(seed);
  for (size_t k = 0; k < sums.size(); ++k) {
    if (!wanted[k])
      continue;
    Row places;
    strips.offsets(plan.reads[k], sumStrides[k], places);
    const T *adjoint = body.adjointRow(k);
    for (int64_t t = 0; t < strips.count; ++t)
      if (places[t] >= 0)
        sums[k][places[t]] = sums[k][places[t]] + adjoint[t];
  }
}

template <class T> SmallVector<Value<T>> Reverser<T>::run(ArrayRef<int> keep, ArrayRef<bool> wanted) {
  prepare();
  size_t numInputs = plan.reads.size();
  SmallVector<Lanes> lanes(numInputs);
  std::vector<std::vector<T>> sums(numInputs);
  SmallVector<SmallVector<int64_t, 4>> strides(numInputs);
  for (size_t k = 0; k < numInputs; ++k) {
    if (!wanted[k])
      continue;
    lanes[k] = unite(runner.operands[k].lanes, keep);
    strides[k] = laneStrides(runner.table, runner.lanes, lanes[k], runner.operands[k].size());
    sums[k].assign(runner.table.count(lanes[k]) * runner.operands[k].size(), Numbers<T>::of(0));
  }
  runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) { backward(strips, body, sums, strides, wanted); });
  SmallVector<Value<T>> results(numInputs);
  for (size_t k = 0; k < numInputs; ++k)
    if (wanted[k])
      results[k] = makeFloats<T>(lanes[k], runner.operands[k].shape, runner.operands[k].element, std::move(sums[k]));
  return results;
}

template <class T>
SmallVector<Value<T>> reverseEquation(const EquationPlan &plan, const LaneTable &table, ArrayRef<Value<T>> operands,
                                      const Value<T> &result, const Value<T> &cotangent, ArrayRef<int> keep,
                                      ArrayRef<bool> wanted) {
  EquationRunner<T> runner(plan, table, operands, keep);
  return Reverser<T>(runner, result, cotangent).run(keep, wanted);
}

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types.
#define INSTANTIATE(T)                                                                                                 \
  template SmallVector<Value<T>> reverseEquation(const EquationPlan &, const LaneTable &, ArrayRef<Value<T>>,          \
                                                 const Value<T> &, const Value<T> &, ArrayRef<int>, ArrayRef<bool>);
// NOLINTEND(bugprone-macro-parentheses)
INSTANTIATE(double)
INSTANTIATE(Dual<double>)
INSTANTIATE(Dual<Dual<double>>)
INSTANTIATE(Dual<Dual<Dual<double>>>)

} // namespace nn::interpreter
