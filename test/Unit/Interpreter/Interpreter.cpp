// The interpreter as a library: bound inputs, outputs, magnitudes, scalar functions against finite differences.
#include "Interpreter/Interpreter.h"
#include "Interpreter/Numbers.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace nn;
using namespace nn::interpreter;

namespace {

struct Program {
  explicit Program(StringRef text) {
    context.loadDialect<NNDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

constexpr StringLiteral step = R"(
  nn.parameter @w : tensor<2xf64> kind "weight"
  nn.setting @rate = 5.000000e-01 : f64
  func.func @step(%x: tensor<2xf64> {nn.binding = #nn.bind<field, "x">, nn.per_example}) -> tensor<f64>
      attributes {nn.batch = 2 : i64, nn.training} {
    %w = nn.param @w : tensor<2xf64>
    %rate = nn.setting_value @rate : tensor<f64>
    %y = nn.equation sum [2] reads(%w, %x) [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>] writes affine_map<(i) -> ()> {
    ^bb0(%a: f64, %b: f64):
      %p = arith.mulf %a, %b : f64
      nn.yield %p : f64
    } : (tensor<2xf64>, tensor<2xf64>) -> tensor<f64>
    %total = nn.batch_sum %y : tensor<f64>
    %next = nn.equation map [2] reads(%w, %rate) [affine_map<(i) -> (i)>, affine_map<(i) -> ()>] writes affine_map<(i) -> (i)> {
    ^bb0(%a: f64, %b: f64):
      %p = arith.mulf %a, %b : f64
      nn.yield %p : f64
    } : (tensor<2xf64>, tensor<f64>) -> tensor<2xf64>
    nn.update @w, %next : tensor<2xf64>
    return %total : tensor<f64>
  })";

TEST(Interpreter, BindsInputsAndGivesUpdates) {
  Program program(step);
  ASSERT_TRUE(program.module);
  Inputs inputs;
  inputs.parameters["w"] = Tensor::ofFloats({2}, {2, 3});
  inputs.arguments["x"] = Tensor::ofFloats({2, 2}, {1, 10, 100, -1000});
  auto outputs = interpret(*program.module, "step", inputs);
  ASSERT_TRUE(succeeded(outputs));
  EXPECT_EQ(outputs->results[0].floats, std::vector<double>{2 + 30 + 200 - 3000});
  EXPECT_EQ(outputs->parameters.at("w").floats, (std::vector<double>{1, 1.5}));

  inputs.batchSize = 1;
  inputs.settings["rate"] = Tensor::ofFloats({}, {1});
  outputs = interpret(*program.module, "step", inputs);
  ASSERT_TRUE(succeeded(outputs));
  EXPECT_EQ(outputs->results[0].floats, std::vector<double>{32});
  EXPECT_EQ(outputs->parameters.at("w").floats, (std::vector<double>{2, 3}));
}

TEST(Interpreter, MagnitudesBoundTheAbsoluteTerms) {
  Program program(step);
  Inputs inputs;
  inputs.parameters["w"] = Tensor::ofFloats({2}, {2, 3});
  inputs.arguments["x"] = Tensor::ofFloats({2, 2}, {1, 10, 100, -1000});
  Options options;
  options.magnitudes = true;
  auto outputs = interpret(*program.module, "step", inputs, options);
  ASSERT_TRUE(succeeded(outputs));
  double terms = 2 + 30 + 200 + 3000;
  EXPECT_EQ(outputs->results[0].floats[0], 2 + 30 + 200 - 3000);
  EXPECT_GE(outputs->results[0].magnitudes[0], terms);
  EXPECT_LE(outputs->results[0].magnitudes[0], 4 * terms);
}

/// Each derivative against a central difference, where the function is smooth.
/// Diagonals and reversed rows: y[i] is the sum over j and k of A[j, 2 - j, k] * B[k, i] * A[j, 2 - j, k], by products
/// alone, or with a 0 added to each, which is another way through the interpreter.
std::string products(bool plain) {
  std::string body =
      plain ? "nn.yield %q : f64" : "%z = arith.constant 0.0 : f64\n%r = arith.addf %q, %z : f64\nnn.yield %r : f64";
  return R"(func.func @f(%A: tensor<3x3x5xf64>, %B: tensor<5x4xf64>) -> tensor<4xf64> {
    %y = nn.equation sum [4, 3, 5] reads(%A, %B) [affine_map<(i, j, k) -> (j, 2 - j, k)>, affine_map<(i, j, k) -> (k, i)>]
        writes affine_map<(i, j, k) -> (i)> {
    ^bb0(%a: f64, %b: f64):
      %p = arith.mulf %a, %b : f64
      %q = arith.mulf %p, %a : f64
      )" +
         body + R"(
    } : (tensor<3x3x5xf64>, tensor<5x4xf64>) -> tensor<4xf64>
    return %y : tensor<4xf64>
  })";
}

TEST(Interpreter, SumsOfProductsAreTheSameToTheLastBit) {
  std::vector<double> a(45), b(20);
  for (size_t k = 0; k < a.size(); ++k)
    a[k] = std::sin(double(k) + 1);
  for (size_t k = 0; k < b.size(); ++k)
    b[k] = std::cos(3 * double(k));
  Inputs inputs;
  inputs.positional = {Tensor::ofFloats({3, 3, 5}, a), Tensor::ofFloats({5, 4}, b)};
  std::vector<double> found[2], wanted(4, 0);
  for (bool plain : {false, true}) {
    Program program(products(plain));
    ASSERT_TRUE(program.module);
    auto outputs = interpret(*program.module, "f", inputs);
    ASSERT_TRUE(succeeded(outputs));
    found[plain] = outputs->results[0].floats;
  }
  EXPECT_EQ(found[0], found[1]);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 3; ++j)
      for (int k = 0; k < 5; ++k)
        wanted[i] += std::pow(a[j * 15 + (2 - j) * 5 + k], 2) * b[k * 4 + i];
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(found[1][i], wanted[i], 1e-14);
}

TEST(Numbers, DerivativesOfOneNumber) {
  constexpr double h = 1e-6;
  for (int k = 0; k <= static_cast<int>(Unary::trunc); ++k) {
    auto function = static_cast<Unary>(k);
    for (double x : {-0.7, 0.3, 0.6, 1.8}) {
      double below = apply(function, x - h), at = apply(function, x), above = apply(function, x + h);
      if (std::isnan(below) || std::isnan(above))
        continue;
      double slope = (above - below) / (2 * h);
      EXPECT_NEAR(derivative(function, x, at), slope, 1e-7 * (1 + std::fabs(slope))) << "function " << k << " at " << x;
      Dual<double> dual = apply(function, Dual<double>{x, 2});
      EXPECT_NEAR(dual.tangent, 2 * slope, 2e-7 * (1 + std::fabs(slope)));
    }
  }
}

TEST(Numbers, DerivativesOfTwoNumbers) {
  constexpr double h = 1e-6;
  for (int k = 0; k <= static_cast<int>(Binary::minnum); ++k) {
    auto function = static_cast<Binary>(k);
    for (double x : {0.4, 1.7})
      for (double y : {0.9, 2.3}) {
        Partials<double> found = partials(function, x, y, apply(function, x, y));
        double byX = (apply(function, x + h, y) - apply(function, x - h, y)) / (2 * h);
        double byY = (apply(function, x, y + h) - apply(function, x, y - h)) / (2 * h);
        EXPECT_NEAR(found.x, byX, 1e-7 * (1 + std::fabs(byX))) << "function " << k << " at " << x << ", " << y;
        EXPECT_NEAR(found.y, byY, 1e-7 * (1 + std::fabs(byY))) << "function " << k << " at " << x << ", " << y;
      }
  }
}

TEST(Numbers, SecondDerivatives) {
  using Second = Dual<Dual<double>>;
  Second x{{0.5, 1}, {1, 0}};
  for (Unary function :
       {Unary::exp, Unary::log, Unary::tanh, Unary::sqrt, Unary::rsqrt, Unary::erf, Unary::atan, Unary::asin}) {
    constexpr double h = 1e-5;
    auto slope = [&](double at) { return derivative(function, at, apply(function, at)); };
    double curvature = (slope(0.5 + h) - slope(0.5 - h)) / (2 * h);
    EXPECT_NEAR(apply(function, x).tangent.tangent, curvature, 1e-6 * (1 + std::fabs(curvature)));
  }
}

/// A derivative of 0 stays 0 where the function's is infinite.
TEST(Numbers, ZeroTangentsAreStrict) {
  EXPECT_EQ(apply(Unary::sqrt, Dual<double>{0, 0}).tangent, 0);
  EXPECT_EQ(apply(Unary::log, Dual<double>{0, 0}).tangent, 0);
  EXPECT_EQ((Dual<double>{INFINITY, 0} * Dual<double>{1, 0}).tangent, 0);
}

} // namespace
