// Point by point. An index that is not known stands for all its values, each with the formula that is 1 where it has
// it.
#include "Symmetry/Prover/Identity/FormalEquation.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Prover/Identity/FormalAccess.h"
#include "Symmetry/Prover/Identity/FormalBody.h"

#include "mlir/IR/IntegerSet.h"

using namespace mlir;

namespace nn::prover {

namespace {

using Kind = FormalTensor::Kind;

class FormalEquation {
public:
  FormalEquation(EquationOp op, ArrayRef<FormalRef> operands, FormalField &field, FormalEffort &effort)
      : op(op), operands(operands), field(field), effort(effort),
        write(op.getWrite(), op.getResultType(), !op.getDrop()), reduced(reducedDims(op)),
        numInputs(op.getInputs().size()), numDims(op.getNumDims()) {}

  FormalRef run();

private:
  /// A value that lands on a cell: what an unknown index weighs it with, and its place among what is reduced.
  struct Landed {
    FormalScalar value;
    Number weight;
    int64_t position;
  };
  bool prepare();
  SmallVector<uint64_t> degreesOfInputs() const;
  bool readTables(unsigned j);
  bool readInputs(unsigned k);
  bool evaluatePoint();
  bool hasRows();
  bool evaluateRow();
  bool addRow(int64_t length);
  bool holdsDomain() const;
  bool combine(ArrayRef<Landed> landed, Number &number);
  int64_t combineIntegers(ArrayRef<Landed> landed);
  bool finish();
  bool indexResult(ArrayRef<std::vector<Landed>> all);
  bool chosenPlaces(ArrayRef<std::vector<Landed>> all);

  EquationOp op;
  ArrayRef<FormalRef> operands;
  FormalField &field;
  FormalEffort &effort;
  FormalAccess write;
  SmallVector<unsigned> reduced;
  unsigned numInputs, numDims;
  std::vector<FormalAccess> reads, tables;
  std::vector<std::pair<Subscript, bool>> conditions;
  std::vector<std::optional<FormalScalar>> fill;
  std::optional<FormalBody> body;
  SmallVector<int64_t> point; ///< coordinates, then symbols
  SmallVector<FormalScalar> inputs;
  Number weight = 1;
  bool enumerates = false; ///< some operand holds indices that are not known
  uint64_t weightDegree = 0;
  /// The inputs that the body multiplies, if that is all it does, and whether whole rows of points are visited then.
  std::optional<SmallVector<int>> factors;
  bool byRows = false;
  bool adds = false; ///< what lands on a cell is added, into the result; else it is gathered in `cells`
  std::vector<std::vector<Landed>> cells;
  std::shared_ptr<FormalTensor> result = std::make_shared<FormalTensor>();
};

} // namespace

/// What a read of a scalar that stands in the program gives.
static FormalScalar scalarOf(TypedAttr attr, FormalField &field) {
  if (auto number = dyn_cast<FloatAttr>(attr))
    return {field.ofDouble(number.getValueAsDouble()), 0, false, 0, false};
  auto integer = cast<IntegerAttr>(attr);
  bool isFlag = integer.getType().isInteger(1);
  return {0, isFlag ? int64_t(integer.getValue().getZExtValue()) : integer.getInt(), true, 0, false};
}

bool FormalEquation::prepare() {
  uint64_t count = 1;
  for (int64_t extent : op.getExtents())
    count = llvm::SaturatingMultiply(count, uint64_t(extent));
  for (unsigned k = 0; k < operands.size(); ++k) {
    if (!operands[k])
      return false;
    if (operands[k]->kind == Kind::Indices) {
      enumerates = true;
      weightDegree = llvm::SaturatingAdd(weightDegree, operands[k]->degree);
      count = llvm::SaturatingMultiply(count, uint64_t(operands[k]->bound));
    }
  }
  if (!effort.spend(count))
    return false;
  auto code = interpreter::translateBody(op);
  if (failed(code))
    return false;
  factors = interpreter::factorsOf(*code);
  body.emplace(field, std::move(*code), degreesOfInputs());
  effort.argumentDegree = std::max(effort.argumentDegree, body->argumentDegree());
  for (unsigned k = 0; k < numInputs; ++k) {
    TypedAttr value = op.getFillValue(k);
    reads.emplace_back(op.getRead(k), cast<ShapedType>(op.getInputs()[k].getType()), !value);
    fill.push_back(value ? std::optional(scalarOf(value, field)) : std::nullopt);
  }
  for (unsigned j = 0; j < op.getNumSymbols(); ++j)
    tables.emplace_back(op.getTableMap(j), cast<ShapedType>(op.getTables()[j].getType()), /*inside=*/false);
  if (auto domain = op.getDomain())
    for (auto [expr, isEquality] : llvm::zip(domain->getConstraints(), domain->getEqFlags()))
      conditions.emplace_back(Subscript(expr, numDims, op.getNumSymbols()), isEquality);
  point.assign(numDims + op.getNumSymbols(), 0);
  inputs.resize(numInputs);
  adds = isa<FloatType>(op.getResultType().getElementType()) &&
         (op.getCombine() == Combine::map || op.getCombine() == Combine::sum);
  if (adds)
    result->formulas.assign(op.getResultType().getNumElements(), 0);
  else
    cells.resize(op.getResultType().getNumElements());
  byRows = hasRows();
  return true;
}

/// Sums of products of formulas, by far the most points of a model, along their last dimension.
bool FormalEquation::hasRows() {
  if (numDims == 0 || !adds || !factors || !conditions.empty())
    return false;
  int64_t length = op.getExtents().back();
  auto isStill = [&](const FormalAccess &table) {
    auto row = table.along(numDims - 1, point, length);
    return row && row->stride == 0;
  };
  return llvm::all_of(operands.take_front(numInputs), [](auto &each) { return each->kind == Kind::Formulas; }) &&
         llvm::all_of(tables, isStill);
}

SmallVector<uint64_t> FormalEquation::degreesOfInputs() const {
  SmallVector<uint64_t> degrees;
  for (unsigned k = 0; k < numInputs; ++k)
    degrees.push_back(operands[k]->kind == Kind::Formulas ? operands[k]->degree : 0);
  return degrees;
}

bool FormalEquation::holdsDomain() const {
  return llvm::all_of(conditions, [&](const auto &condition) {
    int64_t value = condition.first.at(point);
    return condition.second ? value == 0 : value >= 0;
  });
}

/// Sets symbol `j` and those behind it, to every value that they may have.
bool FormalEquation::readTables(unsigned j) {
  if (j == tables.size())
    return byRows ? evaluateRow() : !holdsDomain() || readInputs(0);
  const FormalTensor &table = *operands[numInputs + j];
  int64_t cell = tables[j].at(point);
  if (cell < 0 || table.kind == Kind::Formulas)
    return false;
  if (table.kind == Kind::Integers) {
    point[numDims + j] = table.integers[cell];
    return readTables(j + 1);
  }
  Number outer = weight;
  for (int64_t value = 0; value < table.bound; ++value) {
    weight = field.multiply(outer, table.formulas[cell * table.bound + value]);
    point[numDims + j] = value;
    if (!readTables(j + 1))
      return false;
  }
  weight = outer;
  return true;
}

bool FormalEquation::readInputs(unsigned k) {
  if (k == numInputs)
    return evaluatePoint();
  const FormalTensor &input = *operands[k];
  int64_t cell = reads[k].at(point);
  if (cell < 0) {
    if (!fill[k])
      return false;
    inputs[k] = *fill[k];
    return readInputs(k + 1);
  }
  if (input.kind == Kind::Formulas)
    inputs[k] = {input.formulas[cell], 0, false, 0, false};
  if (input.kind == Kind::Integers)
    inputs[k] = {0, input.integers[cell], true, 0, false};
  if (input.kind != Kind::Indices)
    return readInputs(k + 1);
  Number outer = weight;
  for (int64_t value = 0; value < input.bound; ++value) {
    weight = field.multiply(outer, input.formulas[cell * input.bound + value]);
    inputs[k] = {0, value, true, 0, false};
    if (!readInputs(k + 1))
      return false;
  }
  weight = outer;
  return true;
}

/// The points from here on along the last dimension.
bool FormalEquation::evaluateRow() {
  int64_t length = op.getExtents().back();
  if (addRow(length))
    return true;
  int64_t &last = point[numDims - 1];
  bool done = true;
  for (; done && last < length; ++last)
    done = readInputs(0);
  last = 0;
  return done;
}

/// Adds the products along a row; false if it leads out of a tensor, or unevenly through one.
bool FormalEquation::addRow(int64_t length) {
  struct Factor {
    const Number *at;
    int64_t stride;
  };
  auto cells = write.along(numDims - 1, point, length);
  if (!cells)
    return false;
  SmallVector<Factor, 3> moving;
  Number still = weight;
  for (int k : *factors) {
    auto row = reads[k].along(numDims - 1, point, length);
    if (!row)
      return false;
    const Number *first = operands[k]->formulas.data() + row->first;
    if (row->stride == 0)
      still = field.multiply(still, *first);
    else
      moving.push_back({first, row->stride});
  }
  auto product = [&](int64_t t) {
    Number value = moving.empty() ? 1 : moving[0].at[t * moving[0].stride];
    for (size_t k = 1; k < moving.size(); ++k)
      value = field.multiply(value, moving[k].at[t * moving[k].stride]);
    return value;
  };
  Number *cell = result->formulas.data() + cells->first;
  if (cells->stride == 0) {
    Number sum = 0;
    for (int64_t t = 0; t < length; ++t)
      sum = field.add(sum, product(t));
    *cell = field.add(*cell, field.multiply(still, sum));
    return true;
  }
  for (int64_t t = 0; t < length; ++t, cell += cells->stride)
    *cell = field.add(*cell, still == 1 ? product(t) : field.multiply(still, product(t)));
  return true;
}

bool FormalEquation::evaluatePoint() {
  ArrayRef<int64_t> all(point);
  int64_t cell = write.at(point);
  if (cell < 0)
    return op.getDrop();
  auto value = body->run(inputs, all.take_front(numDims), all.drop_front(numDims));
  if (!value)
    return false;
  if (adds) {
    Number &own = result->formulas[cell];
    Number number = body->formulaOf(*value);
    own = field.add(own, weight == 1 ? number : field.multiply(weight, number));
    return true;
  }
  int64_t position = 0;
  for (unsigned d : reduced)
    position = position * op.getExtents()[d] + point[d];
  cells[cell].push_back({*value, weight, position});
  return true;
}

/// What lands on one cell, as one value.
bool FormalEquation::combine(ArrayRef<Landed> landed, Number &number) {
  Combine kind = op.getCombine();
  auto sum = [&](llvm::function_ref<Number(Number)> valueOf) {
    Number total = 0;
    for (const Landed &each : landed)
      total = field.add(total, field.multiply(each.weight, valueOf(body->formulaOf(each.value))));
    return total;
  };
  bool isFlag = op.getResultType().getElementType().isInteger(1);
  if (kind == Combine::map || (kind == Combine::sum && !isFlag)) {
    number = sum([](Number value) { return value; });
    return true;
  }
  if (kind == Combine::logsumexp) {
    Number total = sum([&](Number x) { return x == 0 ? 1 : field.apply(uint64_t(interpreter::Unary::exp), {x}); });
    number = landed.empty() ? field.ofDouble(-INFINITY) : field.apply(uint64_t(interpreter::Unary::log), {total});
    return true;
  }
  if (enumerates)
    return false;
  if (kind == Combine::prod || isFlag) {
    // Some flag is set unless none is.
    bool some = kind == Combine::max || kind == Combine::sum;
    number = 1;
    for (const Landed &each : landed) {
      Number value = body->formulaOf(each.value);
      number = field.multiply(number, some ? field.subtract(1, value) : value);
    }
    number = some ? field.subtract(1, number) : number;
    return true;
  }
  SmallVector<Number> values;
  for (const Landed &each : landed)
    values.push_back(kind == Combine::min ? field.negate(body->formulaOf(each.value)) : body->formulaOf(each.value));
  number = values.empty() ? field.ofDouble(-INFINITY) : field.greatest(values);
  if (kind == Combine::min)
    number = field.negate(number);
  return true;
}

int64_t FormalEquation::combineIntegers(ArrayRef<Landed> landed) {
  Combine kind = op.getCombine();
  Type type = op.getResultType().getElementType();
  int64_t total = scalarOf(identityAttr(kind, type), field).integer;
  for (const Landed &each : landed) {
    int64_t value = each.value.integer;
    total = kind == Combine::map    ? value
            : kind == Combine::sum  ? total + value
            : kind == Combine::prod ? total * value
            : kind == Combine::max  ? std::max(total, value)
                                    : std::min(total, value);
  }
  return interpreter::wrap(total, type.getIntOrFloatBitWidth());
}

/// For each cell and place: that the greatest or least entry is there. Of several that are the greatest nothing is
/// said, unless order counts: then that is some function of all of them as they stand.
bool FormalEquation::chosenPlaces(ArrayRef<std::vector<Landed>> all) {
  if (enumerates)
    return false;
  constexpr uint64_t isGreatest = 3000, isFirst = uint64_t(1) << 33;
  result->kind = Kind::Indices;
  result->bound = 1;
  for (unsigned d : reduced)
    result->bound *= op.getExtents()[d];
  result->formulas.assign(all.size() * result->bound, 0);
  result->degree = 1;
  for (auto [cell, landed] : llvm::enumerate(all)) {
    SmallVector<Number> values;
    auto valueOf = [&](const Landed &each) {
      Number value = body->formulaOf(each.value);
      return op.getCombine() == Combine::argmin ? field.negate(value) : value;
    };
    for (const Landed &each : landed)
      values.push_back(valueOf(each));
    SmallVector<Number> inOrder; // only differences count
    for (Number value : values)
      inOrder.push_back(field.subtract(value, values.front()));
    Number greatest = field.greatest(values);
    for (const Landed &each : landed)
      result->formulas[cell * result->bound + each.position] =
          effort.keepsOrder(op) ? field.apply(isFirst + uint64_t(each.position), inOrder)
                                : field.apply(isGreatest, {field.subtract(greatest, valueOf(each))});
  }
  return true;
}

/// Values that are known integers wherever indices have one value each.
bool FormalEquation::indexResult(ArrayRef<std::vector<Landed>> all) {
  int64_t bound = 1;
  for (const auto &landed : all)
    for (const Landed &each : landed) {
      if (each.value.integer < 0)
        return false;
      bound = std::max(bound, each.value.integer + 1);
    }
  result->kind = Kind::Indices;
  result->bound = bound;
  result->degree = weightDegree;
  result->formulas.assign(all.size() * bound, 0);
  for (auto [cell, landed] : llvm::enumerate(all))
    for (const Landed &each : landed) {
      Number &own = result->formulas[cell * bound + each.value.integer];
      own = field.add(own, each.weight);
    }
  return true;
}

bool FormalEquation::finish() {
  Combine kind = op.getCombine();
  if (kind == Combine::argmax || kind == Combine::argmin)
    return chosenPlaces(cells);
  bool isFloat = isa<FloatType>(op.getResultType().getElementType());
  bool known = !isFloat && llvm::all_of(cells, [](const auto &landed) {
    return llvm::all_of(landed, [](const Landed &each) { return each.value.isKnown; });
  });
  if (known && kind == Combine::map && enumerates)
    return indexResult(cells);
  if (known && !enumerates) {
    result->kind = Kind::Integers;
    for (const auto &landed : cells)
      result->integers.push_back(combineIntegers(landed));
    return true;
  }
  uint64_t degree = llvm::SaturatingAdd(body->degree(), weightDegree), most = 1;
  for (const auto &landed : cells) {
    most = std::max<uint64_t>(most, landed.size());
    if (!combine(landed, result->formulas.emplace_back()))
      return false;
  }
  bool isProduct = kind == Combine::prod || op.getResultType().getElementType().isInteger(1);
  bool isFunction = kind == Combine::max || kind == Combine::min || kind == Combine::logsumexp;
  if (isFunction)
    effort.argumentDegree = std::max(effort.argumentDegree, degree + 1);
  result->degree = isProduct    ? llvm::SaturatingMultiply(degree, most)
                   : isFunction ? std::max<uint64_t>(degree, 1)
                                : degree;
  return true;
}

FormalRef FormalEquation::run() {
  if (!prepare())
    return nullptr;
  ArrayRef<int64_t> extents = op.getExtents();
  bool empty = llvm::is_contained(extents, 0);
  while (!empty) {
    if (!readTables(0))
      return nullptr;
    unsigned d = byRows ? numDims - 1 : numDims;
    for (; d-- > 0; point[d] = 0)
      if (++point[d] < extents[d])
        break;
    if (d == unsigned(-1))
      break;
  }
  return finish() ? result : nullptr;
}

FormalRef evaluateFormally(EquationOp op, ArrayRef<FormalRef> operands, FormalField &field, FormalEffort &effort) {
  return FormalEquation(op, operands, field, effort).run();
}

} // namespace nn::prover
