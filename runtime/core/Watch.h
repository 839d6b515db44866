/// Who looks on while kernels run, and one who looks for the first number that is none.
#pragma once

#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// What a tensor holds.
struct Contents {
  double least = 0, most = 0; ///< of the finite numbers
  int64_t finite = 0, nans = 0, infinities = 0;
};
Contents contentsOf(const void *elements, int64_t dtype, int64_t count);
/// "-3.2 to 88", "0 to 1, 3 of them nan".
std::string contentsText(const Contents &contents);

/// Sees every launch of a function.
class LaunchWatch {
public:
  /// `site` may be null.
  virtual void before(const nn_site *site, void *const *buffers) = 0;
  virtual void after(const nn_site *site, void *const *buffers) = 0;

protected:
  ~LaunchWatch() = default;
};

/// What a training that failed is run again with: it scans what a kernel reads beforehand and what it wrote afterwards.
class NumberWatch final : public LaunchWatch {
public:
  /// A tensor that holds NaN or infinity although nothing that it was computed from does.
  struct Finding {
    const nn_site *site = nullptr;
    int64_t operand = 0;
    Contents contents;
    std::vector<Contents> read; ///< of all operands, before
  };

  void before(const nn_site *site, void *const *buffers) override;
  void after(const nn_site *site, void *const *buffers) override;

  Finding firstNan, firstInfinity; ///< without a site: there was none

private:
  std::vector<Contents> read;
};

} // namespace nnrt
