// The parts of a model object besides its kernels: entry functions that launch kernels, and the descriptor. For use
// within this room.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Target/CPU/CPU.h"
#include "Target/GPU/GPUProgram.h"

#include "llvm/IR/Module.h"

namespace nn {

/// The name of a kernel's or root's function for one instruction set.
std::string variantName(llvm::StringRef symbol, ISA isa);

/// True if a root has code for this instruction set among those that are compiled for. What runs once, before training
/// begins or to show one example, has code for the least one only, which runs wherever the others do: that halves what
/// is compiled beside the steps, and parameters begin with the same bits on every machine. What multiplies no pairs of
/// bf16 has none for the set that only adds those.
bool hasVariant(mlir::func::FuncOp root, ISA isa, const TargetOptions &options);

/// The part of a planned module that is compiled for one instruction set: its roots, and what they reach.
mlir::OwningOpRef<mlir::ModuleOp> variantOf(mlir::ModuleOp planned, ISA isa, const TargetOptions &options);

/// Adds, to a module that holds the kernels of one instruction set, what calls them: for each kernel a function of type
/// nn_kernel, for each root one of type nn_entry.
void buildEntries(mlir::ModuleOp planned, llvm::Module &module, ISA isa, const TargetOptions &options);

/// True for a root that has code for GPUs, too: what runs once runs on the processor.
bool runsOnGPU(mlir::func::FuncOp root);

/// What the descriptor names and buildGPUDescriptor defines: the nn_gpu_function of a root, the nn_gpu_program.
std::string gpuFunctionName(mlir::func::FuncOp root);
inline constexpr llvm::StringLiteral gpuProgramName = "noether_gpu";

/// The name of the function of type nn_kernel that buildEntries gives a kernel.
std::string launchedName(llvm::StringRef kernel, ISA isa);

/// Adds what a program has for GPUs. With those, kernels that the processor runs for them are named across objects.
void buildGPUDescriptor(mlir::ModuleOp planned, const GPUProgram &program, llvm::Module &module,
                        const TargetOptions &options);

/// Adds `noether_program`. The entries of all instruction sets are there already.
void buildDescriptor(mlir::ModuleOp planned, llvm::Module &module, const TargetOptions &options);

} // namespace nn
