/// The types of tensors as Sema knows them: element type and axes, each with the place that fixed its extent.
#ifndef NOETHER_FRONTEND_SEMA_TYPES_H
#define NOETHER_FRONTEND_SEMA_TYPES_H

#include "Diagnostics/Source.h"
#include "Frontend/Sema/Dim.h"

#include <optional>
#include <string>
#include <vector>

namespace nn::sema {

enum class Elem : uint8_t { Bool, I32, I64, F16, BF16, F32, F64 };

bool isFloat(Elem elem);
inline bool isInteger(Elem elem) { return elem == Elem::I32 || elem == Elem::I64; }
/// Whether every integer of type b is one of type a, and not the other way round.
bool isWider(Elem a, Elem b);
/// What is computed with: f32 for values that are stored as `f16` or `bf16`.
Elem computedAs(Elem elem);
/// "f32".
llvm::StringRef spelling(Elem elem);
std::optional<Elem> elemNamed(llvm::StringRef name);

/// One axis of a tensor.
struct Axis {
  Dim extent;
  std::string label;  ///< the dimension variable or label it was declared with; may be empty
  SourceRange origin; ///< what fixed the extent; may be invalid
  bool batch = false; ///< the axis that `batch(x)` adds: only the first `batch_size` entries are valid
};

using Shape = std::vector<Axis>;

/// `[3, n]`.
std::string str(const Shape &shape);
/// Whether an extent is a length, known when an example is read.
bool hasLengths(const Shape &shape);

struct TensorType {
  Elem elem = Elem::F32;
  std::optional<Dim> indexBound; ///< n of `index(n)`: every element lies in 0 .. n-1
  Shape axes;
  std::optional<Elem> stored = {}; ///< where the tensor is kept in `f16` or `bf16`: computed with is elem

  unsigned rank() const { return axes.size(); }
  bool isScalar() const { return axes.empty(); }
  TensorType withAxes(Shape shape) const { return {elem, indexBound, std::move(shape), stored}; }
  Elem storage() const { return stored.value_or(elem); }
  TensorType withElem(Elem other) const { return {other, std::nullopt, axes}; }
  /// `f32[3, n]`, `index(10)`.
  std::string str() const;
  /// The same with what tells lengths and batch axes of equal name apart.
  std::string key() const;
};

/// The product of the extents.
Dim elementCount(const Shape &shape);
/// The same extents for all values of the dimension variables.
bool sameShape(const Shape &a, const Shape &b);
/// Shapes that cannot be equal: different ranks, or an axis whose extents differ for all values.
bool shapesDiffer(const Shape &a, const Shape &b);

} // namespace nn::sema

#endif
