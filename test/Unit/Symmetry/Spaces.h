/// Tensors under groups, said briefly: what the tests of the symmetry library are written in.
#pragma once

#include "Symmetry/Solver.h"
#include <gtest/gtest.h>

namespace nn::symmetry {

/// What an Expected holds; its error fails the test.
template <typename T> T get(llvm::Expected<T> value, const T &otherwise) {
  if (value)
    return std::move(*value);
  ADD_FAILURE() << llvm::toString(value.takeError());
  return otherwise;
}

/// The sentence of a refusal; empty, and a failure, if there is none.
template <typename T> std::string refused(llvm::Expected<T> value) {
  if (!value)
    return llvm::toString(value.takeError());
  ADD_FAILURE() << "nothing is refused";
  return "";
}

inline GroupRef group(llvm::StringRef text) { return get(parseGroup(text), Group::trivial()); }

/// Extents of a space and the name of its representation.
struct Part {
  std::vector<int64_t> extents;
  std::string name;
  bool dual = false;
};

inline Part form(Part part) {
  part.dual = true;
  return part;
}

inline Representation space(const GroupRef &acting, const Part &part) {
  Representation result = get(represent(acting, part.extents, part.name), Representation());
  return part.dual ? result.dual() : result;
}

/// A tensor over all parts, axes in order: its extents, and how the group moves it.
inline std::pair<std::vector<int64_t>, TensorSymmetry> tensorOver(const GroupRef &acting, llvm::ArrayRef<Part> parts) {
  TensorSymmetry symmetry{acting, {}};
  std::vector<int64_t> extents;
  for (const Part &part : parts) {
    AxesAction action{{}, space(acting, part)};
    for (int64_t extent : part.extents) {
      action.axes.push_back(int(extents.size()));
      extents.push_back(extent);
    }
    symmetry.actions.push_back(std::move(action));
  }
  return {extents, symmetry};
}

inline InvariantBasis invariants(const GroupRef &acting, llvm::ArrayRef<Part> parts) {
  auto [extents, symmetry] = tensorOver(acting, parts);
  return get(solveInvariants(extents, symmetry), InvariantBasis());
}

inline int64_t dimension(llvm::StringRef text, llvm::ArrayRef<Part> parts) {
  return invariants(group(text), parts).dimension;
}

/// Maps from `from` to `to`: forms on what is read.
inline int64_t maps(llvm::StringRef text, std::vector<Part> from, std::vector<Part> to) {
  for (Part &part : from)
    to.push_back(form(part));
  return dimension(text, to);
}

/// The basis as dense vectors over the acted cells.
inline std::vector<std::vector<double>> dense(const InvariantBasis &basis) {
  std::vector<std::vector<double>> rows(basis.dimension, std::vector<double>(basis.cells));
  for (int64_t k = 0; k < basis.dimension; ++k)
    for (int64_t cell = 0; cell < basis.cells; ++cell)
      rows[k][cell] = !basis.isSharing           ? basis.vectors[k * basis.cells + cell]
                      : basis.sharing[cell] == k ? basis.signs[cell]
                                                 : 0;
  return rows;
}

} // namespace nn::symmetry
