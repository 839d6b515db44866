// Products of matrices that four warps do together (wgmma), on GPUs of sm_90a alone. For use within this room.
//
// Note [Warp groups]
// On sm_90a four warps multiply 64 rows by up to 256 columns at once, and read both factors in shared memory, where
// `mma.sync` wants them in registers of each warp. Such a product is asynchronous: it is begun (`wgmma.mma_async`),
// closed with others as a group (`wgmma.commit_group`) and waited for (`wgmma.wait_group`); until then nobody may touch
// its sums, nor write what it reads. It reads shared memory by the asynchronous proxy, so that whoever has written
// there has to say so (`fence.proxy.async`) before the barrier behind which products begin. Groups end in their order:
// while the last one runs, what those before it have read may be written again. See Note [Rings].
//
// A descriptor says where a factor lies: rows of 64 bytes, a step of the sum side by side, whose four groups of 16
// bytes are permuted by bits 7 and 8 of the address ("64-byte swizzle"). That is the order in which Note [Copies]
// leaves words of bf16, so the same copies serve both instructions; boxes come so, too, see Note [Bulk copies]. Terms
// behind the first 16 begin 32 bytes farther: the permutation goes by addresses, not by the place in a matrix.
//
// LLVM has no intrinsic for the product. In inline assembly its sums are operands and results; waiting takes them and
// gives them back, so that nothing that uses them can come before.
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace nn {

constexpr int64_t warpgroupThreads = 128, warpgroupRows = 64;
/// Bytes that the permutation of a factor repeats after: a factor begins at a multiple.
constexpr int64_t warpgroupAlignment = 512;
/// A kernel that takes the place of another one on sm_90a has its name, and this behind it.
inline constexpr llvm::StringLiteral warpgroupSuffix = "$sm_90a";

using WarpgroupSums = llvm::SmallVector<mlir::Value>;

/// The descriptor of a factor that begins at a pointer to shared memory.
mlir::Value emitDescriptor(mlir::OpBuilder &b, mlir::Location loc, mlir::Value pointer);
/// Of what begins some bytes behind.
mlir::Value emitBehind(mlir::OpBuilder &b, mlir::Location loc, mlir::Value descriptor, int64_t bytes);

/// Makes what this thread has written to shared memory known to the asynchronous proxy.
void emitAsyncFence(mlir::OpBuilder &b, mlir::Location loc);

/// Lets products take registers that something else has written.
void emitSumsFence(mlir::OpBuilder &b, mlir::Location loc);
/// Begins a product of 16 terms of bf16, added to `sums`, of 64 rows and twice as many columns as there are sums.
WarpgroupSums emitProduct(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange sums, mlir::Value left,
                          mlir::Value right);
/// What has been begun since the last group becomes one.
void emitProductGroup(mlir::OpBuilder &b, mlir::Location loc);
/// Waits for all groups but the last ones. Sums of a group that may be under way go on to the next product, or to
/// another wait; nothing else may touch them.
WarpgroupSums emitProductsWait(mlir::OpBuilder &b, mlir::Location loc, mlir::ValueRange sums, int64_t underWay);

} // namespace nn
