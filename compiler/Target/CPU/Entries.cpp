// Entry functions of a model object: the launches of a root in order, with buffers at their places in the blocks of a
// call.
#include "Target/CPU/Program.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/SHA1.h"

using namespace mlir;
using namespace nn;

std::string nn::variantName(StringRef symbol, ISA isa) { return (symbol + "." + stringifyISA(isa)).str(); }

bool nn::isRoot(func::FuncOp function) { return function->hasAttr("nn.io_bytes"); }

/// The bytes of a constant as they lie in memory; bools take a byte each.
static std::string bytesOf(ElementsAttr value) {
  std::string bytes;
  Type element = value.getElementType();
  auto append = [&](const APInt &bits) {
    unsigned size = std::max(1u, bits.getBitWidth() / 8);
    uint64_t word = bits.getZExtValue();
    bytes.append(reinterpret_cast<const char *>(&word), size);
  };
  if (isa<FloatType>(element))
    for (const APFloat &number : value.getValues<APFloat>())
      append(number.bitcastToAPInt());
  else
    for (const APInt &number : value.getValues<APInt>())
      append(number);
  return bytes;
}

namespace {

class EntryBuilder {
public:
  EntryBuilder(ModuleOp planned, llvm::Module &module, ISA isa)
      : planned(planned), module(module), isa(isa), context(module.getContext()), b(context) {
    pointer = llvm::PointerType::get(context, 0);
    word = b.getInt64Ty();
  }
  void wrapKernel(KernelOp kernel);
  void buildRoot(func::FuncOp root);

private:
  llvm::Value *address(Value buffer);
  llvm::Value *block(Space space);
  llvm::Value *constantData(BufferOp buffer);
  void launch(LaunchOp op);

  ModuleOp planned;
  llvm::Module &module;
  ISA isa;
  llvm::LLVMContext &context;
  llvm::IRBuilder<> b;
  llvm::Type *pointer, *word;
  llvm::Function *entry = nullptr;
  llvm::Value *blocks[4] = {}, *buffers = nullptr;
};

} // namespace

/// void kernel.abi(void *const *buffers, int64_t begin, int64_t end, void *workspace)
void EntryBuilder::wrapKernel(KernelOp kernel) {
  llvm::Function *code = module.getFunction(variantName(kernel.getSymName(), isa));
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer, word, word, pointer}, false);
  auto *wrapper =
      llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, code->getName() + ".launched", module);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", wrapper));
  SmallVector<llvm::Value *> arguments;
  for (unsigned k = 0; k + 3 < code->arg_size(); ++k)
    arguments.push_back(b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, wrapper->getArg(0), k)));
  arguments.append({wrapper->getArg(1), wrapper->getArg(2), wrapper->getArg(3)});
  b.CreateCall(code, arguments);
  b.CreateRetVoid();
}

/// The fields of nn_call, in its order, are persistent, settings, scratch, io.
llvm::Value *EntryBuilder::block(Space space) {
  llvm::Value *&base = blocks[unsigned(space)];
  if (!base)
    base = b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, entry->getArg(0), unsigned(space)));
  return base;
}

/// Equal constants share one place, also across instruction sets. Zeros take no space in the file.
llvm::Value *EntryBuilder::constantData(BufferOp buffer) {
  std::string bytes = bytesOf(*buffer.getValue());
  bool zeros = StringRef(bytes).find_first_not_of('\0') == StringRef::npos;
  std::string name = "constant." + (zeros ? "zeros." + llvm::utostr(bytes.size())
                                          : llvm::toHex(llvm::SHA1::hash(llvm::arrayRefFromStringRef(bytes))));
  if (auto *known = module.getGlobalVariable(name))
    return known;
  llvm::Constant *data = llvm::ConstantDataArray::getString(context, bytes, /*AddNull=*/false);
  auto linkage = llvm::GlobalValue::LinkOnceODRLinkage;
  auto *global = new llvm::GlobalVariable(module, data->getType(), /*isConstant=*/!zeros, linkage, data, name);
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  global->setAlignment(llvm::Align(64));
  return global;
}

llvm::Value *EntryBuilder::address(Value value) {
  while (auto view = value.getDefiningOp<ViewOp>())
    value = view.getInput();
  auto buffer = value.getDefiningOp<BufferOp>();
  if (buffer.getSpace() == Space::constant)
    return constantData(buffer);
  return b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), block(buffer.getSpace()), *buffer.getOffset());
}

void EntryBuilder::launch(LaunchOp op) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  int64_t frame = kernel.getFrame(), extent = std::max<int64_t>(frame, 1);
  int64_t grain = frame > 0 ? int64_t(kernel.getGrain().value_or(frame)) : 1;
  for (auto [k, buffer] : llvm::enumerate(op.getBuffers()))
    b.CreateStore(address(buffer), b.CreateConstInBoundsGEP1_64(pointer, buffers, k));
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer, pointer, pointer, word, word}, false);
  llvm::FunctionCallee run = module.getOrInsertFunction("nnrt_launch", type);
  llvm::Function *code = module.getFunction(variantName(kernel.getSymName(), isa) + ".launched");
  b.CreateCall(run, {entry->getArg(0), code, buffers, b.getInt64(extent), b.getInt64(grain)});
}

/// void root(nn_call *call)
void EntryBuilder::buildRoot(func::FuncOp root) {
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer}, false);
  entry = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, variantName(root.getSymName(), isa), module);
  entry->setVisibility(llvm::GlobalValue::HiddenVisibility);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", entry));
  llvm::fill(blocks, nullptr);
  size_t most = 1;
  for (LaunchOp op : root.getOps<LaunchOp>())
    most = std::max(most, op.getBuffers().size());
  buffers = b.CreateAlloca(llvm::ArrayType::get(pointer, most));
  for (LaunchOp op : root.getOps<LaunchOp>())
    launch(op);
  b.CreateRetVoid();
}

void nn::buildEntries(ModuleOp planned, llvm::Module &module, ISA isa) {
  EntryBuilder builder(planned, module, isa);
  for (KernelOp kernel : planned.getOps<KernelOp>())
    builder.wrapKernel(kernel);
  for (func::FuncOp function : planned.getOps<func::FuncOp>())
    if (isRoot(function))
      builder.buildRoot(function);
}
