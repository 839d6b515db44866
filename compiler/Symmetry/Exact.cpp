// Arithmetic in cyclotomic fields.
#include "Symmetry/Exact.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <numeric>

using namespace nn::symmetry;

using Polynomial = std::vector<int64_t>; ///< coefficients, lowest first

/// Fields of larger N, and inverses in fields of larger degree, cost more than any group of a program is worth.
static constexpr int64_t largestField = 20000;
static constexpr size_t largestInverse = 48;

/// The quotient of `a` by the monic `b`, which divides it.
static Polynomial divideExactly(Polynomial a, const Polynomial &b) {
  Polynomial quotient(a.size() - b.size() + 1);
  for (size_t k = quotient.size(); k-- > 0;) {
    quotient[k] = a[k + b.size() - 1];
    for (size_t j = 0; j < b.size(); ++j)
      a[k + j] -= quotient[k] * b[j];
  }
  return quotient;
}

/// Phi_n = (x^n - 1) / product of Phi_d over the proper divisors d of n.
static const Polynomial &cyclotomic(int64_t n) {
  static std::recursive_mutex mutex;
  static std::map<int64_t, Polynomial> known;
  std::lock_guard lock(mutex);
  auto found = known.find(n);
  if (found != known.end())
    return found->second;
  Polynomial result(n + 1);
  result[0] = -1;
  result[n] = 1;
  for (int64_t d = 1; d < n; ++d)
    if (n % d == 0)
      result = divideExactly(std::move(result), cyclotomic(d));
  return known.emplace(n, std::move(result)).first->second;
}

static bool anyTooLarge(const std::vector<Rational> &values) {
  return llvm::any_of(values, [](Rational value) { return value.isTooLarge(); });
}

Exact::Exact(int64_t n, std::vector<Rational> powers) : n(n), coefficients(std::move(powers)) {
  if (n > largestField) {
    *this = Exact(Rational(0, 0));
    return;
  }
  const Polynomial &modulus = cyclotomic(n);
  size_t degree = modulus.size() - 1;
  for (size_t k = coefficients.size(); k-- > degree;) {
    Rational lead = coefficients[k];
    for (size_t j = 0; !lead.isZero() && j <= degree; ++j)
      if (modulus[j])
        coefficients[k - degree + j] = coefficients[k - degree + j] - lead * Rational(modulus[j]);
  }
  bool tooLarge = anyTooLarge(coefficients);
  coefficients.resize(degree);
  bool rational = llvm::all_of(llvm::drop_begin(coefficients), [](Rational value) { return value.isZero(); });
  if (!rational && !tooLarge)
    return;
  this->n = 1;
  coefficients.resize(1);
  if (tooLarge)
    coefficients[0] = Rational(0, 0);
}

Exact Exact::in(int64_t m) const {
  if (m == n)
    return *this;
  std::vector<Rational> powers((coefficients.size() - 1) * (m / n) + 1);
  for (auto [k, value] : llvm::enumerate(coefficients))
    powers[k * (m / n)] = value;
  Exact result;
  result.n = m;
  result.coefficients = Exact(m, powers).coefficients;
  result.coefficients.resize(cyclotomic(m).size() - 1);
  return result;
}

Exact Exact::rootOfUnity(int64_t n, int64_t k) {
  std::vector<Rational> powers(n);
  powers[((k % n) + n) % n] = 1;
  return Exact(n, std::move(powers));
}

Exact Exact::ofDouble(double value) {
  if (!std::isfinite(value))
    return Rational(1, 0);
  int exponent;
  int64_t whole = int64_t(std::ldexp(std::frexp(value, &exponent), 53)), shift = 53 - exponent;
  for (; whole != 0 && whole % 2 == 0; whole /= 2)
    --shift;
  if (whole == 0 || shift >= 62 || shift <= -8)
    return whole == 0 ? Rational(0) : Rational(1, 0);
  return shift < 0 ? Rational(whole) * Rational(int64_t(1) << -shift) : Rational(whole, int64_t(1) << shift);
}

Exact Exact::cosine(int64_t k, int64_t n) { return (rootOfUnity(n, k) + rootOfUnity(n, -k)) * Exact(Rational(1, 2)); }

// sin(t) = cos(pi / 2 - t).
Exact Exact::sine(int64_t k, int64_t n) { return cosine(n - 4 * k, 4 * n); }

/// The square root of an odd prime: Gauss' sum of (k/p) zeta_p^k is sqrt(p) for p = 1 mod 4 and i sqrt(p) for p = 3
/// mod 4.
static Exact rootOfOddPrime(int64_t p) {
  std::vector<Rational> symbol(p, Rational(-1));
  symbol[0] = 0;
  for (int64_t k = 1; k < p; ++k)
    symbol[k * k % p] = 1;
  Exact sum = Exact::ofPowers(p, std::move(symbol));
  return p % 4 == 1 ? sum : sum * Exact::rootOfUnity(4, 3);
}

std::optional<Exact> Exact::sqrt(Rational value) {
  // sqrt(a / b) = sqrt(a b) / b.
  Rational product = Rational(value.numerator()) * Rational(value.denominator());
  if (value.isTooLarge() || product.isTooLarge() || value.numerator() < 0)
    return std::nullopt;
  if (value.isZero())
    return Exact(0);
  int64_t rest = product.numerator();
  int64_t outside = 1;
  Exact root(1);
  for (int64_t p = 2; rest > 1; ++p) {
    if (p > 200)
      return std::nullopt; // an irrational root of a large prime needs a field of that degree
    for (; rest % (p * p) == 0; rest /= p * p)
      outside *= p;
    if (rest % p == 0) {
      root = root * (p == 2 ? rootOfUnity(8, 1) + rootOfUnity(8, 7) : rootOfOddPrime(p));
      rest /= p;
    }
    // What is left may be the square of a large number.
    int64_t whole = int64_t(std::llround(std::sqrt(double(rest))));
    if (whole * whole == rest) {
      outside *= whole;
      rest = 1;
    }
  }
  return root * Exact(Rational(outside, value.denominator()));
}

bool Exact::isTooLarge() const { return anyTooLarge(coefficients); }

bool Exact::isZero() const {
  return llvm::all_of(coefficients, [](Rational value) { return value.isZero(); });
}

std::optional<Rational> Exact::asRational() const {
  if (n != 1 || isTooLarge())
    return std::nullopt;
  return coefficients[0];
}

Exact Exact::conjugate(int64_t power) const {
  if (n == 1)
    return *this;
  std::vector<Rational> powers(n);
  for (auto [k, value] : llvm::enumerate(coefficients))
    powers[((int64_t(k) * power) % n + n) % n] = value;
  return Exact(n, std::move(powers));
}

double Exact::toDouble() const {
  double sum = 0;
  for (auto [k, value] : llvm::enumerate(coefficients))
    if (!value.isZero())
      sum += value.toDouble() * (k ? std::cos(2 * std::numbers::pi * double(k) / double(n)) : 1);
  return sum;
}

std::optional<uint64_t> Exact::modulo(const PrimeField &field) const {
  uint64_t zeta = field.root(n);
  uint64_t sum = 0;
  for (Rational value : llvm::reverse(coefficients)) {
    uint64_t denominator = field.fromInteger(value.denominator());
    if (denominator == 0)
      return std::nullopt;
    sum = field.multiply(sum, zeta);
    if (!value.isZero())
      sum = field.add(sum, field.multiply(field.fromInteger(value.numerator()), field.inverse(denominator)));
  }
  return sum;
}

Exact Exact::operator-() const {
  Exact result = *this;
  for (Rational &value : result.coefficients)
    value = -value;
  return result;
}

/// The inverse in general: the linear system x y = 1 in the coefficients of y, by elimination.
static std::vector<Rational> solveForOne(std::vector<std::vector<Rational>> rows) {
  size_t size = rows.size();
  for (size_t column = 0; column < size; ++column) {
    size_t pivot = column;
    while (pivot < size && rows[pivot][column].isZero())
      ++pivot;
    if (pivot == size)
      return std::vector<Rational>(size, Rational(0, 0));
    std::swap(rows[pivot], rows[column]);
    for (size_t row = 0; row < size; ++row) {
      if (row == column || rows[row][column].isZero())
        continue;
      Rational factor = rows[row][column] / rows[column][column];
      for (size_t k = column; k <= size; ++k)
        rows[row][k] = rows[row][k] - factor * rows[column][k];
    }
  }
  std::vector<Rational> solution(size);
  for (size_t k = 0; k < size; ++k)
    solution[k] = rows[k][size] / rows[k][k];
  return solution;
}

Exact Exact::inverse() const {
  if (n == 1)
    return Exact(Rational(1) / coefficients[0]);
  Exact other = conjugate();
  if (std::optional<Rational> norm = (*this * other).asRational())
    return other * Exact(Rational(1) / *norm);
  size_t degree = coefficients.size();
  if (degree > largestInverse)
    return Exact(Rational(0, 0));
  std::vector<std::vector<Rational>> rows(degree, std::vector<Rational>(degree + 1));
  for (size_t column = 0; column < degree; ++column) {
    std::vector<Rational> shifted(column);
    shifted.insert(shifted.end(), coefficients.begin(), coefficients.end());
    Exact image = Exact(n, std::move(shifted)).in(n);
    for (size_t row = 0; row < degree; ++row)
      rows[row][column] = image.coefficients[row];
  }
  rows[0][degree] = 1;
  return Exact(n, solveForOne(std::move(rows)));
}

namespace nn::symmetry {

Exact operator+(const Exact &a, const Exact &b) {
  if (a.n == 1 && b.n == 1)
    return Exact(a.coefficients[0] + b.coefficients[0]);
  int64_t m = std::lcm(a.n, b.n);
  if (m > largestField)
    return Exact(Rational(0, 0));
  Exact sum = a.in(m);
  Exact other = b.in(m);
  for (auto [value, added] : llvm::zip(sum.coefficients, other.coefficients))
    value = value + added;
  return Exact(m, std::move(sum.coefficients));
}

Exact operator*(const Exact &a, const Exact &b) {
  if (a.n == 1 && b.n == 1)
    return Exact(a.coefficients[0] * b.coefficients[0]);
  int64_t m = std::lcm(a.n, b.n);
  if (m > largestField)
    return Exact(Rational(0, 0));
  Exact left = a.in(m);
  Exact right = b.in(m);
  std::vector<Rational> product(2 * left.coefficients.size() - 1);
  for (auto [i, x] : llvm::enumerate(left.coefficients))
    for (auto [j, y] : llvm::enumerate(right.coefficients))
      if (!x.isZero() && !y.isZero())
        product[i + j] = product[i + j] + x * y;
  return Exact(m, std::move(product));
}

bool operator==(const Exact &a, const Exact &b) {
  if (a.isTooLarge() || b.isTooLarge())
    return false;
  if (a.n == b.n)
    return a.coefficients == b.coefficients;
  int64_t m = std::lcm(a.n, b.n);
  return m <= largestField && a.in(m).coefficients == b.in(m).coefficients;
}

} // namespace nn::symmetry
