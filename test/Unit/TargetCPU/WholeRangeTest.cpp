// Our approximations of f32 functions over all floats: bounds in ulps that hold for subnormal results, too, and the
// values at 0, infinity and NaN.
#include "../Support/Loaded.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <regex>

using namespace nn;
using namespace nn::test;

namespace {

struct Approximation {
  const char *name;
  /// From %x to %y.
  const char *body;
  double (*truth)(double);
  /// The most that a result may be off, in units of its own last place.
  double ulps;
  /// The same where nothing is fused; 0: no more.
  double unfused = 0;
  /// Units are those of the argument: of what cancels before it is multiplied by it.
  bool ofArgument = false;

  double boundFor(ISA isa) const { return isa == ISA::Baseline && unfused > 0 ? unfused : ulps; }
};

constexpr int64_t count = 8192, outputs = 4 * count;

std::string moduleOf(const char *body) {
  return std::regex_replace(std::string(R"(module { nn.command @c calls @f arguments [] show "tensor"
nn.kernel @k frame 0 attributes {nn.workspace_bytes = 0 : i64} {
^bb0(%a: memref<8192xf32>, %b: memref<8192xf32>):
nn.equation map [8192] reads(%a) [affine_map<(i) -> (i)>] writes(%b) affine_map<(i) -> (i)>
attributes {nn.form = "owner"} {
^bb0(%x: f32):
BODY
nn.yield %y : f32
} : (memref<8192xf32>, memref<8192xf32>) -> ()
}
func.func @f() attributes {nn.io_bytes = 65536 : i64, nn.arguments = [], nn.results = []} {
%a = nn.buffer io offset 0 : memref<8192xf32>
%b = nn.buffer io offset 32768 : memref<8192xf32>
nn.launch @k(%a, %b) : memref<8192xf32>, memref<8192xf32>
return }})"),
                            std::regex("BODY"), body);
}

/// A function of f32 that is loaded into this process.
class Emitted {
public:
  Emitted(const char *body, ISA isa) : context(makeContext()) {
    std::string failure;
    loaded = Loaded::fromText(*context, moduleOf(body), isa, failure);
    EXPECT_TRUE(loaded) << failure;
  }
  explicit operator bool() const { return loaded != nullptr; }
  float *inputs() { return io.as<float>(); }
  const float *apply() {
    loaded->run(*loaded->function("f"), none, none, io);
    return io.as<float>(outputs);
  }

private:
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<Loaded> loaded;
  Block none{0}, io{2 * outputs};
};

/// How far `value` is from `truth`, in units of the last place of a float near `scale`. Infinity counts as 2^128, the
/// float that would follow the largest one.
double errorInUlps(float value, double truth, double scale) {
  if (std::isnan(truth) || std::isnan(value))
    return std::isnan(truth) && std::isnan(value) ? 0 : INFINITY;
  if (float(truth) == value)
    return 0;
  auto finite = [](double x) { return std::copysign(std::min(std::fabs(x), 0x1p128), x); };
  int exponent = std::max(std::ilogb(finite(scale)), -126);
  return std::fabs(finite(value) - finite(truth)) / std::ldexp(1.0, exponent - 23);
}

const Approximation approximations[] = {
    {"exp", "%y = math.exp %x : f32", std::exp, 1, 1.5},
    {"exp_below", "%m = math.absf %x : f32\n%n = arith.negf %m : f32\n%y = math.exp %n : f32",
     [](double x) { return std::exp(-std::fabs(x)); }, 1, 1.5},
    {"log", "%y = math.log %x : f32", std::log, 2},
    {"expm1", "%y = math.expm1 %x : f32", std::expm1, 2},
    {"log1p", "%y = math.log1p %x : f32", std::log1p, 2},
    {"tanh", "%y = math.tanh %x : f32", std::tanh, 6},
    {"erf", "%y = math.erf %x : f32", std::erf, 6},
    {"log2", "%y = math.log2 %x : f32", std::log2, 2},
    {"cbrt", "%y = math.cbrt %x : f32", std::cbrt, 1},
    {"asin", "%y = math.asin %x : f32", std::asin, 3},
    {"acos", "%y = math.acos %x : f32", std::acos, 2},
    {"erfc", "%y = math.erfc %x : f32", std::erfc, 5, 6},
    {"sqrt", "%y = math.sqrt %x : f32", std::sqrt, 0.5},
    {"rsqrt", "%y = math.rsqrt %x : f32", [](double x) { return 1 / std::sqrt(x); }, 1.5},
    {"third", "%c = arith.constant 3.0 : f32\n%y = arith.divf %x, %c : f32", [](double x) { return x / 3; }, 1},
    {"logistic",
     "%one = arith.constant 1.0 : f32\n%m = math.absf %x : f32\n%n = arith.negf %m : f32\n%e = math.exp %n : f32\n"
     "%d = arith.addf %one, %e : f32\n%r = arith.divf %one, %d : f32\n%s = arith.divf %e, %d : f32\n"
     "%z = arith.constant 0.0 : f32\n%up = arith.cmpf oge, %x, %z : f32\n%y = arith.select %up, %r, %s : f32",
     [](double x) { return 1 / (1 + std::exp(-x)); }, 3},
    {"gelu",
     "%h = arith.constant 0.5 : f32\n%one = arith.constant 1.0 : f32\n%r = arith.constant 0.70710677 : f32\n"
     "%s = arith.mulf %r, %x : f32\n%e = math.erf %s : f32\n%p = arith.addf %one, %e : f32\n"
     "%g = arith.mulf %h, %x : f32\n%y = arith.mulf %g, %p : f32",
     [](double x) { return std::isinf(x) && x < 0 ? NAN : 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }, 3, 3, true}};

double errorOf(const Approximation &function, float value, float x) {
  double truth = function.truth(x);
  return errorInUlps(value, truth, function.ofArgument ? double(x) : truth);
}

class WholeRange : public testing::TestWithParam<std::tuple<Approximation, ISA>> {};

} // namespace

TEST_P(WholeRange, KeepsItsBound) {
  auto [function, isa] = GetParam();
  Emitted emitted(function.body, isa);
  ASSERT_TRUE(emitted);
  // A million bit patterns, those with either sign and those that are no numbers among them.
  constexpr uint32_t runs = 128, step = 4093;
  double worst = 0;
  float at = 0;
  for (uint32_t run = 0, bits = 0; run < runs; ++run) {
    for (int64_t k = 0; k < count; ++k, bits += step)
      emitted.inputs()[k] = std::bit_cast<float>(bits);
    const float *values = emitted.apply();
    for (int64_t k = 0; k < count; ++k) {
      float x = emitted.inputs()[k];
      double error = errorOf(function, values[k], x);
      if (error > worst) {
        worst = error;
        at = x;
      }
    }
  }
  RecordProperty("ulps", std::to_string(worst));
  EXPECT_LE(worst, function.boundFor(isa)) << "at " << at;
}

TEST_P(WholeRange, IsRightWhereCasesMeet) {
  auto [function, isa] = GetParam();
  Emitted emitted(function.body, isa);
  ASSERT_TRUE(emitted);
  using Limits = std::numeric_limits<float>;
  const float points[] = {0.0f,
                          1.0f,
                          Limits::infinity(),
                          Limits::quiet_NaN(),
                          Limits::max(),
                          Limits::min(),
                          0x1p-127f,
                          Limits::denorm_min(),
                          88.72283f,
                          88.72284f,
                          87.33654f,
                          87.33655f,
                          103.27892f,
                          103.27893f,
                          103.97207f,
                          103.97208f,
                          3.92f,
                          9.02f,
                          0.70710677f,
                          1.4142135f,
                          0.5f,
                          0.50000006f,
                          0x1p-100f,
                          0x1p100f,
                          10.05f,
                          10.2f,
                          0x1p23f,
                          2.0f};
  for (int64_t k = 0; k < count; ++k) {
    float point = points[size_t(k / 2) % std::size(points)];
    emitted.inputs()[k] = k % 2 ? -point : point;
  }
  const float *values = emitted.apply();
  for (size_t k = 0; k < 2 * std::size(points); ++k)
    EXPECT_LE(errorOf(function, values[k], emitted.inputs()[k]), function.boundFor(isa))
        << "at " << emitted.inputs()[k] << ": " << values[k];
}

static std::string nameOf(const testing::TestParamInfo<std::tuple<Approximation, ISA>> &info) {
  const char *sets[] = {"host", "avx2", "baseline"};
  return std::string(std::get<0>(info.param).name) + "_" + sets[info.index % 3];
}

INSTANTIATE_TEST_SUITE_P(All, WholeRange,
                         testing::Combine(testing::ValuesIn(approximations),
                                          testing::Values(hostISA(), ISA::AVX2, ISA::Baseline)),
                         nameOf);
