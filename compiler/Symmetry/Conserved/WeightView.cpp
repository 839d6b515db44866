// Indices of parameters, and derivatives along what moves them.
#include "Symmetry/Conserved/WeightView.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <set>
#include <tuple>

namespace nn::conserved {

static int64_t productOf(llvm::ArrayRef<int64_t> extents) {
  int64_t product = 1;
  for (int64_t extent : extents)
    product *= extent;
  return product;
}

std::vector<WeightView> viewsOf(llvm::ArrayRef<Objective::Parameter> parameters) {
  std::vector<WeightView> views;
  std::set<std::tuple<unsigned, int64_t, int64_t, int64_t>> seen;
  auto add = [&](WeightView view) {
    if (seen.insert({view.parameter, view.before, view.extent, view.after}).second)
      views.push_back(view);
  };
  std::set<int64_t> extents;
  for (auto [k, parameter] : llvm::enumerate(parameters)) {
    llvm::ArrayRef<int64_t> shape = parameter.shape;
    extents.insert(shape.begin(), shape.end());
    add({unsigned(k), 1, 1, productOf(shape), 0, 0});
    // Single axes before axes together.
    for (unsigned length = 1; length <= shape.size(); ++length)
      for (unsigned first = 0; first + length <= shape.size(); ++first)
        add({unsigned(k), productOf(shape.take_front(first)), productOf(shape.slice(first, length)),
             productOf(shape.drop_front(first + length)), first, first + length});
  }
  for (auto [k, parameter] : llvm::enumerate(parameters)) {
    llvm::ArrayRef<int64_t> shape = parameter.shape;
    for (unsigned axis = 0; axis < shape.size(); ++axis) {
      int64_t before = productOf(shape.take_front(axis)), after = productOf(shape.drop_front(axis + 1));
      for (int64_t extent : extents) {
        if (extent < 2 || extent >= shape[axis] || shape[axis] % extent != 0)
          continue;
        int64_t rest = shape[axis] / extent;
        add({unsigned(k), before, extent, rest * after, axis, axis + 1, WeightView::Part::Front});
        add({unsigned(k), before * rest, extent, after, axis, axis + 1, WeightView::Part::Back});
      }
    }
  }
  return views;
}

/// Calls `visit` with the places of entries i and j, wherever the other indices are the same.
template <class Visit> static void forEachPair(const WeightView &view, int64_t i, int64_t j, Visit visit) {
  for (int64_t b = 0; b < view.before; ++b)
    for (int64_t a = 0; a < view.after; ++a)
      visit((b * view.extent + i) * view.after + a, (b * view.extent + j) * view.after + a);
}

double alongGenerator(const WeightView &view, const Sample &sample, int64_t i, int64_t j) {
  const std::vector<double> &gradient = sample.gradients[view.parameter], &value = sample.values[view.parameter];
  double sum = 0;
  forEachPair(view, i, j, [&](int64_t x, int64_t y) { sum += gradient[size_t(x)] * value[size_t(y)]; });
  return sum;
}

double sizeOf(const WeightView &view, const Sample &sample, int64_t i, int64_t j) {
  const std::vector<double> &gradient = sample.gradients[view.parameter], &value = sample.values[view.parameter];
  double sum = 0;
  forEachPair(view, i, j, [&](int64_t x, int64_t y) { sum += std::abs(gradient[size_t(x)] * value[size_t(y)]); });
  return sum;
}

} // namespace nn::conserved
