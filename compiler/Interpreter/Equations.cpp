// Runs equations strip by strip: coordinates of the points, offsets of the accesses, the body, the combination;
// backward the body's derivative in reverse and the swapped accesses.
#include "Interpreter/Equations.h"

#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;

namespace nn::interpreter {

//===-- Plans
//----------------------------------------------------------------------------------------------------------===//

/// Adds `factor` times the expression to a linear form; false if it is not linear in the dimensions.
static bool addLinear(AffineExpr expr, int64_t factor, SmallVectorImpl<int64_t> &dims, int64_t &constant) {
  if (auto value = dyn_cast<AffineConstantExpr>(expr)) {
    constant += factor * value.getValue();
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    dims[dim.getPosition()] += factor;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), factor, dims, constant) && addLinear(binary.getRHS(), factor, dims, constant);
  auto scale = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return expr.getKind() == AffineExprKind::Mul && scale &&
         addLinear(binary.getLHS(), factor * scale.getValue(), dims, constant);
}

static Access makeAccess(AffineMap map, ShapedType type, bool proved) {
  Access access{map, Shape(type.getShape())};
  access.dimFactors.assign(map.getNumDims(), 0);
  access.linear = proved;
  int64_t stride = 1;
  for (int64_t axis = type.getRank(); access.linear && axis-- > 0; stride *= type.getDimSize(axis))
    access.linear = addLinear(map.getResult(axis), stride, access.dimFactors, access.constant);
  return access;
}

FailureOr<EquationPlan> planEquation(EquationOp op) {
  FailureOr<Bytecode> body = translateBody(op);
  if (failed(body))
    return failure();
  EquationPlan plan{op, std::move(*body)};
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    plan.reads.push_back(makeAccess(op.getRead(k), cast<ShapedType>(input.getType()), !op.getFillValue(k)));
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    plan.tables.push_back(makeAccess(op.getTableMap(j), cast<ShapedType>(table.getType()), true));
  plan.write = makeAccess(op.getWrite(), op.getResultType(), !op.getDrop());
  if (op.getDomain())
    plan.domain = *op.getDomain();
  SmallVector<unsigned> reduced = reducedDims(op);
  int64_t factor = 1;
  for (unsigned d : llvm::reverse(reduced)) {
    plan.positionFactors.push_back({static_cast<int>(d), factor});
    factor *= op.getExtents()[d];
  }
  return plan;
}

//===-- Strips
//---------------------------------------------------------------------------------------------------------===//

namespace {
using Row = std::array<int64_t, stripSize>;

/// Some points of the box (lanes in front), in row-major order, with the values of the symbols there.
class Strips {
public:
  /// `tables` are the integer tables and how their copies lie along the lanes.
  Strips(const EquationPlan &plan, ArrayRef<int64_t> laneExtents,
         ArrayRef<std::pair<const std::vector<int64_t> *, SmallVector<int64_t, 4>>> tables)
      : plan(plan), numLanes(laneExtents.size()), tables(tables.begin(), tables.end()), extents(laneExtents) {
    EquationOp op = plan.op;
    llvm::append_range(extents, op.getExtents());
    position.assign(extents.size(), 0);
    left = elementCount(extents);
    coordinates.resize(extents.size());
    symbols.resize(tables.size());
  }

  /// Moves on to the next points; false at the end or after an error. A strip may be empty.
  bool next();

  /// Element offsets of an access whose copies lie `lanes` apart; -1 where it leaves its axis. True if none does.
  bool offsets(const Access &access, ArrayRef<int64_t> lanes, Row &out) const;

  /// Values of a coordinate of the box (without lanes), or of a symbol.
  const Row &coordinate(int d) const { return coordinates[numLanes + d]; }
  const Row &symbol(int j) const { return symbols[j]; }

  int64_t count = 0;
  bool failed = false;

private:
  void fillCoordinates();
  void keepWhere(llvm::function_ref<bool(AffineExpr)> chosen, bool withSymbols);
  bool readTable(unsigned j);
  void evaluate(AffineExpr expr, Row &out) const;

  const EquationPlan &plan;
  size_t numLanes;
  SmallVector<std::pair<const std::vector<int64_t> *, SmallVector<int64_t, 4>>> tables;
  SmallVector<int64_t> extents, position;
  int64_t left = 0;
  std::vector<Row> coordinates, symbols;
};
} // namespace

void Strips::fillCoordinates() {
  count = std::min(left, stripSize);
  left -= count;
  size_t rank = extents.size();
  if (rank == 0)
    return;
  for (int64_t t = 0; t < count;) {
    int64_t run = std::min(count - t, extents[rank - 1] - position[rank - 1]);
    for (size_t d = 0; d + 1 < rank; ++d)
      std::fill_n(coordinates[d].begin() + t, run, position[d]);
    for (int64_t i = 0; i < run; ++i)
      coordinates[rank - 1][t + i] = position[rank - 1] + i;
    t += run;
    position[rank - 1] += run;
    for (size_t d = rank - 1; d > 0 && position[d] == extents[d]; --d) {
      position[d] = 0;
      ++position[d - 1];
    }
  }
}

static bool usesSymbol(AffineExpr expr) {
  return expr
      .walk(
          [](AffineExpr part) { return isa<AffineSymbolExpr>(part) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

/// Drops the points at which a constraint fails, of those constraints that do (not) use symbols.
void Strips::keepWhere(llvm::function_ref<bool(AffineExpr)> chosen, bool withSymbols) {
  IntegerSet domain = plan.domain;
  if (!domain)
    return;
  for (auto [constraint, equality] : llvm::zip(domain.getConstraints(), domain.getEqFlags())) {
    if (!chosen(constraint))
      continue;
    Row values;
    evaluate(constraint, values);
    int64_t kept = 0;
    for (int64_t t = 0; t < count; ++t) {
      if (equality ? values[t] != 0 : values[t] < 0)
        continue;
      for (Row &row : coordinates)
        row[kept] = row[t];
      for (size_t j = 0; withSymbols && j < symbols.size(); ++j)
        symbols[j][kept] = symbols[j][t];
      ++kept;
    }
    count = kept;
  }
}

bool Strips::readTable(unsigned j) {
  Row places;
  if (!offsets(plan.tables[j], tables[j].second, places)) {
    EquationOp op = plan.op;
    op.emitError("a read of table ") << j << " leaves its axis";
    return false;
  }
  for (int64_t t = 0; t < count; ++t)
    symbols[j][t] = (*tables[j].first)[places[t]];
  return true;
}

bool Strips::next() {
  if (left <= 0 || failed)
    return false;
  fillCoordinates();
  keepWhere([](AffineExpr expr) { return !usesSymbol(expr); }, /*withSymbols=*/false);
  for (unsigned j = 0; j < symbols.size(); ++j)
    if (!readTable(j)) {
      failed = true;
      return false;
    }
  keepWhere(usesSymbol, /*withSymbols=*/true);
  return true;
}

void Strips::evaluate(AffineExpr expr, Row &out) const {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    std::fill_n(out.begin(), count, constant.getValue());
    return;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    std::copy_n(coordinate(dim.getPosition()).begin(), count, out.begin());
    return;
  }
  if (auto symbolExpr = dyn_cast<AffineSymbolExpr>(expr)) {
    std::copy_n(symbol(symbolExpr.getPosition()).begin(), count, out.begin());
    return;
  }
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Row right;
  evaluate(binary.getLHS(), out);
  evaluate(binary.getRHS(), right);
  auto combine = [&](auto function) {
    for (int64_t t = 0; t < count; ++t)
      out[t] = function(out[t], right[t]);
  };
  switch (expr.getKind()) {
  case AffineExprKind::Add:
    return combine([](int64_t x, int64_t y) { return x + y; });
  case AffineExprKind::Mul:
    return combine([](int64_t x, int64_t y) { return x * y; });
  case AffineExprKind::FloorDiv:
    return combine([](int64_t x, int64_t y) { return llvm::divideFloorSigned(x, y); });
  case AffineExprKind::CeilDiv:
    return combine([](int64_t x, int64_t y) { return llvm::divideCeilSigned(x, y); });
  case AffineExprKind::Mod:
    return combine([](int64_t x, int64_t y) { return llvm::mod(x, y); });
  default:
    return;
  }
}

bool Strips::offsets(const Access &access, ArrayRef<int64_t> lanes, Row &out) const {
  std::fill_n(out.begin(), count, access.linear ? access.constant : 0);
  bool inside = true;
  if (access.linear) {
    for (size_t d = 0; d < access.dimFactors.size(); ++d)
      if (int64_t factor = access.dimFactors[d])
        for (int64_t t = 0; t < count; ++t)
          out[t] += factor * coordinates[numLanes + d][t];
  } else {
    Row values;
    for (auto [axis, size] : llvm::enumerate(access.shape)) {
      evaluate(access.map.getResult(axis), values);
      for (int64_t t = 0; t < count; ++t)
        out[t] = out[t] < 0 || values[t] < 0 || values[t] >= size ? -1 : out[t] * size + values[t];
    }
    for (int64_t t = 0; t < count; ++t)
      inside &= out[t] >= 0;
  }
  for (size_t k = 0; k < lanes.size(); ++k)
    if (lanes[k])
      for (int64_t t = 0; t < count; ++t)
        if (out[t] >= 0)
          out[t] += lanes[k] * coordinates[k][t];
  return inside;
}

//===-- Bodies
//---------------------------------------------------------------------------------------------------------===//

namespace {
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
  void reverse(ArrayRef<T> seed) {
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
} // namespace

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
      result[t] = compareInts(static_cast<arith::CmpIPredicate>(i.which), x[t], intRow(i.operands[1])[t], i.fromWidth);
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
static int64_t truncateTo(double value, unsigned width, bool isSigned) {
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
  case Instruction::copyFloat:
    return each([&](int64_t t) { return floatAt(0, t); });
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
      return compareFloats(static_cast<arith::CmpFPredicate>(i.which), primal(floatAt(0, t)), primal(floatAt(1, t)));
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
    case Instruction::copyFloat:
      add(0, t, one);
      break;
    default:
      break;
    }
  }
}

//===-- Setting the stage
//----------------------------------------------------------------------------------------------===//

namespace {
/// What forward and backward runs share: lanes of the points, operands, strips, the body with its inputs loaded.
template <class T> class EquationRunner {
public:
  EquationRunner(const EquationPlan &plan, const LaneTable &table, ArrayRef<Value<T>> operands,
                 ArrayRef<int> extraLanes)
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
    SmallVector<int64_t> laneExtents;
    for (int lane : lanes)
      laneExtents.push_back(table.extents[lane]);
    SmallVector<std::pair<const std::vector<int64_t> *, SmallVector<int64_t, 4>>> tables;
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
  ArrayRef<Value<T>> operands;
  Lanes lanes, resultLanes;
  int64_t cellCount;
  SmallVector<SmallVector<int64_t, 4>> strides;
  SmallVector<int64_t, 4> cellStrides, valueStrides;
  Row cells;

private:
  bool loadInputs(Strips &strips, BodyRunner<T> &body);

  std::vector<Row> places;
};
} // namespace

template <class T> bool EquationRunner<T>::loadInputs(Strips &strips, BodyRunner<T> &body) {
  places.resize(plan.reads.size());
  for (unsigned k = 0; k < plan.reads.size(); ++k) {
    TypedAttr fill = op.getFillValue(k);
    if (!strips.offsets(plan.reads[k], strides[k], places[k]) && !fill) {
      op.emitError("read ") << k << " leaves its axis: a table holds an index that the input does not have";
      return false;
    }
    const Row &at = places[k];
    if (const auto &data = operands[k].floats) {
      T filled = Numbers<T>::of(fill ? cast<FloatAttr>(fill).getValueAsDouble() : 0);
      T *row = body.floatRow(k);
      for (int64_t t = 0; t < strips.count; ++t)
        row[t] = at[t] < 0 ? filled : (*data)[at[t]];
    } else {
      int64_t filled = 0;
      if (fill)
        filled = wrap(cast<IntegerAttr>(fill).getValue().getSExtValue(), operands[k].element.getIntOrFloatBitWidth());
      int64_t *row = body.intRow(k);
      for (int64_t t = 0; t < strips.count; ++t)
        row[t] = at[t] < 0 ? filled : (*operands[k].integers)[at[t]];
    }
  }
  return true;
}

//===-- Forward
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
  done = done && runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
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
  done = done && runner.forEachStrip([&](Strips &strips, BodyRunner<T> &body) {
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

//===-- Backward
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

//===-- Kinds of numbers
//-----------------------------------------------------------------------------------------------===//

#define INSTANTIATE_FORWARD(T)                                                                                         \
  template Value<T> runEquation(const EquationPlan &, const LaneTable &, ArrayRef<Value<T>>);                          \
  template Value<T> conform(const LaneTable &, const Value<T> &, ArrayRef<int>);
#define INSTANTIATE(T)                                                                                                 \
  INSTANTIATE_FORWARD(T)                                                                                               \
  template SmallVector<Value<T>> reverseEquation(const EquationPlan &, const LaneTable &, ArrayRef<Value<T>>,          \
                                                 const Value<T> &, const Value<T> &, ArrayRef<int>, ArrayRef<bool>);
INSTANTIATE(double)
INSTANTIATE(Dual<double>)
INSTANTIATE(Dual<Dual<double>>)
INSTANTIATE(Dual<Dual<Dual<double>>>)
INSTANTIATE_FORWARD(Bounded)

} // namespace nn::interpreter
