// Constants as they lie in memory.
#include "Dialect/NN/IR/ConstantBytes.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/APFloat.h"

using namespace mlir;
using namespace nn;

std::string nn::bytesOf(ElementsAttr value) {
  std::string bytes;
  auto append = [&](const APInt &bits) {
    unsigned size = std::max(1u, bits.getBitWidth() / 8);
    uint64_t word = bits.getZExtValue();
    bytes.append(reinterpret_cast<const char *>(&word), size);
  };
  bool isFloat = isa<FloatType>(value.getElementType());
  if (value.isSplat()) {
    append(isFloat ? value.getSplatValue<APFloat>().bitcastToAPInt() : value.getSplatValue<APInt>());
    size_t size = bytes.size();
    bytes.resize(size * size_t(value.getNumElements()));
    for (size_t at = size; at < bytes.size(); ++at)
      bytes[at] = bytes[at - size];
    return bytes;
  }
  if (isFloat)
    for (const APFloat &number : value.getValues<APFloat>())
      append(number.bitcastToAPInt());
  else
    for (const APInt &number : value.getValues<APInt>())
      append(number);
  return bytes;
}
