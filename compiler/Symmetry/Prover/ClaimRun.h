// Both sides of a claim, f(g x) and g f(x), by running the model in double precision.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Interpreter/Interpreter.h"
#include "Symmetry/Solver.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <random>

namespace nn::prover {

using namespace symmetry; // groups and their representations
using interpreter::Tensor;

/// A relative difference far above rounding in double precision: no symmetry has it.
inline constexpr double largeError = 1e-6;
/// The rounding of sums of inputs and parameters, which are about 1: an output that is smaller is zero.
inline constexpr double smallestOutput = 1e-12;

/// Where two tensors differ most.
struct Difference {
  double error = 0;   ///< relative to the largest entry of either
  double largest = 0; ///< that entry
  unsigned result = 0;
  llvm::SmallVector<int64_t> entry;
  double moved = 0, wanted = 0; ///< it, of f(g x) and of g f(x)
};

/// One claim and one group of it, ready to be run.
class ClaimRun {
public:
  /// Refuses a group that does not act on what it is said to move.
  static llvm::Expected<ClaimRun> of(mlir::ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed);

  /// Parameters of about the size that keeps activations at 1, and states as they start. Starting parameters would not
  /// do: a bias that starts as 0 breaks nothing.
  llvm::Error drawModel();
  std::vector<Tensor> drawInputs();
  llvm::Expected<std::vector<Tensor>> evaluate(llvm::ArrayRef<Tensor> inputs,
                                               const interpreter::Options &options = {}) const;
  std::vector<Tensor> moveInputs(llvm::ArrayRef<Tensor> tensors, const Word &word) const {
    return move(tensors, inputs, word);
  }
  std::vector<Tensor> moveOutputs(llvm::ArrayRef<Tensor> tensors, const Word &word) const {
    return move(tensors, outputs, word);
  }
  /// X x and X y for a Lie generator X; nothing moves in tensors of indices.
  std::vector<std::vector<double>> inputVelocities(llvm::ArrayRef<Tensor> tensors, int generator) const {
    return velocities(tensors, inputs, generator);
  }
  std::vector<std::vector<double>> outputVelocities(llvm::ArrayRef<Tensor> tensors, int generator) const {
    return velocities(tensors, outputs, generator);
  }
  /// Tests may ask from now on where ties decide: at `choices`, operations of the same function with everything
  /// inlined.
  void watchTies(mlir::func::FuncOp flat, llvm::ArrayRef<mlir::Operation *> choices);
  /// Whether two of the values that are compared are equal.
  bool hasTies(llvm::ArrayRef<Tensor> arguments) const;
  /// The result for which f(g x) and g f(x) differ most.
  llvm::Expected<Difference> compare(llvm::ArrayRef<Tensor> arguments, const Word &word) const;

  const Group &group() const { return *acting; }
  llvm::StringRef inputName(unsigned argument) const;
  mlir::func::FuncOp claimed() const { return function; }
  bool hasParameters() const { return !model.parameters.empty(); }

  interpreter::Inputs model; ///< parameters and states

private:
  explicit ClaimRun(uint64_t seed) : random(seed), seed(seed) {}

  /// How one tensor moves.
  struct Moved {
    std::vector<AxesAction> actions;
    std::optional<Representation> values; ///< of what the values are indices of
  };
  llvm::Error collect(const ActionSpec &action, mlir::TypeRange types, bool result, std::vector<Moved> &all) const;
  static Tensor moveOne(const Tensor &tensor, const Moved &moved, const Word &word);
  static std::vector<Tensor> move(llvm::ArrayRef<Tensor> tensors, llvm::ArrayRef<Moved> moved, const Word &word);
  static std::vector<std::vector<double>> velocities(llvm::ArrayRef<Tensor> tensors, llvm::ArrayRef<Moved> moved,
                                                     int generator);

  mlir::ModuleOp module;
  std::shared_ptr<mlir::OwningOpRef<mlir::ModuleOp>>
      counting; ///< the function, and how many ties; null: none is asked for
  mutable mlir::func::FuncOp function;
  GroupRef acting;
  std::mt19937_64 random;
  uint64_t seed;
  std::vector<Moved> inputs, outputs;
};

double entryOf(const Tensor &tensor, size_t k);
/// The largest difference of two tensors of one shape.
Difference differenceOf(const Tensor &moved, const Tensor &wanted);

} // namespace nn::prover
