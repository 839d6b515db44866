/// Lines: the palette of Okabe and Ito, which everyone can tell apart. Numbers: viridis (van der Walt and Smith, 2015).
#include "plot/Colors.h"
#include "core/Text.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nnrt::plot {

static const Color lines[] = {{0, 114, 178},  {213, 94, 0},   {0, 158, 115}, {204, 121, 167}, {230, 159, 0},
                              {86, 180, 233}, {120, 94, 240}, {140, 86, 75}, {90, 90, 90},    {188, 189, 34}};

static const Color viridis[] = {{68, 1, 84},    {72, 36, 117},  {65, 68, 135},  {53, 95, 141},
                                {42, 120, 142}, {33, 145, 140}, {34, 168, 132}, {68, 191, 112},
                                {122, 209, 81}, {189, 223, 38}, {253, 231, 37}};

std::string Color::hex() const { return format("#%02x%02x%02x", red, green, blue); }

Color lineColor(size_t k) { return lines[k % std::size(lines)]; }

static uint8_t mix(double from, double to, double part) { return uint8_t(std::lround(from + (to - from) * part)); }

Color areaColor(size_t k) {
  Color color = lineColor(k);
  return {mix(color.red, 255, 0.6), mix(color.green, 255, 0.6), mix(color.blue, 255, 0.6)};
}

Color shade(double place) {
  if (!(place >= 0)) // also what is no number
    place = 0;
  double position = std::min(place, 1.0) * double(std::size(viridis) - 1);
  size_t k = std::min(size_t(position), std::size(viridis) - 2);
  const Color &a = viridis[k], &b = viridis[k + 1];
  double part = position - double(k);
  return {mix(a.red, b.red, part), mix(a.green, b.green, part), mix(a.blue, b.blue, part)};
}

Color grey(double place) {
  uint8_t level = uint8_t(std::lround(255 * std::clamp(std::isnan(place) ? 0.0 : place, 0.0, 1.0)));
  return {level, level, level};
}

} // namespace nnrt::plot
