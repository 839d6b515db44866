// Compiles kernels for GPUs, as `nnc build --emit nvvm` prints them, to a shared object for this processor: what the
// fake driver beside this file runs. Usage: nn-emulate IN.ll OUT.o
//
// What only a GPU has becomes calls of what Grid.cpp has: registers of a thread (`emulated_tid_x`), barriers, shuffles,
// products of small matrices, copies. Each load and store of shared memory is announced. Each kernel gets a
// description, NAME.emulated, of Grid.h's type KernelCode. Instructions are told apart by a number, in the order of the
// text.
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

#include <algorithm>
#include <string>

using namespace llvm;

static constexpr unsigned sharedSpace = 3, clusterSpace = 7;

namespace {

/// Replaces what a processor does not have.
class Replacer {
public:
  explicit Replacer(Module &module) : module(module), b(module.getContext()) {}
  /// False, and a message, if there is an intrinsic that nobody emulates.
  bool run();

private:
  bool replace(CallInst &call);
  Value *call(StringRef name, Type *result, ArrayRef<Value *> arguments);
  void announce(Instruction &instruction, Value *pointer, Type *accessed, bool write);
  bool shuffle(CallInst &call, StringRef kind);
  void multiply(CallInst &call, bool pairs);
  bool loadMatrices(CallInst &call, StringRef kind);
  bool replaceAssembly(CallInst &call);
  void replaceWithSums(CallInst &call, StringRef name, unsigned count, ArrayRef<Value *> others);
  bool copy(CallInst &call, StringRef kind);
  bool barrier(CallInst &call, StringRef kind);
  bool copyBox(CallInst &call, StringRef axes);
  Value *site() { return b.getInt32(number); }

  Module &module;
  IRBuilder<> b;
  uint32_t number = 0;
};

} // namespace

Value *Replacer::call(StringRef name, Type *result, ArrayRef<Value *> arguments) {
  SmallVector<Type *> types;
  for (Value *argument : arguments)
    types.push_back(argument->getType());
  return b.CreateCall(module.getOrInsertFunction(name, FunctionType::get(result, types, false)), arguments);
}

void Replacer::announce(Instruction &instruction, Value *pointer, Type *accessed, bool write) {
  b.SetInsertPoint(&instruction);
  Value *bytes = b.getInt32(uint32_t(module.getDataLayout().getTypeStoreSize(accessed)));
  // What is as much aligned as it is long is one access of a GPU, which fails where it is not.
  if (isa<FixedVectorType>(accessed) &&
      getLoadStoreAlignment(&instruction).value() >= module.getDataLayout().getTypeStoreSize(accessed))
    call("emulated_vector", b.getVoidTy(), {b.CreateAddrSpaceCast(pointer, b.getPtrTy()), bytes, site()});
  if (pointer->getType()->getPointerAddressSpace() != sharedSpace)
    return;
  call("emulated_touch", b.getVoidTy(),
       {b.CreateAddrSpaceCast(pointer, b.getPtrTy()), bytes, b.getInt32(write), site()});
}

/// shfl.sync of 32 bits: KIND.i32, KIND.f32.
bool Replacer::shuffle(CallInst &old, StringRef kind) {
  auto [name, type] = kind.split('.');
  int mode = StringSwitch<int>(name).Case("idx", 0).Case("up", 1).Case("down", 2).Case("bfly", 3).Default(-1);
  if (mode < 0 || (type != "i32" && type != "f32"))
    return false;
  Value *value = b.CreateBitCast(old.getArgOperand(1), b.getInt32Ty());
  Value *result = call(
      "emulated_shuffle", b.getInt32Ty(),
      {site(), b.getInt32(uint32_t(mode)), old.getArgOperand(0), value, old.getArgOperand(2), old.getArgOperand(3)});
  old.replaceAllUsesWith(b.CreateBitCast(result, old.getType()));
  return true;
}

/// mma.sync: six words of factors, of two bf16 each or of one tf32, and four sums, which the results take the place of.
void Replacer::multiply(CallInst &old, bool pairs) {
  BasicBlock &entry = old.getFunction()->getEntryBlock();
  IRBuilder<> start(&entry, entry.begin());
  Type *word = b.getInt32Ty(), *real = b.getFloatTy();
  Value *factors = start.CreateAlloca(word, b.getInt32(6)), *sums = start.CreateAlloca(real, b.getInt32(4));
  for (unsigned k = 0; k < 6; ++k)
    b.CreateStore(old.getArgOperand(k), b.CreateConstInBoundsGEP1_32(word, factors, k));
  for (unsigned k = 0; k < 4; ++k)
    b.CreateStore(old.getArgOperand(6 + k), b.CreateConstInBoundsGEP1_32(real, sums, k));
  call("emulated_product", b.getVoidTy(), {site(), b.getInt32(pairs), factors, sums});
  Value *result = PoisonValue::get(old.getType());
  for (unsigned k = 0; k < 4; ++k)
    result = b.CreateInsertValue(result, b.CreateLoad(real, b.CreateConstInBoundsGEP1_32(real, sums, k)), k);
  old.replaceAllUsesWith(result);
}

/// ldmatrix of two matrices or four: as many words.
bool Replacer::loadMatrices(CallInst &old, StringRef kind) {
  uint32_t count = 0;
  if (!kind.consume_front("m8n8.x") || !kind.consume_back(".b16.p3") || kind.getAsInteger(10, count))
    return false;
  BasicBlock &entry = old.getFunction()->getEntryBlock();
  Type *word = b.getInt32Ty();
  Value *words = IRBuilder<>(&entry, entry.begin()).CreateAlloca(word, b.getInt32(count));
  call("emulated_matrices", b.getVoidTy(),
       {site(), b.getInt32(count), b.CreateAddrSpaceCast(old.getArgOperand(0), b.getPtrTy()), words});
  Value *result = PoisonValue::get(old.getType());
  for (unsigned k = 0; k < count; ++k)
    result = b.CreateInsertValue(result, b.CreateLoad(word, b.CreateConstInBoundsGEP1_32(word, words, k)), k);
  old.replaceAllUsesWith(result);
  return true;
}

/// Assembly that takes sums and gives them back.
void Replacer::replaceWithSums(CallInst &old, StringRef name, unsigned count, ArrayRef<Value *> others) {
  BasicBlock &entry = old.getFunction()->getEntryBlock();
  Type *real = b.getFloatTy();
  Value *sums = IRBuilder<>(&entry, entry.begin()).CreateAlloca(real, b.getInt32(count));
  for (unsigned k = 0; k < count; ++k)
    b.CreateStore(old.getArgOperand(k), b.CreateConstInBoundsGEP1_32(real, sums, k));
  SmallVector<Value *> arguments = {site(), b.getInt32(count), sums};
  arguments.append(others.begin(), others.end());
  call(name, b.getVoidTy(), arguments);
  Value *result = PoisonValue::get(old.getType());
  for (unsigned k = 0; k < count; ++k)
    result = b.CreateInsertValue(result, b.CreateLoad(real, b.CreateConstInBoundsGEP1_32(real, sums, k)), k);
  old.replaceAllUsesWith(result);
}

/// Products of groups of warps, which LLVM has no intrinsic for, fences and waits.
bool Replacer::replaceAssembly(CallInst &old) {
  StringRef text = cast<InlineAsm>(old.getCalledOperand())->getAsmString();
  auto *sums = dyn_cast<StructType>(old.getType());
  unsigned count = sums ? sums->getNumElements() : 0;
  uint32_t underWay = 0;
  b.SetInsertPoint(&old);
  if (text == "fence.proxy.async.shared::cta;") {
    call("emulated_async_fence", b.getVoidTy(), {});
  } else if (text.consume_front("wgmma.wait_group.sync.aligned ")) {
    if (!text.consume_back(";") || text.getAsInteger(10, underWay) || old.arg_size() != count)
      return false;
    replaceWithSums(old, "emulated_products_wait", count, {b.getInt32(underWay)});
  } else {
    // bf16, neither factor negated or transposed, added to the sums.
    std::string expected = "{ .reg .pred p; setp.eq.u32 p, 0, 0; wgmma.mma_async.sync.aligned.m64n" +
                           std::to_string(2 * count) + "k16.f32.bf16.bf16 {";
    for (unsigned k = 0; k < count; ++k)
      expected += (k ? ", $" : "$") + std::to_string(k);
    expected += "}, $" + std::to_string(2 * count) + ", $" + std::to_string(2 * count + 1) + ", p, 1, 1, 0, 0; }";
    if (text != expected || count % 4 != 0 || count > 128 || old.arg_size() != count + 2)
      return false;
    replaceWithSums(old, "emulated_group_product", count, {old.getArgOperand(count), old.getArgOperand(count + 1)});
  }
  old.eraseFromParent();
  return true;
}

/// cp.async of 4, 8 or 16 bytes, all of them or (.s) as many as an operand says; groups, and waiting for them.
bool Replacer::copy(CallInst &old, StringRef kind) {
  if (kind == "commit.group") {
    call("emulated_close_group", b.getVoidTy(), {});
    return true;
  }
  if (kind == "wait.group") {
    call("emulated_wait_groups", b.getVoidTy(), {old.getArgOperand(0)});
    return true;
  }
  bool some = kind.consume_back(".s");
  if (!kind.consume_front("ca.shared.global.") && !kind.consume_front("cg.shared.global."))
    return false;
  uint32_t bytes = 0;
  if (kind.getAsInteger(10, bytes))
    return false;
  Value *taken = some ? old.getArgOperand(2) : b.getInt32(bytes);
  call("emulated_copy", b.getVoidTy(),
       {site(), b.CreateAddrSpaceCast(old.getArgOperand(0), b.getPtrTy()),
        b.CreateAddrSpaceCast(old.getArgOperand(1), b.getPtrTy()), b.getInt32(bytes), taken});
  return true;
}

/// Barriers in shared memory. Waiting for a phase may end too early, so that code goes round; here it does not.
bool Replacer::barrier(CallInst &old, StringRef kind) {
  Value *place = b.CreateAddrSpaceCast(old.getArgOperand(0), b.getPtrTy());
  if (kind == "init.shared") {
    call("emulated_make_barrier", b.getVoidTy(), {site(), place, old.getArgOperand(1)});
  } else if (kind == "try.wait.parity.scope.cta.space.cta") {
    call("emulated_await_phase", b.getVoidTy(), {site(), place, old.getArgOperand(1)});
    old.replaceAllUsesWith(b.getTrue());
  } else {
    bool expects = kind == "arrive.expect.tx.scope.cta.space.cta";
    if ((!expects && kind != "arrive.shared") || !old.use_empty())
      return false;
    call("emulated_arrive", b.getVoidTy(), {site(), place, expects ? old.getArgOperand(1) : b.getInt32(0)});
  }
  return true;
}

/// cp.async.bulk.tensor of a box, to this block alone and without hints.
bool Replacer::copyBox(CallInst &old, StringRef axes) {
  uint32_t count = 0;
  if (!axes.consume_back("d") || axes.getAsInteger(10, count) || old.arg_size() != count + 8)
    return false;
  for (unsigned k = count + 5; k < count + 8; ++k)
    if (auto *flag = dyn_cast<ConstantInt>(old.getArgOperand(k)); !flag || !flag->isZero())
      return false;
  // A place of a block is named as one of its cluster.
  auto *place = dyn_cast<AddrSpaceCastOperator>(old.getArgOperand(0));
  if (!place || place->getSrcAddressSpace() != sharedSpace)
    return false;
  BasicBlock &entry = old.getFunction()->getEntryBlock();
  Value *subscripts = IRBuilder<>(&entry, entry.begin()).CreateAlloca(b.getInt32Ty(), b.getInt32(count));
  for (unsigned k = 0; k < count; ++k)
    b.CreateStore(old.getArgOperand(3 + k), b.CreateConstInBoundsGEP1_32(b.getInt32Ty(), subscripts, k));
  call("emulated_box", b.getVoidTy(),
       {site(), b.CreateAddrSpaceCast(place->getPointerOperand(), b.getPtrTy()),
        b.CreateAddrSpaceCast(old.getArgOperand(1), b.getPtrTy()), old.getArgOperand(2), b.getInt32(count),
        subscripts});
  return true;
}

bool Replacer::replace(CallInst &old) {
  StringRef name = old.getCalledFunction()->getName();
  b.SetInsertPoint(&old);
  if (name.consume_front("llvm.nvvm.read.ptx.sreg.")) {
    std::string replaced = "emulated_" + name.str();
    std::replace(replaced.begin(), replaced.end(), '.', '_');
    old.replaceAllUsesWith(call(replaced, old.getType(), {}));
  } else if (name.consume_front("llvm.nvvm.shfl.sync.")) {
    if (!shuffle(old, name))
      return false;
  } else if (name.consume_front("llvm.nvvm.mbarrier.")) {
    if (!barrier(old, name))
      return false;
  } else if (name == "llvm.nvvm.bar.warp.sync") {
    auto *mask = dyn_cast<ConstantInt>(old.getArgOperand(0));
    if (!mask || !mask->isMinusOne())
      return false;
    call("emulated_warp_barrier", b.getVoidTy(), {site()});
  } else if (name.consume_front("llvm.nvvm.cp.async.bulk.tensor.g2s.tile.")) {
    if (!copyBox(old, name))
      return false;
  } else if (name.consume_front("llvm.nvvm.cp.async.")) {
    if (!copy(old, name))
      return false;
  } else if (name == "llvm.nvvm.wgmma.fence.sync.aligned") {
    call("emulated_sums_fence", b.getVoidTy(), {});
  } else if (name == "llvm.nvvm.wgmma.commit_group.sync.aligned") {
    call("emulated_product_group", b.getVoidTy(), {});
  } else if (name == "llvm.nvvm.mma.m16n8k16.row.col.bf16") {
    multiply(old, /*pairs=*/true);
  } else if (name == "llvm.nvvm.mma.m16n8k8.row.col.tf32") {
    multiply(old, /*pairs=*/false);
  } else if (name.consume_front("llvm.nvvm.ldmatrix.sync.aligned.")) {
    if (!loadMatrices(old, name))
      return false;
  } else if (name == "llvm.nvvm.ff2bf16x2.rn") {
    Value *word = call("emulated_pair", b.getInt32Ty(), {old.getArgOperand(1), old.getArgOperand(0)});
    old.replaceAllUsesWith(b.CreateBitCast(word, old.getType()));
  } else if (old.getIntrinsicID() == Intrinsic::nvvm_barrier_cta_sync_aligned_all) {
    auto *which = dyn_cast<ConstantInt>(old.getArgOperand(0));
    if (!which || !which->isZero())
      return false;
    call("emulated_barrier", b.getVoidTy(), {site()});
  } else {
    return false;
  }
  old.eraseFromParent();
  return true;
}

bool Replacer::run() {
  SmallVector<Instruction *> all;
  for (Function &function : module)
    for (Instruction &instruction : instructions(function))
      all.push_back(&instruction);
  for (Instruction *each : all) {
    Instruction &instruction = *each;
    ++number;
    if (auto *load = dyn_cast<LoadInst>(&instruction))
      announce(*load, load->getPointerOperand(), load->getType(), false);
    else if (auto *store = dyn_cast<StoreInst>(&instruction))
      announce(*store, store->getPointerOperand(), store->getValueOperand()->getType(), true);
    auto *cast = dyn_cast<AddrSpaceCastInst>(&instruction);
    auto *old = dyn_cast<CallInst>(&instruction);
    bool known = !cast || cast->getDestAddressSpace() == sharedSpace || cast->getSrcAddressSpace() != sharedSpace ||
                 cast->getDestAddressSpace() == clusterSpace; // which copies of boxes take apart
    if (old && old->getCalledFunction() && old->getCalledFunction()->getName().starts_with("llvm.nvvm."))
      known = replace(*old);
    else if (old && old->isInlineAsm())
      known = replaceAssembly(*old);
    if (!known) {
      errs() << "error: nn-emulate does not know" << instruction << '\n';
      return false;
    }
  }
  return true;
}

/// What a kernel reaches, itself or through what it calls: shared memory, functions whose threads wait.
static void reach(Value *value, SetVector<GlobalVariable *> &shared, bool &waits, SmallPtrSetImpl<Value *> &seen) {
  if (!seen.insert(value).second)
    return;
  if (auto *function = dyn_cast<Function>(value)) {
    waits |= function->getName() == "emulated_barrier" || function->getName() == "emulated_shuffle" ||
             function->getName() == "emulated_product" || function->getName() == "emulated_matrices";
    for (Instruction &instruction : instructions(*function))
      for (Value *operand : instruction.operands())
        if (isa<Constant>(operand))
          reach(operand, shared, waits, seen);
  } else if (auto *variable = dyn_cast<GlobalVariable>(value); variable && variable->getAddressSpace() == sharedSpace) {
    shared.insert(variable);
  } else if (auto *constant = dyn_cast<ConstantExpr>(value)) {
    for (Value *operand : constant->operands())
      reach(operand, shared, waits, seen);
  }
}

/// A function that takes a kernel's parameters as a driver does.
static Function *wrap(Function &kernel) {
  LLVMContext &context = kernel.getContext();
  SmallVector<bool> byValue;
  for (Argument &argument : kernel.args())
    byValue.push_back(argument.hasByValAttr());
  kernel.setCallingConv(CallingConv::C);
  kernel.setLinkage(GlobalValue::InternalLinkage);
  kernel.setAttributes({});
  auto *pointer = PointerType::get(context, 0);
  auto *type = FunctionType::get(Type::getVoidTy(context), {pointer}, false);
  Function *wrapper = Function::Create(type, GlobalValue::InternalLinkage, "run", *kernel.getParent());
  IRBuilder<> b(BasicBlock::Create(context, "", wrapper));
  SmallVector<Value *> arguments;
  for (Argument &argument : kernel.args()) {
    Value *place =
        b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, wrapper->getArg(0), argument.getArgNo()));
    arguments.push_back(byValue[argument.getArgNo()] ? place : b.CreateLoad(argument.getType(), place));
  }
  b.CreateCall(&kernel, arguments);
  b.CreateRetVoid();
  return wrapper;
}

/// What a block is given when it is launched.
static constexpr StringLiteral blockMemoryName = "block_memory";
static constexpr uint64_t mostBlockMemory = 256 * 1024;

/// Gives it a place.
static void defineBlockMemory(Module &module) {
  GlobalVariable *declared = module.getNamedGlobal(blockMemoryName);
  if (!declared)
    return;
  auto *type = ArrayType::get(Type::getInt8Ty(module.getContext()), mostBlockMemory);
  auto *defined = new GlobalVariable(module, type, false, GlobalValue::InternalLinkage, nullptr, "", nullptr,
                                     GlobalValue::NotThreadLocal, sharedSpace);
  defined->setInitializer(Constant::getNullValue(type));
  defined->setAlignment(Align(1024));
  declared->replaceAllUsesWith(defined);
  defined->takeName(declared);
  declared->eraseFromParent();
}

/// Of a variable in shared memory: negative where a launch says how many there are.
static int64_t bytesOf(const GlobalVariable &variable) {
  auto bytes = int64_t(variable.getDataLayout().getTypeAllocSize(variable.getValueType()));
  return variable.getName() == blockMemoryName ? -bytes : bytes;
}

/// KernelCode NAME.emulated
static void describe(Function &kernel) {
  Module &module = *kernel.getParent();
  SetVector<GlobalVariable *> shared;
  SmallPtrSet<Value *, 16> seen;
  bool waits = false;
  reach(&kernel, shared, waits, seen);
  auto *pointer = PointerType::get(module.getContext(), 0);
  auto number = [&](int64_t n) -> Constant * {
    return ConstantInt::get(Type::getInt64Ty(module.getContext()), uint64_t(n));
  };
  auto *piece = StructType::get(pointer, number(0)->getType());
  SmallVector<Constant *> pieces;
  for (GlobalVariable *each : shared)
    pieces.push_back(
        ConstantStruct::get(piece, {ConstantExpr::getAddrSpaceCast(each, pointer), number(bytesOf(*each))}));
  auto *list = ArrayType::get(piece, pieces.size());
  auto *places =
      new GlobalVariable(module, list, true, GlobalValue::InternalLinkage, ConstantArray::get(list, pieces), "shared");
  SmallVector<Constant *> sizes;
  for (Argument &argument : kernel.args()) {
    Type *type = argument.hasByValAttr() ? argument.getParamByValType() : argument.getType();
    sizes.push_back(number(int64_t(module.getDataLayout().getTypeAllocSize(type).getFixedValue())));
  }
  auto *numbers = ArrayType::get(number(0)->getType(), sizes.size());
  auto *bytes = new GlobalVariable(module, numbers, true, GlobalValue::InternalLinkage,
                                   ConstantArray::get(numbers, sizes), "parameters");
  Constant *description =
      ConstantStruct::getAnon({wrap(kernel), number(int64_t(kernel.arg_size())), bytes,
                               number(waits || !shared.empty()), number(int64_t(shared.size())), places});
  new GlobalVariable(module, description->getType(), true, GlobalValue::ExternalLinkage, description,
                     kernel.getName() + ".emulated");
}

static int fail(const Twine &what) {
  errs() << "error: " << what << '\n';
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 3)
    return fail("usage: nn-emulate IN.ll OUT.o");
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseIRFile(argv[1], diagnostic, context);
  if (!module)
    return fail(diagnostic.getMessage());
  SmallVector<Function *> kernels;
  for (Function &function : *module)
    if (function.getCallingConv() == CallingConv::PTX_Kernel)
      kernels.push_back(&function);
  if (!Replacer(*module).run())
    return 1;
  defineBlockMemory(*module);
  for (Function *kernel : kernels)
    describe(*kernel);
  Triple triple(sys::getDefaultTargetTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(triple, sys::getHostCPUName(), "", TargetOptions(),
                                                                     Reloc::PIC_, std::nullopt, CodeGenOptLevel::Less));
  for (Function &function : make_early_inc_range(*module))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();
  // Blocks run one after the other, so shared memory is a variable.
  for (GlobalVariable &variable : module->globals())
    if (variable.getAddressSpace() == sharedSpace && !variable.isDeclaration())
      variable.setInitializer(Constant::getNullValue(variable.getValueType()));
  // What is fused on a GPU is fused here.
  for (Function &function : *module)
    function.addFnAttr("target-features", "+fma,+avx2");
  module->setDataLayout(machine->createDataLayout());
  module->setTargetTriple(triple);
  if (verifyModule(*module, &errs()))
    return fail("the kernels are no valid code for this processor");
  std::error_code code;
  raw_fd_ostream out(argv[2], code);
  legacy::PassManager passes;
  if (code || machine->addPassesToEmitFile(passes, out, nullptr, CodeGenFileType::ObjectFile))
    return fail("the object cannot be written");
  passes.run(*module);
  return 0;
}
