// Links a model object with the runtime that the compiler carries, by lld in this process.
#pragma once

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace nn {

struct LinkInputs {
  llvm::SmallVector<llvm::ArrayRef<char>, 2> objects; ///< relocatable ELF; one of them defines `noether_program`
  std::string output;                                 ///< path of the executable; replaced atomically
};

/// Writes an executable that needs libc only. On failure `output` is as it was.
llvm::Error linkExecutable(const LinkInputs &inputs);

/// Writes a shared library that exports what the objects export; runtime symbols it uses stay open. For tests that load
/// what was compiled.
llvm::Error linkSharedLibrary(const LinkInputs &inputs);

} // namespace nn
