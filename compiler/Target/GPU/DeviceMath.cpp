// Renames calls of functions and links what they then name.
#include "Target/GPU/DeviceMath.h"
#include "Support/Embedded.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/Linker/Linker.h"

using namespace llvm;

/// The name of libm: of `llvm.exp.f64`, `exp` and `expf` it is `exp`.
static StringRef nameInLibm(const Function &function) {
  StringRef name = function.getName();
  if (name.consume_front("llvm."))
    return name.split('.').first;
  if (function.getReturnType()->isFloatTy())
    name.consume_back("f");
  return name;
}

/// The name in OpenCL C: `_Z3powdd`. Empty for what is no function of floats.
static std::string nameInOpenCL(const Function &function) {
  Type *type = function.getReturnType();
  bool same = all_of(function.args(), [&](const Argument &argument) { return argument.getType() == type; });
  if (!same || function.arg_empty() || !(type->isFloatTy() || type->isDoubleTy()))
    return {};
  StringRef name = nameInLibm(function);
  std::string letters(function.arg_size(), type->isFloatTy() ? 'f' : 'd');
  return "_Z" + utostr(name.size()) + name.str() + letters;
}

Error nn::linkDeviceMath(Module &module) {
  StringRef bytes = embedded::deviceMath().front().bytes;
  auto library = getLazyBitcodeModule(MemoryBufferRef(bytes, "libclc"), module.getContext());
  if (!library)
    return library.takeError();
  bool needed = false;
  for (Function &function : make_early_inc_range(module)) {
    std::string name = function.isDeclaration() ? nameInOpenCL(function) : std::string();
    Function *found = name.empty() ? nullptr : (*library)->getFunction(name);
    if (!found || found->getFunctionType() != function.getFunctionType())
      continue;
    function.replaceAllUsesWith(module.getOrInsertFunction(name, function.getFunctionType()).getCallee());
    function.eraseFromParent();
    needed = true;
  }
  if (!needed)
    return Error::success();
  SmallPtrSet<const GlobalVariable *, 16> own;
  for (const GlobalVariable &variable : module.globals())
    own.insert(&variable);
  (*library)->setTargetTriple(module.getTargetTriple());
  (*library)->setDataLayout(module.getDataLayout());
  if (Linker::linkModules(module, std::move(*library), Linker::LinkOnlyNeeded))
    return createStringError("libclc could not be linked");
  for (GlobalVariable &table : module.globals()) {
    if (own.contains(&table))
      continue;
    if (table.isDeclaration())
      return createStringError("libclc has no " + table.getName());
    table.setLinkage(GlobalValue::InternalLinkage);
  }
  return Error::success();
}
