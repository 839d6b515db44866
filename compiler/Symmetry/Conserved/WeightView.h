// One index of a parameter, among all that it has.
#pragma once

#include "Symmetry/Conserved/Objective.h"

#include <map>
#include <set>

namespace nn::conserved {

/// The parameter as a tensor of three axes, row-major: what lies before an index, the index, and what lies behind it.
/// The index is an axis, several that follow each other, or a part of one: of an axis that a convolution's channels and
/// places were flattened to, or from somewhere on so many entries, as behind `concat` and slices.
struct WeightView {
  unsigned parameter;
  int64_t before, extent, after;
  /// The axes from `first` up to `last`; where the index is a part of one, the other part lies in front or behind.
  unsigned first, last;
  enum class Part : uint8_t { Whole, Front, Back } part = Part::Whole;

  /// Of the axis `first` only those from `offset` on, `length` of `axis`; a length of 0 stands for all.
  int64_t offset = 0, length = 0, axis = 0;

  bool isSplit() const { return part != Part::Whole; }
  bool isRange() const { return length != 0; }
  /// The row-major number of an entry: what lies before the index, the index, what lies behind it.
  int64_t placeOf(int64_t b, int64_t i, int64_t a) const;
};

/// Where `concat` and slices cut axes of so many entries.
using Cuts = std::map<int64_t, std::set<int64_t>>;

/// All indices of the parameters, the plain ones first, then those between cuts; axes are split where some other axis
/// has so many entries as a part.
std::vector<WeightView> viewsOf(llvm::ArrayRef<Objective::Parameter> parameters, const Cuts &cuts);

/// How the objective changes to first order along generators of a group that acts on the index: entry (i, j) is the
/// derivative along the one that adds row j to row i, the sum of gradient[b, i, a] * value[b, j, a].
double alongGenerator(const WeightView &view, const Sample &sample, int64_t i, int64_t j);
/// The same sum of absolute values: what rounding is relative to.
double sizeOf(const WeightView &view, const Sample &sample, int64_t i, int64_t j);

} // namespace nn::conserved
