// How an equation moves when its inputs do: a bijection of its box is found, or the reason why there is none.
#pragma once

#include "Dialect/NN/IR/NN.h"
#include "Symmetry/Prover/Action.h"

#include <variant>

namespace nn::prover {

/// Why an operation does not commute with an element.
struct Broken {
  mlir::Operation *op = nullptr;
  std::string why;      ///< a sentence: "`W` mixes the axis that S(n) permutes"
  std::string help;     ///< what to do; may be empty
  mlir::Value culprit;  ///< the input that does not move as it would have to; may be null
  bool isLimit = false; ///< the prover does not know, rather than that the symmetry fails
  /// Of a parameter: the axes along which it would have to be invariant.
  llvm::SmallVector<unsigned> free = {};
  bool isGrid = false;                   ///< they are moved as one grid
  std::optional<std::string> keeps = {}; ///< the permutations that keep a constant or a condition: "S(2) x S(3)"
};

/// A parallel move of the points of a box: where index i of a point p goes.
struct BoxMove {
  struct Index {
    enum class Kind : uint8_t { Unbound, Fixed, Moved, Grid } kind = Kind::Unbound;
    unsigned mover = 0; ///< Moved
    bool dual = false;
  };
  llvm::SmallVector<Index> indices;
  /// For indices of kind Grid (and Fixed ones): p' = turn p + shift, modulo the extent where `wraps`.
  llvm::SmallVector<llvm::SmallVector<int64_t>> turn;
  llvm::SmallVector<int64_t> shift;
  llvm::SmallVector<bool> wraps;
};

/// What is known of the operands.
struct OperandInfo {
  llvm::function_ref<std::string(mlir::Value)> nameOf; ///< "`W`", "what is computed here"
  llvm::function_ref<bool(mlir::Value)> isParameter;
  llvm::function_ref<bool(mlir::Value)> isInput; ///< of the claim
  /// The elements, row-major, of a value that no input, parameter or draw reaches.
  llvm::function_ref<std::optional<std::vector<double>>(mlir::Value)> constantOf;
  /// Told of each whose elements were looked at, and let it move.
  llvm::function_ref<void(mlir::Value)> usedConstant;
};

/// The action on the result of `op`, given those on its inputs and tables, in the order of the operands.
std::variant<Action, Broken> moveEquation(EquationOp op, llvm::ArrayRef<Action> operands, llvm::ArrayRef<Mover> movers,
                                          const OperandInfo &info);

} // namespace nn::prover
