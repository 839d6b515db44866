// Emits what a warp multiplies together; see Note [Tensor cores].
#include "Target/GPU/TensorCores.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace nn;

/// The results of an intrinsic that gives several of a type.
static SmallVector<Value> callForSome(OpBuilder &b, Location loc, Twine name, Type type, size_t count,
                                      ValueRange arguments) {
  auto all = LLVM::LLVMStructType::getLiteral(b.getContext(), SmallVector<Type>(count, type));
  Value result = LLVM::CallIntrinsicOp::create(b, loc, all, b.getStringAttr(name), arguments).getResults();
  SmallVector<Value> each;
  for (size_t k = 0; k < count; ++k)
    each.push_back(LLVM::ExtractValueOp::create(b, loc, result, int64_t(k)));
  return each;
}

Value nn::emitPair(OpBuilder &b, Location loc, Value first, Value second) {
  auto pair = VectorType::get({2}, b.getBF16Type());
  auto round = b.getStringAttr("llvm.nvvm.ff2bf16x2.rn"); // takes the upper half first
  Value halves = LLVM::CallIntrinsicOp::create(b, loc, pair, round, ValueRange{second, first}).getResults();
  return LLVM::BitcastOp::create(b, loc, b.getI32Type(), halves);
}

SmallVector<Value> nn::emitMatrices(OpBuilder &b, Location loc, Value line, int64_t count) {
  return callForSome(b, loc, "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x" + Twine(count) + ".b16.p3", b.getI32Type(),
                     size_t(count), line);
}

SmallVector<Value> nn::emitFragment(OpBuilder &b, Location loc, Words words, ValueRange rows, ValueRange columns,
                                    ValueRange sums) {
  SmallVector<Value> operands(rows);
  llvm::append_range(operands, columns);
  llvm::append_range(operands, sums);
  StringRef shape = words == Words::Pairs ? "m16n8k16.row.col.bf16" : "m16n8k8.row.col.tf32";
  return callForSome(b, loc, "llvm.nvvm.mma." + shape, b.getF32Type(), sums.size(), operands);
}
