// Replaying a certificate: the form is evaluated for what it claims, f(g x) = g f(x).
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"

namespace nn::replay {

/// What a certificate of action `number` of the form's only claim says. `states` has, for each state that an optimizer
/// keeps, whether it moves like the weights.
llvm::Expected<llvm::json::Object> statementOf(mlir::ModuleOp form, int64_t number, const llvm::json::Object &states);

/// Whether the certificate says what the form claims, and that holds: empty, or what is wrong.
std::string replay(const llvm::json::Value &certificate, mlir::ModuleOp form);

} // namespace nn::replay
