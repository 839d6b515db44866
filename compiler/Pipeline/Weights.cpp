// Refusing a checkpoint that does not fit when the program is built, not when the executable starts.
#include "Pipeline/Weights.h"
#include "Dialect/NN/IR/NN.h"
#include "io/Safetensors.h"
#include "noether/abi.h"
#include "llvm/ADT/StringExtras.h"

namespace nn {
namespace {

std::string describe(llvm::StringRef element, llvm::ArrayRef<int64_t> shape) {
  std::string text = element.str();
  if (!shape.empty()) {
    auto extents = llvm::map_range(shape, [](int64_t extent) { return std::to_string(extent); });
    text += "[" + llvm::join(extents, ", ") + "]";
  }
  return text;
}

llvm::StringRef elementName(int64_t dtype) {
  static constexpr llvm::StringLiteral names[] = {"bool", "u8", "i32", "i64", "f16", "bf16", "f32", "f64"};
  return dtype >= 0 && dtype < int64_t(std::size(names)) ? llvm::StringRef(names[dtype]) : llvm::StringRef("?");
}

std::string elementName(mlir::Type type) {
  if (type.isInteger(1))
    return "bool";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

} // namespace

std::unique_ptr<llvm::MemoryBuffer> readWeights(llvm::StringRef path, mlir::ModuleOp module,
                                                DiagnosticEngine &diagnostics) {
  auto read = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!read) {
    std::string reason = read.getError().message();
    reason.front() = llvm::toLower(reason.front());
    diagnostics.report(diag::CannotRead, {}, path, reason);
    return nullptr;
  }
  auto bytes = reinterpret_cast<const uint8_t *>((*read)->getBufferStart());
  auto file = nnrt::parseSafetensors(bytes, (*read)->getBufferSize(), path.str());
  if (!file) {
    diagnostics.report(diag::WeightsMalformed, {}, file.text());
    return nullptr;
  }
  bool fits = true;
  auto hold = [&](llvm::StringRef name, mlir::Type type) {
    auto tensor = llvm::cast<mlir::RankedTensorType>(type);
    std::string wanted = describe(elementName(tensor.getElementType()), tensor.getShape());
    const nnrt::StoredTensor *found = file->find(name.str());
    std::string stored = found ? describe(elementName(found->dtype), found->shape) : "";
    if (!found)
      diagnostics.report(diag::WeightsMissing, {}, path, name, wanted);
    else if (stored != wanted)
      diagnostics.report(diag::WeightsDiffer, {}, name, wanted, path, stored);
    fits &= stored == wanted;
  };
  for (auto parameter : module.getOps<ParameterOp>())
    hold(parameter.getSymName(), parameter.getType());
  for (auto state : module.getOps<StateVarOp>())
    if (state.getRole() == "model")
      hold(state.getSymName(), state.getType());
  return fits ? std::move(*read) : nullptr;
}

} // namespace nn
