/// Colours: of lines and classes, and of numbers.
#pragma once

#include <cstdint>
#include <string>

namespace nnrt::plot {

struct Color {
  uint8_t red = 0, green = 0, blue = 0;
  /// "#0072b2".
  std::string hex() const;
};

/// The colour of the k-th line or class.
Color lineColor(size_t k);
/// A pale version, for areas.
Color areaColor(size_t k);
/// A number between 0 and 1 as a colour whose brightness grows evenly.
Color shade(double place);
/// The same in grey.
Color grey(double place);

} // namespace nnrt::plot
