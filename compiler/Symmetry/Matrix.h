/// Exact matrices with few entries, and the moves that group elements make on the cells of a tensor.
#pragma once

#include "Symmetry/Exact.h"
#include "llvm/ADT/ArrayRef.h"
#include <vector>

namespace nn::symmetry {

/// A square matrix by its entries that are not zero, sorted by row and column.
class Matrix {
public:
  struct Entry {
    int row, column;
    Exact value;
  };

  Matrix() = default;
  explicit Matrix(int size) : extent(size) {}
  static Matrix identity(int size);
  static Matrix diagonal(llvm::ArrayRef<Exact> values);
  static Matrix fromRows(llvm::ArrayRef<std::vector<Exact>> rows);

  int size() const { return extent; }
  llvm::ArrayRef<Entry> entries() const { return cells; }
  Exact at(int row, int column) const;
  void add(int row, int column, const Exact &value); ///< adds to one entry
  bool isTooLarge() const;
  Matrix transpose() const;
  /// It applied along one axis of a tensor of this shape, row-major.
  std::vector<Exact> alongAxis(llvm::ArrayRef<Exact> values, llvm::ArrayRef<int64_t> shape, size_t axis) const;
  /// None if it is singular, or too large.
  std::optional<Matrix> inverse() const;
  std::string text() const;

  friend Matrix operator*(const Matrix &a, const Matrix &b);
  friend Matrix operator*(const Exact &scale, const Matrix &a);
  friend Matrix operator+(const Matrix &a, const Matrix &b);
  friend bool operator==(const Matrix &a, const Matrix &b);

private:
  int extent = 0;
  std::vector<Entry> cells;
};

/// The Kronecker product: on the tensor product, row-major.
Matrix kronecker(const Matrix &a, const Matrix &b);
/// a (+) b: on the direct sum.
Matrix directSum(const Matrix &a, const Matrix &b);

/// What decides which nonlinearities commute with a representation; each class lies in the next, but for monomial ones
/// with entries other than 1, which are not orthogonal.
enum class MoveClass { Permutation, SignedPermutation, PositiveMonomial, Orthogonal, General };

/// How one generator moves the cells of a space, as a matrix on them: a (signed) permutation, or any matrix, and a
/// shift for the translations of points. Of a Lie generator it is the derivative, always a matrix.
class Move {
public:
  /// (g x)[image[c]] = sign[c] * x[c]; without signs, all are 1.
  static Move permutation(std::vector<int> image, std::vector<int8_t> sign = {});
  /// (g x)[r] = sum_c M[r, c] x[c], as a permutation if it is one with signs.
  static Move matrix(Matrix values);
  /// A Lie generator: d/dt of exp(t X) at 0.
  static Move derivative(Matrix values);

  bool isPermutation() const { return permuted; } ///< with signs or without
  bool isDerivative() const { return infinitesimal; }
  MoveClass moveClass() const;
  int size() const { return permuted ? int(cellImage.size()) : values.size(); }
  llvm::ArrayRef<int> image() const { return cellImage; }
  int sign(int cell) const { return cellSign.empty() ? 1 : cellSign[cell]; }
  bool hasSigns() const { return !cellSign.empty(); }
  Matrix asMatrix() const;
  bool isIdentity() const; ///< of a derivative: it is zero
  /// The order of the roots of unity that its entries are made of, a multiple of 4; 0 beyond 2^20.
  int64_t orderOfRoots() const;
  /// `to 1 2 -0`: where each cell goes, and with which sign; `[[0, -1], [1, 0]]`; `d/dt [[0, -1], [1, 0]]`. `+ [1, 0]`
  /// is what is added.
  std::string text() const;

  /// What is added to x, for points; empty for none. Of a derivative, the velocity.
  std::vector<Exact> offset;

  /// g -> g^-T: how the coefficients of linear forms move. Of a derivative, -X^T. An offset stays: what the form must
  /// send to zero.
  Move dual() const;

private:
  bool permuted = false;
  bool infinitesimal = false;
  std::vector<int> cellImage;
  std::vector<int8_t> cellSign;
  Matrix values;
};

/// a on the first factor and b on the second, of one element: a (x) b, or X (x) 1 + 1 (x) Y for derivatives.
Move tensorProduct(const Move &a, const Move &b);

} // namespace nn::symmetry
