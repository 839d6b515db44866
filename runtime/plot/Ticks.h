/// Where an axis is labelled, and how.
#pragma once

#include <string>
#include <vector>

namespace nnrt::plot {

struct Tick {
  double value;
  std::string text;
};

/// A range of numbers, and where a number lies in it.
struct Scale {
  double low = 0, high = 1;
  bool log = false;

  /// 0 at the low end, 1 at the high one.
  double place(double value) const;
  /// About `count` ticks at round numbers inside the range.
  std::vector<Tick> ticks(int count) const;
};

/// The range of the numbers, made a little wider; equal numbers get room around them, and what is not finite does not
/// count. A logarithmic scale takes the positive ones.
Scale scaleOf(const std::vector<double> &values, bool log = false, double margin = 0.04);

/// Bins of equal width with round borders.
struct Bins {
  double start = 0, step = 1;
  size_t count = 1;
  size_t binOf(double value) const;
};
Bins binsOf(const std::vector<double> &values);

} // namespace nnrt::plot
