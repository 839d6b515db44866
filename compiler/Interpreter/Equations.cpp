// Runs equations forward: the values of all points combined into cells.
#include "Interpreter/EquationRunner.h"
#include "Interpreter/Products.h"

#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;

namespace nn::interpreter {

//--------------------------------------------------------------------------------------------------------===//

/// The greater (or lesser) of two floats; NaN beats everything.
static bool beats(double candidate, double best, bool greatest) {
  if (std::isnan(best))
    return false;
  return std::isnan(candidate) || (greatest ? candidate > best : candidate < best);
}

namespace {
/// Combines the points' values into cells, one kind a function.
template <class T> class Combiner {
public:
  Combiner(EquationRunner<T> &runner) : runner(runner), plan(runner.plan), combine(runner.op.getCombine()) {
    count = runner.table.count(runner.lanes) * runner.cellCount;
  }

  Value<T> run();

private:
  bool runFloats(std::vector<T> &out);
  bool runExtremum(std::vector<T> &out, bool greatest);
  bool runLogSumExp(std::vector<T> &out);
  bool runIntegers(std::vector<int64_t> &out);
  bool runPosition(std::vector<int64_t> &out, bool greatest);
  bool onceOnly(std::vector<char> &written, const Strips &strips);

  EquationRunner<T> &runner;
  const EquationPlan &plan;
  Combine combine;
  int64_t count;
};
} // namespace

template <class T> Value<T> Combiner<T>::run() {
  ShapedType type = runner.op.getResultType();
  bool isFloat = isa<FloatType>(type.getElementType());
  Shape shape(type.getShape());
  if (isFloat) {
    std::vector<T> out;
    bool done = combine == Combine::max || combine == Combine::min ? runExtremum(out, combine == Combine::max)
                : combine == Combine::logsumexp                    ? runLogSumExp(out)
                                                                   : runFloats(out);
    return done ? makeFloats<T>(runner.lanes, shape, type.getElementType(), std::move(out)) : Value<T>();
  }
  std::vector<int64_t> out;
  bool position = combine == Combine::argmax || combine == Combine::argmin;
  bool done = position ? runPosition(out, combine == Combine::argmax) : runIntegers(out);
  return done ? makeIntegers<T>(runner.lanes, shape, type.getElementType(), std::move(out)) : Value<T>();
}

/// Notes the cells that a map writes; two values for one cell are an error that only run-time indices can bring about.
template <class T> bool Combiner<T>::onceOnly(std::vector<char> &written, const Strips &strips) {
  written.resize(count);
  for (int64_t t = 0; t < strips.count; ++t)
    if (runner.cells[t] >= 0 && written[runner.cells[t]]++) {
      runner.op.emitError("a map writes one cell twice: a table holds an index more than once");
      return false;
    }
  return true;
}

template <class T> bool Combiner<T>::runFloats(std::vector<T> &out) {
  out.assign(count, Numbers<T>::of(combine == Combine::prod ? 1 : 0));
  if (plan.factors && (combine == Combine::sum || combine == Combine::map)) {
    runProducts(runner, out);
    return true;
  }
  std::vector<char> written;
  bool watch = combine == Combine::map && !plan.tables.empty(), fine = true;
  bool done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const T *values = body.floatRow(plan.body.result);
    const Row &cells = runner.cells;
    fine = fine && (!watch || onceOnly(written, strips));
    for (int64_t t = 0; t < strips.count; ++t) {
      if (cells[t] < 0)
        continue;
      T &cell = out[cells[t]];
      cell = combine == Combine::sum ? cell + values[t] : combine == Combine::prod ? cell * values[t] : values[t];
    }
  });
  return done && fine;
}

/// Max or min. Ties of the greatest value share the derivative equally: its parts beyond the primal are averaged.
template <class T> bool Combiner<T>::runExtremum(std::vector<T> &out, bool greatest) {
  double identity = greatest ? -INFINITY : INFINITY;
  out.assign(count, Numbers<T>::of(identity));
  std::vector<double> best(count, identity);
  bool done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const T *values = body.floatRow(plan.body.result);
    for (int64_t t = 0; t < strips.count; ++t) {
      int64_t cell = runner.cells[t];
      if (cell >= 0 && beats(primal(values[t]), best[cell], greatest)) {
        best[cell] = primal(values[t]);
        out[cell] = values[t];
      }
    }
  });
  if constexpr (Numbers<T>::depth == 0)
    return done;
  std::vector<double> ties(count, 0);
  std::vector<T> sums(count, Numbers<T>::of(0));
  if (!done)
    return false;
  done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const T *values = body.floatRow(plan.body.result);
    for (int64_t t = 0; t < strips.count; ++t) {
      int64_t cell = runner.cells[t];
      if (cell < 0 || primal(values[t]) != best[cell])
        continue;
      sums[cell] = sums[cell] + withPrimal(values[t], 0);
      ++ties[cell];
    }
  });
  for (int64_t cell = 0; cell < count; ++cell)
    if (ties[cell] > 0)
      out[cell] = withPrimal(sums[cell] / Numbers<T>::of(ties[cell]), best[cell]);
  return done;
}

/// log sum exp, shifted by the greatest value; terms of -inf add nothing, and neither does their derivative.
template <class T> bool Combiner<T>::runLogSumExp(std::vector<T> &out) {
  std::vector<double> shift(count, -INFINITY);
  bool done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const T *values = body.floatRow(plan.body.result);
    for (int64_t t = 0; t < strips.count; ++t) {
      int64_t cell = runner.cells[t];
      if (cell >= 0 && beats(primal(values[t]), shift[cell], true))
        shift[cell] = primal(values[t]);
    }
  });
  std::vector<T> sums(count, Numbers<T>::of(0));
  if (!done)
    return false;
  done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const T *values = body.floatRow(plan.body.result);
    for (int64_t t = 0; t < strips.count; ++t) {
      int64_t cell = runner.cells[t];
      if (cell < 0 || primal(values[t]) == -INFINITY || !std::isfinite(shift[cell]))
        continue;
      sums[cell] = sums[cell] + apply(Unary::exp, values[t] - Numbers<T>::of(shift[cell]));
    }
  });
  out.assign(count, Numbers<T>::of(0));
  for (int64_t cell = 0; cell < count; ++cell)
    out[cell] = std::isfinite(shift[cell]) ? apply(Unary::log, sums[cell]) + Numbers<T>::of(shift[cell])
                                           : Numbers<T>::of(shift[cell]);
  return done;
}

template <class T> bool Combiner<T>::runIntegers(std::vector<int64_t> &out) {
  Type element = runner.op.getResultType().getElementType();
  unsigned width = element.getIntOrFloatBitWidth();
  out.assign(count, wrap(cast<IntegerAttr>(identityAttr(combine, element)).getValue().getSExtValue(), width));
  std::vector<char> written;
  bool watch = combine == Combine::map && !plan.tables.empty(), fine = true;
  bool done = runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    const int64_t *values = body.intRow(plan.body.result);
    fine = fine && (!watch || onceOnly(written, strips));
    for (int64_t t = 0; t < strips.count; ++t) {
      if (runner.cells[t] < 0)
        continue;
      int64_t &cell = out[runner.cells[t]], value = values[t];
      switch (combine) {
      case Combine::sum:
        cell = applyInt(IntBinary::add, cell, value, width);
        break;
      case Combine::prod:
        cell = applyInt(IntBinary::mul, cell, value, width);
        break;
      case Combine::max:
        cell = std::max(cell, value);
        break;
      case Combine::min:
        cell = std::min(cell, value);
        break;
      default:
        cell = value;
        break;
      }
    }
  });
  return done && fine;
}

template <class T> bool Combiner<T>::runPosition(std::vector<int64_t> &out, bool greatest) {
  out.assign(count, 0);
  std::vector<double> best(count, 0);
  std::vector<char> seen(count, 0);
  return runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
    for (int64_t t = 0; t < strips.count; ++t) {
      int64_t cell = runner.cells[t];
      if (cell < 0)
        continue;
      double value = plan.body.resultIsFloat ? primal(body.floatRow(plan.body.result)[t])
                                             : static_cast<double>(body.intRow(plan.body.result)[t]);
      if (seen[cell] && !beats(value, best[cell], greatest))
        continue;
      seen[cell] = 1;
      best[cell] = value;
      out[cell] = 0;
      for (auto [d, factor] : plan.positionFactors)
        out[cell] += factor * strips.coordinate(d)[t];
    }
  });
}

template <class T> Value<T> runEquation(const EquationPlan &plan, const LaneTable &table, ArrayRef<Value<T>> operands) {
  EquationRunner<T> runner(plan, table, operands, {});
  return Combiner<T>(runner).run();
}

template <class T> Value<T> conform(const LaneTable &table, const Value<T> &value, ArrayRef<int> lanes) {
  if (ArrayRef<int>(value.lanes) == lanes)
    return value;
  Lanes all = unite(value.lanes, lanes);
  int64_t size = value.size();
  std::vector<T> data(table.count(lanes) * size, Numbers<T>::of(0));
  SmallVector<int64_t, 4> strides[] = {laneStrides(table, all, value.lanes, size),
                                       laneStrides(table, all, lanes, size)};
  forEachLane(table, all, strides, [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t>) {
    for (int64_t e = 0; e < size; ++e)
      data[offsets[1] + e] = data[offsets[1] + e] + (*value.floats)[offsets[0] + e];
  });
  return makeFloats<T>(Lanes(lanes), value.shape, value.element, std::move(data));
}

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types.
#define INSTANTIATE(T)                                                                                                 \
  template Value<T> runEquation(const EquationPlan &, const LaneTable &, ArrayRef<Value<T>>);                          \
  template Value<T> conform(const LaneTable &, const Value<T> &, ArrayRef<int>);
// NOLINTEND(bugprone-macro-parentheses)
INSTANTIATE(double)
INSTANTIATE(Dual<double>)
INSTANTIATE(Dual<Dual<double>>)
INSTANTIATE(Dual<Dual<Dual<double>>>)
INSTANTIATE(Bounded)

} // namespace nn::interpreter
