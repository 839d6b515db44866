// From the functions of pieces to LLVM IR for NVIDIA's GPUs, and to PTX. For use within this room.
#pragma once

#include "Target/GPU/GPUProgram.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace nn {

/// What the function of a piece asks for.
struct Needs {
  int64_t residentBlocks = 0; ///< a multiprocessor should hold so many; 0: any number
  int64_t sharedBytes = 0;    ///< that the piece does not know of
  llvm::SmallVector<GPUTensor> tensors = {};
};

/// The functions of the pieces of some kernels of a planned module, not optimized yet.
struct PieceCode {
  std::unique_ptr<llvm::Module> module;
  llvm::StringMap<std::string> missing; ///< pieces that call a function which GPUs do not have, and its name
  llvm::StringMap<Needs> needs;         ///< of all functions
  llvm::StringMap<std::string> merged;  ///< pieces without code of their own: the one that is equal

  /// The piece whose code does a piece's work.
  llvm::StringRef codeOf(llvm::StringRef piece) const {
    auto found = merged.find(piece);
    return found == merged.end() ? piece : llvm::StringRef(found->second);
  }
};
llvm::Expected<PieceCode> compilePieces(mlir::ModuleOp planned, const llvm::StringSet<> &kernels,
                                        llvm::LLVMContext &context);

/// Makes some functions of a module entries, with the threads of their blocks; drops what they do not reach.
void makeEntries(llvm::Module &module, const llvm::StringMap<int64_t> &entries, const llvm::StringMap<Needs> &needs);

/// Optimizes such a module.
llvm::Error finishKernels(llvm::Module &module);

/// The text of PTX of such a module, of the kernels that every GPU takes.
llvm::Expected<std::string> generatePTX(const llvm::Module &module);
/// Of those that only sm_90a takes, see Note [Warp groups]; empty: there are none.
llvm::Expected<std::string> generateHopperPTX(const llvm::Module &module);

} // namespace nn
