// The launches of each function, with their operands at places in the blocks of a device.
#include "Dialect/NN/IR/ConstantBytes.h"
#include "Kernels/Kernels.h"
#include "Target/GPU/Code.h"
#include "Target/GPU/GPU.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Pieces.h"

#include "noether/abi.h"

using namespace mlir;
using namespace nn;

/// The most blocks of a grid: enough to fill any GPU; blocks then take several items.
static constexpr int64_t mostBlocks = 4096;

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(ModuleOp planned, const llvm::StringMap<std::string> &refused) : planned(planned), refused(refused) {}
  GPUProgram build();

private:
  std::optional<std::string> whyNot(func::FuncOp root);
  GPUFunction function(func::FuncOp root);
  GPULaunch launch(const Piece &piece, const KernelPieces &pieces, LaunchOp op);
  GPULaunch::Operand place(Value buffer);
  GPULaunch::Operand placeConstant(BufferOp buffer);
  const KernelPieces &piecesOf(LaunchOp op);

  ModuleOp planned;
  const llvm::StringMap<std::string> &refused;
  llvm::StringMap<KernelPieces> pieces; ///< by kernels
  llvm::StringMap<int64_t> positions;   ///< of kernels in the program's list, by names of pieces
  llvm::StringMap<int64_t> constants;   ///< offsets, by bytes
  GPUProgram program;
};

} // namespace

const KernelPieces &ProgramBuilder::piecesOf(LaunchOp op) {
  auto [found, isNew] = pieces.try_emplace(op.getKernel());
  if (isNew)
    found->second = nn::piecesOf(SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr()));
  return found->second;
}

/// What keeps a function on the processor; nothing: it can run on a GPU.
std::optional<std::string> ProgramBuilder::whyNot(func::FuncOp root) {
  for (Operation &op : root.getBody().front()) {
    if (isa<LoopOp>(op))
      return "it has a loop";
    auto launch = dyn_cast<LaunchOp>(op);
    if (!launch)
      continue;
    auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(launch, launch.getKernelAttr());
    if (RoutineOp routine = kernel.getRoutine(); routine && piecesOf(launch).pieces.empty())
      return ("`" + stringifyRoutineKind(routine.getKind()) + "` runs on the processor").str();
    for (const Piece &piece : piecesOf(launch).pieces)
      if (auto found = refused.find(piece.name); found != refused.end())
        return "GPUs have no `" + found->second + "`";
  }
  return std::nullopt;
}

/// Equal constants share one place, and so do all that are zeros.
GPULaunch::Operand ProgramBuilder::placeConstant(BufferOp buffer) {
  std::string bytes = bytesOf(*buffer.getValue());
  if (StringRef(bytes).find_first_not_of('\0') == StringRef::npos) {
    program.zeroBytes = std::max<int64_t>(program.zeroBytes, bytes.size());
    return {NN_GPU_ZEROS, 0};
  }
  auto [found, isNew] = constants.try_emplace(bytes, alignBuffer(program.constants.size()));
  if (isNew) {
    program.constants.resize(size_t(found->second));
    program.constants += bytes;
  }
  return {NN_GPU_CONSTANTS, found->second};
}

GPULaunch::Operand ProgramBuilder::place(Value value) {
  auto buffer = rootBuffer(value).getDefiningOp<BufferOp>();
  switch (buffer.getSpace()) {
  case Space::constant:
    return placeConstant(buffer);
  case Space::persistent:
    return {NN_GPU_PERSISTENT, int64_t(*buffer.getOffset())};
  case Space::settings:
    return {NN_GPU_SETTINGS, int64_t(*buffer.getOffset())};
  case Space::scratch:
    return {NN_GPU_SCRATCH, int64_t(*buffer.getOffset())};
  case Space::io:
    return {NN_GPU_IO, int64_t(*buffer.getOffset())};
  default:
    return {NN_GPU_LOADED, int64_t(*buffer.getOffset())};
  }
}

GPULaunch ProgramBuilder::launch(const Piece &piece, const KernelPieces &pieces, LaunchOp op) {
  auto [found, isNew] = positions.try_emplace(piece.name, program.kernels.size());
  if (isNew)
    program.kernels.push_back(piece.name);
  int64_t blocks = llvm::divideCeil(std::max<int64_t>(piece.items, 1), blockItems(piece));
  GPULaunch launch{found->second, std::min(blocks, mostBlocks), blockThreads(piece), {}};
  for (Value operand : piece.operands) {
    auto argument = dyn_cast<BlockArgument>(operand);
    launch.operands.push_back(argument ? place(op.getBuffers()[argument.getArgNumber()])
                                       : GPULaunch::Operand{NN_GPU_WORKSPACE, pieces.scratch.lookup(operand)});
  }
  return launch;
}

GPUFunction ProgramBuilder::function(func::FuncOp root) {
  GPUFunction result;
  result.scratchBytes = root->getAttrOfType<IntegerAttr>("nn.scratch_bytes").getInt();
  for (LaunchOp op : root.getOps<LaunchOp>()) {
    const KernelPieces &all = piecesOf(op);
    result.workspaceBytes = std::max(result.workspaceBytes, all.workspaceBytes);
    for (const Piece &piece : all.pieces)
      result.launches.push_back(launch(piece, all, op));
  }
  return result;
}

GPUProgram ProgramBuilder::build() {
  for (func::FuncOp root : planned.getOps<func::FuncOp>()) {
    if (!isRoot(root))
      continue;
    if (auto reason = whyNot(root))
      program.left.emplace_back(root.getSymName().str(), *reason);
    else
      program.functions[root.getSymName()] = function(root);
  }
  return std::move(program);
}

llvm::Expected<GPUProgram> nn::emitGPU(ModuleOp module) {
  OwningOpRef<ModuleOp> planned = module.clone();
  splitSums(*planned);
  splitPlaces(*planned);
  noteOverlaps(*planned);
  llvm::LLVMContext context;
  llvm::StringMap<std::string> refused;
  auto code = compileKernels(*planned, context, refused);
  if (!code)
    return code.takeError();
  GPUProgram program = ProgramBuilder(*planned, refused).build();
  auto ptx = generatePTX(**code);
  if (!ptx)
    return ptx.takeError();
  program.ptx = std::move(*ptx);
  return program;
}
