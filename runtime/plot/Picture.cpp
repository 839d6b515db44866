/// Grids of numbers as colours, and photos.
#include "io/Png.h"
#include "plot/Figure.h"
#include "plot/Svg.h"

#include <algorithm>
#include <cmath>

namespace nnrt::plot {

/// The range of all numbers of a picture, without room.
Scale rangeOf(const Picture &picture) {
  std::vector<double> values;
  for (const Grid &grid : picture.grids)
    values.insert(values.end(), grid.values.begin(), grid.values.end());
  Scale range = scaleOf(values, false, 0);
  bool unit = picture.isPhoto && range.low >= 0 && range.high <= 1;
  return unit ? Scale{0, 1, false} : range;
}

Color colorAt(const Picture &picture, const Grid &grid, const Scale &range, int64_t row, int64_t column) {
  auto level = [&](int64_t channel) { return range.place(grid.at(row, column, channel)); };
  if (grid.channels == 3)
    return {grey(level(0)).red, grey(level(1)).red, grey(level(2)).red};
  return picture.isPhoto ? grey(level(0)) : shade(level(0));
}

static std::string pngOf(const Picture &picture, const Grid &grid, const Scale &range) {
  std::string pixels;
  for (int64_t row = 0; row < grid.height; ++row)
    for (int64_t column = 0; column < grid.width; ++column) {
      Color color = colorAt(picture, grid, range, row, column);
      pixels += {char(color.red), char(color.green), char(color.blue)};
    }
  return encodePng(pixels, grid.height, grid.width, 3);
}

/// Cells are numbered at their middles, or named.
static void cellAxes(Svg &out, const Box &box, const Picture &picture, const Grid &grid) {
  auto names = [&](const std::vector<std::string> &given, int64_t cells, auto write) {
    int64_t every = std::max<int64_t>(1, int64_t(given.size()) / 12);
    for (int64_t k = 0; k < cells && k < int64_t(given.size()); k += every)
      write((double(k) + 0.5) / double(cells), given[size_t(k)]);
  };
  double floor = box.y + box.height;
  auto below = [&](double place, const std::string &text) {
    out.text(box.x + place * box.width, floor + 15, text, Anchor::Middle, 11);
  };
  auto beside = [&](double place, const std::string &text) {
    out.text(box.x - 6, box.y + place * box.height + 4, text, Anchor::End, 11);
  };
  auto numbers = [](int64_t cells, int count, auto write) {
    for (const Tick &tick : Scale{0, double(cells - 1), false}.ticks(count))
      if (tick.value == std::floor(tick.value))
        write((tick.value + 0.5) / double(cells), tick.text);
  };
  names(picture.columnNames, grid.width, below);
  names(picture.rowNames, grid.height, beside);
  if (picture.columnNames.empty() && grid.width > 1)
    numbers(grid.width, int(box.width / 60), below);
  if (picture.rowNames.empty() && grid.height > 1)
    numbers(grid.height, int(box.height / 40), beside);
}

/// The colours of the numbers, beside the picture.
static void colorBar(Svg &out, const Box &box, const Scale &range) {
  const int steps = 64;
  for (int k = 0; k < steps; ++k)
    out.rectangle({box.x, box.y + box.height * (1 - double(k + 1) / steps), box.width, box.height / steps + 0.5},
                  shade((k + 0.5) / steps).hex());
  out.rectangle(box, "none", "#333333");
  for (const Tick &tick : range.ticks(5)) {
    double at = up(box, range, tick.value);
    out.line(box.x + box.width, at, box.x + box.width + 4, at, "#333333");
    out.text(box.x + box.width + 7, at + 4, tick.text, Anchor::Start, 11);
  }
}

std::string svg(const Picture &picture) {
  size_t count = picture.grids.size();
  size_t columns = count <= 3 ? count : size_t(std::ceil(std::sqrt(double(count))));
  size_t rows = (count + columns - 1) / columns;
  double cell = count == 1 ? 360 : count <= 4 ? 220 : 130;
  bool axes = count <= 4 && !picture.isPhoto, bar = !picture.isPhoto && picture.grids[0].channels == 1;
  double left = axes ? 56 : 14, below = axes ? 24 : 6, above = count > 1 ? 18 : 0;
  double across = left + cell + 10, down = above + cell + below + 8;
  double width = across * double(columns) + (bar ? 84 : 10);
  Svg out(std::max(width, widthOf(picture.title, 14) + 40), 40 + down * double(rows) + 24);
  out.title(picture.title);
  Scale range = rangeOf(picture);
  for (size_t k = 0; k < count; ++k) {
    const Grid &grid = picture.grids[k];
    double scale = cell / double(std::max(grid.height, grid.width));
    // Cells are squares, unless that leaves a strip.
    double high = std::max(double(grid.height) * scale, cell / 4),
           wide = std::max(double(grid.width) * scale, cell / 4);
    Box box{left + across * double(k % columns), 40 + above + down * double(k / columns), wide, high};
    out.image(box, pngOf(picture, grid, range));
    out.rectangle(box, "none", "#333333");
    if (count > 1)
      out.text(box.x + wide / 2, box.y - 5, grid.label, Anchor::Middle, 11);
    if (axes)
      cellAxes(out, box, picture, grid);
  }
  if (!picture.xLabel.empty())
    out.text(left + cell / 2, out.height - 12, picture.xLabel, Anchor::Middle);
  if (!picture.yLabel.empty())
    out.turnedText(14, 40 + above + cell / 2, picture.yLabel);
  if (bar)
    colorBar(out, {across * double(columns) + 4, 40 + above, 14, cell}, range);
  return out.finish();
}

} // namespace nnrt::plot
