// Chance: keys, and what is drawn from them.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Interpreter/Value.h"

namespace nn::interpreter {

/// Another key for each value of the counter.
template <class Base> Value<Base> foldKey(const LaneTable &table, const Value<Base> &key, const Value<Base> &counter);
/// The sample of this number. Slices of the mapped calls around that share a key are one sample, with the slice in
/// front of the element.
template <class Base>
Value<Base> drawSample(SampleOp op, int32_t site, const LaneTable &table, const Value<Base> &key,
                       llvm::ArrayRef<int> mappedLanes);

} // namespace nn::interpreter
