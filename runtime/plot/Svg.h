/// Pieces of SVG: shapes, texts, and the frame of a plot with its axes.
#pragma once

#include "plot/Colors.h"
#include "plot/Ticks.h"

#include <string>
#include <vector>

namespace nnrt::plot {

/// A box in pixels.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};

enum class Anchor { Start, Middle, End };

/// Collects the elements of one drawing.
class Svg {
public:
  Svg(double width, double height) : width(width), height(height) {}

  void line(double x0, double y0, double x1, double y1, const std::string &color, double thickness = 1);
  void rectangle(const Box &box, const std::string &fill, const std::string &border = "none");
  void circle(double x, double y, double radius, const std::string &fill, const std::string &border = "none");
  /// Points joined by lines; a point that is not finite breaks the line.
  void path(const std::vector<double> &xs, const std::vector<double> &ys, const std::string &color);
  void text(double x, double y, const std::string &text, Anchor anchor = Anchor::Start, double size = 12,
            bool bold = false);
  /// Reads upwards.
  void turnedText(double x, double y, const std::string &text);
  /// A picture of the given pixels, drawn without smoothing.
  void image(const Box &box, const std::string &png);

  /// The axes around a box with ticks and labels, grid lines inside.
  void frame(const Box &box, const Scale &x, const Scale &y, const std::string &xLabel, const std::string &yLabel,
             bool grid = true);
  /// A title over the drawing.
  void title(const std::string &text);
  /// Names with their colours, from the top left corner on.
  void legend(double x, double y, const std::vector<std::string> &names, const std::vector<std::string> &colors);

  std::string finish() const;

  const double width, height;

private:
  std::string body;
};

/// Where a value of a scale lies in a box.
inline double across(const Box &box, const Scale &scale, double value) {
  return box.x + box.width * scale.place(value);
}
inline double up(const Box &box, const Scale &scale, double value) {
  return box.y + box.height * (1 - scale.place(value));
}

/// The width of a text in pixels, roughly.
double widthOf(const std::string &text, double size = 12);

} // namespace nnrt::plot
