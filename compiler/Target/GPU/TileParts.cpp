// How parts of the factors of a tile come to shared memory; see Note [Copies].
#include "Dialect/NN/IR/EquationUtils.h"
#include "Target/GPU/Meeting.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/TileEmitter.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace nn;

/// Lines after which the permutation of groups in a row of shared memory repeats; see Note [Copies].
static constexpr int64_t permutedLines = 32;

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

TileEmitter::Fetched TileEmitter::fetch(Value step) {
  Fetched fetched;
  for (const Part *part : {left, right})
    if (!part->factor.copied)
      fetched.push_back({part, fetch(*part, step)});
  return fetched;
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
