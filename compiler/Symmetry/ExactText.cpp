// Exact numbers as users write them.
#include "Symmetry/Exact.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <numbers>
#include <numeric>

using namespace nn::symmetry;

/// `2 * sqrt(3) / 5` for the number whose square is `square`, without its sign.
static std::string rootText(Rational square) {
  int64_t inside = square.numerator() * square.denominator();
  int64_t outside = 1;
  for (int64_t p = 2; p * p <= inside; ++p)
    for (; inside % (p * p) == 0; inside /= p * p)
      outside *= p;
  Rational factor(outside, square.denominator());
  std::string text = "sqrt(" + std::to_string(inside) + ")";
  if (factor.numerator() != 1)
    text = std::to_string(factor.numerator()) + " * " + text;
  return factor.isInteger() ? text : text + " / " + std::to_string(factor.denominator());
}

/// `value` if it is `sign * sqrt(q)`, q rational and small enough to be written.
static std::optional<std::string> asRoot(const Exact &value) {
  std::optional<Rational> square = value.isReal() ? (value * value).asRational() : std::nullopt;
  if (!square || (Rational(square->numerator()) * Rational(square->denominator())).isTooLarge())
    return std::nullopt;
  return (value.toDouble() < 0 ? "-" : "") + rootText(*square);
}

/// The mean of `value` over the automorphisms of its field: the rational part of `a + b sqrt(d)`.
static std::optional<Rational> rationalPart(const Exact &value) {
  if (value.field() > 240)
    return std::nullopt; // what is written so briefly lies in small fields
  Exact sum;
  int64_t count = 0;
  for (int64_t power = 0; power < value.field(); ++power) {
    if (std::gcd(power, value.field()) != 1)
      continue;
    sum = sum + value.conjugate(power);
    ++count;
  }
  std::optional<Rational> trace = sum.asRational();
  return trace ? std::optional(*trace / Rational(count)) : std::nullopt;
}

/// `cos(2 * pi * k / n)` or its negative, if it is one of the field's.
static std::optional<std::string> asCosine(const Exact &value) {
  int64_t n = value.field();
  for (int64_t k = 1; k < n; ++k) {
    double near = std::cos(2 * std::numbers::pi * double(k) / double(n));
    if (std::abs(std::abs(value.toDouble()) - std::abs(near)) > 1e-9)
      continue;
    bool negative = value == -Exact::cosine(k, n);
    if (!negative && !(value == Exact::cosine(k, n)))
      continue;
    int64_t common = std::gcd(2 * k, n);
    std::string times = 2 * k / common == 1 ? "pi" : std::to_string(2 * k / common) + " * pi";
    return (negative ? "-cos(" : "cos(") + times + " / " + std::to_string(n / common) + ")";
  }
  return std::nullopt;
}

std::string Exact::key() const {
  std::string key = std::to_string(n) + ":";
  for (Rational value : coefficients)
    key += value.text() + ",";
  return key;
}

std::string Exact::text() const {
  if (isTooLarge())
    return "(too large)";
  if (std::optional<Rational> rational = asRational())
    return rational->text();
  if (std::optional<std::string> root = asRoot(*this))
    return *root;
  if (std::optional<std::string> cosine = asCosine(*this))
    return *cosine;
  std::optional<Rational> mean = rationalPart(*this);
  if (mean && !mean->isZero())
    if (std::optional<std::string> root = asRoot(*this - Exact(*mean)))
      return mean->text() + ((*root)[0] == '-' ? " - " + root->substr(1) : " + " + *root);
  std::string text;
  for (auto [k, value] : llvm::enumerate(coefficients))
    if (!value.isZero())
      text += (text.empty() ? "" : " + ") + value.text() +
              (k ? " * zeta(" + std::to_string(n) + ")^" + std::to_string(k) : "");
  return text;
}
