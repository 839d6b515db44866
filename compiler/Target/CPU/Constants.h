// Constants of eight-byte fields, as noether/abi.h lays out its structs. For use within this room.
#pragma once

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/Module.h"

namespace nn {

class ConstantBuilder {
public:
  using Fields = llvm::SmallVector<llvm::Constant *>;

  explicit ConstantBuilder(llvm::Module &module) : module(module), context(module.getContext()) {}

  llvm::Constant *number(int64_t value) { return llvm::ConstantInt::get(llvm::Type::getInt64Ty(context), value, true); }
  llvm::Constant *real(double value) { return llvm::ConstantFP::get(llvm::Type::getDoubleTy(context), value); }
  llvm::Constant *null() { return llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0)); }
  llvm::Constant *text(llvm::StringRef value) {
    return pointerTo(llvm::ConstantDataArray::getString(context, value), 1);
  }
  llvm::Constant *optionalText(llvm::StringRef value) { return value.empty() ? null() : text(value); }
  llvm::Constant *pointerTo(llvm::Constant *value, unsigned align = 8) {
    auto *global =
        new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value, "nn");
    global->setAlignment(llvm::Align(align));
    return global;
  }
  llvm::Constant *record(llvm::ArrayRef<llvm::Constant *> fields) {
    return llvm::ConstantStruct::getAnon(context, fields);
  }
  /// A count and the address of the elements.
  void list(Fields &into, llvm::ArrayRef<llvm::Constant *> elements) {
    into.push_back(number(int64_t(elements.size())));
    if (elements.empty()) {
      into.push_back(null());
      return;
    }
    auto *type = llvm::ArrayType::get(elements.front()->getType(), elements.size());
    into.push_back(pointerTo(llvm::ConstantArray::get(type, elements)));
  }
  /// A block of bytes, which may hold anything.
  llvm::Constant *bytes(llvm::StringRef data, unsigned align) {
    return data.empty() ? null()
                        : pointerTo(llvm::ConstantDataArray::getString(context, data, /*AddNull=*/false), align);
  }
  /// What another object defines for this executable.
  llvm::Constant *elsewhere(const llvm::Twine &name) {
    std::string text = name.str();
    if (llvm::GlobalValue *here = module.getNamedValue(text))
      return here;
    auto *global = new llvm::GlobalVariable(module, llvm::Type::getInt64Ty(context), true,
                                            llvm::GlobalValue::ExternalLinkage, nullptr, text);
    global->setVisibility(llvm::GlobalValue::HiddenVisibility);
    return global;
  }

protected:
  llvm::Module &module;
  llvm::LLVMContext &context;
};

} // namespace nn
