// Claims that a function is convex, or linear, in some of its arguments: proved, refuted, or undecided.
#pragma once

#include "Convexity/FunctionBend.h"

#include "mlir/IR/BuiltinOps.h"

namespace nn::convexity {

/// Two points and one between them at which a function is not what is claimed.
struct Witness {
  unsigned result = 0;
  llvm::SmallVector<int64_t> entry;
  double first = 0, second = 0; ///< the entry at two random points; of a linear claim at x and at y
  double between = 0;           ///< at the point halfway; of a linear claim at (x + y) / 2
};

struct Verdict {
  enum class Kind : uint8_t { Proved, Refuted, Undecided };
  Kind kind = Kind::Undecided;
  Bend bend; ///< of the first result that is not proved
  std::optional<Witness> witness;
  int64_t trials = 0; ///< pairs of points that were tried; 0 if it could not be run
  std::vector<Derived> derivation;
};

/// What a claim says, of a function of a program.
struct ShapeClaim {
  bool convex = true;                 ///< else linear
  std::string function;               ///< its symbol
  std::vector<std::string> variables; ///< names of arguments and parameters
  size_t results = 1;                 ///< those of the subject: the first ones
};

/// `flat` holds the same function with everything inlined.
Verdict checkShape(mlir::ModuleOp module, mlir::ModuleOp flat, const ShapeClaim &claim);

} // namespace nn::convexity
