/// What computed data holds, for `nnc check`.
#ifndef NOETHER_PIPELINE_EXAMPLES_H
#define NOETHER_PIPELINE_EXAMPLES_H

#include "Frontend/Sema/Checked.h"
#include "mlir/IR/BuiltinOps.h"

namespace nn {

/// Runs the generators of the program's data sets in the interpreter and enters ranges and counts of their fields; of
/// many examples, those of the first `mostMeasured`.
void measureExamples(checked::Program &program, mlir::ModuleOp module);
inline constexpr int64_t mostMeasured = 4096;

} // namespace nn

#endif
