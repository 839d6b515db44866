// The table behind the registry of diagnostic kinds.
#include "Diagnostics/Kinds.h"
#include "llvm/Support/ErrorHandling.h"

namespace nn::diag {

static constexpr KindInfo table[] = {
#define NN_DIAG(NAME, CODE, SEVERITY, MESSAGE, ...) {#NAME, CODE, Severity::SEVERITY, MESSAGE, __VA_ARGS__},
#include "Diagnostics/Kinds/All.def"
#undef NN_DIAG
};

void malformedMessage(const char *why) { llvm::report_fatal_error(why); }

const KindInfo &info(Id id) { return table[size_t(id)]; }

llvm::ArrayRef<KindInfo> allKinds() { return table; }

const KindInfo *findKind(llvm::StringRef code) {
  for (const KindInfo &kind : table)
    if (kind.code.equals_insensitive(code))
      return &kind;
  return nullptr;
}

} // namespace nn::diag
