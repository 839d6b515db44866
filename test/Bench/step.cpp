// Compiles a planned module and times each of its functions, one thread, on zeroed blocks. Usage: bench-step FILE.mlir
// [avx2|avx512|native]
#include "../Unit/Support/Loaded.h"

#include "Dialect/NN/IR/NN.h"

#include "mlir/Parser/Parser.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace nn;
using namespace nn::test;

static double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static void measure(Loaded &loaded, const nn_function &function) {
  Block persistent(loaded.program().persistent_bytes), settings(loaded.program().settings_bytes), io(function.io_bytes);
  std::vector<double> times;
  for (int run = 0; run < 100; ++run) {
    double start = now();
    loaded.run(function, persistent, settings, io);
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  std::printf("%-20s median %8.1f us, least %8.1f us\n", function.name, times[50] * 1e6, times[0] * 1e6);
}

int main(int argc, char **argv) {
  ISA isa = parseISA(argc > 2 ? argv[2] : "native").value_or(ISA::AVX2);
  auto context = makeContext();
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argc > 1 ? argv[1] : "-", context.get());
  if (!module)
    return 1;
  for (int run = 0; run < 2; ++run) {
    double start = now();
    TargetOptions options;
    auto object = emitObject(*module, options);
    if (!object)
      llvm::consumeError(object.takeError());
    else
      std::printf("both variants compiled in %.0f ms, %zu bytes\n", (now() - start) * 1e3, object->size());
  }
  std::string failure;
  auto loaded = Loaded::fromModule(*module, isa, failure);
  if (!loaded) {
    std::fprintf(stderr, "%s\n", failure.c_str());
    return 1;
  }
  for (auto root : module->getOps<mlir::func::FuncOp>())
    if (const nn_function *function = loaded->function(root.getSymName()))
      measure(*loaded, *function);
}
