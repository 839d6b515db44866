#include "cli/Durations.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

/// Milliseconds with four significant digits.
static std::string milliseconds(double seconds) {
  double value = seconds * 1e3;
  int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : value >= 1 ? 3 : value >= 0.1 ? 4 : 5;
  return format("%.*f", decimals, value);
}

std::string Durations::text(const std::string &what) const {
  std::vector<double> sorted(all.begin() + long(all.size() > 1 ? (all.size() + 9) / 10 : 0), all.end());
  std::sort(sorted.begin(), sorted.end());
  auto quantile = [&](size_t quarters) { return milliseconds(sorted[(sorted.size() - 1) * quarters / 4]); };
  return format("a %s takes %s ms (median of %lld; half of them between %s and %s ms)", what.c_str(),
                quantile(2).c_str(), static_cast<long long>(sorted.size()), quantile(1).c_str(), quantile(3).c_str());
}

} // namespace nnrt
