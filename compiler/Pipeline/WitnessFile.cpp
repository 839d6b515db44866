// Doubles are written with all digits, so that a case runs again as it was.
#include "Pipeline/WitnessFile.h"

#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace nn {

using interpreter::Tensor;

static llvm::json::Value nested(const Tensor &tensor, size_t axis, size_t &at) {
  if (axis == tensor.shape.size())
    return tensor.isFloat ? llvm::json::Value(tensor.floats[at++]) : llvm::json::Value(tensor.integers[at++]);
  llvm::json::Array parts;
  for (int64_t k = 0; k < tensor.shape[axis]; ++k)
    parts.push_back(nested(tensor, axis + 1, at));
  return std::move(parts);
}

static llvm::json::Value nested(const Tensor &tensor) {
  size_t at = 0;
  return nested(tensor, 0, at);
}

std::string witnessJson(llvm::StringRef claim, const prover::Witness &witness, llvm::StringRef output) {
  llvm::json::Object inputs, weights;
  for (auto [name, tensor] : llvm::zip_equal(witness.names, witness.inputs))
    inputs[name] = nested(tensor);
  for (const auto *tensors : {&witness.model.parameters, &witness.model.states})
    for (const auto &[path, tensor] : *tensors)
      weights[path] = nested(tensor);
  llvm::json::Array steps, entry(witness.difference.entry);
  for (const prover::Step &step : witness.word)
    steps.push_back(llvm::json::Array{step.generator, step.amount});
  llvm::json::Object object{{"claim", claim},
                            {"element", witness.element},
                            {"steps", std::move(steps)},
                            {"inputs", std::move(inputs)},
                            {"weights", std::move(weights)},
                            {"output", output},
                            {"entry", std::move(entry)},
                            {"moved", witness.difference.moved},
                            {"wanted", witness.difference.wanted},
                            {"error", witness.difference.error}};
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(object)) << '\n';
  return text;
}

} // namespace nn
