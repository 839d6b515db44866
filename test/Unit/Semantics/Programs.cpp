// Takes programs through the front end and the tensor passes.
#include "Programs.h"

#include "AutoDiff/Passes.h"
#include "Dialect/NN/Transforms/Passes.h"
#include "Frontend/Emit/Emit.h"
#include "Frontend/Parse/Parser.h"
#include "Frontend/Sema/Sema.h"
#include "Pipeline/Lowering.h"
#include "Pipeline/Stdlib.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>

using namespace mlir;

namespace nn::test {

Program::Program(const std::string &name) : name(name), context(MLIRContext::Threading::DISABLED) {
  DialectRegistry registry;
  registerDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

static OwningOpRef<ModuleOp> translate(const std::string &path, MLIRContext &context) {
  SourceManager sources;
  DiagnosticEngine diagnostics(sources);
  auto file = sources.load(path);
  if (!file)
    return nullptr;
  std::unique_ptr<ast::File> program = parse::parseFile(sources, *file, diagnostics);
  std::vector<std::unique_ptr<ast::File>> library = parseStdlib(sources, diagnostics);
  std::vector<const ast::File *> prelude;
  for (const std::unique_ptr<ast::File> &each : library)
    prelude.push_back(each.get());
  sema::Options options;
  options.programName = "program";
  std::unique_ptr<checked::Program> checked = program ? sema::check(*program, prelude, diagnostics, options) : nullptr;
  return checked ? emit::emit(*checked, context, sources, diagnostics) : nullptr;
}

std::vector<std::pair<std::string, interpreter::Outputs>> Program::run(StringRef root,
                                                                       const interpreter::Inputs &inputs) {
  std::vector<std::pair<std::string, interpreter::Outputs>> stages;
  OwningOpRef<ModuleOp> module =
      translate(std::string(NOETHER_SOURCE_DIR) + "/test/Semantics/" + name + ".nn", context);
  if (!module || failed(verify(*module))) {
    ADD_FAILURE() << name << " is not accepted";
    return stages;
  }
  auto interpret = [&](const std::string &stage) {
    auto outputs = interpreter::interpret(*module, root, inputs);
    if (succeeded(outputs))
      stages.push_back({name + " at " + stage, *outputs});
    else
      ADD_FAILURE() << name << " does not run at " << stage;
    return succeeded(outputs);
  };
  std::pair<const char *, std::function<std::unique_ptr<Pass>()>> passes[] = {
      {"inline-specialize", createInlineSpecialize},
      {"normalize", createNormalize},
      {"differentiate", createDifferentiate},
      {"batch", createBatch},
      {"simplify", createSimplify},
  };
  bool fine = interpret("emit");
  for (auto &[pass, create] : passes) {
    PassManager manager(&context);
    if (std::string(pass) == "inline-specialize")
      manager.addPass(create());
    else
      manager.addNestedPass<func::FuncOp>(create());
    if (fine && failed(manager.run(*module))) {
      ADD_FAILURE() << name << ": " << pass << " fails";
      fine = false;
    }
    fine = fine && interpret(pass);
  }
  return stages;
}

void expectNear(const interpreter::Tensor &found, const std::vector<double> &expected, const std::string &where) {
  constexpr double tolerance = 1e-6;
  std::vector<double> values = found.floats;
  if (!found.isFloat)
    values.assign(found.integers.begin(), found.integers.end());
  ASSERT_EQ(values.size(), expected.size()) << where;
  for (size_t i = 0; i < values.size(); ++i)
    if (std::isinf(expected[i]) || expected[i] == 0)
      EXPECT_EQ(values[i], expected[i]) << where << ", element " << i;
    else
      EXPECT_NEAR(values[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << where << ", element " << i;
}

} // namespace nn::test
