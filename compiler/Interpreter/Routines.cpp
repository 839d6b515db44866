// Runs routines slice by slice, forward and, through dual numbers, backward.
#include "Interpreter/Routines.h"
#include "Interpreter/RoutineAlgorithms.h"

using namespace mlir;

namespace nn::interpreter {

namespace {
/// One slice of a routine: its inputs, and what it gives.
template <class T> using Inputs = SmallVector<Numeric<T>, 2>;
template <class T> using Outputs = std::vector<Numeric<T>>;

template <class T> Outputs<T> compute(RoutineOp op, const Inputs<T> &in) {
  ArrayRef<int64_t> core = op.getCore(0);
  int64_t n = core[0];
  switch (op.getKind()) {
  case RoutineKind::solve:
    return {solveSystem(in[0], in[1], n, op.getCore(1)[1])};
  case RoutineKind::cholesky:
    return {choleskyFactor(in[0], n)};
  case RoutineKind::eigh:
    return eigenSystem(in[0], n);
  case RoutineKind::svd:
    return singularValues(in[0], n, core[1]);
  case RoutineKind::fft:
    return {transform(in[0].data(), n, 1, -1)};
  case RoutineKind::fft_inverse:
    return {transform(in[0].data(), n, 1, 1)};
  case RoutineKind::order:
  case RoutineKind::group:
    return {};
  }
  return {};
}

/// The inputs as dual numbers with the tangent 1 at one place.
template <class T> Inputs<Dual<T>> seeded(const Inputs<T> &in, size_t operand, size_t element) {
  Inputs<Dual<T>> dual;
  for (auto [k, numbers] : llvm::enumerate(in)) {
    Numeric<Dual<T>> own;
    for (auto [e, x] : llvm::enumerate(numbers))
      own.push_back({x, Numbers<T>::of(k == operand && e == element ? 1 : 0)});
    dual.push_back(std::move(own));
  }
  return dual;
}

/// Magnitudes: what rounding of the inputs, and of a stable algorithm, does to first order.
Outputs<Bounded> computeBounded(RoutineOp op, const Inputs<Bounded> &in) {
  Inputs<double> values;
  for (const Numeric<Bounded> &numbers : in) {
    values.emplace_back();
    for (const Bounded &x : numbers)
      values.back().push_back(x.value);
  }
  Outputs<Bounded> result;
  for (const Numeric<double> &numbers : compute<double>(op, values)) {
    result.emplace_back();
    for (double x : numbers)
      result.back().push_back(Numbers<Bounded>::of(x));
  }
  for (auto [k, numbers] : llvm::enumerate(in)) {
    double largest = 0;
    for (const Bounded &x : numbers)
      largest = std::max(largest, x.bound);
    for (size_t e = 0; e < numbers.size(); ++e)
      for (auto [own, moved] : llvm::zip(result, compute<Dual<double>>(op, seeded(values, k, e))))
        for (auto [x, y] : llvm::zip(own, moved))
          x.bound += std::fabs(y.tangent) * largest;
  }
  return result;
}

template <class T> Outputs<T> run(RoutineOp op, const Inputs<T> &in) {
  if constexpr (std::is_same_v<T, Bounded>)
    return computeBounded(op, in);
  else
    return compute<T>(op, in);
}

/// Walks over the slices of a routine, in all lanes.
template <class T> class Slices {
public:
  Slices(const LaneTable &table, RoutineOp op, ArrayRef<Value<T>> operands, ArrayRef<int> keep)
      : table(table), op(op), operands(operands), lanes(keep) {
    for (const Value<T> &operand : operands)
      lanes = unite(lanes, operand.lanes);
    for (int64_t extent : op.getLeading())
      count *= extent;
  }

  /// Calls `visit` with the inputs of each slice and its number, over all lanes.
  void forEach(llvm::function_ref<void(const Inputs<T> &, int64_t)> visit) const {
    SmallVector<SmallVector<int64_t, 4>> strides{laneStrides(table, lanes, lanes, 1)};
    for (const Value<T> &operand : operands)
      strides.push_back(laneStrides(table, lanes, operand.lanes, operand.size()));
    forEachLane(table, lanes, strides, [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t>) {
      for (int64_t slice = 0; slice < count; ++slice) {
        Inputs<T> in;
        for (auto [k, operand] : llvm::enumerate(operands)) {
          int64_t size = operand.size() / std::max<int64_t>(count, 1);
          auto from = operand.floats->begin() + offsets[1 + k] + slice * size;
          in.emplace_back(from, from + size);
        }
        visit(in, offsets[0] * count + slice);
      }
    });
  }

  const LaneTable &table;
  RoutineOp op;
  ArrayRef<Value<T>> operands;
  Lanes lanes;
  int64_t count = 1;
};

Shape shapeOf(mlir::Value value) { return Shape(cast<ShapedType>(value.getType()).getShape()); }
Type elementOf(mlir::Value value) { return cast<ShapedType>(value.getType()).getElementType(); }
} // namespace

/// `group`: table and results are integers.
template <class T> static SmallVector<Value<T>> runGroup(RoutineOp op, const Value<T> &table) {
  int64_t length = op.getCore(0)[0], groups = cast<ShapedType>(op.getOutputs()[0].getType()).getShape().back() - 1;
  std::vector<int64_t> first, places;
  for (auto slice = table.integers->begin(); slice != table.integers->end(); slice += length) {
    first.push_back(0);
    std::vector<int64_t> own;
    for (int64_t group = 0; group < groups; ++group) {
      for (int64_t k = 0; k < length; ++k)
        if (slice[k] == group)
          own.push_back(k);
      first.push_back(int64_t(own.size()));
    }
    own.resize(length, 0);
    llvm::append_range(places, own);
  }
  auto result = [&](unsigned k, std::vector<int64_t> data) {
    mlir::Value value = op.getOutputs()[k];
    return makeIntegers<T>(table.lanes, shapeOf(value), elementOf(value), std::move(data));
  };
  return {result(0, std::move(first)), result(1, std::move(places))};
}

template <class T> SmallVector<Value<T>> runRoutine(const LaneTable &table, RoutineOp op, ArrayRef<Value<T>> operands) {
  if (op.getKind() == RoutineKind::group)
    return runGroup(op, operands[0]);
  Slices<T> slices(table, op, operands, {});
  if (op.getKind() == RoutineKind::order) {
    std::vector<int64_t> positions;
    slices.forEach([&](const Inputs<T> &in, int64_t) { llvm::append_range(positions, orderOf(in[0], false)); });
    mlir::Value result = op.getOutputs()[0];
    return {makeIntegers<T>(slices.lanes, shapeOf(result), elementOf(result), std::move(positions))};
  }
  SmallVector<std::vector<T>> data(op.getOutputs().size());
  slices.forEach([&](const Inputs<T> &in, int64_t) {
    for (auto [all, own] : llvm::zip(data, run<T>(op, in)))
      llvm::append_range(all, own);
  });
  SmallVector<Value<T>> results;
  for (auto [value, all] : llvm::zip(op.getOutputs(), data))
    results.push_back(makeFloats<T>(slices.lanes, shapeOf(value), elementOf(value), std::move(all)));
  return results;
}

template <class T>
SmallVector<Value<T>> reverseRoutine(const LaneTable &table, RoutineOp op, ArrayRef<Value<T>> operands,
                                     ArrayRef<Value<T>> outputs, ArrayRef<int> keep) {
  Slices<T> slices(table, op, operands, keep);
  SmallVector<Value<T>> cotangents;
  for (const Value<T> &output : outputs)
    cotangents.push_back(output ? conform(table, output, slices.lanes) : output);
  SmallVector<std::vector<T>> data(operands.size());
  slices.forEach([&](const Inputs<T> &in, int64_t slice) {
    for (size_t k = 0; k < in.size(); ++k)
      for (size_t e = 0; e < in[k].size(); ++e) {
        T sum = Numbers<T>::of(0);
        for (auto [cotangent, moved] : llvm::zip(cotangents, compute<Dual<T>>(op, seeded(in, k, e))))
          for (size_t i = 0; cotangent && i < moved.size(); ++i)
            sum = sum + strictProduct(moved[i].tangent, (*cotangent.floats)[slice * int64_t(moved.size()) + i]);
        data[k].push_back(sum);
      }
  });
  SmallVector<Value<T>> results;
  for (auto [operand, all] : llvm::zip(operands, data))
    results.push_back(makeFloats<T>(slices.lanes, operand.shape, operand.element, std::move(all)));
  return results;
}

// NOLINTBEGIN(bugprone-macro-parentheses): the arguments are types.
#define INSTANTIATE_FORWARD(T)                                                                                         \
  template SmallVector<Value<T>> runRoutine(const LaneTable &, RoutineOp, ArrayRef<Value<T>>);
#define INSTANTIATE(T)                                                                                                 \
  INSTANTIATE_FORWARD(T)                                                                                               \
  template SmallVector<Value<T>> reverseRoutine(const LaneTable &, RoutineOp, ArrayRef<Value<T>>, ArrayRef<Value<T>>,  \
                                                ArrayRef<int>);
// NOLINTEND(bugprone-macro-parentheses)
INSTANTIATE(double)
INSTANTIATE(Dual<double>)
INSTANTIATE(Dual<Dual<double>>)
INSTANTIATE(Dual<Dual<Dual<double>>>)
INSTANTIATE_FORWARD(Bounded)

} // namespace nn::interpreter
