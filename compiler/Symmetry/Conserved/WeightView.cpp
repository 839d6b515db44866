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

int64_t WeightView::placeOf(int64_t b, int64_t i, int64_t a) const {
  if (!isRange())
    return (b * extent + i) * after + a;
  // What a part leaves of the range in front of it is counted by `b`, too.
  int64_t inner = part == Part::Back ? length / extent : 1,
          behind = part == Part::Front ? after / (length / extent) : after;
  return b / inner * axis * behind + offset * behind + (b % inner * extent + i) * after + a;
}

namespace {

/// Gathers views, each once.
class Views {
public:
  Views(llvm::ArrayRef<Objective::Parameter> parameters, const Cuts &cuts) : parameters(parameters), cuts(cuts) {}

  std::vector<WeightView> gather();

private:
  void add(const WeightView &view) {
    if (seen.insert({view.parameter, view.before, view.extent, view.after, view.offset, view.length}).second)
      views.push_back(view);
  }
  void addWhole(unsigned parameter);
  void addRanges(unsigned parameter, unsigned axis);
  void addParts(WeightView whole);
  std::set<int64_t> cutsOf(int64_t entries) const;

  llvm::ArrayRef<Objective::Parameter> parameters;
  const Cuts &cuts;
  std::set<int64_t> extents; ///< of axes, and of what lies between cuts
  std::vector<WeightView> views;
  std::set<std::tuple<unsigned, int64_t, int64_t, int64_t, int64_t, int64_t>> seen;
};

} // namespace

/// One axis, or a range of it.
static WeightView viewOfAxis(llvm::ArrayRef<Objective::Parameter> parameters, unsigned parameter, unsigned axis) {
  llvm::ArrayRef<int64_t> shape = parameters[parameter].shape;
  return {parameter, productOf(shape.take_front(axis)), shape[axis], productOf(shape.drop_front(axis + 1)), axis,
          axis + 1};
}

/// The plain indices: single axes before axes together.
void Views::addWhole(unsigned parameter) {
  llvm::ArrayRef<int64_t> shape = parameters[parameter].shape;
  add({parameter, 1, 1, productOf(shape), 0, 0});
  for (unsigned length = 1; length <= shape.size(); ++length)
    for (unsigned first = 0; first + length <= shape.size(); ++first)
      add({parameter, productOf(shape.take_front(first)), productOf(shape.slice(first, length)),
           productOf(shape.drop_front(first + length)), first, first + length});
}

/// Ends included; those of an axis that the one that is cut was flattened to are so many times as far.
std::set<int64_t> Views::cutsOf(int64_t entries) const {
  std::set<int64_t> all{0, entries};
  for (const auto &[of, places] : cuts)
    for (int64_t place : places)
      if (entries % of == 0)
        all.insert(place * (entries / of));
  return all;
}

void Views::addRanges(unsigned parameter, unsigned axis) {
  constexpr size_t mostCuts = 10;
  WeightView view = viewOfAxis(parameters, parameter, axis);
  view.axis = view.extent;
  std::set<int64_t> places = cutsOf(view.axis);
  if (places.size() > mostCuts)
    return;
  for (int64_t from : places)
    for (int64_t to : places) {
      view.offset = from, view.length = view.extent = to - from;
      if (to > from && view.length != view.axis)
        add(view);
    }
}

/// The parts of an index that is an axis or a range of one.
void Views::addParts(WeightView whole) {
  for (int64_t extent : extents) {
    if (extent < 2 || extent >= whole.extent || whole.extent % extent != 0)
      continue;
    int64_t rest = whole.extent / extent;
    WeightView front = whole, back = whole;
    front.extent = back.extent = extent;
    front.part = WeightView::Part::Front, back.part = WeightView::Part::Back;
    front.after *= rest, back.before *= rest;
    add(front);
    add(back);
  }
}

std::vector<WeightView> Views::gather() {
  for (const Objective::Parameter &parameter : parameters)
    extents.insert(parameter.shape.begin(), parameter.shape.end());
  for (const auto &[of, places] : cuts)
    for (int64_t from : cutsOf(of))
      for (int64_t to : cutsOf(of))
        extents.insert(std::max<int64_t>(0, to - from));
  for (unsigned k = 0; k < parameters.size(); ++k)
    addWhole(k);
  for (unsigned k = 0; k < parameters.size(); ++k)
    for (unsigned axis = 0; axis < parameters[k].shape.size(); ++axis)
      addRanges(k, axis);
  std::vector<WeightView> wholes = views;
  for (const WeightView &view : wholes)
    if (view.last == view.first + 1)
      addParts(view);
  return std::move(views);
}

std::vector<WeightView> viewsOf(llvm::ArrayRef<Objective::Parameter> parameters, const Cuts &cuts) {
  return Views(parameters, cuts).gather();
}

/// Calls `visit` with the places of entries i and j, wherever the other indices are the same.
template <class Visit> static void forEachPair(const WeightView &view, int64_t i, int64_t j, Visit visit) {
  for (int64_t b = 0; b < view.before; ++b)
    for (int64_t a = 0; a < view.after; ++a)
      visit(view.placeOf(b, i, a), view.placeOf(b, j, a));
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
