#include "cli/Durations.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

std::string milliseconds(double seconds) {
  double value = seconds * 1e3;
  int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : value >= 1 ? 3 : value >= 0.1 ? 4 : 5;
  return format("%.*f", decimals, value);
}

/// In ascending order, without the first tenth.
static std::vector<double> steadyOf(const std::vector<double> &seconds) {
  std::vector<double> sorted(seconds.begin() + long(seconds.size() > 1 ? (seconds.size() + 9) / 10 : 0), seconds.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

double typicalOf(const std::vector<double> &seconds) {
  std::vector<double> sorted = steadyOf(seconds);
  return sorted.empty() ? 0 : sorted[(sorted.size() - 1) / 2];
}

std::string Durations::text(const std::string &what) const {
  std::vector<double> sorted = steadyOf(all);
  auto quantile = [&](size_t quarters) { return milliseconds(sorted[(sorted.size() - 1) * quarters / 4]); };
  return format("a %s takes %s ms (median of %lld; half of them between %s and %s ms)", what.c_str(),
                quantile(2).c_str(), static_cast<long long>(sorted.size()), quantile(1).c_str(), quantile(3).c_str());
}

} // namespace nnrt
