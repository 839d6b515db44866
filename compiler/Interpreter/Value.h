// The interpreter's values: tensors that may differ along lanes.
//
// Note [Lanes]
// A program is written for one example, and a mapped call for one slice. The interpreter runs all of them in lock step:
// a lane is such a direction (lane 0 is the batch, each mapped call adds one), and a value that differs along lanes
// holds all copies, lanes in front of its own axes, in ascending order. So passing a slice of an argument into a mapped
// call, or a result out of it, does not move an element.
#pragma once

#include "mlir/IR/Types.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <memory>
#include <vector>

namespace nn::interpreter {

using Lanes = llvm::SmallVector<int, 2>;
using Shape = llvm::SmallVector<int64_t, 4>;

/// Extents of all lanes by number, and how many rows of lane 0 are valid.
struct LaneTable {
  std::vector<int64_t> extents;
  int64_t validRows = 0;

  int64_t count(llvm::ArrayRef<int> lanes) const {
    int64_t count = 1;
    for (int lane : lanes)
      count *= extents[lane];
    return count;
  }
};

inline int64_t elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

inline Lanes unite(llvm::ArrayRef<int> a, llvm::ArrayRef<int> b) {
  Lanes lanes;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(lanes));
  return lanes;
}

/// A tensor of floats (numbers of kind T) or of integers; the data are shared and never change once the value is made.
template <class T> struct Value {
  Lanes lanes;
  Shape shape;
  mlir::Type element;
  std::shared_ptr<const std::vector<T>> floats;
  std::shared_ptr<const std::vector<int64_t>> integers;

  explicit operator bool() const { return floats || integers; }
  int64_t size() const { return elementCount(shape); }
};

template <class T> Value<T> makeFloats(Lanes lanes, Shape shape, mlir::Type element, std::vector<T> data) {
  return {std::move(lanes), std::move(shape), element, std::make_shared<const std::vector<T>>(std::move(data)),
          nullptr};
}
template <class T> Value<T> makeIntegers(Lanes lanes, Shape shape, mlir::Type element, std::vector<int64_t> data) {
  return {std::move(lanes), std::move(shape), element, nullptr,
          std::make_shared<const std::vector<int64_t>>(std::move(data))};
}

/// Per lane of `all`, how far apart its copies lie in a value with `lanes` and `size` elements a copy; 0 where the
/// value does not differ.
inline llvm::SmallVector<int64_t, 4> laneStrides(const LaneTable &table, llvm::ArrayRef<int> all,
                                                 llvm::ArrayRef<int> lanes, int64_t size) {
  llvm::SmallVector<int64_t, 4> strides(all.size(), 0);
  for (size_t k = all.size(); k-- > 0;) {
    if (!llvm::is_contained(lanes, all[k]))
      continue;
    strides[k] = size;
    size *= table.extents[all[k]];
  }
  return strides;
}

/// Calls `visit` for every combination of lanes, with the offset of each operand's copy and each lane's position.
template <class Visit>
void forEachLane(const LaneTable &table, llvm::ArrayRef<int> all, llvm::ArrayRef<llvm::SmallVector<int64_t, 4>> strides,
                 Visit visit) {
  llvm::SmallVector<int64_t, 4> position(all.size(), 0);
  llvm::SmallVector<int64_t, 4> offsets(strides.size(), 0);
  for (int64_t left = table.count(all); left > 0; --left) {
    visit(llvm::ArrayRef<int64_t>(offsets), llvm::ArrayRef<int64_t>(position));
    for (size_t k = all.size(); k-- > 0;) {
      ++position[k];
      for (size_t v = 0; v < strides.size(); ++v)
        offsets[v] += strides[v][k];
      if (position[k] < table.extents[all[k]])
        break;
      for (size_t v = 0; v < strides.size(); ++v)
        offsets[v] -= strides[v][k] * position[k];
      position[k] = 0;
    }
  }
}

/// The float value with exactly `lanes`: repeated along those it lacks, summed over those it should not have.
template <class T> Value<T> conform(const LaneTable &table, const Value<T> &value, llvm::ArrayRef<int> lanes);

} // namespace nn::interpreter
