// Constants as they lie in memory.
#pragma once

#include "mlir/IR/BuiltinAttributeInterfaces.h"

#include <string>

namespace nn {

/// The elements, row-major; bools take a byte each.
std::string bytesOf(mlir::ElementsAttr value);

} // namespace nn
