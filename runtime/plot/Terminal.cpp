/// Plots with characters, for terminals and logs.
#include "core/Text.h"
#include "plot/Colors.h"
#include "plot/Figure.h"
#include "plot/Ticks.h"

#include <algorithm>
#include <cmath>

namespace nnrt::plot {

// What the drawings share with their pictures.
Scale rangeOf(const Picture &picture);
Color colorAt(const Picture &picture, const Grid &grid, const Scale &range, int64_t row, int64_t column);
std::vector<double> countsIn(const Bins &bins, const std::vector<double> &values);
Bins binsOf(const Histogram &histogram);

static const char *const marks[] = {"•", "+", "×", "o", "*", "#", "%", "@"};
static const size_t markCount = sizeof marks / sizeof marks[0];

// ---- lines

std::string text(const Chart &chart, int width) {
  const int height = 12;
  int columns = std::clamp(width - 14, 20, 64);
  std::vector<double> allX, allY;
  for (const Series &series : chart.series) {
    allX.insert(allX.end(), series.x.begin(), series.x.end());
    allY.insert(allY.end(), series.y.begin(), series.y.end());
  }
  Scale x = scaleOf(allX, chart.logX, 0), y = scaleOf(allY, chart.logY, 0);
  std::vector<std::string> cells(size_t(columns * height), " ");
  auto mark = [&](double px, double py, size_t k) {
    if (!std::isfinite(px) || !std::isfinite(py))
      return;
    int column = std::clamp(int(std::lround(px * (columns - 1))), 0, columns - 1);
    int row = std::clamp(int(std::lround((1 - py) * (height - 1))), 0, height - 1);
    cells[size_t(row * columns + column)] = marks[k % markCount];
  };
  for (size_t k = chart.series.size(); k-- > 0;) {
    const Series &series = chart.series[k];
    for (size_t i = 0; i < series.x.size(); ++i) {
      double px = x.place(series.x[i]), py = y.place(series.y[i]);
      mark(px, py, k);
      if (i == 0)
        continue;
      // Between two points, a mark a column.
      double qx = x.place(series.x[i - 1]), qy = y.place(series.y[i - 1]);
      int steps = std::min(int(std::fabs(px - qx) * columns), columns);
      for (int s = 1; s < steps; ++s)
        mark(qx + (px - qx) * s / steps, qy + (py - qy) * s / steps, k);
    }
  }
  std::string out;
  for (int row = 0; row < height; ++row) {
    bool labelled = row == 0 || row == height - 1;
    out += format("%10s ", labelled ? format("%.4g", row == 0 ? y.high : y.low).c_str() : "") + (labelled ? "┤" : "│");
    for (int column = 0; column < columns; ++column)
      out += cells[size_t(row * columns + column)];
    out.erase(out.find_last_not_of(' ') + 1);
    out += "\n";
  }
  out += std::string(11, ' ') + "└";
  for (int column = 0; column < columns; ++column)
    out += "─";
  std::string left = format("%.4g", x.low), right = format("%.4g", x.high);
  int room = columns - int(left.size()) - int(right.size());
  std::string middle = int(chart.xLabel.size()) + 2 <= room ? chart.xLabel : "";
  int before = std::max(1, (room - int(middle.size())) / 2), behind = std::max(1, room - int(middle.size()) - before);
  out += "\n" + std::string(12, ' ') + left + std::string(size_t(before), ' ') + middle +
         std::string(size_t(behind), ' ') + right + "\n";
  for (size_t k = 0; k < chart.series.size() && chart.series.size() > 1; ++k)
    out += std::string(12, ' ') + marks[k % markCount] + " " + chart.series[k].label + "\n";
  return out;
}

// ---- grids

/// A grid no larger than the terminal takes: cells are averaged.
static Grid shrunk(const Grid &grid, int64_t height, int64_t width) {
  Grid small = grid;
  small.height = std::min(grid.height, height);
  small.width = std::min(grid.width, width);
  small.values.clear();
  for (int64_t channel = 0; channel < grid.channels; ++channel)
    for (int64_t row = 0; row < small.height; ++row)
      for (int64_t column = 0; column < small.width; ++column) {
        int64_t top = row * grid.height / small.height, bottom = (row + 1) * grid.height / small.height;
        int64_t left = column * grid.width / small.width, right = (column + 1) * grid.width / small.width;
        double sum = 0;
        for (int64_t i = top; i < bottom; ++i)
          for (int64_t j = left; j < right; ++j)
            sum += grid.at(i, j, channel);
        small.values.push_back(sum / double((bottom - top) * (right - left)));
      }
  return small;
}

static std::string colored(Color upper, Color lower) {
  return format("\x1b[38;2;%d;%d;%dm\x1b[48;2;%d;%d;%dm▀", upper.red, upper.green, upper.blue, lower.red, lower.green,
                lower.blue);
}

/// Two rows of cells in one line: the upper as the foreground of a half block, the lower as its background.
template <class At> static std::string halfBlocks(int64_t height, int64_t width, At at) {
  std::string out;
  for (int64_t row = 0; row < height; row += 2) {
    for (int64_t column = 0; column < width; ++column)
      out += colored(at(row, column), at(std::min(row + 1, height - 1), column));
    out += "\x1b[0m\n";
  }
  return out;
}

std::string text(const Picture &picture, int width, bool color) {
  static const char *const levels[] = {" ", "░", "▒", "▓", "█"};
  Scale range = rangeOf(picture);
  std::string out;
  size_t shown = std::min<size_t>(picture.grids.size(), 4);
  for (size_t k = 0; k < shown; ++k) {
    if (picture.grids.size() > 1)
      out += picture.grids[k].label + "\n";
    if (color) {
      Grid grid = shrunk(picture.grids[k], 40, std::clamp(width - 2, 8, 72));
      out += halfBlocks(grid.height, grid.width,
                        [&](int64_t row, int64_t column) { return colorAt(picture, grid, range, row, column); });
      continue;
    }
    Grid grid = shrunk(picture.grids[k], 24, std::clamp(width / 2 - 2, 4, 36));
    for (int64_t row = 0; row < grid.height; ++row) {
      for (int64_t column = 0; column < grid.width; ++column) {
        double level = 0;
        for (int64_t channel = 0; channel < grid.channels; ++channel)
          level += range.place(grid.at(row, column, channel)) / double(grid.channels);
        const char *mark = levels[std::clamp(int(std::lround(level * 4)), 0, 4)];
        out += std::string(mark) + mark;
      }
      out.erase(out.find_last_not_of(' ') + 1);
      out += "\n";
    }
  }
  if (shown < picture.grids.size())
    out += format("and %zu more\n", picture.grids.size() - shown);
  return out;
}

// ---- bars

std::string text(const Histogram &histogram, int width) {
  static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  Bins bins = binsOf(histogram);
  int columns = std::clamp(width - 24, 16, 48);
  std::string out;
  for (const Series &sample : histogram.samples) {
    std::vector<double> counts = countsIn(bins, sample.y);
    double most = std::max(1.0, *std::max_element(counts.begin(), counts.end()));
    if (histogram.samples.size() > 1)
      out += sample.label + "\n";
    for (size_t k = 0; k < counts.size(); ++k) {
      int parts = int(std::lround(counts[k] / most * columns * 8));
      if (counts[k] > 0)
        parts = std::max(parts, 1);
      out += format("%10s ", format("%.4g", bins.start + bins.step * double(k)).c_str()) + "│";
      for (int part = 0; part < parts / 8; ++part)
        out += "█";
      out += eighths[parts % 8] + format(" %.0f\n", counts[k]);
    }
  }
  return out;
}

// ---- regions

std::string text(const Regions &regions, int width, bool color) {
  int64_t high = std::min<int64_t>(regions.height, color ? 40 : 20);
  int64_t wide = std::min<int64_t>(regions.width, std::clamp(width - 2, 8, color ? 72 : 60));
  auto classAt = [&](int64_t row, int64_t column) {
    int64_t i = (2 * row + 1) * regions.height / (2 * high), j = (2 * column + 1) * regions.width / (2 * wide);
    return regions.classes[size_t(i * regions.width + j)];
  };
  if (color)
    return halfBlocks(high, wide, [&](int64_t row, int64_t column) { return lineColor(size_t(classAt(row, column))); });
  std::string out;
  for (int64_t row = 0; row < high; ++row) {
    for (int64_t column = 0; column < wide; ++column)
      out += char('0' + classAt(row, column) % 10);
    out += "\n";
  }
  return out;
}

} // namespace nnrt::plot
