// Compiles kernels for GPUs, as `nnc build --emit nvvm` prints them, to a shared object for this processor: what the
// fake driver beside this file runs. Usage: nn-emulate IN.ll OUT.o
//
// The registers of a thread become calls (`emulated_tid_x`), and each kernel gets a function that takes its parameters
// as a driver does, NAME.emulated(void **parameters), and an int with their number, NAME.parameters.
#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/IRBuilder.h"
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

/// llvm.nvvm.read.ptx.sreg.tid.x to emulated_tid_x. False if there is an intrinsic that nobody emulates.
static bool replaceRegisters(Module &module) {
  for (Function &function : make_early_inc_range(module)) {
    StringRef name = function.getName();
    if (!name.starts_with("llvm.nvvm."))
      continue;
    if (!name.consume_front("llvm.nvvm.read.ptx.sreg.")) {
      errs() << "error: nn-emulate does not know " << function.getName() << '\n';
      return false;
    }
    std::string replaced = "emulated_" + name.str();
    std::replace(replaced.begin(), replaced.end(), '.', '_');
    FunctionCallee callee = module.getOrInsertFunction(replaced, function.getFunctionType());
    function.replaceAllUsesWith(callee.getCallee());
    function.eraseFromParent();
  }
  return true;
}

/// void NAME.emulated(void **parameters), const int NAME.parameters
static void wrapKernel(Function &kernel) {
  Module &module = *kernel.getParent();
  LLVMContext &context = module.getContext();
  kernel.setCallingConv(CallingConv::C);
  kernel.setLinkage(GlobalValue::InternalLinkage);
  kernel.setAttributes({});
  auto *pointer = PointerType::get(context, 0);
  auto *type = FunctionType::get(Type::getVoidTy(context), {pointer}, false);
  Function *wrapper = Function::Create(type, GlobalValue::ExternalLinkage, kernel.getName() + ".emulated", module);
  IRBuilder<> b(BasicBlock::Create(context, "", wrapper));
  SmallVector<Value *> arguments;
  for (Argument &argument : kernel.args()) {
    Value *place =
        b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, wrapper->getArg(0), argument.getArgNo()));
    arguments.push_back(b.CreateLoad(argument.getType(), place));
  }
  b.CreateCall(&kernel, arguments);
  b.CreateRetVoid();
  Constant *count = b.getInt32(uint32_t(kernel.arg_size()));
  new GlobalVariable(module, count->getType(), true, GlobalValue::ExternalLinkage, count,
                     kernel.getName() + ".parameters");
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
  if (!replaceRegisters(*module))
    return 1;
  for (Function *kernel : kernels)
    wrapKernel(*kernel);
  Triple triple(sys::getDefaultTargetTriple());
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(triple, sys::getHostCPUName(), "", TargetOptions(),
                                                                     Reloc::PIC_, std::nullopt, CodeGenOptLevel::Less));
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
