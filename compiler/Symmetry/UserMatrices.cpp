// Representations by matrices that users give, held against the group's relations.
#include "Symmetry/GroupBuilder.h"
#include "Symmetry/RepresentationBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numbers>
#include <numeric>

using namespace nn::symmetry;

/// How many elements are listed to check the relations of a finite group.
static constexpr int64_t largestChecked = 5000;

/// A finite group: what the pairs (g, matrix of g) generate is as large as the group if, and only if, every relation
/// holds.
static llvm::Error checkFinite(const GroupRef &group, llvm::ArrayRef<Matrix> matrices) {
  std::optional<std::vector<std::vector<int>>> left = group->multiplication(largestChecked);
  if (!left)
    return refusal(group->text() + " has too many elements to check matrices against its relations");
  std::vector<Generator> pairs(matrices.size());
  for (auto [pair, permutation, matrix] : llvm::zip(pairs, *left, matrices)) {
    pair.permutation = permutation;
    pair.matrix = matrix;
  }
  int64_t order = left->empty() ? 1 : int64_t((*left)[0].size());
  std::optional<Closure> closure = close(pairs, order);
  if (closure && closure->order == order)
    return llvm::Error::success();
  return refusal("the matrices are no representation of " + group->text() +
                 ": they break a relation that its generators keep");
}

namespace {
/// The Lie algebra that matrices generate, as a span of vectors modulo a prime.
class Algebra {
public:
  Algebra(int size, const PrimeField &field) : size(size), field(field) {}

  using Dense = std::vector<uint64_t>;
  Dense dense(const Matrix &matrix) const {
    Dense values(size_t(size) * size);
    for (const Matrix::Entry &entry : matrix.entries())
      values[size_t(entry.row) * size + entry.column] = entry.value.modulo(field).value_or(0);
    return values;
  }
  /// Adds to the span; false if it is there already.
  bool add(const Dense &element);
  /// The dimension once brackets, and conjugates by `components`, lie in the span too.
  size_t close(llvm::ArrayRef<std::pair<Dense, Dense>> components);

private:
  Dense product(const Dense &a, const Dense &b) const;

  int size;
  const PrimeField &field;
  std::vector<Dense> elements; ///< as they were added
  std::vector<std::pair<size_t, Dense>> echelon;
};
} // namespace

Algebra::Dense Algebra::product(const Dense &a, const Dense &b) const {
  Dense result(a.size());
  for (int i = 0; i < size; ++i)
    for (int k = 0; k < size; ++k)
      for (int j = 0; a[size_t(i) * size + k] && j < size; ++j) {
        uint64_t &sum = result[size_t(i) * size + j];
        sum = field.add(sum, field.multiply(a[size_t(i) * size + k], b[size_t(k) * size + j]));
      }
  return result;
}

bool Algebra::add(const Dense &element) {
  Dense rest = element;
  for (const auto &[pivot, row] : echelon)
    if (uint64_t factor = rest[pivot])
      for (size_t k = 0; k < rest.size(); ++k)
        rest[k] = field.subtract(rest[k], field.multiply(factor, row[k]));
  auto lead = llvm::find_if(rest, [](uint64_t value) { return value != 0; });
  if (lead == rest.end())
    return false;
  size_t pivot = size_t(lead - rest.begin());
  uint64_t scale = field.inverse(*lead);
  for (uint64_t &value : rest)
    value = field.multiply(value, scale);
  echelon.emplace_back(pivot, std::move(rest));
  elements.push_back(element);
  return true;
}

size_t Algebra::close(llvm::ArrayRef<std::pair<Dense, Dense>> components) {
  for (size_t i = 0; i < elements.size(); ++i) {
    for (const auto &[component, inverse] : components)
      add(product(product(component, elements[i]), inverse));
    for (size_t j = 0; j < i; ++j) {
      Dense bracket = product(elements[i], elements[j]), back = product(elements[j], elements[i]);
      for (auto [value, other] : llvm::zip(bracket, back))
        value = field.subtract(value, other);
      add(bracket);
    }
  }
  return elements.size();
}

/// The dimension of the algebra that the Lie generators' matrices generate, conjugates by the other generators
/// included.
static size_t algebraDimension(const Group &group, llvm::ArrayRef<Matrix> matrices, const PrimeField &field) {
  Algebra algebra(matrices[0].size(), field);
  std::vector<std::pair<Algebra::Dense, Algebra::Dense>> components;
  for (auto [k, matrix] : llvm::enumerate(matrices)) {
    if (group.generators()[k].kind == Generator::Kind::Lie)
      algebra.add(algebra.dense(matrix));
    else if (std::optional<Matrix> inverse = matrix.inverse())
      components.emplace_back(algebra.dense(matrix), algebra.dense(*inverse));
  }
  return algebra.close(components);
}

/// A Lie group: pairs (X, matrix of X) generate an algebra as large as the group's if, and only if, all brackets hold;
/// the reflections are involutions; and a rotation all the way round is the identity.
static llvm::Error checkContinuous(const GroupRef &group, llvm::ArrayRef<Matrix> matrices) {
  std::vector<Matrix> defining, pairs;
  int64_t fieldOrder = 1;
  for (auto [k, matrix] : llvm::enumerate(matrices)) {
    const Generator &generator = group->generators()[k];
    bool lie = generator.kind == Generator::Kind::Lie;
    Matrix own = directSum(generator.matrix, lie ? Matrix(1) : Matrix::identity(1));
    for (auto [row, value] : llvm::enumerate(generator.translation))
      own.add(int(row), generator.matrix.size(), value);
    defining.push_back(own);
    pairs.push_back(directSum(own, matrix));
    for (const Matrix::Entry &entry : matrix.entries())
      fieldOrder = std::lcm(fieldOrder, entry.value.field());
    if (!lie && !(matrix * matrix == Matrix::identity(matrix.size())))
      return refusal("the matrix of " + generator.name + " of " + group->text() +
                     " is not its own inverse, as the reflection is");
  }
  PrimeField field(fieldOrder, 0);
  if (algebraDimension(*group, defining, field) != algebraDimension(*group, pairs, field))
    return refusal("the matrices are no representation of " + group->text() +
                   ": their brackets differ from those of its generators");
  return llvm::Error::success();
}

/// Whether exp(2 pi X), the identity for a rotation, is the identity of the matrices as well: spinors change their
/// sign.
static llvm::Error checkFullTurns(const Representation &representation) {
  const Group &group = *representation.group();
  for (auto [g, generator] : llvm::enumerate(group.generators())) {
    const Matrix &own = generator.matrix;
    bool rotation = generator.kind == Generator::Kind::Lie && own + own.transpose() == Matrix(own.size()) &&
                    own * own * own == Exact(-1) * own && !own.entries().empty();
    for (int cell = 0; rotation && cell < representation.cells(); ++cell) {
      std::vector<double> unit(representation.cells());
      unit[cell] = 1;
      std::vector<double> moved = representation.apply({{int(g), 2 * std::numbers::pi}}, unit);
      for (auto [before, after] : llvm::zip(unit, moved))
        if (std::abs(before - after) > 1e-6)
          return refusal("the matrices are no representation of " + group.text() + ": " + generator.name +
                         ", all the way round, is not the identity");
    }
  }
  return llvm::Error::success();
}

llvm::Expected<Representation> nn::symmetry::representBy(const GroupRef &group, llvm::ArrayRef<int64_t> extents,
                                                         llvm::ArrayRef<Matrix> matrices) {
  int64_t cells = 1;
  for (int64_t extent : extents)
    cells *= extent;
  if (matrices.size() != group->generators().size())
    return refusal(group->text() + " has " + llvm::Twine(group->generators().size()) + " generators, and " +
                   llvm::Twine(matrices.size()) + " matrices are given");
  Action action;
  for (auto [generator, matrix] : llvm::zip(group->generators(), matrices)) {
    if (matrix.size() != cells)
      return refusal("the matrix of " + generator.name + " is " + llvm::Twine(matrix.size()) + " x " +
                     llvm::Twine(matrix.size()) + ", and it moves " + llvm::Twine(cells) + " cells");
    if (matrix.isTooLarge())
      return refusal("an entry of the matrix of " + generator.name + " is too large to compute with exactly");
    action.moves.push_back(matrixMove(generator, matrix));
  }
  bool parts = !group->parts().empty() && group->isContinuous();
  if (parts)
    return refusal("matrices are checked for groups that are no products of continuous ones, and not for " +
                   group->text());
  if (!matrices.empty())
    if (llvm::Error error = group->isContinuous() ? checkContinuous(group, matrices) : checkFinite(group, matrices))
      return error;
  Representation result = RepresentationBuilder::build(group, extents, "matrix", std::move(action));
  if (llvm::Error error = checkFullTurns(result))
    return error;
  return result;
}
