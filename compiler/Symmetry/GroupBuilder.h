/// How the files of Group put one together.
#pragma once

#include "Symmetry/Group.h"

namespace nn::symmetry {

/// The only way to write the fields of a Group, which is immutable once it is built.
struct GroupBuilder {
  GroupBuilder(Group::Kind kind, std::string text, llvm::ArrayRef<int64_t> sizes = {}) {
    group->groupKind = kind;
    group->groupText = std::move(text);
    group->groupSizes = sizes.vec();
  }
  void text(std::string text) { group->groupText = std::move(text); }
  void parts(llvm::ArrayRef<GroupRef> parts) { group->groupParts = parts.vec(); }
  void degree(int points) { group->points = points; }
  void dimension(int components) { group->components = components; }
  void order(std::optional<std::string> order) { group->groupOrder = std::move(order); }
  Generator &add(std::string name, Generator::Kind kind = Generator::Kind::Discrete) {
    Generator &generator = group->generatorList.emplace_back();
    generator.name = std::move(name);
    generator.kind = kind;
    return generator;
  }
  llvm::MutableArrayRef<Generator> generators() { return group->generatorList; }
  GroupRef finish() { return group; }

private:
  std::shared_ptr<Group> group{new Group};
};

/// S Z shifts C D, whose sizes are known to be legal.
GroupRef finiteGroup(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes);
/// SO O SE E GL SL Sp U SU, whose sizes are known to be legal.
GroupRef classicalGroup(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes);

/// Where a generator of C(k) or D(k), k = 1, 2 or 4, takes the cells of a grid, row-major: the quarter turn takes (i,
/// j) to (n - 1 - j, i), the same way as its matrix turns (row, column) directions; the reflection takes it to (i, n -
/// 1 - j).
std::vector<int> gridMove(const Group &turns, int generator, llvm::ArrayRef<int64_t> extents);

/// The product of two numbers in decimal.
std::string multiplyDecimals(llvm::StringRef a, llvm::StringRef b);

/// The elements that generators reach from the identity, and how they multiply from the left. Matrices are compared
/// modulo a prime of 61 bits, under which a finite group of this size keeps its elements apart.
struct Closure {
  int64_t order = 0;
  std::vector<std::vector<int>> left; ///< for each generator g: h -> g h
};
/// None if there are more than `limit` elements. A generator has a permutation, a matrix, or both.
std::optional<Closure> close(llvm::ArrayRef<Generator> generators, int64_t limit);

/// The sentence about a relation that decimals break, for matrices that do not close.
std::string brokenRelation(llvm::ArrayRef<Matrix> matrices);

} // namespace nn::symmetry
