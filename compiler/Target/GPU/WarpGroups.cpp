// Emits products of warp groups; see Note [Warp groups].
#include "Target/GPU/WarpGroups.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace nn;

static Value number(OpBuilder &b, Location loc, int64_t value) {
  return LLVM::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
}

/// Bits 0 to 13: the address, in groups of 16 bytes; 16 to 29: no meaning here, 1 as a rule; 32 to 45: the distance
/// from eight rows to the next eight, in groups; 49 to 51: 0, as the permutation begins where its period does; 62 and
/// 63: 2, rows of 64 bytes. (PTX ISA, "Matrix Descriptor Format".)
Value nn::emitDescriptor(OpBuilder &b, Location loc, Value pointer) {
  constexpr int64_t addressMask = 0x3ffff, groupShift = 4, eightRows = 512;
  constexpr uint64_t fixed = uint64_t(2) << 62 | uint64_t(eightRows >> groupShift) << 32 | uint64_t(1) << 16;
  Value address = LLVM::PtrToIntOp::create(b, loc, b.getI64Type(), pointer);
  address = LLVM::AndOp::create(b, loc, address, number(b, loc, addressMask));
  address = LLVM::LShrOp::create(b, loc, address, number(b, loc, groupShift));
  return LLVM::OrOp::create(b, loc, address, number(b, loc, int64_t(fixed)));
}

Value nn::emitBehind(OpBuilder &b, Location loc, Value descriptor, int64_t bytes) {
  return bytes == 0 ? descriptor : LLVM::AddOp::create(b, loc, descriptor, number(b, loc, bytes / 16)).getResult();
}

static LLVM::InlineAsmOp emitAssembly(OpBuilder &b, Location loc, Type result, ValueRange operands, StringRef text,
                                      StringRef constraints) {
  return LLVM::InlineAsmOp::create(b, loc, result, operands, text, constraints, /*has_side_effects=*/true,
                                   /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
                                   /*asm_dialect=*/LLVM::AsmDialectAttr(), /*operand_attrs=*/ArrayAttr());
}

/// Assembly that takes sums and gives them back in the same registers.
static WarpgroupSums emitWithSums(OpBuilder &b, Location loc, ValueRange sums, ValueRange others, StringRef text) {
  SmallVector<std::string> constraints(sums.size(), "=f");
  for (size_t k = 0; k < sums.size(); ++k)
    constraints.push_back(llvm::utostr(k));
  constraints.append(others.size(), "l");
  constraints.push_back("~{memory}");
  SmallVector<Value> operands(sums);
  llvm::append_range(operands, others);
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(sums.size(), b.getF32Type()));
  Value all = emitAssembly(b, loc, type, operands, text, llvm::join(constraints, ",")).getRes();
  WarpgroupSums results;
  for (size_t k = 0; k < sums.size(); ++k)
    results.push_back(LLVM::ExtractValueOp::create(b, loc, all, int64_t(k)));
  return results;
}

static void callIntrinsic(OpBuilder &b, Location loc, StringRef name) {
  LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr("llvm.nvvm." + name), ValueRange());
}

void nn::emitAsyncFence(OpBuilder &b, Location loc) {
  emitAssembly(b, loc, {}, {}, "fence.proxy.async.shared::cta;", "~{memory}");
}

void nn::emitSumsFence(OpBuilder &b, Location loc) { callIntrinsic(b, loc, "wgmma.fence.sync.aligned"); }

void nn::emitProductGroup(OpBuilder &b, Location loc) { callIntrinsic(b, loc, "wgmma.commit_group.sync.aligned"); }

WarpgroupSums nn::emitProduct(OpBuilder &b, Location loc, ValueRange sums, Value left, Value right) {
  std::string registers;
  for (size_t k = 0; k < sums.size(); ++k)
    registers += (k ? ", $" : "$") + llvm::utostr(k);
  // Both factors as they are, neither negated nor transposed; the sums count.
  std::string text = "{ .reg .pred p; setp.eq.u32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n" +
                     llvm::utostr(2 * sums.size()) + "k16.f32.bf16.bf16 {" + registers + "}, $" +
                     llvm::utostr(2 * sums.size()) + ", $" + llvm::utostr(2 * sums.size() + 1) + ", p, 1, 1, 0, 0; }";
  return emitWithSums(b, loc, sums, {left, right}, text);
}

WarpgroupSums nn::emitProductsWait(OpBuilder &b, Location loc, ValueRange sums, int64_t underWay) {
  return emitWithSums(b, loc, sums, {}, "wgmma.wait_group.sync.aligned " + llvm::itostr(underWay) + ";");
}
