// The machine code of a contraction: fused multiply-adds on full registers, accumulators that stay in them.
#include "../Support/Loaded.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/Regex.h"

#include <gtest/gtest.h>

using namespace nn;
using namespace nn::test;

namespace {

const char *const dense = R"(
nn.kernel @dense frame 64 grain 8 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%W: memref<784x256xf32>, %x: memref<64x784xf32>, %y: memref<64x256xf32>):
  nn.equation sum [64, 256, 784] reads(%W, %x) [affine_map<(b, o, i) -> (i, o)>, affine_map<(b, o, i) -> (b, i)>]
      writes(%y) affine_map<(b, o, i) -> (b, o)> attributes {nn.frame = 0 : i64, nn.form = "owner"} {
  ^bb0(%w: f32, %v: f32):
    %p = arith.mulf %w, %v : f32
    nn.yield %p : f32
  } : (memref<784x256xf32>, memref<64x784xf32>, memref<64x256xf32>) -> ()
})";

std::string assembly(ISA isa) {
  auto context = makeContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(dense, context.get());
  TargetOptions options;
  options.isas = {isa};
  auto text = emitAssembly(*module, options);
  EXPECT_TRUE(bool(text));
  return text ? *text : "";
}

/// The lines from the label of the innermost loop with such instructions to the jump back to it.
std::vector<std::string> hotLoop(llvm::StringRef text, llvm::StringRef instruction = "vfmadd") {
  llvm::SmallVector<llvm::StringRef> lines;
  text.split(lines, '\n');
  std::vector<std::string> block;
  for (llvm::StringRef line : lines) {
    if (line.starts_with(".LBB"))
      block.clear();
    block.push_back(line.str());
    bool jumps = line.contains("\tj") || line.contains("\tb.") || line.contains("\tcb") || line.contains("\ttb");
    if (jumps && llvm::any_of(block, [&](llvm::StringRef l) { return l.contains(instruction); }))
      return block;
  }
  return {};
}

size_t countLines(const std::vector<std::string> &lines, llvm::StringRef pattern) {
  llvm::Regex regex(pattern);
  return llvm::count_if(lines, [&](const std::string &line) { return regex.match(line); });
}

} // namespace

TEST(Assembly, Avx512LoopIsFusedMultiplyAddsOnFullRegisters) {
  auto loop = hotLoop(assembly(ISA::AVX512));
  EXPECT_GE(countLines(loop, "vfmadd.*zmm"), 12u);
  EXPECT_EQ(countLines(loop, "%rsp"), 0u) << "accumulators are spilled";
}

TEST(Assembly, Avx2LoopIsFusedMultiplyAddsWithoutSpills) {
  auto loop = hotLoop(assembly(ISA::AVX2));
  EXPECT_GE(countLines(loop, "vfmadd.*ymm"), 8u);
  EXPECT_EQ(countLines(loop, "zmm"), 0u);
  EXPECT_EQ(countLines(loop, "%rsp"), 0u) << "accumulators are spilled";
}

TEST(Assembly, BaselineLoopMultipliesAndAddsInRegistersOfSse) {
  auto loop = hotLoop(assembly(ISA::Baseline), "mulps");
  EXPECT_GE(countLines(loop, "mulps.*xmm"), 6u);
  EXPECT_EQ(countLines(loop, "mulps"), countLines(loop, "addps"));
  EXPECT_EQ(countLines(loop, "ymm|vfmadd|fmaf"), 0u);
  EXPECT_EQ(countLines(loop, "%rsp"), 0u) << "accumulators are spilled";
}

TEST(Assembly, NeonLoopIsFusedMultiplyAdds) {
  std::string text = assembly(ISA::Neon);
  auto loop = hotLoop(text, "fmla");
  EXPECT_GE(countLines(loop, "fmla\tv[0-9]+.4s"), 8u);
  EXPECT_EQ(countLines(loop, "\\[sp"), 0u) << "accumulators are spilled";
}

TEST(Assembly, OnlyTheDescriptorIsExported) {
  std::string text = assembly(ISA::AVX2);
  EXPECT_NE(text.find(".globl\tnoether_program"), std::string::npos);
  EXPECT_EQ(text.find(".globl\tdense"), std::string::npos);
}
