// The nn dialect: attributes and operations. Include this to build or read nn IR.
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/IntegerSet.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace nn {
struct EquationParts;
/// Writes the body of an equation at the builder's place, from the scalars of its inputs, and returns what it yields.
using BodyBuilder =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange scalars)>;
} // namespace nn

#include "Dialect/NN/IR/NNDialect.h.inc"
#include "Dialect/NN/IR/NNEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "Dialect/NN/IR/NNAttrs.h.inc"
#define GET_OP_CLASSES
#include "Dialect/NN/IR/NNOps.h.inc"

namespace nn {

/// The attribute on a root function's argument or result that says what it stands for (a BindAttr).
inline constexpr llvm::StringLiteral bindingAttrName = "nn.binding";
/// The unit attribute on a root function's argument that differs from example to example.
inline constexpr llvm::StringLiteral perExampleAttrName = "nn.per_example";
/// The attribute on a root function that holds the bound of its batch (i64).
inline constexpr llvm::StringLiteral batchAttrName = "nn.batch";
/// The unit attribute on a root function in which `training` is true.
inline constexpr llvm::StringLiteral trainingAttrName = "nn.training";

} // namespace nn
