// What a form claims, in explicit moves.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Representation.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace nn::replay {

/// A space of a tensor and how the group moves it. Behind the axes of a tensor of indices lies one of their values.
struct Space {
  std::vector<int> axes;
  symmetry::Representation representation;
};

/// An argument or a result of the function of a claim.
struct Part {
  mlir::Type type;
  std::vector<Space> spaces;
  bool isClaimed = true; ///< of a result: something is said of it
};

/// An action of a claim.
struct Statement {
  mlir::func::FuncOp function;
  symmetry::GroupRef group;
  std::vector<Part> arguments, results;
  llvm::json::Object text; ///< what a certificate says

  /// Reads what action `number` of the form's claim says.
  llvm::Error read(mlir::ModuleOp form, int64_t number, const llvm::json::Object &states);

private:
  llvm::Error readPart(const ActionSpec &action, unsigned number, bool result, const llvm::json::Object &states);
};

} // namespace nn::replay
