// The loops of one equation: parallel tiles, reductions with accumulators in registers, the places where conditions are
// tested.
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

EquationEmitter::EquationEmitter(OpBuilder &builder, const EquationInfo &info, const Schedule &schedule,
                                 FrameInfo frame, Stripe stripe, const DenseMap<Value, BufferRef> &buffers)
    : b(builder), loc(EquationOp(info.op).getLoc()), info(info), schedule(schedule), frame(frame), stripe(stripe),
      buffers(buffers), op(info.op) {
  auto form = op->getAttrOfType<StringAttr>("nn.form");
  accumulate = op.getAccumulate() || (form && form.getValue() == "scatter");
  base.resize(info.dims);
  count.assign(info.dims, 1);
  bounds.resize(info.dims);
  ranged.resize(info.dims);
  for (auto [d, place] : llvm::zip(frame.outer, stripe.outer))
    base[d] = place;
  for (unsigned d = 0; d < info.dims; ++d)
    along.push_back(d);
}

void EquationEmitter::placeInLoops(ArrayRef<unsigned> alongFirst, bool stores) {
  along.assign(alongFirst.begin(), alongFirst.end());
  this->stores = stores;
}

void EquationEmitter::emit(ArrayRef<EquationEmitter *> others) {
  this->others = others;
  bool blocked = schedule.blockedDim >= 0;
  if ((op->hasAttr("nn.init") || blocked) && !op.getAccumulate())
    initialize();
  accumulate |= blocked;
  placeConstraints();
  if (!blocked)
    return parallelLoop(0);
  forLoop(constantIndex(0), constantIndex(info.extents[schedule.blockedDim]), schedule.block, [&](Value first) {
    blockStart = first;
    parallelLoop(0);
  });
}

/// Sets the destination (of this stripe) to the identity.
void EquationEmitter::initialize() {
  Value dest = op.getDest(), memref = buffers.at(dest).memref;
  auto type = cast<MemRefType>(memref.getType());
  Value value = isArg() ? splatInteger(b.getI32Type(), 0) : identity();
  if (value.getType().isInteger(1))
    value = arith::ExtUIOp::create(b, loc, b.getI8Type(), value);
  Values at(type.getRank());
  std::function<void(int64_t)> fill = [&](int64_t axis) {
    if (axis == type.getRank()) {
      memref::StoreOp::create(b, loc, value, memref, at);
      return;
    }
    auto bare = dyn_cast<AffineDimExpr>(op.getWrite().getResult(axis));
    bool framed = frame.dim >= 0 && bare && int(bare.getPosition()) == frame.dim;
    Value low = constantIndex(0), high = constantIndex(type.getDimSize(axis));
    if (bare && llvm::is_contained(frame.outer, bare.getPosition()) &&
        !llvm::is_contained(buffers.at(dest).outerAxes, axis)) {
      low = base[bare.getPosition()];
      high = arith::AddIOp::create(b, loc, low, constantIndex(1));
    }
    if (framed) {
      high = stripe.count ? stripe.count : constantIndex(frame.stripe);
      if (axis != buffers.at(dest).scratchAxis) {
        low = stripe.start;
        high = arith::AddIOp::create(b, loc, low, high);
      }
    }
    if (axis + 1 == type.getRank())
      return fillRow(value, at, low, high);
    forLoop(low, high, 1, [&](Value iv) {
      at[axis] = iv;
      fill(axis + 1);
    });
  };
  fill(0);
}

/// Sets the places [low, high) of the last axis of the destination, a line of the cache at a time.
void EquationEmitter::fillRow(Value value, Values at, Value low, Value high) {
  Value memref = buffers.at(op.getDest()).memref;
  int64_t lanes = 512 / value.getType().getIntOrFloatBitWidth();
  Value vector = vector::BroadcastOp::create(b, loc, VectorType::get(lanes, value.getType()), value);
  Value count = b.createOrFold<arith::SubIOp>(loc, high, low);
  Value rest = b.createOrFold<arith::RemUIOp>(loc, count, constantIndex(lanes));
  Value whole = b.createOrFold<arith::SubIOp>(loc, high, rest);
  forLoop(low, whole, lanes, [&](Value iv) {
    at.back() = iv;
    vector::StoreOp::create(b, loc, vector, memref, at);
  });
  forLoop(whole, high, 1, [&](Value iv) {
    at.back() = iv;
    memref::StoreOp::create(b, loc, value, memref, at);
  });
}

/// Decides for each condition who takes care of it, see Note [Conditions]: the loop of the last index it varies with,
/// if that steps by one and skipping its points is allowed; tiles and parts of reductions; or each point.
void EquationEmitter::placeConstraints() {
  SmallVector<unsigned> order(schedule.parallelOrder);
  llvm::append_range(order, schedule.reduceOrder);
  for (const Constraint &c : info.constraints) {
    llvm::SmallBitVector dims = info.dimsOf(c.expr);
    int owner = -1;
    bool plain = true;
    for (unsigned d : order)
      if (dims.test(d)) {
        owner = d;
        plain &= schedule.tile[d] == 1;
      }
    bool skippable = owner >= 0 && owner != frame.dim &&
                     (llvm::is_contained(info.reduced, unsigned(owner)) || (accumulate && !shared));
    auto factor = owner >= 0 ? info.coefficient(c.expr, owner) : std::nullopt;
    if (plain && skippable && factor && *factor != 0 && (std::abs(*factor) == 1 || !c.equality))
      bounds[owner].push_back(c);
    else if (!info.isBound(c))
      conditions.push_back(c);
    else if (owner >= 0 && llvm::is_contained(info.reduced, unsigned(owner)))
      ranged[owner].push_back(c);
    else
      cellConditions.push_back(c);
  }
}

void EquationEmitter::forLoop(Value low, Value high, int64_t step, llvm::function_ref<void(Value)> body) {
  forLoop(low, high, step, {}, [&](Value iv, const Values &) {
    body(iv);
    return Values();
  });
}

EquationEmitter::Values EquationEmitter::forLoop(Value low, Value high, int64_t step, Values inits,
                                                 llvm::function_ref<Values(Value, const Values &)> body) {
  auto saved = cache;
  auto first = getConstantIntValue(low), last = getConstantIntValue(high);
  if (first && last && *first < *last && *first + step >= *last) {
    Values results = body(low, inits);
    cache = saved;
    return results;
  }
  if (first && last && *first >= *last)
    return inits;
  auto loop = scf::ForOp::create(b, loc, low, high, constantIndex(step), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Values results = body(loop.getInductionVar(), Values(loop.getRegionIterArgs()));
  b.setInsertionPointToEnd(loop.getBody());
  if (!inits.empty())
    scf::YieldOp::create(b, loc, results);
  cache = saved;
  return Values(loop.getResults());
}

/// Loops over the tiles of one parallel index, whole ones first.
void EquationEmitter::parallelLoop(unsigned level) {
  if (level == schedule.parallelOrder.size())
    return tile();
  unsigned d = schedule.parallelOrder[level];
  bool framed = int(d) == frame.dim;
  int64_t step = schedule.tile[d], extent = framed ? frame.stripe : info.extents[d];
  Value origin = framed ? stripe.start : Value();
  auto run = [&](Value local, int64_t points) {
    auto saved = cache;
    base[d] = origin ? b.createOrFold<arith::AddIOp>(loc, origin, local) : local;
    count[d] = points;
    parallelLoop(level + 1);
    cache = saved;
  };
  Value low = constantIndex(0), high = constantIndex(extent);
  if (framed && stripe.count) {
    Value whole = stripe.count;
    if (step > 1) {
      Value rest = arith::RemUIOp::create(b, loc, stripe.count, constantIndex(step));
      whole = arith::SubIOp::create(b, loc, stripe.count, rest);
    }
    forLoop(low, whole, step, [&](Value iv) { run(iv, step); });
    if (step > 1)
      parallelTail(level, whole, stripe.count);
    return;
  }
  if (!bounds[d].empty()) {
    std::tie(low, high) = reduceBounds(d);
    forLoop(low, high, 1, [&](Value iv) { run(iv, 1); });
    return;
  }
  int64_t whole = extent - extent % step;
  forLoop(low, constantIndex(whole), step, [&](Value iv) { run(iv, step); });
  if (whole != extent)
    run(constantIndex(whole), extent - whole);
}

/// The last, partial tile of a frame index whose end is not known at compile time: by single vectors, or in tiles of
/// 4, 2 and 1 rows, so that sums still have company.
void EquationEmitter::parallelTail(unsigned level, Value from, Value to) {
  unsigned d = schedule.parallelOrder[level];
  auto run = [&](Value local, int64_t points) {
    base[d] = arith::AddIOp::create(b, loc, stripe.start, local);
    count[d] = points;
    parallelLoop(level + 1);
  };
  if (int(d) == schedule.vectorDim) {
    Value end = arith::AddIOp::create(b, loc, stripe.start, to);
    forLoop(from, to, schedule.lanes, [&](Value iv) {
      vectorEnd = end;
      run(iv, schedule.lanes);
      vectorEnd = {};
    });
    return;
  }
  for (int64_t rows : tailTiles(schedule.tile[d])) {
    Value rest = arith::SubIOp::create(b, loc, to, from);
    Value whole = arith::AndIOp::create(b, loc, rest, constantIndex(-rows));
    Value next = arith::AddIOp::create(b, loc, from, whole);
    forLoop(from, next, rows, [&](Value iv) { run(iv, rows); });
    from = next;
  }
}

/// The blocks of lanes of the current tile; cells that lie side by side follow each other.
SmallVector<EquationEmitter::Point> EquationEmitter::tilePoints() {
  SmallVector<Point> result = {Point{SmallVector<int64_t>(info.dims, 0), int64_t(schedule.lanes)}};
  SmallVector<unsigned> order(schedule.parallelOrder);
  std::stable_partition(order.begin(), order.end(), [&](unsigned d) { return !info.isUnitStride(op.getWrite(), d); });
  for (unsigned d : order) {
    int64_t step = int(d) == schedule.vectorDim ? schedule.lanes : 1;
    SmallVector<Point> next;
    for (const Point &point : result)
      for (int64_t at = 0; at < count[d]; at += step) {
        next.push_back(point);
        next.back().offset[d] = at;
        if (int(d) == schedule.vectorDim)
          next.back().active = std::min<int64_t>(step, count[d] - at);
      }
    result = std::move(next);
  }
  return result;
}

/// One register tile: accumulators, reduction, stores.
void EquationEmitter::tile() {
  points = tilePoints();
  squares.clear();
  SmallVector<Point> cells = points;
  unroll = schedule.dot ? schedule.tile[schedule.vectorDim] / schedule.lanes : 1;
  auto run = [&]() {
    if (others.empty() || info.reduced.empty())
      emitTogether(cells);
    else
      emitCellByCell(cells);
  };
  Value kept = dropCondition(points.front());
  if (!kept || isa<VectorType>(kept.getType()))
    return run();
  auto guard = scf::IfOp::create(b, loc, kept, /*withElse=*/false);
  OpBuilder::InsertionGuard insertion(b);
  b.setInsertionPointToStart(guard.thenBlock());
  auto saved = cache;
  run();
  cache = saved;
}

/// Computes the tile of each equation, then stores all.
void EquationEmitter::emitTogether(ArrayRef<Point> cells) {
  Values values = tileValues();
  DenseMap<Value, Values> computed = {{op.getDest(), values}};
  for (EquationEmitter *other : others) {
    other->follow(*this, cells, computed);
    computed[other->op.getDest()] = other->tileValues();
  }
  if (stores)
    finish(cells, values);
  for (EquationEmitter *other : others)
    if (other->stores)
      other->finish(other->points, computed.lookup(other->op.getDest()));
}

/// Reduces the tile, then runs the others on each of its cells.
void EquationEmitter::emitCellByCell(ArrayRef<Point> cells) {
  askForMaps(cells);
  for (auto [cell, value] : llvm::zip(cells, tileValues())) {
    DenseMap<Value, Values> computed = {{op.getDest(), {value}}};
    if (stores)
      finish(cell, {value});
    for (EquationEmitter *other : others) {
      other->follow(*this, cell, computed);
      Values values = other->tileValues();
      computed[other->op.getDest()] = values;
      if (other->stores)
        other->finish(other->points, values);
    }
  }
}

/// The accumulators of all cells of the tile after the reduction.
EquationEmitter::Values EquationEmitter::tileValues() {
  SmallVector<Point> cells = points;
  Values accumulators;
  for (const Point &cell : cells)
    for (int64_t u = 0; u < unroll; ++u)
      llvm::append_range(accumulators, initial(cell));
  return reduceCells(cells, accumulators);
}

/// Takes cells of the tile at which another emitter's loops are, where some results are computed already and not yet
/// stored.
void EquationEmitter::follow(const EquationEmitter &first, ArrayRef<Point> cells,
                             const DenseMap<Value, Values> &computed) {
  for (auto [d, of] : llvm::enumerate(along)) {
    base[d] = first.base[of];
    count[d] = first.count[of];
  }
  vectorEnd = first.vectorEnd;
  points.clear();
  for (const Point &cell : cells)
    points.push_back({llvm::map_to_vector(along, [&](unsigned of) { return cell.offset[of]; }), cell.active});
  atHand = computed;
  cache.clear();
  squares.clear();
}

/// The last value of index d, from above or below, with which a condition holds; of an equality, d has the factor 1 or
/// -1.
AffineExpr EquationEmitter::limitOf(const Constraint &c, unsigned d) {
  // factor * d + rest >= 0 (or == 0)
  int64_t factor = *info.coefficient(c.expr, d);
  AffineExpr rest = c.expr - getAffineDimExpr(d, op.getContext()) * factor;
  AffineExpr limit = factor > 0 ? (-rest).ceilDiv(factor) : rest.floorDiv(-factor);
  return simplifyAffineExpr(limit, info.dims, op.getNumSymbols());
}

/// Bounds of a loop that steps by one, tightened by the conditions it takes care of.
std::pair<Value, Value> EquationEmitter::reduceBounds(unsigned d) {
  Value low = constantIndex(0), high = constantIndex(info.extents[d]);
  if (int(d) == schedule.blockedDim) {
    low = blockStart;
    high = arith::MinSIOp::create(b, loc, high, arith::AddIOp::create(b, loc, low, constantIndex(schedule.block)));
  }
  Point origin = points.empty() ? Point{SmallVector<int64_t>(info.dims, 0), int64_t(schedule.lanes)} : points.front();
  for (const Constraint &c : bounds[d]) {
    int64_t factor = *info.coefficient(c.expr, d);
    Value at = uniformIndex(limitOf(c, d), origin);
    if (factor > 0 || c.equality)
      low = arith::MaxSIOp::create(b, loc, low, at);
    if (factor < 0 || c.equality)
      high = arith::MinSIOp::create(b, loc, high, arith::AddIOp::create(b, loc, at, constantIndex(1)));
  }
  return {low, high};
}

EquationEmitter::Values EquationEmitter::reduceLoop(unsigned level, const Values &accumulators) {
  if (level == schedule.reduceOrder.size())
    return leaf(accumulators, 1, 0);
  unsigned d = schedule.reduceOrder[level];
  if (schedule.dot && int(d) == schedule.vectorDim)
    return dotLoop(accumulators);
  if (!ranged[d].empty())
    return maskedLoop(level, accumulators);
  auto [low, high] = reduceBounds(d);
  return forLoop(low, high, 1, accumulators, [&, d = d](Value iv, const Values &inner) {
    base[d] = iv;
    return reduceLoop(level + 1, inner);
  });
}

/// The innermost loop of the dot form: blocks of lanes along the reduced vector index, whole tiles first.
EquationEmitter::Values EquationEmitter::dotLoop(Values accumulators) {
  unsigned d = schedule.vectorDim;
  if (!ranged[d].empty())
    return maskedDotLoop(accumulators);
  int64_t extent = info.extents[d], step = schedule.tile[d], whole = extent - extent % step, lanes = schedule.lanes;
  accumulators =
      forLoop(constantIndex(0), constantIndex(whole), step, accumulators, [&](Value iv, const Values &inner) {
        base[d] = iv;
        return leaf(inner, unroll, lanes);
      });
  if (whole == extent)
    return accumulators;
  auto saved = cache;
  base[d] = constantIndex(whole);
  int64_t rest = extent - whole, blocks = llvm::divideCeil(rest, lanes);
  accumulators = leaf(accumulators, blocks, rest - (blocks - 1) * lanes);
  cache = saved;
  return accumulators;
}

/// One step of the reduction for all cells of the tile. In dot form `blocks` blocks of lanes, the last with
/// `lastActive` lanes.
EquationEmitter::Values EquationEmitter::leaf(Values accumulators, int64_t blocks, int64_t lastActive) {
  SmallVector<Point> cells = points;
  unsigned size = accumulatorSize();
  for (auto [c, cell] : llvm::enumerate(cells))
    for (int64_t u = 0; u < blocks; ++u) {
      Point point = cell;
      if (schedule.dot) {
        point.offset[schedule.vectorDim] = u * schedule.lanes;
        point.active = u + 1 == blocks ? lastActive : int64_t(schedule.lanes);
      }
      unsigned at = (c * unroll + u) * size;
      Values updated = update(point, ArrayRef<Value>(accumulators).slice(at, size));
      llvm::copy(updated, accumulators.begin() + at);
    }
  return accumulators;
}

/// Lets one point, or one block of lanes, take part in its cell.
EquationEmitter::Values EquationEmitter::update(const Point &point, ValueRange accumulator) {
  Values old(accumulator);
  auto next = [&](Value mask) -> Values {
    if (DotPairsOp dot = summedPairs()) {
      IRMapping scalars = bodyValues(point, mask);
      return {addPairs(old[0], scalars.lookup(dot.getLhs()), scalars.lookup(dot.getRhs()))};
    }
    Value value = body(point, mask);
    if (isArg())
      return combineArg(old[0], old[1], value, point);
    value = combineBody(old[0], value);
    return {isa<VectorType>(old[0].getType()) ? toVector(value) : value};
  };
  Value condition = this->condition(conditions, point);
  if (schedule.lanes == 1 && condition) {
    SmallVector<Type> types(ValueRange(old).getTypes());
    auto guard = scf::IfOp::create(b, loc, types, condition, /*withElse=*/true);
    OpBuilder::InsertionGuard insertion(b);
    auto saved = cache;
    b.setInsertionPointToStart(guard.thenBlock());
    scf::YieldOp::create(b, loc, next({}));
    b.setInsertionPointToStart(guard.elseBlock());
    scf::YieldOp::create(b, loc, old);
    cache = saved;
    return Values(guard.getResults());
  }
  Value tail = tailMask(point), mask = both(tail, condition);
  Values fresh = next(info.readsInside ? tail : mask);
  // In dot form lanes beyond the end must not take part; otherwise they are never stored.
  Value choose = schedule.dot ? mask : condition;
  if (choose)
    for (auto [value, previous] : llvm::zip(fresh, old))
      value = arith::SelectOp::create(b, loc, toVector(choose), value, previous);
  return fresh;
}
