/// Parts of a record are lines of one chart and pictures side by side; other shapes are drawn one by one.
#include "cli/Figures.h"
#include "core/Text.h"
#include "plot/Figure.h"

#include <algorithm>

namespace nnrt {

namespace {

enum class Kind { None, Curve, Picture, Histogram, Regions };

bool isChannels(int64_t extent) { return extent == 1 || extent == 3; }

Kind kindOf(int64_t form, const ReportedValue &value) {
  size_t rank = value.shape.size();
  int64_t count = elementCount(value.shape);
  if (rank == 0 || count < 2 || (value.output && value.output->kind != NN_OUTPUT_TENSOR))
    return Kind::None;
  switch (form) {
  case NN_FORM_CURVE:
    return Kind::Curve;
  case NN_FORM_IMAGE:
    return Kind::Picture;
  case NN_FORM_HISTOGRAM:
    return Kind::Histogram;
  case NN_FORM_BOUNDARY:
    return Kind::Regions;
  default:
    break;
  }
  const int64_t fewest = 4; // a handful of numbers is read more easily than a line
  if (!value.x.empty() || rank == 1)
    return value.x.empty() && count < fewest ? Kind::None : Kind::Curve;
  if (rank == 2)
    return std::min(value.shape[0], value.shape[1]) == 1 ? Kind::Curve : Kind::Picture;
  return rank == 3 || (rank == 4 && isChannels(value.shape[1])) ? Kind::Picture : Kind::None;
}

// ---- lines

/// A vector is a line, a matrix a line a column; the history of a tensor a line an element.
void addLines(const ReportedValue &value, plot::Chart &chart) {
  bool strip = value.shape.size() == 2 && value.shape[0] == 1;
  bool rows = !value.x.empty() || (value.shape.size() == 2 && !strip);
  int64_t points = rows ? value.shape[0] : elementCount(value.shape);
  int64_t lines = elementCount(value.shape) / std::max<int64_t>(points, 1);
  for (int64_t line = 0; line < lines; ++line) {
    plot::Series series;
    series.label = value.name;
    if (lines > 1)
      series.label += (value.name.empty() ? "" : " ") + format("%lld", static_cast<long long>(line));
    for (int64_t k = 0; k < points; ++k) {
      series.x.push_back(value.x.empty() ? double(k) : value.x[size_t(k)]);
      series.y.push_back(value.numbers[size_t(k * lines + line)]);
    }
    chart.series.push_back(std::move(series));
  }
  if (chart.xLabel.empty())
    chart.xLabel = value.xLabel;
}

// ---- pictures

void addGrids(const ReportedValue &value, plot::Picture &picture) {
  const std::vector<int64_t> &shape = value.shape;
  size_t rank = shape.size();
  bool photo = (rank == 3 && isChannels(shape[0])) || rank == 4;
  int64_t channels = photo ? shape[rank - 3] : 1;
  int64_t height = rank > 1 ? shape[rank - 2] : 1, width = shape[rank - 1];
  int64_t count = elementCount(shape) / (channels * height * width);
  picture.isPhoto |= photo;
  for (int64_t k = 0; k < count; ++k) {
    plot::Grid grid;
    grid.label = value.name;
    if (count > 1)
      grid.label += (value.name.empty() ? "" : " ") + format("%lld", static_cast<long long>(k));
    grid.height = height, grid.width = width, grid.channels = channels;
    auto first = value.numbers.begin() + k * channels * height * width;
    grid.values.assign(first, first + channels * height * width);
    picture.grids.push_back(std::move(grid));
  }
}

// ---- regions

/// Integers are classes; of scores the largest decides; of single numbers the sign.
std::vector<int64_t> classesOf(const ReportedValue &value) {
  bool scores = value.shape.size() == 3, floats = isFloat(value.dtype);
  int64_t depth = scores ? value.shape[2] : 1, cells = elementCount(value.shape) / depth;
  std::vector<int64_t> classes;
  for (int64_t cell = 0; cell < cells; ++cell) {
    auto first = value.numbers.begin() + cell * depth;
    if (scores)
      classes.push_back(std::max_element(first, first + depth) - first);
    else
      classes.push_back(floats ? int64_t(*first > 0) : int64_t(*first));
  }
  return classes;
}

plot::Regions regionsOf(const nn_report &report, const ReportedValue &value, const ExamplePoints &examples) {
  plot::Regions regions;
  regions.title = report.name;
  regions.height = value.shape[0], regions.width = value.shape[1];
  regions.right = double(regions.width), regions.top = double(regions.height);
  if (const nn_plane *plane = report.plane) {
    regions.left = plane->left, regions.right = plane->right;
    regions.bottom = plane->bottom, regions.top = plane->top;
    regions.xLabel = plane->x_name ? plane->x_name : "";
    regions.yLabel = plane->y_name ? plane->y_name : "";
  }
  regions.classes = classesOf(value);
  regions.classNames = examples.classNames;
  regions.examples = {examples.x, examples.y, examples.classes};
  return regions;
}

} // namespace

std::vector<Figure> figuresOf(const nn_report &report, const std::vector<ReportedValue> &values,
                              const ExamplePoints &examples, int width, bool color) {
  std::vector<Figure> figures;
  plot::Chart chart;
  plot::Picture picture;
  plot::Histogram histogram;
  chart.title = picture.title = histogram.title = report.name;
  for (const ReportedValue &value : values)
    switch (kindOf(report.form, value)) {
    case Kind::Curve:
      addLines(value, chart);
      break;
    case Kind::Picture:
      addGrids(value, picture);
      break;
    case Kind::Histogram:
      histogram.samples.push_back({value.name, {}, value.numbers});
      break;
    case Kind::Regions: {
      plot::Regions regions = regionsOf(report, value, examples);
      std::string suffix = value.name.empty() ? "" : "." + value.name;
      figures.push_back({suffix, plot::svg(regions), plot::text(regions, width, color)});
      break;
    }
    case Kind::None:
      break;
    }
  // Of a record with vectors and matrices, each kind has a file.
  bool several = !chart.series.empty() && !picture.grids.empty();
  if (!chart.series.empty())
    figures.push_back({several ? ".curves" : "", plot::svg(chart), plot::text(chart, width)});
  if (!picture.grids.empty())
    figures.push_back({several ? ".images" : "", plot::svg(picture), plot::text(picture, width, color)});
  if (!histogram.samples.empty())
    figures.push_back({"", plot::svg(histogram), plot::text(histogram, width)});
  return figures;
}

} // namespace nnrt
