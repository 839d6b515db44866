/// Checkpoints that go inside an executable (`--weights`).
#ifndef NOETHER_PIPELINE_WEIGHTS_H
#define NOETHER_PIPELINE_WEIGHTS_H

#include "Diagnostics/Diagnostics.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace nn {

/// Reads a safetensors file and holds it against the parameters and the model's states of a module as the front end
/// emits it. Null after an error, which was reported.
std::unique_ptr<llvm::MemoryBuffer> readWeights(llvm::StringRef path, mlir::ModuleOp module,
                                                DiagnosticEngine &diagnostics);

} // namespace nn

#endif
