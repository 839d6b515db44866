// Instruction sets: their names, and the one of this machine.
#include "Target/CPU/CPU.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Host.h"

using namespace nn;

ISA nn::hostISA() {
  auto features = llvm::sys::getHostCPUFeatures();
  for (llvm::StringRef name : {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"})
    if (!features.lookup(name))
      return ISA::AVX2;
  return ISA::AVX512;
}

std::optional<ISA> nn::parseISA(llvm::StringRef name) {
  if (name == "native")
    return hostISA();
  return llvm::StringSwitch<std::optional<ISA>>(name)
      .Case("avx2", ISA::AVX2)
      .Case("avx512", ISA::AVX512)
      .Default(std::nullopt);
}

llvm::StringRef nn::stringifyISA(ISA isa) { return isa == ISA::AVX512 ? "avx512" : "avx2"; }
