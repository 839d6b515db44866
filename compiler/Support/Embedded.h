/// Files that `nnc` carries inside itself; cmake/Embed.cmake makes the libraries that define these functions.
#ifndef NOETHER_SUPPORT_EMBEDDED_H
#define NOETHER_SUPPORT_EMBEDDED_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace nn {

struct EmbeddedFile {
  llvm::StringRef name;  ///< base name: `layers.nn`
  llvm::StringRef bytes; ///< followed by a zero byte that does not count
};

namespace embedded {
/// The standard library's sources. Link NNStdlib.
llvm::ArrayRef<EmbeddedFile> stdlib();
/// Its modules that a program has to name. Link NNStdlibModules.
llvm::ArrayRef<EmbeddedFile> stdlibModules();
/// What a compiled model is linked with. Link NNRuntimeFiles.
llvm::ArrayRef<EmbeddedFile> runtime();
/// Functions of libclc for NVIDIA's GPUs, as bitcode: one file.
llvm::ArrayRef<EmbeddedFile> deviceMath();
} // namespace embedded

} // namespace nn

#endif
