// Single-threaded speed of a dense layer's contractions: forward in both layouts of the weight, weight gradient, input
// gradient. Usage: bench-dense [batch [inputs [outputs [avx2|avx512|native]]]]
#include "../Unit/Support/Loaded.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace nn;
using namespace nn::test;

namespace {

struct Contraction {
  const char *name, *left, *right, *result; ///< subscripts over b, o, i
  char frame;
  int64_t grain;
};

int64_t batch = 64, inputs = 784, outputs = 256;

int64_t extentOf(char index) { return index == 'b' ? batch : index == 'o' ? outputs : inputs; }

std::string memref(llvm::StringRef subscripts) {
  std::string text = "memref<";
  for (char c : subscripts)
    text += std::to_string(extentOf(c)) + "x";
  return text + "f32>";
}

std::string map(llvm::StringRef subscripts) {
  std::string text = "affine_map<(b, o, i) -> (";
  for (char c : subscripts)
    text += std::string(text.back() == '(' ? "" : ", ") + c;
  return text + ")>";
}

int64_t bytesOf(llvm::StringRef subscripts) {
  int64_t bytes = 4;
  for (char c : subscripts)
    bytes *= extentOf(c);
  return bytes;
}

std::string moduleOf(const Contraction &c) {
  std::string types = memref(c.left) + ", " + memref(c.right) + ", " + memref(c.result);
  int64_t second = bytesOf(c.left), third = second + bytesOf(c.right);
  auto text = [](int64_t n) { return std::to_string(n); };
  return "module { nn.command @c calls @f arguments [] show \"tensor\"\n nn.kernel @k frame " +
         text(extentOf(c.frame)) + " grain " + text(c.grain) +
         " attributes {nn.workspace_bytes = 0 : i64} {\n ^bb0(%a: " + memref(c.left) + ", %b: " + memref(c.right) +
         ", %c: " + memref(c.result) + "):\n nn.equation sum [" + text(batch) + ", " + text(outputs) + ", " +
         text(inputs) + "] reads(%a, %b) [" + map(c.left) + ", " + map(c.right) + "] writes(%c) " + map(c.result) +
         " attributes {nn.frame = " +
         text(c.frame == 'b'   ? 0
              : c.frame == 'o' ? 1
                               : 2) +
         " : i64, nn.form = \"owner\"} {\n ^bb0(%x: f32, %y: f32):\n" +
         " %p = arith.mulf %x, %y : f32\n nn.yield %p : f32\n } : (" + types + ") -> ()\n }\n" +
         "func.func @f() attributes {nn.io_bytes = " + text(third + bytesOf(c.result)) +
         " : i64, nn.arguments = [], nn.results = []} {\n %a = nn.buffer io offset 0 : " + memref(c.left) +
         "\n %b = nn.buffer io offset " + text(second) + " : " + memref(c.right) + "\n %c = nn.buffer io offset " +
         text(third) + " : " + memref(c.result) + "\n nn.launch @k(%a, %b, %c) : " + types + "\n return }}";
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void measure(mlir::MLIRContext &context, const Contraction &c, ISA isa) {
  std::string failure;
  double start = now();
  auto loaded = Loaded::fromText(context, moduleOf(c), isa, failure);
  double compiled = now() - start;
  if (!loaded) {
    std::printf("%-22s %s\n", c.name, failure.c_str());
    return;
  }
  const nn_function &function = *loaded->function("f");
  Block none(0), io(function.io_bytes);
  for (int64_t k = 0; k < function.io_bytes / 4; ++k)
    io.as<float>()[k] = float(k % 17) * 0.25f - 2;
  std::vector<double> times;
  size_t runs = size_t(std::clamp(4e9 / double(batch * inputs * outputs), 9.0, 200.0));
  for (int run = 0; run < int(runs); ++run) {
    start = now();
    loaded->run(function, none, none, io);
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  double flops = 2.0 * double(batch * inputs * outputs);
  std::printf("%-22s %7.1f us  %6.1f GFLOP/s  compiled in %.0f ms\n", c.name, times[runs / 2] * 1e6,
              flops / times[runs / 2] * 1e-9, compiled * 1e3);
}

} // namespace

int main(int argc, char **argv) {
  int64_t *sizes[] = {&batch, &inputs, &outputs};
  for (int k = 0; k < 3 && k + 1 < argc; ++k)
    *sizes[k] = std::atoll(argv[k + 1]);
  ISA isa = parseISA(argc > 4 ? argv[4] : "native").value_or(ISA::AVX2);
  auto context = makeContext();
  for (const Contraction &c : {Contraction{"forward W[i][o]", "io", "bi", "bo", 'b', 8},
                               {"forward W[o][i] (dot)", "oi", "bi", "bo", 'b', 8},
                               {"weight gradient [i][o]", "bo", "bi", "io", 'i', 32},
                               {"weight gradient [o][i]", "bo", "bi", "oi", 'o', 32},
                               {"input gradient W[i][o]", "bo", "io", "bi", 'b', 8},
                               {"input gradient W[o][i]", "bo", "oi", "bi", 'b', 8}})
    measure(*context, c, isa);
}
