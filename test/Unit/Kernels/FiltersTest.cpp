// minimal-filters: windows of three mean the same with four products for two results, and what is none stays as it is.
#include "../Support/Loaded.h"
#include "Interpreter/Interpreter.h"
#include "Kernels/Passes.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;

namespace {

/// A sum of products of two tensors: their shapes, the box, the maps, the conditions (or nothing).
struct Window {
  std::string first, second, result, box, firstRead, secondRead, write, domain;
};

std::string textOf(const Window &w) {
  auto map = [](const std::string &results, const std::string &indices) {
    return "affine_map<(" + indices + ") -> (" + results + ")>";
  };
  std::string indices = w.box.substr(0, w.box.find(':')), extents = w.box.substr(w.box.find(':') + 1);
  std::string where = w.domain.empty() ? "" : " where affine_set<(" + indices + ") : (" + w.domain + ")>";
  std::string a = "tensor<" + w.first + "xf64>", b = "tensor<" + w.second + "xf64>", r = "tensor<" + w.result + "xf64>";
  return "func.func @f(%x: " + a + ", %w: " + b + ") -> " + r + " {\n  %y = nn.equation sum [" + extents +
         "] reads(%x, %w) [" + map(w.firstRead, indices) + ", " + map(w.secondRead, indices) + "] writes " +
         map(w.write, indices) + where +
         " {\n  ^bb0(%p: f64, %q: f64):\n    %m = arith.mulf %q, %p : f64\n    nn.yield %m : f64\n  } : (" + a + ", " +
         b + ") -> " + r + "\n  return %y : " + r + "\n}\n";
}

Tensor randomTensor(mlir::ShapedType type, std::mt19937 &chance) {
  Tensor tensor;
  tensor.shape.assign(type.getShape().begin(), type.getShape().end());
  for (int64_t k = 0; k < type.getNumElements(); ++k)
    tensor.floats.push_back((double(chance() % 2049) - 1024) / 256);
  return tensor;
}

unsigned countSums(mlir::ModuleOp module, unsigned &equations) {
  unsigned sums = 0;
  module.walk([&](EquationOp equation) {
    ++equations;
    sums += equation.getCombine() == Combine::sum;
  });
  return sums;
}

/// Runs the pass and compares results with those before it, to rounding, and where an input is NaN exactly.
void check(const Window &window, unsigned windows) {
  auto context = makeContext();
  context->loadAllAvailableDialects();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(textOf(window), context.get());
  ASSERT_TRUE(module) << textOf(window);
  auto root = module->lookupSymbol<mlir::func::FuncOp>("f");
  std::mt19937 chance(7);
  interpreter::Inputs inputs;
  for (mlir::Type type : root.getArgumentTypes())
    inputs.positional.push_back(randomTensor(llvm::cast<mlir::ShapedType>(type), chance));
  interpreter::Inputs broken = inputs;
  broken.positional[0].floats[broken.positional[0].floats.size() / 3] = NAN;
  auto truth = interpreter::interpret(*module, "f", inputs), nans = interpreter::interpret(*module, "f", broken);
  mlir::PassManager manager(context.get());
  manager.addPass(createEagerMinimalFiltersPass());
  ASSERT_TRUE(mlir::succeeded(manager.run(*module)));
  unsigned equations = 0;
  EXPECT_EQ(countSums(*module, equations), 1u);
  EXPECT_EQ(equations, 1 + 3 * windows);
  auto results = interpreter::interpret(*module, "f", inputs), places = interpreter::interpret(*module, "f", broken);
  for (size_t k = 0; k < truth->results[0].floats.size(); ++k) {
    EXPECT_NEAR(results->results[0].floats[k], truth->results[0].floats[k], 1e-10) << "cell " << k;
    EXPECT_EQ(std::isnan(places->results[0].floats[k]), std::isnan(nans->results[0].floats[k])) << "cell " << k;
  }
}

} // namespace

TEST(Filters, Along) {
  check({"2x3x8", "5x3x3", "2x5x6", "b, o, i, c, u:2, 5, 6, 3, 3", "b, c, i + u", "o, c, u", "b, o, i", ""}, 1);
}

TEST(Filters, AlongFirstAxis) {
  check({"8x3", "3x3x5", "6x5", "i, o, u, c:6, 5, 3, 3", "i + u, c", "u, c, o", "i, o", ""}, 1);
}

TEST(Filters, AlongTwoAxes) {
  check({"2x3x8x6", "5x3x3x3", "2x5x6x4", "b, o, i, j, c, u, v:2, 5, 6, 4, 3, 3, 3", "b, c, i + u, j + v", "o, c, u, v",
         "b, o, i, j", ""},
        2);
}

/// The gradient with respect to the input: reversed, and nothing lies outside.
TEST(Filters, ReversedWithinAnAxis) {
  check({"2x5x6x4", "5x3x3x3", "2x3x6x4", "b, o, i, j, c, u, v:2, 5, 6, 4, 3, 3, 3", "b, o, i - u + 1, j - v + 1",
         "o, c, u, v", "b, c, i, j", "i - u + 1 >= 0, -i + u + 4 >= 0, j - v + 1 >= 0, -j + v + 2 >= 0, -b + 1 >= 0"},
        2);
}

/// The gradient with respect to the filter, of the first two examples.
TEST(Filters, OfTheFilter) {
  check({"3x3x8x6", "3x5x6x4", "5x3x3x3", "b, o, i, j, c, u, v:3, 5, 6, 4, 3, 3, 3", "b, c, i + u, j + v", "b, o, i, j",
         "o, c, u, v", "-b + 1 >= 0"},
        2);
}

TEST(Filters, OfAReversedFilter) {
  check({"2x3x8", "2x5x6", "5x3x3", "b, o, i, c, u:2, 5, 6, 3, 3", "b, c, i - u + 2", "b, o, i", "o, c, u", ""}, 1);
}

/// An odd number of places, strides, windows of five, conditions that leave out more than what lies outside.
TEST(Filters, Others) {
  check({"2x3x9", "5x3x3", "2x5x7", "b, o, i, c, u:2, 5, 7, 3, 3", "b, c, i + u", "o, c, u", "b, o, i", ""}, 0);
  check({"2x3x13", "5x3x3", "2x5x6", "b, o, i, c, u:2, 5, 6, 3, 3", "b, c, 2 * i + u", "o, c, u", "b, o, i", ""}, 0);
  check({"2x3x10", "5x3x5", "2x5x6", "b, o, i, c, u:2, 5, 6, 3, 5", "b, c, i + u", "o, c, u", "b, o, i", ""}, 0);
  check(
      {"2x3x8", "5x3x3", "2x5x6", "b, o, i, c, u:2, 5, 6, 3, 3", "b, c, i + u", "o, c, u", "b, o, i", "i + u - 1 >= 0"},
      0);
  check({"2x3x8", "5x3x3", "2x5x6", "b, o, i, c, u:2, 5, 6, 3, 3", "b, c, i + u", "o, c, u", "b, o, i", "i - u >= 0"},
        0);
}
