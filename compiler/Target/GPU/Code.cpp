// Through the LLVM dialect and LLVM's pipeline for GPUs to PTX, all in this process.
#include "Target/GPU/Code.h"
#include "Target/CPU/CPU.h"
#include "Target/CPU/LLVMSteps.h"
#include "Target/GPU/BulkCopies.h"
#include "Target/GPU/DeviceMath.h"
#include "Target/GPU/EmitTiles.h"
#include "Target/GPU/EqualPieces.h"
#include "Target/GPU/GPU.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Pieces.h"
#include "Target/GPU/WarpGroups.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <mutex>

using namespace mlir;
using namespace nn;

/// Every GPU since Ampere (2020), with any driver of CUDA 11 or later.
static constexpr llvm::StringLiteral chip = "sm_80", features = "+ptx70";
/// For products of warp groups, with any driver of CUDA 12.
static constexpr llvm::StringLiteral hopperChip = "sm_90a", hopperFeatures = "+ptx80";

/// What is worth doing before the driver, or ptxas, compiles the text: it optimizes again, and knows the machine.
static std::unique_ptr<llvm::TargetMachine> createMachine(StringRef chip = ::chip, StringRef features = ::features) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, chip, features, llvm::TargetOptions(), std::nullopt, std::nullopt, llvm::CodeGenOptLevel::Less));
}

/// True for intrinsics that NVPTX has instructions, or sequences of them, for.
static bool isKnown(const llvm::Function &function) {
  switch (function.getIntrinsicID()) {
  case llvm::Intrinsic::fma:
  case llvm::Intrinsic::fabs:
  case llvm::Intrinsic::floor:
  case llvm::Intrinsic::ceil:
  case llvm::Intrinsic::trunc:
  case llvm::Intrinsic::rint:
  case llvm::Intrinsic::nearbyint:
  case llvm::Intrinsic::round:
  case llvm::Intrinsic::roundeven:
  case llvm::Intrinsic::sqrt:
  case llvm::Intrinsic::maximum:
  case llvm::Intrinsic::minimum:
  case llvm::Intrinsic::maxnum:
  case llvm::Intrinsic::minnum:
  case llvm::Intrinsic::copysign:
  case llvm::Intrinsic::is_fpclass:
  case llvm::Intrinsic::abs:
  case llvm::Intrinsic::smax:
  case llvm::Intrinsic::smin:
  case llvm::Intrinsic::umax:
  case llvm::Intrinsic::umin:
  case llvm::Intrinsic::ctlz:
  case llvm::Intrinsic::cttz:
  case llvm::Intrinsic::ctpop:
  case llvm::Intrinsic::fshl:
  case llvm::Intrinsic::fshr:
  case llvm::Intrinsic::fmuladd:
  case llvm::Intrinsic::maximumnum:
  case llvm::Intrinsic::minimumnum:
  case llvm::Intrinsic::ldexp:
  case llvm::Intrinsic::assume:
    return true;
  default:
    return function.getName().starts_with("llvm.nvvm.");
  }
}

/// The first function that `function` calls, itself or through others, and that GPUs do not have; empty: none.
static llvm::StringRef missingIn(const llvm::Function &function, llvm::SmallPtrSetImpl<const llvm::Function *> &seen) {
  if (!seen.insert(&function).second)
    return {};
  for (const llvm::Instruction &instruction : llvm::instructions(function))
    if (auto *call = dyn_cast<llvm::CallBase>(&instruction)) {
      const llvm::Function *callee = call->getCalledFunction();
      if (!callee)
        return "a function that is not known";
      if (callee->isDeclaration() && !isKnown(*callee))
        return callee->getName();
      if (llvm::StringRef missing = missingIn(*callee, seen); !missing.empty())
        return missing;
    }
  return {};
}

/// Makes a parameter the map of a tensor itself, which copies read where the driver has put it (CUtensorMap).
static void takeMap(llvm::Argument &argument) {
  constexpr uint64_t bytes = 128, alignment = 64;
  llvm::LLVMContext &context = argument.getContext();
  auto *type = llvm::ArrayType::get(llvm::Type::getInt8Ty(context), bytes);
  argument.addAttr(llvm::Attribute::getWithByValType(context, type));
  argument.addAttr(llvm::Attribute::getWithAlignment(context, llvm::Align(alignment)));
  argument.addAttr(llvm::Attribute::get(context, "nvvm.grid_constant"));
}

void nn::makeEntries(llvm::Module &module, const llvm::StringMap<int64_t> &entries,
                     const llvm::StringMap<Needs> &needs) {
  for (const auto &entry : entries) {
    llvm::Function *kernel = module.getFunction(entry.getKey());
    kernel->setCallingConv(llvm::CallingConv::PTX_Kernel);
    kernel->addFnAttr("nvvm.maxntid", std::to_string(entry.getValue()));
    const Needs own = needs.lookup(entry.getKey());
    if (own.residentBlocks > 0)
      kernel->addFnAttr("nvvm.minctasm", std::to_string(own.residentBlocks));
    for (size_t k = kernel->arg_size() - own.tensors.size(); k < kernel->arg_size(); ++k)
      takeMap(*kernel->getArg(unsigned(k)));
    kernel->addFnAttr(llvm::Attribute::NoUnwind);
    for (llvm::Instruction &instruction : llvm::instructions(*kernel))
      if (auto *call = dyn_cast<llvm::CallBase>(&instruction); call && call->isInlineAsm())
        call->addFnAttr(llvm::Attribute::Convergent); // all threads of a warp come there together
  }
  for (llvm::Function &function : llvm::make_early_inc_range(module))
    if (!function.isDeclaration() && !entries.contains(function.getName())) {
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
      if (function.use_empty())
        function.eraseFromParent();
    }
  for (llvm::Function &function : llvm::make_early_inc_range(module))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();
}

llvm::Error nn::finishKernels(llvm::Module &module) {
  if (auto error = optimize(module, *createMachine(), "default<O1>"))
    return error;
  return verify(module);
}

llvm::Expected<PieceCode> nn::compilePieces(ModuleOp planned, const llvm::StringSet<> &wanted,
                                            llvm::LLVMContext &context) {
  PieceCode code;
  OwningOpRef<ModuleOp> kernels = kernelsOf(planned);
  for (KernelOp kernel : llvm::make_early_inc_range(kernels->getOps<KernelOp>()))
    if (!wanted.contains(kernel.getSymName()))
      kernel.erase();
  PassManager pm(planned.getContext());
  pm.enableVerifier(false);
  pm.addPass(createEmitGPUPass());
  if (failed(pm.run(*kernels)))
    return internalError("code could not be emitted for a kernel");
  code.merged = mergeEqualPieces(*kernels);
  SmallVector<std::string> names;
  for (auto function : kernels->getOps<func::FuncOp>()) {
    names.push_back(function.getSymName().str());
    function->removeAttr(blockThreadsAttrName);
    auto take = [&](StringRef name) {
      auto number = dyn_cast_if_present<IntegerAttr>(function->removeAttr(name));
      return number ? number.getInt() : 0;
    };
    code.needs[function.getSymName()] = {take(residentBlocksAttrName), take(sharedBytesAttrName),
                                         takeTensorMaps(function)};
  }
  PassManager lowering(planned.getContext());
  lowering.enableVerifier(false);
  buildCPULowering(lowering);
  if (failed(lowering.run(*kernels)))
    return internalError("code for a GPU could not be lowered");
  std::unique_ptr<llvm::TargetMachine> machine = createMachine();
  if (!machine)
    return internalError("this compiler has no code for GPUs of NVIDIA");
  auto translated = translate(*kernels, context, *machine, "gpu");
  if (!translated)
    return translated.takeError();
  code.module = std::move(*translated);
  if (auto error = linkDeviceMath(*code.module))
    return std::move(error);
  for (const std::string &piece : names) {
    llvm::SmallPtrSet<const llvm::Function *, 8> seen;
    if (StringRef missing = missingIn(*code.module->getFunction(piece), seen); !missing.empty())
      code.missing[piece] = missing.str();
  }
  for (const auto &[piece, other] : code.merged)
    if (auto missing = code.missing.find(other); missing != code.missing.end())
      code.missing[piece] = missing->second;
  return code;
}

/// The text of some kernels of a module, for a machine.
static llvm::Expected<std::string> generateSome(const llvm::Module &module, llvm::TargetMachine &machine, bool hopper) {
  std::unique_ptr<llvm::Module> part = llvm::CloneModule(module);
  for (llvm::Function &function : llvm::make_early_inc_range(*part))
    if (function.getCallingConv() == llvm::CallingConv::PTX_Kernel &&
        function.getName().ends_with(warpgroupSuffix) != hopper)
      function.eraseFromParent();
  if (auto error = optimize(*part, machine, "globaldce"))
    return std::move(error);
  llvm::SmallVector<char, 0> text;
  llvm::raw_svector_ostream stream(text);
  if (auto error = generate(*part, machine, stream, llvm::CodeGenFileType::AssemblyFile))
    return std::move(error);
  return std::string(text.begin(), text.end());
}

llvm::Expected<std::string> nn::generatePTX(const llvm::Module &module) {
  return generateSome(module, *createMachine(), /*hopper=*/false);
}

llvm::Expected<std::string> nn::generateHopperPTX(const llvm::Module &module) {
  bool any = llvm::any_of(module,
                          [](const llvm::Function &function) { return function.getName().ends_with(warpgroupSuffix); });
  return any ? generateSome(module, *createMachine(hopperChip, hopperFeatures), /*hopper=*/true) : std::string();
}
