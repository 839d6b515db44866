// Invariant tensors as code computes them: the structured forms span what the solver finds, cell by cell.
#include "Symmetry/InvariantForm.h"
#include "Spaces.h"
#include "llvm/ADT/STLExtras.h"

using namespace nn::symmetry;
using Kind = InvariantForm::Kind;

static InvariantForm formOf(llvm::StringRef text, llvm::ArrayRef<Part> parts) {
  auto [extents, symmetry] = tensorOver(group(text), parts);
  return get(solveForm(extents, symmetry), InvariantForm());
}

static std::vector<Part> axes(int64_t n, size_t count) { return std::vector<Part>(count, Part{{n}, ""}); }

/// The index of a row-major cell on each of `count` axes of n.
static std::vector<int64_t> indices(int64_t cell, int64_t n, size_t count) {
  std::vector<int64_t> result(count);
  for (size_t k = count; k-- > 0; cell /= n)
    result[k] = cell % n;
  return result;
}

/// The tensor of one term.
static std::vector<double> termTensor(const InvariantForm &form, size_t t) {
  std::vector<double> cells(form.basis.cells);
  for (int64_t cell = 0; cell < form.basis.cells; ++cell) {
    std::vector<int64_t> at = indices(cell, form.basis.extents[0], form.basis.extents.size());
    cells[cell] = llvm::all_of(llvm::enumerate(form.terms[t]),
                               [&](auto entry) { return at[entry.index()] == at[entry.value()]; });
  }
  return cells;
}

TEST(InvariantForm, equalitiesAreAsManyAsTheSolverFinds) {
  for (int64_t n = 1; n <= 5; ++n)
    for (size_t count = 1; count <= 4; ++count) {
      InvariantForm form = formOf("S(" + std::to_string(n) + ")", axes(n, count));
      InvariantBasis basis = invariants(group("S(" + std::to_string(n) + ")"), axes(n, count));
      ASSERT_EQ(form.kind, Kind::Equalities);
      EXPECT_EQ(form.basis.dimension, basis.dimension) << n << ", " << count;
      // Orbits have the same sizes, whatever their order.
      std::vector<double> sizes(basis.dimension);
      for (int shared : basis.sharing)
        ++sizes[shared];
      std::vector<double> own = form.orbitSizes;
      llvm::sort(sizes);
      llvm::sort(own);
      EXPECT_EQ(own, sizes);
    }
}

TEST(InvariantForm, termsAreInvariantAndIndependent) {
  InvariantForm form = formOf("S(4)", axes(4, 4));
  ASSERT_EQ(form.terms.size(), 15u);
  std::vector<std::vector<double>> tensors;
  for (size_t t = 0; t < form.terms.size(); ++t) {
    tensors.push_back(termTensor(form, t));
    EXPECT_TRUE(isInvariant(form, tensors.back()));
  }
  // The projection of a term, by its products with all terms, is the term.
  std::vector<double> factors = projectionFromSums(form);
  for (size_t t = 0; t < tensors.size(); ++t)
    for (size_t b = 0; b < tensors.size(); ++b) {
      double coefficient = 0;
      for (size_t k = 0; k < tensors.size(); ++k) {
        double product = 0;
        for (auto [x, y] : llvm::zip(tensors[t], tensors[k]))
          product += x * y;
        coefficient += factors[b * tensors.size() + k] * product;
      }
      EXPECT_NEAR(coefficient, t == b, 1e-9);
    }
}

TEST(InvariantForm, largeSetsAreSolvedWithoutTheirCells) {
  InvariantForm form = formOf("S(1000)", axes(1000, 4));
  EXPECT_EQ(form.basis.dimension, 15);
  EXPECT_EQ(describe(formOf("S(1000)", axes(1000, 2))), "a I + b 11^T");
}

TEST(InvariantForm, otherEntriesAreNotInvariant) {
  InvariantForm form = formOf("S(3)", axes(3, 2));
  EXPECT_TRUE(isInvariant(form, {2, 1, 1, 1, 2, 1, 1, 1, 2}));
  EXPECT_FALSE(isInvariant(form, {2, 1, 1, 1, 2, 1, 1, 1, 3}));
  InvariantForm turned = formOf("SO(2)", axes(2, 2));
  EXPECT_TRUE(isInvariant(turned, {2, 1, -1, 2}));
  EXPECT_FALSE(isInvariant(turned, {2, 1, 1, 2}));
}

TEST(InvariantForm, shiftsLeaveDifferences) {
  EXPECT_EQ(formOf("Z(5)", axes(5, 2)).kind, Kind::Differences);
  EXPECT_EQ(formOf("Z(4)", axes(4, 3)).kind, Kind::Differences);
  InvariantForm torus = formOf("shifts(3, 4)", {{{3, 4}, ""}, {{3, 4}, ""}});
  EXPECT_EQ(torus.kind, Kind::Differences);
  EXPECT_EQ(torus.basis.dimension, 12);
  EXPECT_EQ(torus.origin, (std::vector<int>{0, 1}));
  EXPECT_EQ(torus.movesLike, (std::vector<int>{0, 1, 0, 1}));
}

TEST(InvariantForm, otherGroupsShareCellsOrAreDense) {
  EXPECT_EQ(formOf("C(4)", {{{4}, "regular"}, {{3, 3}, ""}}).kind, Kind::Sharing);
  EXPECT_EQ(formOf("SO(3)", axes(3, 4)).kind, Kind::Dense);
}
