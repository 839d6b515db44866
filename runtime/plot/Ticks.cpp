/// Round numbers: 1, 2 and 5 times powers of ten (Heckbert, Nice Numbers for Graph Labels, 1990).
#include "plot/Ticks.h"
#include "core/Text.h"

#include <algorithm>
#include <cmath>

namespace nnrt::plot {

/// The smallest of 1, 2, 5, 10 times a power of ten that is not below.
static double roundUp(double value) {
  double power = std::pow(10.0, std::floor(std::log10(value)));
  for (double factor : {1.0, 2.0, 5.0})
    if (factor * power >= value * (1 - 1e-9))
      return factor * power;
  return 10 * power;
}

/// A tick's number with the digits that its step needs.
static std::string tickText(double value, double step) {
  if (std::fabs(value) < step * 1e-6)
    return "0";
  double size = std::fabs(value);
  if (size >= 1e6 || size < 1e-4)
    return shortest(value);
  int digits = std::max(0, int(std::ceil(-std::log10(step) - 1e-9)));
  return format("%.*f", digits, value);
}

double Scale::place(double value) const {
  if (log)
    return (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low));
  return (value - low) / (high - low);
}

static std::vector<Tick> logTicks(const Scale &scale, int count) {
  std::vector<Tick> ticks;
  double decades = std::log10(scale.high / scale.low);
  int every = std::max(1, int(std::ceil(decades / count)));
  for (int power = int(std::floor(std::log10(scale.low))); power <= int(std::ceil(std::log10(scale.high))); ++power)
    for (double factor : {1.0, 2.0, 5.0}) {
      double value = factor * std::pow(10.0, power);
      bool wanted = factor == 1.0 ? power % every == 0 : decades <= 2;
      if (wanted && value >= scale.low * (1 - 1e-9) && value <= scale.high * (1 + 1e-9))
        ticks.push_back({value, shortest(value)});
    }
  return ticks;
}

std::vector<Tick> Scale::ticks(int count) const {
  if (log)
    return logTicks(*this, count);
  double step = roundUp((high - low) / std::max(1, count));
  std::vector<Tick> ticks;
  const double slack = 1e-9;
  double first = std::ceil(low / step - slack), last = std::floor(high / step + slack);
  for (int64_t k = 0; double(k) <= last - first; ++k)
    ticks.push_back({(first + double(k)) * step, tickText((first + double(k)) * step, step)});
  return ticks;
}

Scale scaleOf(const std::vector<double> &values, bool log, double margin) {
  Scale scale{INFINITY, -INFINITY, log};
  for (double value : values)
    if (std::isfinite(value) && (!log || value > 0)) {
      scale.low = std::min(scale.low, value);
      scale.high = std::max(scale.high, value);
    }
  if (scale.low > scale.high)
    return {log ? 0.1 : 0.0, 1.0, log};
  if (log) {
    double room = scale.low == scale.high ? 2 : std::pow(scale.high / scale.low, margin);
    return {scale.low / room, scale.high * room, true};
  }
  double room = scale.low == scale.high ? std::max(std::fabs(scale.low) * 0.1, 0.5) : margin * (scale.high - scale.low);
  return {scale.low - room, scale.high + room, false};
}

size_t Bins::binOf(double value) const {
  double bin = std::floor((value - start) / step);
  return size_t(std::clamp(bin, 0.0, double(count - 1)));
}

Bins binsOf(const std::vector<double> &values) {
  Scale scale = scaleOf(values, false, 0);
  size_t finite =
      size_t(std::count_if(values.begin(), values.end(), [](double value) { return std::isfinite(value); }));
  // Sturges' rule, between 8 and 40.
  double wanted = std::clamp(std::ceil(std::log2(double(std::max<size_t>(finite, 1)))) * 2, 8.0, 40.0);
  Bins bins;
  bins.step = roundUp((scale.high - scale.low) / wanted);
  bins.start = std::floor(scale.low / bins.step) * bins.step;
  bins.count = size_t(std::max(1.0, std::floor((scale.high - bins.start) / bins.step + 1e-9) + 1));
  return bins;
}

} // namespace nnrt::plot
