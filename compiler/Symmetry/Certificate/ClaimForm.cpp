// The form that a certificate speaks of, and the way back to it.
#include "Dialect/NN/IR/Form.h"
#include "Symmetry/Certificate/Certificate.h"

using namespace mlir;

namespace nn {

static constexpr llvm::StringLiteral numberAttrName = "nn.number";

ClaimForm::ClaimForm(ModuleOp flat, llvm::ArrayRef<std::pair<std::string, int64_t>> sizes) {
  Builder builder(flat.getContext());
  NamedAttrList chosen;
  for (const auto &[name, size] : sizes)
    chosen.set(name, builder.getI64IntegerAttr(size));
  flat.walk([&](ClaimOp claim) { claim->setAttr(sizesAttrName, chosen.getDictionary(flat.getContext())); });
  module = flat.clone();
  hash = digestOf(*module);
  for (auto function : module->getOps<func::FuncOp>())
    names.insert_range(namesOf(function));
  module->walk([&](Operation *op) { operations.push_back(op); });
  int64_t number = 0;
  flat.walk([&](Operation *op) { op->setDiscardableAttr(numberAttrName, builder.getI64IntegerAttr(number++)); });
}

std::string ClaimForm::text() const {
  std::string text;
  llvm::raw_string_ostream(text) << *module.get();
  return text;
}

Operation *ClaimForm::origin(Operation *op) const {
  return operations[cast<IntegerAttr>(op->getDiscardableAttr(numberAttrName)).getInt()];
}

Value ClaimForm::origin(Value value) const {
  if (auto result = dyn_cast<OpResult>(value))
    return origin(result.getOwner())->getResult(result.getResultNumber());
  auto argument = cast<BlockArgument>(value);
  return origin(argument.getOwner()->getParentOp())->getRegion(0).getArgument(argument.getArgNumber());
}

} // namespace nn
