/// Printing and comparing tensor types.
#include "Frontend/Sema/Types.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn::sema {

bool isFloat(Elem elem) { return elem == Elem::F16 || elem == Elem::BF16 || elem == Elem::F32 || elem == Elem::F64; }

bool isWider(Elem a, Elem b) { return a == Elem::I64 && b == Elem::I32; }

Elem computedAs(Elem elem) { return elem == Elem::F16 || elem == Elem::BF16 ? Elem::F32 : elem; }

llvm::StringRef spelling(Elem elem) {
  static constexpr llvm::StringLiteral names[] = {"bool", "i32", "i64", "f16", "bf16", "f32", "f64"};
  return names[static_cast<unsigned>(elem)];
}

std::optional<Elem> elemNamed(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<Elem>>(name)
      .Case("bool", Elem::Bool)
      .Case("i32", Elem::I32)
      .Case("i64", Elem::I64)
      .Case("f16", Elem::F16)
      .Case("bf16", Elem::BF16)
      .Case("f32", Elem::F32)
      .Case("f64", Elem::F64)
      .Default(std::nullopt);
}

std::string str(const Shape &shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + shape[i].extent.str();
  return text + "]";
}

std::string TensorType::str() const {
  std::string text = indexBound ? "index(" + indexBound->str() + ")" : spelling(storage()).str();
  return axes.empty() ? text : text + sema::str(axes);
}

std::string TensorType::key() const {
  std::string text = indexBound ? "index(" + indexBound->key() + ")" : spelling(elem).str();
  for (const Axis &axis : axes)
    text += "," + axis.extent.key() + (axis.batch ? "b" : "-");
  return text;
}

bool hasLengths(const Shape &shape) {
  return llvm::any_of(shape, [](const Axis &axis) { return axis.extent.isBounded(); });
}

Dim elementCount(const Shape &shape) {
  Dim count(1);
  for (const Axis &axis : shape)
    count = count * axis.extent;
  return count;
}

bool sameShape(const Shape &a, const Shape &b) {
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!(a[i].extent == b[i].extent))
      return false;
  return true;
}

bool shapesDiffer(const Shape &a, const Shape &b) {
  if (a.size() != b.size())
    return true;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].extent.differs(b[i].extent))
      return true;
  return false;
}

} // namespace nn::sema
