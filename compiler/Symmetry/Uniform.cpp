// Letters of uniform elements.
#include "Symmetry/Uniform.h"
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace nn::symmetry;
using Kind = Group::Kind;

/// How many elements of a group without more structure are listed.
static constexpr int64_t mostListed = 4096;

static Letter powers(int generator, int64_t count) {
  Letter letter;
  for (int64_t k = 0; k < count; ++k)
    letter.choices.push_back(k ? Word{{generator, double(k)}} : Word{});
  return letter;
}

/// Every element as the shortest word of generators, found breadth first.
static llvm::Expected<Letter> listed(const Group &group) {
  std::optional<Closure> closure = close(group.generators(), mostListed);
  if (!closure)
    return refusal(group.text() + " has more than " + llvm::Twine(mostListed) + " elements: too many to list");
  std::vector<std::optional<Word>> words(closure->order);
  std::vector<int> found{0}; // the identity is the first in either order
  words[0] = Word{};
  for (size_t k = 0; k < found.size(); ++k)
    for (auto [g, image] : llvm::enumerate(closure->left)) {
      int next = image[found[k]];
      if (words[next])
        continue;
      words[next] = words[found[k]];
      words[next]->push_back({int(g), 1});
      found.push_back(next);
    }
  Letter letter;
  for (const std::optional<Word> &word : words)
    letter.choices.push_back(*word);
  return letter;
}

/// The generators of the planes (k, k + 1) of a group of rotations of d axes, in order.
static std::vector<int> neighbourPlanes(const Group &group) {
  std::vector<int> planes;
  for (auto [k, generator] : llvm::enumerate(group.generators()))
    if (generator.kind == Generator::Kind::Lie && !generator.implied)
      planes.push_back(int(k));
  return planes;
}

/// See Note [Letters]. The rotations of the first axes come first.
static std::vector<Letter> rotationLetters(const Group &group) {
  std::vector<Letter> letters;
  std::vector<int> planes = neighbourPlanes(group);
  for (size_t axes = 2; axes <= planes.size() + 1; ++axes)
    for (size_t plane = axes - 1; plane-- > 0;) {
      Letter &letter = letters.emplace_back();
      letter.kind = Letter::Kind::Angle;
      letter.generator = planes[plane];
      letter.power = int(plane);
    }
  return letters;
}

static llvm::Expected<std::vector<Letter>> orthogonalLetters(const Group &group) {
  if (group.sizes().size() > 1 && group.sizes()[1] > 0)
    return refusal(group.text() + " is not compact, so no element of it is as likely as any other");
  std::vector<Letter> letters = rotationLetters(group);
  for (auto [k, generator] : llvm::enumerate(group.generators()))
    if (generator.kind == Generator::Kind::Component)
      letters.push_back(powers(int(k), 2));
  return letters;
}

/// The letters of a part, whose generators are called differently in the whole.
static void addRenamed(std::vector<Letter> &letters, std::vector<Letter> part, llvm::function_ref<int(int)> rename) {
  for (Letter &letter : part) {
    letter.generator = letter.kind == Letter::Kind::Choice ? 0 : rename(letter.generator);
    for (Word &word : letter.choices)
      for (Step &step : word)
        step.generator = rename(step.generator);
    letters.push_back(std::move(letter));
  }
}

/// Products, and shifts behind turns: an element is one of each part.
static llvm::Expected<std::vector<Letter>> partLetters(const Group &group, bool shuffles) {
  std::vector<Letter> letters;
  for (size_t p = group.parts().size(); p-- > 0;) {
    llvm::Expected<std::vector<Letter>> own = uniformLetters(*group.parts()[p], shuffles);
    if (!own)
      return own;
    addRenamed(letters, std::move(*own), [&](int generator) {
      auto same = [&](const Generator &g) { return g.part == int(p) && g.partIndex == generator; };
      return int(llvm::find_if(group.generators(), same) - group.generators().begin());
    });
  }
  return letters;
}

/// One inner element for each block, then one outer.
static llvm::Expected<std::vector<Letter>> wreathLetters(const Group &group) {
  const Group &inner = *group.parts()[0], &outer = *group.parts()[1];
  llvm::Expected<std::vector<Letter>> within = uniformLetters(inner, false);
  llvm::Expected<std::vector<Letter>> among = within ? uniformLetters(outer, false) : within.takeError();
  if (!among)
    return among;
  std::vector<Letter> letters;
  int count = int(inner.generators().size()), blocks = outer.degree();
  for (int block = 0; block < blocks; ++block)
    addRenamed(letters, *within, [&](int generator) { return block * count + generator; });
  addRenamed(letters, *among, [&](int generator) { return blocks * count + generator; });
  return letters;
}

/// After how many steps a generator of a finite group is the identity.
static int64_t orderOf(const Generator &generator) {
  int64_t order = 1;
  std::vector<int> points = generator.permutation;
  Matrix matrix = generator.matrix;
  auto isDone = [&] {
    bool still = llvm::all_of(llvm::enumerate(points), [](auto pair) { return int(pair.index()) == pair.value(); });
    return still && matrix == Matrix::identity(matrix.size());
  };
  for (; !isDone() && order < mostListed; ++order) {
    for (int &point : points)
      point = generator.permutation[point];
    matrix = matrix * generator.matrix;
  }
  return order;
}

Word nn::symmetry::inverse(const Group &group, const Word &word) {
  Word result;
  for (Step step : llvm::reverse(word)) {
    // Only the origin of a generator of a product has points or a matrix; that of a turn behind shifts has the same
    // order.
    const Generator &generator = group.origin(step.generator);
    if (generator.kind == Generator::Kind::Lie) {
      result.push_back({step.generator, -step.amount});
      continue;
    }
    int64_t order = orderOf(generator), amount = int64_t(step.amount) % order;
    if (amount)
      result.push_back({step.generator, double(order - amount)});
  }
  return result;
}

llvm::Expected<std::vector<Letter>> nn::symmetry::uniformLetters(const Group &group, bool shuffles) {
  std::vector<Letter> letters;
  switch (group.kind()) {
  case Kind::Trivial:
    return letters;
  case Kind::Sign:
    return std::vector<Letter>{powers(0, 2)};
  case Kind::Turns:
    return std::vector<Letter>{powers(0, group.sizes()[0])};
  case Kind::Cyclic:
  case Kind::Shifts: {
    int generator = 0; // an axis of one cell has none
    for (int64_t extent : group.sizes())
      if (extent > 1)
        letters.push_back(powers(generator++, extent));
    return letters;
  }
  case Kind::Symmetric:
    if (shuffles && group.sizes()[0] > 1) {
      Letter &letter = letters.emplace_back();
      letter.kind = Letter::Kind::Shuffle;
      letter.points = int(group.sizes()[0]);
      return letters;
    }
    break;
  case Kind::SpecialOrthogonal:
  case Kind::Orthogonal:
    return orthogonalLetters(group);
  case Kind::Product:
  case Kind::Semidirect:
    return partLetters(group, shuffles);
  case Kind::Wreath:
    return wreathLetters(group);
  case Kind::Unitary:
  case Kind::SpecialUnitary:
    return refusal("how to draw an element of " + group.text() + " is not known");
  case Kind::SpecialEuclidean:
  case Kind::Euclidean:
  case Kind::GeneralLinear:
  case Kind::SpecialLinear:
  case Kind::Symplectic:
    return refusal(group.text() + " is not compact, so no element of it is as likely as any other");
  case Kind::Dihedral:
  case Kind::Permutations:
  case Kind::Matrices:
    break;
  }
  llvm::Expected<Letter> all = listed(group);
  if (!all)
    return all.takeError();
  return std::vector<Letter>{std::move(*all)};
}
