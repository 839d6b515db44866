/// Emission: from the checked program to a module of the nn dialect, source-shaped and written for one example.
#ifndef NOETHER_FRONTEND_EMIT_EMIT_H
#define NOETHER_FRONTEND_EMIT_EMIT_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/Sema/Checked.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace nn::emit {

/// Makes the module of a program: its parameters, states, settings, data sets, recipes and commands as operations, one
/// function an instance, one step, one evaluation a recipe, and `init`. Locations are ranges of the source. What the
/// dialect cannot say is reported; then the result is null.
mlir::OwningOpRef<mlir::ModuleOp> emit(const checked::Program &program, mlir::MLIRContext &context,
                                       const SourceManager &sources, DiagnosticEngine &diags);

} // namespace nn::emit

#endif
