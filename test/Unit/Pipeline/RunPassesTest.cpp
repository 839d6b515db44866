// What passes say reaches the user in the user's terms, with the place in the source.
#include "Pipeline/RunPasses.h"
#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include <gtest/gtest.h>

using namespace nn;

namespace {

struct Complain : mlir::PassWrapper<Complain, mlir::OperationPass<mlir::ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Complain)
  llvm::StringRef getArgument() const override { return "nn-complain"; }
  void runOnOperation() override {
    if (sentence.empty())
      return signalPassFailure();
    getOperation().emitError(sentence).attachNote() << "a note";
    signalPassFailure();
  }
  std::string sentence;
};

struct RunPasses : testing::Test {
  mlir::MLIRContext context;
  SourceManager sources;
  uint32_t file = sources.add("a.nn", "x = α * b\n");
  DiagnosticEngine engine{sources};
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::FileLineColRange::get(mlir::StringAttr::get(&context, "a.nn"), 1, 9, 1, 10));

  bool run(std::string sentence) {
    return runPasses(*module, engine, {}, [&](mlir::OpPassManager &passes) {
      auto pass = std::make_unique<Complain>();
      pass->sentence = std::move(sentence);
      passes.addPass(std::move(pass));
    });
  }
};

} // namespace

TEST_F(RunPasses, aSentenceIsTheUsersBusiness) {
  EXPECT_FALSE(run("`scan` of a sorted list cannot be compiled"));
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(diag::info(sorted[0].kind).code, "NN1002");
  EXPECT_EQ(sources.text(sorted[0].primary), "b");
  EXPECT_EQ(sorted[0].notes.front(), "a note");
}

TEST_F(RunPasses, whatAnOperationSaysIsTheCompilersFault) {
  EXPECT_FALSE(run("'nn.equation' op equation_c3: two read maps"));
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(diag::info(sorted[0].kind).code, "NN1099");
  EXPECT_NE(sorted[0].notes.front().find("fault of the compiler"), std::string::npos);
}

TEST_F(RunPasses, aSilentFailureIsTheCompilersFault) {
  EXPECT_FALSE(run(""));
  auto sorted = engine.sorted();
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(diag::info(sorted[0].kind).code, "NN1099");
}

TEST_F(RunPasses, namesComeWithoutAnchorsAndWithoutThePrefixOfTheDialect) {
  std::vector<std::string> names = passNames(context, [](mlir::OpPassManager &passes) {
    passes.addPass(std::make_unique<Complain>());
    passes.nest<mlir::ModuleOp>().addPass(std::make_unique<Complain>());
  });
  EXPECT_EQ(names, (std::vector<std::string>{"complain", "complain"}));
}
