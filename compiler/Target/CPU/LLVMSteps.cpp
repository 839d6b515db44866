// Translation, optimization and code generation by LLVM, in this process.
#include "Target/CPU/LLVMSteps.h"
#include "Dialect/NN/IR/NN.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"

using namespace mlir;
using namespace nn;

llvm::Error nn::internalError(const llvm::Twine &what) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "internal error: " + what);
}

OwningOpRef<ModuleOp> nn::kernelsOf(ModuleOp planned) {
  OwningOpRef<ModuleOp> result = ModuleOp::create(planned.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(result->getBody());
  for (KernelOp kernel : planned.getOps<KernelOp>())
    b.clone(*kernel);
  return result;
}

llvm::Expected<std::unique_ptr<llvm::Module>> nn::translate(ModuleOp module, llvm::LLVMContext &context,
                                                            const llvm::TargetMachine &machine, StringRef name) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  std::unique_ptr<llvm::Module> result = translateModuleToLLVMIR(module, context, name);
  if (!result)
    return internalError("kernels could not be translated to LLVM");
  result->setDataLayout(machine.createDataLayout());
  result->setTargetTriple(machine.getTargetTriple());
  return result;
}

llvm::Error nn::optimize(llvm::Module &module, llvm::TargetMachine &machine, StringRef pipeline) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  llvm::ModulePassManager passes;
  if (auto error = builder.parsePassPipeline(passes, pipeline))
    return error;
  passes.run(module, modules);
  return llvm::Error::success();
}

llvm::Error nn::verify(const llvm::Module &module) {
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (llvm::verifyModule(module, &stream))
    return internalError("invalid code was generated: " + message);
  return llvm::Error::success();
}

llvm::Error nn::generate(llvm::Module &module, llvm::TargetMachine &machine, llvm::raw_pwrite_stream &stream,
                         llvm::CodeGenFileType kind) {
  llvm::legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, kind, /*DisableVerify=*/true))
    return internalError("the target cannot emit this file type");
  passes.run(module);
  return llvm::Error::success();
}
