// Emitted code against the definition: hand-picked equations, and many random ones.
#include "Generator.h"
#include "Loaded.h"
#include "Reference.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace nn;
using namespace nn::test;

namespace {

/// Fills the io block's arguments: small multiples of 1/8, so that sums and products of a few are exact; tables stay below `bound`.
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

/// Compiles and runs one program and compares every result with the definition.
void check(const std::string &text, ISA isa, unsigned seed, double tolerance64 = 1e-12, double tolerance32 = 2e-6) {
  auto context = makeContext();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, context.get());
  ASSERT_TRUE(module) << text;
  std::string failure;
  auto loaded = Loaded::fromModule(*module, isa, failure);
  ASSERT_TRUE(loaded) << failure << "\n" << text;
  auto root = module->lookupSymbol<mlir::func::FuncOp>("f");
  const nn_function *function = loaded->function("f");
  Block none(0), io(function->io_bytes);
  std::mt19937 chance(seed);
  fillArguments(root, io, chance);
  auto truth = runReference(root, io.data());
  loaded->run(*function, none, none, io, 1 + seed % 3);
  for (auto entry : root->getAttrOfType<mlir::ArrayAttr>("nn.results").getAsRange<mlir::DictionaryAttr>()) {
    auto type = llvm::cast<mlir::ShapedType>(entry.getAs<mlir::TypeAttr>("type").getValue());
    int64_t offset = entry.getAs<mlir::IntegerAttr>("offset").getInt();
    auto actual = readElements(io.data() + offset, type);
    const Numbers &expected = truth[offset];
    double tolerance = type.getElementType().isF64() ? tolerance64 : type.getElementType().isF32() ? tolerance32 : 0;
    for (size_t k = 0; k < actual.size(); ++k) {
      double difference = std::fabs(actual[k] - expected.values[k]);
      bool same = actual[k] == expected.values[k] || (std::isnan(actual[k]) && std::isnan(expected.values[k]));
      ASSERT_TRUE(same || difference <= tolerance * (expected.terms[k] + 1e-3))
          << "cell " << k << ": " << actual[k] << " instead of " << expected.values[k] << "\n"
          << text;
    }
  }
}

class RandomEquations : public testing::TestWithParam<unsigned> {};

} // namespace

TEST_P(RandomEquations, AgreeWithTheDefinition) {
  for (unsigned k = 0; k < 20; ++k) {
    unsigned seed = GetParam() * 20 + k;
    Generator generator(seed);
    std::string text = generator.program();
    check(text, seed % 4 == 0 ? ISA::AVX2 : hostISA(), seed);
    if (HasFatalFailure())
      FAIL() << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomEquations, testing::Range(0u, 15u));
