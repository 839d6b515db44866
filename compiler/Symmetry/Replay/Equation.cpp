// Equations on tensors of formulas, point by point. An index that is not known stands for all its values, each with the
// formula that is 1 where it has it.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Replay/Evaluate.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::replay {

using interpreter::Unary;

Scalar scalarOf(TypedAttr attr, Field &field) {
  if (auto number = dyn_cast<FloatAttr>(attr))
    return {field.ofDouble(number.getValueAsDouble())};
  auto integer = cast<IntegerAttr>(attr);
  bool isTruth = integer.getType().isInteger(1);
  return Scalar::known(isTruth ? int64_t(integer.getValue().getZExtValue()) : integer.getInt());
}

namespace {

/// A value that lands on a cell: what unknown indices weigh it with, and its place among what is reduced.
struct Landed {
  Scalar value;
  Number weight;
  int64_t position;
};

class Equation {
public:
  Equation(EquationOp op, ArrayRef<TensorRef> operands, Field &field, std::string &why)
      : op(op), operands(operands), field(field), why(why), body(bodyOf(op, field, why)), kind(op.getCombine()),
        element(op.getResultType().getElementType()), reduced(reducedDims(op)), numDims(op.getNumDims()),
        numTables(op.getNumSymbols()), place(numDims + numTables), inputs(op.getInputs().size()),
        one(field.ofInteger(1)), weight(one), cells(op.getResultType().getNumElements()) {
    enumerates = llvm::any_of(operands, [](const TensorRef &operand) { return operand->bound != 0; });
  }

  TensorRef run() {
    auto result = std::make_shared<Tensor>();
    SmallVector<int64_t> strides = computeStrides(op.getExtents());
    for (int64_t point = ShapedType::getNumElements(op.getExtents()); point-- > 0 && why.empty();) {
      llvm::copy(delinearize(point, strides), place.begin());
      read(0);
    }
    bool choosesPlaces = kind == Combine::argmax || kind == Combine::argmin;
    bool areIndices = enumerates && kind == Combine::map && !isa<FloatType>(element);
    int64_t most = 0;
    for (const auto &landed : cells)
      for (const Landed &each : landed) {
        areIndices &= each.value.isKnown && each.value.integer >= 0;
        most = std::max(most, each.value.integer);
      }
    if (choosesPlaces || areIndices)
      writeIndices(*result, most + 1, choosesPlaces);
    else
      llvm::transform(cells, std::back_inserter(result->entries), [&](const auto &cell) { return combine(cell); });
    return result;
  }

private:
  /// The row-major number of the cell, or -1 outside.
  int64_t cellOf(AffineMap map, ShapedType type) const {
    int64_t cell = 0;
    for (auto [expr, extent] : llvm::zip(map.getResults(), type.getShape())) {
      int64_t index = valueAt(expr, coordinates(), symbols());
      if (index < 0 || index >= extent)
        return -1;
      cell = cell * extent + index;
    }
    return cell;
  }
  ArrayRef<int64_t> coordinates() const { return ArrayRef(place).take_front(numDims); }
  ArrayRef<int64_t> symbols() const { return ArrayRef(place).drop_front(numDims); }
  void refuse(const char *reason) { why = why.empty() ? reason : why; }

  /// Reads tables, then inputs, from number `k` on; where an entry is not known, all that it may be.
  void read(unsigned k) {
    if (k == numTables && !containsPoint(op.getDomain().value_or(IntegerSet()), coordinates(), symbols()))
      return;
    if (k == numTables + inputs.size())
      return land();
    bool isTable = k < numTables;
    unsigned operand = isTable ? inputs.size() + k : k - numTables;
    const Tensor &tensor = *operands[operand];
    int64_t cell =
        cellOf(isTable ? op.getTableMap(k) : op.getRead(operand), cast<ShapedType>(op->getOperand(operand).getType()));
    if (TypedAttr fill = isTable || cell >= 0 ? TypedAttr() : op.getFillValue(operand))
      return take(k, scalarOf(fill, field));
    if (cell < 0)
      return refuse("a read leaves its tensor");
    if (tensor.bound == 0)
      return take(k, tensor.entries[cell]);
    Number outer = weight;
    for (int64_t value = 0; value < tensor.bound; ++value) {
      weight = field.multiply(outer, tensor.entries[cell * tensor.bound + value].number);
      take(k, Scalar::known(value));
    }
    weight = outer;
  }

  void take(unsigned k, const Scalar &value) {
    if (k < numTables && !value.isKnown)
      return refuse("a place is computed from numbers");
    if (k < numTables)
      place[numDims + k] = value.integer;
    else
      inputs[k - numTables] = value;
    read(k + 1);
  }

  void land() {
    int64_t cell = cellOf(op.getWrite(), op.getResultType()), position = 0;
    if (cell < 0)
      return op.getDrop() ? void() : refuse("a write leaves the result");
    for (unsigned d : reduced)
      position = position * op.getExtents()[d] + place[d];
    cells[cell].push_back({body(inputs, place), weight, position});
  }

  /// The greatest, or the least with the opposite sign: a function of all that may take part, and of whether they do.
  Number extreme(ArrayRef<Landed> landed) {
    std::vector<std::pair<Number, Number>> pairs;
    SmallVector<Number> values;
    for (const Landed &each : landed)
      pairs.emplace_back(each.weight, signedValue(each));
    llvm::sort(pairs);
    pairs.erase(llvm::unique(pairs), pairs.end());
    for (const auto &[own, value] : pairs)
      values.append({own, value});
    if (pairs.size() == 1 && !enumerates)
      return pairs[0].second;
    return pairs.empty() && !enumerates ? field.ofDouble(-INFINITY) : field.apply(Function::Greatest, values);
  }
  Number signedValue(const Landed &each) const {
    Number value = each.value.in(field);
    return kind == Combine::min || kind == Combine::argmin ? field.negate(value) : value;
  }

  /// What lands on one cell, as one value.
  Scalar combine(ArrayRef<Landed> landed) {
    bool isTruth = element.isInteger(1), isLog = kind == Combine::logsumexp;
    bool multiplies = kind == Combine::prod || (isTruth && kind != Combine::map);
    bool known = !enumerates && !isa<FloatType>(element);
    if (!isTruth && (kind == Combine::max || kind == Combine::min))
      return {kind == Combine::max ? extreme(landed) : field.negate(extreme(landed))};
    bool some = isTruth && kind != Combine::prod && kind != Combine::min; // is 1 unless all are 0
    int64_t integer = 0;
    Number total, product = one;
    for (const Landed &each : landed) {
      Number value = each.value.in(field), other = some ? value : field.subtract(one, value);
      if (multiplies)
        product = field.multiply(product, field.subtract(one, field.multiply(each.weight, other)));
      else
        total = field.add(total, field.multiply(each.weight, isLog ? unary(Unary::exp, value, field) : value));
      known &= each.value.isKnown;
      integer += each.value.integer;
    }
    if (multiplies)
      return {some ? field.subtract(one, product) : product};
    if (isLog)
      return {landed.empty() ? field.ofDouble(-INFINITY) : unary(Unary::log, total, field)};
    return known ? Scalar::known(integer) : Scalar{total};
  }

  /// For each cell and value, that the cell has it; of places, that what is greatest or least is there: of several that
  /// are, nothing is said.
  void writeIndices(Tensor &result, int64_t bound, bool arePlaces) {
    for (unsigned d : reduced)
      bound *= op.getExtents()[d];
    result.bound = bound;
    result.entries.resize(cells.size() * bound);
    for (auto [cell, landed] : llvm::enumerate(cells)) {
      Scalar *own = &result.entries[cell * bound];
      Number extremum = arePlaces ? extreme(landed) : Number();
      for (const Landed &each : landed) {
        Number &entry = own[arePlaces ? each.position : each.value.integer].number;
        Number isThere =
            arePlaces ? field.apply(Function::Greatest, field.subtract(extremum, signedValue(each)), 1) : one;
        entry = field.add(entry, field.multiply(each.weight, isThere));
      }
      if (arePlaces && enumerates) // perhaps nothing takes part
        own[0] = field.add(own[0].number, field.apply(Function::Greatest, extremum, 2));
      else if (landed.empty())
        own[0] = one;
    }
  }

  EquationOp op;
  ArrayRef<TensorRef> operands;
  Field &field;
  std::string &why;
  Body body;
  Combine kind;
  Type element;
  SmallVector<unsigned> reduced;
  unsigned numDims, numTables;
  SmallVector<int64_t> place; ///< coordinates, then the values of symbols
  SmallVector<Scalar> inputs;
  Number one, weight; ///< of the values of indices that stand in `place` and `inputs`
  bool enumerates;    ///< some operand holds indices that are not known
  std::vector<SmallVector<Landed, 1>> cells;
};

} // namespace

TensorRef evaluate(EquationOp op, ArrayRef<TensorRef> operands, Field &field, std::string &why) {
  return Equation(op, operands, field, why).run();
}

} // namespace nn::replay
