/// Between which numbers the values of an expression lie, as far as its operations say: one interval for all elements.
#ifndef NOETHER_FRONTEND_SEMA_RANGES_H
#define NOETHER_FRONTEND_SEMA_RANGES_H

#include "Frontend/Sema/Checked.h"

#include <cmath>
#include <map>

namespace nn::sema {

struct Range {
  double low = -INFINITY, high = INFINITY;
  static Range of(double value) { return {value, value}; }
};

/// Ranges of the values of one call of a function, whose inputs lie in given ranges.
class Ranges {
public:
  explicit Ranges(std::vector<Range> inputs) : inputs(std::move(inputs)) {}
  Range of(const checked::Expr *expr);

private:
  Range compute(const checked::Expr *expr);
  Range pointwise(const checked::Pointwise *op);
  Range reduce(const checked::Reduce *reduce);

  std::vector<Range> inputs;
  std::map<const checked::Expr *, Range> known;
};

} // namespace nn::sema

#endif
