// nn-stream-stripes: kernels whose stripes do not fit a block's memory go through them in chunks; see Note [Streams].
#include "Dialect/NN/IR/EquationUtils.h"
#include "Kernels/Kernels.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/RunningMaxima.h"
#include "Target/GPU/Streams.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace nn;

/// Of a chunk, longest first: multiples of a tile's edge.
static constexpr int64_t lengths[] = {128, 64, 32};

namespace {

/// What a kernel's equations have to do with the length of its stripes.
class Length {
public:
  explicit Length(KernelOp kernel) : kernel(kernel), all(llvm::to_vector(kernel.getBody().getOps<EquationOp>())) {}
  /// False if the kernel cannot be done in chunks.
  bool find();

  bool isAlong(EquationOp op) const { return indices.contains(op); }
  bool reduces(EquationOp op) const { return isAlong(op) && op.isReduced(indices.lookup(op)); }
  /// Of a value that exists for a chunk only, the axis along the length.
  std::optional<unsigned> axisOf(Value value) const;
  int64_t passCount() const;
  /// The maximum below which a reduction is accumulated while both grow.
  std::optional<RunningMaximum> runningOf(EquationOp op) const;

  KernelOp kernel;
  SmallVector<EquationOp> all;
  int64_t extent = 0;
  llvm::MapVector<Operation *, unsigned> indices; ///< of equations along the length: the one that runs along it
  DenseMap<Operation *, int64_t> passes;          ///< of these the first one; of others, the one that they come before

private:
  llvm::MapVector<Operation *, RunningMaximum> running;
  bool isSimple(EquationOp op);
  bool noteWriters();
  bool staysApart(EquationOp reader, EquationOp writer);
  bool isHandedOn(Value value) const { return writers.contains(value) && readers.contains(value); }
  bool addAxis(Value value, unsigned axis);
  bool addIndex(EquationOp op, AffineExpr subscript);
  void choosePasses();

  DenseMap<Value, EquationOp> writers;
  llvm::DenseSet<Value> readers;         ///< the values that have some
  llvm::MapVector<Value, unsigned> axes; ///< of what equations hand on along the length
};

/// Writes a kernel anew, whose length comes in chunks.
class Stream {
public:
  Stream(const Length &length, int64_t chunk)
      : length(length), chunk(chunk), chunks(llvm::divideCeil(length.extent, chunk)),
        b(OpBuilder::atBlockEnd(&KernelOp(length.kernel).getBody().front())) {}
  void write();

private:
  void writePass(int64_t pass);
  void writeChunk(EquationOp op, int64_t pass);
  void writeMaximum(const RunningMaximum &maximum, int64_t pass);
  void writeCells(EquationOp op, ArrayRef<Value> inputs, Value dest, int64_t pass, BodyBuilder body);
  void rescale(EquationOp sum, int64_t pass);
  void begin(EquationOp op);
  void end(EquationOp op);
  Value createValue(Value whole, unsigned axis);
  Value createAccumulator(EquationOp op);
  EquationParts cellsOf(EquationOp op, AffineExpr place);
  void setPlaces(Operation *op, ArrayRef<unsigned> places, EquationOp original);
  void setPass(EquationOp op, ArrayRef<unsigned> places, EquationOp original, int64_t pass);

  const Length &length;
  int64_t chunk, chunks;
  OpBuilder b;
  DenseMap<Value, Value> values; ///< of the current pass, by those of the whole length
  DenseMap<Operation *, Value> accumulators;
  /// Of a maximum that others are accumulated below: what it is before a chunk and behind it, made finite.
  DenseMap<Operation *, std::pair<Value, Value>> maxima;
};

} // namespace

//===-- Which equations run along the length
//-------------------------------------------------------------------------------===//

/// Runs `each` on the buffers that an equation reads, and writes, with their subscripts.
static bool allAccesses(EquationOp op, llvm::function_ref<bool(Value, AffineMap)> each) {
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    if (!each(input, op.getRead(k)))
      return false;
  return each(op.getDest(), op.getWrite());
}

static unsigned frameOf(EquationOp op) { return unsigned(op->getAttrOfType<IntegerAttr>(frameAttrName).getInt()); }

/// True if a block can do an equation's rows, each cell of which has one owner.
bool Length::isSimple(EquationOp op) {
  auto form = op->getAttrOfType<StringAttr>(formAttrName);
  if (!form || form.getValue() != "owner" || op->hasAttr(initAttrName) || op->hasAttr(segmentsAttrName) ||
      !op->hasAttr(frameAttrName) || op.getAccumulate() || op.getDrop() || usesSymbols(op.getWrite().getResults()))
    return false;
  return !op.isReduced(frameOf(op)) && llvm::none_of(outerOf(op), [&](int64_t d) { return op.isReduced(unsigned(d)); });
}

/// True if an equation may run later than one that writes, or again.
bool Length::staysApart(EquationOp reader, EquationOp writer) {
  Value written = writer.getDest();
  return allAccesses(reader, [&](Value buffer, AffineMap) {
    return buffer == written || overlapOf(buffer, written) == Overlap::None;
  });
}

/// Values have one writer, before all readers, and lie in memory of their own: then nothing but these values orders
/// equations.
bool Length::noteWriters() {
  for (EquationOp op : all)
    if (!writers.try_emplace(op.getDest(), op).second)
      return false;
  for (EquationOp op : all) {
    readers.insert(op.getInputs().begin(), op.getInputs().end());
    readers.insert(op.getTables().begin(), op.getTables().end());
    auto isWritten = [&](Value value) {
      EquationOp writer = writers.lookup(value);
      return !writer || writer->isBeforeInBlock(op);
    };
    if (!llvm::all_of(op.getInputs(), isWritten) || !llvm::all_of(op.getTables(), isWritten) ||
        !llvm::all_of(all, [&](EquationOp writer) { return staysApart(op, writer); }))
      return false;
  }
  return true;
}

/// A subscript along the length, which has to be an index of its own.
bool Length::addIndex(EquationOp op, AffineExpr subscript) {
  auto index = dyn_cast<AffineDimExpr>(subscript);
  if (!index)
    return false;
  unsigned d = index.getPosition();
  if (op.getExtents()[d] != extent || d == frameOf(op) || llvm::is_contained(outerOf(op), int64_t(d)))
    return false;
  auto [known, isNew] = indices.insert({op, d});
  if (!isNew)
    return known->second == d;
  return allAccesses(op, [&](Value buffer, AffineMap map) {
    if (!isHandedOn(buffer))
      return true;
    return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto subscript) {
      return !subscript.value().isFunctionOfDim(d) || addAxis(buffer, subscript.index());
    });
  });
}

bool Length::addAxis(Value value, unsigned axis) {
  auto [known, isNew] = axes.insert({value, axis});
  if (!isNew)
    return known->second == axis;
  return llvm::all_of(all, [&](EquationOp op) {
    return !llvm::is_contained(op.getTables(), value) && allAccesses(op, [&](Value buffer, AffineMap map) {
      return buffer != value || addIndex(op, map.getResult(axis));
    });
  });
}

std::optional<unsigned> Length::axisOf(Value value) const {
  auto found = axes.find(value);
  return found != axes.end() && value.getDefiningOp<ScratchOp>() ? std::optional(found->second) : std::nullopt;
}

int64_t Length::passCount() const {
  int64_t count = 0;
  for (auto [op, index] : indices)
    count = std::max(count, passes.lookup(op) + 1);
  return count;
}

std::optional<RunningMaximum> Length::runningOf(EquationOp op) const {
  auto found = running.find(op);
  return found == running.end() ? std::nullopt : std::optional(found->second);
}

void Length::choosePasses() {
  DenseMap<Value, int64_t> ready;
  for (EquationOp op : all) {
    auto readyWithout = [&](std::optional<unsigned> left) {
      int64_t first = 0;
      for (auto [k, value] : llvm::enumerate(op.getInputs()))
        if (k != left)
          first = std::max(first, ready.lookup(value));
      for (Value value : op.getTables())
        first = std::max(first, ready.lookup(value));
      return first;
    };
    passes[op] = readyWithout(std::nullopt);
    auto maximum = reduces(op) ? runningMaximum(op, writers) : std::nullopt;
    if (maximum && reduces(maximum->largest)) {
      int64_t pass = passes.lookup(maximum->largest);
      if (pass < passes[op] && readyWithout(maximum->input) <= pass) {
        passes[op] = pass;
        running.insert({op, *maximum});
      }
    }
    ready[op.getDest()] = passes[op] + reduces(op);
  }
}

bool Length::find() {
  if (outerOf(kernel).empty() || kernel.getRoutine() ||
      !llvm::all_of(all, [&](EquationOp op) { return isSimple(op); }) || !noteWriters())
    return false;
  // What a row of a stripe has most of.
  Value largest;
  unsigned axis = 0;
  int64_t most = 0;
  for (ScratchOp op : kernel.getBody().getOps<ScratchOp>()) {
    SmallVector<int64_t> shape = storedShape(op, 1);
    int64_t bytes = byteSize(cast<ShapedType>(op.getResult().getType()).clone(shape));
    if (bytes <= most)
      continue;
    most = bytes;
    largest = op.getResult();
    axis = unsigned(std::distance(shape.begin(), llvm::max_element(shape)));
    extent = shape[axis];
  }
  if (!largest || !addAxis(largest, axis))
    return false;
  auto isPosition = [](EquationOp op) {
    return op.getCombine() == Combine::argmax || op.getCombine() == Combine::argmin;
  };
  if (llvm::any_of(all, [&](EquationOp op) { return reduces(op) && isPosition(op); }))
    return false;
  choosePasses();
  return true;
}

//===-- The same in chunks
//-------------------------------------------------------------------------------------------------===//

/// Indices of a reduction's cells, in the order of what it writes.
static SmallVector<unsigned> cellIndices(EquationOp op) {
  SmallVector<unsigned> cells;
  for (AffineExpr expr : op.getWrite().getResults())
    for (unsigned d = 0; d < op.getNumDims(); ++d)
      if (expr.isFunctionOfDim(d) && !llvm::is_contained(cells, d))
        cells.push_back(d);
  return cells;
}

/// The same behind the number of the chunk, which is no index of the original.
static SmallVector<unsigned> cellsBehindChunk(EquationOp op) {
  SmallVector<unsigned> places = {op.getNumDims()};
  llvm::append_range(places, cellIndices(op));
  return places;
}

/// The same subscripts behind the number of the chunk.
static AffineMap behindChunk(AffineExpr number, ArrayRef<AffineExpr> subscripts, unsigned dims, unsigned symbols) {
  SmallVector<AffineExpr> results = {number};
  llvm::append_range(results, subscripts);
  return AffineMap::get(dims, symbols, results, number.getContext());
}

/// Notes which of an operation's indices or axes are the frame's and the outer ones, given by those of the original.
void Stream::setPlaces(Operation *op, ArrayRef<unsigned> places, EquationOp original) {
  auto placeOf = [&](unsigned d) { return std::distance(places.begin(), llvm::find(places, d)); };
  SmallVector<int64_t> outer =
      llvm::map_to_vector(outerOf(original), [&](int64_t d) { return int64_t(placeOf(unsigned(d))); });
  op->setAttr(outerAttrName, b.getDenseI64ArrayAttr(outer));
  if (isa<EquationOp>(op)) {
    op->setAttr(formAttrName, b.getStringAttr("owner"));
    op->setAttr(frameAttrName, b.getI64IntegerAttr(placeOf(frameOf(original))));
  }
}

/// The same of an equation of a pass, whose first index counts chunks.
void Stream::setPass(EquationOp op, ArrayRef<unsigned> places, EquationOp original, int64_t pass) {
  setPlaces(op, places, original);
  op->setAttr(passAttrName, b.getI64IntegerAttr(pass));
  op->setAttr(chunkAttrName, b.getI64IntegerAttr(0));
}

/// Scratch for one chunk of a value.
Value Stream::createValue(Value whole, unsigned axis) {
  auto scratch = whole.getDefiningOp<ScratchOp>();
  auto type = cast<MemRefType>(whole.getType());
  SmallVector<int64_t> shape = {chunks};
  llvm::append_range(shape, type.getShape());
  shape[axis + 1] = chunk;
  auto result = ScratchOp::create(b, whole.getLoc(), MemRefType::get(shape, type.getElementType()),
                                  scratch.getAxis() + 1, IntegerAttr());
  SmallVector<int64_t> outer = llvm::map_to_vector(outerOf(scratch), [](int64_t each) { return each + 1; });
  result->setAttr(outerAttrName, b.getDenseI64ArrayAttr(outer));
  result->setAttr(chunkAttrName, b.getI64IntegerAttr(0));
  return result;
}

Value Stream::createAccumulator(EquationOp op) {
  SmallVector<unsigned> cells = cellIndices(op);
  SmallVector<int64_t> shape = {chunks};
  for (unsigned d : cells)
    shape.push_back(op.getExtents()[d]);
  auto type = MemRefType::get(shape, op.getResultType().getElementType());
  int64_t frame = std::distance(cells.begin(), llvm::find(cells, frameOf(op)));
  auto result = ScratchOp::create(b, op.getLoc(), type, frame + 1, IntegerAttr());
  setPlaces(result, cellsBehindChunk(op), op);
  result->setAttr(chunkAttrName, b.getI64IntegerAttr(0));
  return result;
}

/// A map over a reduction's cells, and their places in the accumulator.
EquationParts Stream::cellsOf(EquationOp op, AffineExpr place) {
  EquationParts parts;
  SmallVector<AffineExpr> subscripts;
  for (unsigned d : cellIndices(op)) {
    subscripts.push_back(b.getAffineDimExpr(parts.extents.size()));
    parts.extents.push_back(op.getExtents()[d]);
  }
  parts.write = behindChunk(place, subscripts, subscripts.size(), 0);
  parts.dest = accumulators.lookup(op);
  return parts;
}

/// What a reduction begins with.
void Stream::begin(EquationOp op) {
  accumulators[op] = createAccumulator(op);
  EquationParts parts = cellsOf(op, b.getAffineConstantExpr(0));
  auto start = EquationOp::create(b, op.getLoc(), parts, Type(), [&](OpBuilder &inner, Location loc, ValueRange) {
    return identityOf(inner, loc, op.getCombine(), op.getResultType().getElementType());
  });
  setPlaces(start, cellIndices(op), op);
}

/// Brings a reduction to where its result belongs.
void Stream::end(EquationOp op) {
  EquationParts parts = cellsOf(op, b.getAffineConstantExpr(chunks - 1));
  parts.addInput(parts.dest, parts.write);
  SmallVector<unsigned> cells = cellIndices(op);
  SmallVector<AffineExpr> places(op.getNumDims(), b.getAffineConstantExpr(0));
  for (auto [place, d] : llvm::enumerate(cells))
    places[d] = b.getAffineDimExpr(place);
  parts.write = op.getWrite().replaceDimsAndSymbols(places, {}, cells.size(), 0);
  parts.dest = op.getDest();
  auto last = EquationOp::create(b, op.getLoc(), parts, Type(),
                                 [](OpBuilder &, Location, ValueRange scalars) { return scalars.front(); });
  setPlaces(last, cells, op);
}

/// What an equation does of a chunk.
void Stream::writeChunk(EquationOp op, int64_t pass) {
  EquationParts parts = EquationParts::of(op);
  unsigned along = length.indices.lookup(op), dims = op.getNumDims() + 1, symbols = op.getNumSymbols();
  AffineExpr number = b.getAffineDimExpr(0), within = b.getAffineDimExpr(along + 1);
  SmallVector<AffineExpr> indices;
  SmallVector<unsigned> places = {op.getNumDims()}; // of the chunk's number, and those that there were
  for (unsigned d = 0; d < op.getNumDims(); ++d) {
    indices.push_back(d == along ? number * chunk + within : b.getAffineDimExpr(d + 1));
    places.push_back(d);
  }
  SmallVector<int64_t> extents = {chunks};
  llvm::append_range(extents, op.getExtents());
  extents[along + 1] = chunk;
  parts.substitute(indices, {}, extents);
  if (chunks * chunk != length.extent) {
    AffineExpr left = (length.extent - 1) - indices[along];
    parts.domain = intersect(parts.domain, IntegerSet::get(dims, symbols, {left}, {false}));
    parts.drop = !length.reduces(op) && !length.axisOf(op.getDest());
  }
  auto inChunk = [&](AffineMap map, unsigned axis) {
    SmallVector<AffineExpr> subscripts(map.getResults());
    subscripts[axis] = within;
    return behindChunk(number, subscripts, dims, symbols);
  };
  for (auto [input, read] : llvm::zip(parts.inputs, parts.reads))
    if (auto axis = length.axisOf(input)) {
      read = inChunk(read, *axis);
      input = values.lookup(input);
    }
  if (length.reduces(op)) {
    SmallVector<AffineExpr> cells =
        llvm::map_to_vector(cellIndices(op), [&](unsigned d) { return b.getAffineDimExpr(d + 1); });
    parts.write = behindChunk(number, cells, dims, symbols);
    if (auto maximum = length.runningOf(op)) {
      parts.inputs[maximum->input] = maxima.lookup(maximum->largest).second;
      parts.reads[maximum->input] = parts.write;
    }
    parts.dest = accumulators.lookup(op);
    parts.accumulate = true;
  } else if (auto axis = length.axisOf(parts.dest)) {
    parts.write = inChunk(parts.write, *axis);
    parts.dest = values[parts.dest] = createValue(parts.dest, *axis);
  }
  auto result = EquationOp::create(b, op.getLoc(), parts, Type(), [&](OpBuilder &inner, Location, ValueRange scalars) {
    return copyBody(inner, op, scalars, indices);
  });
  setPass(result, places, op, pass);
}

/// A map over a reduction's cells, within a pass.
void Stream::writeCells(EquationOp op, ArrayRef<Value> inputs, Value dest, int64_t pass, BodyBuilder body) {
  EquationParts parts;
  llvm::append_range(parts.extents, cast<MemRefType>(dest.getType()).getShape());
  parts.write = b.getMultiDimIdentityMap(parts.extents.size());
  parts.dest = dest;
  for (Value input : inputs)
    parts.addInput(input, parts.write);
  auto result = EquationOp::create(b, op.getLoc(), parts, Type(), body);
  setPass(result, cellsBehindChunk(op), op, pass);
}

/// A maximum of which others need what it is before a chunk and behind it.
void Stream::writeMaximum(const RunningMaximum &maximum, int64_t pass) {
  EquationOp largest = maximum.largest, finite = maximum.finite;
  auto makeFinite = [&] {
    Value result = createAccumulator(largest);
    writeCells(largest, accumulators.lookup(largest), result, pass,
               [&](OpBuilder &inner, Location, ValueRange scalars) { return copyBody(inner, finite, scalars); });
    return result;
  };
  Value before = makeFinite();
  writeChunk(largest, pass);
  maxima[largest] = {before, makeFinite()};
}

/// Lets what a sum has be below the maximum that has come with a chunk.
void Stream::rescale(EquationOp sum, int64_t pass) {
  auto [before, now] = maxima.lookup(length.runningOf(sum)->largest);
  Value accumulator = accumulators.lookup(sum);
  writeCells(sum, {accumulator, before, now}, accumulator, pass,
             [](OpBuilder &inner, Location loc, ValueRange scalars) -> Value {
               Value less = arith::SubFOp::create(inner, loc, scalars[1], scalars[2]);
               Value zero = arith::ConstantOp::create(inner, loc, inner.getZeroAttr(less.getType()));
               less = arith::MinimumFOp::create(inner, loc, less, zero);
               return arith::MulFOp::create(inner, loc, scalars[0], math::ExpOp::create(inner, loc, less));
             });
}

/// What a pass is for, and what that needs of the length.
void Stream::writePass(int64_t pass) {
  llvm::DenseSet<Value> wanted;
  SmallVector<EquationOp> chosen;
  for (EquationOp op : llvm::reverse(length.all)) {
    bool isResult = length.reduces(op) || !length.axisOf(op.getDest());
    if (!length.isAlong(op) || !(isResult ? length.passes.lookup(op) == pass : wanted.contains(op.getDest())))
      continue;
    wanted.insert(op.getInputs().begin(), op.getInputs().end());
    chosen.push_back(op);
  }
  auto reductions = llvm::to_vector(
      llvm::make_filter_range(llvm::reverse(chosen), [&](EquationOp op) { return length.reduces(op); }));
  for (EquationOp op : reductions)
    begin(op);
  values.clear();
  for (EquationOp op : llvm::reverse(chosen)) {
    auto below = llvm::find_if(reductions, [&](EquationOp sum) {
      auto maximum = length.runningOf(sum);
      return maximum && maximum->largest == op;
    });
    if (below != reductions.end()) {
      writeMaximum(*length.runningOf(*below), pass);
      continue;
    }
    if (length.runningOf(op))
      rescale(op, pass);
    writeChunk(op, pass);
  }
  for (EquationOp op : reductions)
    end(op);
}

void Stream::write() {
  int64_t passes = length.passCount();
  Block *block = b.getInsertionBlock();
  for (int64_t pass = 0; pass <= passes; ++pass) {
    for (EquationOp op : length.all)
      if (!length.isAlong(op) && length.passes.lookup(op) == pass)
        op->moveBefore(block, block->end());
    if (pass < passes)
      writePass(pass);
  }
  for (EquationOp op : llvm::reverse(length.all))
    if (length.isAlong(op))
      op->erase();
  for (ScratchOp op : llvm::make_early_inc_range(KernelOp(length.kernel).getBody().getOps<ScratchOp>()))
    if (op->use_empty())
      op->erase();
}

//===-- Kernels
//-------------------------------------------------------------------------------------------------------------===//

static bool isStripes(const KernelPieces &pieces) {
  return pieces.pieces.size() == 1 && pieces.pieces.front().kind == Piece::Kind::Stripes;
}

/// The rows of a kernel's stripes in chunks of a length; 0: there are none. The kernel stays beside `kernel`.
static int64_t tryChunk(KernelOp kernel, int64_t chunk, KernelOp &result) {
  result = cast<KernelOp>(OpBuilder(kernel).clone(*kernel));
  Length length(result);
  if (!length.find() || length.extent <= chunk)
    return 0;
  Stream(length, chunk).write();
  KernelPieces pieces = piecesOf(result);
  return isStripes(pieces) ? pieces.pieces.front().rows : 0;
}

void nn::streamStripes(ModuleOp planned) {
  noteOverlaps(planned);
  for (KernelOp kernel : llvm::to_vector(planned.getOps<KernelOp>())) {
    if (outerOf(kernel).empty() || isStripes(piecesOf(kernel)) || !Length(kernel).find())
      continue;
    KernelOp best;
    int64_t most = 0;
    for (int64_t chunk : lengths) {
      KernelOp tried;
      int64_t rows = tryChunk(kernel, chunk, tried);
      if (rows > most) {
        most = rows;
        std::swap(best, tried);
      }
      if (tried)
        tried.erase();
    }
    if (best)
      kernel.erase();
  }
}

namespace {
struct StreamStripesPass : PassWrapper<StreamStripesPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(StreamStripesPass)
  StringRef getArgument() const override { return "nn-stream-stripes"; }
  StringRef getDescription() const override { return "go through stripes in chunks where they do not fit"; }
  void runOnOperation() override { streamStripes(getOperation()); }
};
} // namespace

std::unique_ptr<Pass> nn::createStreamStripesPass() { return std::make_unique<StreamStripesPass>(); }
