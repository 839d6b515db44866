/// Extents as integer polynomials over dimension variables: exact arithmetic, equality by normal form.
#ifndef NOETHER_FRONTEND_SEMA_DIM_H
#define NOETHER_FRONTEND_SEMA_DIM_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nn::sema {

/// Values of bounded variables, by their keys.
using Lengths = std::map<std::string, int64_t>;

/// An integer that may depend on dimension variables: a sum of integer multiples of products of atoms. An atom is a
/// variable or a quotient or power that did not simplify (`n div 2`). Most extents are plain numbers. A function that
/// nobody calls is checked with its variables left open; a bounded variable (`n <= 64`) stays one in code that runs:
/// its value, a length, is known when an example is read.
class Dim {
public:
  struct Quotient;
  struct Atom {
    std::string key;  ///< tells it from all others
    std::string name; ///< as it is printed
    /// The largest value of a bounded variable; -1 for an open one, and for what is computed.
    int64_t bound = -1;
    int64_t rows = 0; ///< the length of another row in a batch of so many; 0: that of my example
    std::shared_ptr<const Quotient> of;

    bool operator<(const Atom &other) const { return key < other.key; }
    bool operator==(const Atom &other) const { return key == other.key; }
  };

  Dim(int64_t value = 0) {
    if (value)
      terms[{}] = value;
  }
  static Dim variable(llvm::StringRef name);
  /// A variable that takes the values 0 .. bound.
  static Dim bounded(llvm::StringRef name, int64_t bound);

  /// The number, if no variable is left.
  std::optional<int64_t> constant() const;
  bool isConstant() const { return constant().has_value(); }
  /// Depends on variables, all of them bounded.
  bool isBounded() const;

  Dim operator+(const Dim &other) const;
  Dim operator-(const Dim &other) const;
  Dim operator*(const Dim &other) const;
  /// The quotient if it is exact for all values of the variables, or if both sides are numbers that divide.
  std::optional<Dim> dividedBy(const Dim &other) const;
  Dim floorDiv(const Dim &other) const;
  Dim modulo(const Dim &other) const;
  Dim power(const Dim &other) const;

  /// The same for all values of the variables.
  bool operator==(const Dim &other) const { return terms == other.terms; }
  bool operator!=(const Dim &other) const { return !(*this == other); }
  /// Different for all values of open variables, and for some of bounded ones. Two Dims with open variables may be
  /// neither equal nor different.
  bool differs(const Dim &other) const;
  /// At most `other` for all values of bounded variables; nothing if open ones decide.
  std::optional<bool> atMost(const Dim &other) const;
  /// The variable, if this is one alone.
  std::optional<Atom> asVariable() const;
  /// `2*n + 1`.
  std::string str() const;
  /// The same with what tells equal names apart.
  std::string key() const;

  // ---- bounded variables

  /// The bounded variables it depends on, each once.
  std::vector<Atom> lengths() const;
  /// Every length that has a value replaced by it.
  Dim with(const Lengths &values) const;
  /// The least and the greatest value for lengths from `least` on: exact where each variable stands alone in its
  /// products or can be tried out, and never too narrow. Of a number both are the number.
  std::pair<int64_t, int64_t> range(const Lengths &least = {}) const;
  /// Entries that storage needs: the greatest value, at least 0.
  int64_t storage() const { return std::max<int64_t>(range().second, 0); }
  /// The smallest lengths from `least` on at which it is negative; nothing if it never is.
  std::optional<Lengths> firstNegative(const Lengths &least = {}) const;
  /// The smallest lengths from 1 on at which two Dims differ.
  std::optional<Lengths> firstDifference(const Dim &other) const;
  /// The same of another row in a batch of so many; with 0 of my example again.
  Dim ofRow(int64_t rows) const;
  bool isOfRow() const;
  /// The same with lengths called `scope.n`.
  Dim within(llvm::StringRef scope) const;

  using Monomial = std::vector<Atom>; ///< sorted atoms
  const std::map<Monomial, int64_t> &sum() const { return terms; }

private:
  static Dim atom(Atom atom);
  static Dim opaque(char op, const Dim &a, const Dim &b);
  Dim mapAtoms(llvm::function_ref<Dim(const Atom &)> map) const;
  bool isMultiAffine() const;
  std::string print(bool keys) const;
  void add(const Monomial &monomial, int64_t coefficient);
  std::map<Monomial, int64_t> terms;
};

/// What an atom that is no variable is computed from: `a div b`, `a % b` or `a ^ b`.
struct Dim::Quotient {
  char op; ///< 'd', '%' or '^'
  Dim a, b;
};

/// Calls `visit` with all values of the variables, from `least` (0 where it has none) to their bounds, the smallest
/// first, until it returns true; gives that back. Nothing if there are more than `most`.
std::optional<bool> forLengths(const std::vector<Dim::Atom> &variables, const Lengths &least, int64_t most,
                               llvm::function_ref<bool(const Lengths &)> visit);
/// `n = 3, m = 1`.
std::string describe(const Lengths &lengths, const std::vector<Dim::Atom> &variables);

} // namespace nn::sema

#endif
