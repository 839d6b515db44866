/// What a training shows while it runs: a bar on a terminal, plain lines elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt {

/// A named number that a function reported.
struct Metric {
  std::string name;
  double value = 0;
  std::vector<double> more = {}; ///< the other numbers of a tensor

  /// All numbers, in order.
  std::vector<double> all() const;
};

/// "loss 0.3412  accuracy 0.8741".
std::string metricsText(const std::vector<Metric> &metrics);
/// Four digits behind the point, or scientific where that shows nothing.
std::string metricNumber(double value);

struct ProgressState {
  std::string label;           ///< "epoch 3/10"
  int64_t done = 0, total = 1; ///< steps of this epoch
  std::vector<Metric> metrics; ///< means so far, and what the last evaluation said
  double rate = 0;             ///< examples (or steps) a second
  std::string unit;            ///< "examples/s"
  double secondsLeft = 0;      ///< until training ends
};

/// One line no wider than `width`: label, bar, metrics, rate and time left; what does not fit is left out, the bar
/// shrinks first.
std::string progressLine(const ProgressState &state, int width);

/// Draws progress lines on standard error in place, at most ten times a second; does nothing off a terminal.
class ProgressBar {
public:
  explicit ProgressBar(bool enabled) : enabled(enabled) {}
  bool due(double time) const { return enabled && time - lastDrawn >= 0.1; }
  void draw(const ProgressState &state, double time);
  /// Removes the bar, so that a plain line can follow.
  void clear();

private:
  bool enabled;
  bool visible = false;
  double lastDrawn = 0;
};

} // namespace nnrt
