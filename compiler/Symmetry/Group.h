/// Groups as users write them: `S(n)`, `semidirect(shifts(8, 8), C(4))`, `E(3)`, `generated([[1, 2, 0]])`.
#pragma once

#include "Symmetry/Matrix.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace nn::symmetry {

class Group;
using GroupRef = std::shared_ptr<const Group>;

/// What generates a group: elements, and directions of its Lie algebra. A tensor that all of them keep is kept by the
/// group.
struct Generator {
  enum class Kind {
    Discrete,
    Component, ///< an element of another component of a Lie group
    Lie,       ///< a direction X; its elements are exp(t X)
  };
  std::string name; ///< "the quarter turn", "the transposition (0 1)", "the rotation in the plane (0, 1)"
  Kind kind = Kind::Discrete;
  bool implied = false; ///< a bracket of other Lie generators: needed to sample, not to solve
  int part = -1;        ///< of a product, a semidirect or a wreath product: which part it comes from
  int partIndex = -1;   ///< and the index of its generator there

  /// One-line notation on `Group::degree()` points: point i goes to permutation[i]. Empty if the group has no points.
  std::vector<int> permutation;
  /// On vectors of `Group::dimension()` components; of a Lie generator the derivative. Of size 0 if it has none.
  Matrix matrix;
  /// Of a translation, its direction; empty otherwise.
  std::vector<Exact> translation;
};

/// One step of a word: a power of a discrete generator, or exp(amount X) of a Lie generator.
struct Step {
  int generator;
  double amount;
};
/// A group element as a product; the first step acts first.
using Word = std::vector<Step>;

/// A subgroup by what generates it inside the group it was asked of.
struct Subgroup {
  struct Element {
    std::string name;
    Word word;
    bool oneParameter = false; ///< all exp(t X) of the word's one Lie generator, not one element
  };
  std::string text; ///< "SO(3)", "the shifts by 2"
  std::vector<Element> generators;
};

class Group {
public:
  enum class Kind {
    Trivial,
    Symmetric,
    Cyclic,
    Shifts,
    Turns,
    Dihedral,
    SpecialOrthogonal,
    Orthogonal,
    SpecialEuclidean,
    Euclidean,
    GeneralLinear,
    SpecialLinear,
    Symplectic,
    Unitary,
    SpecialUnitary,
    Sign,
    Product,
    Semidirect,
    Wreath,
    Permutations,
    Matrices,
  };

  static GroupRef trivial();
  static GroupRef sign();
  /// The families that take sizes, by the name that users write: S Z shifts C D SO O SE E GL SL Sp U SU.
  static llvm::Expected<GroupRef> named(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes);
  static GroupRef product(llvm::ArrayRef<GroupRef> factors);
  /// Shifts of a grid, and turns and flips of it.
  static llvm::Expected<GroupRef> semidirect(const GroupRef &shifts, const GroupRef &turns);
  /// `inner` acts within each block, `outer` permutes the blocks: point = block * degree(inner) + point in the block.
  static llvm::Expected<GroupRef> wreath(const GroupRef &inner, const GroupRef &outer);
  static llvm::Expected<GroupRef> generatedBy(llvm::ArrayRef<std::vector<int>> permutations);
  /// With `decimals`, some entry was written with a decimal point: the group has to close, and a relation that only
  /// rounding breaks is named.
  static llvm::Expected<GroupRef> generatedBy(llvm::ArrayRef<Matrix> matrices, bool decimals = false);

  Kind kind() const { return groupKind; }
  llvm::StringRef text() const { return groupText; } ///< what `parseGroup` reads back
  llvm::ArrayRef<int64_t> sizes() const { return groupSizes; }
  llvm::ArrayRef<GroupRef> parts() const { return groupParts; } ///< factors; shifts and turns; inner and outer
  llvm::ArrayRef<Generator> generators() const { return generatorList; }
  /// The generator of the part of a part ... that one of this group comes from; itself if it comes from none.
  const Generator &origin(int generator) const;
  int degree() const { return points; }        ///< how many points it permutes; 0 if it does not
  int dimension() const { return components; } ///< of the vectors that its matrices act on; 0 if it has none
  bool isContinuous() const;
  /// In decimal; none if it is infinite or not computed.
  std::optional<std::string> order() const { return groupOrder; }
  /// What each discrete generator g does to the list of all elements: h -> g h. None if there are more than `limit`.
  /// Elements are in lexicographic order of their permutations (of D(k): turns, then turns after the reflection; of a
  /// product: row-major; of matrices: as they are found).
  std::optional<std::vector<std::vector<int>>> multiplication(int64_t limit) const;
  /// Natural subgroups to try when the whole group does not survive, largest first; the last is trivial.
  std::vector<Subgroup> subgroups() const;
  /// `count` random elements; the same for the same seed.
  std::vector<Word> sample(int count, uint64_t seed) const;

private:
  Group() = default;
  friend struct GroupBuilder;

  Kind groupKind = Kind::Trivial;
  std::string groupText;
  std::vector<int64_t> groupSizes;
  std::vector<GroupRef> groupParts;
  std::vector<Generator> generatorList;
  int points = 0;
  int components = 0;
  std::optional<std::string> groupOrder;
};

/// The group that `text` writes, with numbers for all sizes; or what is wrong with it.
llvm::Expected<GroupRef> parseGroup(llvm::StringRef text);

/// The exact number that `text` writes, as entries of generated matrices do: `-sqrt(3) / 2`, `cos(2 * pi / 5)`.
llvm::Expected<Exact> parseExact(llvm::StringRef text);

/// An error of these functions: a sentence for the user.
llvm::Error refusal(const llvm::Twine &message);

} // namespace nn::symmetry
