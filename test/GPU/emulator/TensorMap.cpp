// Tensor maps and boxes.
#include "TensorMap.h"

#include <algorithm>
#include <cstring>

using namespace emulated;

/// CUtensorMapDataType, those that anybody has used here: UINT8, UINT16, UINT32, INT32.
static constexpr uint8_t bytesOf[] = {1, 2, 4, 4};

std::string TensorMap::encode(int type, unsigned ownRank, void *ownStart, const uint64_t *ownSizes,
                              const uint64_t *ownStrides, const unsigned *ownBox, const unsigned *ownSteps,
                              int interleave, int ownSwizzle, int promotion, int fill) {
  if (type < 0 || size_t(type) >= std::size(bytesOf))
    return "a type that nobody emulates";
  if (interleave != 0 || ownSwizzle < 0 || ownSwizzle > 3 || promotion < 0 || promotion > 3 || fill != 0)
    return "a mode that nobody emulates";
  if (ownRank == 0 || ownRank > mostAxes)
    return "a rank that is not 1 to 5";
  if (reinterpret_cast<uintptr_t>(ownStart) % 16)
    return "an address that is no multiple of 16";
  *this = TensorMap();
  mark = validMark;
  start = static_cast<const char *>(ownStart);
  rank = uint8_t(ownRank);
  swizzle = uint8_t(ownSwizzle);
  elementBytes = bytesOf[type];
  for (unsigned k = 0; k < rank; ++k) {
    if (ownSizes[k] == 0 || ownSizes[k] > uint64_t(1) << 32)
      return "a size that is 0 or above 2^32";
    if (ownBox[k] == 0 || ownBox[k] > 256)
      return "a box that has no points along an axis, or goes over more than 256";
    if (ownSteps[k] == 0 || ownSteps[k] > 8)
      return "a step that is 0 or above 8";
    sizes[k] = ownSizes[k];
    box[k] = uint16_t(ownBox[k]);
    steps[k] = uint8_t(k == 0 ? 1 : ownSteps[k]); // "TMA doesn't support the stride for dimension zero"
    strides[k] = k == 0 ? elementBytes : ownStrides[k - 1];
    if (k > 0 && (strides[k] % 16 || strides[k] >= uint64_t(1) << 40))
      return "a stride that is no multiple of 16 bytes, or too long";
    if (k > 0 && strides[k] < strides[k - 1] * sizes[k - 1])
      return "a stride that is shorter than what it steps over";
  }
  if (box[0] * elementBytes % 16)
    return "lines of a box that are no multiple of 16 bytes";
  if (swizzle && box[0] * elementBytes > 16u << swizzle)
    return "lines of a box that are longer than what is permuted";
  return {};
}

unsigned TensorMap::boxBytes() const {
  unsigned bytes = elementBytes;
  for (unsigned k = 0; k < rank; ++k)
    bytes *= pointsAlong(k);
  return bytes;
}

std::string TensorMap::checkPlace(const char *to) const {
  // "the shared memory address [...] must be 128 byte aligned"
  return reinterpret_cast<uintptr_t>(to) % 128 ? "to an address that is no multiple of 128" : "";
}

void TensorMap::copyBox(const int *subscripts, char *to) const {
  unsigned at[mostAxes] = {};
  for (unsigned bytes = boxBytes(), offset = 0; offset < bytes; offset += elementBytes) {
    const char *from = start;
    bool inside = true;
    for (unsigned k = 0; k < rank; ++k) {
      int64_t subscript = int64_t(subscripts[k]) + int64_t(at[k]) * steps[k];
      inside &= subscript >= 0 && uint64_t(subscript) < sizes[k];
      from += subscript * int64_t(strides[k]);
    }
    // "Swizzling modes": 16 bytes stay together; 1, 2 or 3 bits of the number of such a group are changed by those
    // three higher in the address.
    auto address = reinterpret_cast<uintptr_t>(to + offset);
    uintptr_t changed = (1u << swizzle) - 1;
    char *place = to + ((address ^ (address >> 7 & changed) << 4) - reinterpret_cast<uintptr_t>(to));
    if (inside)
      memcpy(place, from, elementBytes);
    else
      memset(place, 0, elementBytes);
    for (unsigned k = 0; k < rank && ++at[k] == pointsAlong(k); ++k)
      at[k] = 0;
  }
}
