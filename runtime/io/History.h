/// What trainings reported, point by point: kept beside the weights.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrt {

/// One number (or one tensor) that a recipe reported, at each of its reports.
struct Curve {
  std::string recipe; ///< "train"
  std::string split;  ///< "train" for means while training, else where it was evaluated; "" for `step`
  std::string name;
  int64_t width = 1; ///< numbers a point
  std::vector<double> values;

  int64_t points() const { return int64_t(values.size()) / width; }
};

struct History {
  std::vector<Curve> curves;

  const Curve *find(const std::string &recipe, const std::string &split, const std::string &name) const;
  /// Appends a point to a curve, which begins with it if it is new.
  void add(const std::string &recipe, const std::string &split, const std::string &name,
           const std::vector<double> &values);
  /// Forgets what a recipe reported after a step.
  void cut(const std::string &recipe, int64_t step);
};

} // namespace nnrt
