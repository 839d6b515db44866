/// cpuid and xgetbv.
#include "core/Isa.h"

#include "noether/abi.h"

#include <cpuid.h>

namespace nnrt {

/// Whether the system saves the registers of these bits of XCR0.
static bool saved(unsigned registers) {
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & registers) == registers;
}

int64_t bestIsa() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return NN_ISA_BASELINE;
  const unsigned fma = 1u << 12, movbe = 1u << 22, popcnt = 1u << 23, osxsave = 1u << 27, avx = 1u << 28,
                 f16c = 1u << 29;
  const unsigned first = fma | movbe | popcnt | osxsave | avx | f16c;
  if ((c & first) != first || !saved(0x6) || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
    return NN_ISA_BASELINE;
  const unsigned bmi1 = 1u << 3, avx2 = 1u << 5, bmi2 = 1u << 8;
  if ((b & (bmi1 | avx2 | bmi2)) != (bmi1 | avx2 | bmi2))
    return NN_ISA_BASELINE;
  const unsigned avx512 = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31); // F DQ CD BW VL
  if ((b & avx512) != avx512 || !saved(0xE6))
    return NN_ISA_AVX2;
  const unsigned bf16 = 1u << 5;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bf16) ? NN_ISA_AVX512_BF16 : NN_ISA_AVX512;
}

const std::vector<std::string> &isaNames() {
  static const std::vector<std::string> &names =
      *new std::vector<std::string>{"baseline", "avx2", "avx512", "avx512bf16"};
  return names;
}

std::string isaName(int64_t isa) {
  return isa >= 0 && isa < int64_t(isaNames().size()) ? isaNames()[size_t(isa)] : "another processor's set";
}

} // namespace nnrt
