// Entry functions of a model object: the launches of a root in order, with buffers at their places in the blocks of a
// call.
#include "Dialect/NN/IR/ConstantBytes.h"
#include "Kernels/Kernels.h"
#include "Target/CPU/ISA.h"
#include "Target/CPU/Program.h"
#include "Target/CPU/Work.h"

#include "noether/abi.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/SHA1.h"

#include <cmath>

using namespace mlir;
using namespace nn;

std::string nn::variantName(StringRef symbol, ISA isa) { return (symbol + "." + stringifyISA(isa)).str(); }
std::string nn::launchedName(StringRef kernel, ISA isa) { return variantName(kernel, isa) + ".launched"; }

namespace {

class EntryBuilder {
public:
  EntryBuilder(ModuleOp planned, llvm::Module &module, ISA isa, const TargetOptions &options)
      : planned(planned), module(module), isa(isa), options(options), context(module.getContext()), b(context) {
    pointer = llvm::PointerType::get(context, 0);
    word = b.getInt64Ty();
    for (Operation &op : planned.getOps())
      if (auto offset = op.getAttrOfType<IntegerAttr>("nn.offset"); offset && ::llvm::isa<ParameterOp, StateVarOp>(op))
        paths[offset.getInt()] = SymbolTable::getSymbolName(&op).getValue();
  }
  void wrapKernel(KernelOp kernel);
  void wrapRoutine(KernelOp kernel);
  void buildRoot(func::FuncOp root);
  void buildLoopBody(func::FuncOp body);

private:
  llvm::Function *beginLaunched(KernelOp kernel);
  llvm::Function *begin(func::FuncOp function, ArrayRef<llvm::Type *> parameters,
                        llvm::GlobalValue::LinkageTypes linkage);
  void runLaunches(func::FuncOp function);
  void runLoop(LoopOp loop);
  void fillTurn(LoopOp loop, llvm::Value *turn, llvm::Value *arguments);
  llvm::Value *stateAfter(LoopOp loop, unsigned k, llvm::Value *turn);
  llvm::Value *address(Value buffer);
  llvm::Value *block(Space space);
  llvm::Value *constantData(BufferOp buffer);
  llvm::Constant *routineData(RoutineOp op);
  void launch(LaunchOp op);
  llvm::Constant *site(LaunchOp op, KernelOp kernel);
  llvm::Constant *operand(Value buffer, bool read, bool written);
  llvm::Constant *work(EquationOp op);
  int64_t nanosecondsOf(KernelOp kernel);
  llvm::Constant *arrayOf(ArrayRef<llvm::Constant *> values);
  llvm::Constant *text(StringRef value);
  llvm::Constant *pointerTo(llvm::Constant *value);
  llvm::GlobalVariable *shared(llvm::Constant *value, const std::string &name);

  ModuleOp planned;
  llvm::Module &module;
  ISA isa;
  const TargetOptions &options;
  llvm::DenseMap<int64_t, StringRef> paths; ///< parameters and states by their places
  llvm::LLVMContext &context;
  llvm::IRBuilder<> b;
  llvm::Type *pointer, *word;
  func::FuncOp function; ///< the one that is being built, and its entry
  llvm::Function *entry = nullptr;
  int64_t siteCount = 0; ///< of this function
  llvm::Value *blocks[unsigned(Space::loaded) + 1] = {};
  llvm::Value *slots = nullptr, *buffers = nullptr; ///< the launch's site, then its buffers
};

/// Rows of a buffer that turns take one by one.
int64_t rowBytes(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return byteSize(type) / type.getDimSize(0);
}

} // namespace

/// void kernel.abi(void *const *buffers, int64_t begin, int64_t end, void *workspace)
llvm::Function *EntryBuilder::beginLaunched(KernelOp kernel) {
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer, word, word, pointer}, false);
  auto linkage = options.gpu ? llvm::GlobalValue::ExternalLinkage : llvm::GlobalValue::InternalLinkage;
  auto *wrapper = llvm::Function::Create(type, linkage, launchedName(kernel.getSymName(), isa), module);
  if (options.gpu)
    wrapper->setVisibility(llvm::GlobalValue::HiddenVisibility);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", wrapper));
  return wrapper;
}

void EntryBuilder::wrapKernel(KernelOp kernel) {
  llvm::Function *code = module.getFunction(variantName(kernel.getSymName(), isa));
  llvm::Function *wrapper = beginLaunched(kernel);
  SmallVector<llvm::Value *> arguments;
  for (unsigned k = 0; k + 4 < code->arg_size(); ++k)
    arguments.push_back(b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, wrapper->getArg(0), k)));
  llvm::Value *workspace = wrapper->getArg(3);
  llvm::Value *clock = b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, workspace, -1));
  arguments.append({wrapper->getArg(1), wrapper->getArg(2), workspace, clock});
  b.CreateCall(code, arguments);
  b.CreateRetVoid();
}

/// The constant that a routine is called with (nn_routine).
llvm::Constant *EntryBuilder::routineData(RoutineOp op) {
  ArrayRef<int64_t> core = op.getCore(0);
  Type element = cast<ShapedType>(op.getInputs()[0].getType()).getElementType();
  int64_t dtype = element.isInteger(32) ? NN_I32 : element.isF64() ? NN_F64 : NN_F32, columns = core.back();
  if (op.getKind() == RoutineKind::solve)
    columns = op.getCore(1)[1];
  else if (op.getKind() == RoutineKind::group)
    columns = cast<ShapedType>(op.getInto()[0].getType()).getShape().back() - 1;
  llvm::Constant *where = b.CreateGlobalString(op.getWhere().value_or(""), "where", 0, &module);
  llvm::Constant *value =
      llvm::ConstantStruct::getAnon({b.getInt64(dtype), b.getInt64(core[0]), b.getInt64(columns), where});
  return new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true, llvm::GlobalValue::PrivateLinkage,
                                  value, "routine");
}

/// Of a routine of the runtime.
void EntryBuilder::wrapRoutine(KernelOp kernel) {
  RoutineOp op = kernel.getRoutine();
  auto *callee = llvm::FunctionType::get(b.getVoidTy(), {pointer, pointer, word, word, pointer}, false);
  llvm::Function *wrapper = beginLaunched(kernel);
  StringRef variant = describe(isa).abi >= NN_ISA_AVX2 && isLinkable(isa) ? "_avx2" : "";
  llvm::FunctionCallee code =
      module.getOrInsertFunction(("nnrt_" + stringifyRoutineKind(op.getKind()) + variant).str(), callee);
  b.CreateCall(code, {routineData(op), wrapper->getArg(0), wrapper->getArg(1), wrapper->getArg(2), wrapper->getArg(3)});
  b.CreateRetVoid();
}

/// The fields of nn_call, in its order, are persistent, settings, scratch, io, the runtime, and what is loaded.
llvm::Value *EntryBuilder::block(Space space) {
  llvm::Value *&base = blocks[unsigned(space)];
  unsigned position = space == Space::loaded ? 5 : unsigned(space);
  if (!base)
    base = b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, entry->getArg(0), position));
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
  // Apart from what the runtime reaches by offsets of 32 bits.
  constexpr size_t large = size_t(1) << 24;
  if (bytes.size() >= large)
    global->setCodeModel(llvm::CodeModel::Large);
  return global;
}

llvm::Value *EntryBuilder::address(Value value) {
  auto buffer = rootBuffer(value).getDefiningOp<BufferOp>();
  if (buffer.getSpace() == Space::constant)
    return constantData(buffer);
  if (buffer.getSpace() == Space::argument)
    return b.CreateLoad(pointer, b.CreateConstInBoundsGEP1_64(pointer, entry->getArg(1), *buffer.getOffset()));
  return b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), block(buffer.getSpace()), *buffer.getOffset());
}

llvm::Constant *EntryBuilder::pointerTo(llvm::Constant *value) {
  return new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value, "site");
}

/// Equal texts share one place.
llvm::Constant *EntryBuilder::text(StringRef value) {
  std::string name = "text." + llvm::toHex(llvm::SHA1::hash(llvm::arrayRefFromStringRef(value)));
  if (auto *known = module.getGlobalVariable(name))
    return known;
  llvm::GlobalVariable *global = shared(llvm::ConstantDataArray::getString(context, value), name);
  global->setUnnamedAddr(llvm::GlobalValue::UnnamedAddr::Global);
  return global;
}

/// The name that the program gives the value of this place, if it does.
static StringRef nameAt(Location loc) {
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return nameAt(call.getCallee());
  auto named = dyn_cast<NameLoc>(loc);
  return named ? named.getName().getValue() : StringRef();
}

/// struct nn_operand
llvm::Constant *EntryBuilder::operand(Value value, bool read, bool written) {
  auto type = cast<MemRefType>(value.getType());
  auto buffer = rootBuffer(value).getDefiningOp<BufferOp>();
  bool lasts = buffer.getSpace() == Space::persistent && buffer.getOffset();
  StringRef name = lasts ? paths.lookup(*buffer.getOffset()) : nameAt(buffer.getLoc());
  Type element = type.getElementType();
  int64_t dtype = element.isF64()         ? NN_F64
                  : element.isF32()       ? NN_F32
                  : element.isInteger(32) ? NN_I32
                  : element.isInteger(64) ? NN_I64
                                          : NN_BOOL;
  std::string place = options.placeText ? options.placeText(buffer.getLoc()) : "an equation";
  return llvm::ConstantStruct::getAnon(context,
                                       {text(name), text(place), b.getInt64(dtype), b.getInt64(type.getNumElements()),
                                        b.getInt64(read), b.getInt64(written)});
}

/// struct nn_site
llvm::Constant *EntryBuilder::site(LaunchOp op, KernelOp kernel) {
  SmallVector<bool> read(op.getBuffers().size()), written(op.getBuffers().size());
  for (EquationOp equation : kernel.getBody().front().getOps<EquationOp>()) {
    auto mark = [&](ValueRange values, SmallVectorImpl<bool> &marks) {
      for (Value value : values)
        if (auto argument = dyn_cast<BlockArgument>(value);
            argument && argument.getOwner() == &kernel.getBody().front())
          marks[argument.getArgNumber()] = true;
    };
    mark(equation.getInputs(), read);
    mark(equation.getTables(), read);
    mark(equation.getDest(), written);
  }
  SmallVector<llvm::Constant *> operands;
  for (auto [k, buffer] : llvm::enumerate(op.getBuffers()))
    operands.push_back(operand(buffer, read[k], written[k]));
  SmallVector<llvm::Constant *> works;
  for (EquationOp equation : kernel.getBody().front().getOps<EquationOp>())
    works.push_back(work(equation));
  llvm::Constant *value = llvm::ConstantStruct::getAnon(
      context, {b.getInt64(operands.size()), arrayOf(operands), b.getInt64(works.size()), arrayOf(works)});
  return shared(value, ("site." + function.getSymName() + "." + llvm::Twine(siteCount++)).str());
}

/// A constant that all variants have, each under this name: the linker keeps one.
llvm::GlobalVariable *EntryBuilder::shared(llvm::Constant *value, const std::string &name) {
  auto linkage = llvm::GlobalValue::LinkOnceODRLinkage;
  auto *global = new llvm::GlobalVariable(module, value->getType(), /*isConstant=*/true, linkage, value, name);
  global->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return global;
}

/// struct nn_work
llvm::Constant *EntryBuilder::work(EquationOp op) {
  Work work = workOf(op);
  auto number = [&](double value) { return llvm::ConstantFP::get(b.getDoubleTy(), value); };
  std::string place = options.placeText ? options.placeText(op.getLoc()) : "an equation";
  return llvm::ConstantStruct::getAnon(context, {text(place), text(nameAt(op.getLoc())), number(work.operations),
                                                 number(work.bytesRead), number(work.bytesWritten)});
}

/// A pointer to these structs, null if there are none.
llvm::Constant *EntryBuilder::arrayOf(ArrayRef<llvm::Constant *> values) {
  if (values.empty())
    return llvm::ConstantPointerNull::get(llvm::PointerType::get(context, 0));
  return pointerTo(llvm::ConstantArray::get(llvm::ArrayType::get(values[0]->getType(), values.size()), values));
}

/// About how long a kernel takes on one thread; 0: unknown, as for routines.
int64_t EntryBuilder::nanosecondsOf(KernelOp kernel) {
  double all = 0;
  for (EquationOp equation : kernel.getBody().front().getOps<EquationOp>())
    all += nn::nanosecondsOf(equation, isa);
  return int64_t(std::ceil(all));
}

void EntryBuilder::launch(LaunchOp op) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  int64_t frame = kernel.getFrame(), extent = std::max<int64_t>(rangeLength(kernel), 1);
  int64_t grain = frame > 0 ? int64_t(kernel.getGrain().value_or(frame)) : 1;
  b.CreateStore(site(op, kernel), slots);
  for (auto [k, buffer] : llvm::enumerate(op.getBuffers()))
    b.CreateStore(address(buffer), b.CreateConstInBoundsGEP1_64(pointer, buffers, k));
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {pointer, pointer, pointer, word, word, word}, false);
  llvm::FunctionCallee run = module.getOrInsertFunction("nnrt_launch", type);
  llvm::Function *code = module.getFunction(launchedName(kernel.getSymName(), isa));
  b.CreateCall(
      run, {entry->getArg(0), code, buffers, b.getInt64(extent), b.getInt64(grain), b.getInt64(nanosecondsOf(kernel))});
}

//===-- Loops
//------------------------------------------------------------------------------------------------------===//

/// Where turn t leaves state k: its row of the stack; else the result and the spare buffer in turns, so that the last
/// of all turns fills the result.
llvm::Value *EntryBuilder::stateAfter(LoopOp loop, unsigned k, llvm::Value *turn) {
  llvm::Value *result = address(loop.resultOf(k));
  if (loop.getStacked())
    return b.CreateGEP(b.getInt8Ty(), result, b.CreateMul(turn, b.getInt64(rowBytes(loop.resultOf(k)))));
  llvm::Value *left = b.CreateSub(b.getInt64(loop.getLength() - 1), turn);
  return b.CreateSelect(b.CreateTrunc(left, b.getInt1Ty()), address(loop.spareOf(k)), result);
}

/// Stores the arguments of one turn: the turn, the states before it, its slices, the captures, the states after it and
/// the flag.
void EntryBuilder::fillTurn(LoopOp loop, llvm::Value *turn, llvm::Value *arguments) {
  unsigned count = 0;
  auto pass = [&](llvm::Value *place) {
    b.CreateStore(place, b.CreateConstInBoundsGEP1_64(pointer, arguments, count++));
  };
  llvm::Value *place = address(loop.turnBuffer());
  b.CreateStore(b.CreateTrunc(turn, b.getInt32Ty()), place);
  pass(place);
  llvm::Value *first = b.CreateICmpEQ(turn, b.getInt64(0)), *before = b.CreateSub(turn, b.getInt64(1));
  for (auto [k, init] : llvm::enumerate(loop.getInits()))
    pass(b.CreateSelect(first, address(init), stateAfter(loop, k, before)));
  for (Value x : loop.getXs())
    pass(b.CreateGEP(b.getInt8Ty(), address(x), b.CreateMul(turn, b.getInt64(rowBytes(x)))));
  for (Value capture : loop.getCaptures())
    pass(address(capture));
  for (unsigned k = 0; k < loop.getInits().size(); ++k)
    pass(stateAfter(loop, k, turn));
  if (loop.getUntil())
    pass(address(loop.flagBuffer()));
}

void EntryBuilder::runLoop(LoopOp loop) {
  if (loop.getLength() == 0)
    return;
  unsigned count = 2 + 2 * loop.getInits().size() + loop.getXs().size() + loop.getCaptures().size();
  llvm::IRBuilder<> atStart(&entry->getEntryBlock(), entry->getEntryBlock().begin());
  llvm::Value *arguments = atStart.CreateAlloca(llvm::ArrayType::get(pointer, count));
  llvm::Value *scratch = b.CreateConstInBoundsGEP1_64(b.getInt8Ty(), block(Space::scratch), *loop.getScratch());
  llvm::BasicBlock *before = b.GetInsertBlock(), *around = llvm::BasicBlock::Create(context, "turn", entry),
                   *after = llvm::BasicBlock::Create(context, "after", entry);
  b.CreateBr(around);
  b.SetInsertPoint(around);
  llvm::PHINode *turn = b.CreatePHI(word, 2);
  fillTurn(loop, turn, arguments);
  b.CreateCall(module.getFunction(variantName(loop.getBody(), isa)), {entry->getArg(0), arguments, scratch});
  llvm::Value *next = b.CreateAdd(turn, b.getInt64(1)), *done = b.CreateICmpEQ(next, b.getInt64(loop.getLength()));
  if (loop.getUntil())
    done = b.CreateOr(done, b.CreateIsNotNull(b.CreateLoad(b.getInt8Ty(), address(loop.flagBuffer()))));
  turn->addIncoming(b.getInt64(0), before);
  turn->addIncoming(next, b.GetInsertBlock());
  b.CreateCondBr(done, after, around);
  b.SetInsertPoint(after);
  // A loop that ended early may have left its states in the spare buffers.
  if (loop.getUntil())
    for (unsigned k = 0; k < loop.getInits().size(); ++k)
      b.CreateMemMove(address(loop.resultOf(k)), llvm::MaybeAlign(1), stateAfter(loop, k, turn), llvm::MaybeAlign(1),
                      byteSize(cast<ShapedType>(loop.resultOf(k).getType())));
}

//===-- Functions
//--------------------------------------------------------------------------------------------------===//

/// Starts a function that returns nothing.
llvm::Function *EntryBuilder::begin(func::FuncOp from, ArrayRef<llvm::Type *> parameters,
                                    llvm::GlobalValue::LinkageTypes linkage) {
  function = from;
  siteCount = 0;
  auto *type = llvm::FunctionType::get(b.getVoidTy(), parameters, false);
  entry = llvm::Function::Create(type, linkage, variantName(function.getSymName(), isa), module);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", entry));
  llvm::fill(blocks, nullptr);
  return entry;
}

void EntryBuilder::runLaunches(func::FuncOp function) {
  size_t most = 1;
  for (LaunchOp op : function.getOps<LaunchOp>())
    most = std::max(most, op.getBuffers().size());
  slots = b.CreateAlloca(llvm::ArrayType::get(pointer, most + 1));
  buffers = b.CreateConstInBoundsGEP1_64(pointer, slots, 1);
  // Every place that is used is known before the first loop begins, so that it is known behind it, too.
  for (Space space : {Space::persistent, Space::settings, Space::scratch, Space::io, Space::loaded})
    block(space);
  for (Operation &op : function.getBody().front())
    if (auto own = dyn_cast<LaunchOp>(op))
      launch(own);
    else if (auto loop = dyn_cast<LoopOp>(op))
      runLoop(loop);
  b.CreateRetVoid();
}

/// void root(nn_call *call)
void EntryBuilder::buildRoot(func::FuncOp root) {
  begin(root, {pointer}, llvm::GlobalValue::ExternalLinkage)->setVisibility(llvm::GlobalValue::HiddenVisibility);
  runLaunches(root);
}

/// void body(nn_call *call, void *const *arguments, void *scratch)
void EntryBuilder::buildLoopBody(func::FuncOp body) {
  begin(body, {pointer, pointer, pointer}, llvm::GlobalValue::InternalLinkage);
  blocks[unsigned(Space::scratch)] = entry->getArg(2);
  runLaunches(body);
}

void nn::buildEntries(ModuleOp planned, llvm::Module &module, ISA isa, const TargetOptions &options) {
  EntryBuilder builder(planned, module, isa, options);
  for (KernelOp kernel : planned.getOps<KernelOp>())
    kernel.getRoutine() ? builder.wrapRoutine(kernel) : builder.wrapKernel(kernel);
  for (func::FuncOp function : planned.getOps<func::FuncOp>())
    if (function->hasAttr(loopBodyAttrName))
      builder.buildLoopBody(function);
    else if (isRoot(function))
      builder.buildRoot(function);
}
