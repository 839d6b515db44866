// The digest of a printed module.
#include "Dialect/NN/IR/Form.h"

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

} // namespace nn
