// How the threads of a block multiply parts that are in shared memory; see Note [Tiles] and Note [Tensor cores].
#include "Target/GPU/TileEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace nn;

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
