// Every derivative rule against finite differences: scalar operations one by one, combine kinds, in all modes.
#include "AutoDiff/Passes.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Interpreter/Interpreter.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace nn;

namespace {

/// A rule under test: the body of an equation over scalars %x and %y, and the values to try.
struct Case {
  const char *name;
  const char *body;
  double x, y;
};

const Case cases[] = {
    {"addf", "%r = arith.addf %x, %y : f64", 0.3, 0.7},
    {"subf", "%r = arith.subf %x, %y : f64", 0.3, 0.7},
    {"mulf", "%r = arith.mulf %x, %y : f64", 0.3, 0.7},
    {"divf", "%r = arith.divf %x, %y : f64", 0.3, 0.7},
    {"negf", "%r = arith.negf %x : f64", 0.3, 0.7},
    {"remf", "%r = arith.remf %x, %y : f64", 1.8, 0.7},
    {"select", "%c = arith.cmpf ogt, %x, %y : f64 %r = arith.select %c, %x, %y : f64", 0.3, 0.7},
    {"maximumf", "%r = arith.maximumf %x, %y : f64", 0.3, 0.7},
    {"maxnumf", "%r = arith.maxnumf %x, %y : f64", 0.9, 0.7},
    {"minimumf", "%r = arith.minimumf %x, %y : f64", 0.3, 0.7},
    {"minnumf", "%r = arith.minnumf %x, %y : f64", 0.9, 0.7},
    {"absf", "%r = math.absf %x : f64", -0.3, 0.7},
    {"exp", "%r = math.exp %x : f64", 0.3, 0.7},
    {"exp2", "%r = math.exp2 %x : f64", 0.3, 0.7},
    {"expm1", "%r = math.expm1 %x : f64", 0.3, 0.7},
    {"log", "%r = math.log %x : f64", 0.3, 0.7},
    {"log2", "%r = math.log2 %x : f64", 0.3, 0.7},
    {"log10", "%r = math.log10 %x : f64", 0.3, 0.7},
    {"log1p", "%r = math.log1p %x : f64", 0.3, 0.7},
    {"sqrt", "%r = math.sqrt %x : f64", 0.3, 0.7},
    {"cbrt", "%r = math.cbrt %x : f64", 0.3, 0.7},
    {"rsqrt", "%r = math.rsqrt %x : f64", 0.3, 0.7},
    {"tanh", "%r = math.tanh %x : f64", 0.3, 0.7},
    {"sin", "%r = math.sin %x : f64", 0.3, 0.7},
    {"cos", "%r = math.cos %x : f64", 0.3, 0.7},
    {"tan", "%r = math.tan %x : f64", 0.3, 0.7},
    {"sinh", "%r = math.sinh %x : f64", 0.3, 0.7},
    {"cosh", "%r = math.cosh %x : f64", 0.3, 0.7},
    {"asin", "%r = math.asin %x : f64", 0.3, 0.7},
    {"acos", "%r = math.acos %x : f64", 0.3, 0.7},
    {"atan", "%r = math.atan %x : f64", 0.3, 0.7},
    {"atan2", "%r = math.atan2 %x, %y : f64", 0.3, 0.7},
    {"erf", "%r = math.erf %x : f64", 0.3, 0.7},
    {"powf", "%r = math.powf %x, %y : f64", 0.3, 0.7},
    {"fpowi", "%n = arith.constant 3 : i32 %r = math.fpowi %x, %n : f64, i32", -0.3, 0.7},
    {"fma", "%r = math.fma %x, %y, %x : f64", 0.3, 0.7},
    {"floor", "%f = math.floor %x : f64 %r = arith.addf %f, %y : f64", 1.3, 0.7},
    {"truncf", "%s = arith.truncf %x : f64 to f32 %e = arith.extf %s : f32 to f64 %r = arith.mulf %y, %y : f64", 0.3,
     0.7},
};

/// One body in all modes: y = body(a, b) elementwise; the gradient of sum(y * y), the tangent and the jacobian of y.
std::string programOf(const std::string &body, bool differentiated) {
  std::string map = "affine_map<(i) -> (i)>";
  std::string text = "func.func @f(%a: tensor<2xf64>, %b: tensor<2xf64>, %t: tensor<2xf64>) -> (";
  text += differentiated ? "tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2x2xf64>, tensor<2xf64>)"
                         : "tensor<f64>, tensor<2xf64>)";
  text += "{\n %y = nn.equation map [2] reads(%a, %b) [" + map + ", " + map + "] writes " + map +
          " {\n ^bb0(%x: f64, %y: f64):\n" + body + "\n nn.yield %r : f64\n" +
          "} : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>\n"
          " %s = nn.equation sum [2] reads(%y) [" +
          map +
          "] writes affine_map<(i) -> ()> {\n ^bb0(%v: f64):\n %q = arith.mulf %v, %v : f64\n nn.yield %q : f64\n"
          "} : (tensor<2xf64>) -> tensor<f64>\n";
  if (!differentiated)
    return text + "return %s, %y : tensor<f64>, tensor<2xf64>\n}";
  return text +
         "%g:2 = nn.grad %s wrt (%a, %b) : tensor<f64>, tensor<2xf64>, tensor<2xf64> -> tensor<2xf64>, tensor<2xf64>\n"
         "%d = nn.jvp %y wrt %a along %t : tensor<2xf64>, tensor<2xf64>\n"
         "%j = nn.jacobian %y wrt %a : tensor<2xf64>, tensor<2xf64> -> tensor<2x2xf64>\n"
         "%k = nn.jacobian %s wrt %a : tensor<f64>, tensor<2xf64> -> tensor<2xf64>\n"
         "return %g#0, %g#1, %d, %j, %k : tensor<2xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2x2xf64>, "
         "tensor<2xf64>\n}";
}

class DerivativeRules : public testing::TestWithParam<Case> {
protected:
  DerivativeRules() {
    DialectRegistry registry;
    registry.insert<NNDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  std::vector<std::vector<double>> run(ModuleOp module, std::vector<std::vector<double>> arguments) {
    interpreter::Inputs inputs;
    for (auto &values : arguments)
      inputs.positional.push_back(interpreter::Tensor::ofFloats({2}, values));
    auto outputs = interpreter::interpret(module, "f", inputs);
    EXPECT_TRUE(succeeded(outputs));
    std::vector<std::vector<double>> results;
    if (succeeded(outputs))
      for (auto &tensor : outputs->results)
        results.push_back(tensor.floats);
    return results;
  }

  MLIRContext context;
};

TEST_P(DerivativeRules, AgreeWithFiniteDifferences) {
  const Case &c = GetParam();
  auto plain = parseSourceString<ModuleOp>(programOf(c.body, false), &context);
  auto derived = parseSourceString<ModuleOp>(programOf(c.body, true), &context);
  ASSERT_TRUE(plain && derived);
  PassManager manager(&context);
  manager.addNestedPass<func::FuncOp>(createDifferentiate());
  ASSERT_TRUE(succeeded(manager.run(*derived)));

  std::vector<std::vector<double>> at{{c.x, c.x * 1.1}, {c.y, c.y * 0.95}, {0.4, -1.5}};
  auto found = run(*derived, at);
  ASSERT_EQ(found.size(), 5u);
  constexpr double h = 1e-6, tolerance = 1e-6;
  auto difference = [&](unsigned argument, unsigned element, unsigned result, unsigned place) {
    auto up = at, down = at;
    up[argument][element] += h;
    down[argument][element] -= h;
    return (run(*plain, up)[result][place] - run(*plain, down)[result][place]) / (2 * h);
  };
  for (unsigned e = 0; e < 2; ++e) {
    EXPECT_NEAR(found[0][e], difference(0, e, 0, 0), tolerance) << "gradient by x";
    EXPECT_NEAR(found[1][e], difference(1, e, 0, 0), tolerance) << "gradient by y";
    EXPECT_NEAR(found[4][e], found[0][e], 1e-12) << "jacobian of a scalar";
    double slope = difference(0, e, 1, e);
    EXPECT_NEAR(found[2][e], slope * at[2][e], tolerance) << "tangent";
    EXPECT_NEAR(found[3][3 * e], slope, tolerance) << "jacobian";
    EXPECT_EQ(found[3][e ? 2 : 1], 0) << "jacobian beside the diagonal";
  }
}

INSTANTIATE_TEST_SUITE_P(Scalars, DerivativeRules, testing::ValuesIn(cases),
                         [](const auto &info) { return std::string(info.param.name); });

} // namespace

// rule: type.scalar-functions
