// Where the threads of a cell put together what each of them has. For use within this room.
#pragma once

#include "Target/CPU/EquationEmitter.h"
#include "Target/GPU/Pieces.h"

namespace nn {

class Meeting {
public:
  using Values = Crew::Values;
  using Combine = Crew::Combine;

  Meeting(mlir::OpBuilder &b, const Piece &piece, const Crew &crew, mlir::Value thread)
      : b(b), loc(piece.op->getLoc()), piece(piece), crew(crew), thread(thread) {}

  /// What the mates have, combined: in all of them. By halves within a warp, and from warp to warp in their order.
  Values meet(mlir::ValueRange own, Combine combine);

private:
  mlir::Value exchange(mlir::Value value, int64_t distance);
  Values meetInMemory(mlir::ValueRange own, mlir::Value row, mlir::Value column, int64_t rows, int64_t columns,
                      Combine combine);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const Piece &piece;
  const Crew &crew;
  mlir::Value thread;
};

/// What the widest load or store wants.
constexpr int64_t widestAccess = 16;

/// The shared memory that a block is given when it is launched, as bytes.
mlir::Value blockMemory(mlir::OpBuilder &b, mlir::Location loc);
/// Some of it as an array.
mlir::Value viewOf(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memory, int64_t offset,
                   llvm::ArrayRef<int64_t> shape, mlir::Type type);
/// A variable in the shared memory of a piece's blocks.
mlir::Value sharedVariable(mlir::OpBuilder &b, const Piece &piece, llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                           mlir::Type type, int64_t alignment = widestAccess);
/// All threads of a block wait for each other.
void emitBarrier(mlir::OpBuilder &b, mlir::Location loc);

} // namespace nn
