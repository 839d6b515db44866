// The steps of each function, with their operands at places in the blocks of a device.
#include "Dialect/NN/IR/ConstantBytes.h"
#include "Kernels/Kernels.h"
#include "Target/CPU/Program.h"
#include "Target/GPU/Code.h"
#include "Target/GPU/GPU.h"
#include "Target/GPU/Merge.h"
#include "Target/GPU/Overlaps.h"
#include "Target/GPU/Parts.h"
#include "Target/GPU/Pieces.h"
#include "Target/GPU/SlowWays.h"
#include "Target/GPU/Stripes.h"
#include "Target/GPU/WarpGroups.h"

#include "noether/abi.h"

using namespace mlir;
using namespace nn;

/// The most blocks of a grid: enough to fill any GPU; blocks then take several items.
static constexpr int64_t mostBlocks = 4096;

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(ModuleOp planned, const PieceCode &code) : planned(planned), code(code) {}
  GPUProgram build();

  llvm::StringMap<MergedKernel> merged; ///< by their names
  llvm::StringMap<int64_t> threads;     ///< of all kernels that are launched

private:
  std::vector<GPUStep> stepsOf(func::FuncOp function);
  void addLaunch(LaunchOp op, std::vector<Grid> &grids, std::vector<GPUStep> &steps);
  void launchAll(std::vector<Grid> &grids, std::vector<GPUStep> &steps);
  std::optional<std::string> whyOnHost(KernelOp kernel, const KernelPieces &pieces);
  Grid grid(const Piece &piece, LaunchOp op, int64_t firstBuffer);
  GPULaunch launch(const std::vector<Grid> &group);
  int64_t kernelNamed(StringRef name, int64_t threads, int64_t sharedBytes = 0);
  GPUHost host(LaunchOp op, KernelOp kernel);
  GPULoop loop(LoopOp op);
  GPUOperand place(Value buffer);
  GPUOperand placeConstant(BufferOp buffer);
  void noteSlow(Operation *op, const Twine &why);

  ModuleOp planned;
  const PieceCode &code;
  llvm::StringMap<KernelPieces> pieces; ///< by kernels
  llvm::StringMap<int64_t> positions;   ///< of kernels in the program's list
  llvm::StringMap<std::string> names;   ///< of merged kernels, by their keys
  llvm::StringMap<int64_t> constants;   ///< offsets, by bytes
  int64_t workspaceBuffers = 0;         ///< that have been counted
  int64_t bodyScratch = 0;              ///< where the body that is gone through has its own scratch
  int64_t workspaceBytes = 0;           ///< of the function that is gone through
  GPUProgram program;
};

} // namespace

void ProgramBuilder::noteSlow(Operation *op, const Twine &why) {
  std::pair<Location, std::string> entry(op->getLoc(), why.str());
  if (!llvm::is_contained(program.slow, entry))
    program.slow.push_back(std::move(entry));
}

/// What keeps a kernel on the processor; nothing: GPUs have code for it.
std::optional<std::string> ProgramBuilder::whyOnHost(KernelOp kernel, const KernelPieces &pieces) {
  if (RoutineOp routine = kernel.getRoutine(); routine && pieces.pieces.empty())
    return ("`" + stringifyRoutineKind(routine.getKind()) + "` runs on the processor").str();
  for (const Piece &piece : pieces.pieces)
    if (auto found = code.missing.find(piece.name); found != code.missing.end())
      return "GPUs have no `" + found->second + "`, so it runs on the processor";
  return std::nullopt;
}

//===-- Places
//------------------------------------------------------------------------------------------------------===//

/// Equal constants share one place, and so do all that are zeros.
GPUOperand ProgramBuilder::placeConstant(BufferOp buffer) {
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

GPUOperand ProgramBuilder::place(Value value) {
  auto buffer = rootBuffer(value).getDefiningOp<BufferOp>();
  switch (buffer.getSpace()) {
  case Space::constant:
    return placeConstant(buffer);
  case Space::persistent:
    return {NN_GPU_PERSISTENT, int64_t(*buffer.getOffset())};
  case Space::settings:
    return {NN_GPU_SETTINGS, int64_t(*buffer.getOffset())};
  case Space::scratch:
    return {NN_GPU_SCRATCH, bodyScratch + int64_t(*buffer.getOffset())};
  case Space::io:
    return {NN_GPU_IO, int64_t(*buffer.getOffset())};
  case Space::argument:
    return {NN_GPU_ARGUMENT + int64_t(*buffer.getOffset()), 0};
  default:
    return {NN_GPU_LOADED, int64_t(*buffer.getOffset())};
  }
}

//===-- Launches
//----------------------------------------------------------------------------------------------------===//

/// The position of a scratch buffer among those of its kernel.
static int64_t scratchNumber(Value scratch) {
  auto all = cast<KernelOp>(scratch.getDefiningOp()->getParentOp()).getBody().getOps<ScratchOp>();
  return std::distance(all.begin(), llvm::find(all, cast<ScratchOp>(scratch.getDefiningOp())));
}

static bool isWritten(const Piece &piece, Value operand) {
  if (auto routine = dyn_cast<RoutineOp>(piece.op))
    return llvm::is_contained(routine.getInto(), operand);
  return llvm::any_of(membersOf(piece), [&](EquationOp member) { return member.getDest() == operand; });
}

/// A piece's launch. Buffers of the workspace have numbers: those that this launch hands on begin with `firstBuffer`.
Grid ProgramBuilder::grid(const Piece &piece, LaunchOp op, int64_t firstBuffer) {
  int64_t blocks = llvm::divideCeil(std::max<int64_t>(piece.items, 1), blockItems(piece));
  Grid grid{code.codeOf(piece.name).str(),
            std::min(blocks, mostBlocks),
            blockThreads(piece),
            piece.sharedBytes,
            isPlain(piece),
            {}};
  for (Value operand : piece.operands) {
    auto argument = dyn_cast<BlockArgument>(operand);
    GPUOperand where = argument ? place(op.getBuffers()[argument.getArgNumber()])
                                : GPUOperand{NN_GPU_WORKSPACE, firstBuffer + scratchNumber(operand)};
    grid.operands.push_back({where, byteSize(cast<ShapedType>(operand.getType())), isWritten(piece, operand)});
  }
  return grid;
}

int64_t ProgramBuilder::kernelNamed(StringRef name, int64_t blockThreads, int64_t sharedBytes) {
  auto [found, isNew] = positions.try_emplace(name, program.kernels.size());
  if (isNew) {
    Needs special = code.needs.lookup((name + warpgroupSuffix).str());
    program.kernels.push_back({name.str(), sharedBytes, special.sharedBytes, std::move(special.tensors)});
    threads[name] = blockThreads;
  }
  return found->second;
}

GPULaunch ProgramBuilder::launch(const std::vector<Grid> &group) {
  GPULaunch launch{0, 0, mergedThreads, {}};
  MergedKernel kernel = mergedKernelOf(group, launch.operands);
  if (group.size() == 1) {
    const Grid &grid = group.front();
    launch.operands.clear(); // equal ones are not one here
    for (const Grid::Operand &operand : grid.operands)
      launch.operands.push_back(operand.place);
    launch.threads = grid.threads;
    launch.kernel = kernelNamed(grid.piece, grid.threads, grid.sharedBytes);
    launch.blocks = grid.blocks;
    return launch;
  }
  auto [name, isNew] = names.try_emplace(kernel.key(), ("merged$" + Twine(names.size())).str());
  for (const Grid &grid : group)
    launch.blocks += grid.blocks;
  launch.kernel = kernelNamed(name->second, mergedThreads);
  if (isNew)
    merged[name->second] = std::move(kernel);
  return launch;
}

/// Grids between two steps of another kind.
void ProgramBuilder::launchAll(std::vector<Grid> &grids, std::vector<GPUStep> &steps) {
  GridGroups groups = mergeGrids(std::move(grids));
  grids.clear();
  workspaceBytes = std::max(workspaceBytes, placeWorkspace(groups));
  for (const std::vector<Grid> &group : groups)
    steps.push_back({launch(group)});
}

/// The kernel as the processor runs it. What it does not write as a whole has to be there before.
GPUHost ProgramBuilder::host(LaunchOp op, KernelOp kernel) {
  int64_t frame = kernel.getFrame();
  GPUHost host{kernel.getSymName().str(),
               std::max<int64_t>(rangeLength(kernel), 1),
               frame > 0 ? int64_t(kernel.getGrain().value_or(frame)) : 1,
               {}};
  RoutineOp routine = kernel.getRoutine();
  for (auto [buffer, argument] : llvm::zip(op.getBuffers(), kernel.getBody().getArguments())) {
    bool written = routine ? llvm::is_contained(routine.getInto(), argument)
                           : llvm::any_of(kernel.getBody().getOps<EquationOp>(),
                                          [&](EquationOp each) { return each.getDest() == Value(argument); });
    bool read = !routine || llvm::is_contained(routine.getInputs(), argument);
    host.buffers.push_back({place(buffer), byteSize(cast<ShapedType>(buffer.getType())), read, written});
  }
  return host;
}

void ProgramBuilder::addLaunch(LaunchOp op, std::vector<Grid> &grids, std::vector<GPUStep> &steps) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<KernelOp>(op, op.getKernelAttr());
  auto [found, isNew] = pieces.try_emplace(op.getKernel());
  if (isNew)
    found->second = piecesOf(kernel);
  const KernelPieces &all = found->second;
  if (auto reason = whyOnHost(kernel, all)) {
    noteSlow(&kernel.getBody().front().front(), *reason + ", between two launches");
    launchAll(grids, steps);
    steps.push_back({host(op, kernel)});
    return;
  }
  if (auto reason = slowWay(kernel, all))
    noteSlow(&kernel.getBody().front().front(), *reason);
  for (const Piece &piece : all.pieces) {
    if (auto reason = slowWay(piece))
      noteSlow(piece.op, *reason);
    grids.push_back(grid(piece, op, workspaceBuffers));
  }
  workspaceBuffers += int64_t(llvm::range_size(kernel.getBody().getOps<ScratchOp>()));
}

//===-- Loops
//-------------------------------------------------------------------------------------------------------===//

static GPUOperand behind(GPUOperand place, int64_t bytes) { return {place.space, place.offset + bytes}; }

/// Bytes of what a turn takes of a buffer.
static int64_t rowBytes(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return byteSize(type) / type.getDimSize(0);
}

/// The arguments are the turn, the states before it, its slices, the captures, the states after it and the flag. A
/// state after a turn is its row of the stack; else the result and the spare buffer in turns, so that the last of all
/// turns fills the result.
GPULoop ProgramBuilder::loop(LoopOp op) {
  GPULoop loop;
  loop.length = int64_t(op.getLength());
  loop.turn = place(op.turnBuffer());
  auto pass = [&](GPUOperand first, GPUOperand even, GPUOperand odd, int64_t stride) {
    loop.arguments.push_back({first, {even, odd}, stride});
  };
  auto fixed = [&](Value buffer) { pass(place(buffer), place(buffer), place(buffer), 0); };
  // Of a state: where an even turn leaves it, and an odd one.
  auto leaves = [&](unsigned k, bool odd) {
    bool spare = !op.getStacked() && (loop.length - 1 - odd) % 2 != 0;
    return place(spare ? op.spareOf(k) : op.resultOf(k));
  };
  fixed(op.turnBuffer());
  unsigned states = op.getInits().size();
  for (unsigned k = 0; k < states; ++k) {
    int64_t row = op.getStacked() ? rowBytes(op.resultOf(k)) : 0;
    pass(place(op.getInits()[k]), behind(leaves(k, true), -row), behind(leaves(k, false), -row), row);
  }
  for (Value x : op.getXs())
    pass(place(x), place(x), place(x), rowBytes(x));
  for (Value capture : op.getCaptures())
    fixed(capture);
  for (unsigned k = 0; k < states; ++k) {
    if (op.getUntil()) // that may have ended early
      loop.kept.push_back({int64_t(loop.arguments.size()), place(op.resultOf(k)),
                           byteSize(cast<ShapedType>(op.resultOf(k).getType()))});
    pass(leaves(k, false), leaves(k, false), leaves(k, true), op.getStacked() ? rowBytes(op.resultOf(k)) : 0);
  }
  if (op.getUntil()) {
    fixed(op.flagBuffer());
    loop.flag = place(op.flagBuffer());
    noteSlow(op, "the processor asks after each turn whether it was the last one");
  }
  int64_t outside = bodyScratch;
  bodyScratch += int64_t(*op.getScratch());
  loop.steps = stepsOf(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getBodyAttr()));
  bodyScratch = outside;
  return loop;
}

//===-- Functions
//---------------------------------------------------------------------------------------------------===//

std::vector<GPUStep> ProgramBuilder::stepsOf(func::FuncOp function) {
  std::vector<GPUStep> steps;
  std::vector<Grid> grids;
  for (Operation &op : function.getBody().front())
    if (auto launch = dyn_cast<LaunchOp>(op)) {
      addLaunch(launch, grids, steps);
    } else if (auto loop = dyn_cast<LoopOp>(op); loop && loop.getLength() > 0) {
      launchAll(grids, steps);
      steps.push_back({this->loop(loop)});
    }
  launchAll(grids, steps);
  return steps;
}

GPUProgram ProgramBuilder::build() {
  for (func::FuncOp root : planned.getOps<func::FuncOp>()) {
    if (!isRoot(root) || !runsOnGPU(root))
      continue;
    workspaceBytes = 0;
    GPUFunction function;
    function.scratchBytes = root->getAttrOfType<IntegerAttr>("nn.scratch_bytes").getInt();
    function.steps = stepsOf(root);
    function.workspaceBytes = workspaceBytes;
    program.functions[root.getSymName()] = std::move(function);
  }
  return std::move(program);
}

/// Adds the kernels that a function reaches.
static void addKernels(func::FuncOp function, llvm::StringSet<> &kernels) {
  for (Operation &op : function.getBody().front())
    if (auto launch = dyn_cast<LaunchOp>(op))
      kernels.insert(launch.getKernel());
    else if (auto loop = dyn_cast<LoopOp>(op))
      addKernels(SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(loop, loop.getBodyAttr()), kernels);
}

namespace {

/// A program without its code, and the code as LLVM's, of a planned module as it is rewritten for a GPU.
struct Compiled {
  OwningOpRef<ModuleOp> module;
  llvm::LLVMContext context;
  PieceCode code;
  GPUProgram program;
};

} // namespace

/// True if the processor has to run a kernel that it has no code for, as the kernel is launched in parts here only.
static bool needsWholePlaces(const PieceCode &code) {
  return llvm::any_of(code.missing, [](const auto &entry) { return isPartOfPlaces(entry.getKey()); });
}

static llvm::Error compile(ModuleOp given, Compiled &result, bool inParts = true) {
  result.module = given.clone();
  ModuleOp planned = *result.module;
  if (Attribute bytes = planned->getAttr(blockBytesAttrName))
    for (KernelOp kernel : planned.getOps<KernelOp>())
      kernel->setAttr(blockBytesAttrName, bytes);
  streamStripes(planned);
  splitSums(planned);
  if (inParts)
    splitPlaces(planned);
  noteOverlaps(planned);
  llvm::StringSet<> kernels;
  for (func::FuncOp root : planned.getOps<func::FuncOp>())
    if (isRoot(root) && runsOnGPU(root))
      addKernels(root, kernels);
  auto code = compilePieces(planned, kernels, result.context);
  if (!code)
    return code.takeError();
  result.code = std::move(*code);
  if (inParts && needsWholePlaces(result.code))
    return compile(given, result, false);
  ProgramBuilder builder(planned, result.code);
  result.program = builder.build();
  for (const auto &entry : builder.merged)
    addMergedKernel(*result.code.module, entry.getKey(), entry.getValue());
  llvm::StringMap<int64_t> entries = builder.threads;
  for (const auto &entry : builder.threads)
    if (std::string name = (entry.getKey() + warpgroupSuffix).str(); result.code.module->getFunction(name))
      entries[name] = entry.getValue();
  makeEntries(*result.code.module, entries, result.code.needs);
  return llvm::Error::success();
}

static llvm::Expected<std::vector<GPUCode>> generate(llvm::Module &module) {
  if (auto error = finishKernels(module))
    return std::move(error);
  std::vector<GPUCode> codes;
  auto ptx = generatePTX(module);
  if (!ptx)
    return ptx.takeError();
  ptx->push_back('\0');
  codes.push_back({0, false, std::move(*ptx)});
  auto hopper = generateHopperPTX(module);
  if (!hopper)
    return hopper.takeError();
  if (!hopper->empty()) {
    hopper->push_back('\0');
    codes.push_back({90, true, std::move(*hopper)});
  }
  return codes;
}

llvm::Expected<GPUDraft> nn::draftGPU(ModuleOp planned) {
  auto compiled = std::make_shared<Compiled>();
  if (auto error = compile(planned, *compiled))
    return std::move(error);
  compiled->module = nullptr;
  return GPUDraft{std::move(compiled->program), [compiled] { return generate(*compiled->code.module); }};
}

llvm::Expected<GPUProgram> nn::finishGPU(GPUDraft draft) {
  auto codes = draft.generate();
  if (!codes)
    return codes.takeError();
  draft.program.codes = std::move(*codes);
  return std::move(draft.program);
}

llvm::Expected<GPUProgram> nn::emitGPU(ModuleOp planned) {
  auto draft = draftGPU(planned);
  return draft ? finishGPU(std::move(*draft)) : draft.takeError();
}

llvm::Expected<std::string> nn::emitNVVM(ModuleOp planned) {
  Compiled compiled;
  if (auto error = compile(planned, compiled))
    return std::move(error);
  if (auto error = finishKernels(*compiled.code.module))
    return std::move(error);
  std::string text;
  llvm::raw_string_ostream stream(text);
  compiled.code.module->print(stream, nullptr);
  return text;
}
