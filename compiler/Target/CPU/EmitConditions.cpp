// Conditions that leave out tiles and parts of reductions; see Note [Conditions].
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

/// How far below and above its value at the first cell of the tile a linear expression gets in the others.
std::pair<int64_t, int64_t> EquationEmitter::spreadOf(AffineExpr expr) {
  int64_t below = 0, above = 0;
  for (unsigned d : schedule.parallelOrder) {
    int64_t reach = *info.coefficient(expr, d) * (count[d] - 1);
    (reach < 0 ? below : above) += reach;
  }
  return {below, above};
}

//===-- Cells
//-------------------------------------------------------------------------------------------------------------===//

/// Whether the tile has a cell that satisfies each condition on cells; null if there are none.
Value EquationEmitter::someCellHolds() {
  Value all;
  for (const Constraint &c : cellConditions) {
    Value most = b.createOrFold<arith::AddIOp>(loc, uniformIndex(c.expr, points.front()),
                                               constantIndex(spreadOf(c.expr).second));
    all = both(all, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, most, constantIndex(0)));
  }
  return all;
}

/// The accumulators of the tile after the reduction; those of cells that a condition leaves out, as they began.
EquationEmitter::Values EquationEmitter::reduceCells(ArrayRef<Point> cells, const Values &initial) {
  Value some = someCellHolds();
  if (!some)
    return reduceLoop(0, initial);
  auto guard = scf::IfOp::create(b, loc, SmallVector<Type>(ValueRange(initial).getTypes()), some, /*withElse=*/true);
  OpBuilder::InsertionGuard insertion(b);
  auto saved = cache;
  b.setInsertionPointToStart(guard.elseBlock());
  scf::YieldOp::create(b, loc, initial);
  b.setInsertionPointToStart(guard.thenBlock());
  Values results = reduceLoop(0, initial);
  size_t each = results.size() / cells.size();
  for (auto [c, cell] : llvm::enumerate(cells)) {
    Value holds = condition(cellConditions, cell);
    for (size_t k = c * each; k < (c + 1) * each; ++k) {
      Value choose = isa<VectorType>(results[k].getType()) ? toVector(holds) : holds;
      results[k] = arith::SelectOp::create(b, loc, choose, results[k], initial[k]);
    }
  }
  scf::YieldOp::create(b, loc, results);
  cache = saved;
  return Values(guard.getResults());
}

//===-- Reductions
//--------------------------------------------------------------------------------------------------------===//

EquationEmitter::Reach EquationEmitter::reachOf(unsigned d) {
  auto [first, last] = schedule.dot && int(d) == schedule.vectorDim
                           ? std::pair(constantIndex(0), constantIndex(info.extents[d]))
                           : reduceBounds(d);
  Reach reach{first, first, last, last};
  auto plus = [&](Value at, int64_t distance) {
    return b.createOrFold<arith::AddIOp>(loc, at, constantIndex(distance));
  };
  for (const Constraint &c : ranged[d]) {
    int64_t factor = *info.coefficient(c.expr, d);
    AffineExpr limit = limitOf(c, d);
    Value at = uniformIndex(limit, points.front());
    auto [below, above] = spreadOf(limit);
    if (factor > 0) {
      reach.low = arith::MaxSIOp::create(b, loc, reach.low, plus(at, below));
      reach.allLow = arith::MaxSIOp::create(b, loc, reach.allLow, plus(at, above));
      reach.guardLow |= below != above;
    } else {
      reach.high = arith::MinSIOp::create(b, loc, reach.high, plus(at, above + 1));
      reach.allHigh = arith::MinSIOp::create(b, loc, reach.allHigh, plus(at, below + 1));
      reach.guardHigh |= below != above;
    }
  }
  return reach;
}

/// Emits code in which the conditions that bound index d are tested point by point.
EquationEmitter::Values EquationEmitter::guarded(unsigned d, llvm::function_ref<Values()> body) {
  size_t before = conditions.size();
  llvm::append_range(conditions, ranged[d]);
  Values results = body();
  conditions.truncate(before);
  return results;
}

/// A reduction loop of single steps: the values that only some cells take, those that all take, and again some.
EquationEmitter::Values EquationEmitter::maskedLoop(unsigned level, Values accumulators) {
  unsigned d = schedule.reduceOrder[level];
  Reach reach = reachOf(d);
  auto run = [&](Value low, Value high) {
    return forLoop(low, high, 1, accumulators, [&](Value iv, const Values &inner) {
      base[d] = iv;
      return reduceLoop(level + 1, inner);
    });
  };
  Value from = reach.low;
  if (reach.guardLow) {
    Value to = arith::MinSIOp::create(b, loc, reach.allLow, reach.high);
    accumulators = guarded(d, [&] { return run(from, to); });
    from = to;
  }
  accumulators = run(from, reach.guardHigh ? reach.allHigh : reach.high);
  if (reach.guardHigh) {
    from = arith::MaxSIOp::create(b, loc, from, reach.allHigh);
    accumulators = guarded(d, [&] { return run(from, reach.high); });
  }
  return accumulators;
}

/// The same in dot form, in steps of the vector index's tile; the steps at both ends are tested lane by lane.
EquationEmitter::Values EquationEmitter::maskedDotLoop(Values accumulators) {
  unsigned d = schedule.vectorDim;
  int64_t step = schedule.tile[d], extent = info.extents[d];
  Reach reach = reachOf(d);
  auto down = [&](Value at) -> Value {
    at = arith::MaxSIOp::create(b, loc, at, constantIndex(0));
    return arith::SubIOp::create(b, loc, at, arith::RemUIOp::create(b, loc, at, constantIndex(step)));
  };
  auto up = [&](Value at) { return down(arith::AddIOp::create(b, loc, at, constantIndex(step - 1))); };
  auto run = [&](Value low, Value high) {
    return forLoop(low, high, step, accumulators, [&](Value iv, const Values &inner) {
      base[d] = iv;
      return leaf(inner, unroll, schedule.lanes);
    });
  };
  auto runGuarded = [&](Value low, Value high) {
    vectorEnd = extent % step ? constantIndex(extent) : Value();
    accumulators = guarded(d, [&] { return run(low, high); });
    vectorEnd = {};
  };
  Value from = down(reach.low), to = arith::MinSIOp::create(b, loc, up(reach.allLow), up(reach.high));
  if (llvm::any_of(ranged[d], [&](const Constraint &c) { return *info.coefficient(c.expr, d) > 0; }))
    runGuarded(from, to);
  Value whole = arith::MaxSIOp::create(b, loc, to, down(reach.allHigh));
  accumulators = run(to, whole);
  runGuarded(whole, reach.high);
  return accumulators;
}
