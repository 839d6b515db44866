// Note [Segments]
// A write `y[b, t(b, k), o]` scatters: many k share a cell. The routine `group` sorts the places k of a table t stably
// by value, those of v at [first(v), first(v + 1)), and the box over (b, k, o) becomes one over (b, v, j, o) with k =
// places(b, j), t(b, k) = v, and the condition first(b, v) <= j < first(b, v + 1). Emission turns that into the bounds
// of the loop over j, so that a sparse matrix is run through row by row, and each cell sums in the order in which the
// scatter would. Several indices of the table (the tokens of a batch of texts) are one place in row-major order.
#include "Kernels/GroupWrites.h"
#include "Kernels/Equations.h"

using namespace mlir;
using namespace nn;

namespace {
/// A write that can be grouped.
struct GroupedWrite {
  unsigned axis;                   ///< of the result, where the table's value goes
  unsigned table;                  ///< whose value it is
  SmallVector<unsigned, 2> places; ///< the reduced indices that choose the table's entry, along its last axes
};
} // namespace

/// The only axis of a write that is a symbol, where the others are bare indices of their own; -1 otherwise.
static int scatteredAxis(const EquationParts &form) {
  int found = -1;
  for (auto [axis, expr] : llvm::enumerate(form.write.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim ? bareAxis(form.write, dim.getPosition()) == int(axis) : isa<AffineConstantExpr>(expr))
      continue;
    if (found >= 0 || !isa<AffineSymbolExpr>(expr))
      return -1;
    found = int(axis);
  }
  return found;
}

static std::optional<GroupedWrite> readGroupedWrite(const EquationParts &form) {
  int axis = scatteredAxis(form);
  if (axis < 0)
    return std::nullopt;
  GroupedWrite grouped{unsigned(axis), cast<AffineSymbolExpr>(form.write.getResult(axis)).getPosition(), {}};
  AffineMap map = form.tableMaps[grouped.table];
  ArrayRef<int64_t> shape = cast<ShapedType>(form.tables[grouped.table].getType()).getShape();
  unsigned leading = map.getNumResults();
  for (; leading > 0; --leading) {
    auto dim = dyn_cast<AffineDimExpr>(map.getResult(leading - 1));
    if (!dim || bareAxis(map, dim.getPosition()) < 0 || form.write.isFunctionOfDim(dim.getPosition()) ||
        form.extents[dim.getPosition()] != shape[leading - 1])
      break;
    grouped.places.insert(grouped.places.begin(), dim.getPosition());
  }
  for (AffineExpr expr : map.getResults().take_front(leading)) {
    for (unsigned symbol = 0; symbol < form.tables.size(); ++symbol)
      if (expr.isFunctionOfSymbol(symbol))
        return std::nullopt;
    for (unsigned dim = 0; dim < form.extents.size(); ++dim)
      if (expr.isFunctionOfDim(dim) && bareAxis(form.write, dim) < 0)
        return std::nullopt;
  }
  return grouped.places.empty() ? std::nullopt : std::optional(grouped);
}

/// Sorting touches each entry and each group, so there has to be a row of numbers for each. Measured on one and on two
/// threads against a vectorized scatter, sums of 500 to 100,000 entries into 50 to 20,000 cells take 1.05 to 3 times as
/// long with rows of 16 and 32 numbers; 0.65 to 1.05 times with 64, 1.1 times where there are more groups than entries;
/// 0.3 to 0.8 times with 128.
static bool pays(const EquationParts &form, const GroupedWrite &grouped, int64_t groups) {
  constexpr int64_t leastPoints = 1 << 15, leastRow = 48;
  int64_t points = countPoints(form.extents);
  int64_t entries = cast<ShapedType>(form.tables[grouped.table].getType()).getNumElements();
  return groups > 1 && points >= leastPoints && points >= leastRow * (entries + std::min(groups, entries));
}

/// The groups of a table whose last axes, as many as there are `places`, are one.
static RoutineOp groupTable(Location loc, Value table, unsigned places, int64_t groups) {
  OpBuilder builder(table.getContext());
  builder.setInsertionPointAfterValue(table);
  auto type = cast<RankedTensorType>(table.getType());
  SmallVector<int64_t> shape(type.getShape().drop_back(places));
  shape.push_back(countPoints(type.getShape().take_back(places)));
  if (places > 1)
    table = ReshapeOp::create(builder, loc, type.clone(shape), table);
  return RoutineOp::createGroup(builder, loc, table, groups);
}

namespace {
/// The new box, and what the old indices and symbols are in it. Symbols 0, 1, 2 are first(v), first(v + 1), places(j).
struct SegmentedBox {
  SmallVector<int64_t> extents;
  SmallVector<AffineExpr> dims, symbols;
  unsigned group = 0;

  SegmentedBox(const EquationParts &form, const GroupedWrite &grouped, int64_t groups) {
    MLIRContext *context = form.write.getContext();
    int64_t length = 1;
    for (unsigned dim : grouped.places)
      length *= form.extents[dim];
    unsigned where = *llvm::min_element(grouped.places);
    for (auto [dim, extent] : llvm::enumerate(form.extents)) {
      if (dim == where) {
        group = extents.size();
        extents.append({groups, length});
      }
      dims.push_back(getAffineDimExpr(extents.size(), context));
      if (!llvm::is_contained(grouped.places, dim))
        extents.push_back(extent);
    }
    AffineExpr rest = getAffineSymbolExpr(2, context);
    for (unsigned k = grouped.places.size(); k-- > 1; rest = rest.floorDiv(form.extents[grouped.places[k]]))
      dims[grouped.places[k]] = rest % form.extents[grouped.places[k]];
    dims[grouped.places[0]] = rest;
    for (unsigned j = 0, next = 3; j < form.tables.size(); ++j)
      symbols.push_back(j == grouped.table ? getAffineDimExpr(group, context) : getAffineSymbolExpr(next++, context));
  }
};
} // namespace

static void readSegments(EquationParts &form, const GroupedWrite &grouped, const SegmentedBox &box, RoutineOp routine) {
  MLIRContext *context = form.write.getContext();
  AffineExpr group = getAffineDimExpr(box.group, context), place = getAffineDimExpr(box.group + 1, context);
  SmallVector<AffineExpr> leading;
  for (AffineExpr expr : form.tableMaps[grouped.table].getResults().drop_back(grouped.places.size()))
    leading.push_back(expr.replaceDims(box.dims));
  Value first = routine.getOutputs()[0], places = routine.getOutputs()[1];
  int64_t length = box.extents[box.group + 1];
  form.tables.erase(form.tables.begin() + grouped.table);
  form.tableMaps.erase(form.tableMaps.begin() + grouped.table);
  form.tableBounds.erase(form.tableBounds.begin() + grouped.table);
  form.tables.insert(form.tables.begin(), {first, first, places});
  form.tableBounds.insert(form.tableBounds.begin(), {length + 1, length + 1, length});
  form.substitute(box.dims, box.symbols, box.extents);
  auto at = [&](AffineExpr last) {
    SmallVector<AffineExpr> results(leading);
    results.push_back(last);
    return mapOver(form, results);
  };
  form.tableMaps.insert(form.tableMaps.begin(), {at(group), at(group + 1), at(place)});
  addConstraint(form, place - getAffineSymbolExpr(0, context), false);
  addConstraint(form, getAffineSymbolExpr(1, context) - 1 - place, false);
}

EquationOp nn::readGroups(EquationOp equation, bool always) {
  EquationParts form = partsOf(equation);
  Combine combine = form.combine;
  if (combine != Combine::sum && combine != Combine::prod && combine != Combine::max && combine != Combine::min)
    return {};
  auto grouped = readGroupedWrite(form);
  if (!grouped)
    return {};
  int64_t groups = equation.getResultType().getDimSize(grouped->axis);
  if (!always && !pays(form, *grouped, groups))
    return {};
  RoutineOp routine = groupTable(equation.getLoc(), form.tables[grouped->table], grouped->places.size(), groups);
  SegmentedBox box(form, *grouped, groups);
  readSegments(form, *grouped, box, routine);
  EquationOp result = replaceEquation(equation, form, [&](OpBuilder &builder, Location, ValueRange scalars) {
    return copyBody(builder, equation, scalars, box.dims, box.symbols);
  });
  result->setAttr(segmentsAttrName, DenseI64ArrayAttr::get(result.getContext(), {box.group, box.group + 1}));
  return result;
}
