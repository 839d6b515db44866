// Descriptors of factors in shared memory.
#include "WarpGroup.h"

using namespace emulated;

std::string Descriptor::check() const {
  // Bits 14-15, 30-31, 46-48 and 52-61 are in no field.
  if (field(14, 2) || field(30, 2) || field(46, 3) || field(52, 10))
    return "has bits outside of its fields";
  // "63-62: 0: No swizzle, 1: 128-Byte, 2: 64-Byte, 3: 32-Byte": the first has rows of its own kind.
  if (field(62, 2) == 0)
    return "has no swizzle, which nobody emulates";
  // "51-49: base offset is 0 when the repeating pattern of the specified swizzling mode starts" at 1024, 512, 256
  // bytes.
  if (field(49, 3))
    return "has a base offset, which nobody emulates";
  return {};
}

unsigned Descriptor::place(unsigned row, unsigned part) const {
  // "matrix-descriptor-encode(x) = (x & 0x3FFFF) >> 4"
  unsigned start = field(0, 14) << 4, stride = field(32, 14) << 4;
  // Rows along the sum are 128, 64 or 32 bytes apart, eight of them a pattern; "stride dimension byte offset: the
  // offset from the first 8 rows to the next 8 rows". The leading dimension's is not used in swizzled modes of such
  // factors.
  unsigned mode = field(62, 2), rowBytes = 256u >> mode;
  unsigned address = (start + row / 8 * stride + row % 8 * rowBytes + part * groupBytes) & addressMask;
  // "Swizzling modes": 16 bytes stay together; of the number of a group in its row, 3, 2 or 1 bits are changed by those
  // three higher in the address.
  unsigned changed = (1u << (4 - mode)) - 1;
  return address ^ ((address >> 7 & changed) << 4);
}
