/// One compilation: a program goes through the stages up to the one that was asked for.
#ifndef NOETHER_PIPELINE_SESSION_H
#define NOETHER_PIPELINE_SESSION_H

#include "Diagnostics/Diagnostics.h"
#include "Frontend/AST/AST.h"
#include "Frontend/Sema/Sema.h"
#include "Pipeline/FixSearch.h"
#include "Pipeline/Options.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <set>

namespace nn {

class CertificateWriter;
struct TargetOptions;

/// Everything that the stages of one compilation share. Each method reports into `diagnostics` and says by its result
/// whether its stage succeeded; the caller flushes.
class Session {
public:
  explicit Session(CompileOptions options);
  ~Session();

  /// Reads the program and finds all that can be known without running it. What its data sets hold is printed to `out`
  /// when nothing is wrong.
  bool check(llvm::StringRef path, llvm::raw_ostream &out);
  /// Compiles the program and writes what `options.emit` asks for. A path that ends in `.mlir` is a module of nn
  /// operations as `--emit=nn` prints it; it skips the front end.
  bool build(llvm::StringRef path);
  /// Writes the program with `fix` to its file.
  bool rewrite(llvm::StringRef path);
  /// The program's syntax tree; null after an error.
  std::unique_ptr<ast::File> parse(llvm::StringRef path);

  /// Of the first claim of symmetry that is refuted and can be mended; set by `check` and `build`.
  std::optional<ClaimFix> fix;
  CompileOptions options;
  SourceManager sources;
  DiagnosticEngine diagnostics{sources};

private:
  /// The number of the program's file; nothing if it cannot be read.
  std::optional<uint32_t> load(llvm::StringRef path);
  /// The program as a verified module of nn operations; null after an error.
  mlir::OwningOpRef<mlir::ModuleOp> translate(llvm::StringRef path);
  /// Checks the claims of symmetry of a program; false if one is wrong.
  bool checkClaims(const ast::File &program, const std::vector<const ast::File *> &prelude,
                   const sema::Options &meaning);
  /// The program once more with its claims inside, which an executable tests with its own weights.
  mlir::OwningOpRef<mlir::ModuleOp> withClaims(const ast::File &program, const std::vector<const ast::File *> &prelude,
                                               const sema::Options &meaning, mlir::OwningOpRef<mlir::ModuleOp> without);
  /// Runs the passes down to planned kernels.
  bool lower(mlir::ModuleOp module);
  /// Replaces the defaults of settings by `options.settings`.
  bool applySettings(mlir::ModuleOp module);
  /// From planned kernels to what `options.emit` asks for.
  bool finish(mlir::ModuleOp module, llvm::StringRef path);
  /// The instruction sets that `options.isa` names.
  bool chooseInstructionSets(mlir::ModuleOp module, TargetOptions &target);

  /// Says what of a module takes a slow way on a GPU, and why.
  bool reportGPU(mlir::ModuleOp module, llvm::raw_ostream &out);
  /// "net.nn:7: `log(p)`", with the place in the library behind it where there is one.
  std::string whereText(mlir::Location location);
  /// Refuses names of passes that do not exist.
  bool checkPassNames();
  /// Refuses an output that cannot be written before time is spent on it.
  bool checkOutput(llvm::StringRef path);
  /// Writes proofs to `options.certificate`, and what they are about beside it.
  bool writeCertificates(const CertificateWriter &certificates);
  /// Prints to a file, or to standard output (`-`).
  bool write(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> print);
  /// Reports an error of a stage; false, always.
  bool fail(llvm::Error error);

  std::set<std::string> sizes;                 ///< settings that the front end has used: `draw.n=16`
  llvm::raw_ostream *dataReport = nullptr;     ///< where `check` collects what it says about data sets
  std::unique_ptr<llvm::MemoryBuffer> weights; ///< what `options.weights` names, checked; null without
  std::unique_ptr<mlir::MLIRContext> context;  ///< made when first needed
  mlir::MLIRContext &mlirContext();
};

} // namespace nn

#endif
