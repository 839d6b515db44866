/// A handful of curves, searched one by one.
#include "io/History.h"

#include <algorithm>

namespace nnrt {

const Curve *History::find(const std::string &recipe, const std::string &split, const std::string &name) const {
  for (const Curve &curve : curves)
    if (curve.recipe == recipe && curve.split == split && curve.name == name)
      return &curve;
  return nullptr;
}

void History::add(const std::string &recipe, const std::string &split, const std::string &name,
                  const std::vector<double> &values) {
  auto *curve = const_cast<Curve *>(find(recipe, split, name));
  if (!curve) {
    curves.push_back({recipe, split, name, int64_t(values.size()), {}});
    curve = &curves.back();
  }
  curve->values.insert(curve->values.end(), values.begin(), values.end());
}

void History::cut(const std::string &recipe, int64_t step) {
  const Curve *steps = find(recipe, "", "step");
  size_t kept = 0;
  while (steps && kept < steps->values.size() && steps->values[kept] <= double(step))
    ++kept;
  for (Curve &curve : curves)
    if (curve.recipe == recipe)
      curve.values.resize(std::min(curve.values.size(), kept * size_t(curve.width)));
}

} // namespace nnrt
