// A program of test/Semantics, run by the interpreter as it is emitted and after each tensor pass.
#pragma once

#include "Diagnostics/Diagnostics.h"
#include "Interpreter/Interpreter.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace nn::test {

/// Floats of a shape; no shape means a scalar, one number an extent.
inline interpreter::Tensor floats(std::vector<int64_t> shape, std::vector<double> values) {
  return interpreter::Tensor::ofFloats(std::move(shape), std::move(values));
}
inline interpreter::Tensor scalar(double value) { return floats({}, {value}); }

class Program {
public:
  /// `name` without its extension.
  explicit Program(const std::string &name);

  /// What `root` gives at every stage from emission to simplify, in order.
  std::vector<std::pair<std::string, interpreter::Outputs>> run(llvm::StringRef root,
                                                                const interpreter::Inputs &inputs = {});

private:
  std::string name;
  mlir::MLIRContext context;
};

/// Equal up to the rounding of constants to f32; infinities are equal to themselves.
void expectNear(const interpreter::Tensor &found, const std::vector<double> &expected, const std::string &where);

} // namespace nn::test
