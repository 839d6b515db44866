/// Extents as integer polynomials over dimension variables: exact arithmetic, equality by normal form.
#ifndef NOETHER_FRONTEND_SEMA_DIM_H
#define NOETHER_FRONTEND_SEMA_DIM_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nn::sema {

/// An integer that may depend on dimension variables: a sum of integer multiples of products of atoms. An atom is a
/// variable (`n`) or a quotient or power that did not simplify (`n div 2`), named by its text. Most extents are plain
/// numbers; a function that nobody calls is checked with its variables left open.
class Dim {
public:
  Dim(int64_t value = 0) {
    if (value)
      terms[{}] = value;
  }
  static Dim variable(llvm::StringRef name);

  /// The number, if no variable is left.
  std::optional<int64_t> constant() const;
  bool isConstant() const { return constant().has_value(); }

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
  /// Different for all values of the variables. Two Dims may be neither equal nor different.
  bool differs(const Dim &other) const;
  /// Every variable of this Dim replaced by its value, where it has one.
  Dim substitute(const std::map<std::string, Dim> &values) const;
  /// The variable, if this is one alone.
  std::optional<std::string> asVariable() const;
  /// `2*n + 1`.
  std::string str() const;

private:
  using Monomial = std::vector<std::string>; ///< sorted atoms
  static Dim opaque(llvm::StringRef op, const Dim &a, const Dim &b);
  void add(const Monomial &monomial, int64_t coefficient);
  std::map<Monomial, int64_t> terms;
};

} // namespace nn::sema

#endif
