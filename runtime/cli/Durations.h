/// How long the same piece of work took, again and again: what `--time` prints.
#pragma once

#include <string>
#include <vector>

namespace nnrt {

class Durations {
public:
  void add(double seconds) { all.push_back(seconds); }
  /// "a step takes 2.135 ms (median of 90; half of them between 2.101 and 2.180 ms)". The first tenth, which fills
  /// caches and touches fresh memory, is left out where there are more than one.
  std::string text(const std::string &what) const;

private:
  std::vector<double> all;
};

} // namespace nnrt
