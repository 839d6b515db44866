// Hundreds of random programs, with gradients of a third of them, interpreted and compiled.
#include "Harness.h"
#include "RandomText.h"

#include <gtest/gtest.h>

using namespace nn;
using namespace nn::test;

namespace {

constexpr unsigned perModule = 10, modules = 32;

std::string commandText(unsigned seed) {
  return randomCommand("c" + std::to_string(seed), seed, /*derivatives=*/seed % 3 == 0);
}

/// Batches and an instruction set by turns: every combination meets many programs.
std::vector<Trial> trialsOf(unsigned number) {
  Trial small, large;
  small.batches = number % 2 ? std::vector<Batch>{{7, 7}, {7, 3}} : std::vector<Batch>{{0, 0}, {1, 1}};
  large.batches = {{64, 64}, {64, 7}};
  small.isas = {number % 4 < 2 ? ISA::AVX2 : ISA::AVX512};
  large.isas = {number % 4 < 2 ? ISA::AVX512 : ISA::AVX2};
  if (number % 5 == 0)
    small.isas = large.isas = {ISA::Baseline};
  small.seed = large.seed = number + 1;
  if (number % 4 == 3)
    return {small, large};
  return {small};
}

class RandomText : public testing::TestWithParam<unsigned> {};

} // namespace

TEST_P(RandomText, MeansTheSameCompiled) {
  std::string all = randomPrelude();
  for (unsigned k = 0; k < perModule; ++k)
    all += commandText(GetParam() * perModule + k);
  for (const Trial &trial : trialsOf(GetParam()))
    if (!agrees(all, trial))
      return;
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomText, testing::Range(0u, modules));
