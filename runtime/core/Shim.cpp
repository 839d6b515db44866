/// What C++ needs from its library and this runtime replaces: allocation through malloc, and an end instead of a throw.
#include "core/System.h"
#include "core/Text.h"
#include "data/Halves.h"

#include <cstdlib>
#include <new>
#include <unistd.h>

namespace {
[[noreturn]] void stop(const char *what) {
  nnrt::writeError(std::string("internal error in the runtime: ") + what + "\n");
  _exit(1);
}
[[noreturn]] void outOfMemory(size_t size) {
  static const char message[] = "error: out of memory\n";
  (void)size;
  (void)!write(2, message, sizeof message - 1);
  _exit(1);
}
void *allocate(size_t size, size_t alignment) {
  void *memory = alignment > alignof(max_align_t)
                     ? aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)
                     : malloc(size ? size : 1);
  if (!memory)
    outOfMemory(size);
  return memory;
}
} // namespace

void *operator new(size_t size) { return allocate(size, 0); }
void *operator new[](size_t size) { return allocate(size, 0); }
void *operator new(size_t size, std::align_val_t alignment) { return allocate(size, size_t(alignment)); }
void *operator new[](size_t size, std::align_val_t alignment) { return allocate(size, size_t(alignment)); }
void operator delete(void *memory) noexcept { free(memory); }
void operator delete[](void *memory) noexcept { free(memory); }
void operator delete(void *memory, size_t) noexcept { free(memory); }
void operator delete[](void *memory, size_t) noexcept { free(memory); }
void operator delete(void *memory, std::align_val_t) noexcept { free(memory); }
void operator delete[](void *memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void *memory, size_t, std::align_val_t) noexcept { free(memory); }
void operator delete[](void *memory, size_t, std::align_val_t) noexcept { free(memory); }

/// LLVM calls these where compiled code converts numbers of 16 bits and the machine has no instruction for it.
// NOLINTBEGIN(bugprone-reserved-identifier): the names are LLVM's.
extern "C" __bf16 __truncsfbf2(float value) { return __builtin_bit_cast(__bf16, nnrt::toBfloat(value)); }
extern "C" float __extendhfsf2(_Float16 value) { return nnrt::halfToFloat(__builtin_bit_cast(uint16_t, value)); }
extern "C" _Float16 __truncsfhf2(float value) { return __builtin_bit_cast(_Float16, nnrt::toHalf(value)); }
extern "C" _Float16 __truncdfhf2(double value) { return __builtin_bit_cast(_Float16, nnrt::toHalf(value)); }
// NOLINTEND(bugprone-reserved-identifier)

// The headers of libstdc++ call these.
// NOLINTBEGIN(bugprone-std-namespace-modification)
namespace std {
void __throw_bad_alloc() { outOfMemory(0); }
void __throw_bad_array_new_length() { outOfMemory(0); }
void __throw_length_error(const char *what) { stop(what); }
void __throw_logic_error(const char *what) { stop(what); }
void __throw_out_of_range(const char *what) { stop(what); }
void __throw_out_of_range_fmt(const char *what, ...) { stop(what); }
} // namespace std
// NOLINTEND(bugprone-std-namespace-modification)
