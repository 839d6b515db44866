// Runs planned modules by the definition of nn.equation, point by point in double precision; the truth for emitted code.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include <vector>

namespace nn::test {

/// A buffer's numbers, and for each the sum of the absolute values of the terms that made it.
struct Numbers {
  std::vector<double> values, terms;
};

/// Reads elements of any type of an io block as doubles, and writes them.
std::vector<double> readElements(const char *data, mlir::ShapedType type);
void writeElements(char *data, mlir::ShapedType type, llvm::ArrayRef<double> values);

/// Runs the launches of `root`. `io` holds the block's bytes on entry; the result maps each io buffer's offset to its numbers at the end.
std::map<int64_t, Numbers> runReference(mlir::func::FuncOp root, const char *io);

} // namespace nn::test
