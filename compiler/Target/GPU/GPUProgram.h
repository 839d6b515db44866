// What an executable carries to run on a GPU: plain data, which the model object's descriptor is filled from. It
// mirrors noether/abi.h.
#pragma once

#include "mlir/IR/Location.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace nn {

struct GPUOperand {
  int64_t space; ///< nn_gpu_space_enum
  int64_t offset;
};

/// A grid of threads.
struct GPULaunch {
  int64_t kernel; ///< position in GPUProgram::kernels
  int64_t blocks, threads;
  llvm::SmallVector<GPUOperand> operands;
};

/// A kernel that the processor runs.
struct GPUHost {
  struct Buffer {
    GPUOperand place;
    int64_t bytes;
    bool read, written;
  };
  std::string kernel; ///< of the planned module
  int64_t extent, grain;
  llvm::SmallVector<Buffer> buffers;
};

struct GPUStep;

struct GPULoop {
  struct Argument {
    GPUOperand first, later[2];
    int64_t stride;
  };
  struct Kept {
    int64_t argument;
    GPUOperand result;
    int64_t bytes;
  };
  int64_t length;
  GPUOperand turn;
  llvm::SmallVector<Argument> arguments;
  std::optional<GPUOperand> flag;
  llvm::SmallVector<Kept> kept;
  std::vector<GPUStep> steps;
};

struct GPUStep {
  std::variant<GPULaunch, GPUHost, GPULoop> what;
};

struct GPUFunction {
  int64_t scratchBytes = 0, workspaceBytes = 0;
  std::vector<GPUStep> steps;
};

/// The kernels: as text of PTX, or as the binary of one architecture.
struct GPUCode {
  int64_t capability; ///< 90: sm_90; 0: text
  /// Only for GPUs of exactly this capability, as text or binary: some kernels, each of which takes the place of the
  /// one whose name it has before `$sm_90a`.
  bool special;
  std::string bytes; ///< of text with a zero byte at its end
};

/// An operand of a kernel as a tensor of words of 4 bytes, of which it copies boxes.
struct GPUTensor {
  struct Axis {
    int64_t size;
    int64_t stride; ///< in bytes
    int64_t points; ///< of a box
    int64_t step;   ///< from one of them to the next
  };
  int64_t operand;
  llvm::SmallVector<Axis> axes; ///< the last one first
};

/// An entry of the code.
struct GPUKernel {
  std::string name;
  int64_t sharedBytes; ///< what a block is given when it is launched
  /// The same of the kernel that special code has in its place, and the tensors whose maps that one takes behind its
  /// operands.
  int64_t specialSharedBytes = 0;
  llvm::SmallVector<GPUTensor> tensors = {};
};

struct GPUProgram {
  std::vector<GPUCode> codes; ///< the first one is text; special text is behind its binary
  std::vector<GPUKernel> kernels;
  std::string constants; ///< one block of bytes
  int64_t zeroBytes = 0; ///< the longest constant of zeros
  llvm::StringMap<GPUFunction> functions;
  /// What takes a slow way on a GPU, and why.
  std::vector<std::pair<mlir::Location, std::string>> slow;
};

} // namespace nn
