/// Lines over a common axis.
#include "plot/Figure.h"
#include "plot/Svg.h"

#include <algorithm>
#include <cmath>

namespace nnrt::plot {

static std::vector<double> all(const Chart &chart, std::vector<double> Series::*member) {
  std::vector<double> values;
  for (const Series &series : chart.series)
    values.insert(values.end(), (series.*member).begin(), (series.*member).end());
  return values;
}

std::string svg(const Chart &chart) {
  std::vector<std::string> names, colors;
  double widest = 0;
  for (const Series &series : chart.series) {
    colors.push_back(lineColor(names.size()).hex());
    names.push_back(series.label);
    widest = std::max(widest, widthOf(series.label));
  }
  bool hasLegend = names.size() > 1;
  Box box{68, 42, 520, 300};
  Svg out(box.x + box.width + (hasLegend ? 44 + widest : 24), box.y + box.height + 54);
  out.title(chart.title);
  Scale x = scaleOf(all(chart, &Series::x), chart.logX), y = scaleOf(all(chart, &Series::y), chart.logY);
  out.frame(box, x, y, chart.xLabel, chart.yLabel);
  for (size_t k = 0; k < chart.series.size(); ++k) {
    const Series &series = chart.series[k];
    std::vector<double> xs, ys;
    for (size_t i = 0; i < series.x.size(); ++i) {
      xs.push_back(across(box, x, series.x[i]));
      ys.push_back(up(box, y, series.y[i]));
    }
    out.path(xs, ys, colors[k]);
    for (size_t i = 0; i < xs.size() && (chart.dots || xs.size() == 1); ++i)
      if (std::isfinite(xs[i]) && std::isfinite(ys[i]))
        out.circle(xs[i], ys[i], 3, colors[k]);
  }
  if (hasLegend)
    out.legend(box.x + box.width + 14, box.y + 12, names, colors);
  return out.finish();
}

} // namespace nnrt::plot
