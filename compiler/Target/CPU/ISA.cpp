// Instruction sets: their names, what they offer, and the one of this machine.
#include "Target/CPU/ISA.h"

#include "noether/abi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"

using namespace nn;

static constexpr llvm::StringLiteral x86 = "x86_64-unknown-linux-gnu", arm = "aarch64-unknown-linux-gnu";

/// In the order of ISA. Code for AVX-512 is tuned for what its machines have in common: masked gathers and full-width
/// vectors are fast enough to use.
static constexpr InstructionSet sets[] = {
    {"baseline", NN_ISA_BASELINE, x86, "x86-64", "", 128, 14, false},
    {"avx2", NN_ISA_AVX2, x86, "x86-64-v3", "", 256, 16, true},
    {"avx512", NN_ISA_AVX512, x86, "x86-64-v4", "-prefer-256-bit", 512, 32, true},
    {"avx512bf16", NN_ISA_AVX512_BF16, x86, "x86-64-v4", "-prefer-256-bit,+avx512bf16", 512, 32, true, true},
    {"neon", NN_ISA_NEON, arm, "generic", "", 128, 32, true},
};

const InstructionSet &nn::describe(ISA isa) { return sets[size_t(isa)]; }

const InstructionSet &nn::instructionSetOf(mlir::Operation *op) {
  auto function = llvm::dyn_cast<mlir::func::FuncOp>(op);
  if (!function)
    function = op->getParentOfType<mlir::func::FuncOp>();
  auto name = function ? function->getAttrOfType<mlir::StringAttr>("nn.isa") : mlir::StringAttr();
  return describe(name ? *parseISA(name.getValue()) : ISA::AVX512);
}

ISA nn::hostISA() {
  auto features = llvm::sys::getHostCPUFeatures();
  auto has = [&](llvm::ArrayRef<llvm::StringRef> names) {
    return llvm::all_of(names, [&](llvm::StringRef name) { return features.lookup(name); });
  };
  if (!has({"avx2", "fma", "bmi", "bmi2", "f16c", "movbe"}))
    return ISA::Baseline;
  if (!has({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return ISA::AVX2;
  return has({"avx512bf16"}) ? ISA::AVX512BF16 : ISA::AVX512;
}

std::optional<ISA> nn::parseISA(llvm::StringRef name) {
  if (name == "native")
    return hostISA();
  for (size_t k = 0; k < std::size(sets); ++k)
    if (sets[k].name == name)
      return ISA(k);
  return std::nullopt;
}

llvm::StringRef nn::stringifyISA(ISA isa) { return describe(isa).name; }

bool nn::isLinkable(ISA isa) { return describe(isa).triple == x86; }
