// Bases of invariant tensors as people write them.
#include "Symmetry/Solver.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::symmetry;

/// Whether cell (i, j) depends on j - i mod n only, one coefficient for each difference.
static bool isCirculant(const InvariantBasis &basis, int64_t n) {
  if (basis.dimension != n || llvm::is_contained(basis.signs, -1))
    return false;
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < n; ++j)
      if (basis.sharing[i * n + j] != basis.sharing[(j - i + n) % n])
        return false;
  return true;
}

/// `a I`, `a I + b 11^T`, `circulant(..)` for a square matrix.
static std::string squareForm(const InvariantBasis &basis, int64_t n) {
  if (isCirculant(basis, n) && n > 2)
    return "circulant(a0 .. a" + std::to_string(n - 1) + ")";
  int diagonal = basis.sharing[0], off = basis.sharing[1];
  for (int64_t cell = 0; cell < n * n; ++cell) {
    int expected = cell / n == cell % n ? diagonal : off;
    if (basis.sharing[cell] != expected || basis.signs[cell] < 0)
      return "";
  }
  if (diagonal < 0)
    return "";
  if (off < 0)
    return "a I";
  return diagonal == off ? "a 11^T" : "a I + b 11^T";
}

/// Rows of letters, `.` for zero: "[a b; b a]".
static std::string pattern(const InvariantBasis &basis) {
  int64_t columns = basis.extents.empty() ? 1 : basis.extents.back();
  std::string text = "[";
  for (int64_t cell = 0; cell < basis.cells; ++cell) {
    if (cell)
      text += cell % columns ? " " : "; ";
    if (basis.sharing[cell] < 0) {
      text += ".";
      continue;
    }
    text += basis.signs[cell] < 0 ? "-" : "";
    text += char('a' + basis.sharing[cell]);
  }
  return text + "]";
}

std::string nn::symmetry::describe(const InvariantBasis &basis) {
  if (basis.dimension == 0)
    return "0";
  bool matrix = basis.extents.size() == 2;
  if (basis.isSharing && matrix && basis.extents[0] == basis.extents[1] && basis.extents[0] > 1) {
    std::string form = squareForm(basis, basis.extents[0]);
    if (!form.empty())
      return form;
  }
  if (basis.isSharing && basis.extents.size() <= 2 && basis.cells <= 64 && basis.dimension <= 26)
    return pattern(basis);
  return std::to_string(basis.dimension) + (basis.dimension == 1 ? " coefficient" : " coefficients");
}
