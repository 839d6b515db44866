// count-ties: equations that count ties, behind those of the function.
#include "Dialect/NN/Transforms/CountTies.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace nn {
#define GEN_PASS_DEF_COUNTTIES
#include "Dialect/NN/Transforms/Passes.h.inc"

bool choosesPlaces(Operation *op) {
  if (auto routine = dyn_cast<RoutineOp>(op))
    return routine.getKind() == RoutineKind::order;
  auto equation = dyn_cast<EquationOp>(op);
  return equation && (equation.getCombine() == Combine::argmax || equation.getCombine() == Combine::argmin);
}

/// 1 where two numbers are equal, else 0.
static Value areEqual(OpBuilder &b, Location loc, Value x, Value y) {
  Value equal = isa<FloatType>(x.getType()) ? arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, x, y).getResult()
                                            : arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x, y).getResult();
  return arith::ExtUIOp::create(b, loc, b.getI32Type(), equal);
}

/// An integer tensor's entries, less `fewer` but not less than 0, summed.
static Value sumOfMore(OpBuilder &b, Location loc, Value counts, int64_t fewer) {
  auto type = cast<RankedTensorType>(counts.getType());
  MLIRContext *context = b.getContext();
  AffineMap all = AffineMap::getMultiDimIdentityMap(type.getRank(), context);
  EquationParts parts{Combine::sum,
                      SmallVector<int64_t>(type.getShape()),
                      {counts},
                      {all},
                      AffineMap::get(type.getRank(), 0, {}, context)};
  return EquationOp::create(b, loc, parts, RankedTensorType::get({}, b.getI32Type()),
                            [&](OpBuilder &inner, Location at, ValueRange entries) -> Value {
                              Value zero = constantOf(inner, at, inner.getI32Type(), 0);
                              Value less = constantOf(inner, at, inner.getI32Type(), double(fewer));
                              Value rest = arith::SubIOp::create(inner, at, entries[0], less);
                              return arith::MaxSIOp::create(inner, at, rest, zero);
                            })
      .getResult();
}

/// For each place how many entries are as great, or as small, as the one there; the first of them counts as none.
static Value countOf(OpBuilder &b, EquationOp choice) {
  EquationParts parts = EquationParts::of(choice);
  Type scalar = choice.getBodyBlock().getTerminator()->getOperand(0).getType();
  ArrayRef<int64_t> shape = choice.getResultType().getShape();
  parts.combine = parts.combine == Combine::argmax ? Combine::max : Combine::min;
  auto body = [&](OpBuilder &inner, Location, ValueRange entries) { return copyBody(inner, choice, entries); };
  auto best = EquationOp::create(b, choice.getLoc(), parts, RankedTensorType::get(shape, scalar), body);
  parts.combine = Combine::sum;
  parts.addInput(best.getResult(), parts.write);
  auto count = EquationOp::create(b, choice.getLoc(), parts, RankedTensorType::get(shape, b.getI32Type()),
                                  [&](OpBuilder &inner, Location at, ValueRange entries) {
                                    Value own = copyBody(inner, choice, entries.drop_back());
                                    return areEqual(inner, at, own, entries.back());
                                  });
  return sumOfMore(b, choice.getLoc(), count.getResult(), 1);
}

/// Pairs of equal entries.
static Value countOf(OpBuilder &b, RoutineOp order) {
  MLIRContext *context = b.getContext();
  Value x = order.getInputs()[0];
  SmallVector<int64_t> extents(cast<ShapedType>(x.getType()).getShape());
  auto rank = unsigned(extents.size());
  extents.push_back(extents.back());
  SmallVector<AffineExpr> first, second;
  for (unsigned axis = 0; axis < rank; ++axis) {
    first.push_back(getAffineDimExpr(axis, context));
    second.push_back(getAffineDimExpr(axis + 1 == rank ? rank : axis, context));
  }
  AffineExpr behind = second.back() - first.back() - 1;
  EquationParts parts{Combine::sum,
                      extents,
                      {x, x},
                      {AffineMap::get(rank + 1, 0, first, context), AffineMap::get(rank + 1, 0, second, context)},
                      AffineMap::get(rank + 1, 0, {}, context)};
  parts.domain = IntegerSet::get(rank + 1, 0, {behind}, {false});
  return EquationOp::create(b, order.getLoc(), parts, RankedTensorType::get({}, b.getI32Type()),
                            [&](OpBuilder &inner, Location at, ValueRange entries) {
                              return areEqual(inner, at, entries[0], entries[1]);
                            })
      .getResult();
}

bool addTieCount(func::FuncOp function, ArrayRef<Operation *> choices) {
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder b(end);
  Value total;
  for (Operation *choice : choices) {
    if (choice->getBlock() != end->getBlock())
      continue;
    Value own = isa<RoutineOp>(choice) ? countOf(b, cast<RoutineOp>(choice)) : countOf(b, cast<EquationOp>(choice));
    auto sum = [](OpBuilder &inner, Location at, ValueRange counts) -> Value {
      return arith::AddIOp::create(inner, at, counts[0], counts[1]);
    };
    total =
        total
            ? createElementwise(b, end->getLoc(), cast<RankedTensorType>(own.getType()), {total, own}, sum).getResult()
            : own;
  }
  if (!total)
    return false;
  SmallVector<Value> results(end->getOperands());
  auto binding = BindAttr::get(b.getContext(), Binding::output, b.getStringAttr(tiesOutputName));
  (void)function.insertResult(results.size(), total.getType(),
                              b.getDictionaryAttr(b.getNamedAttr(bindingAttrName, binding)));
  results.push_back(total);
  end->setOperands(results);
  return true;
}

namespace {

struct CountTies : impl::CountTiesBase<CountTies> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!function->removeAttr(countTiesAttrName))
      return;
    SmallVector<Operation *> choices;
    for (Operation &op : function.getBody().front())
      if (choosesPlaces(&op))
        choices.push_back(&op);
    addTieCount(function, choices);
  }
};

} // namespace

} // namespace nn
