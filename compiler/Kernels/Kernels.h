/// Names and sizes that kernels on buffers share; README.md beside this file says what the attributes promise.
#pragma once

#include "Dialect/NN/IR/Frames.h"

namespace nn {

/// On an equation in a kernel: which index of its box is the frame index (i64).
inline constexpr llvm::StringLiteral frameAttrName = "nn.frame";
/// On an equation in a kernel: "owner" or "scatter".
inline constexpr llvm::StringLiteral formAttrName = "nn.form";
/// On an equation in a kernel (unit): cells are set to the identity first.
inline constexpr llvm::StringLiteral initAttrName = "nn.init";
/// On an argument of a root function on buffers (unit): a result, which the function writes.
inline constexpr llvm::StringLiteral resultAttrName = "nn.result";
/// On nn.parameter and nn.state_var: stored axis k is logical axis [k].
inline constexpr llvm::StringLiteral layoutAttrName = "nn.layout";
/// On nn.parameter, nn.state_var, nn.setting: the place in the block, in bytes.
inline constexpr llvm::StringLiteral offsetAttrName = "nn.offset";

/// On a root (i64): the bytes of its arguments and results.
inline constexpr llvm::StringLiteral ioBytesAttrName = "nn.io_bytes";

/// True for a function that the runtime calls: plan-step has given it its place in the io block.
inline bool isRoot(mlir::func::FuncOp function) { return function->hasAttr(ioBytesAttrName); }

/// The buffer that a view, or a view of one, looks at.
inline mlir::Value rootBuffer(mlir::Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewOp>())
    buffer = view.getInput();
  return buffer;
}

/// Bytes of a dense tensor or buffer; a bool takes one byte.
inline int64_t byteSize(mlir::ShapedType type) {
  return type.getNumElements() * ((type.getElementTypeBitWidth() + 7) / 8);
}

/// Where buffers start: multiples of this many bytes.
inline constexpr int64_t bufferAlignment = 64;
inline int64_t alignBuffer(int64_t bytes) { return (bytes + bufferAlignment - 1) / bufferAlignment * bufferAlignment; }

} // namespace nn
