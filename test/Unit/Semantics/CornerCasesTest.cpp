// The corners of the language that its reference settles, against values worked out by hand or written out as loops.
#include "Programs.h"

#include "noether/philox.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <numeric>

using namespace nn;
using namespace nn::test;
using interpreter::Inputs;
using interpreter::Outputs;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double meanOf(const std::vector<double> &values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

/// The derivative of a smooth function, by central differences.
double slopeOf(const std::function<double(double)> &f, double at) {
  constexpr double h = 1e-5;
  return (8 * (f(at + h) - f(at - h)) - (f(at + 2 * h) - f(at - 2 * h))) / (12 * h);
}

// Two calls: (2 w + 0) + 10 (3 w + 1 + 100 * 2), so 2042 for w = 1, with the derivative 32.
TEST(CornerCases, StateCalledTwiceInAStep) {
  Inputs inputs;
  inputs.parameters["Counter.w"] = scalar(1);
  inputs.states["Counter.calls"] = inputs.states["Counter.last"] = scalar(0);
  Program program("state-twice");
  for (auto &[where, outputs] : program.run("train.step", inputs)) {
    expectNear(outputs.results[0], {2042}, where);
    expectNear(outputs.parameters["Counter.w"], {1 - 0.5 * 32}, where);
    expectNear(outputs.states["Counter.calls"], {2}, where);
    expectNear(outputs.states["Counter.last"], {3}, where);
  }
  // The report is a third call; what a state becomes outside of training is forgotten.
  for (auto &[where, outputs] : program.run("train.eval", inputs)) {
    expectNear(outputs.results[0], {2042}, where);
    expectNear(outputs.results[1], {2 + 2 + 300}, where);
  }
}

/// Batch norm and a cubic head, over a whole batch.
struct Critic {
  double w = 0.75, gamma = 1, beta = 0;
  double mean = 0, variance = 1; ///< running

  struct Norm {
    double mean = 0, variance = 0, deviation = 1;
    std::vector<double> normal, hidden;
  };
  Norm norm(const std::vector<double> &x) const {
    Norm n;
    n.mean = meanOf(x);
    for (double v : x)
      n.variance += (v - n.mean) * (v - n.mean) / double(x.size());
    n.deviation = std::sqrt(n.variance + 1e-5);
    for (double v : x) {
      n.normal.push_back((v - n.mean) / n.deviation);
      n.hidden.push_back(gamma * n.normal.back() + beta);
    }
    return n;
  }
  std::vector<double> operator()(const std::vector<double> &x) const {
    std::vector<double> y;
    for (double h : norm(x).hidden)
      y.push_back(w * h * h * h);
    return y;
  }
  void see(const std::vector<double> &x) {
    Norm n = norm(x);
    mean = 0.9 * mean + 0.1 * n.mean;
    variance = 0.9 * variance + 0.1 * n.variance;
  }
  /// One step down a loss of this critic.
  Critic descend(double rate, const std::function<double(const Critic &)> &loss) const {
    Critic next = *this;
    for (double Critic::*p : {&Critic::w, &Critic::gamma, &Critic::beta})
      next.*p -= rate * slopeOf(
                            [&](double at) {
                              Critic moved = *this;
                              moved.*p = at;
                              return loss(moved);
                            },
                            this->*p);
    return next;
  }
};

void giveCritic(Inputs &inputs, const Critic &critic) {
  inputs.parameters["Critic.w"] = scalar(critic.w);
  inputs.parameters["Critic.batch_norm_1.gamma"] = floats({1}, {critic.gamma});
  inputs.parameters["Critic.batch_norm_1.beta"] = floats({1}, {critic.beta});
  inputs.states["Critic.batch_norm_1.mu0"] = floats({1}, {critic.mean});
  inputs.states["Critic.batch_norm_1.s20"] = floats({1}, {critic.variance});
}

void expectCritic(Outputs &outputs, const Critic &critic, const std::string &where) {
  expectNear(outputs.parameters["Critic.w"], {critic.w}, where + ", w");
  expectNear(outputs.parameters["Critic.batch_norm_1.gamma"], {critic.gamma}, where + ", gamma");
  expectNear(outputs.parameters["Critic.batch_norm_1.beta"], {critic.beta}, where + ", beta");
  expectNear(outputs.states["Critic.batch_norm_1.mu0"], {critic.mean}, where + ", running mean");
  expectNear(outputs.states["Critic.batch_norm_1.s20"], {critic.variance}, where + ", running variance");
}

TEST(CornerCases, GanWithBatchNorm) {
  const std::vector<double> real = {1, 2, 6}, latents = {0.5, -1, 2};
  auto generated = [&](double a) {
    std::vector<double> made;
    for (double z : latents)
      made.push_back(a * z + z * z);
    return made;
  };
  auto meanSquare = [](std::vector<double> y, double target) {
    for (double &v : y)
      v = (v - target) * (v - target);
    return meanOf(y);
  };
  double a = 1.5;
  Critic critic;
  auto criticLoss = [&](const Critic &c) { return meanSquare(c(real), 1) + meanSquare(c(generated(a)), 0); };
  Inputs inputs;
  inputs.parameters["Generator.a"] = scalar(a);
  giveCritic(inputs, critic);

  Critic next = critic.descend(0.125, criticLoss);
  next.see(real);
  next.see(generated(a));
  auto generatorLoss = [&](double at) { return meanSquare(next(generated(at)), 1); };
  double nextA = a - 0.125 * slopeOf(generatorLoss, a), second = generatorLoss(a);
  next.see(generated(a));
  for (auto &[where, outputs] : Program("gan-batch-norm").run("train.step", inputs)) {
    expectNear(outputs.results[0], {criticLoss(critic)}, where + ", loss of the critic");
    expectNear(outputs.results[1], {second}, where + ", loss of the generator");
    expectNear(outputs.parameters["Generator.a"], {nextA}, where + ", a");
    expectCritic(outputs, next, where);
  }
}

// With d = x - mean = -2, -1, 3: y = (w d)^2, its sum's slope by x is 2 w^2 d, the objective (w^2 + w^4 / 2) mean(d^2).
TEST(CornerCases, GradientThroughBatch) {
  Inputs inputs;
  inputs.parameters["Spread.w"] = scalar(2);
  Program program("grad-through-batch");
  for (auto &[where, outputs] : program.run("train.step", inputs)) {
    expectNear(outputs.results[0], {12 * 14.0 / 3}, where);
    expectNear(outputs.parameters["Spread.w"], {2 - 0.5 * 20 * 14.0 / 3}, where);
  }
  for (auto &[where, outputs] : program.run("train.eval", inputs))
    expectNear(outputs.results[1], {64 * 14.0 / 3}, where);
}

TEST(CornerCases, GradientPenaltyWithBatchNorm) {
  const std::vector<double> x = {1, 2, 6};
  // The slope of the sum of w h^3 by each x, h = gamma n + beta: 3 w gamma / s (h^2 - mean h^2 - n mean(h^2 n)).
  auto penalty = [&](const Critic &critic) {
    Critic::Norm n = critic.norm(x);
    std::vector<double> squares, moments, terms;
    for (size_t b = 0; b < x.size(); ++b) {
      squares.push_back(n.hidden[b] * n.hidden[b]);
      moments.push_back(squares.back() * n.normal[b]);
    }
    for (size_t b = 0; b < x.size(); ++b) {
      double slope =
          3 * critic.w * critic.gamma / n.deviation * (squares[b] - meanOf(squares) - n.normal[b] * meanOf(moments));
      terms.push_back((std::abs(slope) - 1) * (std::abs(slope) - 1));
    }
    return meanOf(terms);
  };
  Critic critic;
  Inputs inputs;
  giveCritic(inputs, critic);
  Critic next = critic.descend(0.125, penalty);
  next.see(x);
  for (auto &[where, outputs] : Program("gradient-penalty").run("train.step", inputs)) {
    expectNear(outputs.results[0], {penalty(critic)}, where);
    expectCritic(outputs, next, where);
  }
}

/// The uniform draw of one example at one turn: the turn is mixed into the example's word of the key.
float drawAt(uint32_t seed, uint32_t step, uint32_t example, uint32_t turn) {
  nnrt::PhiloxKey key = {seed, 0};
  uint32_t folded = nnrt::philox({turn, uint32_t(-1), step, example}, key)[0];
  return nnrt::uniformF32(nnrt::philox({0, 0, step, folded}, key));
}

TEST(CornerCases, DropoutInsideScan) {
  const uint32_t seed = 11, step = 3;
  // Turn t adds 2 or 0 to the states from t on.
  auto walk = [&](uint32_t example) {
    double sum = 0;
    for (uint32_t turn = 0; turn < 4; ++turn)
      sum += drawAt(seed, step, example, turn) >= 0.5 ? 2.0 * (4 - turn) : 0.0;
    return sum;
  };
  Inputs inputs;
  inputs.parameters["Walk.w"] = scalar(1);
  inputs.seed = seed;
  inputs.step = step;
  Program program("dropout-in-scan");
  for (std::vector<int32_t> examples : {std::vector<int32_t>{7, 3}, {3, 7}, {0, 5}}) {
    inputs.examples = examples;
    for (auto &[where, outputs] : program.run("train.step", inputs))
      expectNear(outputs.results[0], {(walk(examples[0]) + walk(examples[1])) / 2}, where);
  }
  // Without training nothing is dropped: 1 + 2 + 3 + 4.
  for (auto &[where, outputs] : program.run("train.eval", inputs))
    expectNear(outputs.results[0], {10}, where);
}

// Three calls climb from 1 to 1.75, the fourth gives 2 * 1.75 + 3; sign has no slope, so dL/dw = 2 * 6 * 1.75.
TEST(CornerCases, AttackOnAModelWithState) {
  Inputs inputs;
  inputs.parameters["Net.w"] = scalar(2);
  inputs.states["Net.calls"] = scalar(0);
  for (auto &[where, outputs] : Program("attack-with-state").run("train.step", inputs)) {
    expectNear(outputs.results[0], {36}, where);
    expectNear(outputs.parameters["Net.w"], {2 - 0.125 * 21}, where);
    expectNear(outputs.states["Net.calls"], {4}, where);
  }
}

TEST(CornerCases, Ties) {
  Program program("ties");
  auto expect = [&](const std::string &command, Inputs inputs, std::vector<std::vector<double>> expected) {
    for (auto &[where, outputs] : program.run("command." + command, inputs))
      for (size_t k = 0; k < expected.size(); ++k)
        expectNear(outputs.results[k], expected[k], where + ", " + command);
  };
  auto of = [](std::vector<double> x) {
    Inputs inputs;
    inputs.arguments["x"] = floats({int64_t(x.size())}, x);
    return inputs;
  };
  expect("maximum", of({3, 1, 3, 3}), {{1.0 / 3, 0, 1.0 / 3, 1.0 / 3}});
  expect("minimum", of({2, 1, 1, 5}), {{0, 0.5, 0.5, 0}});
  expect("rectified", of({-1, 0, 2}), {{0, 0, 1}});
  expect("smooth", of({-1, 0, 2}), {{1 / (1 + std::exp(1.0)), 0.5, 1 / (1 + std::exp(-2.0))}});
  Inputs constant;
  constant.arguments["x"] = scalar(1.5);
  expect("above", constant, {{0}, {0}});
  expect("magnitude", of({-1, 0, 2}), {{-1, 0, 1}});
  expect("first", of({1, 4, 4, 2}), {{1}});
  expect("best", of({2, 5, 5, 1}), {{1, 2, 0}, {5, 5, 2}});
  Inputs pair;
  pair.arguments = {{"a", scalar(2)}, {"b", scalar(2)}};
  expect("larger", pair, {{0.5}});
}

TEST(CornerCases, DerivativesByNamedValues) {
  Program program("named-variables");
  Inputs inputs;
  inputs.arguments["x"] = scalar(2);
  for (auto &[where, outputs] : program.run("command.inner", inputs))
    expectNear(outputs.results[0], {3 * 4 * 4}, where);
  for (auto &[where, outputs] : program.run("command.twin", inputs))
    expectNear(outputs.results[0], {4}, where);
  for (auto &[where, outputs] : program.run("command.number", inputs))
    expectNear(outputs.results[0], {2 * 6}, where);
  inputs.arguments["x"] = floats({3}, {1, 2, 3});
  for (auto &[where, outputs] : program.run("command.bound", inputs))
    expectNear(outputs.results[0], {6, 4, 2}, where);
}

TEST(CornerCases, MinusInfinity) {
  const double masked = 1e30;
  Program program("minus-infinity");
  Inputs inputs;
  inputs.arguments["s"] = floats({3, 3}, {0, masked, masked, std::log(3.0), 0, masked, 0, 0, 0});
  for (auto &[where, outputs] : program.run("command.attention", inputs))
    expectNear(outputs.results[0], {1, 0, 0, 0.75, 0.25, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3}, where);
  // 2 p (p - sum p^2): the masked ones exactly 0.
  for (auto &[where, outputs] : program.run("command.slope", inputs)) {
    expectNear(floats({3}, {outputs.results[0].floats[3], outputs.results[0].floats[4], outputs.results[0].floats[5]}),
               {0.1875, -0.1875, 0}, where);
    expectNear(floats({2}, {outputs.results[0].floats[1], outputs.results[0].floats[2]}), {0, 0}, where);
  }
  Inputs few;
  few.arguments["z"] = floats({3}, {1, 2, 3});
  for (auto &[where, outputs] : program.run("command.nothing", few)) {
    expectNear(outputs.results[0], {-infinity}, where);
    expectNear(outputs.results[1], {0, 0, 0}, where);
  }
}

TEST(CornerCases, EmptyGroups) {
  Program program("empty-groups");
  Inputs inputs;
  inputs.arguments["v"] = floats({4}, {3, 5, -2, 4});
  const std::vector<std::vector<double>> expected = {{8, 0, 2},         {15, 1, -8}, {5, -infinity, 4},
                                                     {3, infinity, -2}, {4, 0, 1},   {1, 0, 3}};
  for (auto &[where, outputs] : program.run("command.groups", inputs))
    for (size_t k = 0; k < expected.size(); ++k)
      expectNear(outputs.results[k], expected[k], where + ", result " + std::to_string(k));
  for (auto &[where, outputs] : program.run("command.slope", inputs))
    expectNear(outputs.results[0], {0, 1, 0, 1}, where);
}

// Three of four rows are valid: 1, 2, 6 around 3.
TEST(CornerCases, LastPartialBatch) {
  Inputs inputs;
  inputs.parameters["Centred.w"] = scalar(2);
  inputs.batchSize = 3;
  Program program("last-batch");
  for (auto &[where, outputs] : program.run("train.step", inputs)) {
    expectNear(outputs.results[0], {56.0 / 3}, where);
    expectNear(outputs.parameters["Centred.w"], {2 - 0.5 * 56.0 / 3}, where);
  }
  for (auto &[where, outputs] : program.run("train.eval", inputs)) {
    expectNear(outputs.results[1], {3}, where);
    expectNear(outputs.results[2], {9}, where);
  }
}

} // namespace
