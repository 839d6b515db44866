// Emits tiles of contractions; see Note [Tiles].
#include "Target/GPU/EmitTiles.h"
#include "Target/GPU/Meeting.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

namespace {

class TileEmitter : EquationEmitter {
public:
  TileEmitter(OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
              const Schedule &schedule, Team blocks, Value thread, const DenseMap<Value, BufferRef> &buffers)
      : EquationEmitter(b, info, schedule, FrameInfo(), Stripe(), buffers), piece(piece), c(contraction),
        blocks(blocks), thread(thread), origin{SmallVector<int64_t>(info.dims, 0), 1} {}
  void emit();

private:
  /// A factor's part in shared memory: two of them, rows of `length` words and some that keep threads out of each
  /// other's banks. Of f32 a row is a step of the sum, of words a row or a column of the result.
  struct Part {
    const Factor &factor;
    ArrayRef<unsigned> lines; ///< indices of the result that it moves with
    int64_t edge;             ///< of the tile
    Value memory;
    Value first; ///< the number of its first line
  };

  Value plus(Value value, int64_t n) { return n ? b.createOrFold<arith::AddIOp>(loc, value, constantIndex(n)) : value; }
  Value less(Value value, int64_t n) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, value, constantIndex(n));
  }
  Value quotient(Value value, int64_t n) { return arith::DivUIOp::create(b, loc, value, constantIndex(n)); }
  Value remainder(Value value, int64_t n) { return arith::RemUIOp::create(b, loc, value, constantIndex(n)); }
  int64_t termsOf() { return info.countPoints(c.summed); }
  Type elementType() { return c.pairs ? Type(b.getI32Type()) : b.getF32Type(); }

  Part createPart(StringRef name, const Factor &factor, ArrayRef<unsigned> lines, int64_t edge);
  Value enter(ArrayRef<unsigned> dims, Value number);
  std::pair<Value, Value> placeOf(const Part &part, int64_t turn);
  Value read(unsigned input);
  Value readFactor(const Factor &factor, Value inside);
  Values fetch(const Part &part, Value step);
  void put(const Part &part, Value half, const Values &values);
  void tile(Value number);
  Values multiply(Value half, const Values &sums);
  Values multiplyFloats(Value half, const Values &sums);
  Values outerProduct(Value half, Value step, const Values &sums);
  SmallVector<Value> readLines(const Part &part, Value half, Value step, Value lane);
  Values multiplyPairs(Value half, const Values &sums);
  Values fragment(const Part &part, Value half, Value line, int64_t step, int64_t lines);
  int64_t sumCount() { return c.height * c.width / tileThreads; }
  void finish(const Values &sums);
  void finishCell(Value row, Value column, Value sum);
  SmallVector<Value> lineNumbers(const Part &part, Value lane);

  const Piece &piece;
  const Contraction &c;
  Team blocks;
  Value thread;
  Point origin;
  Part *left = nullptr, *right = nullptr;
};

} // namespace

/// Steps of the sum in a part; threads of a block along an edge of a tile of f32.
static constexpr int64_t depth = 16, threadsAlong = 16;
/// Warps of a block along its height and width, and the tile that `mma.sync` multiplies, of 8 words.
static constexpr int64_t warpsDown = 2, warpsAcross = 4, fragmentRows = 16, fragmentColumns = 8, fragmentWords = 8;
/// Words that are read at once, and by which rows of shared memory are longer.
static constexpr int64_t vectorWords = 4;

TileEmitter::Part TileEmitter::createPart(StringRef name, const Factor &factor, ArrayRef<unsigned> lines,
                                          int64_t edge) {
  int64_t rows = c.pairs ? edge : depth, length = c.pairs ? depth : edge;
  Value memory = sharedVariable(b, piece, name, {2, rows, length + vectorWords}, elementType());
  return {factor, lines, edge, memory, {}};
}

/// Sets indices from their common number; beyond the end: to the last. Returns whether the number is inside.
Value TileEmitter::enter(ArrayRef<unsigned> dims, Value number) {
  int64_t points = info.countPoints(dims);
  Value clamped = arith::MinUIOp::create(b, loc, number, constantIndex(points - 1));
  for (auto [d, value] : llvm::zip(dims, placeIn(boxOf(dims), clamped)))
    base[d] = value;
  return less(number, points);
}

/// The line and the step of the sum that a thread brings in one of its turns: neighbours in memory are neighbours
/// among threads.
std::pair<Value, Value> TileEmitter::placeOf(const Part &part, int64_t turn) {
  Value number = plus(thread, turn * tileThreads);
  if (part.factor.alongSum)
    return {quotient(number, depth), remainder(number, depth)};
  return {remainder(number, part.edge), quotient(number, part.edge)};
}

/// An element of an input, wherever the point is; outside of a buffer with a `fill` value that.
Value TileEmitter::read(unsigned input) {
  Value buffer = op.getInputs()[input];
  AffineMap map = op.getRead(input);
  Value value = memref::LoadOp::create(b, loc, buffers.at(buffer).memref, address(buffer, map, origin, true));
  TypedAttr fill = op.getFillValue(input);
  Value inside;
  if (fill)
    for (auto [expr, size] : llvm::zip(map.getResults(), cast<MemRefType>(buffer.getType()).getShape()))
      if (!info.staysInside(expr, size))
        inside = both(inside, isInside(expr, size, origin));
  return inside ? arith::SelectOp::create(b, loc, inside, value, constant(value.getType(), fill)).getResult() : value;
}

/// A factor at a point; 0 outside, and where one of its conditions does not hold.
Value TileEmitter::readFactor(const Factor &factor, Value inside) {
  IRMapping values;
  for (unsigned input : factor.inputs)
    values.map(op.getBodyBlock().getArgument(input), read(input));
  std::function<Value(Value)> compute = [&](Value value) -> Value {
    if (Value known = values.lookupOrNull(value))
      return known;
    Operation *source = value.getDefiningOp();
    for (Value operand : source->getOperands())
      compute(operand);
    auto round = dyn_cast<RoundOp>(source);
    values.map(value,
               round ? rounded(values.lookup(round.getValue()), round.getMantissa()) : cloneBodyOp(*source, values));
    return values.lookup(value);
  };
  Value value = compute(factor.value);
  Value takes = both(inside, condition(factor.conditions, origin));
  return arith::SelectOp::create(b, loc, takes, value, constant(value.getType(), b.getZeroAttr(value.getType())));
}

/// What this thread brings of a part that begins at a step of the sum.
TileEmitter::Values TileEmitter::fetch(const Part &part, Value step) {
  Values values;
  for (int64_t turn = 0; turn < part.edge * depth / tileThreads; ++turn) {
    auto [line, along] = placeOf(part, turn);
    Value insideLines = enter(part.lines, arith::AddIOp::create(b, loc, part.first, line));
    Value insideSum = enter(c.summed, arith::AddIOp::create(b, loc, step, along));
    values.push_back(readFactor(part.factor, both(insideLines, insideSum)));
  }
  return values;
}

void TileEmitter::put(const Part &part, Value half, const Values &values) {
  for (auto [turn, value] : llvm::enumerate(values)) {
    auto [line, along] = placeOf(part, int64_t(turn));
    Value at[] = {half, c.pairs ? line : along, c.pairs ? along : line};
    memref::StoreOp::create(b, loc, value, part.memory, at);
  }
}

/// The lines of a part that a thread of f32 works on, in groups of words side by side.
SmallVector<Value> TileEmitter::lineNumbers(const Part &part, Value lane) {
  int64_t mine = part.edge / threadsAlong, group = std::min(mine, vectorWords);
  SmallVector<Value> numbers;
  for (int64_t k = 0; k < mine; ++k) {
    Value start = arith::MulIOp::create(b, loc, lane, constantIndex(group));
    numbers.push_back(plus(start, k / group * group * threadsAlong + k % group));
  }
  return numbers;
}

SmallVector<Value> TileEmitter::readLines(const Part &part, Value half, Value step, Value lane) {
  int64_t mine = part.edge / threadsAlong, group = std::min(mine, vectorWords);
  auto type = VectorType::get({group}, b.getF32Type());
  SmallVector<Value> values, numbers = lineNumbers(part, lane);
  for (int64_t k = 0; k < mine; k += group) {
    Value at[] = {half, step, numbers[size_t(k)]};
    Value vector = vector::LoadOp::create(b, loc, type, part.memory, at, /*nontemporal=*/false,
                                          llvm::MaybeAlign(uint64_t(group) * sizeof(float)));
    for (int64_t j = 0; j < group; ++j)
      values.push_back(vector::ExtractOp::create(b, loc, vector, j));
  }
  return values;
}

TileEmitter::Values TileEmitter::outerProduct(Value half, Value step, const Values &sums) {
  SmallVector<Value> rows = readLines(*left, half, step, quotient(thread, threadsAlong));
  SmallVector<Value> columns = readLines(*right, half, step, remainder(thread, threadsAlong));
  Values results;
  for (Value row : rows)
    for (Value column : columns)
      results.push_back(math::FmaOp::create(b, loc, row, column, sums[results.size()]));
  return results;
}

TileEmitter::Values TileEmitter::multiplyFloats(Value half, const Values &sums) {
  Values results = sums;
  for (int64_t step = 0; step < depth; ++step)
    results = outerProduct(half, constantIndex(step), results);
  return results;
}

/// Words of a fragment: at lines 8 apart, then at words 4 apart, as `mma.sync` takes them.
TileEmitter::Values TileEmitter::fragment(const Part &part, Value half, Value line, int64_t step, int64_t lines) {
  constexpr int64_t lanesAlong = 4, linesOfLanes = 8;
  Value along = remainder(thread, lanesAlong);
  Values words;
  for (int64_t word = step; word < step + fragmentWords; word += lanesAlong)
    for (int64_t k = 0; k < lines; k += linesOfLanes) {
      Value at[] = {half, plus(line, k), plus(along, word)};
      words.push_back(memref::LoadOp::create(b, loc, part.memory, at));
    }
  return words;
}

TileEmitter::Values TileEmitter::multiplyPairs(Value half, const Values &sums) {
  int64_t down = c.height / warpsDown, across = c.width / warpsAcross;
  Value warp = quotient(thread, warpThreads), lane = quotient(remainder(thread, warpThreads), 4);
  auto lineOf = [&](Value number, int64_t lines) -> Value {
    return arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, number, constantIndex(lines)), lane);
  };
  Value row = lineOf(quotient(warp, warpsAcross), down), column = lineOf(remainder(warp, warpsAcross), across);
  Type f32 = b.getF32Type();
  auto four = LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  Values results = sums;
  for (int64_t step = 0; step < depth; step += fragmentWords) {
    SmallVector<Values> columns;
    for (int64_t n = 0; n < across; n += fragmentColumns)
      columns.push_back(fragment(*right, half, plus(column, n), step, fragmentColumns));
    size_t at = 0;
    for (int64_t m = 0; m < down; m += fragmentRows) {
      Values operands = fragment(*left, half, plus(row, m), step, fragmentRows);
      for (const Values &words : columns) {
        Values all = operands;
        llvm::append_range(all, words);
        all.append(results.begin() + at, results.begin() + at + 4);
        Value product =
            LLVM::CallIntrinsicOp::create(b, loc, four, b.getStringAttr("llvm.nvvm.mma.m16n8k16.row.col.bf16"), all)
                .getResults();
        for (int64_t k = 0; k < 4; ++k)
          results[at++] = LLVM::ExtractValueOp::create(b, loc, product, k);
      }
    }
  }
  return results;
}

TileEmitter::Values TileEmitter::multiply(Value half, const Values &sums) {
  return c.pairs ? multiplyPairs(half, sums) : multiplyFloats(half, sums);
}

void TileEmitter::finishCell(Value row, Value column, Value sum) {
  Value inside = both(enter(c.rows, row), enter(c.columns, column));
  auto storing = scf::IfOp::create(b, loc, both(inside, dropCondition(origin)), /*withElse=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(storing.thenBlock());
  if (Value holds = condition(c.cellConditions, origin))
    sum = arith::SelectOp::create(b, loc, holds, sum, identity());
  if (accumulate)
    sum = combine(load(op.getDest(), op.getWrite(), {}, origin, {}), sum);
  store(sum, origin);
}

void TileEmitter::finish(const Values &sums) {
  size_t at = 0;
  auto from = [&](const Part &part, Value line) -> Value { return arith::AddIOp::create(b, loc, part.first, line); };
  if (!c.pairs) {
    SmallVector<Value> columns = lineNumbers(*right, remainder(thread, threadsAlong));
    for (Value row : lineNumbers(*left, quotient(thread, threadsAlong)))
      for (Value column : columns)
        finishCell(from(*left, row), from(*right, column), sums[at++]);
    return;
  }
  int64_t down = c.height / warpsDown, across = c.width / warpsAcross;
  Value warp = quotient(thread, warpThreads), lane = remainder(thread, warpThreads);
  Value firstRow = arith::MulIOp::create(b, loc, quotient(warp, warpsAcross), constantIndex(down));
  Value firstColumn = arith::MulIOp::create(b, loc, remainder(warp, warpsAcross), constantIndex(across));
  firstRow = arith::AddIOp::create(b, loc, firstRow, quotient(lane, 4));
  firstColumn =
      arith::AddIOp::create(b, loc, firstColumn, arith::MulIOp::create(b, loc, remainder(lane, 4), constantIndex(2)));
  for (int64_t m = 0; m < down; m += fragmentRows)
    for (int64_t n = 0; n < across; n += fragmentColumns)
      for (int64_t row : {0, 8})
        for (int64_t column : {0, 1})
          finishCell(from(*left, plus(firstRow, m + row)), from(*right, plus(firstColumn, n + column)), sums[at++]);
}

void TileEmitter::tile(Value number) {
  int64_t across = llvm::divideCeil(info.countPoints(c.columns), c.width);
  int64_t down = llvm::divideCeil(info.countPoints(c.rows), c.height);
  auto firstOf = [&](Value tile, int64_t edge) -> Value {
    return arith::MulIOp::create(b, loc, tile, constantIndex(edge));
  };
  right->first = firstOf(remainder(number, across), c.width);
  number = quotient(number, across);
  left->first = firstOf(remainder(number, down), c.height);
  enter(c.batch, quotient(number, down));

  Value zero = constantIndex(0);
  put(*left, zero, fetch(*left, zero));
  put(*right, zero, fetch(*right, zero));
  emitBarrier(b, loc);
  Values sums(size_t(sumCount()), constant(b.getF32Type(), b.getF32FloatAttr(0)));
  auto loop = scf::ForOp::create(b, loc, zero, constantIndex(termsOf()), constantIndex(depth), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value step = loop.getInductionVar();
  Value half = remainder(quotient(step, depth), 2);
  Value next = plus(step, depth);
  Values ofLeft = fetch(*left, next), ofRight = fetch(*right, next);
  Values results = multiply(half, Values(loop.getRegionIterArgs()));
  Value other = arith::SubIOp::create(b, loc, constantIndex(1), half);
  put(*left, other, ofLeft);
  put(*right, other, ofRight);
  emitBarrier(b, loc);
  scf::YieldOp::create(b, loc, results);
  b.setInsertionPointAfter(loop);
  finish(Values(loop.getResults()));
}

void TileEmitter::emit() {
  Part ofLeft = createPart("left", c.left, c.rows, c.height),
       ofRight = createPart("right", c.right, c.columns, c.width);
  left = &ofLeft;
  right = &ofRight;
  auto loop = scf::ForOp::create(b, loc, blocks.rank, constantIndex(c.tiles(info)), blocks.size);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  tile(loop.getInductionVar());
}

void nn::emitTiles(OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
                   Team blocks, Value thread, const DenseMap<Value, BufferRef> &buffers) {
  Schedule schedule = scheduleCells(info);
  TileEmitter(b, piece, info, contraction, schedule, blocks, thread, buffers).emit();
}
