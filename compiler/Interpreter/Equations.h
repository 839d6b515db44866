// Running equations over numbers of any kind, forward and backward.
#pragma once

#include "Interpreter/Bytecode.h"
#include "Interpreter/Value.h"

#include "mlir/IR/IntegerSet.h"

namespace nn::interpreter {

/// An access compiled for the strips of a box: per axis an affine expression, and one linear form of the element's
/// offset where no axis needs a look (all linear, proved to stay inside).
struct Access {
  mlir::AffineMap map;
  Shape shape;
  bool linear = false;
  int64_t constant = 0;
  llvm::SmallVector<int64_t> dimFactors = {};
};

/// All that running an equation needs, made once per operation.
struct EquationPlan {
  EquationOp op;
  Bytecode body;
  llvm::SmallVector<Access> reads = {}, tables = {};
  Access write = {};
  mlir::IntegerSet domain = {};
  /// Per reduced index of the box (in its dimensions) the factor of its position in an argmax.
  llvm::SmallVector<std::pair<int, int64_t>> positionFactors = {};
  /// The inputs that are multiplied, where that is all, and every cell has its place by a linear form.
  std::optional<llvm::SmallVector<int>> factors = {};
};

mlir::FailureOr<EquationPlan> planEquation(EquationOp op);

/// Evaluates the equation: inputs, then tables. The result differs along every lane that an operand does. Emits an
/// error and returns an empty value where run-time data lead out of an axis.
template <class T>
Value<T> runEquation(const EquationPlan &plan, const LaneTable &lanes, llvm::ArrayRef<Value<T>> operands);

/// The cotangents of the inputs marked in `wanted`, given the result and its cotangent: each has the lanes of its input
/// and those in `keep`.
template <class T>
llvm::SmallVector<Value<T>> reverseEquation(const EquationPlan &plan, const LaneTable &lanes,
                                            llvm::ArrayRef<Value<T>> operands, const Value<T> &result,
                                            const Value<T> &cotangent, llvm::ArrayRef<int> keep,
                                            llvm::ArrayRef<bool> wanted);

} // namespace nn::interpreter
