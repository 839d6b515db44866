/// Parameters with a symmetry: what is stored and trained are the coefficients of a basis. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_INVARIANT_H
#define NOETHER_FRONTEND_SEMA_INVARIANT_H

#include "Frontend/Sema/Checker.h"
#include "Symmetry/InvariantForm.h"

namespace nn::sema {

/// A parameter `invariant under` groups, solved.
struct SolvedParameter {
  std::string path;
  symmetry::InvariantForm form;
  TensorType full;         ///< as declared
  TensorType coefficients; ///< [dimension, multiplicities ..]: the axes that no group moves
  std::vector<checked::ClaimedAction> invariances;

  bool isActed(unsigned axis) const { return llvm::is_contained(form.basis.axes, int(axis)); }
};

/// Builds what relates an invariant tensor and its coefficients.
class Checker::InvariantTensor {
public:
  InvariantTensor(Checker &checker, const SolvedParameter &solved, SourceRange range)
      : checker(checker), solved(solved), form(solved.form), range(range) {}

  /// The tensor with these coefficients.
  checked::Equation *fromCoefficients(checked::Expr *coefficients);
  /// The coefficients of `scale` times the projection of a tensor on the invariant ones.
  checked::Expr *projected(checked::Expr *tensor, double scale);
  /// Coefficients whose tensor has independent normal components in an orthonormal basis, with this mean square of a
  /// cell.
  checked::Expr *drawn(double meanSquare);

private:
  checked::Expr *byEqualities(checked::Expr *coefficients);
  checked::Expr *byDifferences(checked::Expr *coefficients);
  checked::Expr *bySharing(checked::Expr *coefficients);
  checked::Expr *byVectors(checked::Expr *coefficients);
  /// The coefficient with this number, for the multiplicities of the current cell.
  checked::Expr *coefficient(checked::Expr *coefficients, checked::Expr *number);
  checked::Expr *termSum(checked::Expr *tensor, llvm::ArrayRef<int> term);
  checked::Expr *projectedOnTerms(checked::Expr *tensor, checked::Expr *number, double scale);
  checked::Expr *projectedOnOrbits(checked::Expr *tensor, checked::Expr *number, double scale);

  /// Indices over all axes of the tensor, in `vars` and `at`.
  void openAxes();
  /// `at` of the acted axes, in order.
  llvm::SmallVector<checked::Expr *> actedPlaces();
  llvm::SmallVector<checked::IndexVar *> pick(bool acted);
  checked::Expr *integer(int64_t value) { return checker.number(double(value), Elem::I32, range); }
  checked::Expr *real(double value) { return checker.number(value, solved.full.elem, range); }
  checked::Expr *op(checked::ScalarOp op, llvm::ArrayRef<checked::Expr *> operands) {
    return checker.scalarOp(op, operands, range);
  }
  checked::Constant *table(Elem elem, llvm::ArrayRef<int64_t> extents, std::vector<double> values);

  Checker &checker;
  const SolvedParameter &solved;
  const symmetry::InvariantForm &form;
  SourceRange range;
  llvm::SmallVector<checked::IndexVar *> vars;
  llvm::SmallVector<checked::Expr *> at;
};

} // namespace nn::sema

#endif
