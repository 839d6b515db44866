// The pieces of a kernel: what one grid of threads does, without waiting for each other. For use within this room.
//
// Note [Pieces]
// On a processor a kernel goes through its frame by stripes, and a stripe through its equations, so that what they hand
// on stays in a cache. On a GPU the threads of a grid cannot wait for each other, so an equation begins a grid of its
// own: a product of matrices by tiles, else one thread a cell, or several, where every cell has one owner; else one a
// row of the frame, whose points run in their order. Maps that go on with its cells run in the same grid, see Note
// [Followers]. What one piece hands on to another one is stored as a whole, unless the pieces are phases of one whose
// blocks do stripes, see Note [Stripes].
#pragma once

#include "Target/GPU/Share.h"
#include "Target/GPU/Tiles.h"

namespace nn {

/// On the function of a piece, until it is LLVM's: the threads of a block, which its registers are rationed by.
inline constexpr llvm::StringLiteral blockThreadsAttrName = "nn.block_threads";

/// A map whose points are the cells of the equation that a piece begins with; see Note [Followers].
struct Follower {
  EquationOp op;
  llvm::SmallVector<int> cellDims; ///< for each of its indices the leader's that it equals; -1: it is 0
};

/// The beginning of a block's shared memory, which a phase puts its variables into.
struct Staging {
  mlir::Value memory;
  int64_t used = 0;
};

struct Piece {
  enum class Kind {
    Clear,   ///< sets the destination to the identity
    Cells,   ///< computes it, a cell a thread
    Tiles,   ///< computes it, a tile of a product of matrices a block
    Stripes, ///< computes all of a kernel, some rows of it a block; see Note [Stripes]
    Rows,    ///< computes it, a row of the frame a thread, or all of it in one thread
    Ranks,   ///< of a routine that sorts: puts each entry at its place
    Firsts   ///< of `group`: where each group begins
  };
  Kind kind;
  mlir::Operation *op; ///< an equation, the leader; of Ranks and Firsts a routine
  std::string name;
  int64_t items; ///< cells, tiles, stripes, rows or entries
  Share share;   ///< of Cells: how the points of a cell are shared
  /// What its function takes, in order: arguments of the kernel and scratch buffers.
  llvm::SmallVector<mlir::Value> operands;
  std::vector<Follower> followers = {};

  // Of Stripes:
  int64_t rows = 0;               ///< of a stripe
  std::vector<Piece> phases = {}; ///< what a block does, one after the other
  /// Bytes of a block's shared memory: of all of it, and of its beginning, which phases use one after the other. Behind
  /// that lie scratch buffers, at these places.
  int64_t sharedBytes = 0, stagingBytes = 0;
  llvm::DenseMap<mlir::Value, int64_t> scratch = llvm::DenseMap<mlir::Value, int64_t>();
  Staging *staging = nullptr; ///< of a phase, while it is emitted
};

/// The equations of a piece, in order.
llvm::SmallVector<EquationOp> membersOf(const Piece &piece);

struct KernelPieces {
  std::vector<Piece> pieces;
  /// Places of the scratch buffers in the workspace, stored whole, and the bytes that they take together.
  llvm::DenseMap<mlir::Value, int64_t> scratch;
  int64_t workspaceBytes = 0;
};

/// The threads of a block, and how many items it does at a time.
int64_t blockThreads(const Piece &piece);
int64_t blockItems(const Piece &piece);

/// True if a piece's threads share nothing: its blocks may have another length, and be blocks of a larger grid.
bool isPlain(const Piece &piece);

/// A kernel that holds a routine without pieces stays on the processor.
KernelPieces piecesOf(KernelOp kernel);

/// What the thread of an item does, of a piece of Ranks or Firsts. `buffers` are the entries and the result.
void emitRank(mlir::OpBuilder &builder, RoutineOp op, mlir::ValueRange buffers, mlir::Value item);
void emitFirst(mlir::OpBuilder &builder, RoutineOp op, mlir::ValueRange buffers, mlir::Value item);

/// The function of a piece: pointers to its operands, in order; and the one that sm_90a has, see Note [Warp groups].
void emitPiece(mlir::OpBuilder &builder, const Piece &piece);

} // namespace nn
