// Verifiers and helpers of the nn operations.
#include "Dialect/NN/IR/NN.h"

using namespace mlir;
using namespace nn;

#include "Dialect/NN/IR/NNInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "Dialect/NN/IR/NNOps.cpp.inc"

TypedAttr EquationOp::getFillValue(unsigned k) {
  if (!getFill() || isa<UnitAttr>((*getFill())[k]))
    return {};
  return cast<TypedAttr>((*getFill())[k]);
}

ShapedType EquationOp::getResultType() {
  return cast<ShapedType>((getDest() ? Value(getDest()) : Value(getResult())).getType());
}

LogicalResult EquationOp::verify() {
  if (getReads().size() != getInputs().size())
    return emitOpError("equation_c1: one read map per input");
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ReshapeOp::verify() {
  if (cast<ShapedType>(getInput().getType()).getNumElements() !=
      cast<ShapedType>(getResult().getType()).getNumElements())
    return emitOpError("reshape_c1: the number of elements stays");
  return success();
}

LogicalResult ViewOp::verify() {
  if (cast<ShapedType>(getInput().getType()).getNumElements() !=
      cast<ShapedType>(getResult().getType()).getNumElements())
    return emitOpError("view_c1: the number of elements stays");
  return success();
}

LogicalResult BatchStackOp::verify() {
  if (cast<ShapedType>(getResult().getType()).getShape().drop_front() !=
      cast<ShapedType>(getInput().getType()).getShape())
    return emitOpError("batch_stack_c1: the result has one leading axis more");
  return success();
}

LogicalResult JacobianOp::verify() {
  auto y = cast<ShapedType>(getY().getType()), x = cast<ShapedType>(getX().getType());
  SmallVector<int64_t> shape(y.getShape());
  shape.append(x.getShape().begin(), x.getShape().end());
  if (cast<ShapedType>(getResult().getType()).getShape() != ArrayRef<int64_t>(shape))
    return emitOpError("jacobian_c1: the result has the shape of y followed by that of x");
  return success();
}

LogicalResult ScanOp::verify() { return success(); }
LogicalResult IterateOp::verify() { return success(); }
