/// What training by small steps keeps, as the user reads it.
#ifndef NOETHER_PIPELINE_CONSERVEDREPORT_H
#define NOETHER_PIPELINE_CONSERVEDREPORT_H

#include "Frontend/Sema/Checked.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

/// For each objective of each recipe the quantities that gradient flow conserves, with the symmetry of the weights that
/// each comes from.
void printConserved(const checked::Program &program, mlir::ModuleOp module, llvm::raw_ostream &out);

} // namespace nn

#endif
