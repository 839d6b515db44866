/// Where a classifier decides for which class, with examples on top.
#include "io/Png.h"
#include "plot/Figure.h"
#include "plot/Svg.h"

#include <algorithm>

namespace nnrt::plot {

std::string svg(const Regions &regions) {
  std::string pixels;
  int64_t classes = 0;
  for (int64_t own : regions.classes) {
    Color color = areaColor(size_t(own));
    pixels += {char(color.red), char(color.green), char(color.blue)};
    classes = std::max(classes, own + 1);
  }
  for (int64_t own : regions.examples.classes)
    classes = std::max(classes, own + 1);
  std::vector<std::string> names, colors;
  double widest = 0;
  for (int64_t k = 0; k < classes; ++k) {
    names.push_back(k < int64_t(regions.classNames.size()) ? regions.classNames[size_t(k)] : std::to_string(k));
    colors.push_back(lineColor(size_t(k)).hex());
    widest = std::max(widest, widthOf(names.back()));
  }
  Box box{68, 42, 380, 380};
  Svg out(box.x + box.width + 48 + widest, box.y + box.height + 54);
  out.title(regions.title);
  out.image(box, encodePng(pixels, regions.height, regions.width, 3));
  Scale x{regions.left, regions.right, false}, y{regions.bottom, regions.top, false};
  out.frame(box, x, y, regions.xLabel, regions.yLabel, /*grid=*/false);
  const Scatter &examples = regions.examples;
  for (size_t k = 0; k < examples.x.size(); ++k) {
    double px = across(box, x, examples.x[k]), py = up(box, y, examples.y[k]);
    bool inside = px >= box.x && px <= box.x + box.width && py >= box.y && py <= box.y + box.height;
    if (inside)
      out.circle(px, py, 3, lineColor(size_t(examples.classes[k])).hex(), "white");
  }
  out.legend(box.x + box.width + 14, box.y + 12, names, colors);
  return out.finish();
}

} // namespace nnrt::plot
