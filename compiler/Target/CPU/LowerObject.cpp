// lower-object: kernels through the LLVM dialect and a short LLVM pipeline to an ELF object, all in this process.
#include "Target/CPU/ISA.h"
#include "Target/CPU/LLVMSteps.h"
#include "Target/CPU/Program.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"

#include <mutex>

using namespace mlir;
using namespace nn;

static void initializeTargets() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
}

static std::unique_ptr<llvm::TargetMachine> createMachine(ISA isa) {
  static std::once_flag once;
  std::call_once(once, initializeTargets);
  const InstructionSet &set = describe(isa);
  llvm::Triple triple(set.triple);
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.FunctionSections = options.DataSections = true;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, set.cpu, set.features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel::Default));
}

/// What is worth doing to code that was scheduled before: no unrolling, no vectorization.
static constexpr llvm::StringLiteral scheduledPipeline =
    "function(sroa,early-cse,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(loop-rotate,licm),gvn,"
    "instcombine<no-verify-fixpoint>,dse,simplifycfg)";

static void finishFunctions(llvm::Module &module, ISA isa, llvm::TargetMachine &machine) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr("prefer-vector-width", llvm::utostr(describe(isa).vectorBits));
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
}

/// Kernels and entries for one instruction set, optimized.
static llvm::Expected<std::unique_ptr<llvm::Module>> compileVariant(ModuleOp whole, ISA isa, llvm::LLVMContext &context,
                                                                    const TargetOptions &options) {
  OwningOpRef<ModuleOp> part = variantOf(whole, isa, options);
  ModuleOp planned = *part;
  OwningOpRef<ModuleOp> kernels = kernelsOf(planned);
  PassManager pm(planned.getContext());
  pm.enableVerifier(false);
  buildCPUPipeline(pm, isa);
  if (failed(pm.run(*kernels)))
    return internalError("code could not be emitted for a kernel");
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(isa);
  if (!machine)
    return internalError("this compiler has no code for " + stringifyISA(isa));
  auto translated = translate(*kernels, context, *machine, stringifyISA(isa));
  if (!translated)
    return translated;
  std::unique_ptr<llvm::Module> module = std::move(*translated);
  for (KernelOp kernel : planned.getOps<KernelOp>()) {
    if (kernel.getRoutine())
      continue;
    llvm::Function *code = module->getFunction(kernel.getSymName());
    code->setName(variantName(kernel.getSymName(), isa));
    code->setLinkage(llvm::GlobalValue::InternalLinkage);
  }
  buildEntries(planned, *module, isa, options);
  finishFunctions(*module, isa, *machine);
  if (auto error = optimize(*module, *machine, scheduledPipeline))
    return std::move(error);
  return module;
}

/// What an executable carries for GPUs: data, for the linker of the least instruction set.
static llvm::Expected<std::unique_ptr<llvm::Module>>
finishForGPU(ModuleOp planned, const GPURest &rest, const TargetOptions &options, llvm::LLVMContext &context) {
  auto program = rest();
  if (!program)
    return program.takeError();
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(options.isas.front());
  auto module = std::make_unique<llvm::Module>("gpu", context);
  module->setDataLayout(machine->createDataLayout());
  module->setTargetTriple(machine->getTargetTriple());
  buildGPUDescriptor(planned, *program, *module, options);
  return module;
}

/// Some of the variants in one module. The first of all brings the descriptor, which names them all.
static llvm::Expected<std::unique_ptr<llvm::Module>>
compileModule(ModuleOp planned, ArrayRef<ISA> isas, const TargetOptions &options, llvm::LLVMContext &context) {
  std::unique_ptr<llvm::Module> all;
  for (ISA isa : isas) {
    auto variant = compileVariant(planned, isa, context, options);
    if (!variant)
      return variant;
    if (!all)
      all = std::move(*variant);
    else if (llvm::Linker::linkModules(*all, std::move(*variant)))
      return internalError("two variants could not be joined");
  }
  if (!all)
    return internalError("no instruction set was chosen");
  if (isas.front() == options.isas.front())
    buildDescriptor(planned, *all, options);
  if (auto error = verify(*all))
    return std::move(error);
  return all;
}

/// All of it in one module.
static llvm::Expected<std::unique_ptr<llvm::Module>> compileWhole(ModuleOp planned, const TargetOptions &options,
                                                                  llvm::LLVMContext &context) {
  auto code = compileModule(planned, options.isas, options, context);
  if (!code || !options.gpu)
    return code;
  auto rest = options.gpu(planned);
  if (!rest)
    return rest.takeError();
  auto data = finishForGPU(planned, *rest, options, context);
  if (data && llvm::Linker::linkModules(**code, std::move(*data)))
    return internalError("the code for GPUs could not be joined");
  return data ? std::move(code) : std::move(data);
}

static llvm::Expected<ObjectBytes> generateObject(llvm::Module &module, ISA isa) {
  ObjectBytes object;
  llvm::raw_svector_ostream stream(object);
  if (auto error = generate(module, *createMachine(isa), stream, llvm::CodeGenFileType::ObjectFile))
    return std::move(error);
  return object;
}

llvm::Expected<ObjectBytes> nn::emitObject(ModuleOp module, const TargetOptions &options) {
  llvm::LLVMContext context;
  auto code = compileWhole(module, options, context);
  return code ? generateObject(**code, options.isas.front()) : code.takeError();
}

namespace {

/// One of the objects of an executable: of an instruction set, or of what is for GPUs. Its module is its own, so that
/// threads share nothing.
class Part {
public:
  Part(const DialectRegistry &registry, const TargetOptions &options)
      : ir(registry, MLIRContext::Threading::DISABLED), options(options) {}

  void compile(StringRef bytecode, ISA isa) {
    if (!read(bytecode))
      return;
    auto code = compileModule(*planned, isa, options, context);
    object = code ? generateObject(**code, isa) : code.takeError();
  }
  /// In two halves, see `TargetOptions`. False if there is no second one.
  bool beginForGPU(StringRef bytecode) {
    if (!read(bytecode))
      return false;
    auto begun = options.gpu(*planned);
    if (!begun)
      object = begun.takeError();
    else
      rest = std::move(*begun);
    return bool(rest);
  }
  void finishForGPU() {
    auto data = ::finishForGPU(*planned, rest, options, context);
    object = data ? generateObject(**data, options.isas.front()) : data.takeError();
  }

  std::optional<llvm::Expected<ObjectBytes>> object; ///< the result

private:
  bool read(StringRef bytecode) {
    planned = parseSourceString<ModuleOp>(bytecode, ParserConfig(&ir, /*verifyAfterParse=*/false));
    if (!planned)
      object = internalError("a module could not be read back");
    return bool(planned);
  }

  MLIRContext ir;
  llvm::LLVMContext context;
  const TargetOptions &options;
  OwningOpRef<ModuleOp> planned;
  GPURest rest;
};

} // namespace

llvm::Expected<std::vector<ObjectBytes>> nn::emitObjects(ModuleOp module, const TargetOptions &options) {
  std::string bytecode;
  llvm::raw_string_ostream stream(bytecode);
  if (failed(writeBytecodeToFile(module, stream)))
    return internalError("a module could not be written");
  std::mutex sources;
  TargetOptions guarded = options;
  if (options.placeText)
    guarded.placeText = [&](Location location) {
      std::lock_guard<std::mutex> lock(sources);
      return options.placeText(location);
    };
  std::vector<std::unique_ptr<Part>> parts;
  for (size_t k = 0; k < options.isas.size() + (options.gpu ? 1 : 0); ++k)
    parts.push_back(std::make_unique<Part>(module.getContext()->getDialectRegistry(), guarded));
  // What is for GPUs comes first in halves: with the instruction sets, two cores are busy to the end.
  llvm::DefaultThreadPool threads;
  if (options.gpu)
    threads.async([&, &part = *parts.back()] {
      if (part.beginForGPU(bytecode))
        threads.async([&part] { part.finishForGPU(); });
    });
  for (auto [part, isa] : llvm::zip(parts, options.isas))
    threads.async([&, &part = *part, isa = isa] { part.compile(bytecode, isa); });
  threads.wait();
  std::vector<ObjectBytes> objects;
  llvm::Error errors = llvm::Error::success();
  for (auto &part : parts) {
    if (*part->object)
      objects.push_back(std::move(**part->object));
    else
      errors = llvm::joinErrors(std::move(errors), part->object->takeError());
  }
  if (errors)
    return std::move(errors);
  return objects;
}

llvm::Expected<std::string> nn::emitAssembly(ModuleOp module, const TargetOptions &options) {
  llvm::LLVMContext context;
  auto code = compileWhole(module, options, context);
  if (!code)
    return code.takeError();
  SmallVector<char, 0> text;
  llvm::raw_svector_ostream stream(text);
  if (auto error = generate(**code, *createMachine(options.isas.front()), stream, llvm::CodeGenFileType::AssemblyFile))
    return std::move(error);
  return std::string(text.begin(), text.end());
}

llvm::Expected<std::string> nn::emitLLVM(ModuleOp module, const TargetOptions &options) {
  llvm::LLVMContext context;
  auto code = compileWhole(module, options, context);
  if (!code)
    return code.takeError();
  std::string text;
  llvm::raw_string_ostream stream(text);
  (*code)->print(stream, nullptr);
  return text;
}
