// What a recipe minimizes, and its gradient in double precision.
#pragma once

#include "Interpreter/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <random>
#include <set>

namespace nn::conserved {

/// Random parameters, and the gradient there for random examples: of each parameter, entry by entry.
struct Sample {
  std::vector<std::vector<double>> values, gradients;
};

/// One gradient by parameters that the step of a recipe takes: a step with players has one for each.
class Objective {
public:
  struct Parameter {
    std::string path;
    std::vector<int64_t> shape;
  };

  /// Those of the recipe; none where its step takes no gradient by parameters, as one that searches along lines.
  static std::vector<Objective> of(mlir::ModuleOp module, RecipeOp recipe);

  llvm::ArrayRef<Parameter> parameters() const { return all; }
  /// Of axes of so many entries, where equations read them in part, or put them together of parts.
  const std::map<int64_t, std::set<int64_t>> &cuts() const { return cut; }
  /// Nothing if the step cannot be run on random examples, or its gradient is not finite there.
  std::optional<Sample> draw(uint64_t seed) const;
  /// The gradient at `values`, for the examples of `seed`.
  std::optional<Sample> gradientAt(std::vector<std::vector<double>> values, uint64_t seed) const;

private:
  std::map<std::string, interpreter::Tensor> drawFields(std::mt19937_64 &random) const;

  std::shared_ptr<mlir::OwningOpRef<mlir::ModuleOp>> module; ///< the step also returns the gradients
  interpreter::Inputs start; ///< states, and parameters of others, as they are initialized
  std::string step;
  size_t firstResult = 0;
  std::vector<Parameter> all;
  std::map<int64_t, std::set<int64_t>> cut;
  llvm::StringMap<int64_t> classes, lengths; ///< of fields of indices; of axes with as many entries as an example has
};

} // namespace nn::conserved
