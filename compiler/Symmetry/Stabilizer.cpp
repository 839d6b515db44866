// Stabilizers of constants: points that are alike are counted by factorials, the rest is searched.
#include "Symmetry/Stabilizer.h"

#include "Symmetry/Automorphisms.h"
#include "Symmetry/GroupBuilder.h"
#include "llvm/ADT/STLExtras.h"
#include <bit>
#include <map>
#include <numeric>

using namespace nn::symmetry;

/// Cells of a constant, in the axes that are permuted.
static constexpr int64_t largestConstant = 1 << 24;

template <typename Key> static std::vector<int> numbered(llvm::ArrayRef<Key> keys) {
  std::map<Key, int> numbers;
  std::vector<int> result;
  for (const Key &key : keys)
    result.push_back(numbers.try_emplace(key, int(numbers.size())).first->second);
  return result;
}

std::vector<int> nn::symmetry::equalityClasses(llvm::ArrayRef<double> values) {
  std::vector<uint64_t> bits;
  for (double value : values)
    bits.push_back(std::bit_cast<uint64_t>(value == 0 ? 0.0 : value));
  return numbered<uint64_t>(bits);
}

std::vector<int> nn::symmetry::equalityClasses(llvm::ArrayRef<int64_t> values) { return numbered<int64_t>(values); }

/// A constant as a relation: at each tuple of points, the values along all other axes.
static Structure::Relation relationOf(int n, const PermutedConstant &constant) {
  size_t rank = constant.axes.size();
  size_t cells = 1;
  for (size_t k = 0; k < rank; ++k)
    cells *= n;
  std::vector<std::vector<int>> tuples(cells);
  std::vector<int64_t> place(constant.extents.size());
  for (int value : constant.values) {
    size_t cell = 0;
    for (int axis : constant.axes)
      cell = cell * n + place[axis];
    tuples[cell].push_back(value);
    for (size_t axis = place.size(); axis-- > 0;) {
      if (++place[axis] < constant.extents[axis])
        break;
      place[axis] = 0;
    }
  }
  return {int(rank), numbered<std::vector<int>>(tuples)};
}

/// Whether exchanging two points keeps the structure. Only tuples that contain one of them are looked at.
static bool areTwins(const Structure &structure, int a, int b) {
  int n = structure.size;
  auto swapped = [&](int point) { return point == a ? b : point == b ? a : point; };
  for (const Structure::Relation &relation : structure.relations) {
    size_t others = 1;
    for (int k = 1; k < relation.rank; ++k)
      others *= n;
    for (int axis = 0; axis < relation.rank; ++axis)
      for (size_t other = 0; other < others; ++other) {
        size_t cell = 0, moved = 0, scale = 1, rest = other;
        for (int k = relation.rank; k-- > 0; scale *= n) {
          int point = k == axis ? a : int(rest % n);
          rest = k == axis ? rest : rest / n;
          cell += scale * point;
          moved += scale * swapped(point);
        }
        if (relation.values[cell] != relation.values[moved])
          return false;
      }
  }
  return true;
}

/// Points that may be exchanged: an equivalence, since transpositions generate the symmetric group of a class.
static std::vector<std::vector<int>> twinClasses(const Structure &structure) {
  std::vector<std::vector<int>> classes;
  for (int point = 0; point < structure.size; ++point) {
    auto own =
        llvm::find_if(classes, [&](const std::vector<int> &twins) { return areTwins(structure, point, twins[0]); });
    if (own == classes.end())
      classes.push_back({point});
    else
      own->push_back(point);
  }
  return classes;
}

static std::vector<int> transposition(int n, int a, int b) {
  std::vector<int> result(n);
  std::iota(result.begin(), result.end(), 0);
  std::swap(result[a], result[b]);
  return result;
}

/// One point for each class of twins, coloured by the size of the class and by the value between two of its points.
/// Nothing is lost up to rank 2: an automorphism permutes classes of one colour.
static Structure quotient(const Structure &structure, llvm::ArrayRef<std::vector<int>> classes) {
  Structure result{int(classes.size()), {}, {}};
  std::vector<std::vector<int>> kinds;
  for (const std::vector<int> &twins : classes) {
    std::vector<int> &kind = kinds.emplace_back(std::vector{int(twins.size())});
    for (const Structure::Relation &relation : structure.relations)
      if (relation.rank == 2 && twins.size() > 1)
        kind.push_back(relation.values[size_t(twins[0]) * structure.size + twins[1]]);
  }
  for (int number : numbered<std::vector<int>>(kinds))
    result.colors.push_back(uint64_t(number));
  for (const Structure::Relation &relation : structure.relations) {
    Structure::Relation &reduced = result.relations.emplace_back();
    reduced.rank = relation.rank;
    for (const std::vector<int> &row : classes) {
      if (relation.rank == 1)
        reduced.values.push_back(relation.values[row[0]]);
      for (const std::vector<int> &column : classes)
        if (relation.rank == 2)
          reduced.values.push_back(relation.values[size_t(row[0]) * structure.size + column[0]]);
    }
  }
  return result;
}

/// A permutation of classes as one of points: the first point of a class to the first of the other.
static std::vector<int> lifted(const std::vector<int> &permutation, llvm::ArrayRef<std::vector<int>> classes, int n) {
  std::vector<int> result(n);
  for (auto [from, to] : llvm::enumerate(permutation))
    for (auto [point, image] : llvm::zip_equal(classes[from], classes[to]))
      result[point] = image;
  return result;
}

static std::string textOf(const Stabilizer &stabilizer) {
  if (stabilizer.order == "1")
    return "trivial";
  if (!stabilizer.blocks)
    return "a group of " + stabilizer.order + " permutations";
  std::string text;
  for (const std::vector<int> &block : *stabilizer.blocks)
    if (block.size() > 1)
      text += (text.empty() ? "S(" : " x S(") + std::to_string(block.size()) + ")";
  return text;
}

llvm::Expected<Stabilizer> nn::symmetry::stabilizerOf(int n, llvm::ArrayRef<PermutedConstant> constants) {
  Structure structure{n, std::vector<uint64_t>(n), {}};
  bool binary = true;
  for (const PermutedConstant &constant : constants) {
    if (int64_t(constant.values.size()) > largestConstant)
      return refusal("the constant has more than 2^24 cells: its stabilizer is too large to decide");
    if (constant.axes.empty())
      continue;
    structure.relations.push_back(relationOf(n, constant));
    binary &= constant.axes.size() <= 2;
  }
  std::vector<std::vector<int>> classes = twinClasses(structure);
  Stabilizer result{"1", {}, {}, ""};
  for (const std::vector<int> &twins : classes)
    for (size_t k = 1; k < twins.size(); ++k)
      result.generators.push_back(transposition(n, twins[k - 1], twins[k]));
  std::string young = "1";
  for (const std::vector<int> &twins : classes)
    for (size_t k = 2; k <= twins.size(); ++k)
      young = multiplyDecimals(young, std::to_string(k));

  std::optional<Automorphisms> found =
      binary ? automorphisms(quotient(structure, classes), {}) : automorphisms(structure, result.generators);
  if (!found)
    return refusal("the permutations that keep the constant are too many to decide");
  if (binary) {
    result.order = young;
    for (const std::vector<int> &generator : found->generators)
      result.generators.push_back(lifted(generator, classes, n));
  } else {
    result.generators = found->generators;
  }
  for (int64_t orbit : found->orbits)
    result.order = multiplyDecimals(result.order, std::to_string(orbit));
  if (result.order == young)
    result.blocks = classes;
  result.text = textOf(result);
  return result;
}
