// Emits tiles of contractions; see Note [Tiles]. For use within this room: a tile and its sums in EmitTiles.cpp, how
// parts of the factors come to shared memory in TileParts.cpp, what multiplies them in TileProducts.cpp, which steps of
// a sum count in TileBounds.cpp.
#pragma once

#include "Target/GPU/BulkCopies.h"
#include "Target/GPU/EmitTiles.h"
#include "Target/GPU/Followers.h"
#include "Target/GPU/Ring.h"

namespace nn {

class TileEmitter : public EquationEmitter {
public:
  TileEmitter(mlir::OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
              const Schedule &schedule, const BlockStripe &stripe, Team blocks, mlir::Value thread,
              const llvm::DenseMap<mlir::Value, BufferRef> &buffers, Multiplier multiplier)
      : EquationEmitter(b, info, schedule, stripe.frameOf(info.op), stripe, buffers), piece(piece), c(contraction),
        blocks(blocks), thread(thread), followers(b, piece, stripe, buffers),
        origin{llvm::SmallVector<int64_t>(info.dims, 0), 1}, warpgroups(multiplier == Multiplier::Warpgroup) {}
  void emit();

private:
  static constexpr int64_t depth = tileDepth, wordBytes = 4;
  /// Threads of a block along an edge of a tile of f32.
  static constexpr int64_t threadsAlong = 16;
  /// Spaces of memory.
  static constexpr unsigned ofDevice = 1, ofBlock = 3;

  /// A factor's parts in shared memory, one a stage. Of f32 a row is a step of the sum, of words for tensor cores a row
  /// or a column of the result.
  struct Part {
    const Factor &factor;
    llvm::ArrayRef<unsigned> lines; ///< indices of the result that it moves with
    int64_t edge;                   ///< of the tile
    mlir::Value memory;
    mlir::Value first;                                   ///< the number of its first line
    std::optional<llvm::SmallVector<BulkAxis>> box = {}; ///< by which it is copied; see Note [Bulk copies]
    mlir::Value map = {};                                ///< of its tensor
  };

  mlir::Value plus(mlir::Value value, int64_t n) {
    return n ? b.createOrFold<mlir::arith::AddIOp>(loc, value, constantIndex(n)) : value;
  }
  mlir::Value less(mlir::Value value, int64_t n) {
    return mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::ult, value, constantIndex(n));
  }
  mlir::Value quotient(mlir::Value value, int64_t n) {
    return mlir::arith::DivUIOp::create(b, loc, value, constantIndex(n));
  }
  mlir::Value remainder(mlir::Value value, int64_t n) {
    return mlir::arith::RemUIOp::create(b, loc, value, constantIndex(n));
  }
  mlir::Type elementType() { return c.onTensorCores() ? mlir::Type(b.getI32Type()) : b.getF32Type(); }

  Part createPart(llvm::StringRef name, const Factor &factor, llvm::ArrayRef<unsigned> lines, int64_t edge);
  mlir::Value enter(llvm::ArrayRef<unsigned> dims, mlir::Value number, bool mayLeave = true);
  bool mayLeave(const Part &part) { return c.countPoints(part.lines) % part.edge != 0; }
  bool sumMayLeave() { return c.countPoints(c.summed) % (tileDepth * c.wordPoints) != 0; }
  /// A line of a part, `line` and `farther` more, and a step of it. What is a multiple of what permutations repeat
  /// after is kept apart, so that addresses differ by constants.
  struct Place {
    mlir::Value line;
    int64_t farther;
    mlir::Value step;
  };
  mlir::Value wholeLine(const Place &place) { return plus(place.line, place.farther); }
  Place placeOf(const Part &part, int64_t turn, int64_t words = 1);
  Values inMemory(const Part &part, mlir::Value stage, const Place &place);
  mlir::Value insideOf(const Part &part, mlir::Value line, mlir::Value point, bool pointMayLeave);
  mlir::Value fillCondition(unsigned input);
  mlir::Value pointer(mlir::Value memref, mlir::ValueRange at, unsigned space, mlir::Value valid = {});
  void copy(const Part &part, mlir::Value stage, mlir::Value step);
  void callIntrinsic(llvm::StringRef name, mlir::ValueRange arguments);
  bool copies() { return c.left.copied > 0 || c.right.copied > 0; }
  void closeGroup();
  void waitForGroups(int64_t underWay);
  mlir::Value read(unsigned input);
  mlir::Value readFactor(const Factor &factor, mlir::Value value, mlir::Value inside);
  mlir::Value whereTaken(const Factor &factor, mlir::Value value, mlir::Value inside);
  mlir::Value unrounded(const Factor &factor) { return factor.value.getDefiningOp<RoundOp>().getValue(); }
  bool readsTogether(const Factor &factor);
  mlir::Value fetchWord(const Part &part, mlir::Value line, mlir::Value step);
  Values fetch(const Part &part, mlir::Value step);
  /// What this thread has read of the factors that are not copied.
  using Fetched = llvm::SmallVector<std::pair<const Part *, Values>>;
  Fetched fetch(mlir::Value step);
  void put(const Part &part, mlir::Value stage, const Values &values);
  // Stages as a ring, see Note [Rings].
  void openRing();
  bool isBrought(const Part &part) { return !part.box; }
  bool threadsBring() { return isBrought(*left) || isBrought(*right); }
  void ifFirst(mlir::Value number, llvm::function_ref<void()> body);
  int64_t bytesOf(const Part &part) { return part.edge * depth * wordBytes; }
  void copyBox(const Part &part, mlir::Value stage, mlir::Value step, mlir::Value barrier);
  void bring(mlir::Value step, mlir::Value end, mlir::Value position, const Fetched &fetched);
  void awaitPart(mlir::Value position);
  Values sumUpInRing(mlir::Value from, mlir::Value to);

  void tile(mlir::Value number);
  /// Values that an index or an expression has in a tile, both included.
  struct Range {
    mlir::Value low, high;
  };
  Range rangeOf(unsigned d);
  std::optional<unsigned> onlyOne(llvm::ArrayRef<unsigned> dims);
  mlir::Value mostOf(mlir::AffineExpr expr);
  std::optional<Range> sumBounds();
  Values sumUpBetween(const Range &bounds);
  Values zeros();
  Values sumUp(mlir::Value from, mlir::Value to);
  Values multiply(mlir::Value stage, const Values &sums);
  Values multiplyFloats(mlir::Value stage, const Values &sums);
  Values outerProduct(mlir::Value stage, mlir::Value step, const Values &sums);
  llvm::SmallVector<mlir::Value> readLines(const Part &part, mlir::Value stage, mlir::Value step, mlir::Value lane);
  Values multiplyFragments(mlir::Value stage, const Values &sums);
  mlir::Value matrixLine(const Part &part, mlir::Value stage, mlir::Value line, int64_t word, bool linesFirst);
  Values startProducts(mlir::Value stage, const Values &sums);
  /// Rows and columns of a tile that a warp, or a group of warps, has sums of.
  struct Span {
    mlir::Value row, column;
    int64_t down, across;
  };
  Span spanOf(mlir::Value number, int64_t down, int64_t across);
  Span groupSpan();
  Span warpSpan();
  void meet(int64_t underWay);
  int64_t sumCount() { return c.height * c.width / tileThreads; }
  /// A cell of the result by the numbers of its row and column.
  struct Cell {
    mlir::Value row, column;
  };
  llvm::SmallVector<Cell> cellsOf();
  void finish(const Values &sums);
  void finishCells(llvm::ArrayRef<Cell> cells, mlir::ValueRange sums);
  mlir::Value loadCell(mlir::Value isStored);
  llvm::SmallVector<mlir::Value> lineNumbers(const Part &part, mlir::Value lane);

  const Piece &piece;
  const Contraction &c;
  Team blocks;
  mlir::Value thread;
  FollowersEmitter followers;
  Point origin;
  bool warpgroups;
  Part *left = nullptr, *right = nullptr;
  mlir::Value insideBatch; ///< whether the tile's matrix is there; null: it is
  std::optional<Ring> ring;
  mlir::Value position; ///< in the ring, of the next part
};

} // namespace nn
