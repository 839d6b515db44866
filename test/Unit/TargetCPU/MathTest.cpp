// Accuracy of math functions in emitted code: f32 polynomials on lanes, f64 through the C library.
#include "../Support/Loaded.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

using namespace nn;
using namespace nn::test;

namespace {

struct Function {
  const char *name;
  double (*truth)(double);
  double low, high;
};

constexpr int64_t count = 8200;

std::string moduleOf(const char *name, const char *element) {
  std::string type = "memref<8200x" + std::string(element) + ">", e = element;
  return "module { nn.command @c calls @f arguments [] show \"tensor\"\n nn.kernel @k frame 0 attributes "
         "{nn.workspace_bytes = 0 : i64} {\n"
         " ^bb0(%a: " +
         type + ", %b: " + type +
         "):\n nn.equation map [8200] reads(%a) [affine_map<(i) -> (i)>] writes(%b) "
         "affine_map<(i) -> (i)> attributes {nn.form = \"owner\"} {\n ^bb0(%x: " +
         e + "):\n %y = math." + name + " %x : " + e + "\n nn.yield %y : " + e + "\n } : (" + type + ", " + type +
         ") -> ()\n }\n func.func @f() attributes {nn.io_bytes = 131328 : i64, "
         "nn.arguments = [], nn.results = []} {\n %a = nn.buffer io offset 0 : " +
         type + "\n %b = nn.buffer io offset 65664 : " + type + "\n nn.launch @k(%a, %b) : " + type + ", " + type +
         "\n return }}";
}

/// The largest error, in units of the result's last place (of numbers above the smallest normal one).
template <typename Real> double worstError(const Function &f, const char *element, ISA isa) {
  auto context = makeContext();
  std::string failure;
  auto loaded = Loaded::fromText(*context, moduleOf(f.name, element), isa, failure);
  EXPECT_TRUE(loaded) << failure;
  if (!loaded)
    return INFINITY;
  const nn_function *function = loaded->function("f");
  Block none(0), io(function->io_bytes);
  for (int64_t k = 0; k < count; ++k)
    io.as<Real>()[k] = Real(f.low + (f.high - f.low) * double(k) / double(count - 1));
  loaded->run(*function, none, none, io);
  double worst = 0;
  for (int64_t k = 0; k < count; ++k) {
    double truth = f.truth(double(io.as<Real>()[k])), value = double(io.as<Real>(65664)[k]);
    if (double(Real(truth)) == value)
      continue;
    double unit =
        std::numeric_limits<Real>::epsilon() * std::max(std::fabs(truth), double(std::numeric_limits<Real>::min()));
    double error = std::fabs(value - truth) / unit;
    worst = std::isnan(error) ? INFINITY : std::max(worst, error);
  }
  return worst;
}

const Function functions[] = {
    {"exp", std::exp, -87, 88},   {"exp", std::exp, -1, 1},
    {"expm1", std::expm1, -1, 1}, {"log", std::log, 1e-6, 2},
    {"log", std::log, 0.5, 1000}, {"log1p", std::log1p, -0.5, 1},
    {"tanh", std::tanh, -10, 10}, {"tanh", std::tanh, -0.1, 0.1},
    {"erf", std::erf, -4, 4},     {"sin", std::sin, -30, 30},
    {"cos", std::cos, -30, 30},   {"sin", std::sin, -1000, 1000},
    {"sqrt", std::sqrt, 0, 100},  {"rsqrt", [](double x) { return 1 / std::sqrt(x); }, 1e-3, 100},
    {"atan", std::atan, -10, 10}, {"exp2", std::exp2, -10, 10},
    {"log2", std::log2, 0.1, 10}};

class MathFunctions : public testing::TestWithParam<Function> {};

} // namespace

TEST_P(MathFunctions, SingleIsWithinFourUlps) {
  EXPECT_LE(worstError<float>(GetParam(), "f32", hostISA()), 4) << GetParam().name;
  EXPECT_LE(worstError<float>(GetParam(), "f32", ISA::AVX2), 4) << GetParam().name;
  EXPECT_LE(worstError<float>(GetParam(), "f32", ISA::Baseline), 4) << GetParam().name;
}

TEST_P(MathFunctions, DoubleIsWithinFourUlps) {
  EXPECT_LE(worstError<double>(GetParam(), "f64", hostISA()), 4) << GetParam().name;
  EXPECT_LE(worstError<double>(GetParam(), "f64", ISA::Baseline), 4) << GetParam().name;
}

INSTANTIATE_TEST_SUITE_P(All, MathFunctions, testing::ValuesIn(functions));
