// What a certificate says, as it is read.
#pragma once

#include "Symmetry/Representation.h"

#include <map>

namespace nn::replay {

/// What happens to one axis of a tensor, or to one index of a box.
struct AxisMove {
  enum class Kind : uint8_t {
    Stays,
    Same,  ///< all is the same along it, so that it may be said to move in any way
    Moves, ///< by a mover
    Grid,  ///< it belongs to a grid
  } kind = Kind::Stays;
  int64_t mover = 0;
  bool dual = false; ///< by R^-T instead of R
  bool operator==(const AxisMove &) const = default;
};

/// Axes that move as one: p goes to `turn` p + `shift`, on a torus modulo the extents.
struct Grid {
  std::vector<int64_t> axes, shift;
  std::vector<std::vector<int64_t>> turn;
  bool torus = false;
  bool operator==(const Grid &) const = default;
};

/// How an element moves one tensor, or the points of a box.
struct Action {
  std::vector<AxisMove> axes;
  std::vector<Grid> grids;
  std::optional<int64_t> values; ///< the entries are indices, which this mover permutes
  bool odd = false;              ///< the sign changes
  double weight = 0;             ///< how much of a translation is added, along axis `point`
  int64_t point = 0;
  bool operator==(const Action &) const = default;
};

/// What moves axes of one kind.
struct Mover {
  enum class Kind : uint8_t {
    Any,    ///< each permutation in turn that generates all of them
    Table,  ///< the permutation `image`
    Matrix, ///< the matrix of a representation of the group
    Merged, ///< axes of these extents as one, row-major, which move by `factors`
  } kind = Kind::Any;
  std::vector<int64_t> image, extents;
  std::string by; ///< the representation
  int64_t extent = 0;
  bool orthogonal = false;
  Action factors;
  std::optional<symmetry::Move> matrix = {}; ///< of the generator at hand
};

/// What is said of one value.
struct Record {
  std::string value, rule;
  Action action, box;                     ///< an equation has a box
  std::map<std::string, Action> as;       ///< operands, by number, that move as this, too
  std::map<std::string, int64_t> through; ///< operands that are read through so many copies
};

/// The proof for one generator, or for all elements at once.
struct Element {
  std::string name;
  std::optional<int64_t> generator;
  std::vector<Mover> movers;
  std::vector<Action> outputs; ///< as claimed
  std::vector<Record> records;
};

struct Certificate {
  std::string claim, group, form;
  int64_t action = 0;
  std::map<std::string, int64_t> sizes;
  std::vector<Element> elements;
};

/// The certificates of a file. Everything that is written is read: a member that is not known is an error.
llvm::Expected<std::vector<Certificate>> readCertificates(llvm::StringRef text);

} // namespace nn::replay
