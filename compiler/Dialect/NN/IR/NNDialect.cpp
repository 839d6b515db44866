// Registers the nn dialect's attributes and operations.
#include "Dialect/NN/IR/NN.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "Dialect/NN/IR/NNDialect.cpp.inc"
#include "Dialect/NN/IR/NNEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "Dialect/NN/IR/NNAttrs.cpp.inc"

void nn::NNDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "Dialect/NN/IR/NNAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "Dialect/NN/IR/NNOps.cpp.inc"
      >();
}
