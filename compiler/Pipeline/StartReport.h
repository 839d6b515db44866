/// Warnings about what parameters start from.
#ifndef NOETHER_PIPELINE_STARTREPORT_H
#define NOETHER_PIPELINE_STARTREPORT_H

#include "Diagnostics/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"

namespace nn {

/// Warns of units that begin equal and that no step of training tells apart. The module is what the front end emits.
void warnOfEqualUnits(mlir::ModuleOp module, DiagnosticEngine &diagnostics);

} // namespace nn

#endif
