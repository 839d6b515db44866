/// What the optimizers of recipes keep of symmetries, as the user reads it.
#ifndef NOETHER_PIPELINE_OPTIMIZERREPORT_H
#define NOETHER_PIPELINE_OPTIMIZERREPORT_H

#include "Frontend/Sema/Sema.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

/// Proves for the optimizer of each recipe which actions on weights it commutes with, and says what that means for
/// symmetric weights: they stay so while the loss is invariant, which a mini-batch leaves it if it holds whole orbits.
class OptimizerReport {
public:
  OptimizerReport(SourceManager &sources, mlir::MLIRContext &context, const std::vector<const ast::File *> &library,
                  const sema::Options &meaning)
      : sources(sources), context(context), library(library), meaning(meaning) {}

  /// A line for each recipe at the top of a program that speaks of symmetry anywhere.
  void print(const ast::File &program, const checked::Program &checked, llvm::raw_ostream &out);

private:
  /// Actions that are proved, of all those that are tried.
  struct Kept {
    bool rotations = false, permutations = false, signs = false;
  };
  std::optional<Kept> keptBy(const ast::File &program, llvm::StringRef optimizer);
  std::optional<Kept> keptByStage(const ast::File &program, llvm::StringRef stage);
  static std::string sentence(const Kept &kept);

  SourceManager &sources;
  mlir::MLIRContext &context;
  const std::vector<const ast::File *> &library;
  const sema::Options &meaning;
};

} // namespace nn

#endif
