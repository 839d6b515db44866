/// What can be plotted: numbers with labels, independent of where they come from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt::plot {

/// One line of a chart, with a name in the legend.
struct Series {
  std::string label;
  std::vector<double> x, y;
};

/// Lines over a common axis.
struct Chart {
  std::string title, xLabel, yLabel;
  std::vector<Series> series;
  bool dots = false; ///< every point is marked: there are few, and they were chosen
  bool logX = false, logY = false;
};

/// Numbers in rows from the top, or, with three channels, colours between 0 and 1.
struct Grid {
  std::string label;
  int64_t height = 0, width = 0, channels = 1;
  std::vector<double> values; ///< [channels, height, width]
  double at(int64_t row, int64_t column, int64_t channel = 0) const {
    return values[size_t((channel * height + row) * width + column)];
  }
};

/// Grids side by side. Axes count cells, unless they are given as names or spans.
struct Picture {
  std::string title, xLabel, yLabel;
  std::vector<Grid> grids;
  bool isPhoto = false; ///< one channel is a brightness, not a number to be read off
  std::vector<std::string> columnNames, rowNames;
};

/// How often values fall into bins.
struct Histogram {
  std::string title, xLabel;
  std::vector<Series> samples; ///< only `y` counts
};

/// Examples of one class on a plane.
struct Scatter {
  std::vector<double> x, y;
  std::vector<int64_t> classes;
};

/// The regions of a plane in which a classifier decides alike, rows from the top.
struct Regions {
  std::string title, xLabel, yLabel;
  double left = 0, right = 1, bottom = 0, top = 1;
  int64_t height = 0, width = 0;
  std::vector<int64_t> classes; ///< of each cell
  std::vector<std::string> classNames;
  Scatter examples;
};

std::string svg(const Chart &chart);
std::string svg(const Picture &picture);
std::string svg(const Histogram &histogram);
std::string svg(const Regions &regions);

/// The same with characters. `color`: the terminal shows 24-bit colours.
std::string text(const Chart &chart, int width);
std::string text(const Picture &picture, int width, bool color);
std::string text(const Histogram &histogram, int width);
std::string text(const Regions &regions, int width, bool color);

} // namespace nnrt::plot
