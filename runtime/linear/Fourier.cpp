/// Fourier transforms: mixed radices (J. Cooley, J. Tukey, An algorithm for the machine calculation of complex Fourier
/// series, 1965); a length with a large prime factor as a convolution (L. Bluestein, A linear filtering approach to the
/// computation of the discrete Fourier transform, 1970).
#include "linear/Slices.h"

using namespace nnrt;

namespace {

struct Complex {
  double re, im;
};
Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(Complex a, Complex b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }

/// exp(2 pi i sign k / n), exact in the quarters.
Complex root(int64_t k, int64_t n, double sign) {
  constexpr double turn = 6.283185307179586476925286766559;
  k %= n;
  // Within an eighth of a turn of an axis, the angle is small and its sine and cosine are best.
  int64_t quarter = (8 * k / n + 1) / 2 % 4;
  double angle = turn * (double(k) / double(n) - 0.25 * double((8 * k / n + 1) / 2));
  double c = std::cos(angle), s = std::sin(angle);
  Complex turned = quarter == 0   ? Complex{c, s}
                   : quarter == 1 ? Complex{-s, c}
                   : quarter == 2 ? Complex{-c, -s}
                                  : Complex{s, -c};
  return {turned.re, sign * turned.im};
}

/// Transforms of one length without large prime factors.
class Plan {
public:
  /// `twiddles` holds n numbers, `terms` as many as the largest prime factor.
  Plan(int64_t n, double sign, Complex *twiddles, Complex *terms) : n(n), twiddles(twiddles), terms(terms), sign(sign) {
    for (int64_t k = 0; k < n; ++k)
      twiddles[k] = root(k, n, sign);
    int64_t left = n;
    while (left % 4 == 0)
      factors[depth++] = 4, left /= 4;
    for (int64_t p = 2; left > 1; ++p)
      for (; left % p == 0; left /= p)
        factors[depth++] = p;
  }
  void run(const Complex *in, Complex *out) const {
    if (n == 1)
      out[0] = in[0];
    else
      transform(in, out, n, 1, 0);
  }

private:
  void transform(const Complex *in, Complex *out, int64_t length, int64_t stride, int level) const;
  void combine2(Complex *out, int64_t m, int64_t stride) const;
  void combine4(Complex *out, int64_t m, int64_t stride) const;
  void combine(Complex *out, int64_t p, int64_t m, int64_t stride) const;

  int64_t n;
  Complex *twiddles, *terms;
  double sign;
  int64_t factors[64];
  int depth = 0;
};

} // namespace

/// The transform of every `stride`-th number: p transforms of every p-th of them, then butterflies.
void Plan::transform(const Complex *in, Complex *out, int64_t length, int64_t stride, int level) const {
  int64_t p = factors[level], m = length / p;
  for (int64_t k = 0; k < p; ++k) {
    if (m == 1)
      out[k] = in[k * stride];
    else
      transform(in + k * stride, out + k * m, m, stride * p, level + 1);
  }
  if (p == 2)
    combine2(out, m, stride);
  else if (p == 4)
    combine4(out, m, stride);
  else
    combine(out, p, m, stride);
}

void Plan::combine2(Complex *out, int64_t m, int64_t stride) const {
  for (int64_t j = 0; j < m; ++j) {
    Complex a = out[j], b = out[j + m] * twiddles[j * stride];
    out[j] = a + b;
    out[j + m] = a - b;
  }
}

void Plan::combine4(Complex *out, int64_t m, int64_t stride) const {
  for (int64_t j = 0; j < m; ++j) {
    Complex a = out[j], b = out[j + m] * twiddles[j * stride], c = out[j + 2 * m] * twiddles[2 * j * stride],
            d = out[j + 3 * m] * twiddles[3 * j * stride];
    Complex even = a + c, odd = a - c, sum = b + d, difference = b - d;
    Complex turned = {-sign * difference.im, sign * difference.re};
    out[j] = even + sum;
    out[j + m] = odd + turned;
    out[j + 2 * m] = even - sum;
    out[j + 3 * m] = odd - turned;
  }
}

void Plan::combine(Complex *out, int64_t p, int64_t m, int64_t stride) const {
  for (int64_t j = 0; j < m; ++j) {
    for (int64_t k = 0; k < p; ++k)
      terms[k] = out[j + k * m];
    for (int64_t q = 0; q < p; ++q) {
      int64_t step = (j + q * m) * stride % n, at = 0;
      Complex sum = terms[0];
      for (int64_t k = 1; k < p; ++k) {
        at += step;
        at -= at >= n ? n : 0;
        sum = sum + terms[k] * twiddles[at];
      }
      out[j + q * m] = sum;
    }
  }
}

namespace {

/// Transforms of any length, as a convolution with a chirp: j k = (j^2 + k^2 - (k - j)^2) / 2.
class Chirp {
public:
  Chirp(int64_t n, double sign, Complex *space)
      : n(n), padded(nnrt_fft_padded(n)), chirp(space), filter(chirp + n), a(filter + padded), b(a + padded),
        plan(padded, -1, b + padded, nullptr) {
    // k^2 modulo 2 n, without an overflow.
    for (int64_t k = 0, square = 0; k < n; square = (square + 2 * k + 1) % (2 * n), ++k)
      chirp[k] = root(square, 2 * n, sign);
    for (int64_t k = 0; k < padded; ++k)
      a[k] = {0, 0};
    for (int64_t k = 0; k < n; ++k)
      a[k] = a[(padded - k) % padded] = {chirp[k].re, -chirp[k].im};
    plan.run(a, filter);
  }
  void run(const Complex *in, Complex *out) {
    for (int64_t k = 0; k < padded; ++k)
      a[k] = k < n ? in[k] * chirp[k] : Complex{0, 0};
    plan.run(a, b);
    // The inverse transform of a product is the conjugate of the transform of its conjugate.
    for (int64_t k = 0; k < padded; ++k) {
      Complex product = b[k] * filter[k];
      a[k] = {product.re, -product.im};
    }
    plan.run(a, b);
    for (int64_t k = 0; k < n; ++k)
      out[k] = Complex{b[k].re / double(padded), -b[k].im / double(padded)} * chirp[k];
  }

private:
  int64_t n, padded;
  Complex *chirp, *filter, *a, *b;
  Plan plan;
};

template <class Transform>
void forSlices(const nn_routine &routine, void *const *buffers, int64_t begin, int64_t end, Complex *in, Complex *out,
               Transform &transform) {
  for (int64_t slice = begin; slice < end; ++slice) {
    load(routine, buffers[0], slice, 2 * routine.rows, &in->re);
    transform.run(in, out);
    store(routine, buffers[1], slice, 2 * routine.rows, &out->re);
  }
}

void transform(const nn_routine &routine, void *const *buffers, int64_t begin, int64_t end, void *workspace,
               double sign) {
  auto *space = static_cast<Complex *>(workspace);
  int64_t n = routine.rows;
  if (nnrt_largest_prime(n) <= NNRT_FFT_LARGEST_PRIME) {
    Plan plan(n, sign, space, space + 3 * n);
    forSlices(routine, buffers, begin, end, space + n, space + 2 * n, plan);
  } else {
    Chirp chirp(n, sign, space + 2 * n);
    forSlices(routine, buffers, begin, end, space, space + n, chirp);
  }
}

} // namespace

extern "C" void nnrt_fft(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end, void *workspace) {
  transform(*routine, buffers, begin, end, workspace, -1);
}

extern "C" void nnrt_fft_inverse(const nn_routine *routine, void *const *buffers, int64_t begin, int64_t end,
                                 void *workspace) {
  transform(*routine, buffers, begin, end, workspace, 1);
}
