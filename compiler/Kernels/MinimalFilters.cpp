// minimal-filters: sums over windows of three places by Winograd's minimal filtering F(2, 3), which takes four products
// for two results instead of six.
//
// Note [Filtering by tiles]
// A contraction that has an input x read at p + q, q of extent 3, and another one read at q and written at p, or the
// other way round, is the form sum over t, e, q of y[2 t + e] w[q] x[2 t + e + q], derived by y, or by w. Of a tile t,
//
//   sum[e, q] y[e] w[q] x[e + q] = sum[s < 4] (A y)[s] (G w)[s] (B x)[s]        with
//
//   B x = x0 - x2, x1 + x2, x1 - x2, x1 - x3
//   G w = w0, (w0 + w1 + w2) / 2, (w0 - w1 + w2) / 2, w2
//   A y = y0, y0 + y1, y1 - y0, -y1
//
// so what is summed over channels, or over examples and tiles, are products over s and t. The transposes of A and G
// turn the sums into results. A window of two axes is two such steps, one inside the other: 16 products instead of 36.
// No transform reads what has the coefficient 0, so a NaN reaches what it reaches in the sum itself. Errors grow by a
// small factor: B and A add, and only halves are multiplied.
//
// Sources: S. Winograd, Arithmetic Complexity of Computations, 1980; A. Lavin and S. Gray, Fast Algorithms for
// Convolutional Neural Networks, 2016, section 4. The third row of B is negated here, so that one formula reads all.
#include "Kernels/Equations.h"
#include "Kernels/Passes.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace nn;

/// Places of a window, results of a tile, products of a tile.
static constexpr int64_t taps = 3, tile = 2, products = 4;
/// Products in the time that one element of a transform takes, its way through a cache included (measured).
static constexpr int64_t transformCost = 24;
/// Products in the time that the transforms take beside that, as kernels of their own that wait for each other.
static constexpr int64_t fixedCost = 6'000'000;

namespace {
/// A window in a contraction: `signal` is read at place + tap + offset, or place - tap + offset, along `axis`.
struct Window {
  unsigned signal, other;
  unsigned axis;
  unsigned place, tap;
  int64_t offset;
  bool reversed;
  /// The result moves with the place, and the other input with the tap; otherwise it is the other way round.
  bool filters;
  /// Reads may leave the axis, and give 0 there.
  bool padded = false;
};
} // namespace

/// Whether the equation adds up products of its two inputs, as they are.
static bool addsProducts(EquationOp op) {
  if (op.getCombine() != Combine::sum || op.getInputs().size() != 2 || op.getDrop() || op.getFill() ||
      !isa<FloatType>(op.getResultType().getElementType()))
    return false;
  auto product = op.getBodyBlock().getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  auto first = product ? dyn_cast<BlockArgument>(product.getLhs()) : BlockArgument();
  auto second = product ? dyn_cast<BlockArgument>(product.getRhs()) : BlockArgument();
  return first && second && first != second;
}

/// Whether each condition that moves with the place or the tap says that the signal's axis is not left.
static bool guardsOnlyAxis(EquationOp op, Window &window) {
  EquationParts parts = partsOf(op);
  if (!parts.domain)
    return true;
  unsigned dims = parts.extents.size(), symbols = parts.tables.size();
  AffineExpr subscript = parts.reads[window.signal].getResult(window.axis);
  auto last = cast<ShapedType>(parts.inputs[window.signal].getType()).getDimSize(window.axis) - 1;
  for (auto [order, condition] : llvm::enumerate(parts.domain.getConstraints())) {
    if (!condition.isFunctionOfDim(window.place) && !condition.isFunctionOfDim(window.tap))
      continue;
    auto given = linearCoefficients(condition, dims, symbols);
    if (parts.domain.isEq(order) || !given ||
        (given != linearCoefficients(subscript, dims, symbols) &&
         given != linearCoefficients(last - subscript, dims, symbols)))
      return false;
    window.padded = true;
  }
  return true;
}

/// The axis of a map on which index `dim` stands alone and goes from 0 to the end; -1: there is none.
static int wholeAxis(AffineMap map, ShapedType type, unsigned dim, int64_t extent) {
  int axis = bareAxis(map, dim);
  return axis >= 0 && type.getDimSize(axis) == extent ? axis : -1;
}

static std::optional<Window> windowAt(EquationOp op, unsigned signal, unsigned axis) {
  AffineMap read = op.getRead(signal), otherRead = op.getRead(1 - signal);
  ArrayRef<int64_t> extents = op.getExtents();
  auto flat = linearCoefficients(read.getResult(axis), read.getNumDims(), read.getNumSymbols());
  if (!flat || llvm::any_of(ArrayRef(*flat).drop_back().drop_front(read.getNumDims()), [](int64_t c) { return c; }))
    return std::nullopt;
  SmallVector<unsigned> moving;
  for (unsigned dim = 0; dim < read.getNumDims(); ++dim)
    if ((*flat)[dim])
      moving.push_back(dim);
  if (moving.size() != 2)
    return std::nullopt;
  auto otherType = cast<ShapedType>(op.getInputs()[1 - signal].getType());
  for (auto [place, tap] : {std::pair(moving[0], moving[1]), std::pair(moving[1], moving[0])}) {
    if ((*flat)[place] != 1 || std::abs((*flat)[tap]) != 1 || extents[tap] != taps || extents[place] % tile)
      continue;
    auto alone = [&](unsigned dim, bool written) {
      for (auto [order, expr] : llvm::enumerate(read.getResults()))
        if (order != axis && expr.isFunctionOfDim(dim))
          return false;
      return written ? wholeAxis(op.getWrite(), op.getResultType(), dim, extents[dim]) >= 0 &&
                           !otherRead.isFunctionOfDim(dim)
                     : wholeAxis(otherRead, otherType, dim, extents[dim]) >= 0 && !op.getWrite().isFunctionOfDim(dim);
    };
    for (bool filters : {true, false})
      if (alone(place, filters) && alone(tap, !filters)) {
        Window window{signal, 1 - signal, axis, place, tap, flat->back(), (*flat)[tap] < 0, filters};
        if (guardsOnlyAxis(op, window))
          return window;
      }
  }
  return std::nullopt;
}

static std::optional<Window> findWindow(EquationOp op) {
  if (!addsProducts(op))
    return std::nullopt;
  for (unsigned signal : {0, 1})
    for (unsigned axis = 0; axis < op.getRead(signal).getNumResults(); ++axis)
      if (std::optional<Window> window = windowAt(op, signal, axis))
        return window;
  return std::nullopt;
}

namespace {
/// A tensor of a window, cut in tiles or to be: the axis of its places or taps, and where the transformed one has the
/// products of a tile. With places that is behind the first axis, along which stripes run; with taps it is in front,
/// instead of their axis, so that each product reads a matrix that lies in one piece.
struct Operand {
  Value value;
  SmallVector<int64_t> shape;
  unsigned axis;
  bool hasTaps;

  unsigned position() const { return hasTaps || axis == 0 ? 0 : 1; }

  SmallVector<int64_t> transformedShape() const {
    SmallVector<int64_t> result(shape);
    if (hasTaps)
      result.erase(result.begin() + axis);
    else
      result[axis] = result[axis] / tile;
    result.insert(result.begin() + position(), products);
    return result;
  }

  /// Subscripts of the transformed tensor: `product` and `place` of a tile, `others` for all axes of this one.
  SmallVector<AffineExpr> transformedAt(ArrayRef<AffineExpr> others, AffineExpr product, AffineExpr place) const {
    SmallVector<AffineExpr> result(others);
    if (hasTaps)
      result.erase(result.begin() + axis);
    else
      result[axis] = place;
    result.insert(result.begin() + position(), product);
    return result;
  }
};

/// Builds the transforms of one window and their contraction.
class Filtering {
public:
  Filtering(EquationOp op, const Window &window);
  /// Whether the products that are saved take longer than the transforms.
  bool pays() const;
  /// Puts them in the place of the equation, which ends; returns the contraction.
  EquationOp apply();

private:
  /// A map over all axes of a transformed tensor, or over those of the result.
  struct Map {
    EquationParts parts;
    SmallVector<AffineExpr> axes; ///< its indices, by axis of the operand
    AffineExpr product, place;
  };
  Map transformOf(const Operand &operand);
  /// Adds a read of the operand at `subscript` of its axis.
  void read(Map &map, const Operand &operand, AffineExpr subscript, Attribute fill = {});
  Value finish(Map &map, ArrayRef<int64_t> shape, BodyBuilder body);

  Value signalOf(const Operand &operand);
  Value tapsOf(const Operand &operand);
  Value placesOf(const Operand &operand);
  /// The results of the tiles, from their sums.
  Value placesFrom(Value sums);
  Value tapsFrom(Value sums);

  EquationOp op;
  Window window;
  EquationParts parts;
  OpBuilder builder;
  Operand signal, other, result;
};
} // namespace

Filtering::Filtering(EquationOp op, const Window &window) : op(op), window(window), parts(partsOf(op)), builder(op) {
  auto operandOf = [](Value value, unsigned axis, bool hasTaps) {
    return Operand{value, llvm::to_vector(cast<ShapedType>(value.getType()).getShape()), axis, hasTaps};
  };
  unsigned otherIndex = window.filters ? window.tap : window.place;
  unsigned written = window.filters ? window.place : window.tap;
  signal = operandOf(parts.inputs[window.signal], window.axis, false);
  other = operandOf(parts.inputs[window.other], bareAxis(parts.reads[window.other], otherIndex), window.filters);
  result = operandOf(op.getResult(), bareAxis(parts.write, written), !window.filters);
  // The signal's tiles overlap: as many as there are places, not as its axis is long.
  signal.shape[signal.axis] = parts.extents[window.place];
}

bool Filtering::pays() const {
  int64_t points = countPoints(parts.extents), elements = 0;
  for (const Operand &operand : {signal, other, result})
    elements += countPoints(operand.transformedShape());
  return points - points / (tile * taps) * products > transformCost * elements + fixedCost;
}

Filtering::Map Filtering::transformOf(const Operand &operand) {
  Map map;
  map.parts.extents = operand.transformedShape();
  map.parts.write = builder.getMultiDimIdentityMap(map.parts.extents.size());
  unsigned next = 0, position = operand.position();
  map.product = builder.getAffineDimExpr(position);
  for (unsigned axis = 0; axis < operand.shape.size(); ++axis) {
    if (operand.hasTaps && axis == operand.axis) {
      map.axes.push_back({});
      continue;
    }
    next += next == position;
    map.axes.push_back(builder.getAffineDimExpr(next++));
  }
  map.place = map.axes[operand.axis];
  return map;
}

void Filtering::read(Map &map, const Operand &operand, AffineExpr subscript, Attribute fill) {
  SmallVector<AffineExpr> subscripts(map.axes);
  subscripts[operand.axis] = subscript;
  map.parts.addInput(operand.value, AffineMap::get(map.parts.extents.size(), 0, subscripts, builder.getContext()),
                     fill);
}

Value Filtering::finish(Map &map, ArrayRef<int64_t> shape, BodyBuilder body) {
  return EquationOp::create(builder, op.getLoc(), map.parts, op.getResultType().clone(shape), body).getResult();
}

/// Whether an index of the map has a value, in its body.
static Value isAt(OpBuilder &builder, Location loc, AffineExpr index, int32_t value) {
  Value given = buildIndexExpr(builder, loc, index);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, given,
                               constantOf(builder, loc, given.getType(), value));
}

static Value halved(OpBuilder &builder, Location loc, Value value) {
  return arith::MulFOp::create(builder, loc, value, constantOf(builder, loc, value.getType(), 0.5));
}

Value Filtering::signalOf(const Operand &operand) {
  Map map = transformOf(operand);
  Attribute fill = window.padded ? builder.getFloatAttr(op.getResultType().getElementType(), 0) : Attribute();
  AffineExpr first = tile * map.place + (window.offset - (window.reversed ? taps - 1 : 0)), product = map.product;
  read(map, operand, first + (product + 2).floorDiv(3), fill); // 0 1 1 1
  read(map, operand, first + product.floorDiv(3) + 2, fill);   // 2 2 2 3
  return finish(map, operand.transformedShape(), [product](OpBuilder &inner, Location loc, ValueRange x) -> Value {
    return arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 1),
                                   arith::AddFOp::create(inner, loc, x[0], x[1]),
                                   arith::SubFOp::create(inner, loc, x[0], x[1]));
  });
}

/// It is made before the signal, so that the kernel of the contraction need not begin with it.
Value Filtering::tapsOf(const Operand &operand) {
  OpBuilder::InsertionGuard guard(builder);
  if (Operation *before = parts.inputs[window.signal].getDefiningOp()) {
    Operation *made = operand.value.getDefiningOp();
    builder.setInsertionPoint(made && !made->isBeforeInBlock(before) ? op.getOperation() : before);
  }
  Map map = transformOf(operand);
  for (int64_t tap = 0; tap < taps; ++tap)
    read(map, operand, builder.getAffineConstantExpr(window.reversed ? taps - 1 - tap : tap));
  AffineExpr product = map.product;
  return finish(map, operand.transformedShape(), [product](OpBuilder &inner, Location loc, ValueRange w) -> Value {
    Value ends = arith::AddFOp::create(inner, loc, w[0], w[2]);
    Value sum =
        arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 1), arith::AddFOp::create(inner, loc, ends, w[1]),
                                arith::SubFOp::create(inner, loc, ends, w[1]));
    Value last = arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 3), w[2], halved(inner, loc, sum));
    return arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 0), w[0], last);
  });
}

Value Filtering::placesOf(const Operand &operand) {
  Map map = transformOf(operand);
  for (int64_t place = 0; place < tile; ++place)
    read(map, operand, tile * map.place + place);
  AffineExpr product = map.product;
  return finish(map, operand.transformedShape(), [product](OpBuilder &inner, Location loc, ValueRange y) -> Value {
    Value sum =
        arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 1), arith::AddFOp::create(inner, loc, y[1], y[0]),
                                arith::SubFOp::create(inner, loc, y[1], y[0]));
    Value last =
        arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 3), arith::NegFOp::create(inner, loc, y[1]), sum);
    return arith::SelectOp::create(inner, loc, isAt(inner, loc, product, 0), y[0], last);
  });
}

/// y[2 t + e] = sums[1] + (sums[0] - sums[2]), or sums[1] - (sums[3] - sums[2]).
Value Filtering::placesFrom(Value sums) {
  Map map;
  map.parts.extents = result.shape;
  map.parts.extents[result.axis] /= tile;
  for (unsigned axis = 0; axis < result.shape.size(); ++axis)
    map.axes.push_back(builder.getAffineDimExpr(axis));
  map.place = map.axes[result.axis];
  AffineExpr inTile = builder.getAffineDimExpr(map.parts.extents.size());
  map.parts.extents.push_back(tile);
  SmallVector<AffineExpr> cell(map.axes);
  cell[result.axis] = tile * map.place + inTile;
  map.parts.write = AffineMap::get(map.parts.extents.size(), 0, cell, builder.getContext());
  for (AffineExpr product : {builder.getAffineConstantExpr(1), builder.getAffineConstantExpr(2), inTile * 3})
    map.parts.addInput(sums, AffineMap::get(map.parts.extents.size(), 0,
                                            result.transformedAt(map.axes, product, map.place), builder.getContext()));
  return finish(map, result.shape, [inTile](OpBuilder &inner, Location loc, ValueRange m) -> Value {
    Value outer = arith::SubFOp::create(inner, loc, m[2], m[1]);
    return arith::SelectOp::create(inner, loc, isAt(inner, loc, inTile, 0),
                                   arith::AddFOp::create(inner, loc, m[0], outer),
                                   arith::SubFOp::create(inner, loc, m[0], outer));
  });
}

/// w[q] = sums[0], nothing or sums[3], and half of sums[1] + sums[2], or of their difference.
Value Filtering::tapsFrom(Value sums) {
  Map map;
  map.parts.extents = result.shape;
  map.parts.write = builder.getMultiDimIdentityMap(result.shape.size());
  for (unsigned axis = 0; axis < result.shape.size(); ++axis)
    map.axes.push_back(builder.getAffineDimExpr(axis));
  AffineExpr tap = map.axes[result.axis], place = window.reversed ? taps - 1 - tap : tap;
  for (AffineExpr product :
       {builder.getAffineConstantExpr(1), builder.getAffineConstantExpr(2), (place * 3).floorDiv(2)})
    map.parts.addInput(sums, AffineMap::get(map.parts.extents.size(), 0, result.transformedAt(map.axes, product, {}),
                                            builder.getContext()));
  return finish(map, result.shape, [tap](OpBuilder &inner, Location loc, ValueRange m) -> Value {
    Value middle = halved(inner, loc, arith::SubFOp::create(inner, loc, m[0], m[1]));
    Value end =
        arith::AddFOp::create(inner, loc, m[2], halved(inner, loc, arith::AddFOp::create(inner, loc, m[0], m[1])));
    return arith::SelectOp::create(inner, loc, isAt(inner, loc, tap, 1), middle, end);
  });
}

EquationOp Filtering::apply() {
  AffineExpr place = builder.getAffineDimExpr(window.place), product = builder.getAffineDimExpr(window.tap);
  EquationParts sums = parts;
  sums.extents[window.place] /= tile;
  sums.extents[window.tap] = products;
  sums.inputs[window.signal] = signalOf(signal);
  sums.inputs[window.other] = other.hasTaps ? tapsOf(other) : placesOf(other);
  for (auto [input, operand] : {std::pair(window.signal, &signal), std::pair(window.other, &other)})
    sums.reads[input] = mapOver(sums, operand->transformedAt(parts.reads[input].getResults(), product, place));
  sums.write = mapOver(sums, result.transformedAt(parts.write.getResults(), product, place));
  if (parts.domain) {
    sums.domain = {};
    for (auto [order, condition] : llvm::enumerate(parts.domain.getConstraints()))
      if (!condition.isFunctionOfDim(window.place) && !condition.isFunctionOfDim(window.tap))
        addConstraint(sums, condition, parts.domain.isEq(order));
  }
  auto contraction =
      EquationOp::create(builder, op.getLoc(), sums, op.getResultType().clone(result.transformedShape()),
                         [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, op, scalars); });
  contraction->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op.getResult().replaceAllUsesWith(window.filters ? placesFrom(contraction.getResult())
                                                   : tapsFrom(contraction.getResult()));
  op.erase();
  return contraction;
}

namespace {
struct MinimalFilters : PassWrapper<MinimalFilters, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(MinimalFilters)
  StringRef getArgument() const final { return "nn-minimal-filters"; }
  StringRef getDescription() const final { return "sum over windows of three with four products for two results"; }

  explicit MinimalFilters(bool always) : always(always) {}

  void runOnOperation() final {
    SmallVector<EquationOp> equations;
    getOperation().walk([&](EquationOp equation) { equations.push_back(equation); });
    for (EquationOp equation : equations)
      while (std::optional<Window> window = findWindow(equation)) {
        Filtering filtering(equation, *window);
        if (!always && !filtering.pays())
          break;
        equation = filtering.apply();
      }
  }

  bool always; ///< also where it does not pay
};
} // namespace

std::unique_ptr<Pass> nn::createMinimalFiltersPass() { return std::make_unique<MinimalFilters>(false); }
std::unique_ptr<Pass> nn::createEagerMinimalFiltersPass() { return std::make_unique<MinimalFilters>(true); }
