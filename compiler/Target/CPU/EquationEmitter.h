// Emits one equation as loops over register tiles: parallel loops, reduction loops with accumulators in registers,
// stores.
//
// Note [Conditions]
// A condition that a loop of single steps can take care of is that loop's bound. Of the others, a linear one with at
// most one reduced index leaves out whole tiles and whole parts of reductions: over a tile it lies between what it is
// at the first cell and that plus constants. If it has no reduced index, a tile of which no cell satisfies it is left
// as it begins, and in the others the cells that do not are chosen so at the end. If it has one, the reduction runs
// over the values at which some cell satisfies it; only those at which not all do are tested point by point. What
// remains is tested at every point.
//
// Note [Lanes]
// A value in emitted code is either uniform (a scalar: all lanes agree) or a vector of `lanes` elements along the
// vector index. Body operations stay scalar while all their operands are uniform and become vectors where they meet
// one; so hoisting what does not vary is left to loop-invariant code motion. Index arithmetic along lanes uses 32-bit
// elements.
#pragma once

#include "Target/CPU/Schedule.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

#include <functional>
#include <map>

namespace nn {

/// A buffer as a kernel's code sees it.
struct BufferRef {
  mlir::Value memref;                        ///< element type i8 where the equation says i1
  int64_t scratchAxis = -1;                  ///< the axis that holds one stripe only, or -1
  llvm::SmallVector<int64_t> outerAxes = {}; ///< axes of a scratch buffer that hold one place only
};

/// The type that it has there: bools take a byte each in memory.
inline mlir::MemRefType memoryType(mlir::MemRefType type) {
  auto byte = mlir::IntegerType::get(type.getContext(), 8);
  return type.getElementType().isInteger(1) ? mlir::MemRefType::get(type.getShape(), byte) : type;
}

/// The part of the frame that is being done: rows [start, start + count).
struct Stripe {
  mlir::Value start;
  mlir::Value count;                         ///< null when it is `FrameInfo::stripe`
  llvm::SmallVector<mlir::Value> outer = {}; ///< the values of the outer frame indices
};

/// Threads that share an equation's cells: thread `rank` of `size` does the cells rank, rank + size, ...
struct Team {
  mlir::Value rank, size; ///< of type index
};

/// Threads that share the points of cells: a block of them does `cells` cells at a time, each by `mates` threads, which
/// take points in turns and then meet.
struct Crew {
  Team blocks;
  mlir::Value cell, rank; ///< of this thread: which of the block's cells it works on, and its place among the mates
  int64_t cells, mates;
  /// A partial result: a value, of argmax and argmin also its position.
  using Values = llvm::SmallVector<mlir::Value>;
  using Combine = llvm::function_ref<Values(mlir::ValueRange, mlir::ValueRange)>;
  /// What all mates have, combined in an order that is always the same. All threads of the block get there together.
  std::function<Values(mlir::ValueRange own, Combine combine)> meet;
};

/// The schedule for a team: each thread does one cell after the other, by scalars. Neighbours in memory are neighbours
/// in the team.
Schedule scheduleCells(const EquationInfo &info);

class EquationEmitter {
public:
  EquationEmitter(mlir::OpBuilder &builder, const EquationInfo &info, const Schedule &schedule, FrameInfo frame,
                  Stripe stripe, const llvm::DenseMap<mlir::Value, BufferRef> &buffers);
  /// With the code of `others` in the same loops; see Note [Together] and Note [Maps of results].
  void emit(llvm::ArrayRef<EquationEmitter *> others = {});
  /// Before `emit`: for each index, the one of the loops' first equation that it runs along, and whether cells are
  /// stored.
  void placeInLoops(llvm::ArrayRef<unsigned> alongFirst, bool stores);
  /// Emits what the threads of a team do, of an equation in owner form whose cells need not be set to the identity
  /// first: of all of it, or of a stripe where there is a frame. The schedule is `scheduleCells`.
  void emitCells(Team team);
  /// The same of an equation that combines points, whose cells are done by several threads each.
  void emitCells(const Crew &crew);
  /// Sets all of the destination to the identity.
  void emitClear(Team team);
  /// The value of a map at a point, given by the values of its indices. What stands in `computed` is not loaded.
  mlir::Value computePoint(mlir::ValueRange place, const llvm::DenseMap<mlir::Value, mlir::Value> &computed);
  /// Stores the value of a cell, given by the values of the indices.
  void storePoint(mlir::ValueRange place, mlir::Value value);
  /// Takes what `emitCells` would store in a cell: the values of the indices, and what has been computed.
  std::function<void(mlir::ValueRange place, mlir::Value value)> takeCell;

protected: // for what emits the points of an equation in another order
  /// One block of lanes of the current tile: the distance from the tile's base along each index, and how many lanes are
  /// in use.
  struct Point {
    llvm::SmallVector<int64_t> offset;
    int64_t active = 1;
  };
  using Values = llvm::SmallVector<mlir::Value>;
  /// The values of a reduced index that take part in some cell of the tile: from low to allLow in some of them, up to
  /// allHigh in all, up to high in some again.
  struct Reach {
    mlir::Value low, allLow, allHigh, high;
    bool guardLow = false, guardHigh = false; ///< the first, the last part may have points
  };

  // Loops.
  void shareOut(Team team, llvm::ArrayRef<int64_t> box, llvm::function_ref<void(mlir::ValueRange)> body);
  Values placeIn(llvm::ArrayRef<int64_t> box, mlir::Value number);
  llvm::SmallVector<int64_t> boxOf(llvm::ArrayRef<unsigned> dims);
  mlir::Value goTo(llvm::ArrayRef<unsigned> dims, mlir::ValueRange place);
  Values reduceShare(const Crew &crew);
  void parallelLoop(unsigned level);
  void parallelTail(unsigned level, mlir::Value from, mlir::Value to);
  void tile();
  Values tileValues();
  void follow(const EquationEmitter &first, llvm::ArrayRef<Point> cells,
              const llvm::DenseMap<mlir::Value, Values> &computed);
  void emitTogether(llvm::ArrayRef<Point> cells);
  void emitCellByCell(llvm::ArrayRef<Point> cells);
  Values reduceLoop(unsigned level, const Values &accumulators);
  Values dotLoop(Values accumulators);
  Values leaf(Values accumulators, int64_t unroll, int64_t lastActive);
  Values update(const Point &point, mlir::ValueRange accumulator);
  void forLoop(mlir::Value low, mlir::Value high, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  Values forLoop(mlir::Value low, mlir::Value high, int64_t step, Values inits,
                 llvm::function_ref<Values(mlir::Value, const Values &)> body);
  mlir::AffineExpr limitOf(const Constraint &c, unsigned d);
  std::pair<mlir::Value, mlir::Value> reduceBounds(unsigned d);
  Reach reachOf(unsigned d);
  Values guarded(unsigned d, llvm::function_ref<Values()> body);
  Values maskedLoop(unsigned level, Values accumulators);
  Values maskedDotLoop(Values accumulators);
  std::pair<int64_t, int64_t> spreadOf(mlir::AffineExpr expr);
  mlir::Value someCellHolds();
  Values reduceCells(llvm::ArrayRef<Point> cells, const Values &initial);
  void placeConstraints();
  void initialize();
  void fillRow(mlir::Value value, Values at, mlir::Value low, mlir::Value high);
  llvm::SmallVector<Point> tilePoints();
  std::string stateKey(const llvm::SmallBitVector &dims, const Point &point) const;

  // Index expressions and memory.
  bool varies(const llvm::SmallBitVector &dims) const { return schedule.lanes > 1 && dims.test(schedule.vectorDim); }
  mlir::Value index(mlir::AffineExpr expr, const Point &point);
  mlir::Value uniformIndex(mlir::AffineExpr expr, const Point &point);
  mlir::Value vectorIndex(mlir::AffineExpr expr, const Point &point);
  mlir::Value binaryIndex(mlir::AffineBinaryOpExpr expr, mlir::Value left, mlir::Value right);
  mlir::Value symbol(unsigned j, const Point &point);
  mlir::Value isInside(mlir::AffineExpr expr, int64_t size, const Point &point);
  mlir::Value load(mlir::Value buffer, mlir::AffineMap map, mlir::TypedAttr fill, const Point &point, mlir::Value mask);
  Values address(mlir::Value buffer, mlir::AffineMap map, const Point &point, bool clamp);
  mlir::Value loadScalar(mlir::Value buffer, mlir::AffineMap map, mlir::TypedAttr fill, const Point &point);
  mlir::Value loadVector(mlir::Value buffer, mlir::AffineMap map, mlir::TypedAttr fill, const Point &point,
                         mlir::Value mask);
  mlir::Value loadEverySecond(mlir::Value buffer, mlir::AffineMap map, const Point &point, int64_t used);
  mlir::Value gather(mlir::Value buffer, mlir::AffineMap map, const Point &point, mlir::Value mask,
                     mlir::Value passThrough);
  mlir::Value loadTransposed(unsigned k, const Point &point);
  bool readsInLongStrides(mlir::Value buffer, mlir::AffineMap map);
  void askEarly(mlir::Value buffer, mlir::AffineMap map, const Point &point);
  void askForMaps(llvm::ArrayRef<Point> cells);
  void store(mlir::Value value, const Point &point);
  void storeApart(mlir::Value value, const Point &point);
  void storeInTurns(mlir::Value first, mlir::Value second, const Point &point);
  mlir::Value tailMask(const Point &point);
  mlir::Value condition(llvm::ArrayRef<Constraint> which, const Point &point);
  mlir::Value dropCondition(const Point &point);
  mlir::Value both(mlir::Value a, mlir::Value b);

  // Bodies and combining.
  mlir::Value body(const Point &point, mlir::Value mask);
  mlir::Value input(unsigned k, const Point &point, mlir::Value mask);
  mlir::IRMapping bodyValues(const Point &point, mlir::Value mask);
  mlir::Value rounded(mlir::Value value, unsigned mantissa);
  mlir::Value pair(mlir::Value first, mlir::Value second);
  DotPairsOp summedPairs();
  mlir::Value addPairs(mlir::Value sum, mlir::Value lhs, mlir::Value rhs);
  mlir::Value cloneBodyOp(mlir::Operation &op, mlir::IRMapping &values);
  mlir::Value bodyIndex(unsigned d, const Point &point);
  mlir::Value random(RandomOp op, mlir::IRMapping &values);
  mlir::Value identity();
  Values initial(const Point &point);
  mlir::Value combine(mlir::Value a, mlir::Value b);
  mlir::Value combineBody(mlir::Value accumulator, mlir::Value value);
  Values combineArg(mlir::Value best, mlir::Value place, mlir::Value value, const Point &point);
  mlir::Value isBetter(mlir::Value value, mlir::Value best);
  Values combinePartial(mlir::ValueRange left, mlir::ValueRange right);
  Values horizontal(llvm::ArrayRef<mlir::Value> partial);
  int64_t countNeighbours(llvm::ArrayRef<Point> cells);
  void storeRow(mlir::Value vector, int64_t from, int64_t count, const Point &cell);
  void finish(llvm::ArrayRef<Point> cells, Values accumulators);
  void finishCell(mlir::Value value, const Point &cell);

  // Small builders.
  mlir::Value constantIndex(int64_t value);
  mlir::Value constant(mlir::Type type, mlir::TypedAttr value);
  mlir::Value toVector(mlir::Value value);
  mlir::Value splatInteger(mlir::Type like, int64_t value);
  mlir::VectorType vectorOf(mlir::Type element) const;

  bool isArg();
  unsigned accumulatorSize() { return isArg() ? 2 : 1; }
  mlir::Type bodyType();

  mlir::OpBuilder &b;
  mlir::Location loc;
  const EquationInfo &info;
  const Schedule &schedule;
  FrameInfo frame;
  Stripe stripe;
  const llvm::DenseMap<mlir::Value, BufferRef> &buffers;
  EquationOp op;
  bool accumulate;     ///< cells start from what the destination holds
  bool shared = false; ///< by a team: no loop runs over cells in an order

  llvm::SmallVector<mlir::Value> base;                     ///< for each index the value of its loop
  llvm::SmallVector<int64_t> count;                        ///< for each parallel index the points of the current tile
  mlir::Value blockStart;                                  ///< the first value of the blocked index
  mlir::Value vectorEnd;                                   ///< where the vector index ends, if that is not known now
  llvm::SmallVector<Point> points;                         ///< cells of the current tile
  int64_t unroll = 1;                                      ///< accumulators of one cell in dot form
  llvm::SmallVector<llvm::SmallVector<Constraint>> bounds; ///< for each index the conditions its loop takes care of
  llvm::SmallVector<llvm::SmallVector<Constraint>> ranged; ///< for each reduced index those that bound it for a tile
  llvm::SmallVector<Constraint> cellConditions;            ///< those of a cell as a whole
  llvm::SmallVector<Constraint> conditions;                ///< the others
  std::map<std::string, mlir::Value> cache;                ///< loads and masks that are at hand
  llvm::DenseMap<unsigned, Values> squares;                ///< rows of inputs of this tile, transposed
  llvm::ArrayRef<EquationEmitter *> others;                ///< those that run in the loops of this one
  llvm::SmallVector<unsigned> along;                       ///< for each index that of the loops' first equation
  bool stores = true;                                      ///< others than those read the result
  llvm::DenseMap<mlir::Value, Values> atHand;              ///< results of others for the cells of this tile
};

} // namespace nn
