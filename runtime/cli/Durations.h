/// How long the same piece of work took, again and again: what `--time` prints.
#pragma once

#include <string>
#include <vector>

namespace nnrt {

/// Milliseconds with four significant digits.
std::string milliseconds(double seconds);
/// The median without the first tenth, which fills caches and touches fresh memory, where there are more than one.
double typicalOf(const std::vector<double> &seconds);

class Durations {
public:
  void add(double seconds) { all.push_back(seconds); }
  /// "a step takes 2.135 ms (median of 90; half of them between 2.101 and 2.180 ms)". The first tenth
  /// is left out, as in `typicalOf`.
  std::string text(const std::string &what) const;
  double typical() const { return typicalOf(all); }

private:
  std::vector<double> all;
};

} // namespace nnrt
