/// What tensors are stored in and what is computed with: `f16` and `bf16` are read into f32 and rounded when written.
#ifndef NOETHER_DIALECT_NN_IR_STORAGE_H
#define NOETHER_DIALECT_NN_IR_STORAGE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace nn {

/// A number as one of another type: rounded to a narrower float, cut to an integer.
mlir::Value castScalar(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value, mlir::Type to);
/// The tensor with other elements.
mlir::Value withElement(mlir::OpBuilder &builder, mlir::Value tensor, mlir::Type element);
/// True if what is stored as `stored` is computed with as `computed`: the same, or one of the pairs above.
bool isStoredAs(mlir::Type computed, mlir::Type stored);

} // namespace nn

#endif
