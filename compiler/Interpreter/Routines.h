// Routines in the interpreter: plain algorithms over any kind of number, which share no code with the runtime's and no
// rule with AutoDiff. Their derivatives are those of the algorithms, by dual numbers.
#pragma once

#include "Interpreter/Graph.h"

namespace nn::interpreter {

/// The results, slice by slice.
template <class T>
llvm::SmallVector<Value<T>> runRoutine(const LaneTable &table, RoutineOp op, llvm::ArrayRef<Value<T>> operands);

/// The cotangents of the operands, with all lanes; those of the results may be null.
template <class T>
llvm::SmallVector<Value<T>> reverseRoutine(const LaneTable &table, RoutineOp op, llvm::ArrayRef<Value<T>> operands,
                                           llvm::ArrayRef<Value<T>> outputs, llvm::ArrayRef<int> keep);

} // namespace nn::interpreter
