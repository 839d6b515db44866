// Grids that do not depend on each other as one grid. For use within this room.
//
// Note [Merged grids]
// A launch costs some microseconds, whatever it does, and the update of a parameter, the clearing of a sum, a map over
// a small tensor take less. Such grids become one, block after block, where none of them needs what another one does:
// the updates of all parameters are a single launch, as nothing in the step needs them. Only those are put together
// that have no shared memory and no threads that wait, so that any block may be a block of any of them. For that they
// wait until something needs them; what lies in between, and does not, comes first. The order in which dependent grids
// run stays that of the program.
#pragma once

#include "Target/GPU/GPUProgram.h"

#include "llvm/IR/Module.h"

#include <string>
#include <vector>

namespace nn {

/// A launch before it is merged, or not.
struct Grid {
  struct Operand {
    GPUOperand place; ///< in the workspace: the number of a buffer there, not where it lies
    int64_t bytes;
    bool written;
  };
  std::string piece;
  int64_t blocks, threads, sharedBytes;
  bool mergeable;
  llvm::SmallVector<Operand> operands;
};

/// Groups, in the order in which they run.
using GridGroups = std::vector<std::vector<Grid>>;
GridGroups mergeGrids(std::vector<Grid> grids);

/// Gives each buffer of the workspace a place, and returns how much all of it takes.
int64_t placeWorkspace(GridGroups &groups);

/// A kernel that several grids are launched as.
struct MergedKernel {
  struct Member {
    std::string piece;
    int64_t blocks;
    llvm::SmallVector<unsigned> parameters; ///< which of the kernel's are this one's
  };
  std::vector<Member> members;
  unsigned parameterCount = 0;

  std::string key() const;
};

/// The merged kernel of a group and what it is launched with; equal operands are one.
MergedKernel mergedKernelOf(const std::vector<Grid> &group, llvm::SmallVectorImpl<GPUOperand> &operands);

/// The threads of its blocks.
constexpr int64_t mergedThreads = 256;

/// Adds it to a module that has the functions of the pieces.
void addMergedKernel(llvm::Module &module, llvm::StringRef name, const MergedKernel &kernel);

} // namespace nn
