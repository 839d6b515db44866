// The move of an equation's result: indices of its box follow what they read, the body says what the values do.
#include "Symmetry/Prover/EquationRule.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Symmetry/Prover/BodyRule.h"
#include "Symmetry/Prover/BoxSolver.h"
#include "Symmetry/Prover/ConstantRule.h"
#include "Symmetry/Prover/Sentences.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::prover {

namespace {

class EquationRule {
public:
  EquationRule(EquationOp op, ArrayRef<Action> given, ArrayRef<Mover> movers, const OperandInfo &info)
      : op(op), operands(given), movers(movers), info(info), parts(EquationParts::of(op)), solver(op) {
    box.indices.resize(op.getNumDims());
    binder.resize(op.getNumDims());
    for (unsigned k = 0; k < parts.inputs.size(); ++k)
      if (op.getFillValue(k))
        boundFilled(k);
  }

  std::variant<Action, Broken> run();

private:
  using Index = BoxMove::Index;
  AffineMap mapOf(unsigned k) const {
    return k < parts.inputs.size() ? parts.reads[k] : parts.tableMaps[k - parts.inputs.size()];
  }
  Value valueOf(unsigned k) const {
    return k < parts.inputs.size() ? parts.inputs[k] : parts.tables[k - parts.inputs.size()];
  }
  unsigned numOperands() const { return parts.inputs.size() + parts.tables.size(); }
  const Action &tableAction(unsigned j) const { return operands[parts.inputs.size() + j]; }

  bool fail(const Twine &why, const Twine &help = "", Value culprit = {}, bool isLimit = false);
  void boundFilled(unsigned k);
  bool isMatrix(unsigned mover) const { return movers[mover].kind == Mover::Kind::Matrix; }
  /// Index `d` moves like this, because operand `k` is read by it.
  bool bind(unsigned d, Index wanted, unsigned k);
  bool clash(unsigned d, Index wanted, unsigned k);
  SmallVector<unsigned> axesReadBy(unsigned d, unsigned mover, unsigned k) const;
  bool readMoved(unsigned k);
  bool readFixed(unsigned k);
  bool readConstants();
  bool solveGrid();
  std::optional<unsigned> moverOf(AffineExpr atom) const;
  bool runsOverAll(AffineDimExpr dim, unsigned mover) const;
  bool followEqualities();
  bool checkDomain();
  bool checkConstraint(AffineExpr expr, bool isEquality);
  bool bindIndicesOfBody();
  /// The scalar that input `k` gives to the body.
  ScalarMove scalarOf(unsigned k);
  bool contract(ScalarMove &value);
  bool combine(ScalarMove &value, Action &result);
  bool writeAxis(unsigned axis, Action &result);

  EquationOp op;
  Actions operands;
  ArrayRef<Mover> movers;
  const OperandInfo &info;
  EquationParts parts;
  BoxMove box;
  BoxSolver solver;
  SmallVector<unsigned> binder; ///< the operand that each index follows
  bool hasGrid = false;
  std::optional<Broken> broken;
};

} // namespace

bool EquationRule::fail(const Twine &why, const Twine &help, Value culprit, bool isLimit) {
  if (!broken)
    broken = Broken{op, why.str(), help.str(), culprit, isLimit};
  return false;
}

/// The axes of operand `k` that are read by index `d`, by one that the mover moves, or by one of the same extent that
/// reads nothing else.
SmallVector<unsigned> EquationRule::axesReadBy(unsigned d, unsigned mover, unsigned k) const {
  SmallVector<unsigned> axes;
  for (auto [axis, expr] : llvm::enumerate(mapOf(k).getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      continue;
    unsigned own = dim.getPosition();
    const Index &index = box.indices[own];
    bool alone = parts.extents[own] == parts.extents[d];
    for (unsigned other = 0; other < numOperands(); ++other)
      alone &= other == k || !mapOf(other).isFunctionOfDim(own);
    if (own == d || alone || (index.kind == Index::Kind::Moved && index.mover == mover))
      axes.push_back(axis);
  }
  return axes;
}

/// What is the same all along an axis is something else where the read leaves it.
void EquationRule::boundFilled(unsigned k) {
  ArrayRef<int64_t> shape = cast<ShapedType>(valueOf(k).getType()).getShape();
  for (auto [axis, move] : llvm::enumerate(operands[k].axes)) {
    auto range = rangeOf(mapOf(k).getResult(axis), parts.extents, parts.tableBounds);
    bool inside = range && range->first >= 0 && range->second < shape[axis];
    if (move.kind == AxisMove::Kind::Uniform && !inside)
      move.kind = AxisMove::Kind::Fixed;
  }
}

bool EquationRule::clash(unsigned d, Index wanted, unsigned k) {
  const Index &own = box.indices[d];
  bool ownFixed = own.kind != Index::Kind::Moved, newFixed = wanted.kind != Index::Kind::Moved;
  if (ownFixed == newFixed)
    return fail("one index is moved in two ways, by " + movers[own.mover].name + " and by " + movers[wanted.mover].name,
                "", valueOf(k));
  unsigned fixed = ownFixed ? binder[d] : k, mover = ownFixed ? wanted.mover : own.mover;
  unsigned axis = 0;
  while (axis + 1 < mapOf(fixed).getNumResults() && !mapOf(fixed).getResult(axis).isFunctionOfDim(d))
    ++axis;
  StillAxis still{valueOf(fixed), axis, operands[fixed], movers[mover], axesReadBy(d, mover, fixed)};
  if (!broken)
    broken = describe(op, still, info, movers);
  return false;
}

bool EquationRule::bind(unsigned d, Index wanted, unsigned k) {
  Index &own = box.indices[d];
  if (own.kind == Index::Kind::Unbound) {
    own = wanted;
    binder[d] = k;
    return true;
  }
  bool same = own.kind == wanted.kind && (own.kind != Index::Kind::Moved || own.mover == wanted.mover);
  return same || clash(d, wanted, k);
}

/// The axes of an operand that move.
bool EquationRule::readMoved(unsigned k) {
  const Action &action = operands[k];
  AffineMap map = mapOf(k);
  for (auto [axis, move] : llvm::enumerate(action.axes)) {
    if (move.kind != AxisMove::Kind::Moved)
      continue;
    AffineExpr expr = map.getResult(axis);
    if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
      if (tableAction(symbol.getPosition()).values == move.mover && !isMatrix(move.mover))
        continue;
      return fail(info.nameOf(valueOf(k)) + " is read at places that do not move with " + movers[move.mover].name, "",
                  valueOf(k));
    }
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim)
      return fail(isMatrix(move.mover)
                      ? "single components of a vector are read, which depend on the axes"
                      : info.nameOf(valueOf(k)) + " is read at fixed or neighbouring places of an axis that " +
                            movers[move.mover].name + " moves",
                  isMatrix(move.mover) ? "use the norm, or products of vectors" : "", valueOf(k));
    if (op.getExtents()[dim.getPosition()] != cast<ShapedType>(valueOf(k).getType()).getDimSize(axis))
      return fail("only some places of an axis that " + movers[move.mover].name + " moves are read", "", valueOf(k));
    Index wanted{Index::Kind::Moved, move.mover, move.dual};
    if (!bind(dim.getPosition(), wanted, k))
      return false;
  }
  for (const GridMove &grid : action.grids) {
    hasGrid = true;
    if (!solver.addGrid(map, grid, cast<ShapedType>(valueOf(k).getType()).getShape(), k))
      return fail(info.nameOf(valueOf(k)) + " is read at places that are not linear in the indices", "", valueOf(k),
                  /*isLimit=*/true);
  }
  return true;
}

/// The axes of an operand that stay.
bool EquationRule::readFixed(unsigned k) {
  AffineMap map = mapOf(k);
  for (auto [axis, move] : llvm::enumerate(operands[k].axes)) {
    if (move.kind != AxisMove::Kind::Fixed)
      continue;
    AffineExpr expr = map.getResult(axis);
    bool fine = true;
    expr.walk([&](AffineExpr part) {
      if (auto symbol = dyn_cast<AffineSymbolExpr>(part); symbol && fine)
        if (auto mover = tableAction(symbol.getPosition()).values)
          fine = fail(info.nameOf(valueOf(k)) + " is read at places that " + movers[*mover].name + " moves", "",
                      valueOf(k));
    });
    if (!fine)
      return false;
    bool alone = isa<AffineDimExpr>(expr);
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (expr.isFunctionOfDim(d) && (!hasGrid || alone || box.indices[d].kind == Index::Kind::Moved))
        if (!bind(d, {Index::Kind::Fixed, 0, false}, k))
          return false;
    if (hasGrid && !solver.addFixed(expr, k))
      for (unsigned d = 0; d < op.getNumDims(); ++d)
        if (expr.isFunctionOfDim(d) && !bind(d, {Index::Kind::Fixed, 0, false}, k))
          return false;
  }
  return true;
}

/// Constants move as what they are read with, if that leaves them as they are. An index by which nothing else is read
/// may move with the others.
bool EquationRule::readConstants() {
  for (unsigned k = 0; k < numOperands(); ++k) {
    if (!operands[k].isTrivial() || !info.constantOf)
      continue;
    AffineMap map = mapOf(k);
    ArrayRef<int64_t> shape = cast<ShapedType>(valueOf(k).getType()).getShape();
    Action moved = operands[k], all = operands[k];
    std::optional<AxisMove> any;
    auto indexAt = [&](unsigned axis) {
      auto dim = dyn_cast<AffineDimExpr>(map.getResult(axis));
      return dim ? &box.indices[dim.getPosition()] : nullptr;
    };
    for (unsigned axis = 0; axis < shape.size(); ++axis)
      if (const Index *index = indexAt(axis); index && index->kind == Index::Kind::Moved) {
        moved.axes[axis] = all.axes[axis] = {AxisMove::Kind::Moved, index->mover, index->dual};
        any = moved.axes[axis];
      }
    if (!any)
      continue;
    for (unsigned axis = 0; axis < shape.size(); ++axis)
      if (const Index *index = indexAt(axis); index && index->kind == Index::Kind::Unbound)
        all.axes[axis] = *any;
    auto constant = info.constantOf(valueOf(k));
    for (const Action &tried : {moved, all})
      if (constant && leavesConstant(*constant, shape, tried, movers)) {
        info.usedConstant(valueOf(k));
        operands[k] = tried;
        break;
      }
  }
  return true;
}

bool EquationRule::solveGrid() {
  if (!hasGrid)
    return true;
  std::string why, help;
  int culprit = -1;
  if (solver.solve(box, why, help, culprit))
    return true;
  Value input = culprit < 0 ? Value() : valueOf(culprit);
  if (input && info.isParameter(input) && why.empty()) {
    fail(info.nameOf(input) + " has entries of its own along the grid that is moved",
         "declare it invariant under the same group along these axes", input);
    broken->isGrid = true;
    for (auto [axis, expr] : llvm::enumerate(mapOf(culprit).getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && solver.reads(dim.getPosition(), culprit))
        broken->free.push_back(axis);
    return false;
  }
  if (input && why.empty())
    return fail(info.nameOf(input) + " does not move along with the grid", help, input);
  return fail(why, help, input);
}

/// The two sides of `a - b == 0`, indices or symbols.
static std::optional<std::pair<AffineExpr, AffineExpr>> sidesOf(AffineExpr expr) {
  auto isAtom = [](AffineExpr each) { return isa<AffineDimExpr, AffineSymbolExpr>(each); };
  auto negated = [&](AffineExpr each) -> AffineExpr {
    auto product = dyn_cast<AffineBinaryOpExpr>(each);
    auto factor = product && product.getKind() == AffineExprKind::Mul ? dyn_cast<AffineConstantExpr>(product.getRHS())
                                                                      : AffineConstantExpr();
    return factor && factor.getValue() == -1 && isAtom(product.getLHS()) ? product.getLHS() : AffineExpr();
  };
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return std::nullopt;
  for (auto [one, other] : {std::pair(sum.getLHS(), sum.getRHS()), std::pair(sum.getRHS(), sum.getLHS())})
    if (AffineExpr second = negated(other); second && isAtom(one))
      return std::pair(one, second);
  return std::nullopt;
}

/// The mover of an index or of the values of a symbol.
std::optional<unsigned> EquationRule::moverOf(AffineExpr atom) const {
  if (auto symbol = dyn_cast<AffineSymbolExpr>(atom))
    return tableAction(symbol.getPosition()).values;
  const Index &index = box.indices[cast<AffineDimExpr>(atom).getPosition()];
  return index.kind == Index::Kind::Moved ? std::optional(index.mover) : std::nullopt;
}

/// Whether an index takes all places that a permutation moves, and no others.
bool EquationRule::runsOverAll(AffineDimExpr dim, unsigned mover) const {
  return isMatrix(mover) || parts.extents[dim.getPosition()] == movers[mover].points;
}

/// An index that nothing is read by moves as what it is compared with.
bool EquationRule::followEqualities() {
  if (!parts.domain)
    return true;
  for (unsigned i = 0; i < parts.domain.getNumConstraints(); ++i) {
    auto sides = parts.domain.isEq(i) ? sidesOf(parts.domain.getConstraint(i)) : std::nullopt;
    if (!sides)
      continue;
    for (auto [one, other] : {std::pair(sides->first, sides->second), std::pair(sides->second, sides->first)}) {
      auto dim = dyn_cast<AffineDimExpr>(one);
      auto mover = moverOf(other);
      if (dim && mover && box.indices[dim.getPosition()].kind == Index::Kind::Unbound && runsOverAll(dim, *mover))
        box.indices[dim.getPosition()] = {Index::Kind::Moved, *mover, false};
    }
  }
  return true;
}

/// A condition is kept if it compares two things for equality that one mover moves, or nothing in it moves.
bool EquationRule::checkConstraint(AffineExpr expr, bool isEquality) {
  SmallVector<unsigned> moved;
  expr.walk([&](AffineExpr part) {
    if (isa<AffineDimExpr, AffineSymbolExpr>(part))
      if (auto mover = moverOf(part))
        moved.push_back(*mover);
  });
  if (moved.empty())
    return true;
  if (llvm::any_of(moved, [&](unsigned mover) { return isMatrix(mover); }))
    return fail("a condition picks components of a vector, which depend on the axes");
  auto sides = isEquality ? sidesOf(expr) : std::nullopt;
  if (sides && moverOf(sides->first) == moverOf(sides->second))
    return true;
  fail("the condition compares positions, and " + movers[moved[0]].name + " keeps only whether two are the same");
  const Mover &mover = movers[moved[0]];
  auto moves = [&](unsigned d) {
    return box.indices[d].kind == Index::Kind::Moved && box.indices[d].mover == moved[0];
  };
  // An index that nothing is read by would have to move along.
  auto follows = [&](unsigned d) {
    return llvm::none_of(llvm::seq(numOperands()), [&](unsigned k) { return mapOf(k).isFunctionOfDim(d); }) &&
           llvm::any_of(llvm::seq(op.getNumDims()),
                        [&](unsigned other) { return moves(other) && parts.extents[other] == parts.extents[d]; });
  };
  SmallVector<unsigned> indices;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (moves(d) || follows(d))
      indices.push_back(d);
  if (mover.kind == Mover::Kind::Permutation && mover.image.empty() && !broken->keeps)
    broken->keeps = keepersOf(op, indices);
  return false;
}

bool EquationRule::checkDomain() {
  if (!parts.domain)
    return true;
  for (unsigned i = 0; i < parts.domain.getNumConstraints(); ++i)
    if (!checkConstraint(parts.domain.getConstraint(i), parts.domain.isEq(i)))
      return false;
  std::string why;
  if (hasGrid && !solver.keepsDomain(parts.domain, box, why))
    return fail(why);
  return true;
}

/// The values of indices are used in the body, so these do not move freely.
bool EquationRule::bindIndicesOfBody() {
  for (Operation &inner : op.getBodyBlock())
    if (auto index = dyn_cast<IndexOp>(&inner))
      if (Index &own = box.indices[index.getDim()]; own.kind == Index::Kind::Unbound)
        own.kind = Index::Kind::Fixed;
  if (parts.domain)
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (Index &own = box.indices[d]; own.kind == Index::Kind::Unbound)
        for (AffineExpr expr : parts.domain.getConstraints())
          if (expr.isFunctionOfDim(d))
            own.kind = Index::Kind::Fixed;
  return true;
}

ScalarMove EquationRule::scalarOf(unsigned k) {
  const Action &action = operands[k];
  AffineMap map = mapOf(k);
  ScalarMove move;
  move.odd = action.odd;
  move.weight = action.weight;
  move.label = action.values;
  auto indexAt = [&](unsigned axis) { return cast<AffineDimExpr>(map.getResult(axis)).getPosition(); };
  for (auto [axis, each] : llvm::enumerate(action.axes))
    if (each.kind == AxisMove::Kind::Moved && isMatrix(each.mover))
      move.carriers.push_back({indexAt(axis), each.dual && !movers[each.mover].preservesDot});
  if (move.weight != 0)
    move.pointIndex = indexAt(action.pointAxis);
  llvm::sort(move.carriers);
  return move;
}

/// Components are summed over in pairs, and written one by one.
bool EquationRule::contract(ScalarMove &value) {
  SmallVector<Carrier> left;
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    if (box.indices[d].kind != Index::Kind::Moved || !isMatrix(box.indices[d].mover))
      continue;
    const Mover &mover = movers[box.indices[d].mover];
    auto own = llvm::make_filter_range(value.carriers, [&](const Carrier &each) { return each.index == d; });
    size_t count = std::distance(own.begin(), own.end());
    if (count == 0)
      continue; // the vector is not part of the value
    if (!op.isReduced(d)) {
      if (count > 1)
        return fail("components of vectors are multiplied one by one, and " + mover.name + " mixes them",
                    "sum their products: that is a dot product");
      left.push_back(*own.begin());
      box.indices[d].dual = left.back().dual;
      continue;
    }
    if (op.getCombine() != Combine::sum)
      return fail("the components of a vector are reduced by `" + stringifyCombine(op.getCombine()) + "`, and " +
                      mover.name + " mixes them",
                  "use the norm");
    if (count == 1)
      return fail("the components of a vector are summed, and " + mover.name + " mixes them",
                  "did you mean the norm, or a dot product?");
    if (count != 2)
      return fail("products of " + Twine(count) + " components along one axis are summed, and " + mover.name +
                  " does not keep such sums");
    if (!mover.preservesDot && own.begin()->dual == std::next(own.begin())->dual)
      return fail("a dot product of two vectors is taken, and " + mover.name + " does not keep it",
                  "contract a vector with a form");
    if (value.weight != 0 && value.pointIndex == d)
      return fail("positions are multiplied, which depends on where the origin is",
                  "take differences of positions first");
  }
  value.carriers.assign(left.begin(), left.end());
  return true;
}

/// What combining does to the moves of values.
bool EquationRule::combine(ScalarMove &value, Action &result) {
  Combine kind = op.getCombine();
  SmallVector<unsigned> reduced = reducedDims(op);
  if (kind == Combine::argmax || kind == Combine::argmin) {
    if (!value.stays())
      return fail("the greatest or least of components or of values that change their sign is looked for");
    std::optional<unsigned> mover;
    for (unsigned d : reduced)
      if (box.indices[d].kind == Index::Kind::Moved)
        mover = box.indices[d].mover;
      else if (box.indices[d].kind == Index::Kind::Grid)
        return fail("the place of the greatest or least entry of a grid is a number that moves", "", {}, true);
    if (mover && reduced.size() != 1)
      return fail("a place within several axes is a number that moves", "", {}, /*isLimit=*/true);
    value.label = mover;
    return true;
  }
  if (kind == Combine::map)
    return true;
  if (value.label)
    return fail("positions that " + movers[*value.label].name + " moves are combined as numbers");
  if (kind != Combine::sum && (!value.carriers.empty() || value.odd || value.weight != 0))
    return fail("`" + stringifyCombine(kind).str() + "` of " +
                    (value.odd ? "values that change their sign" : "components of vectors, which depend on the axes"),
                value.odd ? "take `abs` first" : "use the norm");
  if (value.weight != 0) {
    if (parts.domain || !parts.tables.empty())
      return fail("positions are summed, and how many depends on the input", "take differences of positions first", {},
                  true);
    for (unsigned d : reduced)
      value.weight *= double(parts.extents[d]);
  }
  return true;
}

bool EquationRule::writeAxis(unsigned axis, Action &result) {
  AffineExpr expr = parts.write.getResult(axis);
  AxisMove &move = result.axes[axis];
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    auto mover = tableAction(symbol.getPosition()).values;
    if (mover && !isMatrix(*mover) && op.getResultType().getDimSize(axis) != movers[*mover].points)
      return fail("only some places of an axis that " + movers[*mover].name + " moves are written");
    if (mover)
      move = {AxisMove::Kind::Moved, *mover, false};
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    const Index &index = box.indices[dim.getPosition()];
    bool wholeAxis = op.getResultType().getDimSize(axis) == parts.extents[dim.getPosition()];
    bool alone = llvm::count(parts.write.getResults(), expr) == 1;
    switch (index.kind) {
    case Index::Kind::Unbound:
      move.kind = wholeAxis && alone ? AxisMove::Kind::Uniform : AxisMove::Kind::Fixed;
      return true;
    case Index::Kind::Moved:
      if (!wholeAxis)
        return fail("only some places of an axis that " + movers[index.mover].name + " moves are written");
      move = {AxisMove::Kind::Moved, index.mover, index.dual};
      return true;
    case Index::Kind::Fixed:
    case Index::Kind::Grid:
      return true; // grids are gathered afterwards
    }
  }
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (expr.isFunctionOfDim(d) &&
        (box.indices[d].kind == Index::Kind::Moved || box.indices[d].kind == Index::Kind::Grid))
      return fail("the result is written at places computed from an index that moves", "", {},
                  box.indices[d].kind == Index::Kind::Grid);
  return true;
}

std::variant<Action, Broken> EquationRule::run() {
  auto all = [&](bool (EquationRule::*step)(unsigned)) {
    for (unsigned k = 0; k < numOperands(); ++k)
      if (!(this->*step)(k))
        return false;
    return true;
  };
  bool fine = all(&EquationRule::readMoved) && readConstants() && all(&EquationRule::readMoved) &&
              all(&EquationRule::readFixed) && followEqualities() && bindIndicesOfBody() && solveGrid() &&
              checkDomain();
  if (!fine)
    return *broken;
  SmallVector<ScalarMove> scalars;
  for (unsigned k = 0; k < parts.inputs.size(); ++k)
    scalars.push_back(scalarOf(k));
  auto body = moveBody(op, scalars, ArrayRef(operands).drop_front(parts.inputs.size()), box, movers);
  if (auto *why = std::get_if<Broken>(&body))
    return *why;
  ScalarMove value = std::get<ScalarMove>(body);
  Action result = Action::fixed(op.getResultType().getRank());
  if (!contract(value) || !combine(value, result))
    return *broken;
  for (unsigned axis = 0; axis < result.axes.size(); ++axis)
    if (!writeAxis(axis, result))
      return *broken;
  // A vector's index that the value is no component by: the same along it.
  for (auto [axis, expr] : llvm::enumerate(parts.write.getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      if (const Index &index = box.indices[dim.getPosition()];
          index.kind == Index::Kind::Moved && isMatrix(index.mover) &&
          llvm::none_of(value.carriers, [&](const Carrier &each) { return each.index == dim.getPosition(); }))
        result.axes[axis] = {AxisMove::Kind::Uniform, 0, false};
  if (hasGrid && !solver.writeGrids(parts.write, box, result))
    return Broken{op, "the result is no grid that moves like the input", "", {}, true};
  result.odd = value.odd;
  result.weight = value.weight;
  result.values = value.label;
  for (auto [axis, expr] : llvm::enumerate(parts.write.getResults()))
    if (auto dim = dyn_cast<AffineDimExpr>(expr); dim && value.weight != 0 && dim.getPosition() == value.pointIndex)
      result.pointAxis = axis;
  return result;
}

std::variant<Action, Broken> moveEquation(EquationOp op, ArrayRef<Action> operands, ArrayRef<Mover> movers,
                                          const OperandInfo &info) {
  return EquationRule(op, operands, movers, info).run();
}

} // namespace nn::prover
