// Steps from emitted functions to machine code that all targets take, each with its own target machine and pipeline.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

namespace nn {

llvm::Error internalError(const llvm::Twine &what);

/// A copy of the kernels of a planned module alone.
mlir::OwningOpRef<mlir::ModuleOp> kernelsOf(mlir::ModuleOp planned);

/// A module of the LLVM dialect as LLVM IR for a machine.
llvm::Expected<std::unique_ptr<llvm::Module>> translate(mlir::ModuleOp module, llvm::LLVMContext &context,
                                                        const llvm::TargetMachine &machine, llvm::StringRef name);

/// Runs a pipeline, as `opt -passes` reads it.
llvm::Error optimize(llvm::Module &module, llvm::TargetMachine &machine, llvm::StringRef pipeline);

/// Fails for a module that is not valid.
llvm::Error verify(const llvm::Module &module);

/// Writes an object file or assembly.
llvm::Error generate(llvm::Module &module, llvm::TargetMachine &machine, llvm::raw_pwrite_stream &stream,
                     llvm::CodeGenFileType kind);

} // namespace nn
