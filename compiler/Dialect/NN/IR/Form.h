// A module as it is printed: its digest.
#pragma once

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace nn {

/// SHA-256, in hexadecimal, of the module as it is printed: layout and names of values in a file do not matter, all
/// else does.
std::string digestOf(mlir::ModuleOp module);

} // namespace nn
