// A pass manager with the manners of nnc: diagnostics in the user's terms, a named activity for crash reports.
#include "Pipeline/RunPasses.h"
#include "Pipeline/CrashReport.h"
#include "Pipeline/Locations.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {
namespace {

/// `'nn.equation' op equation_c3: ...`: how operations speak of themselves.
bool isAboutAnOperation(llvm::StringRef text) { return text.starts_with("'") && text.contains("' op "); }

/// The name of a pass as the user knows it: without the prefix of the dialect.
llvm::StringRef shortName(llvm::StringRef argument) {
  argument.consume_front("nn-");
  return argument;
}

/// Names the running pass for crash reports, and prints what the chosen ones leave.
class PassWatch : public mlir::PassInstrumentation {
public:
  explicit PassWatch(const PassPrinting &printing) : printing(printing) {}

  void runBeforePass(mlir::Pass *pass, mlir::Operation *) override {
    running.push_back(std::make_unique<Activity>("running pass", pass->getArgument().str()));
  }
  void runAfterPass(mlir::Pass *pass, mlir::Operation *operation) override {
    running.pop_back();
    for (llvm::StringRef name : printing.after)
      if (shortName(name) == shortName(pass->getArgument())) {
        llvm::errs() << "// after " << shortName(name) << '\n';
        operation->print(llvm::errs());
        llvm::errs() << '\n';
      }
  }
  void runAfterPassFailed(mlir::Pass *, mlir::Operation *) override { running.pop_back(); }

private:
  const PassPrinting &printing;
  std::vector<std::unique_ptr<Activity>> running;
};

/// The names in a pipeline as text, `builtin.module(nn-a,func.func(nn-b{option=1},nn-c))`: every word but the anchors.
std::vector<std::string> namesIn(llvm::StringRef pipeline) {
  std::vector<std::string> names;
  while (!pipeline.empty()) {
    size_t end = pipeline.find_first_of("(){},");
    llvm::StringRef word = pipeline.take_front(end);
    char behind = end == llvm::StringRef::npos ? ',' : pipeline[end];
    if (!word.empty() && behind != '(')
      names.push_back(shortName(word).str());
    pipeline = pipeline.drop_front(std::min(pipeline.size(), word.size() + 1));
    if (behind == '{')
      pipeline = pipeline.split('}').second;
  }
  return names;
}

} // namespace

IRReports::IRReports(mlir::MLIRContext &context, DiagnosticEngine &engine)
    : engine(engine), handler(&context, [this](mlir::Diagnostic &diagnostic) { file(diagnostic); }) {
  context.printOpOnDiagnostic(false);
  // One pass at a time: reports come in one order, and the running pass has a name.
  context.disableMultithreading();
}

void IRReports::file(mlir::Diagnostic &diagnostic) {
  if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
    return;
  SourceRange at = rangeOf(diagnostic.getLocation(), engine.sources);
  std::string text = diagnostic.str();
  bool ours = isAboutAnOperation(text);
  Diagnostic &report = ours ? engine.report(diag::InternalError, at, text) : engine.report(diag::CannotLower, at, text);
  if (ours)
    report.note("this is a fault of the compiler, not of your program; please report it with the program");
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    SourceRange place = rangeOf(note.getLocation(), engine.sources);
    if (place.valid() && place != at)
      report.label(place, note.str());
    else
      report.note(note.str());
  }
}

bool runPasses(mlir::ModuleOp module, DiagnosticEngine &engine, const PassPrinting &printing,
               llvm::function_ref<void(mlir::OpPassManager &)> add) {
  IRReports reports(*module.getContext(), engine);
  mlir::PassManager passes(module.getContext());
  passes.addInstrumentation(std::make_unique<PassWatch>(printing));
  add(passes);
  if (mlir::succeeded(passes.run(module)))
    return true;
  if (!engine.hasErrors())
    engine.report(diag::InternalError, {}, "a pass failed without a reason");
  return false;
}

std::vector<std::string> passNames(mlir::MLIRContext &context, llvm::function_ref<void(mlir::OpPassManager &)> add) {
  mlir::PassManager passes(&context);
  add(passes);
  std::string pipeline;
  llvm::raw_string_ostream stream(pipeline);
  passes.printAsTextualPipeline(stream);
  return namesIn(pipeline);
}

} // namespace nn
