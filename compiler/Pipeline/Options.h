/// What one compilation is asked to do.
#ifndef NOETHER_PIPELINE_OPTIONS_H
#define NOETHER_PIPELINE_OPTIONS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nn {

/// The stages whose result can be asked for, in the order they run.
enum class Stage : uint8_t { Ast, Nn, Kernels, Llvm, Asm, Nvvm, Ptx, HopperPtx, Obj, Exe };

/// The words of `--emit`.
llvm::ArrayRef<std::string> stageNames();
std::optional<Stage> parseStage(llvm::StringRef name);

struct CompileOptions {
  Stage emit = Stage::Exe;
  /// Where the result goes; empty: the default of the stage, `-`: standard output.
  std::string output;
  /// Passes after which the IR is printed to standard error.
  std::vector<std::string> printAfter;
  /// Another folder to look for data sets in.
  std::string dataDirectory;
  /// A checkpoint to put inside the executable.
  std::string weights;
  /// New values of the program's settings: {"lr", "1e-2"}.
  std::vector<std::pair<std::string, std::string>> settings;
  /// The instruction sets to compile for (`avx2,avx512`, `native`, ...); empty: a variant for each of the default ones.
  std::string isa;
  /// What to compile for: `cpu`, `cpu,cuda`, `cpu,sm_90`; empty: `cpu`.
  std::string target;
  /// Run the model to test the symmetries that are proved, too.
  bool testSymmetry = false;
  /// Print how symmetries are proved.
  bool explainSymmetry = false;
  /// Print what gradient flow of each objective conserves.
  bool conserved = false;
  /// Apply the fixes of claims of symmetry to the file.
  bool fixClaims = false;
  /// Where the first case in which a claim of symmetry fails is written; empty: nowhere.
  std::string witness;
  /// Where certificates of proved symmetries go; empty: nowhere.
  std::string certificate;
};

} // namespace nn

#endif
