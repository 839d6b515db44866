// Runs programs, given as text, through everything: front end, tensor pipeline, kernels, machine code. What each stage
// means is compared with what the stage before meant.
#pragma once

#include "Frontend/AST/AST.h"
#include "Interpreter/Interpreter.h"
#include "Target/CPU/CPU.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace nn::test {

/// The standard library, parsed once.
const std::vector<std::unique_ptr<ast::File>> &library();

/// Its modules that a program has to name, parsed once.
const std::vector<std::unique_ptr<ast::File>> &libraryModules();
/// `graphs` of its file.
std::string moduleName(uint32_t file);

/// The text behind a place in a file of the library or in a program.
llvm::StringRef sourceText(SourceRange range);

/// A context with all dialects that a compilation needs.
mlir::MLIRContext &sharedContext();

/// The program as the front end gives it: written for one example. Null after an error; `failure` holds the
/// diagnostics. `directory` is where its data is looked for.
mlir::OwningOpRef<mlir::ModuleOp> translate(const std::string &text, std::string &failure,
                                            const std::string &directory = {});

/// How many rows roots have room for, and how many of them are valid. Bound 0: commands as they are, without a batch.
struct Batch {
  int64_t bound = 0, rows = 0;
};

/// What is tried with a program.
struct Trial {
  std::vector<Batch> batches = {{0, 0}, {1, 1}, {7, 7}, {64, 64}, {64, 7}};
  /// Instruction sets to compile for; those that this machine lacks are left out.
  std::vector<ISA> isas = {ISA::AVX2, ISA::AVX512};
  /// Runs commands as part of training: `training` is true, states are updated.
  bool training = false;
  /// The draws that recipes write are made fields, so that rows behind the valid ones can be poisoned.
  bool drawsAreFields = false;
  /// Numbers in general position only, so that no two are equal and none is at a kink.
  bool generic = false;
  /// Steps in a row, each from what the last one left.
  int64_t steps = 1;
  /// Where the program's data lies.
  std::string sourceDirectory = {};
  /// Results come of many equations in a row, each of which rounds: compiled floats are compared relatively to the
  /// largest one of a result, by a thousandth where they are f32.
  bool deep = false;
  /// Compiled floats have the bits of the interpreted ones.
  bool exact = false;
  /// The places of the rows in the data set: `firstExample + row * exampleStride`.
  int32_t firstExample = 11, exampleStride = 3;
  unsigned seed = 1;
  /// Sees the results of every run of compiled code.
  std::function<void(const std::string &root, const interpreter::Inputs &, const std::vector<interpreter::Tensor> &)>
      watch = {};
};

/// Compares every root of a program, in every batch, at every stage:
///
/// - interpreted as the front end wrote it (derivatives by sweeping over the run);
/// - interpreted after the tensor passes, with the magnitudes of the terms in each cell;
/// - compiled and run: f64 within 1e-12 of the magnitude, integers exactly.
///
/// Arguments of commands become fields that differ by example, but for those whose name begins with `shared`. In rows
/// behind the valid ones floats are NaN. A difference fails the current test; then the result is false.
bool agrees(const std::string &text, const Trial &trial = {});

/// Values for the arguments of a root of a source-shaped module, and for the parameters, states and settings of the
/// program.
interpreter::Inputs randomInputs(mlir::ModuleOp module, mlir::func::FuncOp root, const Batch &batch,
                                 const Trial &trial);

/// How much has been compared so far.
struct Counts {
  int64_t programs = 0, roots = 0, runs = 0, numbers = 0;
};
const Counts &counts();

} // namespace nn::test
