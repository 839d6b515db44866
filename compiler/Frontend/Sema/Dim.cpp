/// Arithmetic of extents.
#include "Frontend/Sema/Dim.h"

#include <algorithm>

namespace nn::sema {

Dim Dim::variable(llvm::StringRef name) {
  Dim dim;
  dim.terms[{name.str()}] = 1;
  return dim;
}

std::optional<int64_t> Dim::constant() const {
  if (terms.empty())
    return 0;
  if (terms.size() == 1 && terms.begin()->first.empty())
    return terms.begin()->second;
  return std::nullopt;
}

void Dim::add(const Monomial &monomial, int64_t coefficient) {
  int64_t &value = terms[monomial];
  value += coefficient;
  if (value == 0)
    terms.erase(monomial);
}

Dim Dim::operator+(const Dim &other) const {
  Dim sum = *this;
  for (auto &[monomial, coefficient] : other.terms)
    sum.add(monomial, coefficient);
  return sum;
}

Dim Dim::operator-(const Dim &other) const {
  Dim difference = *this;
  for (auto &[monomial, coefficient] : other.terms)
    difference.add(monomial, -coefficient);
  return difference;
}

Dim Dim::operator*(const Dim &other) const {
  Dim product;
  for (auto &[left, a] : terms)
    for (auto &[right, b] : other.terms) {
      Monomial both = left;
      both.insert(both.end(), right.begin(), right.end());
      std::sort(both.begin(), both.end());
      product.add(both, a * b);
    }
  return product;
}

std::optional<Dim> Dim::dividedBy(const Dim &other) const {
  if (other.terms.size() != 1)
    return *this == other && !terms.empty() ? std::optional<Dim>(1) : std::nullopt;
  auto &[divisor, coefficient] = *other.terms.begin();
  Dim quotient;
  for (auto &[monomial, value] : terms) {
    if (value % coefficient != 0)
      return std::nullopt;
    Monomial rest = monomial;
    for (auto &atom : divisor) {
      auto at = std::find(rest.begin(), rest.end(), atom);
      if (at == rest.end())
        return std::nullopt;
      rest.erase(at);
    }
    quotient.add(rest, value / coefficient);
  }
  return quotient;
}

Dim Dim::opaque(llvm::StringRef op, const Dim &a, const Dim &b) {
  return variable("(" + a.str() + " " + op.str() + " " + b.str() + ")");
}

Dim Dim::floorDiv(const Dim &other) const {
  if (auto exact = dividedBy(other))
    return *exact;
  auto a = constant(), b = other.constant();
  if (!a || !b || *b == 0)
    return opaque("div", *this, other);
  int64_t quotient = *a / *b;
  return quotient - ((*a % *b != 0 && (*a < 0) != (*b < 0)) ? 1 : 0);
}

Dim Dim::modulo(const Dim &other) const {
  auto a = constant(), b = other.constant();
  if (dividedBy(other))
    return 0;
  if (!a || !b || *b == 0)
    return opaque("%", *this, other);
  int64_t rest = *a % *b;
  return rest != 0 && (rest < 0) != (*b < 0) ? rest + *b : rest;
}

Dim Dim::power(const Dim &other) const {
  auto exponent = other.constant();
  if (!exponent || *exponent < 0 || *exponent > 62)
    return opaque("^", *this, other);
  Dim result(1);
  for (int64_t i = 0; i < *exponent; ++i)
    result = result * *this;
  return result;
}

bool Dim::differs(const Dim &other) const {
  auto difference = (*this - other).constant();
  return difference && *difference != 0;
}

Dim Dim::substitute(const std::map<std::string, Dim> &values) const {
  Dim result;
  for (auto &[monomial, coefficient] : terms) {
    Dim product(coefficient);
    for (auto &atom : monomial) {
      auto found = values.find(atom);
      product = product * (found == values.end() ? variable(atom) : found->second);
    }
    result = result + product;
  }
  return result;
}

std::optional<std::string> Dim::asVariable() const {
  if (terms.size() == 1 && terms.begin()->second == 1 && terms.begin()->first.size() == 1 &&
      terms.begin()->first[0][0] != '(')
    return terms.begin()->first[0];
  return std::nullopt;
}

std::string Dim::str() const {
  if (terms.empty())
    return "0";
  std::string text;
  // Products of variables first, the number last, as one would write it.
  for (auto it = terms.rbegin(); it != terms.rend(); ++it) {
    auto &[monomial, coefficient] = *it;
    int64_t magnitude = coefficient < 0 ? -coefficient : coefficient;
    if (!text.empty())
      text += coefficient < 0 ? " - " : " + ";
    else if (coefficient < 0)
      text += "-";
    if (monomial.empty() || magnitude != 1)
      text += std::to_string(magnitude) + (monomial.empty() ? "" : "*");
    for (size_t i = 0; i < monomial.size(); ++i)
      text += (i ? "*" : "") + monomial[i];
  }
  return text;
}

} // namespace nn::sema
