// Emits tiles of contractions; see Note [Tiles].
#include "Target/GPU/EmitTiles.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Target/GPU/Followers.h"
#include "Target/GPU/Meeting.h"
#include "Target/GPU/Overlaps.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

namespace {

class TileEmitter : public EquationEmitter {
public:
  TileEmitter(OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
              const Schedule &schedule, const BlockStripe &stripe, Team blocks, Value thread,
              const DenseMap<Value, BufferRef> &buffers, Multiplier multiplier)
      : EquationEmitter(b, info, schedule, stripe.frameOf(info.op), stripe, buffers), piece(piece), c(contraction),
        blocks(blocks), thread(thread), followers(b, piece, stripe, buffers),
        origin{SmallVector<int64_t>(info.dims, 0), 1}, warpgroups(multiplier == Multiplier::Warpgroup) {}
  void emit();

private:
  /// A factor's parts in shared memory, one a stage. Of f32 a row is a step of the sum, of words for tensor cores a row
  /// or a column of the result.
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
  Type elementType() { return c.onTensorCores() ? Type(b.getI32Type()) : b.getF32Type(); }

  Part createPart(StringRef name, const Factor &factor, ArrayRef<unsigned> lines, int64_t edge);
  Value enter(ArrayRef<unsigned> dims, Value number, bool mayLeave = true);
  bool mayLeave(const Part &part) { return c.countPoints(part.lines) % part.edge != 0; }
  bool sumMayLeave() { return c.countPoints(c.summed) % (tileDepth * c.wordPoints) != 0; }
  /// A line of a part, `line` and `farther` more, and a step of it. What is a multiple of what permutations repeat
  /// after is kept apart, so that addresses differ by constants.
  struct Place {
    Value line;
    int64_t farther;
    Value step;
  };
  Value wholeLine(const Place &place) { return plus(place.line, place.farther); }
  Place placeOf(const Part &part, int64_t turn, int64_t words = 1);
  Values inMemory(const Part &part, Value stage, const Place &place);
  Value insideOf(const Part &part, Value line, Value point, bool pointMayLeave);
  Value fillCondition(unsigned input);
  Value pointer(Value memref, ValueRange at, unsigned space, Value valid = {});
  void copy(const Part &part, Value stage, Value step);
  void callIntrinsic(StringRef name, ValueRange arguments);
  bool copies() { return c.left.copied > 0 || c.right.copied > 0; }
  void closeGroup();
  void waitForGroups(int64_t underWay);
  Value read(unsigned input);
  Value readFactor(const Factor &factor, Value value, Value inside);
  Value whereTaken(const Factor &factor, Value value, Value inside);
  Value unrounded(const Factor &factor) { return factor.value.getDefiningOp<RoundOp>().getValue(); }
  bool readsTogether(const Factor &factor);
  Value fetchWord(const Part &part, Value line, Value step);
  Values fetch(const Part &part, Value step);
  void put(const Part &part, Value stage, const Values &values);
  void tile(Value number);
  /// Values that an index or an expression has in a tile, both included.
  struct Range {
    Value low, high;
  };
  Range rangeOf(unsigned d);
  std::optional<unsigned> onlyOne(ArrayRef<unsigned> dims);
  Value mostOf(AffineExpr expr);
  std::optional<Range> sumBounds();
  Values zeros();
  Values sumUp(Value from, Value to);
  Values multiply(Value stage, const Values &sums);
  Values multiplyFloats(Value stage, const Values &sums);
  Values outerProduct(Value stage, Value step, const Values &sums);
  SmallVector<Value> readLines(const Part &part, Value stage, Value step, Value lane);
  Values multiplyFragments(Value stage, const Values &sums);
  Value matrixLine(const Part &part, Value stage, Value line, int64_t word, bool linesFirst);
  Values startProducts(Value stage, const Values &sums);
  /// Rows and columns of a tile that a warp, or a group of warps, has sums of.
  struct Span {
    Value row, column;
    int64_t down, across;
  };
  Span spanOf(Value number, int64_t down, int64_t across);
  Span groupSpan();
  Span warpSpan();
  void meet(int64_t underWay);
  int64_t sumCount() { return c.height * c.width / tileThreads; }
  /// A cell of the result by the numbers of its row and column.
  struct Cell {
    Value row, column;
  };
  SmallVector<Cell> cellsOf();
  void finish(const Values &sums);
  void finishCells(ArrayRef<Cell> cells, ValueRange sums);
  Value loadCell(Value isStored);
  SmallVector<Value> lineNumbers(const Part &part, Value lane);

  const Piece &piece;
  const Contraction &c;
  Team blocks;
  Value thread;
  FollowersEmitter followers;
  Point origin;
  bool warpgroups;
  Part *left = nullptr, *right = nullptr;
  Value insideBatch; ///< whether the tile's matrix is there; null: it is
};

} // namespace

static constexpr int64_t depth = tileDepth, wordBytes = 4;
/// Lines after which the permutation of groups in a row of shared memory repeats; see Note [Copies].
static constexpr int64_t permutedLines = 32;
/// Threads of a block along an edge of a tile of f32.
static constexpr int64_t threadsAlong = 16;
/// Of a tile's cells a thread finishes so many before it stores them: so many loads are under way at once.
static constexpr size_t cellsAtOnce = 4;
/// Spaces of memory.
static constexpr unsigned ofDevice = 1, ofBlock = 3;

TileEmitter::Part TileEmitter::createPart(StringRef name, const Factor &factor, ArrayRef<unsigned> lines,
                                          int64_t edge) {
  int64_t rows = c.onTensorCores() ? edge : depth, length = c.onTensorCores() ? depth : edge;
  Value memory = sharedVariable(b, piece, name, {c.stages, rows, length}, elementType(),
                                warpgroups ? warpgroupAlignment : widestAccess);
  return {factor, lines, edge, memory, {}};
}

/// Sets indices from their common number. Where it may be beyond the end: to the last; returns whether it is inside, or
/// null.
Value TileEmitter::enter(ArrayRef<unsigned> dims, Value number, bool mayLeave) {
  int64_t points = c.countPoints(dims);
  Value clamped = mayLeave ? arith::MinUIOp::create(b, loc, number, constantIndex(points - 1)).getResult() : number;
  Value inStripe = goTo(dims, placeIn(boxOf(dims), clamped));
  return both(mayLeave ? less(number, points) : Value(), inStripe);
}

/// The line and the step of the sum that a thread brings in one of its turns, the first of `words`: neighbours in
/// memory are neighbours among threads.
TileEmitter::Place TileEmitter::placeOf(const Part &part, int64_t turn, int64_t words) {
  int64_t along = (part.factor.alongSum ? depth : part.edge) / words, across = turn * tileThreads / along;
  Value near = arith::MulIOp::create(b, loc, remainder(thread, along), constantIndex(words));
  Value far = quotient(thread, along);
  if (!part.factor.alongSum)
    return {near, 0, plus(far, across)};
  return {plus(far, across % permutedLines), across / permutedLines * permutedLines, near};
}

/// Where a word lies in shared memory: groups of words change places by the number of the row; see Note [Copies].
TileEmitter::Values TileEmitter::inMemory(const Part &part, Value stage, const Place &place) {
  auto permuted = [&](Value column, Value number, int64_t groups) -> Value {
    Value group = arith::MulIOp::create(b, loc, remainder(number, groups), constantIndex(groupWords));
    return b.createOrFold<arith::XOrIOp>(loc, column, group);
  };
  if (c.onTensorCores())
    return {stage, wholeLine(place), permuted(place.step, quotient(place.line, 2), depth / groupWords)};
  Value column = part.factor.alongSum ? permuted(place.line, place.step, permutedLines / groupWords) : place.line;
  return {stage, place.step, plus(column, place.farther)};
}

/// Whether the point is inside of a buffer with a `fill` value; null: always.
Value TileEmitter::fillCondition(unsigned input) {
  Value inside;
  if (!op.getFillValue(input))
    return inside;
  auto shape = cast<MemRefType>(op.getInputs()[input].getType()).getShape();
  for (auto [expr, size] : llvm::zip(op.getRead(input).getResults(), shape))
    if (!info.staysInside(expr, size))
      inside = both(inside, isInside(expr, size, origin));
  return inside;
}

/// An element of an input, wherever the point is; outside of a buffer with a `fill` value that.
Value TileEmitter::read(unsigned input) {
  Value buffer = op.getInputs()[input];
  AffineMap map = op.getRead(input);
  Value value = memref::LoadOp::create(b, loc, buffers.at(buffer).memref, address(buffer, map, origin, true));
  Value inside = fillCondition(input);
  if (!inside)
    return value;
  return arith::SelectOp::create(b, loc, inside, value, constant(value.getType(), op.getFillValue(input)));
}

/// A factor's value, or what it is rounded from, at a point, where it is taken.
Value TileEmitter::readFactor(const Factor &factor, Value value, Value inside) {
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
  return whereTaken(factor, compute(value), inside);
}

/// A value; 0 outside, and where a condition of a factor does not hold at this point.
Value TileEmitter::whereTaken(const Factor &factor, Value value, Value inside) {
  Value takes = both(inside, condition(factor.conditions, origin));
  if (!takes)
    return value;
  return arith::SelectOp::create(b, loc, takes, value, constant(value.getType(), b.getZeroAttr(value.getType())));
}

/// Goes to a line of a tile and a point along the sum; returns whether they are inside, or null.
Value TileEmitter::insideOf(const Part &part, Value line, Value point, bool pointMayLeave) {
  Value insideLines = enter(part.lines, arith::AddIOp::create(b, loc, part.first, line), mayLeave(part));
  return both(insideLines, enter(c.summed, point, pointMayLeave));
}

/// True if both points of each word lie side by side in an aligned pair of memory.
bool TileEmitter::readsTogether(const Factor &factor) {
  auto argument = dyn_cast<BlockArgument>(unrounded(factor));
  unsigned along = c.summed.back();
  if (!argument || !factor.alongSum || info.extents[along] % c.wordPoints != 0 ||
      op.getFillValue(argument.getArgNumber()))
    return false;
  Value buffer = op.getInputs()[argument.getArgNumber()];
  AffineExpr last = op.getRead(argument.getArgNumber()).getResults().back();
  int64_t length = cast<MemRefType>(buffers.at(buffer).memref.getType()).getShape().back();
  AffineExpr others = last - getAffineDimExpr(along, op.getContext());
  bool ofStripe = buffers.at(buffer).scratchAxis >= 0;
  return length % c.wordPoints == 0 && simplifyAffineExpr(others, info.dims, 0).isMultipleOf(c.wordPoints) &&
         info.staysInside(last, length) && (ofStripe || isAligned(buffer));
}

/// A word of a factor, of one point along the sum or of two.
Value TileEmitter::fetchWord(const Part &part, Value line, Value step) {
  if (c.wordPoints == 1) {
    Value inside = insideOf(part, line, step, /*pointMayLeave=*/true);
    Value value = readFactor(part.factor, part.factor.value, inside);
    return value.getType() == elementType() ? value : arith::BitcastOp::create(b, loc, elementType(), value);
  }
  Value first = arith::MulIOp::create(b, loc, step, constantIndex(c.wordPoints));
  Values terms;
  if (readsTogether(part.factor)) {
    int64_t points = c.countPoints(c.summed);
    Value clamped = arith::MinUIOp::create(b, loc, first, constantIndex(points - c.wordPoints));
    Value inside = both(insideOf(part, line, clamped, /*pointMayLeave=*/false), less(first, points));
    unsigned input = cast<BlockArgument>(unrounded(part.factor)).getArgNumber(), along = c.summed.back();
    Value buffer = op.getInputs()[input];
    auto type = VectorType::get({c.wordPoints}, b.getF32Type());
    Value pair = vector::LoadOp::create(b, loc, type, buffers.at(buffer).memref,
                                        address(buffer, op.getRead(input), origin, /*clamp=*/true),
                                        /*nontemporal=*/false, llvm::MaybeAlign(uint64_t(c.wordPoints * wordBytes)));
    for (int64_t k = 0; k < c.wordPoints; ++k) {
      terms.push_back(whereTaken(part.factor, vector::ExtractOp::create(b, loc, pair, k), inside));
      base[along] = plus(base[along], 1);
    }
  } else {
    for (int64_t k = 0; k < c.wordPoints; ++k) {
      Value inside = insideOf(part, line, plus(first, k), /*pointMayLeave=*/true);
      terms.push_back(readFactor(part.factor, unrounded(part.factor), inside));
    }
  }
  return emitPair(b, loc, terms[0], terms[1]);
}

/// What this thread reads of a part that begins at a step of the sum.
TileEmitter::Values TileEmitter::fetch(const Part &part, Value step) {
  Values values;
  for (int64_t turn = 0; turn < part.edge * depth / tileThreads; ++turn) {
    Place place = placeOf(part, turn);
    values.push_back(fetchWord(part, wholeLine(place), arith::AddIOp::create(b, loc, step, place.step)));
  }
  return values;
}

void TileEmitter::put(const Part &part, Value stage, const Values &values) {
  for (auto [turn, value] : llvm::enumerate(values))
    memref::StoreOp::create(b, loc, value, part.memory, inMemory(part, stage, placeOf(part, int64_t(turn))));
}

void TileEmitter::callIntrinsic(StringRef name, ValueRange arguments) {
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr("llvm.nvvm.cp.async." + name), arguments);
}

/// The address of an element, in a space of the device's; where it is not valid, that of the first one.
Value TileEmitter::pointer(Value memref, ValueRange at, unsigned space, Value valid) {
  auto type = cast<MemRefType>(memref.getType());
  Value number = constantIndex(0);
  for (auto [axis, subscript] : llvm::enumerate(at)) {
    number = b.createOrFold<arith::MulIOp>(loc, number, constantIndex(type.getDimSize(axis)));
    number = b.createOrFold<arith::AddIOp>(loc, number, subscript);
  }
  if (valid)
    number = arith::SelectOp::create(b, loc, valid, number, constantIndex(0));
  auto toWord = [&](Value index) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), index); };
  auto pointerType = [&](unsigned space) { return LLVM::LLVMPointerType::get(b.getContext(), space); };
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, memref);
  start = LLVM::IntToPtrOp::create(b, loc, pointerType(type.getMemorySpaceAsInt()), toWord(start));
  if (type.getMemorySpaceAsInt() != space)
    start = LLVM::AddrSpaceCastOp::create(b, loc, pointerType(space), start);
  return LLVM::GEPOp::create(b, loc, pointerType(space), type.getElementType(), start, ValueRange{toWord(number)});
}

/// Starts the copies of what this thread brings of a part that begins at a step of the sum, if there is one. Nothing is
/// copied from outside: words of shared memory become 0.
void TileEmitter::copy(const Part &part, Value stage, Value step) {
  OpBuilder::InsertionGuard guard(b);
  if (!sumMayLeave()) {
    auto any = scf::IfOp::create(b, loc, less(step, c.steps()), /*withElse=*/false);
    b.setInsertionPointToStart(any.thenBlock());
  }
  unsigned input = part.factor.inputs.front();
  int64_t words = part.factor.copied;
  Value buffer = op.getInputs()[input];
  for (int64_t turn = 0; turn < part.edge * depth / tileThreads / words; ++turn) {
    Place place = placeOf(part, turn, words);
    Value inside = insideOf(part, wholeLine(place), arith::AddIOp::create(b, loc, step, place.step), sumMayLeave());
    inside = both(both(inside, fillCondition(input)), condition(part.factor.conditions, origin));
    Value to = pointer(part.memory, inMemory(part, stage, place), ofBlock);
    Value from = pointer(buffers.at(buffer).memref, address(buffer, op.getRead(input), origin, /*clamp=*/true),
                         ofDevice, inside);
    Values arguments = {to, from};
    if (inside)
      arguments.push_back(arith::SelectOp::create(b, loc, inside, splatInteger(b.getI32Type(), words * wordBytes),
                                                  splatInteger(b.getI32Type(), 0)));
    StringRef name = words == 1 ? "ca.shared.global.4" : "cg.shared.global.16";
    callIntrinsic((name + (inside ? ".s" : "")).str(), arguments);
  }
}

/// What has been started since the last group becomes one.
void TileEmitter::closeGroup() { callIntrinsic("commit.group", {}); }

/// Waits for this thread's copies but the last groups.
void TileEmitter::waitForGroups(int64_t underWay) {
  callIntrinsic("wait.group", ValueRange{splatInteger(b.getI32Type(), underWay)});
}

/// The lines of a part that a thread of f32 works on, in groups of words side by side.
SmallVector<Value> TileEmitter::lineNumbers(const Part &part, Value lane) {
  int64_t mine = part.edge / threadsAlong, group = std::min(mine, groupWords);
  SmallVector<Value> numbers;
  for (int64_t k = 0; k < mine; ++k) {
    Value start = arith::MulIOp::create(b, loc, lane, constantIndex(group));
    numbers.push_back(plus(start, k / group * group * threadsAlong + k % group));
  }
  return numbers;
}

SmallVector<Value> TileEmitter::readLines(const Part &part, Value stage, Value step, Value lane) {
  int64_t mine = part.edge / threadsAlong, group = std::min(mine, groupWords);
  auto type = VectorType::get({group}, b.getF32Type());
  SmallVector<Value> values;
  Value start = arith::MulIOp::create(b, loc, lane, constantIndex(group));
  for (int64_t k = 0; k < mine; k += group) {
    Values at = inMemory(part, stage, {start, k * threadsAlong, step});
    Value vector = vector::LoadOp::create(b, loc, type, part.memory, at, /*nontemporal=*/false,
                                          llvm::MaybeAlign(uint64_t(group) * sizeof(float)));
    for (int64_t j = 0; j < group; ++j)
      values.push_back(vector::ExtractOp::create(b, loc, vector, j));
  }
  return values;
}

TileEmitter::Values TileEmitter::outerProduct(Value stage, Value step, const Values &sums) {
  SmallVector<Value> rows = readLines(*left, stage, step, quotient(thread, threadsAlong));
  SmallVector<Value> columns = readLines(*right, stage, step, remainder(thread, threadsAlong));
  Values results;
  for (Value row : rows)
    for (Value column : columns)
      results.push_back(math::FmaOp::create(b, loc, row, column, sums[results.size()]));
  return results;
}

TileEmitter::Values TileEmitter::multiplyFloats(Value stage, const Values &sums) {
  Values results = sums;
  for (int64_t step = 0; step < depth; ++step)
    results = outerProduct(stage, constantIndex(step), results);
  return results;
}

/// The line that this lane names of matrices that begin at a line and a word and go on with lines first, or with words.
Value TileEmitter::matrixLine(const Part &part, Value stage, Value line, int64_t word, bool linesFirst) {
  Value lane = remainder(thread, warpThreads), matrix = quotient(lane, matrixLines);
  Value odd = remainder(matrix, 2), later = remainder(quotient(matrix, 2), 2);
  Value down = arith::MulIOp::create(b, loc, linesFirst ? odd : later, constantIndex(matrixLines));
  Value along = arith::MulIOp::create(b, loc, linesFirst ? later : odd, constantIndex(matrixWords));
  line = arith::AddIOp::create(b, loc, line, remainder(lane, matrixLines));
  line = arith::AddIOp::create(b, loc, line, down);
  return pointer(part.memory, inMemory(part, stage, {line, 0, plus(along, word)}), ofBlock);
}

TileEmitter::Values TileEmitter::multiplyFragments(Value stage, const Values &sums) {
  Span span = warpSpan();
  int64_t atOnce = std::min(span.across, 2 * fragmentColumns);
  auto load = [&](Value line, int64_t farther, int64_t matrices) {
    LLVM::GEPArg words = int32_t(farther * depth);
    line = LLVM::GEPOp::create(b, loc, line.getType(), b.getI32Type(), line, words);
    return emitMatrices(b, loc, line, matrices);
  };
  Values results = sums;
  for (int64_t word = 0; word < depth; word += fragmentWords) {
    Value firstRow = matrixLine(*left, stage, span.row, word, /*linesFirst=*/true);
    Value firstColumn = matrixLine(*right, stage, span.column, word, /*linesFirst=*/false);
    Values columns;
    for (int64_t n = 0; n < span.across; n += atOnce)
      llvm::append_range(columns, load(firstColumn, n, atOnce / fragmentColumns * 2));
    Values summed;
    for (int64_t m = 0; m < span.down; m += fragmentRows) {
      Values rows = load(firstRow, m, 4);
      for (size_t k = 0; k < columns.size(); k += 2)
        llvm::append_range(summed, emitFragment(b, loc, c.words, rows, ValueRange(columns).slice(k, 2),
                                                ValueRange(results).slice(summed.size(), 4)));
    }
    results = summed;
  }
  return results;
}

/// Begins the products of a part; it is in shared memory as Note [Warp groups] wants it.
TileEmitter::Values TileEmitter::startProducts(Value stage, const Values &sums) {
  Span span = groupSpan();
  auto descriptor = [&](const Part &part, Value line) {
    return emitDescriptor(b, loc, pointer(part.memory, {stage, line, constantIndex(0)}, ofBlock));
  };
  Value rows = descriptor(*left, span.row), columns = descriptor(*right, span.column);
  Values results = sums;
  emitSumsFence(b, loc);
  for (int64_t word = 0; word < depth; word += fragmentWords)
    results = emitProduct(b, loc, results, emitBehind(b, loc, rows, word * wordBytes),
                          emitBehind(b, loc, columns, word * wordBytes));
  emitProductGroup(b, loc);
  return results;
}

TileEmitter::Values TileEmitter::multiply(Value stage, const Values &sums) {
  return c.onTensorCores() ? multiplyFragments(stage, sums) : multiplyFloats(stage, sums);
}

/// The one of a number, where all are as large; they go through the tile row-major.
TileEmitter::Span TileEmitter::spanOf(Value number, int64_t down, int64_t across) {
  Value row = arith::MulIOp::create(b, loc, quotient(number, c.width / across), constantIndex(down));
  Value column = arith::MulIOp::create(b, loc, remainder(number, c.width / across), constantIndex(across));
  return {row, column, down, across};
}

TileEmitter::Span TileEmitter::groupSpan() {
  int64_t columns = sumCount() * warpgroupThreads / warpgroupRows;
  return spanOf(quotient(thread, warpgroupThreads), warpgroupRows, columns);
}

/// Sums of a product lie in a warp as those of `mma.sync` do: the warps of a group have 16 rows each.
TileEmitter::Span TileEmitter::warpSpan() {
  Value warp = quotient(thread, warpThreads);
  if (!warpgroups) {
    int64_t down = c.height, across = c.width;
    for (int64_t warps = tileThreads / warpThreads; warps > 1; warps /= 2)
      (down > across && down > fragmentRows ? down : across) /= 2;
    return spanOf(warp, down, across);
  }
  Span group = groupSpan();
  Value row =
      arith::MulIOp::create(b, loc, remainder(warp, warpgroupThreads / warpThreads), constantIndex(fragmentRows));
  return {arith::AddIOp::create(b, loc, group.row, row), group.column, fragmentRows, group.across};
}

/// What the destination has at a cell that is stored, or 0: another thread may store the last one inside meanwhile.
Value TileEmitter::loadCell(Value isStored) {
  if (!isStored)
    return load(op.getDest(), op.getWrite(), {}, origin, {});
  auto loading = scf::IfOp::create(b, loc, b.getF32Type(), isStored, /*withElse=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loading.thenBlock());
  scf::YieldOp::create(b, loc, load(op.getDest(), op.getWrite(), {}, origin, {}));
  b.setInsertionPointToStart(loading.elseBlock());
  scf::YieldOp::create(b, loc, identity());
  return loading.getResult(0);
}

/// First everything is computed, cells outside as the last ones inside, then stored: so what is read is asked for at
/// once.
void TileEmitter::finishCells(ArrayRef<Cell> cells, ValueRange sums) {
  SmallVector<Value> stored;
  SmallVector<Values> places, results;
  for (auto [cell, sum] : llvm::zip(cells, sums)) {
    Value inside = both(enter(c.rows, cell.row, mayLeave(*left)), enter(c.columns, cell.column, mayLeave(*right)));
    stored.push_back(both(both(insideBatch, inside), dropCondition(origin)));
    if (Value holds = condition(c.cellConditions, origin))
      sum = arith::SelectOp::create(b, loc, holds, sum, identity());
    if (accumulate)
      sum = combine(loadCell(stored.back()), sum);
    places.push_back(base);
    results.push_back(followers.compute(base, sum));
  }
  for (auto [inside, place, values] : llvm::zip(stored, places, results)) {
    OpBuilder::InsertionGuard guard(b);
    if (inside) {
      auto storing = scf::IfOp::create(b, loc, inside, /*withElse=*/false);
      b.setInsertionPointToStart(storing.thenBlock());
    }
    followers.store(*this, place, values);
  }
}

/// The cells whose sums a thread has, in the order of these.
SmallVector<TileEmitter::Cell> TileEmitter::cellsOf() {
  SmallVector<Cell> cells;
  auto from = [&](const Part &part, Value line) -> Value { return arith::AddIOp::create(b, loc, part.first, line); };
  if (!c.onTensorCores()) {
    SmallVector<Value> columns = lineNumbers(*right, remainder(thread, threadsAlong));
    for (Value row : lineNumbers(*left, quotient(thread, threadsAlong)))
      for (Value column : columns)
        cells.push_back({from(*left, row), from(*right, column)});
    return cells;
  }
  Span span = warpSpan();
  Value lane = remainder(thread, warpThreads);
  Value firstRow = arith::AddIOp::create(b, loc, span.row, quotient(lane, lanesAlong));
  Value firstColumn = arith::AddIOp::create(
      b, loc, span.column, arith::MulIOp::create(b, loc, remainder(lane, lanesAlong), constantIndex(2)));
  for (int64_t m = 0; m < span.down; m += fragmentRows)
    for (int64_t n = 0; n < span.across; n += fragmentColumns)
      for (int64_t row : {0, 8})
        for (int64_t column : {0, 1})
          cells.push_back({from(*left, plus(firstRow, m + row)), from(*right, plus(firstColumn, n + column))});
  return cells;
}

void TileEmitter::finish(const Values &sums) {
  SmallVector<Cell> cells = cellsOf();
  for (size_t at = 0; at < cells.size(); at += cellsAtOnce) {
    size_t count = std::min(cellsAtOnce, cells.size() - at);
    finishCells(ArrayRef(cells).slice(at, count), ValueRange(sums).slice(at, count));
  }
}

/// All threads meet; what they have brought is there but their last groups of copies.
void TileEmitter::meet(int64_t underWay) {
  if (copies())
    waitForGroups(underWay);
  if (warpgroups)
    emitAsyncFence(b, loc);
  emitBarrier(b, loc);
}

void TileEmitter::tile(Value number) {
  int64_t across = llvm::divideCeil(c.countPoints(c.columns), c.width);
  int64_t down = llvm::divideCeil(c.countPoints(c.rows), c.height);
  auto firstOf = [&](Value tile, int64_t edge) -> Value {
    return arith::MulIOp::create(b, loc, tile, constantIndex(edge));
  };
  right->first = firstOf(remainder(number, across), c.width);
  number = quotient(number, across);
  left->first = firstOf(remainder(number, down), c.height);
  insideBatch = enter(c.batch, quotient(number, down), /*mayLeave=*/false);

  // Nobody brings the first parts of a tile before all have read the last ones of the tile before.
  emitBarrier(b, loc);
  std::optional<Range> bounds = sumBounds();
  if (!bounds)
    return finish(sumUp(constantIndex(0), constantIndex(c.steps())));
  // Most tiles that a mask leaves out have no terms at all.
  Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, bounds->low, bounds->high);
  SmallVector<Type> types(size_t(sumCount()), b.getF32Type());
  auto guard = scf::IfOp::create(b, loc, types, some, /*withElse=*/true);
  {
    OpBuilder::InsertionGuard insertion(b);
    b.setInsertionPointToStart(guard.elseBlock());
    scf::YieldOp::create(b, loc, zeros());
    b.setInsertionPointToStart(guard.thenBlock());
    scf::YieldOp::create(b, loc, sumUp(bounds->low, bounds->high));
  }
  finish(Values(guard.getResults()));
}

/// The one index of some that has more than one value; nothing: there are several, or none.
std::optional<unsigned> TileEmitter::onlyOne(ArrayRef<unsigned> dims) {
  std::optional<unsigned> found;
  for (unsigned d : dims) {
    if (c.extents[d] == 1)
      continue;
    if (found)
      return std::nullopt;
    found = d;
  }
  return found;
}

TileEmitter::Range TileEmitter::rangeOf(unsigned d) {
  for (const Part *part : {left, right})
    if (onlyOne(part->lines) == d) {
      bool framed = int(d) == frame.dim;
      Value first = framed ? b.createOrFold<arith::AddIOp>(loc, stripe.start, part->first) : part->first;
      return {first, plus(first, part->edge - 1)};
    }
  if (llvm::is_contained(c.batch, d) || llvm::is_contained(frame.outer, d))
    return {base[d], base[d]};
  if (int(d) == frame.dim)
    return {stripe.start, plus(stripe.start, frame.stripe - 1)};
  return {constantIndex(0), constantIndex(info.extents[d] - 1)};
}

/// The most that a linear expression is in a tile, or more.
Value TileEmitter::mostOf(AffineExpr expr) {
  SmallVector<AffineExpr> origin(info.dims, getAffineConstantExpr(0, op.getContext()));
  AffineExpr offset = simplifyAffineExpr(expr.replaceDims(origin), 0, 0);
  Value most = constantIndex(cast<AffineConstantExpr>(offset).getValue());
  for (unsigned d : info.dimListOf(expr)) {
    int64_t factor = *info.coefficient(expr, d);
    Range range = rangeOf(d);
    Value term = arith::MulIOp::create(b, loc, factor > 0 ? range.high : range.low, constantIndex(factor));
    most = arith::AddIOp::create(b, loc, most, term);
  }
  return most;
}

/// The steps of the sum, in whole parts, at which conditions let some cell of a tile take part; nothing: all of them.
std::optional<TileEmitter::Range> TileEmitter::sumBounds() {
  Value zero = constantIndex(0), end = constantIndex(c.countPoints(c.summed));
  Range result{zero, end};
  bool any = false;
  for (const Constraint &each : info.constraints) {
    if (usesSymbols(each.expr) || !info.mayBound(each)) // where it does not hold, reading is safe, as it is anywhere
      continue;
    llvm::SmallBitVector dims = info.dimsOf(each.expr);
    auto bounded = llvm::find_if(info.reduced, [&](unsigned d) { return dims.test(d); });
    if (bounded == info.reduced.end()) {
      Value holds = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, mostOf(each.expr), zero);
      result.high = arith::SelectOp::create(b, loc, holds, result.high, zero);
    } else if (onlyOne(c.summed) == *bounded) {
      int64_t factor = *info.coefficient(each.expr, *bounded);
      AffineExpr rest = each.expr - getAffineDimExpr(*bounded, op.getContext()) * factor;
      Value most = mostOf(simplifyAffineExpr(rest, info.dims, 0));
      if (factor > 0) // at -rest and above
        result.low = arith::MaxSIOp::create(b, loc, result.low, arith::SubIOp::create(b, loc, zero, most));
      else
        result.high = arith::MinSIOp::create(b, loc, result.high, plus(most, 1));
    } else {
      continue;
    }
    any = true;
  }
  if (!any)
    return std::nullopt;
  if (c.wordPoints > 1) {
    result.high = arith::MaxSIOp::create(b, loc, result.high, zero);
    result = {quotient(result.low, c.wordPoints), quotient(plus(result.high, c.wordPoints - 1), c.wordPoints)};
  }
  result.low = arith::SubIOp::create(b, loc, result.low, remainder(result.low, depth));
  return result;
}

TileEmitter::Values TileEmitter::zeros() {
  return Values(size_t(sumCount()), constant(b.getF32Type(), b.getF32FloatAttr(0)));
}

/// The sums of this thread's cells over the steps from `from`, the first of a part, to `to`.
TileEmitter::Values TileEmitter::sumUp(Value from, Value to) {
  int64_t ahead = c.stages - 1;
  for (int64_t stage = 0; stage < ahead; ++stage) {
    Value step = b.createOrFold<arith::AddIOp>(loc, from, constantIndex(stage * depth));
    for (const Part *part : {left, right})
      if (part->factor.copied)
        copy(*part, constantIndex(stage), step);
      else
        put(*part, constantIndex(stage), fetch(*part, step));
    if (copies())
      closeGroup();
  }
  Values sums = zeros();
  sums.push_back(constantIndex(0)); // the stage
  auto loop = scf::ForOp::create(b, loc, from, to, constantIndex(depth), sums);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value next = plus(loop.getInductionVar(), ahead * depth);
  Values carried(loop.getRegionIterArgs());
  Value stage = carried.pop_back_val();
  auto onRing = [&](int64_t end, int64_t start, int64_t by) -> Value {
    Value atEnd = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, stage, constantIndex(end));
    return arith::SelectOp::create(b, loc, atEnd, constantIndex(start), plus(stage, by));
  };
  Value free = onRing(0, c.stages - 1, -1), following = onRing(c.stages - 1, 0, 1);
  // This part has come, of all threads, and all have read the one before it, whose place the next copies take.
  meet(ahead - 1);
  Values results = warpgroups ? startProducts(stage, carried) : Values();
  SmallVector<std::pair<const Part *, Values>> fetched;
  for (const Part *part : {left, right})
    if (part->factor.copied)
      copy(*part, free, next);
    else
      fetched.push_back({part, fetch(*part, next)});
  if (copies())
    closeGroup();
  results = warpgroups ? emitProductsWait(b, loc, results) : multiply(stage, carried);
  results.push_back(following);
  for (const auto &[part, values] : fetched)
    put(*part, free, values);
  scf::YieldOp::create(b, loc, results);
  b.setInsertionPointAfter(loop);
  if (copies())
    waitForGroups(0);
  return Values(loop.getResults().drop_back());
}

void TileEmitter::emit() {
  Part ofLeft = createPart("left", c.left, c.rows, c.height),
       ofRight = createPart("right", c.right, c.columns, c.width);
  left = &ofLeft;
  right = &ofRight;
  for (unsigned j = 0; j < op.getNumSymbols(); ++j)
    symbol(j, origin); // read once: they are the same for all tiles
  auto loop = scf::ForOp::create(b, loc, blocks.rank, constantIndex(c.tiles()), blocks.size);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  tile(loop.getInductionVar());
}

void nn::emitTiles(OpBuilder &b, const Piece &piece, const EquationInfo &info, const Contraction &contraction,
                   const BlockStripe &stripe, Team blocks, Value thread, const DenseMap<Value, BufferRef> &buffers,
                   Multiplier multiplier) {
  // Of f32 two blocks have room on sm_80 as it is; on sm_90 the assembler would spill some words, and of bf16 where a
  // table bounds the sum.
  EquationOp op = info.op;
  if (contraction.words == Words::Pairs && contraction.wordPoints == 1 && op.getTables().empty() && stripe.rows == 0)
    b.getInsertionBlock()->getParentOp()->setAttr(residentBlocksAttrName, b.getI64IntegerAttr(2));
  Schedule schedule = scheduleCells(info);
  TileEmitter(b, piece, info, contraction, schedule, stripe, blocks, thread, buffers, multiplier).emit();
}
