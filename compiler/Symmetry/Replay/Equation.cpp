// Equations on tensors of formulas, point by point. An index that is not known stands for all its values, each with the
// formula that is 1 where it has it.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Replay/Evaluate.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::replay {

using interpreter::Unary;
using Kind = Tensor::Kind;

Scalar scalarOf(TypedAttr attr, Field &field) {
  if (auto number = dyn_cast<FloatAttr>(attr))
    return {field.ofDouble(number.getValueAsDouble())};
  auto integer = cast<IntegerAttr>(attr);
  bool isFlag = integer.getType().isInteger(1);
  return Scalar::known(isFlag ? int64_t(integer.getValue().getZExtValue()) : integer.getInt());
}

namespace {

class Equation {
public:
  Equation(EquationOp op, ArrayRef<TensorRef> operands, Field &field, std::string &why)
      : op(op), operands(operands), field(field), why(why), body(field, op, why), reduced(reducedDims(op)),
        numDims(op.getNumDims()), numTables(op.getNumSymbols()), numInputs(op.getInputs().size()),
        place(numDims + numTables), inputs(numInputs), one(field.ofInteger(1)), weight(one),
        cells(op.getResultType().getNumElements()) {}
  TensorRef run();

private:
  /// A value that lands on a cell: what unknown indices weigh it with, and its place among what is reduced.
  struct Landed {
    Scalar value;
    Number weight;
    int64_t position;
  };
  ArrayRef<int64_t> point() const { return ArrayRef(place).take_front(numDims); }
  ArrayRef<int64_t> symbols() const { return ArrayRef(place).drop_front(numDims); }
  int64_t cellOf(AffineMap map, Value tensor) const { return cellOf(map, cast<ShapedType>(tensor.getType())); }
  int64_t cellOf(AffineMap map, ShapedType type) const;
  void read(unsigned k);
  void take(unsigned k, const Scalar &value);
  void land();
  Number weighted(const Landed &each) { return field.multiply(each.weight, numberOf(each.value, field)); }
  Number combine(ArrayRef<Landed> landed);
  Number extreme(ArrayRef<Landed> landed, bool isLeast);
  int64_t combineIntegers(ArrayRef<Landed> landed);
  void choosePlaces(Tensor &result);
  void refuse(const Twine &reason) { why = why.empty() ? reason.str() : why; }

  EquationOp op;
  ArrayRef<TensorRef> operands;
  Field &field;
  std::string &why;
  Body body;
  SmallVector<unsigned> reduced;
  unsigned numDims, numTables, numInputs;
  SmallVector<int64_t> place; ///< coordinates, then the values of symbols
  SmallVector<Scalar> inputs;
  Number one, weight;      ///< of the values of indices that stand in `place` and `inputs`
  bool enumerates = false; ///< some operand holds indices that are not known
  std::vector<SmallVector<Landed, 1>> cells;
};

} // namespace

/// Row-major, or -1 outside.
int64_t Equation::cellOf(AffineMap map, ShapedType type) const {
  int64_t cell = 0;
  for (auto [expr, extent] : llvm::zip(map.getResults(), type.getShape())) {
    int64_t index = valueAt(expr, point(), symbols());
    if (index < 0 || index >= extent)
      return -1;
    cell = cell * extent + index;
  }
  return cell;
}

/// Reads tables, then inputs, from number `k` on; where an entry is not known, all that it may be.
void Equation::read(unsigned k) {
  if (!why.empty() || (k == numTables && !containsPoint(op.getDomain().value_or(IntegerSet()), point(), symbols())))
    return;
  if (k == numTables + numInputs)
    return land();
  bool isTable = k < numTables;
  unsigned input = k - numTables;
  const Tensor &tensor = *operands[isTable ? numInputs + k : input];
  int64_t cell = isTable ? cellOf(op.getTableMap(k), op.getTables()[k]) : cellOf(op.getRead(input), op.getInputs()[input]);
  TypedAttr fill = cell < 0 && !isTable ? op.getFillValue(input) : TypedAttr();
  if ((cell < 0 && !fill) || (isTable && tensor.kind == Kind::Numbers))
    return refuse("a place is not known");
  if (fill)
    return take(k, scalarOf(fill, field));
  if (tensor.kind == Kind::Numbers)
    return take(k, {tensor.numbers[cell]});
  if (tensor.kind == Kind::Integers)
    return take(k, Scalar::known(tensor.integers[cell]));
  Number outer = weight;
  for (int64_t value = 0; value < tensor.bound; ++value) {
    weight = field.multiply(outer, tensor.numbers[cell * tensor.bound + value]);
    take(k, Scalar::known(value));
  }
  weight = outer;
}

void Equation::take(unsigned k, const Scalar &value) {
  if (k < numTables)
    place[numDims + k] = value.integer;
  else
    inputs[k - numTables] = value;
  read(k + 1);
}

void Equation::land() {
  int64_t cell = cellOf(op.getWrite(), op.getResultType()), position = 0;
  if (cell < 0)
    return op.getDrop() ? void() : refuse("a write leaves the result");
  for (unsigned d : reduced)
    position = position * op.getExtents()[d] + place[d];
  cells[cell].push_back({body.run(inputs, place), weight, position});
}

/// The greatest or the least. Where it depends on indices what takes part, a function of all that may and of whether it
/// does.
Number Equation::extreme(ArrayRef<Landed> landed, bool isLeast) {
  SmallVector<Number> values;
  SmallVector<std::pair<Number, Number>> pairs;
  for (const Landed &each : landed) {
    Number value = numberOf(each.value, field);
    values.push_back(isLeast ? field.negate(value) : value);
    pairs.emplace_back(each.weight, values.back());
  }
  Number result = values.empty() ? field.ofDouble(-INFINITY) : Number();
  if (enumerates) {
    llvm::sort(pairs);
    SmallVector<Number> all;
    for (const auto &[own, value] : pairs)
      all.append({own, value});
    result = field.apply(Function::Greatest, all, /*which=*/1);
  } else if (!values.empty()) {
    result = field.greatest(values);
  }
  return isLeast ? field.negate(result) : result;
}

/// What lands on one cell, as one value.
Number Equation::combine(ArrayRef<Landed> landed) {
  Combine kind = op.getCombine();
  bool isTruth = op.getResultType().getElementType().isInteger(1);
  Number total, product = one;
  bool some = isTruth && (kind == Combine::max || kind == Combine::sum);
  if (kind == Combine::prod || (isTruth && kind != Combine::map)) {
    for (const Landed &each : landed)
      product = field.multiply(product, some ? field.subtract(one, weighted(each))
                                             : field.add(field.subtract(one, each.weight), weighted(each)));
    return some ? field.subtract(one, product) : product;
  }
  if (kind == Combine::max || kind == Combine::min)
    return extreme(landed, kind == Combine::min);
  bool isLog = kind == Combine::logsumexp;
  for (const Landed &each : landed)
    total = field.add(total, isLog ? field.multiply(each.weight, body.unary(Unary::exp, numberOf(each.value, field)))
                                   : weighted(each));
  return !isLog ? total : landed.empty() ? field.ofDouble(-INFINITY) : body.unary(Unary::log, total);
}

int64_t Equation::combineIntegers(ArrayRef<Landed> landed) {
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

/// For each cell and place, that the greatest or least entry is there. Of several that are, nothing is said.
void Equation::choosePlaces(Tensor &result) {
  if (enumerates)
    refuse("what an argmax takes from depends on indices");
  result.kind = Kind::Indices;
  result.bound = 1;
  for (unsigned d : reduced)
    result.bound *= op.getExtents()[d];
  result.numbers.assign(cells.size() * result.bound, Number());
  bool isLeast = op.getCombine() == Combine::argmin;
  for (auto [cell, landed] : llvm::enumerate(cells)) {
    Number *own = &result.numbers[cell * result.bound], extremum = extreme(landed, isLeast);
    if (landed.empty() && result.bound)
      own[0] = one;
    for (const Landed &each : landed) {
      Number behind = field.subtract(extremum, numberOf(each.value, field));
      own[each.position] = field.apply(Function::IsGreatest, isLeast ? field.negate(behind) : behind);
    }
  }
}

TensorRef Equation::run() {
  auto result = std::make_shared<Tensor>();
  bool isFloat = isa<FloatType>(op.getResultType().getElementType()), known = !isFloat;
  for (const TensorRef &operand : operands)
    enumerates |= operand->kind == Kind::Indices;
  SmallVector<int64_t> strides = computeStrides(op.getExtents());
  for (int64_t number = 0, count = ShapedType::getNumElements(op.getExtents()); number < count && why.empty(); ++number) {
    llvm::copy(delinearize(number, strides), place.begin());
    read(0);
  }
  Combine kind = op.getCombine();
  if (!why.empty())
    return result;
  if (kind == Combine::argmax || kind == Combine::argmin) {
    choosePlaces(*result);
    return result;
  }
  int64_t least = 0, most = 0;
  for (const auto &landed : cells)
    for (const Landed &each : landed) {
      known &= each.value.isKnown;
      least = std::min(least, each.value.integer), most = std::max(most, each.value.integer);
    }
  if (known && kind == Combine::map && enumerates && least == 0) {
    result->kind = Kind::Indices;
    result->bound = most + 1;
    result->numbers.assign(cells.size() * result->bound, Number());
    for (auto [cell, landed] : llvm::enumerate(cells))
      for (const Landed &each : landed) {
        Number &own = result->numbers[cell * result->bound + each.value.integer];
        own = field.add(own, each.weight);
      }
  } else if (known && !enumerates) {
    result->kind = Kind::Integers;
    for (const auto &landed : cells)
      result->integers.push_back(combineIntegers(landed));
  } else {
    for (const auto &landed : cells)
      result->numbers.push_back(combine(landed));
  }
  return result;
}

TensorRef evaluate(EquationOp op, ArrayRef<TensorRef> operands, Field &field, std::string &why) {
  return Equation(op, operands, field, why).run();
}

} // namespace nn::replay
