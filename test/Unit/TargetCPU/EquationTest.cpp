// Emitted code against the definition: hand-picked equations, and many random ones.
#include "../Support/Loaded.h"
#include "Generator.h"
#include "Reference.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

using namespace nn;
using namespace nn::test;

namespace {

/// Fills the io block's arguments: small multiples of 1/8, so that sums and products of a few are exact; tables stay
/// below `bound`.
void fillArguments(mlir::func::FuncOp root, Block &io, std::mt19937 &chance) {
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.arguments").getAsRange<mlir::DictionaryAttr>()) {
    auto type = llvm::cast<mlir::ShapedType>(entry.getAs<mlir::TypeAttr>("type").getValue());
    auto bound = entry.getAs<mlir::IntegerAttr>("bound");
    std::vector<double> values;
    for (int64_t k = 0; k < type.getNumElements(); ++k) {
      if (type.getElementType().isInteger(1))
        values.push_back(double(chance() % 2));
      else if (type.getElementType().isInteger(32))
        values.push_back(bound ? double(chance() % bound.getInt()) : double(int(chance() % 13) - 6));
      else
        values.push_back((double(chance() % 33) - 16) / 8);
    }
    writeElements(io.data() + entry.getAs<mlir::IntegerAttr>("offset").getInt(), type, values);
  }
}

/// Compares numbers with the truth, up to a part of the sum of the absolute values of the terms behind each.
void expectEqual(const char *data, mlir::ShapedType type, const Numbers &expected, const std::string &text) {
  auto actual = readElements(data, type);
  double tolerance = type.getElementType().isF64() ? 1e-12 : type.getElementType().isF32() ? 2e-6 : 0;
  for (size_t k = 0; k < actual.size(); ++k) {
    double difference = std::fabs(actual[k] - expected.values[k]);
    bool same = actual[k] == expected.values[k] || (std::isnan(actual[k]) && std::isnan(expected.values[k]));
    ASSERT_TRUE(same || difference <= tolerance * (expected.terms[k] + 1e-3))
        << "cell " << k << ": " << actual[k] << " instead of " << expected.values[k] << "\n"
        << text;
  }
}

/// Compiles and runs one program, on one thread and on several: each gives the same bits, and they agree with the
/// definition.
void check(const std::string &text, ISA isa, unsigned seed) {
  auto context = makeContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  ASSERT_TRUE(module) << text;
  std::string failure;
  auto loaded = Loaded::fromModule(*module, isa, failure);
  ASSERT_TRUE(loaded) << failure << "\n" << text;
  auto root = module->lookupSymbol<mlir::func::FuncOp>("f");
  const nn_function *function = loaded->function("f");
  Block none(0), io(function->io_bytes), again(function->io_bytes);
  std::mt19937 chance(seed);
  fillArguments(root, io, chance);
  std::memcpy(again.data(), io.data(), function->io_bytes);
  Blocks blocks;
  blocks.io = io.data();
  auto truth = runReference(root, blocks);
  loaded->run(*function, none, none, io);
  loaded->run(*function, none, none, again, 2 + seed % 3);
  ASSERT_EQ(std::memcmp(io.data(), again.data(), function->io_bytes), 0) << "threads change the result\n" << text;
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.results").getAsRange<mlir::DictionaryAttr>()) {
    auto type = llvm::cast<mlir::ShapedType>(entry.getAs<mlir::TypeAttr>("type").getValue());
    int64_t offset = entry.getAs<mlir::IntegerAttr>("offset").getInt();
    expectEqual(io.data() + offset, type, truth[{Space::io, offset}], text);
  }
}

class RandomEquations : public testing::TestWithParam<unsigned> {};

} // namespace

TEST_P(RandomEquations, AgreeWithTheDefinition) {
  for (unsigned k = 0; k < 20; ++k) {
    unsigned seed = GetParam() * 20 + k;
    Generator generator(seed);
    std::string text = generator.program();
    check(text, seed % 4 == 0 ? ISA::AVX2 : seed % 4 == 1 ? ISA::Baseline : hostISA(), seed);
    if (HasFatalFailure())
      FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomEquations, testing::Range(0u, 15u));

/// The worked example of plan-step: several equations a kernel, scratch rows, a shorter last stripe, a weight updated
/// in place.
TEST(Kernels, WorkedExampleAgreesWithTheDefinition) {
  auto context = makeContext();
  auto module =
      mlir::parseSourceFile<mlir::ModuleOp>(NOETHER_SOURCE_DIR "/test/Kernels/Inputs/planned.mlir", context.get());
  ASSERT_TRUE(module);
  auto root = module->lookupSymbol<mlir::func::FuncOp>("train.step");
  mlir::OpBuilder b(root);
  auto step = mlir::FlatSymbolRefAttr::get(root.getSymNameAttr());
  RecipeOp::create(b, root.getLoc(), b.getStringAttr("train"), mlir::ArrayAttr(), mlir::ArrayAttr(), step, step,
                   b.getI64IntegerAttr(1), b.getStringAttr("epochs"), b.getI64IntegerAttr(64), b.getArrayAttr({}));
  for (ISA isa : {ISA::Baseline, ISA::AVX2, hostISA()}) {
    std::string failure;
    auto loaded = Loaded::fromModule(*module, isa, failure);
    ASSERT_TRUE(loaded) << failure;
    Block persistent(832), settings(64), io(5248);
    for (int64_t k = 0; k < 200; ++k)
      persistent.as<float>()[k] = float(k % 11) / 8 - 0.5f;
    settings.as<float>()[0] = 0.125f;
    for (int64_t k = 0; k < 64 * 20; ++k)
      io.as<float>()[k] = float(k % 13) / 4 - 1.5f;
    io.as<int32_t>(5120)[0] = 50;
    Blocks blocks;
    blocks.persistent = persistent.data();
    blocks.settings = settings.data();
    blocks.io = io.data();
    auto truth = runReference(root, blocks);
    loaded->run(*loaded->function("train.step"), persistent, settings, io, 3);
    auto f32 = b.getF32Type();
    expectEqual(persistent.data(), mlir::MemRefType::get({20, 10}, f32), truth[{Space::persistent, 0}], "W");
    expectEqual(io.data() + 5184, mlir::MemRefType::get({}, f32), truth[{Space::io, 5184}], "loss");
  }
}

/// Four maps, the first three of which run in one loop: they share a function, read each other's results, and the third
/// one overwrites what the first one reads. Rows end within a vector, and the last stripe is shorter.
TEST(Kernels, EquationsInOneLoopAgreeWithTheDefinition) {
  const std::string text = R"(module {
 nn.command @c calls @f arguments [] show "tensor"
 nn.kernel @k frame 40 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
 ^bb0(%x: memref<40x37xf32>, %s: memref<40x37xf32>, %y: memref<40x37xf32>, %z: memref<40x37xf32>, %s1: memref<40x37xf32>,
      %u: memref<40x37xf32>):
  nn.equation map [40, 37] reads(%x, %s) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>] writes(%y)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
   %q = arith.mulf %a, %a : f32
   %e = math.sqrt %q : f32
   %r = arith.addf %e, %b : f32
   nn.yield %r : f32
  } : (memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>) -> ()
  nn.equation map [40, 37] reads(%x, %y) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>] writes(%z)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32):
   %q = arith.mulf %a, %a : f32
   %e = math.sqrt %q : f32
   %r = arith.mulf %e, %b : f32
   nn.yield %r : f32
  } : (memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>) -> ()
  nn.equation map [40, 37] reads(%s, %z, %x) [affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>, affine_map<(r, i) -> (r, i)>]
      writes(%s1)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%b: f32, %c: f32, %a: f32):
   %q = arith.mulf %a, %a : f32
   %e = math.sqrt %q : f32
   %d = arith.addf %b, %c : f32
   %r = arith.addf %d, %e : f32
   nn.yield %r : f32
  } : (memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>) -> ()
  nn.equation map [40, 37] reads(%z) [affine_map<(r, i) -> (r, -i + 36)>] writes(%u)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32):
   nn.yield %a : f32
  } : (memref<40x37xf32>, memref<40x37xf32>) -> ()
 }
 func.func @f() attributes {nn.io_bytes = 29760 : i64,
   nn.arguments = [{bind = #nn.bind<arg, "x">, type = tensor<40x37xf32>, offset = 0 : i64},
                   {bind = #nn.bind<arg, "s">, type = tensor<40x37xf32>, offset = 5952 : i64}],
   nn.results = [{bind = #nn.bind<output, "y">, type = tensor<40x37xf32>, offset = 11904 : i64},
                 {bind = #nn.bind<output, "z">, type = tensor<40x37xf32>, offset = 17856 : i64},
                 {bind = #nn.bind<output, "s">, type = tensor<40x37xf32>, offset = 5952 : i64},
                 {bind = #nn.bind<output, "u">, type = tensor<40x37xf32>, offset = 23808 : i64}]} {
  %x = nn.buffer io offset 0 : memref<40x37xf32>
  %s = nn.buffer io offset 5952 : memref<40x37xf32>
  %y = nn.buffer io offset 11904 : memref<40x37xf32>
  %z = nn.buffer io offset 17856 : memref<40x37xf32>
  %u = nn.buffer io offset 23808 : memref<40x37xf32>
  nn.launch @k(%x, %s, %y, %z, %s, %u) : memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>, memref<40x37xf32>,
      memref<40x37xf32>, memref<40x37xf32>
  return
 }
})";
  for (ISA isa : {ISA::Baseline, ISA::AVX2, hostISA()})
    check(text, isa, 1);
}

/// Maps that read along one index and write along another, by squares: beside an input that lies as the result does, of
/// every second row, in a frame of whole stripes, and of f64.
TEST(Kernels, TransposingMapsAgreeWithTheDefinition) {
  const std::string text = R"(module {
 nn.command @c calls @f arguments [] show "tensor"
 nn.kernel @k frame 48 grain 16 attributes {nn.workspace_bytes = 0 : i64} {
 ^bb0(%x: memref<64x2x96xf32>, %s: memref<48x64xf32>, %y: memref<48x64xf32>, %d: memref<64x48xf64>, %z: memref<48x64xf64>):
  nn.equation map [48, 64] reads(%x, %s, %x) [affine_map<(r, i) -> (i, 1, r)>, affine_map<(r, i) -> (r, i)>,
      affine_map<(r, i) -> (-i + 63, 0, r + 7)>] writes(%y)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f32, %b: f32, %c: f32):
   %q = arith.mulf %a, %b : f32
   %n = nn.index 0 : i32
   %m = arith.sitofp %n : i32 to f32
   %e = arith.subf %q, %m : f32
   %r = arith.addf %e, %c : f32
   nn.yield %r : f32
  } : (memref<64x2x96xf32>, memref<48x64xf32>, memref<64x2x96xf32>, memref<48x64xf32>) -> ()
  nn.equation map [48, 64] reads(%d) [affine_map<(r, i) -> (i, r)>] writes(%z)
      affine_map<(r, i) -> (r, i)> attributes {nn.form = "owner", nn.frame = 0 : i64} {
  ^bb0(%a: f64):
   %q = arith.mulf %a, %a : f64
   nn.yield %q : f64
  } : (memref<64x48xf64>, memref<48x64xf64>) -> ()
 }
 func.func @f() attributes {nn.io_bytes = 122880 : i64,
   nn.arguments = [{bind = #nn.bind<arg, "x">, type = tensor<64x2x96xf32>, offset = 0 : i64},
                   {bind = #nn.bind<arg, "s">, type = tensor<48x64xf32>, offset = 49152 : i64},
                   {bind = #nn.bind<arg, "d">, type = tensor<64x48xf64>, offset = 73728 : i64}],
   nn.results = [{bind = #nn.bind<output, "y">, type = tensor<48x64xf32>, offset = 61440 : i64},
                 {bind = #nn.bind<output, "z">, type = tensor<48x64xf64>, offset = 98304 : i64}]} {
  %x = nn.buffer io offset 0 : memref<64x2x96xf32>
  %s = nn.buffer io offset 49152 : memref<48x64xf32>
  %y = nn.buffer io offset 61440 : memref<48x64xf32>
  %d = nn.buffer io offset 73728 : memref<64x48xf64>
  %z = nn.buffer io offset 98304 : memref<48x64xf64>
  nn.launch @k(%x, %s, %y, %d, %z) : memref<64x2x96xf32>, memref<48x64xf32>, memref<48x64xf32>, memref<64x48xf64>, memref<48x64xf64>
  return
 }
})";
  for (ISA isa : {ISA::Baseline, ISA::AVX2, hostISA()})
    check(text, isa, 1);
}
