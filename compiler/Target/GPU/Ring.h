// The stages of a tile's parts as a ring that threads hand on by barriers in shared memory, on GPUs of sm_90a. For use
// within this room.
//
// Note [Rings]
// With barriers of a whole block a part costs one of them, and whatever has been begun ends before it. On sm_90a each
// stage has two barriers of its own (mbarrier): "full" says that all of a part has come, "empty" that nobody reads it
// any more. A barrier completes a phase when as many have arrived as it was made for and all bytes have come that it
// was told of; who waits names the parity of a phase. Parts have positions, counted through all tiles of a block:
// position p lies in stage p mod n, and is use p / n of it. The first uses find their stages empty: the phase before
// the first one counts as complete.
//
// Copies by boxes, Note [Bulk copies], tell the barrier how many bytes have come. Of what threads bring themselves, by
// cp.async or through registers, each warp says that its own is there, once its lanes have waited for their copies and
// told the asynchronous proxy. Products of a part begin when it is full; then those of the part before are waited for,
// whose stage is given free and filled again. So products of one part are always under way, and only they are waited
// for where a block-wide barrier would wait for all warps.
//
// Thread 0 starts the copies of boxes. A warp that does nothing else would not have to wait for products of its own
// before, but takes registers, and a launch with other blocks than the kernel that other GPUs take; copies are `n - 1`
// parts ahead, so they are rarely late. (CUTLASS has both, as sm90_mma_tma_gmma_ss and its warp-specialized kin.)
#pragma once

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace nn {

class Ring {
public:
  /// `memory`: a pointer to ringBytes(stages) bytes of shared memory.
  Ring(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memory, int64_t stages)
      : b(b), loc(loc), memory(memory), stages(stages) {}

  /// Makes the barriers: one thread does. Then all threads have to meet.
  void open(int64_t bringers, int64_t readers);
  mlir::Value stageOf(mlir::Value position);

  /// Waits until the stage of a part may be written.
  void claim(mlir::Value position);
  /// Arrives, and says how many bytes come by copies; the barrier that they have to be told of.
  mlir::Value expect(mlir::Value position, int64_t bytes);
  /// Arrives with what has been brought.
  void give(mlir::Value position);

  /// Waits until a part is there.
  void await(mlir::Value position);
  /// Arrives as one who does not read a part any more.
  void release(mlir::Value position);

private:
  enum Kind { Full, Empty };
  mlir::Value barrier(Kind kind, mlir::Value stage);
  mlir::Value number(int64_t value);
  void wait(Kind kind, mlir::Value position, int64_t before);
  void arrive(Kind kind, mlir::Value position);

  mlir::OpBuilder &b;
  mlir::Location loc;
  mlir::Value memory;
  int64_t stages;
};

constexpr int64_t ringBytes(int64_t stages) { return 2 * stages * int64_t(sizeof(int64_t)); }

/// The lanes of a warp wait for each other.
void emitWarpBarrier(mlir::OpBuilder &b, mlir::Location loc);

} // namespace nn
