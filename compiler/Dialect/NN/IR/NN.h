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

#include "Dialect/NN/IR/NNDialect.h.inc"
#include "Dialect/NN/IR/NNEnums.h.inc"

namespace nn {
struct Batching;
class EquationOp;

/// Writes the body of an equation at the builder's place, from the scalars of its inputs, and returns what it yields.
using BodyBuilder =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &builder, mlir::Location loc, mlir::ValueRange scalars)>;

/// All that makes an equation except its body and result type. Operands and maps may be changed one by one before it is
/// handed to `EquationOp::create(builder, loc, parts, resultType, body)`; a null domain and an empty `fill` mean none.
struct EquationParts {
  Combine combine = Combine::map;
  llvm::SmallVector<int64_t> extents;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<mlir::AffineMap> reads;
  mlir::AffineMap write;
  llvm::SmallVector<mlir::Value> tables = {};
  llvm::SmallVector<mlir::AffineMap> tableMaps = {};
  /// Per table an exclusive bound of its values (they are at least 0), or 0 where none is known. Empty: none is known.
  llvm::SmallVector<int64_t> tableBounds = {};
  mlir::IntegerSet domain = {};
  /// Empty, or per input either a UnitAttr or the value of a read that leaves its axis.
  llvm::SmallVector<mlir::Attribute> fill = {};
  bool drop = false;
  /// On buffers: where the result goes; then the result type is null.
  mlir::Value dest = {};
  bool accumulate = false;

  /// The parts of an existing equation.
  static EquationParts of(EquationOp op);

  /// Adds an input and returns the number of its block argument. With a fill value the read may leave its axes.
  unsigned addInput(mlir::Value value, mlir::AffineMap read, mlir::Attribute fillValue = {});
  /// Adds a table and returns the number of its symbol. `bound` as in `tableBounds`.
  unsigned addTable(mlir::Value value, mlir::AffineMap map, int64_t bound = 0);
  /// Rewrites every map and the domain at once: d_i := dims[i], s_j := symbols[j] (missing symbols stay), over
  /// `extents`. The index operations of a body that is copied along need `copyBody` with the same `dims` and `symbols`.
  void substitute(llvm::ArrayRef<mlir::AffineExpr> dims, llvm::ArrayRef<mlir::AffineExpr> symbols,
                  llvm::ArrayRef<int64_t> newExtents);
};

} // namespace nn

#define GET_ATTRDEF_CLASSES
#include "Dialect/NN/IR/NNAttrs.h.inc"
#include "Dialect/NN/IR/NNInterfaces.h.inc"
#define GET_OP_CLASSES
#include "Dialect/NN/IR/NNOps.h.inc"

namespace nn {

/// The attribute on a root function's argument or result that says what it stands for (a BindAttr).
inline constexpr llvm::StringLiteral bindingAttrName = "nn.binding";
/// The unit attribute on a root function's argument that differs from example to example.
inline constexpr llvm::StringLiteral perExampleAttrName = "nn.per_example";
/// The attribute on a root function that holds the bound of its batch (i64).
inline constexpr llvm::StringLiteral batchAttrName = "nn.batch";
/// The unit attribute on the body of a loop: a function that `nn.loop` calls.
inline constexpr llvm::StringLiteral loopBodyAttrName = "nn.loop_body";
/// On a call (unit): reverse mode computes again what it needs of the callee's values. On operations: the number (i64)
/// of the call that they come from.
inline constexpr llvm::StringLiteral rematAttrName = "nn.remat";
/// Of a root: the format to which factors of contractions are rounded, "bf16" or "tf32".
inline constexpr llvm::StringLiteral computeAttrName = "nn.compute";
/// The unit attribute on a root function in which `training` is true.
inline constexpr llvm::StringLiteral trainingAttrName = "nn.training";

} // namespace nn
