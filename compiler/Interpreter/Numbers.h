// The numbers that the interpreter computes with: doubles, doubles with a magnitude, and dual numbers over either kind
// of number, nested as deep as derivatives are. One table of scalar functions and their derivatives serves them all.
#pragma once

#include <cmath>
#include <limits>

namespace nn::interpreter {

/// a + b e with e^2 = 0: a value and its derivative along one direction.
template <class T> struct Dual {
  T value, tangent;
};

/// A value and a bound of the absolute terms that it is made of.
struct Bounded {
  double value, bound;
};

//===-- Constants and parts
//--------------------------------------------------------------------------------------------===//

template <class T> struct Numbers;
template <> struct Numbers<double> {
  static constexpr int depth = 0;
  static double of(double value) { return value; }
};
template <> struct Numbers<Bounded> {
  static constexpr int depth = 0;
  static Bounded of(double value) { return {value, std::fabs(value)}; }
};
template <class T> struct Numbers<Dual<T>> {
  static constexpr int depth = Numbers<T>::depth + 1;
  static Dual<T> of(double value) { return {Numbers<T>::of(value), Numbers<T>::of(0)}; }
};

/// The double that a number stands for.
inline double primal(double x) { return x; }
inline double primal(const Bounded &x) { return x.value; }
template <class T> double primal(const Dual<T> &x) { return primal(x.value); }

/// The same number with another primal value.
inline double withPrimal(double, double value) { return value; }
inline Bounded withPrimal(const Bounded &x, double value) { return {value, x.bound}; }
template <class T> Dual<T> withPrimal(const Dual<T> &x, double value) {
  return {withPrimal(x.value, value), x.tangent};
}

/// True if nothing of the number differs from 0.
inline bool isZero(double x) { return x == 0; }
inline bool isZero(const Bounded &x) { return x.value == 0; }
template <class T> bool isZero(const Dual<T> &x) { return isZero(x.value) && isZero(x.tangent); }

//===-- Arithmetic
//-----------------------------------------------------------------------------------------------------===//

inline Bounded operator+(const Bounded &x, const Bounded &y) { return {x.value + y.value, x.bound + y.bound}; }
inline Bounded operator-(const Bounded &x, const Bounded &y) { return {x.value - y.value, x.bound + y.bound}; }
inline Bounded operator-(const Bounded &x) { return {-x.value, x.bound}; }
inline Bounded operator*(const Bounded &x, const Bounded &y) {
  return {x.value * y.value, std::fabs(x.value) * y.bound + std::fabs(y.value) * x.bound};
}
inline Bounded operator/(const Bounded &x, const Bounded &y) {
  double quotient = x.value / y.value;
  return {quotient, (x.bound + std::fabs(quotient) * y.bound) / std::fabs(y.value)};
}

/// derivative * tangent, where a tangent of exactly 0 gives 0 whatever the derivative.
template <class T> T strictProduct(const T &derivative, const T &tangent);

template <class T> Dual<T> operator+(const Dual<T> &x, const Dual<T> &y) {
  return {x.value + y.value, x.tangent + y.tangent};
}
template <class T> Dual<T> operator-(const Dual<T> &x, const Dual<T> &y) {
  return {x.value - y.value, x.tangent - y.tangent};
}
template <class T> Dual<T> operator-(const Dual<T> &x) { return {-x.value, -x.tangent}; }
template <class T> Dual<T> operator*(const Dual<T> &x, const Dual<T> &y) {
  return {x.value * y.value, strictProduct(y.value, x.tangent) + strictProduct(x.value, y.tangent)};
}
template <class T> Dual<T> operator/(const Dual<T> &x, const Dual<T> &y) {
  T quotient = x.value / y.value;
  T change = x.tangent - strictProduct(quotient, y.tangent);
  return {quotient, isZero(change) ? change : change / y.value};
}

template <class T> T strictProduct(const T &derivative, const T &tangent) {
  return isZero(tangent) ? Numbers<T>::of(0) : derivative * tangent;
}

/// The value with given derivatives: its tangent is the sum of slope times tangent of the variable.
template <class T> T withSlopes(const T &value, llvm::ArrayRef<T>, llvm::ArrayRef<T>) { return value; }
template <class T>
Dual<T> withSlopes(const Dual<T> &value, llvm::ArrayRef<Dual<T>> variables, llvm::ArrayRef<Dual<T>> slopes) {
  llvm::SmallVector<T> at, by;
  T tangent = Numbers<T>::of(0);
  for (auto [variable, slope] : llvm::zip(variables, slopes)) {
    at.push_back(variable.value);
    by.push_back(slope.value);
    tangent = tangent + strictProduct(slope.value, variable.tangent);
  }
  return {withSlopes<T>(value.value, at, by), tangent};
}

//===-- Functions of one number
//----------------------------------------------------------------------------------------===//

enum class Unary {
  neg,
  abs,
  exp,
  exp2,
  expm1,
  log,
  log2,
  log10,
  log1p,
  sqrt,
  rsqrt,
  cbrt,
  sin,
  cos,
  tan,
  sinh,
  cosh,
  tanh,
  asin,
  acos,
  atan,
  asinh,
  acosh,
  atanh,
  erf,
  erfc,
  floor,
  ceil,
  round,
  roundeven,
  trunc
};

inline double apply(Unary function, double x) {
  switch (function) {
  case Unary::neg:
    return -x;
  case Unary::abs:
    return std::fabs(x);
  case Unary::exp:
    return std::exp(x);
  case Unary::exp2:
    return std::exp2(x);
  case Unary::expm1:
    return std::expm1(x);
  case Unary::log:
    return std::log(x);
  case Unary::log2:
    return std::log2(x);
  case Unary::log10:
    return std::log10(x);
  case Unary::log1p:
    return std::log1p(x);
  case Unary::sqrt:
    return std::sqrt(x);
  case Unary::rsqrt:
    return 1 / std::sqrt(x);
  case Unary::cbrt:
    return std::cbrt(x);
  case Unary::sin:
    return std::sin(x);
  case Unary::cos:
    return std::cos(x);
  case Unary::tan:
    return std::tan(x);
  case Unary::sinh:
    return std::sinh(x);
  case Unary::cosh:
    return std::cosh(x);
  case Unary::tanh:
    return std::tanh(x);
  case Unary::asin:
    return std::asin(x);
  case Unary::acos:
    return std::acos(x);
  case Unary::atan:
    return std::atan(x);
  case Unary::asinh:
    return std::asinh(x);
  case Unary::acosh:
    return std::acosh(x);
  case Unary::atanh:
    return std::atanh(x);
  case Unary::erf:
    return std::erf(x);
  case Unary::erfc:
    return std::erfc(x);
  case Unary::floor:
    return std::floor(x);
  case Unary::ceil:
    return std::ceil(x);
  case Unary::round:
    return std::round(x);
  case Unary::roundeven:
    return std::nearbyint(x);
  case Unary::trunc:
    return std::trunc(x);
  }
  return x;
}

template <class T> Dual<T> apply(Unary function, const Dual<T> &x);
Bounded apply(Unary function, const Bounded &x);

/// The derivative of `function` at x, given f = function(x). At a kink of abs it is 0.
template <class T> T derivative(Unary function, const T &x, const T &f) {
  auto c = [](double value) { return Numbers<T>::of(value); };
  constexpr double ln2 = 0.693147180559945309417, ln10 = 2.302585092994045684018,
                   twoOverRootPi = 1.128379167095512573896;
  switch (function) {
  case Unary::neg:
    return c(-1);
  case Unary::abs:
    return c(primal(x) > 0 ? 1 : primal(x) < 0 ? -1 : 0);
  case Unary::exp:
    return f;
  case Unary::exp2:
    return c(ln2) * f;
  case Unary::expm1:
    return f + c(1);
  case Unary::log:
    return c(1) / x;
  case Unary::log2:
    return c(1 / ln2) / x;
  case Unary::log10:
    return c(1 / ln10) / x;
  case Unary::log1p:
    return c(1) / (c(1) + x);
  case Unary::sqrt:
    return c(0.5) / f;
  case Unary::rsqrt:
    return c(-0.5) * f / x;
  case Unary::cbrt:
    return c(1) / (c(3) * f * f);
  case Unary::sin:
    return apply(Unary::cos, x);
  case Unary::cos:
    return -apply(Unary::sin, x);
  case Unary::tan:
    return c(1) + f * f;
  case Unary::sinh:
    return apply(Unary::cosh, x);
  case Unary::cosh:
    return apply(Unary::sinh, x);
  case Unary::tanh:
    return c(1) - f * f;
  case Unary::asin:
    return apply(Unary::rsqrt, c(1) - x * x);
  case Unary::acos:
    return -apply(Unary::rsqrt, c(1) - x * x);
  case Unary::atan:
    return c(1) / (c(1) + x * x);
  case Unary::asinh:
    return apply(Unary::rsqrt, x * x + c(1));
  case Unary::acosh:
    return apply(Unary::rsqrt, x * x - c(1));
  case Unary::atanh:
    return c(1) / (c(1) - x * x);
  case Unary::erf:
    return c(twoOverRootPi) * apply(Unary::exp, -(x * x));
  case Unary::erfc:
    return c(-twoOverRootPi) * apply(Unary::exp, -(x * x));
  case Unary::floor:
  case Unary::ceil:
  case Unary::round:
  case Unary::roundeven:
  case Unary::trunc:
    return c(0);
  }
  return c(0);
}

template <class T> Dual<T> apply(Unary function, const Dual<T> &x) {
  T f = apply(function, x.value);
  if (isZero(x.tangent))
    return {f, x.tangent};
  return {f, strictProduct(derivative(function, x.value, f), x.tangent)};
}

inline Bounded apply(Unary function, const Bounded &x) {
  double f = apply(function, x.value);
  double slope = x.bound == 0 ? 0 : std::fabs(derivative(function, x.value, f)) * x.bound;
  return {f, function == Unary::neg || function == Unary::abs ? x.bound : std::fabs(f) + slope};
}

//===-- Functions of two numbers
//---------------------------------------------------------------------------------------===//

enum class Binary {
  add,
  sub,
  mul,
  div,
  rem,
  pow,
  atan2,
  copysign,
  maximum,
  minimum,
  maxnum,
  minnum,
  /// With a constant on the right: a tie leaves it all, so that the derivative of max(x, 0) at 0 is 0.
  maximumConstant,
  minimumConstant,
  maxnumConstant,
  minnumConstant
};

inline double apply(Binary function, double x, double y) {
  switch (function) {
  case Binary::add:
    return x + y;
  case Binary::sub:
    return x - y;
  case Binary::mul:
    return x * y;
  case Binary::div:
    return x / y;
  case Binary::rem:
    return std::fmod(x, y);
  case Binary::pow:
    return std::pow(x, y);
  case Binary::atan2:
    return std::atan2(x, y);
  case Binary::copysign:
    return std::copysign(x, y);
  case Binary::maximum:
  case Binary::maximumConstant:
    return std::isnan(x) || std::isnan(y) ? std::numeric_limits<double>::quiet_NaN() : std::fmax(x, y);
  case Binary::minimum:
  case Binary::minimumConstant:
    return std::isnan(x) || std::isnan(y) ? std::numeric_limits<double>::quiet_NaN() : std::fmin(x, y);
  case Binary::maxnum:
  case Binary::maxnumConstant:
    return std::fmax(x, y);
  case Binary::minnum:
  case Binary::minnumConstant:
    return std::fmin(x, y);
  }
  return x;
}

template <class T> Dual<T> apply(Binary function, const Dual<T> &x, const Dual<T> &y);
Bounded apply(Binary function, const Bounded &x, const Bounded &y);

template <class T> struct Partials {
  T x, y;
};

/// Both partial derivatives of `function` at (x, y), given f = function(x, y). Ties of max and min split equally, but a
/// constant leaves nothing to a variable that equals it.
template <class T> Partials<T> partials(Binary function, const T &x, const T &y, const T &f) {
  auto c = [](double value) { return Numbers<T>::of(value); };
  double left = primal(x), right = primal(y);
  switch (function) {
  case Binary::add:
    return {c(1), c(1)};
  case Binary::sub:
    return {c(1), c(-1)};
  case Binary::mul:
    return {y, x};
  case Binary::div:
    return {c(1) / y, -(f / y)};
  case Binary::rem:
    return {c(1), c(-std::trunc(left / right))};
  case Binary::pow:
    return {isZero(y) ? c(0) : y * apply(Binary::pow, x, y - c(1)), left == 0 ? c(0) : f * apply(Unary::log, x)};
  case Binary::atan2: {
    T square = x * x + y * y;
    return {y / square, -(x / square)};
  }
  case Binary::copysign:
    return {c(std::signbit(left) == std::signbit(right) ? 1 : -1), c(0)};
  case Binary::maximum:
  case Binary::maxnum: {
    double share = left > right || std::isnan(right) ? 1 : left == right ? 0.5 : 0;
    return {c(share), c(1 - share)};
  }
  case Binary::minimum:
  case Binary::minnum: {
    double share = left < right || std::isnan(right) ? 1 : left == right ? 0.5 : 0;
    return {c(share), c(1 - share)};
  }
  case Binary::maximumConstant:
  case Binary::maxnumConstant:
    return {c(left > right), c(0)};
  case Binary::minimumConstant:
  case Binary::minnumConstant:
    return {c(left < right), c(0)};
  }
  return {c(0), c(0)};
}

template <class T> Dual<T> apply(Binary function, const Dual<T> &x, const Dual<T> &y) {
  switch (function) {
  case Binary::add:
    return x + y;
  case Binary::sub:
    return x - y;
  case Binary::mul:
    return x * y;
  case Binary::div:
    return x / y;
  default:
    break;
  }
  T f = apply(function, x.value, y.value);
  if (isZero(x.tangent) && isZero(y.tangent))
    return {f, x.tangent};
  Partials<T> p = partials(function, x.value, y.value, f);
  return {f, strictProduct(p.x, x.tangent) + strictProduct(p.y, y.tangent)};
}

inline Bounded apply(Binary function, const Bounded &x, const Bounded &y) {
  switch (function) {
  case Binary::add:
    return x + y;
  case Binary::sub:
    return x - y;
  case Binary::mul:
    return x * y;
  case Binary::div:
    return x / y;
  default:
    break;
  }
  double f = apply(function, x.value, y.value);
  Partials<double> p = partials(function, x.value, y.value, f);
  double slopes = (x.bound == 0 ? 0 : std::fabs(p.x) * x.bound) + (y.bound == 0 ? 0 : std::fabs(p.y) * y.bound);
  bool picks = function >= Binary::maximum;
  return {f, picks ? std::fmax(x.bound, y.bound) : std::fabs(f) + slopes};
}

} // namespace nn::interpreter
