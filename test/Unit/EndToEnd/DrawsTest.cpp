// Chance: what compiled code draws depends on the seed, the step and the example alone.
#include "Harness.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace nn;
using namespace nn::test;
using interpreter::Tensor;

namespace {

const char *const uniforms = R"(
command once() -> f64[9] {
  u: f64[9] ~ uniform(0, 1)
  u
}
command twice(x: f64[3, 5]) {
  u: f64[3, 5] ~ uniform(0, 1)
  v: f64[3, 5] ~ uniform(0, 1)
  (u: u, v: v)
}
command single(x: f32[17]) -> f32[17] {
  u: f32[17] ~ uniform(0, 1)
  u
}
command kept(x: f64[8]) = dropout(0.5)(x)
)";

const char *const normals = R"(
command once() -> f64[9] {
  z: f64[9] ~ normal(0, 1)
  z
}
command scaled(mu: f64[5], sigma: f64[5]) -> f64[5] {
  z: f64[5] ~ normal(mu, sigma)
  z
}
command single(x: f32[17]) -> f32[17] {
  z: f32[17] ~ normal(0, 1)
  z
}
)";

} // namespace

TEST(Draws, UniformsHaveTheSameBits) {
  Trial trial;
  trial.exact = true;
  trial.training = true;
  EXPECT_TRUE(agrees(uniforms, trial));
}

TEST(Draws, NormalsAgree) { EXPECT_TRUE(agrees(normals)); }

TEST(Draws, DependOnTheExampleAndNotOnItsRow) {
  // Per example the draws of `twice` and `single`, from batches that hold it in different rows.
  std::map<std::pair<std::string, int64_t>, std::vector<double>> seen;
  int64_t again = 0;
  Trial trial;
  trial.watch = [&](const std::string &root, const interpreter::Inputs &inputs, const std::vector<Tensor> &results) {
    if (root == "command.kept") // its values depend on the input, too
      return;
    for (int64_t row = 0; row < inputs.batchSize; ++row)
      for (size_t k = 0; k < results.size(); ++k) {
        size_t each = results[k].floats.size() / inputs.examples.size();
        auto first = results[k].floats.begin() + row * int64_t(each);
        std::vector<double> draws(first, first + int64_t(each));
        auto [at, isNew] = seen.insert({{root + std::to_string(k), inputs.examples[row]}, draws});
        again += !isNew;
        EXPECT_EQ(at->second, draws) << root << " example " << inputs.examples[row];
      }
  };
  trial.batches = {{64, 64}, {7, 7}};
  ASSERT_TRUE(agrees(uniforms, trial));
  trial.firstExample = 200; // the same examples from the last row to the first
  trial.exampleStride = -3;
  ASSERT_TRUE(agrees(uniforms, trial));
  EXPECT_GT(again, 0);
  // No two examples, and no two draws of one example, are alike.
  std::map<std::vector<double>, int> different;
  double sum = 0;
  int64_t count = 0;
  for (auto &[key, draws] : seen) {
    EXPECT_EQ(++different[draws], 1) << key.first << " example " << key.second;
    if (key.first.find("twice") == std::string::npos)
      continue;
    count += int64_t(draws.size());
    for (double draw : draws)
      sum += draw;
  }
  constexpr double deviations = 5;
  EXPECT_NEAR(sum / double(count), 0.5, deviations * std::sqrt(1.0 / 12 / double(count)));
}

// rule: chance.key
