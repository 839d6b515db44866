// Pushes an element of a group through a function: from the moves of its arguments to those of its results.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace nn::prover {

/// One line of a derivation: an operation, and how its results move.
struct Derived {
  mlir::Operation *op;
  Action action;
};

/// The moves of values while an element is pushed through.
class Propagation {
public:
  /// Moves under which tensors are known to stay as they are: parameters that were solved for.
  using KnownMoves = llvm::DenseMap<mlir::Operation *, Action>;

  /// `arguments` has the moves of the function's arguments, `orbits` those of tensors over the elements of the group
  /// but for the axis of these.
  Propagation(mlir::func::FuncOp function, llvm::ArrayRef<Mover> movers, llvm::ArrayRef<Action> arguments,
              const KnownMoves &known, const KnownMoves &orbits);

  /// The moves of the results, or why there are none.
  std::variant<Actions, Broken> run();
  llvm::ArrayRef<Derived> derivation() const { return lines; }
  llvm::ArrayRef<Mover> allMovers() const { return movers; }
  /// "`W`" for a parameter, "`x`" for an input, otherwise the place where it is computed.
  std::string nameOf(mlir::Value value) const;
  /// The extents of the constants whose elements were looked at.
  llvm::ArrayRef<int64_t> extentsOfConstants() const { return constantExtents; }

private:
  std::optional<Broken> visitBlock(mlir::Block &block);
  std::optional<Broken> visit(mlir::Operation &op);
  std::optional<Broken> visitEquation(EquationOp op);
  std::optional<Broken> visitReshape(ReshapeOp op);
  /// Axes of one tensor become axes of another: how these move. Nothing if no move is known.
  bool regroup(const Action &from, llvm::ArrayRef<int64_t> in, unsigned firstIn, llvm::ArrayRef<int64_t> out,
               unsigned firstOut, Action &to);
  std::optional<Broken> visitGrad(GradOp op);
  std::optional<Broken> visitJacobian(JacobianOp op);
  std::optional<Broken> visitJvp(JvpOp op);
  std::optional<Broken> visitRoutine(RoutineOp op);
  std::optional<Broken> visitScan(ScanOp op);
  std::optional<Broken> visitIterate(IterateOp op);
  std::optional<Broken> loopStates(mlir::Operation *op, mlir::Block &body, mlir::ValueRange inits,
                                   llvm::ArrayRef<Action> slices, mlir::ValueRange captures, Actions &states,
                                   bool until);
  Broken limit(mlir::Operation *op, const llvm::Twine &why) const;
  const Action &at(mlir::Value value) const { return moves.find(value)->second.front(); }
  void set(mlir::Value value, Action action) { moves[value] = {std::move(action)}; }
  std::optional<std::vector<double>> constantOf(mlir::Value value);

  mlir::func::FuncOp function;
  std::vector<Mover> movers; ///< those of the element, then those of merged axes
  const KnownMoves &known, &orbits;
  /// Of a tensor that a move leaves as it is two: that it moves, and that it stays. Both are true.
  llvm::DenseMap<mlir::Value, Actions> moves;
  llvm::DenseMap<mlir::Value, std::optional<std::vector<double>>> constants;
  std::vector<Derived> lines;
  std::vector<int64_t> constantExtents;
};

} // namespace nn::prover
