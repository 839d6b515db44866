// The derivative of an equation, by what its values combine with.
#include "AutoDiff/EquationRules.h"
#include "AutoDiff/ScalarRules.h"
#include "Dialect/NN/Transforms/Rewrites.h"

using namespace mlir;
using namespace nn;

using Predicate = arith::CmpFPredicate;

static Value compare(OpBuilder &builder, Location loc, Predicate predicate, Value a, Value b) {
  return arith::CmpFOp::create(builder, loc, predicate, a, b);
}

/// Checks that every scalar operation on floats has a rule.
static LogicalResult checkBody(EquationOp op) {
  for (Operation &inner : op.getBodyBlock().without_terminator())
    if (!hasScalarRule(inner))
      return op.emitError() << "`" << inner.getName().stripDialect() << "` has no derivative here";
  return success();
}

/// An equation over the box of `op` that reads its inputs and more tensors at the place where `op` writes.
static EquationParts withReadsAtWrite(EquationOp op, ArrayRef<Value> more) {
  EquationParts parts = EquationParts::of(op);
  parts.combine = Combine::sum;
  for (Value value : more) {
    Type element = cast<ShapedType>(value.getType()).getElementType();
    Attribute outside = op.getDrop() ? Attribute(Builder(op.getContext()).getZeroAttr(element)) : Attribute();
    parts.addInput(value, op.getWrite(), outside);
  }
  return parts;
}

// --- What the combine kinds add ---

/// For max and min: `value / number of points whose value is the result`, of the result's type.
static Value shareTies(OpBuilder &builder, EquationOp op, Value value) {
  Location loc = op.getLoc();
  unsigned inputs = op.getInputs().size();
  EquationParts parts = withReadsAtWrite(op, {op.getResult()});
  auto equal = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value v = copyBody(inner, op, scalars.take_front(inputs));
    Value one = constantOf(inner, at, v.getType(), 1), zero = constantOf(inner, at, v.getType(), 0);
    return arith::SelectOp::create(inner, at, compare(inner, at, Predicate::OEQ, v, scalars[inputs]), one, zero);
  };
  auto type = cast<RankedTensorType>(op.getResult().getType());
  Value count = EquationOp::create(builder, loc, parts, type, equal).getResult();
  auto divide = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value zero = constantOf(inner, at, scalars[0].getType(), 0);
    Value share = arith::DivFOp::create(inner, at, scalars[0], scalars[1]);
    return arith::SelectOp::create(inner, at, compare(inner, at, Predicate::OGT, scalars[1], zero), share, zero);
  };
  return createElementwise(builder, loc, type, {value, count}, divide).getResult();
}

/// For prod: at every point of the box the product over the other points of its cell. No division, so zeros are no
/// special case and every further derivative is right. The box is doubled along the reduced indices.
static FailureOr<Value> productOfOthers(OpBuilder &builder, EquationOp op) {
  unsigned dims = op.getNumDims(), inputs = op.getInputs().size();
  // Tables may decide what is read, not where it is written.
  AffineMap write = op.getWrite();
  bool ofIndices = llvm::all_of(write.getResults(), llvm::IsaPred<AffineDimExpr>) &&
                   AffineMap::get(dims, 0, write.getResults(), op.getContext()).isProjectedPermutation();
  if (!ofIndices || op.getDrop())
    return op.emitError("the derivative of a product over groups that data decides is not taken");
  EquationParts parts = EquationParts::of(op);
  SmallVector<unsigned> reduced = reducedDims(op);
  // Points p = (all indices), q = the indices of p that are written and new ones for those that are reduced.
  SmallVector<AffineExpr> here, other;
  SmallVector<int64_t> extents(parts.extents);
  for (unsigned d = 0; d < dims; ++d)
    here.push_back(builder.getAffineDimExpr(d));
  other = here;
  for (unsigned d : reduced) {
    other[d] = builder.getAffineDimExpr(extents.size());
    extents.push_back(parts.extents[d]);
  }
  IntegerSet domain = parts.domain;
  EquationParts self = parts;
  self.substitute(here, {}, extents);
  parts.substitute(other, {}, extents);
  // A table that is read at reduced indices has another value at q.
  bool shared = llvm::all_of(llvm::seq<unsigned>(0, op.getNumSymbols()), [&](unsigned j) {
    return llvm::none_of(reduced, [&](unsigned d) { return op.getTableMap(j).isFunctionOfDim(d); });
  });
  if (!shared && domain)
    return op.emitError("the derivative of a product over a range that data decides is not taken");
  parts.domain = intersect(parts.domain, self.domain);
  parts.write = AffineMap::get(extents.size(), parts.tables.size(), here, builder.getContext());
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    Value v = copyBody(inner, op, scalars.take_front(inputs), other);
    Value same;
    for (unsigned d : reduced) {
      Value a = buildIndexExpr(inner, at, here[d]), b = buildIndexExpr(inner, at, other[d]);
      Value equal = arith::CmpIOp::create(inner, at, arith::CmpIPredicate::eq, a, b);
      same = same ? arith::AndIOp::create(inner, at, same, equal).getResult() : equal;
    }
    Value one = constantOf(inner, at, v.getType(), 1);
    return same ? arith::SelectOp::create(inner, at, same, one, v).getResult() : one;
  };
  auto type = RankedTensorType::get(op.getExtents(), op.getResultType().getElementType());
  return EquationOp::create(builder, op.getLoc(), parts, type, body).getResult();
}

/// How much a change of one point's value moves the result, times `t`; `extra` are the scalars read for the combine
/// kind.
static Guarded weigh(OpBuilder &builder, Location loc, Combine combine, Value t, Value v, ValueRange extra) {
  switch (combine) {
  case Combine::max:
  case Combine::min:
    return {t, compare(builder, loc, Predicate::OEQ, v, extra[0])};
  case Combine::prod:
    return {arith::MulFOp::create(builder, loc, t, extra[0])};
  case Combine::logsumexp: {
    // exp(v - result); a value of -inf has no weight, also where the result is -inf
    Value difference = arith::SubFOp::create(builder, loc, v, extra[0]);
    Value weight = math::ExpOp::create(builder, loc, difference);
    Value least = arith::ConstantOp::create(builder, loc, identityAttr(Combine::logsumexp, v.getType()));
    return {arith::MulFOp::create(builder, loc, t, weight), compare(builder, loc, Predicate::UNE, v, least)};
  }
  default:
    return {t};
  }
}

/// Drops what a derivative does not read, and writes a permutation as a map.
static Value finish(EquationOp equation) {
  equation = dropUnused(equation);
  if (equation.getCombine() == Combine::sum && isPermutation(equation.getWrite()) && equation.getNumSymbols() == 0)
    equation.setCombine(Combine::map);
  return equation.getResult();
}

// --- Reverse mode ---

/// 0 where a zero cotangent met an infinite factor, that is in a branch not taken; elsewhere the contribution itself.
static Value ignoreUntaken(OpBuilder &builder, Location loc, Value contribution, Value cotangent) {
  Value zero = constantOf(builder, loc, contribution.getType(), 0);
  Value none = compare(builder, loc, Predicate::OEQ, cotangent, zero);
  Value nan = compare(builder, loc, Predicate::UNO, contribution, contribution);
  Value untaken = arith::AndIOp::create(builder, loc, none, nan);
  return arith::SelectOp::create(builder, loc, untaken, zero, contribution);
}

/// The same box, written where input k was read, reading the cotangent where the result was written.
FailureOr<Value> EquationPullback::of(unsigned k) {
  if (failed(checkBody(op)))
    return failure();
  Combine combine = op.getCombine();
  unsigned inputs = op.getInputs().size();
  bool ties = combine == Combine::max || combine == Combine::min;
  if (ties && !shared)
    shared = shareTies(builder, op, cotangent);
  if (combine == Combine::prod && !others) {
    FailureOr<Value> products = productOfOthers(builder, op);
    if (failed(products))
      return failure();
    others = *products;
  }
  SmallVector<Value> more{ties ? shared : cotangent};
  if (ties || combine == Combine::logsumexp)
    more.push_back(op.getResult());
  EquationParts parts = withReadsAtWrite(op, more);
  if (others)
    parts.addInput(others, AffineMap::getMultiDimIdentityMap(op.getNumDims(), op.getContext()));
  SmallVector<AffineExpr> same;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    same.push_back(builder.getAffineDimExpr(d));
  parts.substitute(same, {}, op.getExtents());
  parts.write = op.getRead(k);
  parts.drop = static_cast<bool>(op.getFillValue(k));

  bool depends = true;
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    IRMapping primal;
    Value v = copyBody(inner, op, scalars.take_front(inputs), {}, {}, &primal), t = scalars[inputs];
    Guarded weighted = weigh(inner, at, combine, t, v, scalars.drop_front(inputs + 1));
    bool singular = false;
    Guarded contribution = pullBackBody(inner, op, primal, weighted, k, singular);
    depends = static_cast<bool>(contribution);
    if (!depends)
      return constantOf(inner, at, scalars[k].getType(), 0);
    Value value = contribution.resolve(inner, at);
    return singular ? ignoreUntaken(inner, at, value, t) : value;
  };
  auto type = cast<RankedTensorType>(op.getInputs()[k].getType());
  auto equation = EquationOp::create(builder, op.getLoc(), parts, type, body);
  if (!depends) {
    equation.erase();
    return Value();
  }
  return finish(equation);
}

// --- Forward mode ---

FailureOr<Value> nn::pushForward(OpBuilder &builder, EquationOp op, ArrayRef<Value> tangents) {
  if (failed(checkBody(op)))
    return failure();
  Combine combine = op.getCombine();
  Location loc = op.getLoc();
  unsigned inputs = op.getInputs().size();
  auto type = cast<RankedTensorType>(op.getResult().getType());
  SmallVector<Value> more;
  bool ties = combine == Combine::max || combine == Combine::min;
  if (ties) {
    // the share of each tied point: 1 / count
    Value one = createSplat(builder, loc, type, 1);
    more = {op.getResult(), shareTies(builder, op, one)};
  } else if (combine == Combine::logsumexp) {
    more = {op.getResult()};
  }
  EquationParts parts = withReadsAtWrite(op, more);
  if (combine == Combine::map)
    parts.combine = Combine::map;
  if (combine == Combine::prod) {
    FailureOr<Value> products = productOfOthers(builder, op);
    if (failed(products))
      return failure();
    parts.addInput(*products, AffineMap::getMultiDimIdentityMap(op.getNumDims(), op.getContext()));
  }
  unsigned first = parts.inputs.size();
  SmallVector<unsigned> place(inputs, 0);
  for (unsigned k = 0; k < inputs; ++k) {
    if (!tangents[k])
      continue;
    TypedAttr outside = op.getFillValue(k);
    place[k] = parts.addInput(tangents[k], op.getRead(k),
                              outside ? Attribute(builder.getZeroAttr(outside.getType())) : Attribute());
  }
  SmallVector<AffineExpr> same;
  for (unsigned d = 0; d < op.getNumDims(); ++d)
    same.push_back(builder.getAffineDimExpr(d));
  parts.substitute(same, {}, op.getExtents());

  bool depends = true;
  auto body = [&](OpBuilder &inner, Location at, ValueRange scalars) -> Value {
    IRMapping primal;
    Value v = copyBody(inner, op, scalars.take_front(inputs), {}, {}, &primal);
    SmallVector<Value> known(inputs);
    for (unsigned k = 0; k < inputs; ++k)
      if (tangents[k])
        known[k] = scalars[place[k]];
    Value t = pushForwardBody(inner, op, primal, known);
    depends = static_cast<bool>(t);
    if (!depends)
      return constantOf(inner, at, v.getType(), 0);
    ValueRange extra = scalars.slice(inputs, first - inputs);
    Guarded weighted = weigh(inner, at, combine, t, v, extra);
    if (ties)
      weighted.value = arith::MulFOp::create(inner, at, weighted.value, extra[1]);
    return weighted.resolve(inner, at);
  };
  auto equation = EquationOp::create(builder, loc, parts, type, body);
  if (!depends) {
    equation.erase();
    return Value();
  }
  return finish(equation);
}
