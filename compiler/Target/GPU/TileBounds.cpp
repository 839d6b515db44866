// Which steps of a sum conditions leave a tile.
#include "Dialect/NN/IR/EquationUtils.h"
#include "Target/GPU/TileEmitter.h"

using namespace mlir;
using namespace nn;

/// The one index of some that has more than one value; nothing: there are several, or none.
std::optional<unsigned> TileEmitter::onlyOne(ArrayRef<unsigned> dims) {
  std::optional<unsigned> found;
  for (unsigned d : dims) {
    if (c.extents[d] == 1)
      continue;
    if (found)
      return std::nullopt;
    found = d;
  }
  return found;
}

TileEmitter::Range TileEmitter::rangeOf(unsigned d) {
  for (const Part *part : {left, right})
    if (onlyOne(part->lines) == d) {
      bool framed = int(d) == frame.dim;
      Value first = framed ? b.createOrFold<arith::AddIOp>(loc, stripe.start, part->first) : part->first;
      return {first, plus(first, part->edge - 1)};
    }
  if (llvm::is_contained(c.batch, d) || llvm::is_contained(frame.outer, d))
    return {base[d], base[d]};
  if (int(d) == frame.dim)
    return {stripe.start, plus(stripe.start, frame.stripe - 1)};
  return {constantIndex(0), constantIndex(info.extents[d] - 1)};
}

/// The most that a linear expression is in a tile, or more.
Value TileEmitter::mostOf(AffineExpr expr) {
  SmallVector<AffineExpr> origin(info.dims, getAffineConstantExpr(0, op.getContext()));
  AffineExpr offset = simplifyAffineExpr(expr.replaceDims(origin), 0, 0);
  Value most = constantIndex(cast<AffineConstantExpr>(offset).getValue());
  for (unsigned d : info.dimListOf(expr)) {
    int64_t factor = *info.coefficient(expr, d);
    Range range = rangeOf(d);
    Value term = arith::MulIOp::create(b, loc, factor > 0 ? range.high : range.low, constantIndex(factor));
    most = arith::AddIOp::create(b, loc, most, term);
  }
  return most;
}

/// The steps of the sum, in whole parts, at which conditions let some cell of a tile take part; nothing: all of them.
std::optional<TileEmitter::Range> TileEmitter::sumBounds() {
  Value zero = constantIndex(0), end = constantIndex(c.countPoints(c.summed));
  Range result{zero, end};
  bool any = false;
  for (const Constraint &each : info.constraints) {
    if (usesSymbols(each.expr) || !info.mayBound(each)) // where it does not hold, reading is safe, as it is anywhere
      continue;
    llvm::SmallBitVector dims = info.dimsOf(each.expr);
    auto bounded = llvm::find_if(info.reduced, [&](unsigned d) { return dims.test(d); });
    if (bounded == info.reduced.end()) {
      Value holds = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, mostOf(each.expr), zero);
      result.high = arith::SelectOp::create(b, loc, holds, result.high, zero);
    } else if (onlyOne(c.summed) == *bounded) {
      int64_t factor = *info.coefficient(each.expr, *bounded);
      AffineExpr rest = each.expr - getAffineDimExpr(*bounded, op.getContext()) * factor;
      Value most = mostOf(simplifyAffineExpr(rest, info.dims, 0));
      if (factor > 0) // at -rest and above
        result.low = arith::MaxSIOp::create(b, loc, result.low, arith::SubIOp::create(b, loc, zero, most));
      else
        result.high = arith::MinSIOp::create(b, loc, result.high, plus(most, 1));
    } else {
      continue;
    }
    any = true;
  }
  if (!any)
    return std::nullopt;
  if (c.wordPoints > 1) {
    result.high = arith::MaxSIOp::create(b, loc, result.high, zero);
    result = {quotient(result.low, c.wordPoints), quotient(plus(result.high, c.wordPoints - 1), c.wordPoints)};
  }
  result.low = arith::SubIOp::create(b, loc, result.low, remainder(result.low, depth));
  return result;
}
