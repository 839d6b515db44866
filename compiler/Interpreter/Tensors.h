// What goes into a run and comes out of it as values of the interpreter, and back.
#pragma once

#include "Interpreter/Interpreter.h"
#include "Interpreter/Value.h"

#include <optional>

namespace nn::interpreter {

/// A tensor of this type, or one for each of `rows` examples, which then differ along lane 0. Emits an error, about
/// `what`, if the tensor is neither.
template <class Base>
mlir::FailureOr<Value<Base>> makeValue(mlir::Operation *op, const Tensor &tensor, mlir::ShapedType type,
                                       std::optional<int64_t> rows, const llvm::Twine &what);
/// A constant of the program.
template <class Base> mlir::FailureOr<Value<Base>> makeValue(mlir::Operation *op, mlir::ElementsAttr attr);
/// With the lanes as axes in front.
template <class Base> Tensor tensorOf(const LaneTable &table, const Value<Base> &value);

} // namespace nn::interpreter
