/// The stages below the front end: from a module of nn operations to an executable.
#ifndef NOETHER_PIPELINE_LOWERING_H
#define NOETHER_PIPELINE_LOWERING_H

#include "mlir/IR/BuiltinOps.h"

namespace mlir {
class OpPassManager;
}

namespace nn {

/// The dialects that nn IR is made of, and those that it is lowered through.
void registerDialects(mlir::DialectRegistry &registry);
/// Every pass by its name.
void registerAllPasses();

/// From functions written for one example to flat functions over a batch, on tensors.
void buildTensorPipeline(mlir::OpPassManager &passes);

} // namespace nn

#endif
