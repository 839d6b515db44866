// Conserved quantities along gradient descent in double precision: at equal times the drift halves with the step.
#include "Dialect/NN/IR/NN.h"
#include "Frontend/Emit/Emit.h"
#include "Frontend/Parse/Parser.h"
#include "Frontend/Sema/Sema.h"
#include "Pipeline/Lowering.h"
#include "Pipeline/Stdlib.h"
#include "Symmetry/Conserved/Conserved.h"

#include "gtest/gtest.h"

using namespace nn;
using namespace nn::conserved;

namespace {

/// The objectives of the first recipe of a program.
class Program {
public:
  explicit Program(const std::string &text) {
    mlir::DialectRegistry registry;
    registerDialects(registry);
    context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
    context->loadAllAvailableDialects();
    DiagnosticEngine diagnostics(sources);
    auto file = parse::parseFile(sources, sources.add("program.nn", text), diagnostics);
    auto library = parseStdlib(sources, diagnostics);
    std::vector<const ast::File *> prelude;
    for (const auto &each : library)
      prelude.push_back(each.get());
    auto checked = file ? sema::check(*file, prelude, diagnostics, {}) : nullptr;
    if (checked)
      module = emit::emit(*checked, *context, sources, diagnostics);
    llvm::raw_string_ostream out(failure);
    diagnostics.flush(out, {});
    if (module)
      for (RecipeOp recipe : module->getOps<RecipeOp>())
        objectives = Objective::of(*module, recipe);
  }

  SourceManager sources;
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<Objective> objectives;
  std::string failure;
};

/// A recipe that trains `body`, a model from 3 numbers, on draws; the target is what `wanted` says.
std::string trained(const std::string &body, const std::string &objective) {
  return body + R"(
train Net {
  x: f32[3] ~ normal(0, 1)
  minimize )" +
         objective + R"(
  using    gd(lr: 0.1)
  for      10 steps in batches of 4
})";
}

using Weights = std::vector<std::vector<double>>;

/// The weights after `steps` steps of gradient descent, always on the same examples.
Weights descend(const Objective &objective, Weights weights, double step, int steps) {
  constexpr uint64_t seed = 5;
  for (int k = 0; k < steps; ++k) {
    auto sample = objective.gradientAt(weights, seed);
    if (!sample)
      return {};
    for (size_t p = 0; p < weights.size(); ++p)
      for (size_t e = 0; e < weights[p].size(); ++e)
        weights[p][e] -= step * sample->gradients[p][e];
  }
  return weights;
}

double driftOf(const Quantity &quantity, const Weights &from, const Weights &to) {
  std::vector<double> before = valuesOf(quantity, from), after = valuesOf(quantity, to);
  double drift = 0;
  for (size_t k = 0; k < before.size(); ++k)
    drift = std::max(drift, std::abs(after[k] - before[k]));
  return drift;
}

struct Case {
  const char *name;
  std::string program;
  int64_t numbers; ///< that are kept, in all
};

class Drift : public testing::TestWithParam<Case> {};

TEST_P(Drift, HalvesWithTheStep) {
  Program program(GetParam().program);
  ASSERT_EQ(program.objectives.size(), 1u) << program.failure;
  const Objective &objective = program.objectives[0];
  auto found = findConserved(objective);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->nearly.empty());
  Weights start = objective.draw(3)->values;
  constexpr double step = 2e-4;
  constexpr int steps = 100;
  Weights coarse = descend(objective, start, step, steps), fine = descend(objective, start, step / 2, 2 * steps);
  ASSERT_FALSE(coarse.empty() || fine.empty());
  int64_t numbers = 0;
  for (const Quantity &quantity : found->exact) {
    std::string text = describe(quantity, objective.parameters());
    EXPECT_EQ(valuesOf(quantity, start).size(), size_t(quantity.count)) << text;
    numbers += quantity.count;
    double drift = driftOf(quantity, start, coarse), halved = driftOf(quantity, start, fine);
    if (quantity.kind == Quantity::Kind::Sums) {
      EXPECT_LT(drift, 1e-12) << text; // linear: kept by each step
      continue;
    }
    EXPECT_GT(drift, 1e-9) << text;
    EXPECT_NEAR(drift / halved, 2, 0.1) << text;
    // One part of a difference moves, and keeps moving: its change does not depend on the step.
    Quantity part = quantity;
    part.terms.resize(1);
    if (quantity.terms.size() > 1)
      EXPECT_NEAR(driftOf(part, start, coarse) / driftOf(part, start, fine), 1, 0.1) << text;
  }
  EXPECT_EQ(numbers, GetParam().numbers);
}

const std::string relu =
    trained("model Net(x: f32[3]) -> f32[2] = x |> dense(4) |> relu |> dense(2)", "sum((Net(x) - 1) ^ 2)");
const std::string linear = trained(
    "model Net(x: f32[3]) -> f32[2] = x |> dense(4) |> dense(5, bias: false) |> dense(2)", "sum((Net(x) - 1) ^ 2)");
const std::string logits =
    trained("model Net(x: f32[3]) -> f32[5] = x |> dense(4) |> tanh |> dense(5)", "cross_entropy(Net(x), 3)");
const std::string normed =
    trained("model Net(x: f32[3]) -> f32[2] = x |> dense(4, bias: false) |> batch_norm(eps: 0.0) |> tanh |> dense(2)",
            "sum((Net(x) - 1) ^ 2)");
const std::string attending = trained(R"(model Net(x: f32[3]) -> f32[8] {
  s[i < 3, c < 8] = sin(x[i] * (c + 1))
  a = s |> attention(2)
  y[c] = sum[i] tanh(a[i, c])
  y
})",
                                      "sum((Net(x) - 1) ^ 2)");
const std::string plain =
    trained("model Net(x: f32[3]) -> f32[2] = x |> dense(4) |> tanh |> dense(2)", "sum((Net(x) - 1) ^ 2)");

const std::string joined =
    trained("model Net(x: f32[3]) -> f32[2] = concat(x |> dense(4) |> relu, x |> dense(3) |> relu) |> dense(2)",
            "sum((Net(x) - 1) ^ 2)");
const std::string overlapping = trained(R"(model Net(x: f32[3]) -> f32[2] {
  h = x |> dense(5) |> relu
  dense(2)(h[0..3]) + dense(2)(h[2..5])
})",
                                        "sum((Net(x) - 1) ^ 2)");
const std::string linearParts = trained(R"(model Net(x: f32[3]) -> f32[2] {
  h = x |> dense(5)
  dense(2)(h[0..3]) + tanh(dense(2)(h[3..5]))
})",
                                        "sum((Net(x) - 1) ^ 2)");
const std::string channels = trained(R"(model Net(x: f32[3]) -> f32[2] {
  picture[c < 1, i, j] = sin(x[i] + 2 * x[j])
  concat(picture |> conv(2, 2), picture |> conv(3, 2)) |> relu |> flatten |> dense(2)
})",
                                     "sum((Net(x) - 1) ^ 2)");
const std::string reshapedWeights = trained(R"(model Net(x: f32[3]) -> f32[2] {
  param W: f32[12] ~ normal(0, 1)
  reshape(W, [4, 3]) @ x |> relu |> dense(2)
})",
                                            "sum((Net(x) - 1) ^ 2)");
const std::string joinedWeights = trained(R"(model Net(x: f32[3]) -> f32[2] {
  param P: f32[2, 3] ~ normal(0, 1)
  param Q: f32[3, 3] ~ normal(0, 1)
  concat(P, Q) @ x |> relu |> dense(2)
})",
                                          "sum((Net(x) - 1) ^ 2)");
const std::string slicedWeights = trained(R"(model Net(x: f32[3]) -> f32[2] {
  param W: f32[6, 3] ~ normal(0, 1)
  dense(2)(relu(W[0..4] @ x)) + dense(2)(tanh(W[4..6] @ x))
})",
                                          "sum((Net(x) - 1) ^ 2)");
const std::string twoClasses = trained("model Net(x: f32[3]) -> f32[7] = x |> dense(4) |> tanh |> dense(7)",
                                       "cross_entropy(Net(x)[0..3], 1) + cross_entropy(Net(x)[3..7], 2)");

INSTANTIATE_TEST_SUITE_P(
    Conserved, Drift,
    testing::Values(Case{"relu", relu, 4},           // a number for each unit
                    Case{"linear", linear, 10 + 15}, // a symmetric matrix between two layers each
                    Case{"logits", logits, 4 + 1},   // the sums over the classes
                    Case{"normed", normed, 4},       // lengths of rows before the normalization
                    Case{"attending", attending,
                         40}, // a symmetric matrix of 4 by 4 for each head: queries and keys, values and the output
                    Case{"plain", plain, 0},
                    // Behind concat and slices: from some place of an axis on.
                    Case{"joined", joined, 4 + 3}, Case{"overlapping", overlapping, 5},
                    Case{"linearParts", linearParts, 6 + 3}, // a symmetric matrix for each part
                    Case{"channels", channels, 2 + 3}, Case{"reshapedWeights", reshapedWeights, 4},
                    Case{"joinedWeights", joinedWeights, 2 + 3}, Case{"slicedWeights", slicedWeights, 4},
                    Case{"twoClasses", twoClasses, 2 * (4 + 1)}), // sums over the classes of each
    [](const auto &info) { return info.param.name; });

TEST(Conserved, ParametersThatDoNotCountAreSaid) {
  Program program(trained(R"(model Net(x: f32[3]) -> f32[2] {
  param spare: f32[2] ~ zeros
  dense(2)(x) + 0 * spare
})",
                          "sum((Net(x) - 1) ^ 2)"));
  ASSERT_EQ(program.objectives.size(), 1u) << program.failure;
  auto found = findConserved(program.objectives[0]);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->unreached.size(), 1u);
  EXPECT_EQ(program.objectives[0].parameters()[found->unreached[0]].path, "Net.spare");
  EXPECT_TRUE(found->exact.empty());
}

} // namespace
