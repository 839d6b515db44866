// Dependences between launches, and the conditions under which a kernel may write over what it reads.
#include "Kernels/LaunchOrder.h"

#include "Kernels/Equations.h"

using namespace mlir;
using namespace nn;

static KernelOp kernelOf(LaunchOp launch) {
  return SymbolTable::lookupNearestSymbolFrom<KernelOp>(launch, launch.getKernelAttr());
}

static bool kernelReads(KernelOp kernel, unsigned argument) {
  Value buffer = kernel.getBody().getArgument(argument);
  if (RoutineOp routine = kernel.getRoutine())
    return llvm::is_contained(routine.getInputs(), buffer);
  return llvm::any_of(kernel.getBody().getOps<EquationOp>(), [&](EquationOp equation) {
    return llvm::is_contained(equation.getInputs(), buffer) || llvm::is_contained(equation.getTables(), buffer) ||
           (equation.getDest() == buffer && equation.getAccumulate());
  });
}

static bool kernelWrites(KernelOp kernel, unsigned argument) {
  Value buffer = kernel.getBody().getArgument(argument);
  if (RoutineOp routine = kernel.getRoutine())
    return llvm::is_contained(routine.getInto(), buffer);
  return llvm::any_of(kernel.getBody().getOps<EquationOp>(),
                      [&](EquationOp equation) { return equation.getDest() == buffer; });
}

//===-- Writing over what is read
//------------------------------------------------------------------------------------===//

/// The axis of the frame in a write or a read; -1 if there is none.
static int frameAxis(EquationOp equation, AffineMap map) {
  auto frame = equation->getAttrOfType<IntegerAttr>(frameAttrName);
  return frame ? bareAxis(map, frame.getInt()) : -1;
}

/// Whether `reader`, which comes before the writer, is done with all that a stripe's writer will replace.
static bool readsOwnRows(EquationOp reader, AffineMap read, EquationOp writer) {
  if (!reader->hasAttr(frameAttrName))
    return true;
  int axis = frameAxis(reader, read);
  return axis >= 0 && axis == frameAxis(writer, writer.getWrite());
}

static bool readsOwnCell(EquationOp writer, unsigned input) {
  return writer->getAttrOfType<StringAttr>(formAttrName).getValue() == "owner" && !writer->hasAttr(initAttrName) &&
         !writer.getFillValue(input) && writer.getRead(input) == writer.getWrite();
}

/// Whether a kernel stays correct when its buffers `old` and `result` are the same memory.
static bool mayAlias(KernelOp kernel, Value old, Value result) {
  // Stripes at other places may read what a stripe writes.
  if (kernel.getRoutine() || !outerOf(kernel).empty())
    return false;
  EquationOp writer;
  for (auto equation : kernel.getBody().getOps<EquationOp>())
    if (equation.getDest() == result && !writer)
      writer = equation;
  bool before = true;
  for (auto equation : kernel.getBody().getOps<EquationOp>()) {
    if (equation.getDest() == old)
      return false;
    bool isWriter = equation == writer;
    for (auto [k, input] : llvm::enumerate(equation.getInputs()))
      if (input == old &&
          !(isWriter ? readsOwnCell(writer, k) : before && readsOwnRows(equation, equation.getRead(k), writer)))
        return false;
    for (auto [k, table] : llvm::enumerate(equation.getTables()))
      if (table == old && (isWriter || !before || !readsOwnRows(equation, equation.getTableMap(k), writer)))
        return false;
    before &= !isWriter;
  }
  return true;
}

//===-- The order
//---------------------------------------------------------------------------------------------------===//

void LaunchOrder::use(Value buffer, unsigned launch, bool reads, bool writes) {
  auto &list = users[rootBuffer(buffer)];
  if (list.empty() || list.back().launch != launch)
    list.push_back({launch, false, false});
  list.back().reads |= reads;
  list.back().writes |= writes;
}

LaunchOrder::LaunchOrder(Block &block) {
  for (Operation &op : block)
    if (isa<LaunchOp, LoopOp>(op))
      launches.push_back(&op);
  after.resize(launches.size());
  for (auto [position, op] : llvm::enumerate(launches)) {
    if (auto launch = dyn_cast<LaunchOp>(op))
      for (auto [k, buffer] : llvm::enumerate(launch.getBuffers()))
        use(buffer, position, kernelReads(kernelOf(launch), k), kernelWrites(kernelOf(launch), k));
    if (auto loop = dyn_cast<LoopOp>(op)) {
      for (Value buffer : loop.getOperands())
        use(buffer, position, /*reads=*/true, /*writes=*/false);
      for (Value buffer : loop.getInto())
        use(buffer, position, /*reads=*/true, /*writes=*/true);
    }
  }
  for (auto &[buffer, list] : users)
    for (unsigned i = 0; i < list.size(); ++i)
      for (unsigned j = i + 1; j < list.size(); ++j)
        if (list[i].writes || list[j].writes)
          after[list[i].launch].push_back(list[j].launch);
}

bool LaunchOrder::reaches(unsigned from, unsigned to) const {
  llvm::SmallDenseSet<unsigned> seen;
  SmallVector<unsigned> open{from};
  while (!open.empty()) {
    unsigned launch = open.pop_back_val();
    if (launch == to)
      return true;
    if (seen.insert(launch).second)
      open.append(after[launch].begin(), after[launch].end());
  }
  return false;
}

bool LaunchOrder::overwrite(Value old, Value result) {
  int writer = -1;
  for (const Access &access : users.lookup(result))
    if (access.writes) {
      if (writer >= 0)
        return false;
      writer = access.launch;
    }
  if (writer < 0)
    return false;
  SmallVector<unsigned> readers;
  for (const Access &access : users.lookup(old)) {
    if (access.writes)
      return false;
    if (access.launch != static_cast<unsigned>(writer))
      readers.push_back(access.launch);
  }
  auto op = dyn_cast<LaunchOp>(launches[writer]);
  if (!op)
    return false;
  KernelOp kernel = kernelOf(op);
  for (auto [k, operand] : llvm::enumerate(op.getBuffers()))
    for (auto [j, other] : llvm::enumerate(op.getBuffers()))
      if (rootBuffer(operand) == old && rootBuffer(other) == result &&
          (operand != old || other != result ||
           !mayAlias(kernel, kernel.getBody().getArgument(k), kernel.getBody().getArgument(j))))
        return false;
  if (llvm::any_of(readers, [&](unsigned reader) { return reaches(writer, reader); }))
    return false;
  for (unsigned reader : readers)
    after[reader].push_back(writer);
  return true;
}

SmallVector<Operation *> LaunchOrder::order() const {
  SmallVector<unsigned> waiting(launches.size(), 0);
  for (const auto &list : after)
    for (unsigned launch : list)
      ++waiting[launch];
  SmallVector<Operation *> result;
  SmallVector<bool> done(launches.size(), false);
  // The first launch that waits for nothing, again and again: stable, and close to the original order.
  for (unsigned next = 0; next < launches.size();) {
    if (done[next] || waiting[next]) {
      ++next;
      continue;
    }
    done[next] = true;
    result.push_back(launches[next]);
    for (unsigned launch : after[next])
      --waiting[launch];
    next = 0;
  }
  return result;
}
