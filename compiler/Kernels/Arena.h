/// Places buffers that live for a while into one block of memory.
#pragma once

#include "Kernels/Kernels.h"

namespace nn {

/// First-fit placement by live intervals: buffers that live at the same time do not overlap; each starts at a multiple
/// of `bufferAlignment`.
class Arena {
public:
  /// Places `bytes` that are in use from moment `first` to moment `last`, both included.
  int64_t place(int64_t bytes, int64_t first, int64_t last) {
    bytes = alignBuffer(std::max<int64_t>(bytes, 1));
    llvm::SmallVector<Slot> busy;
    for (const Slot &slot : slots)
      if (slot.first <= last && first <= slot.last)
        busy.push_back(slot);
    llvm::sort(busy, [](const Slot &a, const Slot &b) { return a.offset < b.offset; });
    int64_t offset = 0;
    for (const Slot &slot : busy) {
      if (offset + bytes <= slot.offset)
        break;
      offset = std::max(offset, slot.offset + slot.bytes);
    }
    slots.push_back({offset, bytes, first, last});
    total = std::max(total, offset + bytes);
    return offset;
  }
  /// The bytes that all of it takes.
  int64_t size() const { return total; }

private:
  struct Slot {
    int64_t offset, bytes, first, last;
  };
  llvm::SmallVector<Slot> slots;
  int64_t total = 0;
};

} // namespace nn
