// Runs planned modules by the definition of nn.equation, point by point in double precision; the truth for emitted
// code.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include <map>
#include <vector>

namespace nn::test {

/// A buffer's numbers, and for each the sum of the absolute values of the terms that made it.
struct Numbers {
  std::vector<double> values, terms;
};

/// Reads elements of any type of an io block as doubles, and writes them.
std::vector<double> readElements(const char *data, mlir::ShapedType type);
void writeElements(char *data, mlir::ShapedType type, llvm::ArrayRef<double> values);

/// The bytes of a call's blocks on entry; a block that nothing uses may be null.
struct Blocks {
  const char *persistent = nullptr, *settings = nullptr, *io = nullptr;
};

/// Runs the launches of `root`. The result maps each buffer, by its block and offset, to its numbers at the end. Places
/// in scratch memory that serve several buffers in turn are beyond it.
std::map<std::pair<Space, int64_t>, Numbers> runReference(mlir::func::FuncOp root, const Blocks &blocks);

} // namespace nn::test
