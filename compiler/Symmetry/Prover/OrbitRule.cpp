// The permutation of a group's elements by which an equation over them moves.
#include "Symmetry/Prover/OrbitRule.h"
#include "Interpreter/Interpreter.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numeric>
#include <random>

using namespace mlir;

namespace nn::prover {

// ---- one element applied to values

static std::vector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t k = shape.size(); k-- > 1;)
    strides[k - 1] = strides[k] * shape[k];
  return strides;
}

/// Along one axis, by a permutation or a matrix.
static std::optional<std::vector<double>> applyMover(const AxisMove &move, const Mover &mover, int64_t extent,
                                                     int64_t stride, ArrayRef<double> values) {
  std::vector<double> result(values.size());
  bool permutes = mover.kind == Mover::Kind::Permutation;
  bool isOne = permutes ? !mover.image.empty() && mover.extents.empty()
                        : mover.algebra.empty() && mover.components.size() == 1 && (!move.dual || mover.preservesDot);
  if (!isOne)
    return std::nullopt;
  for (int64_t cell = 0; cell < int64_t(values.size()); ++cell) {
    int64_t place = cell / stride % extent, first = cell - place * stride;
    if (permutes)
      result[first + mover.image[place] * stride] = values[cell];
    for (int64_t row = 0; !permutes && row < extent; ++row)
      result[first + row * stride] += mover.components[0][row * extent + place] * values[cell];
  }
  return result;
}

static std::vector<double> applyGrid(const GridMove &grid, ArrayRef<int64_t> shape, ArrayRef<double> values) {
  std::vector<int64_t> strides = stridesOf(shape);
  std::vector<double> result(values.size());
  for (int64_t cell = 0; cell < int64_t(values.size()); ++cell) {
    int64_t to = cell;
    for (auto [row, axis] : llvm::enumerate(grid.axes)) {
      int64_t place = grid.shift[row], extent = shape[axis];
      for (auto [column, other] : llvm::enumerate(grid.axes))
        place += grid.turn[row][column] * (cell / strides[other] % shape[other]);
      place = grid.torus ? (place % extent + extent) % extent : place;
      to += (place - cell / strides[axis] % extent) * strides[axis];
    }
    result[to] = values[cell];
  }
  return result;
}

std::optional<std::vector<double>> applyAction(const Action &action, ArrayRef<int64_t> shape, ArrayRef<Mover> movers,
                                               ArrayRef<double> values) {
  if (action.values || action.weight != 0)
    return std::nullopt;
  std::vector<double> result(values);
  std::vector<int64_t> strides = stridesOf(shape);
  for (auto [axis, move] : llvm::enumerate(action.axes)) {
    if (move.kind != AxisMove::Kind::Moved)
      continue;
    auto next = applyMover(move, movers[move.mover], shape[axis], strides[axis], result);
    if (!next)
      return std::nullopt;
    result = std::move(*next);
  }
  for (const GridMove &grid : action.grids)
    result = applyGrid(grid, shape, result);
  if (action.odd)
    for (double &value : result)
      value = -value;
  return result;
}

// ---- the equation as a map of what it moves

/// The one operand that is no constant; null if there are several.
static Value movedOperand(EquationOp op, SetVector<Operation *> &constants) {
  Value moved;
  for (Value operand : op->getOperands()) {
    SetVector<Operation *> slice;
    BackwardSliceOptions options;
    options.inclusive = true;
    Operation *source = operand.getDefiningOp();
    bool constant =
        source && succeeded(getBackwardSlice(source, &slice, options)) && llvm::all_of(slice, [](Operation *each) {
          return isa<EquationOp, ConstantOp, ReshapeOp>(each) &&
                 llvm::none_of(each->getOperands(), llvm::IsaPred<BlockArgument>);
        });
    if (constant) {
      constants.insert(slice.begin(), slice.end());
    } else if (moved && moved != operand) {
      return {};
    } else {
      moved = operand;
    }
  }
  return moved;
}

/// The equation's results for two values of its operand.
static std::optional<std::array<std::vector<double>, 2>> evaluate(EquationOp op, Value operand,
                                                                  const SetVector<Operation *> &constants,
                                                                  std::array<std::vector<double>, 2> values) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  OpBuilder builder(module->getBodyRegion());
  auto type = builder.getFunctionType(operand.getType(), op.getResult().getType());
  auto function = func::FuncOp::create(builder, op->getLoc(), "orbit", type);
  builder.setInsertionPointToStart(function.addEntryBlock());
  IRMapping mapping;
  mapping.map(operand, function.getArgument(0));
  for (Operation *each : constants)
    builder.clone(*each, mapping);
  builder.clone(*op, mapping);
  func::ReturnOp::create(builder, op->getLoc(), mapping.lookup(op.getResult()));
  std::array<std::vector<double>, 2> results;
  for (auto [result, own] : llvm::zip(results, values)) {
    interpreter::Inputs inputs;
    auto shape = cast<ShapedType>(operand.getType()).getShape();
    inputs.positional = {interpreter::Tensor::ofFloats(shape.vec(), std::move(own))};
    auto outputs = interpreter::interpret(*module, "orbit", inputs);
    if (failed(outputs))
      return std::nullopt;
    result = std::move(outputs->results[0].floats);
  }
  return results;
}

/// The order in which the rows of `a` are those of `b`: row g of a is row image[g] of b.
static std::optional<std::vector<int64_t>> matchRows(ArrayRef<double> a, ArrayRef<double> b, int64_t rows) {
  constexpr double rounding = 1e-5; // entries are about 1, and matrices have been rounded to the program's precision
  int64_t size = int64_t(a.size()) / rows;
  std::vector<int64_t> order(rows), image;
  std::iota(order.begin(), order.end(), 0);
  llvm::sort(order, [&](int64_t g, int64_t h) { return b[g * size] < b[h * size]; });
  std::vector<bool> taken(rows);
  for (int64_t g = 0; g < rows; ++g) {
    ArrayRef<double> row = a.slice(g * size, size);
    auto at = llvm::lower_bound(order, row[0] - rounding, [&](int64_t h, double low) { return b[h * size] < low; });
    auto isRow = [&](int64_t h) {
      return !taken[h] && llvm::all_of(llvm::zip(row, b.slice(h * size, size)), [](auto pair) {
        return std::abs(std::get<0>(pair) - std::get<1>(pair)) < rounding;
      });
    };
    while (at != order.end() && b[*at * size] < row[0] + rounding && !isRow(*at))
      ++at;
    if (at == order.end() || !isRow(*at))
      return std::nullopt;
    taken[*at] = true;
    image.push_back(*at);
  }
  return image;
}

std::optional<Action> moveOrbit(EquationOp op, const Action &rest, llvm::function_ref<Action(Value)> actionOf,
                                std::vector<Mover> &movers) {
  SetVector<Operation *> constants;
  Value operand = movedOperand(op, constants);
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  if (!operand || shape.empty() || !isa<FloatType>(getElementTypeOrSelf(operand.getType())))
    return std::nullopt;
  ArrayRef<int64_t> source = cast<ShapedType>(operand.getType()).getShape();
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  std::vector<double> x(cast<ShapedType>(operand.getType()).getNumElements());
  for (double &value : x)
    value = normal(random);
  auto moved = applyAction(actionOf(operand), source, movers, x);
  auto results = moved ? evaluate(op, operand, constants, {x, *moved}) : std::nullopt;
  auto before = results ? applyAction(rest, shape, movers, (*results)[0]) : std::nullopt;
  auto image = before ? matchRows(*before, (*results)[1], shape[0]) : std::nullopt;
  if (!image)
    return std::nullopt;
  Action action = rest;
  auto known = llvm::find_if(movers, [&](const Mover &mover) {
    return mover.kind == Mover::Kind::Permutation && mover.name == "the elements" && mover.image == *image;
  });
  if (known == movers.end()) {
    Mover &mover = movers.emplace_back();
    mover.name = "the elements";
    mover.image = *image;
    known = std::prev(movers.end());
  }
  action.axes[0] = {AxisMove::Kind::Moved, unsigned(known - movers.begin()), false};
  return action;
}

} // namespace nn::prover
