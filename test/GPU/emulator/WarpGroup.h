// Products of matrices by four warps (wgmma.mma_async): what their operands are. Written from the PTX ISA
// ("Asynchronous Warpgroup Level Matrix Multiply-Accumulate"), of which each rule here is named; nothing is taken from
// who emits them.
#pragma once

#include <cstdint>
#include <string>

namespace emulated {

constexpr unsigned groupThreads = 128, groupRows = 64, groupTerms = 16, groupBytes = 16;

/// "Matrix Descriptor Format": a factor in shared memory.
class Descriptor {
public:
  explicit Descriptor(uint64_t bits) : bits(bits) {}
  /// What is wrong with it; empty: nothing.
  std::string check() const;
  /// Where the 8 terms from `8 * part` of a row lie, of a factor whose rows lie along the sum: the low 18 bits of the
  /// address, which is all that descriptors know.
  unsigned place(unsigned row, unsigned part) const;

  static constexpr unsigned addressMask = 0x3ffff;

private:
  unsigned field(unsigned first, unsigned width) const { return unsigned(bits >> first & ((1ull << width) - 1)); }

  uint64_t bits;
};

/// "Register Fragments", D of .m64nNk16: the row and the column of a thread's sum.
inline unsigned rowOf(unsigned thread, unsigned sum) { return thread / 32 * 16 + thread % 32 / 4 + sum / 2 % 2 * 8; }
inline unsigned columnOf(unsigned thread, unsigned sum) { return sum / 4 * 8 + thread % 4 * 2 + sum % 2; }

} // namespace emulated
