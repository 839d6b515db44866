// Functions that GPUs have no instructions for: libclc's, which nnc carries. For use within this room.
#pragma once

#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace nn {

/// Lets calls of libm's functions and of LLVM's intrinsics (`exp`, `expf`, `llvm.exp.f64`) call libclc's (`_Z3expd`),
/// and adds these to the module. Other calls stay as they are.
llvm::Error linkDeviceMath(llvm::Module &module);

} // namespace nn
