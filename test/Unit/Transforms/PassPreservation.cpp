// What a program computes stays the same under every tensor pass, and its gradients are those of finite differences.
#include "AutoDiff/Passes.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "RandomPrograms.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace nn;
using namespace nn::test;

namespace {

constexpr double tolerance = 1e-8;

std::vector<std::vector<double>> run(ModuleOp module, const interpreter::Inputs &inputs) {
  auto outputs = interpreter::interpret(module, "r.step", inputs);
  EXPECT_TRUE(succeeded(outputs));
  std::vector<std::vector<double>> results;
  if (succeeded(outputs))
    for (interpreter::Tensor &tensor : outputs->results)
      results.push_back(tensor.floats);
  return results;
}

bool agree(double a, double b, double relative) {
  return (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= relative * (1 + std::abs(a) + std::abs(b));
}

void expectSame(const std::vector<std::vector<double>> &before, const std::vector<std::vector<double>> &after,
                StringRef pass) {
  ASSERT_EQ(before.size(), after.size()) << pass.str();
  for (size_t k = 0; k < before.size(); ++k) {
    ASSERT_EQ(before[k].size(), after[k].size()) << pass.str() << ", result " << k;
    for (size_t e = 0; e < before[k].size(); ++e)
      ASSERT_TRUE(agree(before[k][e], after[k][e], tolerance))
          << pass.str() << ", result " << k << ", element " << e << ": " << before[k][e] << " became " << after[k][e];
  }
}

/// Results 1.. of the program are the gradients of result 0 by the parameters; elements at a kink are left out.
void expectGradients(RandomProgram &program, ModuleOp module) {
  auto base = run(module, program.inputs);
  for (size_t p = 0; p < program.parameters.size(); ++p) {
    std::vector<double> &values = program.inputs.parameters[program.parameters[p]].floats;
    for (size_t e = 0; e < values.size(); ++e) {
      double at = values[e], h = 1e-5;
      auto moved = [&](double by) {
        values[e] = at + by;
        double result = run(module, program.inputs)[0][0];
        values[e] = at;
        return result;
      };
      double up = moved(h), down = moved(-h), center = base[0][0];
      double slope = (up - down) / (2 * h), gradient = base[p + 1][e];
      bool smooth = std::abs(up - 2 * center + down) / h < 1e-3 * (1 + std::abs(slope));
      if (smooth) {
        EXPECT_TRUE(agree(slope, gradient, 2e-4))
            << program.parameters[p] << "[" << e << "]: finite difference " << slope << ", gradient " << gradient;
      }
    }
  }
}

class RandomPrograms : public testing::TestWithParam<unsigned> {
protected:
  RandomPrograms() {
    DialectRegistry registry;
    registry.insert<NNDialect, arith::ArithDialect, math::MathDialect, func::FuncDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.disableMultithreading();
  }

  /// Runs the passes one after the other and compares after each; with `gradients` also by finite differences at the
  /// end.
  void check(bool secondOrder, bool gradients) {
    RandomProgram program = makeRandomProgram(context, GetParam(), secondOrder);
    ModuleOp module = *program.module;
    ASSERT_TRUE(succeeded(verify(module)));
    std::string source;
    llvm::raw_string_ostream(source) << module;
    SCOPED_TRACE(source);
    auto expected = run(module, program.inputs);
    ASSERT_FALSE(expected.empty());
    std::pair<StringRef, std::function<std::unique_ptr<Pass>()>> passes[] = {
        {"inline-specialize", createInlineSpecialize},
        {"normalize", createNormalize},
        {"differentiate", createDifferentiate},
        {"batch", createBatch},
        {"simplify", createSimplify},
    };
    for (auto &[name, create] : passes) {
      PassManager manager(&context);
      if (name == "inline-specialize")
        manager.addPass(create());
      else
        manager.addNestedPass<func::FuncOp>(create());
      ASSERT_TRUE(succeeded(manager.run(module))) << name.str();
      expectSame(expected, run(module, program.inputs), name);
      if (HasFatalFailure()) {
        module->dump();
        return;
      }
    }
    if (gradients)
      expectGradients(program, module);
  }

  MLIRContext context;
};

TEST_P(RandomPrograms, EveryPassKeepsTheirMeaning) { check(/*secondOrder=*/false, /*gradients=*/true); }
TEST_P(RandomPrograms, EveryPassKeepsSecondDerivatives) {
  check(/*secondOrder=*/true, /*gradients=*/GetParam() % 4 == 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range(0u, 250u));

} // namespace
