// Draws what a program samples, by the counters that its executable uses.
#include "Interpreter/Samples.h"

#include "Interpreter/Bytecode.h"
#include "Interpreter/Numbers.h"

using namespace mlir;

namespace nn::interpreter {

template <class Base> Value<Base> foldKey(const LaneTable &table, const Value<Base> &key, const Value<Base> &counter) {
  Lanes lanes = unite(key.lanes, counter.lanes);
  int64_t size = key.size();
  std::vector<int64_t> words(table.count(lanes) * size);
  SmallVector<int64_t, 4> strides[] = {laneStrides(table, lanes, key.lanes, size),
                                       laneStrides(table, lanes, counter.lanes, counter.size()),
                                       laneStrides(table, lanes, lanes, size)};
  forEachLane(table, lanes, strides, [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t>) {
    for (int64_t k = 0; k < size / 4; ++k) {
      const int64_t *from = key.integers->data() + offsets[0] + 4 * k;
      int64_t *to = words.data() + offsets[2] + 4 * k;
      int64_t turn = (*counter.integers)[offsets[1] + (counter.size() == 1 ? 0 : k)];
      std::copy_n(from, 3, to);
      to[3] = static_cast<int64_t>(
          drawRandom(Distribution::bits, from[0], from[1], from[2], from[3], static_cast<uint32_t>(-1), turn, 32));
    }
  });
  return makeIntegers<Base>(lanes, key.shape, key.element, std::move(words));
}

template <class Base>
Value<Base> drawSample(SampleOp op, int32_t site, const LaneTable &table, const Value<Base> &key,
                       ArrayRef<int> mappedLanes) {
  auto type = cast<RankedTensorType>(op.getType());
  Lanes lanes = unite(key.lanes, mappedLanes);
  int64_t numKeys = key.size() / 4, size = type.getNumElements(), each = numKeys ? size / numKeys : 0;
  unsigned width = type.getElementType().getIntOrFloatBitWidth();
  std::vector<double> draws(table.count(lanes) * size);
  SmallVector<int64_t, 4> strides[] = {laneStrides(table, lanes, key.lanes, key.size()),
                                       laneStrides(table, lanes, lanes, size)};
  forEachLane(table, lanes, strides, [&](ArrayRef<int64_t> offsets, ArrayRef<int64_t> at) {
    int64_t slice = 0;
    for (auto [lane, position] : llvm::zip(lanes, at))
      if (!llvm::is_contained(key.lanes, lane))
        slice = slice * table.extents[lane] + position;
    for (int64_t e = 0; e < size; ++e) {
      const int64_t *words = key.integers->data() + offsets[0] + 4 * (e / each);
      draws[offsets[1] + e] = drawRandom(op.getLaw(), words[0], words[1], words[2], words[3],
                                         static_cast<uint32_t>(site), slice * each + e % each, width);
    }
  });
  Shape shape(type.getShape());
  if (op.getLaw() == Distribution::bits)
    return makeIntegers<Base>(lanes, shape, type.getElementType(), std::vector<int64_t>(draws.begin(), draws.end()));
  std::vector<Base> data(draws.size());
  llvm::transform(draws, data.begin(), Numbers<Base>::of);
  return makeFloats<Base>(lanes, shape, type.getElementType(), std::move(data));
}

template Value<double> foldKey(const LaneTable &, const Value<double> &, const Value<double> &);
template Value<Bounded> foldKey(const LaneTable &, const Value<Bounded> &, const Value<Bounded> &);
template Value<double> drawSample(SampleOp, int32_t, const LaneTable &, const Value<double> &, ArrayRef<int>);
template Value<Bounded> drawSample(SampleOp, int32_t, const LaneTable &, const Value<Bounded> &, ArrayRef<int>);

} // namespace nn::interpreter
