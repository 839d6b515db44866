// Moves of a box under which its reads of moved grids follow: p' = turn p + shift.
#pragma once

#include "Symmetry/Prover/EquationRule.h"

namespace nn::prover {

/// Collects what reads ask of the move of the box, and solves for it in integers.
class BoxSolver {
public:
  explicit BoxSolver(EquationOp op) : op(op), numDims(op.getNumDims()) {}

  /// Operand `k` is read by `map`, and these of its axes are a grid that moves. False if a subscript is not linear.
  bool addGrid(mlir::AffineMap map, const GridMove &grid, llvm::ArrayRef<int64_t> shape, unsigned k);
  /// Operand `k` is read by `expr` along an axis that stays. False if it is not linear.
  bool addFixed(mlir::AffineExpr expr, unsigned k);
  /// The move of the box, into `box`. Otherwise false: `culprit` is an operand that stays and should have moved, or -1,
  /// and `why` the sentence if it is not about that.
  bool solve(BoxMove &box, std::string &why, std::string &help, int &culprit);
  /// Whether an operand other than `k` is read along its grid by index `d`.
  bool reads(unsigned d, unsigned k) const;
  /// Whether the points that satisfy the conditions move to such points.
  bool keepsDomain(mlir::IntegerSet domain, const BoxMove &box, std::string &why) const;
  /// The grids of a result that is written like this. False if its places move in no such way.
  bool writeGrids(mlir::AffineMap write, const BoxMove &box, Action &result) const;

private:
  struct Linear {
    llvm::SmallVector<int64_t> coefficients;
    int64_t constant = 0;
    int64_t modulus = 0; ///< 0: none
  };
  /// One read: `from` at p is `to` of where it has to be at p'.
  struct Row {
    Linear from, to;
    unsigned operand;
    bool isMoved;    ///< of a grid
    bool isPeriodic; ///< the subscript itself is taken modulo the extent, or never leaves it
  };
  std::optional<Linear> linear(mlir::AffineExpr expr) const;
  bool solveRows(llvm::ArrayRef<Row> all, BoxMove &box) const;
  bool holds(const Row &row, const BoxMove &box) const;
  bool mapsBox(llvm::ArrayRef<Row> all, BoxMove &box) const;
  bool attempt(llvm::ArrayRef<Row> all, const BoxMove &start, BoxMove &box) const;
  bool withGuesses(llvm::ArrayRef<Row> all, const BoxMove &start, BoxMove &box) const;
  void explain(std::string &why, std::string &help) const;
  void addGuesses(llvm::SmallVectorImpl<Row> &all, bool turned) const;

  mutable EquationOp op; // the accessors of operations are not const
  unsigned numDims;
  llvm::SmallVector<Row> rows;
  llvm::SmallVector<int64_t> gridExtents;                ///< of the axes that rows read, where these are of grids
  llvm::SmallVector<GridMove> blocks;                    ///< the grids that are read
  llvm::SmallVector<llvm::SmallVector<unsigned>> rowsOf; ///< the rows of each
};

/// The grid in its simplest form: split into parts that do not mix, without parts that stay.
llvm::SmallVector<GridMove, 1> simplest(const GridMove &grid);

} // namespace nn::prover
