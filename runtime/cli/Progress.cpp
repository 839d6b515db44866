/// Layout of progress lines.
#include "cli/Progress.h"
#include "core/System.h"
#include "core/Text.h"

#include <algorithm>
#include <cmath>

namespace nnrt {

std::string metricNumber(double value) {
  double size = std::fabs(value);
  return size != 0 && (size < 1e-3 || size >= 1e6) ? format("%.3e", value) : format("%.4f", value);
}

std::vector<double> Metric::all() const {
  std::vector<double> numbers{value};
  numbers.insert(numbers.end(), more.begin(), more.end());
  return numbers;
}

std::string metricsText(const std::vector<Metric> &metrics) {
  const size_t shown = 3;
  std::string text;
  for (const Metric &metric : metrics) {
    text += (text.empty() ? "" : "  ") + metric.name + " " + metricNumber(metric.value);
    for (size_t k = 0; k < metric.more.size() && k + 1 < shown; ++k)
      text += ", " + metricNumber(metric.more[k]);
    if (metric.more.size() >= shown)
      text += format(", .. (%zu)", metric.more.size() + 1);
  }
  return text;
}

std::string progressLine(const ProgressState &state, int width) {
  const int widest = 28, narrowest = 8;
  double share = state.total > 0 ? std::clamp(double(state.done) / double(state.total), 0.0, 1.0) : 0;
  std::string percent = format(" %3d%%", int(share * 100));
  std::string tail;
  std::vector<std::string> parts = {metricsText(state.metrics)};
  if (state.rate > 0)
    parts.push_back(withThousands(llround(state.rate)) + " " + state.unit);
  if (state.rate > 0)
    parts.push_back(humanSeconds(state.secondsLeft) + " left");
  int room = width - 1 - int(state.label.size()) - int(percent.size()) - 3;
  for (const std::string &part : parts)
    if (!part.empty() && int(tail.size() + part.size()) + 2 + narrowest <= room)
      tail += "  " + part;
  int bar = std::min(widest, room - int(tail.size()));
  std::string line = state.label;
  if (bar >= narrowest) {
    int full = int(lround(share * bar));
    line += " [" + std::string(size_t(full), '=') + std::string(size_t(bar - full), ' ') + "]" + percent + tail;
  } else {
    line += percent;
  }
  return line.substr(0, size_t(std::max(width - 1, 0)));
}

void ProgressBar::draw(const ProgressState &state, double time) {
  if (!enabled)
    return;
  lastDrawn = time;
  visible = true;
  writeError("\r" + progressLine(state, terminalWidth()) + "\x1b[K");
}

void ProgressBar::clear() {
  if (visible)
    writeError("\r\x1b[K");
  visible = false;
}

} // namespace nnrt
