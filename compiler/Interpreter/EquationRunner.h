// Running the body of an equation over strips of points, forward and backward, for numbers of any kind.
#pragma once

#include "Interpreter/Strips.h"

namespace nn::interpreter {

//===-- Bodies
//---------------------------------------------------------------------------------------------------------===//

/// The registers of a body for one strip, and running it forward and backward.
template <class T> class BodyRunner {
public:
  BodyRunner(const EquationPlan &plan, const Strips &strips)
      : code(plan.body), strips(strips), floats(code.numRegisters * stripSize),
        integers(code.numRegisters * stripSize) {}

  T *floatRow(int r) { return floats.data() + r * stripSize; }
  int64_t *intRow(int r) { return integers.data() + r * stripSize; }

  /// Runs all instructions but the inputs, whose registers (in order of the inputs) are set before.
  void run() {
    for (const Instruction &instruction : code.instructions)
      if (instruction.kind != Instruction::floatInput && instruction.kind != Instruction::intInput)
        step(instruction);
  }

  /// The adjoints of all float registers, given that of the result; strict about zeros.
  void reverse(llvm::ArrayRef<T> seed) {
    adjoints.assign(code.numRegisters * stripSize, Numbers<T>::of(0));
    std::copy_n(seed.begin(), strips.count, adjoints.begin() + code.result * stripSize);
    for (const Instruction &instruction : llvm::reverse(code.instructions))
      reverseStep(instruction);
  }
  T *adjointRow(int r) { return adjoints.data() + r * stripSize; }

private:
  void step(const Instruction &i);
  void stepInteger(const Instruction &i);
  void stepBinary(const Instruction &i, Binary function);
  void reverseStep(const Instruction &i);
  void random(const Instruction &i);

  const Bytecode &code;
  const Strips &strips;
  std::vector<T> floats, adjoints;
  std::vector<int64_t> integers;
};
template <class T> void BodyRunner<T>::stepBinary(const Instruction &i, Binary function) {
  const T *x = floatRow(i.operands[0]), *y = floatRow(i.operands[1]);
  T *result = floatRow(i.result);
  int64_t count = strips.count;
  auto each = [&](auto compute) {
    for (int64_t t = 0; t < count; ++t)
      result[t] = compute(x[t], y[t]);
  };
  switch (function) {
  case Binary::add:
    return each([](const T &a, const T &b) { return a + b; });
  case Binary::sub:
    return each([](const T &a, const T &b) { return a - b; });
  case Binary::mul:
    return each([](const T &a, const T &b) { return a * b; });
  default:
    return each([&](const T &a, const T &b) { return apply(function, a, b); });
  }
}

template <class T> void BodyRunner<T>::random(const Instruction &i) {
  auto law = static_cast<Distribution>(i.which);
  for (int64_t t = 0; t < strips.count; ++t) {
    auto word = [&](int k) { return static_cast<uint32_t>(intRow(i.operands[k])[t]); };
    double draw =
        drawRandom(law, word(0), word(1), word(2), word(3), static_cast<uint32_t>(i.intValue), word(4), i.toWidth);
    if (law == Distribution::bits)
      intRow(i.result)[t] = static_cast<int64_t>(draw);
    else
      floatRow(i.result)[t] = Numbers<T>::of(draw);
  }
}

template <class T> void BodyRunner<T>::stepInteger(const Instruction &i) {
  int64_t *result = intRow(i.result);
  const int64_t *x = i.operands.empty() ? nullptr : intRow(i.operands[0]);
  for (int64_t t = 0; t < strips.count; ++t) {
    switch (i.kind) {
    case Instruction::intConstant:
      result[t] = i.intValue;
      break;
    case Instruction::index:
      result[t] = strips.coordinate(i.which)[t];
      break;
    case Instruction::symbol:
      result[t] = strips.symbol(i.which)[t];
      break;
    case Instruction::intUnary:
      result[t] = applyInt(static_cast<IntUnary>(i.which), x[t], i.fromWidth, i.toWidth);
      break;
    case Instruction::intBinary:
      result[t] = applyInt(static_cast<IntBinary>(i.which), x[t], intRow(i.operands[1])[t], i.fromWidth);
      break;
    case Instruction::compareInt:
      result[t] =
          compareInts(static_cast<mlir::arith::CmpIPredicate>(i.which), x[t], intRow(i.operands[1])[t], i.fromWidth);
      break;
    case Instruction::selectInt:
      result[t] = x[t] ? intRow(i.operands[1])[t] : intRow(i.operands[2])[t];
      break;
    default:
      break;
    }
  }
}

/// The nearest integer towards zero that the type holds.
inline int64_t truncateTo(double value, unsigned width, bool isSigned) {
  double low = isSigned ? -std::ldexp(1.0, width - 1) : 0, high = std::ldexp(1.0, isSigned ? width - 1 : width);
  if (std::isnan(value))
    return 0;
  value = std::trunc(value);
  if (value < low)
    return isSigned ? static_cast<int64_t>(low) : 0;
  if (value >= high)
    return wrap(static_cast<int64_t>((uint64_t(1) << (isSigned ? width - 1 : width % 64)) - 1), width);
  return wrap(isSigned ? static_cast<int64_t>(value) : static_cast<int64_t>(static_cast<uint64_t>(value)), width);
}

template <class T> void BodyRunner<T>::step(const Instruction &i) {
  T *result = floatRow(i.result);
  int64_t count = strips.count;
  auto each = [&](auto compute) {
    for (int64_t t = 0; t < count; ++t)
      result[t] = compute(t);
  };
  auto eachInt = [&](auto compute) {
    for (int64_t t = 0; t < count; ++t)
      intRow(i.result)[t] = compute(t);
  };
  auto floatAt = [&](int k, int64_t t) -> const T & { return floatRow(i.operands[k])[t]; };
  auto intAt = [&](int k, int64_t t) { return intRow(i.operands[k])[t]; };
  switch (i.kind) {
  case Instruction::floatConstant:
    return each([&](int64_t) { return Numbers<T>::of(i.floatValue); });
  case Instruction::floatUnary:
    return each([&](int64_t t) { return apply(static_cast<Unary>(i.which), floatAt(0, t)); });
  case Instruction::floatBinary:
    return stepBinary(i, static_cast<Binary>(i.which));
  case Instruction::fma:
    return each([&](int64_t t) { return floatAt(0, t) * floatAt(1, t) + floatAt(2, t); });
  case Instruction::powerInt:
    return each([&](int64_t t) { return apply(Binary::pow, floatAt(0, t), Numbers<T>::of(double(intAt(1, t)))); });
  case Instruction::withSlopes: {
    size_t pairs = (i.operands.size() - 1) / 2;
    return each([&](int64_t t) {
      llvm::SmallVector<T> rest;
      for (size_t k = 1; k < i.operands.size(); ++k)
        rest.push_back(floatAt(int(k), t));
      llvm::ArrayRef<T> variables(rest);
      return withSlopes<>(floatAt(0, t), variables.take_front(pairs), variables.drop_front(pairs));
    });
  }
  case Instruction::copyFloat:
    return each([&](int64_t t) { return floatAt(0, t); });
  case Instruction::roundFloat:
    return each([&](int64_t t) {
      // What is rounded away is a constant to derivatives and magnitudes.
      T x = floatAt(0, t);
      double exact = primal(x);
      return x + Numbers<T>::of(roundToMantissa(exact, unsigned(i.which)) - exact);
    });
  case Instruction::pairFloats:
    return eachInt([&](int64_t t) { return pairOf(primal(floatAt(0, t)), primal(floatAt(1, t))); });
  case Instruction::dotPairs:
    return each([&](int64_t t) { return Numbers<T>::of(dotPairs(intAt(0, t), intAt(1, t))); });
  case Instruction::selectFloat:
    return each([&](int64_t t) { return intAt(0, t) ? floatAt(1, t) : floatAt(2, t); });
  case Instruction::intToFloat:
    return each([&](int64_t t) { return Numbers<T>::of(double(i.fromWidth == 1 ? -intAt(0, t) : intAt(0, t))); });
  case Instruction::unsignedToFloat:
    return each([&](int64_t t) {
      uint64_t bits = static_cast<uint64_t>(intAt(0, t));
      return Numbers<T>::of(double(i.fromWidth < 64 ? bits & ((uint64_t(1) << i.fromWidth) - 1) : bits));
    });
  case Instruction::floatToInt:
    return eachInt([&](int64_t t) { return truncateTo(primal(floatAt(0, t)), i.toWidth, true); });
  case Instruction::floatToUnsigned:
    return eachInt([&](int64_t t) { return truncateTo(primal(floatAt(0, t)), i.toWidth, false); });
  case Instruction::compareFloat:
    return eachInt([&](int64_t t) {
      return compareFloats(static_cast<mlir::arith::CmpFPredicate>(i.which), primal(floatAt(0, t)),
                           primal(floatAt(1, t)));
    });
  case Instruction::random:
    return random(i);
  default:
    return stepInteger(i);
  }
}

template <class T> void BodyRunner<T>::reverseStep(const Instruction &i) {
  const T *adjoint = adjointRow(i.result);
  auto floatAt = [&](int k, int64_t t) -> const T & { return floatRow(i.operands[k])[t]; };
  auto add = [&](int k, int64_t t, const T &slope) {
    T &target = adjointRow(i.operands[k])[t];
    target = target + strictProduct(slope, adjoint[t]);
  };
  T one = Numbers<T>::of(1);
  for (int64_t t = 0; t < strips.count; ++t) {
    if (i.kind == Instruction::floatConstant || i.kind == Instruction::floatInput || isZero(adjoint[t]))
      continue;
    const T &f = floatRow(i.result)[t];
    switch (i.kind) {
    case Instruction::floatUnary:
      add(0, t, derivative(static_cast<Unary>(i.which), floatAt(0, t), f));
      break;
    case Instruction::floatBinary: {
      Partials<T> slopes = partials(static_cast<Binary>(i.which), floatAt(0, t), floatAt(1, t), f);
      add(0, t, slopes.x);
      add(1, t, slopes.y);
      break;
    }
    case Instruction::fma:
      add(0, t, floatAt(1, t));
      add(1, t, floatAt(0, t));
      add(2, t, one);
      break;
    case Instruction::powerInt: {
      T exponent = Numbers<T>::of(double(intRow(i.operands[1])[t]));
      add(0, t, partials(Binary::pow, floatAt(0, t), exponent, f).x);
      break;
    }
    case Instruction::selectFloat:
      add(intRow(i.operands[0])[t] ? 1 : 2, t, one);
      break;
    case Instruction::withSlopes:
      for (size_t k = 1, pairs = (i.operands.size() - 1) / 2; k <= pairs; ++k)
        add(int(k), t, floatAt(int(pairs + k), t));
      break;
    case Instruction::copyFloat:
    case Instruction::roundFloat:
      add(0, t, one);
      break;
    default:
      break;
    }
  }
}

//===-- Setting the stage
//----------------------------------------------------------------------------------------------===//

/// What forward and backward runs share: lanes of the points, operands, strips, the body with its inputs loaded.
template <class T> class EquationRunner {
public:
  EquationRunner(const EquationPlan &plan, const LaneTable &table, llvm::ArrayRef<Value<T>> operands,
                 llvm::ArrayRef<int> extraLanes)
      : plan(plan), op(plan.op), table(table), operands(operands) {
    for (const Value<T> &operand : operands)
      resultLanes = unite(resultLanes, operand.lanes);
    lanes = unite(resultLanes, extraLanes);
    for (const Value<T> &operand : operands)
      strides.push_back(laneStrides(table, lanes, operand.lanes, operand.size()));
    cellCount = elementCount(plan.write.shape);
    cellStrides = laneStrides(table, lanes, lanes, cellCount);
    valueStrides = laneStrides(table, lanes, resultLanes, cellCount);
  }

  Strips makeStrips() const {
    llvm::SmallVector<int64_t> laneExtents;
    for (int lane : lanes)
      laneExtents.push_back(table.extents[lane]);
    llvm::SmallVector<std::pair<const std::vector<int64_t> *, llvm::SmallVector<int64_t, 4>>> tables;
    for (size_t j = 0; j < plan.tables.size(); ++j)
      tables.push_back({operands[plan.reads.size() + j].integers.get(), strides[plan.reads.size() + j]});
    return Strips(plan, laneExtents, tables);
  }

  /// Calls `visit(body)` for every strip, after the body has run; `cells` then holds the points' offsets in the result.
  bool forEachStrip(llvm::function_ref<void(Strips &, BodyRunner<T> &)> visit) {
    Strips strips = makeStrips();
    BodyRunner<T> body(plan, strips);
    while (strips.next()) {
      if (!strips.offsets(plan.write, cellStrides, cells) && !op.getDrop()) {
        op.emitError("the write leaves its axis: a table holds an index that the result does not have");
        return false;
      }
      if (!loadInputs(strips, body))
        return false;
      body.run();
      visit(strips, body);
    }
    return !strips.failed;
  }

  /// Where input k was read in the strip at hand; -1 where its fill value stands.
  Row &placesOf(unsigned k) { return places[k]; }

  const EquationPlan &plan;
  EquationOp op;
  const LaneTable &table;
  llvm::ArrayRef<Value<T>> operands;
  Lanes lanes, resultLanes;
  int64_t cellCount;
  llvm::SmallVector<llvm::SmallVector<int64_t, 4>> strides;
  llvm::SmallVector<int64_t, 4> cellStrides, valueStrides;
  Row cells;

private:
  bool loadInputs(Strips &strips, BodyRunner<T> &body);

  std::vector<Row> places;
};
template <class T> bool EquationRunner<T>::loadInputs(Strips &strips, BodyRunner<T> &body) {
  places.resize(plan.reads.size());
  for (unsigned k = 0; k < plan.reads.size(); ++k) {
    mlir::TypedAttr fill = op.getFillValue(k);
    if (!strips.offsets(plan.reads[k], strides[k], places[k]) && !fill) {
      op.emitError("read ") << k << " leaves its axis: a table holds an index that the input does not have";
      return false;
    }
    const Row &at = places[k];
    if (const auto &data = operands[k].floats) {
      T filled = Numbers<T>::of(fill ? mlir::cast<mlir::FloatAttr>(fill).getValueAsDouble() : 0);
      T *row = body.floatRow(k);
      for (int64_t t = 0; t < strips.count; ++t)
        row[t] = at[t] < 0 ? filled : (*data)[at[t]];
    } else {
      int64_t filled = 0;
      if (fill)
        filled = wrap(mlir::cast<mlir::IntegerAttr>(fill).getValue().getSExtValue(),
                      operands[k].element.getIntOrFloatBitWidth());
      int64_t *row = body.intRow(k);
      for (int64_t t = 0; t < strips.count; ++t)
        row[t] = at[t] < 0 ? filled : (*operands[k].integers)[at[t]];
    }
  }
  return true;
}

} // namespace nn::interpreter
