/// How often values fall into bins of equal width.
#include "plot/Figure.h"
#include "plot/Svg.h"

#include <algorithm>
#include <cmath>

namespace nnrt::plot {

std::vector<double> countsIn(const Bins &bins, const std::vector<double> &values) {
  std::vector<double> counts(bins.count);
  for (double value : values)
    if (std::isfinite(value))
      ++counts[bins.binOf(value)];
  return counts;
}

Bins binsOf(const Histogram &histogram) {
  std::vector<double> values;
  for (const Series &sample : histogram.samples)
    values.insert(values.end(), sample.y.begin(), sample.y.end());
  return binsOf(values);
}

std::string svg(const Histogram &histogram) {
  Bins bins = binsOf(histogram);
  std::vector<std::string> names, colors;
  double widest = 0, most = 1;
  for (const Series &sample : histogram.samples) {
    colors.push_back(lineColor(names.size()).hex());
    names.push_back(sample.label);
    widest = std::max(widest, widthOf(sample.label));
    for (double count : countsIn(bins, sample.y))
      most = std::max(most, count);
  }
  bool hasLegend = names.size() > 1;
  Box box{68, 42, 520, 300};
  Svg out(box.x + box.width + (hasLegend ? 44 + widest : 24), box.y + box.height + 54);
  out.title(histogram.title);
  Scale x{bins.start, bins.start + bins.step * double(bins.count), false}, y{0, most * 1.05, false};
  out.frame(box, x, y, histogram.xLabel, "count");
  double part = 1 / double(std::max<size_t>(1, names.size()));
  for (size_t s = 0; s < histogram.samples.size(); ++s) {
    std::vector<double> counts = countsIn(bins, histogram.samples[s].y);
    for (size_t k = 0; k < counts.size(); ++k) {
      double from = bins.start + bins.step * (double(k) + part * double(s));
      double left = across(box, x, from), right = across(box, x, from + bins.step * part);
      double top = up(box, y, counts[k]);
      if (counts[k] > 0)
        out.rectangle({left, top, right - left, box.y + box.height - top}, colors[s], "white");
    }
  }
  if (hasLegend)
    out.legend(box.x + box.width + 14, box.y + 12, names, colors);
  return out.finish();
}

} // namespace nnrt::plot
