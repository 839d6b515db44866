// One equation: the written bijection of its box is put into every read, the conditions and the write, point by point.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Replay/Replay.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::replay {

using Kind = AxisMove::Kind;

class EquationReplay {
public:
  EquationReplay(Replay &replay, EquationOp op, const Record &record)
      : replay(replay), op(op), record(record), box(record.box), parts(EquationParts::of(op)),
        bound(op.getNumDims(), false) {}
  /// How the result moves, given how the operands do and where the points of the box go.
  std::optional<Action> run() {
    unsigned numOperands = parts.inputs.size() + parts.tables.size();
    size_t taken = 0;
    for (unsigned k = 0; k < numOperands; ++k)
      if (taken += record.as.count(std::to_string(k)) + record.through.count(std::to_string(k)); !takeOperand(k))
        return std::nullopt;
    if (taken != record.as.size() + record.through.size())
      return refuse("there is no such operand"), std::nullopt;
    if (!replay.checkAction(box, parts.extents) || box.values || box.odd || box.weight != 0 || !readSymbols() ||
        !checkPoints())
      return refuse("the box does not move so"), std::nullopt;
    for (auto own : op.getBodyBlock().getOps<IndexOp>())
      bound[own.getDim()] = true;
    for (unsigned d = 0; d < bound.size(); ++d)
      bound[d] |= inDomain([d](AffineExpr expr) { return expr.isFunctionOfDim(d); });
    // What is the same along an axis is said to move along it only if nothing else says how that index moves.
    for (bool second : {false, true})
      for (unsigned k = 0; k < numOperands; ++k) {
        auto before = llvm::count(bound, true);
        for (unsigned axis = 0; axis < actions[k].axes.size(); ++axis)
          if (second == implied[k] && !bindAxis(k, axis))
            return std::nullopt;
        if (second && implied[k] && before == llvm::count(bound, true))
          return refuse("an operand need not move so, too"), std::nullopt;
      }
    SmallVector<Scalar> inputs, indices(box.axes.size()), symbols;
    for (unsigned k = 0; k < parts.inputs.size(); ++k)
      inputs.push_back(scalarOf(k));
    for (unsigned s = 0; s < parts.tables.size(); ++s)
      symbols.emplace_back().label = labelOf(s);
    for (auto [d, index] : llvm::enumerate(box.axes)) {
      bool isCondition = inDomain([d = d](AffineExpr expr) { return expr.isFunctionOfDim(d); });
      indices[d].wrong = replay.isMatrix(index) || index.kind == Kind::Grid;
      if (index.kind == Kind::Moves)
        indices[d].label = index.mover;
      // An index is free if nothing depends on it, and only then.
      if ((index.kind == Kind::Same) == bound[d] || index.dual || (isCondition && replay.isMatrix(index)))
        return refuse("index " + Twine(d) + " is free, or is not"), std::nullopt;
    }
    Scalar value = evaluateBody(op, inputs, indices, symbols);
    Action result;
    return combine(value) && write(value, result) ? std::optional(result) : std::nullopt;
  }

private:
  bool refuse(const Twine &why) { return replay.refuse("in `" + record.value + "`, " + why); }
  const std::optional<int64_t> &labelOf(unsigned symbol) const { return actions[parts.inputs.size() + symbol].values; }
  bool inDomain(llvm::function_ref<bool(AffineExpr)> is) {
    return parts.domain && llvm::any_of(parts.domain.getConstraints(), is);
  }
  Replay &replay;
  EquationOp op;
  const Record &record;
  const Action &box;
  EquationParts parts;
  SmallVector<bool> bound; ///< indices that something depends on
  SmallVector<Value> values;
  SmallVector<AffineMap> maps; ///< of reads through copies, as one
  SmallVector<SmallVector<EquationOp, 1>> copies;
  SmallVector<Attribute> fills; ///< null: the read stays inside
  SmallVector<Action> actions;
  SmallVector<bool> implied; ///< whether an operand is the same along an axis that it is said to move along
  SmallVector<bool> leaves;  ///< whether an operand's read does leave it
  Place symbolExtents;       ///< of those whose values matter

  // ---- operands

  /// Reads operand `k` through `count` copies: equations that write each cell once, from one read.
  bool compose(unsigned k, int64_t count) {
    for (; count > 0; --count) {
      auto copy = values[k].getDefiningOp<EquationOp>();
      if (!copy || copy.getCombine() != Combine::map || copy.getInputs().size() != 1 || !copy.getTables().empty() ||
          copy.getDomain() || !copy.getWrite().isIdentity() || !isCopyBody(copy) ||
          (fills[k] && copy.getFillValue(0) && copy.getFillValue(0) != fills[k]))
        return refuse("an operand is no copy");
      replay.bypassed.push_back(values[k]);
      copies[k].push_back(copy);
      maps[k] = copy.getRead(0).compose(maps[k]);
      fills[k] = copy.getFillValue(0) ? Attribute(copy.getFillValue(0)) : fills[k];
      values[k] = copy.getInputs()[0];
    }
    return true;
  }

  /// Where operand `k` is read; nothing where the read, or one of a copy, leaves its axes.
  std::optional<Place> source(unsigned k, ArrayRef<int64_t> point, ArrayRef<int64_t> symbols) {
    bool isInput = k < parts.inputs.size();
    Place place = valueAt(isInput ? op.getRead(k) : op.getTableMap(k - parts.inputs.size()), point, symbols);
    for (EquationOp copy : copies[k]) {
      if (!isInside(place, copy.getExtents()))
        return std::nullopt;
      place = valueAt(copy.getRead(0), place, {});
    }
    return isInside(place, shapeOf(values[k])) ? std::optional(place) : std::nullopt;
  }

  /// Operand `k` with the move that is written of it, or that the equation says it has, too.
  bool takeOperand(unsigned k) {
    bool isInput = k < parts.inputs.size();
    copies.emplace_back();
    values.push_back(isInput ? parts.inputs[k] : parts.tables[k - parts.inputs.size()]);
    maps.push_back(isInput ? parts.reads[k] : parts.tableMaps[k - parts.inputs.size()]);
    fills.push_back(isInput ? op.getFillValue(k) : TypedAttr());
    if (auto through = record.through.find(std::to_string(k)); through != record.through.end())
      if (!isInput || through->second < 1 || !compose(k, through->second))
        return refuse("an operand is not read through copies");
    const Action *own = replay.at(values[k]);
    if (!own)
      return false;
    actions.push_back(*own);
    implied.push_back(false);
    if (auto as = record.as.find(std::to_string(k)); as != record.as.end()) {
      actions[k] = as->second;
      Action still;
      still.axes.resize(own->axes.size());
      if (as->second == *own || !replay.checkAction(as->second, shapeOf(values[k])))
        return refuse("an operand does not move so, too");
      for (auto [axis, move] : llvm::enumerate(own->axes))
        implied[k] |= move.kind == Kind::Same && actions[k].axes[axis].kind >= Kind::Moves;
      bool rests = as->second == still && !replay.isStill(*own) && replay.rests(values[k]);
      if (!(implied[k] ? replay.implies(*own, as->second) : rests || replay.keeps(values[k], as->second)))
        return refuse("an operand does not move so, too");
      replay.twice.push_back(values[k]);
    }
    bool components = llvm::any_of(actions[k].axes, [&](const AxisMove &axis) { return replay.isMatrix(axis); });
    return isInput || !(components || actions[k].odd || actions[k].weight != 0) ||
           refuse("a table moves as numbers do");
  }

  // ---- points

  /// Values of symbols are whatever a table may hold. Of one that stays, and is only a place by itself, any will do.
  bool readSymbols() {
    for (unsigned s = 0; s < parts.tables.size(); ++s) {
      bool alone = !inDomain([s](AffineExpr expr) { return expr.isFunctionOfSymbol(s); });
      for (AffineMap map : llvm::concat<AffineMap>(maps, MutableArrayRef(parts.write)))
        for (AffineExpr expr : map.getResults())
          alone &= isa<AffineSymbolExpr>(expr) || !expr.isFunctionOfSymbol(s);
      int64_t bound = s < parts.tableBounds.size() ? parts.tableBounds[s] : 0;
      symbolExtents.push_back(labelOf(s) ? replay.movers[*labelOf(s)].extent : alone ? 1 : bound);
      if (symbolExtents.back() == 0)
        return refuse("a place is computed from what has no bound");
    }
    return true;
  }

  /// What is read and written at the point that p goes to is what is read and written at p, moved.
  bool checkPoint(ArrayRef<int64_t> point, ArrayRef<int64_t> symbols) {
    Place to = replay.movePlace(box, parts.extents, point), after(symbols);
    for (unsigned s = 0; s < symbols.size(); ++s)
      after[s] = labelOf(s) ? replay.moveIndex(*labelOf(s), symbols[s]) : symbols[s];
    bool inside = containsPoint(parts.domain, point, symbols);
    if (inside != containsPoint(parts.domain, to, after))
      return refuse("a condition is not kept");
    for (unsigned k = 0; inside && k < values.size(); ++k) {
      auto from = source(k, point, symbols), moved = source(k, to, after);
      leaves[k] |= !from;
      if (from.has_value() != moved.has_value() || (!from && !fills[k]) ||
          (from && !replay.goesTo(actions[k], shapeOf(values[k]), *from, *moved)))
        return refuse("operand " + Twine(k) + " is read at places that do not move along");
    }
    Place from = valueAt(parts.write, point, symbols), moved = valueAt(parts.write, to, after);
    ArrayRef<int64_t> shape = op.getResultType().getShape();
    bool held = isInside(from, shape);
    return !inside || (held == isInside(moved, shape) && (!held || replay.goesTo(record.action, shape, from, moved))) ||
           refuse("the result is written at places that do not move along");
  }

  bool checkPoints() {
    Place extents(parts.extents);
    llvm::append_range(extents, symbolExtents);
    leaves.assign(values.size(), false);
    for (int64_t cell = 0, count = cellsOf(extents); cell < count; ++cell)
      if (Place place = placeOf(cell, extents); !checkPoint(ArrayRef(place).take_front(parts.extents.size()),
                                                            ArrayRef(place).drop_front(parts.extents.size())))
        return false;
    return true;
  }

  /// The indices that the place along an axis depends on; components are read one by one.
  bool bindAxis(unsigned k, unsigned axis) {
    AffineExpr expr = maps[k].getResult(axis);
    const AxisMove &move = actions[k].axes[axis];
    if (move.kind == Kind::Same && !leaves[k])
      return true;
    auto dim = dyn_cast<AffineDimExpr>(expr);
    for (unsigned d = 0; d < box.axes.size(); ++d) {
      bound[d] |= expr.isFunctionOfDim(d);
      if (expr.isFunctionOfDim(d) && replay.isMatrix(box.axes[d]) &&
          !(dim && replay.isMatrix(move) && box.axes[d].mover == move.mover))
        return refuse("a place is computed from the number of a component");
    }
    return !replay.isMatrix(move) || (dim && replay.isMatrix(box.axes[dim.getPosition()])) ||
           refuse("single components are read");
  }

  // ---- values

  Scalar scalarOf(unsigned k) {
    const Action &action = actions[k];
    Scalar scalar;
    scalar.odd = action.odd;
    scalar.weight = action.weight;
    scalar.label = action.values;
    auto indexOf = [&](unsigned axis) { return cast<AffineDimExpr>(maps[k].getResult(axis)).getPosition(); };
    for (auto [axis, move] : llvm::enumerate(action.axes))
      if (replay.isMatrix(move))
        scalar.carriers.emplace_back(indexOf(axis), move.dual);
    llvm::sort(scalar.carriers);
    if (scalar.weight != 0)
      scalar.point = indexOf(action.point);
    // What is filled in moves like the rest only if it is 0, or if nothing moves.
    auto number = dyn_cast_or_null<FloatAttr>(fills[k]);
    bool zero = number && number.getValue().isZero();
    scalar.wrong = leaves[k] && !scalar.stays() && (!zero || scalar.weight != 0 || scalar.label);
    return scalar;
  }

  /// Each cell of the result is written, from all of the box behind it.
  bool covers() {
    llvm::SmallDenseSet<unsigned> seen;
    for (auto [expr, extent] : llvm::zip(parts.write.getResults(), op.getResultType().getShape())) {
      auto dim = dyn_cast<AffineDimExpr>(expr);
      bool whole = dim && parts.extents[dim.getPosition()] == extent && seen.insert(dim.getPosition()).second;
      if (!whole && !(extent == 1 && isa<AffineConstantExpr>(expr)))
        return false;
    }
    return !parts.domain;
  }

  /// Components are summed in pairs or written; all else that is combined stays.
  bool combine(Scalar &value) {
    Combine kind = parts.combine;
    bool isPlace = kind == Combine::argmax || kind == Combine::argmin;
    std::vector<std::pair<unsigned, bool>> left;
    std::optional<int64_t> place;
    if (value.wrong)
      return refuse("the body does not commute");
    for (auto [d, index] : llvm::enumerate(box.axes)) {
      bool reduced = op.isReduced(d);
      decltype(left) own;
      llvm::copy_if(value.carriers, std::back_inserter(own), [d = d](const auto &each) { return each.first == d; });
      if (reduced && isPlace && index.kind == Kind::Moves)
        place = index.mover;
      if (reduced && isPlace && (index.kind == Kind::Grid || replay.isMatrix(index)))
        return refuse("a place is a number that moves");
      value.weight *= reduced && kind == Combine::sum ? double(parts.extents[d]) : 1;
      if (!reduced && own.size() == 1)
        left.push_back(own[0]);
      bool pair = own.size() == 2 && kind == Combine::sum && !(value.weight != 0 && value.point == d) &&
                  (own[0].second != own[1].second || replay.movers[index.mover].orthogonal);
      if (reduced ? !own.empty() && !pair : own.size() > 1)
        return refuse("components are combined in another way than as a dot product");
    }
    value.carriers = left;
    if (isPlace ? !value.stays() || (place && reducedDims(op).size() != 1)
                : kind != Combine::map && (value.label || (kind != Combine::sum && !value.stays())))
      return refuse("what moves is combined");
    if (isPlace) {
      value = Scalar();
      value.label = place;
    }
    return !(value.label || value.weight != 0) || covers() ||
           refuse("cells that nothing is written to do not move along");
  }

  /// What the result moves like. Permutations of its axes have been held against each point.
  bool write(const Scalar &value, Action &result) {
    result = record.action;
    result.odd = value.odd;
    result.weight = value.weight;
    result.values = value.label;
    result.point = 0;
    for (auto [axis, expr] : llvm::enumerate(parts.write.getResults())) {
      AxisMove &move = result.axes[axis];
      auto dim = dyn_cast<AffineDimExpr>(expr);
      unsigned d = dim ? dim.getPosition() : 0;
      for (unsigned other = 0; other < box.axes.size() && !dim; ++other)
        if (expr.isFunctionOfDim(other) && replay.isMatrix(box.axes[other]))
          return refuse("a place is computed from the number of a component");
      const auto *carrier = std::find_if(value.carriers.data(), value.carriers.data() + value.carriers.size(),
                                         [&](const auto &each) { return dim && each.first == d; });
      bool carries = carrier != value.carriers.data() + value.carriers.size();
      bool same = dim && (box.axes[d].kind == Kind::Same || (replay.isMatrix(box.axes[d]) && !carries));
      if (same)
        move = {Kind::Same, 0, false};
      else if (carries)
        move = {Kind::Moves, box.axes[d].mover, carrier->second};
      else if (move.kind == Kind::Same || replay.isMatrix(move))
        return refuse("the result is not the same along an axis");
      auto writes = [&](AffineExpr each) { return each.isFunctionOfDim(d); };
      if ((same || carries) && (llvm::count_if(parts.write.getResults(), writes) != 1 ||
                                parts.extents[d] != op.getResultType().getShape()[axis]))
        return refuse("a part of an axis is written");
      if (value.weight != 0 && dim && d == value.point)
        result.point = axis;
    }
    return true;
  }
};

std::optional<Action> Replay::replayEquation(EquationOp op, const Record &record) {
  return EquationReplay(*this, op, record).run();
}

} // namespace nn::replay
