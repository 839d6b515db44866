// The CPU target: kernels to loops and vectors, and from there to an object file. Include this to compile a planned
// module.
#pragma once

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nn {

/// Instruction sets that kernels are emitted for: x86-64 as it began (SSE2), x86-64-v3, x86-64-v4, that with products
/// of bf16, and AArch64.
enum class ISA { Baseline, AVX2, AVX512, AVX512BF16, Neon };

/// The best instruction set of this machine. Use it for running at once, never for what an executable may contain.
ISA hostISA();

/// `baseline`, `avx2`, `avx512`, `avx512bf16`, `neon`, or `native`: that of this machine; nothing when the name is
/// another one.
std::optional<ISA> parseISA(llvm::StringRef name);
llvm::StringRef stringifyISA(ISA isa);

/// True if executables can be linked of objects for it: the runtime is compiled for x86-64.
bool isLinkable(ISA isa);

/// What the program descriptor says besides what the module's operations say.
struct ProgramInfo {
  std::string name;             ///< the file's stem
  std::string doc;              ///< one sentence, or empty
  std::string sourceDirectory;  ///< folder of the .nn file
  std::string compiler;         ///< as `nnc --version` prints it
  llvm::ArrayRef<char> weights; ///< a safetensors file to carry inside, or empty
};

struct GPUProgram;

/// The second half of compiling for GPUs, which another thread may do: it shares nothing with the module.
using GPURest = std::function<llvm::Expected<GPUProgram>()>;

struct TargetOptions {
  /// One variant of every function each, ascending.
  llvm::SmallVector<ISA, 3> isas = {ISA::AVX2, ISA::AVX512};
  ProgramInfo program;
  /// Begins to compile what the executable carries for GPUs; null: nothing. Called on a thread of its own with a module
  /// of its own.
  std::function<llvm::Expected<GPURest>(mlir::ModuleOp)> gpu = {};
  /// How a place is told to people, "net.nn:7: `log(p)`"; without it, places stay unnamed.
  std::function<std::string(mlir::Location)> placeText = {};
};

/// True if a planned module multiplies pairs of bf16: code for `avx512bf16` is faster than for `avx512`.
bool dotsPairs(mlir::ModuleOp planned);

/// Emits loops and vectors for every nn.kernel of a module: each becomes a func.func over (buffers, begin, end,
/// workspace, clock).
std::unique_ptr<mlir::Pass> createEmitCPUPass(ISA isa);

/// Makes `nn-emit-cpu` known to pass pipelines.
void registerCPUPasses();

/// Adds the passes from kernels to the LLVM dialect.
void buildCPUPipeline(mlir::OpPassManager &pm, ISA isa);

/// Adds those of them that follow emission: from scf, vector, memref, math and arith to the LLVM dialect; buffers
/// become bare pointers.
void buildCPULowering(mlir::OpPassManager &pm);

/// A relocatable ELF object.
using ObjectBytes = llvm::SmallVector<char, 0>;

/// Compiles a module that plan-step made to one object that exports `noether_program`. The module is not changed.
llvm::Expected<ObjectBytes> emitObject(mlir::ModuleOp module, const TargetOptions &options);

/// The same in an object for each instruction set, and one for GPUs, compiled side by side; the first one exports
/// `noether_program`.
llvm::Expected<std::vector<ObjectBytes>> emitObjects(mlir::ModuleOp module, const TargetOptions &options);

/// The same as text: optimized LLVM IR, or assembly.
llvm::Expected<std::string> emitLLVM(mlir::ModuleOp module, const TargetOptions &options);
llvm::Expected<std::string> emitAssembly(mlir::ModuleOp module, const TargetOptions &options);

} // namespace nn
