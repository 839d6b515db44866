// Moves of cells: permutations, signed permutations, matrices, derivatives.
#include "Symmetry/Matrix.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace nn::symmetry;

Move Move::permutation(std::vector<int> image, std::vector<int8_t> sign) {
  Move move;
  move.permuted = true;
  move.cellImage = std::move(image);
  if (llvm::is_contained(sign, -1))
    move.cellSign = std::move(sign);
  return move;
}

/// `values` as a permutation with signs, if it is one.
static std::optional<Move> asPermutation(const Matrix &values) {
  int size = values.size();
  std::vector<int> image(size, -1);
  std::vector<int8_t> sign(size, 1);
  std::vector<bool> hit(size);
  if (int(values.entries().size()) != size)
    return std::nullopt;
  for (const Matrix::Entry &entry : values.entries()) {
    bool unit = entry.value.isOne() || entry.value.isMinusOne();
    if (!unit || image[entry.column] >= 0 || hit[entry.row])
      return std::nullopt;
    image[entry.column] = entry.row;
    sign[entry.column] = entry.value.isOne() ? 1 : -1;
    hit[entry.row] = true;
  }
  return Move::permutation(std::move(image), std::move(sign));
}

Move Move::matrix(Matrix values) {
  if (std::optional<Move> move = asPermutation(values))
    return *move;
  Move move;
  move.values = std::move(values);
  return move;
}

Move Move::derivative(Matrix values) {
  Move move;
  move.infinitesimal = true;
  move.values = std::move(values);
  return move;
}

/// One positive entry in each row and column.
static bool isPositiveMonomial(const Matrix &values) {
  std::vector<int> rows(values.size()), columns(values.size());
  for (const Matrix::Entry &entry : values.entries()) {
    if (!entry.value.isReal() || entry.value.toDouble() <= 0)
      return false;
    ++rows[entry.row];
    ++columns[entry.column];
  }
  auto once = [](int count) { return count == 1; };
  return llvm::all_of(rows, once) && llvm::all_of(columns, once);
}

MoveClass Move::moveClass() const {
  if (permuted)
    return hasSigns() ? MoveClass::SignedPermutation : MoveClass::Permutation;
  if (infinitesimal) {
    bool zero = values.entries().empty();
    bool skew = values + values.transpose() == Matrix(values.size());
    return zero ? MoveClass::Permutation : skew ? MoveClass::Orthogonal : MoveClass::General;
  }
  if (isPositiveMonomial(values))
    return MoveClass::PositiveMonomial;
  return values * values.transpose() == Matrix::identity(values.size()) ? MoveClass::Orthogonal : MoveClass::General;
}

Matrix Move::asMatrix() const {
  if (!permuted)
    return values;
  Matrix result(size());
  for (int c = 0; c < size(); ++c)
    result.add(cellImage[c], c, Exact(sign(c)));
  return result;
}

bool Move::isIdentity() const {
  if (!offset.empty())
    return false;
  if (infinitesimal)
    return values.entries().empty();
  return permuted && !hasSigns() &&
         llvm::all_of(llvm::enumerate(cellImage), [](auto pair) { return int(pair.index()) == pair.value(); });
}

Move Move::dual() const {
  Move result = *this; // a signed permutation is orthogonal
  if (infinitesimal)
    result.values = Exact(-1) * values.transpose();
  else if (!permuted) {
    std::optional<Matrix> inverse = values.inverse();
    // A move is invertible; one too large to invert is too large to decide, and says so where it is used.
    result.values = inverse ? inverse->transpose() : Exact(Rational(0, 0)) * Matrix::identity(values.size());
  }
  return result;
}

static Move productOfPermutations(const Move &a, const Move &b) {
  int inner = b.size();
  std::vector<int> image(size_t(a.size()) * inner);
  std::vector<int8_t> sign(image.size());
  for (int i = 0; i < a.size(); ++i)
    for (int j = 0; j < inner; ++j) {
      image[size_t(i) * inner + j] = a.image()[i] * inner + b.image()[j];
      sign[size_t(i) * inner + j] = int8_t(a.sign(i) * b.sign(j));
    }
  return Move::permutation(std::move(image), std::move(sign));
}

Move nn::symmetry::tensorProduct(const Move &a, const Move &b) {
  if (a.isPermutation() && b.isPermutation())
    return productOfPermutations(a, b);
  if (!a.isDerivative())
    return Move::matrix(kronecker(a.asMatrix(), b.asMatrix()));
  return Move::derivative(kronecker(a.asMatrix(), Matrix::identity(b.size())) +
                          kronecker(Matrix::identity(a.size()), b.asMatrix()));
}

int64_t Move::orderOfRoots() const {
  constexpr int64_t most = 1 << 20;
  int64_t order = 4;
  auto include = [&](const Exact &value) { order = order == 0 || order > most ? 0 : std::lcm(order, value.field()); };
  for (const Exact &value : offset)
    include(value);
  for (const Matrix::Entry &entry : values.entries())
    include(entry.value);
  return order > most ? 0 : order;
}

std::string Move::text() const {
  std::string text = permuted ? "to" : (infinitesimal ? "d/dt " : "") + values.text();
  for (int cell = 0; permuted && cell < size(); ++cell)
    text += (sign(cell) < 0 ? " -" : " ") + std::to_string(cellImage[cell]);
  for (auto [k, value] : llvm::enumerate(offset))
    text += (k == 0 ? " + [" : ", ") + value.text();
  return offset.empty() ? text : text + "]";
}
