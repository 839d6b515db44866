// Conversions between what tensors are stored in and what is computed with.
#include "Dialect/NN/IR/Storage.h"

#include "Dialect/NN/IR/EquationUtils.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nn;

Value nn::castScalar(OpBuilder &b, Location loc, Value value, Type to) {
  Type from = value.getType();
  if (from == to)
    return value;
  if (isa<FloatType>(to)) {
    if (from.isInteger(1))
      return arith::UIToFPOp::create(b, loc, to, value);
    if (isa<IntegerType>(from))
      return arith::SIToFPOp::create(b, loc, to, value);
    return from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth()
               ? Value(arith::ExtFOp::create(b, loc, to, value))
               : Value(arith::TruncFOp::create(b, loc, to, value));
  }
  if (isa<FloatType>(from))
    return arith::FPToSIOp::create(b, loc, to, value);
  if (from.isInteger(1))
    return arith::ExtUIOp::create(b, loc, to, value);
  return from.getIntOrFloatBitWidth() < to.getIntOrFloatBitWidth() ? Value(arith::ExtSIOp::create(b, loc, to, value))
                                                                   : Value(arith::TruncIOp::create(b, loc, to, value));
}

Value nn::withElement(OpBuilder &builder, Value tensor, Type element) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (type.getElementType() == element)
    return tensor;
  type = RankedTensorType::get(type.getShape(), element);
  auto cast = createElementwise(builder, tensor.getLoc(), type, tensor, [&](OpBuilder &b, Location loc, ValueRange v) {
    return castScalar(b, loc, v[0], element);
  });
  return cast.getResult();
}

bool nn::isStoredAs(Type computed, Type stored) {
  if (computed == stored)
    return true;
  auto value = dyn_cast<RankedTensorType>(computed), kept = dyn_cast<RankedTensorType>(stored);
  if (!value || !kept || value.getShape() != kept.getShape())
    return false;
  Type to = value.getElementType(), from = kept.getElementType();
  return to.isF32() && (from.isF16() || from.isBF16());
}
