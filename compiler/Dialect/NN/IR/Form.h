// A module as it is printed: its digest, and names for its values.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"

#include <string>

namespace nn {

/// SHA-256, in hexadecimal, of the module as it is printed: layout and names of values in a file do not matter, all
/// else does.
std::string digestOf(mlir::ModuleOp module);

/// The values of a function as the module prints them: `%3`, `%5#1`, and within loops `%7/%arg2`.
llvm::DenseMap<mlir::Value, std::string> namesOf(mlir::Operation *function);

} // namespace nn
