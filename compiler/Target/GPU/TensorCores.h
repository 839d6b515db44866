// What a warp multiplies together (`mma.sync`), on every GPU since Ampere. For use within this room.
//
// Note [Tensor cores]
// A warp multiplies 16 rows by 8 columns, of 8 words of the sum each: words of two bf16 (16 terms), or of one tf32. In
// both shapes lane 4 g + t holds words t and t + 4 of rows g and g + 8 and of column g, and the sums of columns 2 t and
// 2 t + 1 of its rows. `ldmatrix` brings them so: of matrices of 8 lines and 4 words, each lane names a line, and gets
// word t of line g of each. So what holds words by lines, side by side along the sum, serves both formats; what they
// are decides only the instruction.
//
// Factors are rounded before: to bf16 two at once by `cvt.rn.bf16x2`, to nearest, of two the even one, as `nn.pair`
// says; to tf32 as `nn.round` is anywhere, since the conversion that sm_80 has rounds ties away from 0.
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace nn {

/// What the words of factors in shared memory are, and what multiplies them.
enum class Words {
  Floats, ///< f32, by `fma`
  Tf32,   ///< f32 rounded to tf32 or to less, by `mma.sync.m16n8k8`
  Pairs   ///< two of bf16, by `mma.sync.m16n8k16`
};

/// Of a product: rows, columns, and words of the sum.
constexpr int64_t fragmentRows = 16, fragmentColumns = 8, fragmentWords = 8;
/// Of a matrix that is loaded: lines and words; the lanes that have a line of it.
constexpr int64_t matrixLines = 8, matrixWords = 4, lanesAlong = 4;

/// `nn.pair`, by one instruction.
mlir::Value emitPair(mlir::OpBuilder &b, mlir::Location loc, mlir::Value first, mlir::Value second);

/// Loads two matrices or four. Lane k points to line k % 8 of matrix k / 8.
llvm::SmallVector<mlir::Value> emitMatrices(mlir::OpBuilder &b, mlir::Location loc, mlir::Value line, int64_t count);

/// The products of four matrices of rows and two of columns, added to four sums.
llvm::SmallVector<mlir::Value> emitFragment(mlir::OpBuilder &b, mlir::Location loc, Words words, mlir::ValueRange rows,
                                            mlir::ValueRange columns, mlir::ValueRange sums);

} // namespace nn
