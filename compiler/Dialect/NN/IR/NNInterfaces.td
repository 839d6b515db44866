// What passes ask of operations: to be applied along a new leading axis.
#ifndef NN_INTERFACES_TD
#define NN_INTERFACES_TD

include "mlir/IR/OpBase.td"

def NN_BatchOpInterface : OpInterface<"BatchOpInterface"> {
  let cppNamespace = "::nn";
  let description = [{
    An operation that can be applied to every slice of operands that have one leading axis more. The batch of examples and calls of functions
    along an axis both come down to this.
  }];
  let methods = [InterfaceMethod<[{
      Writes at the builder's place what applies this operation along a new leading axis, given what became of its operands, and
      notes in `batching` what became of its results. Called only where an operand has the axis (or draws must differ).
    }], "::llvm::LogicalResult", "batch", (ins "::mlir::OpBuilder &":$builder, "::nn::Batching &":$batching)>];
}

#endif
