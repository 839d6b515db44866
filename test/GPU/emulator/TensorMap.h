// Tensors in the device's memory, of which boxes are copied to shared memory (cp.async.bulk.tensor). Written from the
// PTX ISA ("Tensors") and what cuda.h says of cuTensorMapEncodeTiled; nothing is taken from who makes them.
#pragma once

#include <cstdint>
#include <string>

namespace emulated {

/// What lies in the 128 bytes of a CUtensorMap here; on a GPU nobody knows.
class TensorMap {
public:
  static constexpr unsigned mostAxes = 5;

  /// cuTensorMapEncodeTiled. What is wrong with it; empty: nothing.
  std::string encode(int type, unsigned rank, void *start, const uint64_t *sizes, const uint64_t *strides,
                     const unsigned *box, const unsigned *steps, int interleave, int swizzle, int promotion, int fill);

  bool isMap() const { return mark == validMark; }
  unsigned axes() const { return rank; }
  /// Bytes of a box, of what lies outside of the tensor, too.
  unsigned boxBytes() const;
  /// What is wrong with a place of shared memory for a box; empty: nothing.
  std::string checkPlace(const char *to) const;
  /// Copies the box whose first point has these subscripts, the last axis first.
  void copyBox(const int *subscripts, char *to) const;

private:
  unsigned pointsAlong(unsigned axis) const { return (box[axis] + steps[axis] - 1u) / steps[axis]; }

  static constexpr uint64_t validMark = 0x70616d726f736e74;
  uint64_t mark;
  const char *start;
  uint64_t sizes[mostAxes], strides[mostAxes];
  uint16_t box[mostAxes];
  uint8_t steps[mostAxes], rank, swizzle, elementBytes;
};

constexpr unsigned tensorMapBytes = 128;
static_assert(sizeof(TensorMap) <= tensorMapBytes);

} // namespace emulated
