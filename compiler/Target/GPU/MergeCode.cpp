// The code of merged kernels: a block finds the piece that it belongs to, and does what a block of it does.
#include "Target/GPU/Merge.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

/// A copy of a piece's function that is told which block of how many it is, by two more arguments.
static Function *asPart(Function &piece) {
  SmallVector<Type *> types(piece.getFunctionType()->params());
  Type *word = Type::getInt32Ty(piece.getContext());
  types.append({word, word});
  auto *type = FunctionType::get(piece.getReturnType(), types, false);
  Function *part = Function::Create(type, GlobalValue::InternalLinkage, piece.getName() + ".part", piece.getParent());
  ValueToValueMapTy map;
  for (auto [from, to] : zip(piece.args(), part->args()))
    map[&from] = &to;
  SmallVector<ReturnInst *> returns;
  CloneFunctionInto(part, &piece, map, CloneFunctionChangeType::LocalChangesOnly, returns);
  for (Instruction &instruction : make_early_inc_range(instructions(*part))) {
    auto *call = dyn_cast<IntrinsicInst>(&instruction);
    bool which = call && call->getIntrinsicID() == Intrinsic::nvvm_read_ptx_sreg_ctaid_x;
    bool count = call && call->getIntrinsicID() == Intrinsic::nvvm_read_ptx_sreg_nctaid_x;
    if (!which && !count)
      continue;
    call->replaceAllUsesWith(part->getArg(part->arg_size() - (which ? 2 : 1)));
    call->eraseFromParent();
  }
  part->addFnAttr(Attribute::AlwaysInline);
  return part;
}

/// Members of one piece share its code: they differ in the addresses and in which blocks they have.
void nn::addMergedKernel(Module &module, StringRef name, const MergedKernel &kernel) {
  LLVMContext &context = module.getContext();
  IRBuilder<> b(context);
  SmallVector<Type *> types(kernel.parameterCount, b.getPtrTy());
  auto *merged =
      Function::Create(FunctionType::get(b.getVoidTy(), types, false), GlobalValue::ExternalLinkage, name, module);
  MapVector<StringRef, SmallVector<size_t>> membersOf;
  for (auto [k, member] : enumerate(kernel.members))
    membersOf[member.piece].push_back(k);
  SmallVector<BasicBlock *> entries;
  BasicBlock *entry = BasicBlock::Create(context, "", merged);
  for (size_t k = 0; k < kernel.members.size(); ++k)
    entries.push_back(BasicBlock::Create(context, "member", merged));
  // Which member: the first one whose last block is not before this one.
  b.SetInsertPoint(entry);
  Value *block = b.CreateIntrinsic(Intrinsic::nvvm_read_ptx_sreg_ctaid_x, ArrayRef<Value *>());
  SmallVector<uint32_t> firsts;
  uint32_t end = 0;
  for (auto [k, member] : enumerate(kernel.members)) {
    firsts.push_back(end);
    end += uint32_t(member.blocks);
    if (k + 1 == kernel.members.size()) {
      b.CreateBr(entries[k]);
      break;
    }
    BasicBlock *next = BasicBlock::Create(context, "next", merged, entries.front());
    b.CreateCondBr(b.CreateICmpULT(block, b.getInt32(end)), entries[k], next);
    b.SetInsertPoint(next);
  }
  for (auto &[piece, members] : membersOf) {
    Function *part = asPart(*module.getFunction(piece));
    BasicBlock *body = BasicBlock::Create(context, "piece", merged);
    b.SetInsertPoint(body);
    SmallVector<PHINode *> values;
    for (Type *type : part->getFunctionType()->params())
      values.push_back(b.CreatePHI(type, unsigned(members.size())));
    b.CreateCall(part, SmallVector<Value *>(values.begin(), values.end()));
    b.CreateRetVoid();
    for (size_t k : members) {
      const MergedKernel::Member &member = kernel.members[k];
      b.SetInsertPoint(entries[k]);
      for (auto [phi, parameter] : zip(values, member.parameters))
        phi->addIncoming(merged->getArg(parameter), entries[k]);
      values[values.size() - 2]->addIncoming(b.CreateSub(block, b.getInt32(firsts[k])), entries[k]);
      values.back()->addIncoming(b.getInt32(uint32_t(member.blocks)), entries[k]);
      b.CreateBr(body);
    }
  }
}
