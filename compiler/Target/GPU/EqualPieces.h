// Pieces whose functions are equal, though their kernels are not. For use within this room.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringMap.h"

#include <memory>
#include <string>

namespace nn {

/// Keeps one of the functions of pieces that are equal up to their names and places in the source, with the one that
/// sm_90a has beside it. The result says for each that is gone which one does its work.
llvm::StringMap<std::string> mergeEqualPieces(mlir::ModuleOp pieces);

std::unique_ptr<mlir::Pass> createMergeEqualPiecesPass();

} // namespace nn
