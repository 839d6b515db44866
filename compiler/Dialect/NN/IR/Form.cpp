// Digest and names of a printed module.
#include "Dialect/NN/IR/Form.h"

#include "mlir/IR/AsmState.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace nn {

std::string digestOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

llvm::DenseMap<Value, std::string> namesOf(Operation *function) {
  llvm::DenseMap<Value, std::string> names;
  AsmState state(function);
  auto name = [&](Value value, Operation *around) {
    std::string text = around == function ? "" : names.lookup(around->getResult(0)) + "/";
    llvm::raw_string_ostream stream(text);
    value.printAsOperand(stream, state);
    names[value] = text;
  };
  function->walk<WalkOrder::PreOrder>([&](Operation *op) {
    // Scalars of bodies are not tensors and need no names.
    bool tensors = llvm::any_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>);
    if (op != function && tensors)
      for (Value result : op->getResults())
        name(result, op->getParentOp());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Value argument : block.getArguments())
          if (isa<RankedTensorType>(argument.getType()))
            name(argument, op);
  });
  return names;
}

} // namespace nn
