// Tensors and constants as values, and values as tensors.
#include "Interpreter/Tensors.h"

#include "Interpreter/Bytecode.h"
#include "Interpreter/Numbers.h"

using namespace mlir;

namespace nn::interpreter {

template <class Base>
FailureOr<Value<Base>> makeValue(Operation *op, const Tensor &tensor, ShapedType type, std::optional<int64_t> rows,
                                 const Twine &what) {
  Shape shape(type.getShape()), found(tensor.shape.begin(), tensor.shape.end());
  Lanes lanes;
  if (rows && found.size() == shape.size() + 1) {
    lanes = {0};
    shape.insert(shape.begin(), *rows);
  }
  bool isFloat = isa<FloatType>(type.getElementType());
  size_t count = isFloat ? tensor.floats.size() : tensor.integers.size();
  if (found != shape || tensor.isFloat != isFloat || count != static_cast<size_t>(elementCount(shape)))
    return op->emitError("the value given for ") << what << " does not fit " << type;
  Shape own(type.getShape());
  if (!isFloat)
    return makeIntegers<Base>(lanes, own, type.getElementType(), tensor.integers);
  std::vector<Base> data(tensor.floats.size());
  llvm::transform(tensor.floats, data.begin(), Numbers<Base>::of);
  return makeFloats<Base>(lanes, own, type.getElementType(), std::move(data));
}

template <class Base> FailureOr<Value<Base>> makeValue(Operation *op, ElementsAttr attr) {
  auto elements = dyn_cast<DenseElementsAttr>(attr);
  if (!elements)
    return op->emitError("a constant of this kind of attribute");
  ShapedType type = elements.getType();
  Type element = type.getElementType();
  if (isa<FloatType>(element)) {
    std::vector<Base> data;
    for (APFloat x : elements.getValues<APFloat>()) {
      bool loses;
      x.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &loses);
      data.push_back(Numbers<Base>::of(x.convertToDouble()));
    }
    return makeFloats<Base>({}, Shape(type.getShape()), element, std::move(data));
  }
  std::vector<int64_t> data;
  for (const APInt &x : elements.getValues<APInt>())
    data.push_back(wrap(x.getSExtValue(), x.getBitWidth()));
  return makeIntegers<Base>({}, Shape(type.getShape()), element, std::move(data));
}

template <class Base> Tensor tensorOf(const LaneTable &table, const Value<Base> &value) {
  Tensor tensor;
  for (int lane : value.lanes)
    tensor.shape.push_back(table.extents[lane]);
  tensor.shape.insert(tensor.shape.end(), value.shape.begin(), value.shape.end());
  tensor.isFloat = bool(value.floats);
  if (!tensor.isFloat) {
    tensor.integers = *value.integers;
    return tensor;
  }
  for (const Base &x : *value.floats) {
    tensor.floats.push_back(primal(x));
    if constexpr (std::is_same_v<Base, Bounded>)
      tensor.magnitudes.push_back(x.bound);
  }
  return tensor;
}

template FailureOr<Value<double>> makeValue(Operation *, const Tensor &, ShapedType, std::optional<int64_t>,
                                            const Twine &);
template FailureOr<Value<Bounded>> makeValue(Operation *, const Tensor &, ShapedType, std::optional<int64_t>,
                                             const Twine &);
template FailureOr<Value<double>> makeValue(Operation *, ElementsAttr);
template FailureOr<Value<Bounded>> makeValue(Operation *, ElementsAttr);
template Tensor tensorOf(const LaneTable &, const Value<double> &);
template Tensor tensorOf(const LaneTable &, const Value<Bounded> &);

} // namespace nn::interpreter
