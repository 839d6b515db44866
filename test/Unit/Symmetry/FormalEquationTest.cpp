// Equations on formulas: rows of products give what the points give one by one.
#include "Symmetry/Prover/Identity/FormalEquation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace nn::prover;

namespace {

/// The first equation of a function whose arguments are its operands.
class Equation {
public:
  explicit Equation(const std::string &text) {
    context.loadDialect<nn::NNDialect, arith::ArithDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(text, &context);
  }
  FormalRef evaluate(ArrayRef<FormalRef> operands, FormalField &field) {
    nn::EquationOp op;
    if (module)
      module->walk([&](nn::EquationOp each) { op = each; });
    FormalEffort effort;
    effort.mostPoints = 1000;
    return op ? evaluateFormally(op, operands, field, effort) : nullptr;
  }

private:
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};

/// A convolution with a border of 2 on one side, and weights that an index chooses, strided: y[o, i] is the sum over u
/// of W[kind[o], u] * x[2 i + u - 1]. With `plain` the body is a product; else one and 0, which is worked out point by
/// point.
std::string convolution(bool plain) {
  std::string body =
      plain ? "nn.yield %p : f64" : "%z = arith.constant 0.0 : f64\n%q = arith.addf %p, %z : f64\nnn.yield %q : f64";
  return R"(func.func @f(%W: tensor<3x4xf64>, %x: tensor<6xf64>, %kind: tensor<2xi32>) -> tensor<2x3xf64> {
    %y = nn.equation sum [2, 3, 4] reads(%W, %x) [affine_map<(o, i, u)[s] -> (s, u)>, affine_map<(o, i, u)[s] -> (i * 2 + u - 1)>]
        tables(%kind) [affine_map<(o, i, u) -> (o)>] writes affine_map<(o, i, u)[s] -> (o, i)> fill [unit, 2.0 : f64] {
    ^bb0(%a: f64, %b: f64):
      %p = arith.mulf %a, %b : f64
      )" +
         body + R"(
    } : (tensor<3x4xf64>, tensor<6xf64>, tensor<2xi32>) -> tensor<2x3xf64>
    return %y : tensor<2x3xf64>
  })";
}

std::shared_ptr<FormalTensor> variables(FormalField &field, size_t count) {
  auto tensor = std::make_shared<FormalTensor>();
  tensor->degree = 1;
  for (size_t k = 0; k < count; ++k)
    tensor->formulas.push_back(field.variable());
  return tensor;
}

TEST(FormalEquation, RowsOfProductsAreTheSumsOfPoints) {
  FormalField field(4, 0);
  auto weights = variables(field, 12), x = variables(field, 6);
  auto known = std::make_shared<FormalTensor>(), unknown = variables(field, 6);
  known->kind = FormalTensor::Kind::Integers;
  known->integers = {2, 0};
  unknown->kind = FormalTensor::Kind::Indices;
  unknown->bound = 3;
  Equation rows(convolution(true)), points(convolution(false));
  for (const auto &kind : {known, unknown}) {
    FormalRef found = rows.evaluate({weights, x, kind}, field), wanted = points.evaluate({weights, x, kind}, field);
    ASSERT_TRUE(found && wanted);
    EXPECT_EQ(found->formulas, wanted->formulas);
    EXPECT_EQ(found->degree, wanted->degree);
  }
  // By hand: y[0, 0] = W[2, 0] * 2 + W[2, 1] * x[0] + W[2, 2] * x[1] + W[2, 3] * x[2].
  Number sum = field.multiply(2, weights->formulas[8]);
  for (size_t u = 1; u < 4; ++u)
    sum = field.add(sum, field.multiply(weights->formulas[8 + u], x->formulas[u - 1]));
  EXPECT_EQ(rows.evaluate({weights, x, known}, field)->formulas[0], sum);
}

} // namespace
