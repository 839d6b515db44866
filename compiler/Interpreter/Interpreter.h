// The reference interpreter: what an nn program means, in double precision, at every stage on tensors.
#pragma once

#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>
#include <string>
#include <vector>

namespace nn::interpreter {

/// A tensor's shape and its elements in row-major order: floats as doubles, integers and flags exactly.
struct Tensor {
  std::vector<int64_t> shape;
  bool isFloat = true;
  std::vector<double> floats;
  std::vector<int64_t> integers;
  /// With Options::magnitudes, for float results: per element a bound on the sum of absolute terms that went into it,
  /// first order through nonlinear functions. Rounding in another order of evaluation moves an element by a small
  /// multiple of 2^-53 times this.
  std::vector<double> magnitudes = {};

  static Tensor ofFloats(std::vector<int64_t> shape, std::vector<double> values) {
    return {std::move(shape), true, std::move(values), {}};
  }
  static Tensor ofIntegers(std::vector<int64_t> shape, std::vector<int64_t> values) {
    return {std::move(shape), false, {}, std::move(values)};
  }
};

/// What a root is run on. The same inputs serve every stage: whatever differs from example to example has a leading
/// axis of the batch's rows here, before and after the batch pass.
struct Inputs {
  /// By path or name. Settings that are not given have their default.
  std::map<std::string, Tensor> parameters, states, settings;
  /// Fields and command arguments, for functions that bind their arguments (`nn.binding`).
  std::map<std::string, Tensor> arguments;
  /// The values of arguments without a binding, in order.
  std::vector<Tensor> positional;
  uint64_t seed = 0;
  int64_t step = 1, totalSteps = 1;
  /// The number of valid rows, or -1 for all of them.
  int64_t batchSize = -1;
  /// Per row its place in the data set; empty means 0, 1, 2, ...
  std::vector<int32_t> examples;
};

struct Options {
  /// Replaces what the root's `nn.training` attribute says.
  std::optional<bool> training;
  /// Rows of the batch for a root without `nn.batch`; 0 means that it has no batch.
  int64_t rows = 0;
  /// Also compute Tensor::magnitudes; programs with derivatives do not take this.
  bool magnitudes = false;
  /// Rounds the entries of what is f32 in the program, after each operation.
  bool single = false;
  /// Takes where an entry is first NaN, or infinite if none is NaN: the operation, then the calls it is in, from
  /// inside.
  std::vector<mlir::Location> *notFinite = nullptr;
};

struct Outputs {
  /// The results of the function, in order; per-example ones with a leading axis of the rows.
  std::vector<Tensor> results;
  /// What a training step or `init` updated parameters and states to, by path: from nn.update, or from results bound to
  /// them.
  std::map<std::string, Tensor> parameters, states;
};

/// Runs a function. Emits an error and fails where an input is missing or does not fit, an access leaves its axis, or
/// an operation has no meaning on tensors.
mlir::FailureOr<Outputs> interpret(mlir::ModuleOp module, llvm::StringRef function, const Inputs &inputs,
                                   const Options &options = {});

/// The elements, row-major, of a value that equations make of constants alone; nothing if an argument or a draw reaches
/// it.
std::optional<std::vector<double>> constantOf(mlir::Value value);

} // namespace nn::interpreter
