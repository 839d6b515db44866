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

/// A variable in the shared memory of a piece's blocks, and all threads of a block waiting for each other.
mlir::Value sharedVariable(mlir::OpBuilder &b, const Piece &piece, llvm::StringRef name, llvm::ArrayRef<int64_t> shape,
                           mlir::Type type, int64_t alignment = widestAccess);
void emitBarrier(mlir::OpBuilder &b, mlir::Location loc);

} // namespace nn
