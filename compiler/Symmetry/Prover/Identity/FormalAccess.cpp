// Affine maps to cells, with the linear ones unfolded.
#include "Symmetry/Prover/Identity/FormalAccess.h"
#include "Dialect/NN/IR/EquationUtils.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace nn::prover {

Subscript::Subscript(AffineExpr expr, unsigned numDims, unsigned numSymbols)
    : expr(expr), numDims(numDims), coefficients(linearCoefficients(expr, numDims, numSymbols)) {
  for (size_t place = 0; coefficients && place + 1 < coefficients->size(); ++place)
    if ((*coefficients)[place])
      terms.push_back(place);
}

int64_t Subscript::at(ArrayRef<int64_t> point) const {
  if (!coefficients)
    return valueAt(expr, point.take_front(numDims), point.drop_front(numDims));
  int64_t value = coefficients->back();
  for (size_t place : terms)
    value += (*coefficients)[place] * point[place];
  return value;
}

std::optional<int64_t> Subscript::coefficient(unsigned d) const {
  return coefficients ? std::optional((*coefficients)[d]) : std::nullopt;
}

bool Subscript::addTo(MutableArrayRef<int64_t> factors, int64_t &offset, int64_t stride) const {
  if (!coefficients || llvm::any_of(terms, [&](size_t place) { return place >= numDims; }))
    return false;
  for (size_t place : terms)
    factors[place] += stride * (*coefficients)[place];
  offset += stride * coefficients->back();
  return true;
}

FormalAccess::FormalAccess(AffineMap map, ShapedType type, bool inside)
    : shape(type.getShape()), isOffset(inside), factors(map.getNumDims()) {
  for (AffineExpr expr : map.getResults())
    subscripts.emplace_back(expr, map.getNumDims(), map.getNumSymbols());
  int64_t stride = 1;
  for (size_t axis = subscripts.size(); isOffset && axis-- > 0; stride *= shape[axis])
    isOffset = subscripts[axis].addTo(factors, offset, stride);
}

int64_t FormalAccess::at(ArrayRef<int64_t> point) const {
  int64_t cell = isOffset ? offset : 0;
  for (size_t d = 0; isOffset && d < factors.size(); ++d)
    cell += factors[d] * point[d];
  if (isOffset)
    return cell;
  for (auto [subscript, extent] : llvm::zip(subscripts, shape)) {
    int64_t place = subscript.at(point);
    if (place < 0 || place >= extent)
      return -1;
    cell = cell * extent + place;
  }
  return cell;
}

std::optional<FormalAccess::Row> FormalAccess::along(unsigned d, ArrayRef<int64_t> point, int64_t length) const {
  if (isOffset)
    return Row{at(point), factors[d]};
  Row row{0, 0};
  for (auto [subscript, extent] : llvm::zip(subscripts, shape)) {
    auto slope = subscript.coefficient(d);
    if (!slope)
      return std::nullopt;
    int64_t first = subscript.at(point), last = first + *slope * (length - 1);
    if (std::min(first, last) < 0 || std::max(first, last) >= extent)
      return std::nullopt;
    row = {row.first * extent + first, row.stride * extent + *slope};
  }
  return row;
}

} // namespace nn::prover
