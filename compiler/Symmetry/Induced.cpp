// Representations that a subgroup H of a finite group G gives: on the cosets g H, and induced from one of H.
//
// G acts on the cosets by g (r H) = (g r) H. With one representative r_i of each, g r_i = r_j h for some h of H, and
// the representation that is induced from rho sends the block of r_i to that of r_j by rho(h) (Serre, Linear
// Representations of Finite Groups, 1977, chapter 3). That on the cosets is induced from the trivial one.
#include "Symmetry/RepresentationBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include <deque>

using namespace nn::symmetry;

/// How many elements of a group are listed.
static constexpr int64_t mostElements = 5000;

namespace {

/// The elements of a finite group by their numbers in `Group::multiplication`, where the identity is 0.
class Elements {
public:
  /// Generators of a word, the first acts first.
  using Path = std::vector<int>;

  static std::optional<Elements> of(const Group &group) {
    auto left = group.isContinuous() ? std::nullopt : group.multiplication(mostElements);
    if (!left)
      return std::nullopt;
    Elements elements;
    elements.left = std::move(*left);
    size_t count = elements.left.empty() ? 1 : elements.left[0].size();
    elements.paths.resize(count);
    std::vector<bool> seen(count);
    seen[0] = true;
    for (std::deque<int> next = {0}; !next.empty(); next.pop_front())
      for (auto [generator, table] : llvm::enumerate(elements.left)) {
        int product = table[next.front()];
        if (seen[product])
          continue;
        seen[product] = true;
        elements.paths[product] = elements.paths[next.front()];
        elements.paths[product].push_back(int(generator));
        next.push_back(product);
      }
    return elements;
  }

  int count() const { return int(paths.size()); }
  const Path &path(int element) const { return paths[element]; }
  /// a b: b acts first.
  int multiply(int a, int b) const {
    for (int generator : paths[a])
      b = left[generator][b];
    return b;
  }
  /// The element that a generator is.
  int number(int generator) const { return left[generator][0]; }

private:
  std::vector<std::vector<int>> left; ///< for each generator g: h -> g h
  std::vector<Path> paths;
};

/// A subgroup of a finite group: for each of its elements, its number in the whole group and a word of its generators.
struct Inside {
  std::vector<int> numbers;
  std::vector<Elements::Path> paths;
};

} // namespace

/// What tells elements of both groups apart and says which are the same: their matrices, else their permutations.
static std::vector<Matrix> faithfulMatrices(const Group &group, bool byMatrix) {
  std::vector<Matrix> matrices;
  for (size_t k = 0; k < group.generators().size(); ++k) {
    const Generator &generator = group.origin(int(k));
    matrices.push_back(byMatrix ? generator.matrix : Move::permutation(generator.permutation).asMatrix());
  }
  return matrices;
}

static Matrix along(const Elements::Path &path, llvm::ArrayRef<Matrix> generators, int size) {
  Matrix product = Matrix::identity(size);
  for (int generator : path)
    product = generators[generator] * product;
  return product;
}

/// Finds the generators of `part` among the elements of `whole`, and with them all of its elements.
static llvm::Expected<Inside> locate(const Group &part, const Group &whole, const Elements &elements) {
  bool byMatrix = whole.dimension() && whole.dimension() == part.dimension();
  int size = byMatrix ? whole.dimension() : whole.degree();
  if (!size || (!byMatrix && whole.degree() != part.degree()))
    return refusal(part.text() + " and " + whole.text() +
                   " act on different things, so that one is no subgroup of the other");
  std::vector<Matrix> own = faithfulMatrices(whole, byMatrix), wanted = faithfulMatrices(part, byMatrix);
  std::vector<int> generators;
  for (auto [k, matrix] : llvm::enumerate(wanted)) {
    int found = 0;
    while (found < elements.count() && !(along(elements.path(found), own, size) == matrix))
      ++found;
    if (found == elements.count())
      return refusal(part.generators()[k].name + " of " + part.text() + " is no element of " + whole.text());
    generators.push_back(found);
  }
  Inside inside{{0}, {{}}};
  for (size_t h = 0; h < inside.numbers.size(); ++h)
    for (auto [k, generator] : llvm::enumerate(generators)) {
      int product = elements.multiply(generator, inside.numbers[h]);
      if (llvm::is_contained(inside.numbers, product))
        continue;
      inside.numbers.push_back(product);
      inside.paths.push_back(inside.paths[h]);
      inside.paths.back().push_back(int(k));
    }
  return inside;
}

llvm::Expected<Action> nn::symmetry::inducedAction(const GroupRef &group, const GroupRef &part, int64_t cells,
                                                   llvm::StringRef name) {
  std::optional<Elements> elements = Elements::of(*group);
  if (!elements)
    return refusal("representations of " + group->text() +
                   " that a subgroup gives need its elements, and it is not known to have at most " +
                   llvm::Twine(mostElements));
  llvm::Expected<Inside> inside = locate(*part, *group, *elements);
  if (!inside)
    return inside.takeError();
  int64_t cosets = elements->count() / int64_t(inside->numbers.size());
  if (cells % cosets)
    return refusal(group->text() + " has " + llvm::Twine(cosets) + " cosets of " + part->text() + ", and here are " +
                   llvm::Twine(cells) + " cells");
  int64_t width = cells / cosets;
  llvm::Expected<Representation> small = represent(part, {width}, name);
  if (!small)
    return small.takeError();
  std::vector<Matrix> moves;
  for (const Move &move : small->moves())
    moves.push_back(move.asMatrix());

  // The coset of each element, and what of H lies between it and the representative.
  std::vector<int> coset(elements->count(), -1), rest(elements->count()), representatives;
  for (int element = 0; element < elements->count(); ++element) {
    if (coset[element] >= 0)
      continue;
    for (auto [h, number] : llvm::enumerate(inside->numbers)) {
      int member = elements->multiply(element, number);
      coset[member] = int(representatives.size());
      rest[member] = int(h);
    }
    representatives.push_back(element);
  }
  Action action;
  for (size_t k = 0; k < group->generators().size(); ++k) {
    int generator = elements->number(int(k));
    Matrix matrix{int(cells)};
    for (auto [i, representative] : llvm::enumerate(representatives)) {
      int image = elements->multiply(generator, representative);
      Matrix block = along(inside->paths[rest[image]], moves, int(width));
      for (const Matrix::Entry &entry : block.entries())
        matrix.add(int(coset[image] * width) + entry.row, int(int64_t(i) * width) + entry.column, entry.value);
    }
    action.moves.push_back(Move::matrix(std::move(matrix)));
  }
  return action;
}
