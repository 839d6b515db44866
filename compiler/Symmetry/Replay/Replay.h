// Replaying a certificate: the form is evaluated for what it claims, f(g x) = g f(x).
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

namespace nn::replay {

/// Whether the certificate says what the form claims, and that holds: empty, or what is wrong.
std::string replay(const llvm::json::Object &certificate, mlir::ModuleOp form);

} // namespace nn::replay
