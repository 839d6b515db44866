// Checks that an equation means something: counts and types, that every access stays inside its axis, and that a map
// writes no cell twice. Accesses are settled by interval arithmetic where that is enough, by Presburger sets otherwise.
#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Analysis/FlatLinearValueConstraints.h"

using namespace mlir;
using namespace nn;

namespace {
/// The points of an equation's box and domain, with what is known of its symbols.
class PointSet {
public:
  explicit PointSet(EquationOp op)
      : extents(op.getExtents()), tableBounds(op.getTableBounds().value_or(ArrayRef<int64_t>())),
        numSymbols(op.getNumSymbols()), context(op.getContext()) {
    if (op.getDomain())
      domain = *op.getDomain();
  }

  /// The point, smallest first in row-major order, followed by the symbols' values, at which all of `conditions` hold
  /// (each is `expr >= 0`); nothing if there is none. `copies` points are looked for at once: the expressions of copy c
  /// use dimensions c n .. c n + n - 1, and likewise for symbols.
  std::optional<SmallVector<int64_t>> find(ArrayRef<AffineExpr> conditions, unsigned copies = 1) const;

  bool isEmpty() const { return llvm::is_contained(extents, 0); }

  ArrayRef<int64_t> extents, tableBounds;
  unsigned numSymbols;
  IntegerSet domain;
  MLIRContext *context;
};
} // namespace

std::optional<SmallVector<int64_t>> PointSet::find(ArrayRef<AffineExpr> conditions, unsigned copies) const {
  unsigned n = extents.size(), numDims = n * copies, numVars = numDims + numSymbols * copies;
  // Symbols are searched for like dimensions, behind them, so that the smallest point is found first.
  auto toVariables = [&](AffineExpr expr, unsigned copy, bool shiftDims) {
    SmallVector<AffineExpr> dims, symbols;
    for (unsigned d = 0; d < numDims; ++d)
      dims.push_back(getAffineDimExpr(shiftDims ? copy * n + d : d, context));
    for (unsigned j = 0; j < numSymbols * copies; ++j)
      symbols.push_back(getAffineDimExpr(numDims + (shiftDims ? copy * numSymbols : 0) + j, context));
    return expr.replaceDimsAndSymbols(dims, symbols);
  };
  SmallVector<AffineExpr> all;
  SmallVector<bool> equalities(conditions.size(), false);
  for (AffineExpr condition : conditions)
    all.push_back(toVariables(condition, 0, /*shiftDims=*/false));
  for (unsigned copy = 0; IntegerSet(domain) && copy < copies; ++copy) {
    for (AffineExpr constraint : domain.getConstraints())
      all.push_back(toVariables(constraint, copy, /*shiftDims=*/true));
    llvm::append_range(equalities, domain.getEqFlags());
  }
  FlatLinearValueConstraints set(IntegerSet::get(numVars, 0, all, equalities));
  auto bound = [&](unsigned var, int64_t size) {
    set.addBound(presburger::BoundType::LB, var, 0);
    set.addBound(presburger::BoundType::UB, var, size - 1);
  };
  for (unsigned d = 0; d < numDims; ++d)
    bound(d, extents[d % n]);
  for (unsigned j = 0; j < numSymbols * copies; ++j)
    if (j % numSymbols < tableBounds.size() && tableBounds[j % numSymbols])
      bound(numDims + j, tableBounds[j % numSymbols]);
  if (set.isIntegerEmpty())
    return std::nullopt;
  SmallVector<int64_t> point(numVars, 0);
  auto smallest = set.findIntegerLexMin();
  if (smallest.isBounded())
    for (unsigned v = 0; v < numVars; ++v)
      point[v] = int64_t((*smallest)[v]);
  else if (auto sample = set.findIntegerSample())
    for (unsigned v = 0; v < numVars; ++v)
      point[v] = int64_t((*sample)[v]);
  return point;
}

namespace {
/// Runs the checks of one equation in the order of its constraints; each reports and fails at the first breach.
class EquationVerifier {
public:
  explicit EquationVerifier(EquationOp op) : op(op), points(op) {}

  LogicalResult run() {
    if (failed(checkCounts()) || failed(checkDestination()) || failed(checkShapes()) || failed(checkFill()) ||
        failed(checkBody()))
      return failure();
    if (points.isEmpty())
      return success();
    return failed(checkBounds()) ? failure() : checkWrittenOnce();
  }

private:
  LogicalResult checkCounts();
  LogicalResult checkDestination();
  LogicalResult checkShapes();
  LogicalResult checkFill();
  LogicalResult checkBody();
  LogicalResult checkBounds();
  LogicalResult checkWrittenOnce();
  LogicalResult checkMap(AffineMap map, ShapedType type, unsigned numDefined, const Twine &what);
  LogicalResult checkAccess(AffineMap map, ShapedType type, const Twine &what);
  LogicalResult checkElement(Type yielded);
  bool coversCellsOnce();

  EquationOp op;
  PointSet points;
};
} // namespace

LogicalResult EquationVerifier::checkCounts() {
  if (op.getReads().size() != op.getInputs().size())
    return op.emitOpError("equation_c1: ")
           << op.getReads().size() << " read maps for " << op.getInputs().size() << " inputs";
  size_t tableMaps = op.getTableMaps() ? op.getTableMaps()->size() : 0;
  if (tableMaps != op.getTables().size())
    return op.emitOpError("equation_c1: ") << tableMaps << " table maps for " << op.getTables().size() << " tables";
  if (op.getTableBounds() && op.getTableBounds()->size() != op.getTables().size())
    return op.emitOpError("equation_c1: ")
           << op.getTableBounds()->size() << " table bounds for " << op.getTables().size() << " tables";
  for (int64_t extent : op.getExtents())
    if (extent < 0)
      return op.emitOpError("equation_c1: extent ") << extent << " is negative";
  return success();
}

LogicalResult EquationVerifier::checkDestination() {
  if (bool(op.getDest()) == bool(op.getResult()))
    return op.emitOpError("equation_c2: either a result (tensors) or a destination (buffers)");
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()) != bool(op.getDest()))
      return op.emitOpError("equation_c2: tensors and buffers do not mix");
  if (op.getAccumulate() && !op.getDest())
    return op.emitOpError("equation_c2: `accumulate` needs a destination");
  return success();
}

/// `numDefined` symbols may be used: all of them, except by the maps of tables.
LogicalResult EquationVerifier::checkMap(AffineMap map, ShapedType type, unsigned numDefined, const Twine &what) {
  if (map.getNumDims() != op.getNumDims() || map.getNumSymbols() > op.getNumSymbols())
    return op.emitOpError("equation_c3: ")
           << what << " map takes " << map.getNumDims() << " indices and " << map.getNumSymbols()
           << " symbols, the box has " << op.getNumDims() << " and " << op.getNumSymbols();
  for (unsigned j = numDefined; j < map.getNumSymbols(); ++j)
    if (map.isFunctionOfSymbol(j))
      return op.emitOpError("equation_c3: ") << what << " map uses symbol " << j << " before it is defined";
  if (map.getNumResults() != static_cast<unsigned>(type.getRank()))
    return op.emitOpError("equation_c3: ")
           << what << " map has " << map.getNumResults() << " results for rank " << type.getRank();
  if (!llvm::all_of(map.getResults(), [](AffineExpr expr) { return expr.isPureAffine(); }))
    return op.emitOpError("equation_c3: ") << what << " map is not affine";
  return success();
}

LogicalResult EquationVerifier::checkShapes() {
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    if (failed(checkMap(op.getRead(k), cast<ShapedType>(input.getType()), op.getNumSymbols(), "read " + Twine(k))))
      return failure();
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    if (failed(checkMap(op.getTableMap(j), cast<ShapedType>(table.getType()), j, "table " + Twine(j))))
      return failure();
  if (IntegerSet domain = points.domain) {
    if (domain.getNumDims() != op.getNumDims() || domain.getNumSymbols() > op.getNumSymbols())
      return op.emitOpError("equation_c3: the domain takes ")
             << domain.getNumDims() << " indices and " << domain.getNumSymbols() << " symbols, the box has "
             << op.getNumDims() << " and " << op.getNumSymbols();
    if (!llvm::all_of(domain.getConstraints(), [](AffineExpr expr) { return expr.isPureAffine(); }))
      return op.emitOpError("equation_c3: the domain is not affine");
  }
  return checkMap(op.getWrite(), op.getResultType(), op.getNumSymbols(), "write");
}

LogicalResult EquationVerifier::checkFill() {
  if (!op.getFill())
    return success();
  if (op.getFill()->size() != op.getInputs().size())
    return op.emitOpError("equation_c4: ")
           << op.getFill()->size() << " fill values for " << op.getInputs().size() << " inputs";
  for (auto [k, attr] : llvm::enumerate(*op.getFill())) {
    auto typed = dyn_cast<TypedAttr>(attr);
    Type element = cast<ShapedType>(op.getInputs()[k].getType()).getElementType();
    if (!isa<UnitAttr>(attr) && (!typed || typed.getType() != element))
      return op.emitOpError("equation_c4: the fill value of input ")
             << k << " is " << attr << ", neither `unit` nor of type " << element;
  }
  return success();
}

LogicalResult EquationVerifier::checkElement(Type yielded) {
  Type element = op.getResultType().getElementType();
  Combine combine = op.getCombine();
  if (combine == Combine::argmax || combine == Combine::argmin) {
    if (!element.isInteger(32))
      return op.emitOpError("equation_c6: ") << stringifyCombine(combine) << " gives i32, not " << element;
    return success();
  }
  if (yielded != element)
    return op.emitOpError("equation_c6: the body yields ") << yielded << ", the result holds " << element;
  if (combine == Combine::logsumexp && !isa<FloatType>(element))
    return op.emitOpError("equation_c6: logsumexp of ") << element;
  if ((combine == Combine::sum || combine == Combine::prod) && element.isInteger(1))
    return op.emitOpError("equation_c6: ") << stringifyCombine(combine) << " of i1; max is `any`, min is `all`";
  return success();
}

LogicalResult EquationVerifier::checkBody() {
  Block &block = op.getBodyBlock();
  if (block.getNumArguments() != op.getInputs().size())
    return op.emitOpError("equation_c5: the body takes ")
           << block.getNumArguments() << " scalars for " << op.getInputs().size() << " inputs";
  for (auto [k, argument] : llvm::enumerate(block.getArguments())) {
    Type element = cast<ShapedType>(op.getInputs()[k].getType()).getElementType();
    if (argument.getType() != element)
      return op.emitOpError("equation_c5: the body takes ")
             << argument.getType() << " for input " << k << " of " << element;
  }
  for (Operation &inner : block.without_terminator()) {
    bool known = isa<arith::ArithDialect, math::MathDialect>(inner.getDialect()) ||
                 isa<IndexOp, SymbolOp, RandomOp, RoundOp, PairOp, DotPairsOp, WithSlopesOp>(inner);
    bool scalar = llvm::all_of(inner.getResultTypes(), llvm::IsaPred<FloatType, IntegerType>);
    if (!known || !scalar)
      return op.emitOpError("equation_c5: `") << inner.getName() << "` in a body is not a scalar operation";
    auto index = dyn_cast<IndexOp>(inner);
    auto symbol = dyn_cast<SymbolOp>(inner);
    if ((index && index.getDim() >= op.getNumDims()) || (symbol && symbol.getIndex() >= op.getNumSymbols()))
      return op.emitOpError("equation_c5: `") << inner.getName() << "` asks for an index that the box does not have";
  }
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield.getValues().size() != 1)
    return op.emitOpError("equation_c5: the body ends by yielding one scalar");
  return checkElement(yield.getValues().front().getType());
}

/// Proves that every result of `map` lies inside its axis for all points, or names the smallest point that leaves it.
/// A bare symbol without a known bound is run-time data and not checked.
LogicalResult EquationVerifier::checkAccess(AffineMap map, ShapedType type, const Twine &what) {
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    int64_t size = type.getDimSize(axis);
    auto range = rangeOf(expr, points.extents, points.tableBounds);
    if ((range && range->first >= 0 && range->second < size) || (!range && isa<AffineSymbolExpr>(expr)))
      continue;
    std::optional<SmallVector<int64_t>> below, above;
    if (!range || range->first < 0)
      below = points.find({-expr - 1});
    if (!range || range->second >= size)
      above = points.find({expr - size});
    if (!below && !above)
      continue;
    ArrayRef<int64_t> found = below && (!above || *below <= *above) ? *below : *above;
    auto coordinates = found.take_front(op.getNumDims());
    InFlightDiagnostic diagnostic = op.emitOpError("equation_c7: ") << what << " leaves axis " << axis << " of size "
                                                                    << size << " at (" << coordinates << ")";
    SmallVector<AffineExpr> dims, symbols;
    for (int64_t value : coordinates)
      dims.push_back(getAffineConstantExpr(value, points.context));
    for (int64_t value : found.drop_front(op.getNumDims()))
      symbols.push_back(getAffineConstantExpr(value, points.context));
    if (auto value = dyn_cast<AffineConstantExpr>(expr.replaceDimsAndSymbols(dims, symbols)))
      diagnostic << ", where it is " << value.getValue();
    return diagnostic;
  }
  return success();
}

LogicalResult EquationVerifier::checkBounds() {
  for (auto [j, table] : llvm::enumerate(op.getTables()))
    if (failed(checkAccess(op.getTableMap(j), cast<ShapedType>(table.getType()), "table " + Twine(j))))
      return failure();
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    if (!op.getFillValue(k) &&
        failed(checkAccess(op.getRead(k), cast<ShapedType>(input.getType()), "read " + Twine(k))))
      return failure();
  return op.getDrop() ? success() : checkAccess(op.getWrite(), op.getResultType(), "the write");
}

/// True if every index that takes more than one value is a result of the write by itself.
bool EquationVerifier::coversCellsOnce() {
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    if (op.getExtents()[d] > 1 && !llvm::is_contained(op.getWrite().getResults(), getAffineDimExpr(d, points.context)))
      return false;
  return true;
}

/// A map writes each cell at most once. Where a symbol takes part in the write or the domain, that is a property of the
/// data.
LogicalResult EquationVerifier::checkWrittenOnce() {
  constexpr unsigned maxDims = 6;
  unsigned n = op.getNumDims();
  if (op.getCombine() != Combine::map || coversCellsOnce() || n > maxDims)
    return success();
  if (usesSymbols(op.getWrite().getResults()) || (points.domain && usesSymbols(points.domain.getConstraints())))
    return success();
  SmallVector<AffineExpr> same;
  for (AffineExpr expr : op.getWrite().getResults()) {
    AffineExpr difference = expr - expr.shiftDims(n, n);
    same.append({difference, -difference});
  }
  // The two points differ first at index k; the first one is the smaller.
  for (unsigned k = 0; k < n; ++k) {
    SmallVector<AffineExpr> conditions(same);
    auto first = [&](unsigned d) { return getAffineDimExpr(d, points.context); };
    auto second = [&](unsigned d) { return getAffineDimExpr(n + d, points.context); };
    for (unsigned d = 0; d < k; ++d)
      conditions.append({first(d) - second(d), second(d) - first(d)});
    conditions.push_back(second(k) - first(k) - 1);
    if (auto found = points.find(conditions, /*copies=*/2)) {
      auto coordinates = ArrayRef<int64_t>(*found).take_front(2 * n);
      return op.emitOpError("equation_c8: a map writes each cell once, but (")
             << coordinates.take_front(n) << ") and (" << coordinates.drop_front(n) << ") write the same";
    }
  }
  return success();
}

LogicalResult EquationOp::verify() { return EquationVerifier(*this).run(); }
