// Operations on tensors of formulas.
#include "Symmetry/Prover/Identity/FormalFunction.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::prover {

using Kind = FormalTensor::Kind;

FormalRef FormalFunction::constant(ConstantOp op) {
  auto values = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!values || !effort.spend(uint64_t(values.getNumElements())))
    return nullptr;
  auto tensor = std::make_shared<FormalTensor>();
  if (isa<FloatType>(values.getElementType())) {
    for (const APFloat &value : values.getValues<APFloat>()) {
      bool exact = false;
      APFloat wide = value;
      wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &exact);
      tensor->formulas.push_back(field.ofDouble(wide.convertToDouble()));
    }
    return tensor;
  }
  tensor->kind = Kind::Integers;
  bool isFlag = values.getElementType().isInteger(1);
  for (const APInt &value : values.getValues<APInt>())
    tensor->integers.push_back(isFlag ? int64_t(value.getZExtValue()) : value.getSExtValue());
  return tensor;
}

/// Draws are variables, the same on both sides. A loop draws anew in each turn, of which nothing is known here.
FormalRef FormalFunction::sample(SampleOp op) {
  auto type = op.getResult().getType();
  if (!isa<func::FuncOp>(op->getParentOp()) || !isa<FloatType>(type.getElementType()))
    return nullptr;
  constexpr uint64_t isDrawn = 5000;
  unsigned site = samples.try_emplace(op, samples.size()).first->second;
  auto tensor = std::make_shared<FormalTensor>();
  tensor->degree = 1;
  for (int64_t entry = 0; entry < type.getNumElements(); ++entry)
    tensor->formulas.push_back(field.apply(isDrawn, {Number(site), Number(entry)}));
  return tensor;
}

// ---- algorithms

/// The places in ascending order: whether place `k` holds entry `v` is a function of what the entry is and of all. Of
/// entries that are the same nothing is said, unless order counts.
static FormalRef orderOf(const FormalTensor &x, int64_t n, bool inOrder, FormalField &field) {
  constexpr uint64_t isAtPlace = 4000;
  auto order = std::make_shared<FormalTensor>();
  order->kind = Kind::Indices;
  order->bound = n;
  order->degree = 1;
  for (size_t first = 0; first < x.formulas.size(); first += n) {
    SmallVector<Number> all(ArrayRef(x.formulas).slice(first, n));
    if (!inOrder)
      llvm::sort(all);
    all.push_back(0);
    for (int64_t k = 0; k < n; ++k)
      for (int64_t v = 0; v < n; ++v) {
        all.back() = inOrder ? Number(v) : x.formulas[first + v];
        order->formulas.push_back(field.apply(isAtPlace + k, all));
      }
  }
  return order;
}

/// Results of which nothing is used but that they are functions of all entries of their slices.
void FormalFunction::visitRoutine(RoutineOp op, Frame &frame) {
  SmallVector<FormalRef> inputs;
  uint64_t slices = 1;
  for (int64_t extent : op.getLeading())
    slices *= uint64_t(extent);
  for (Value input : op.getInputs()) {
    inputs.push_back(frame.lookup(input));
    if (!inputs.back() || inputs.back()->kind != Kind::Formulas || slices == 0)
      return;
    effort.argumentDegree = std::max(effort.argumentDegree, inputs.back()->degree + 1);
  }
  if (op.getKind() == RoutineKind::order) {
    auto n = int64_t(inputs[0]->formulas.size() / slices);
    if (effort.spend(slices * uint64_t(n * n)))
      frame[op.getOutputs()[0]] = orderOf(*inputs[0], n, effort.keepsOrder(op), field);
    return;
  }
  uint64_t function = (uint64_t(op.getKind()) + 5) << 24;
  for (Value output : op.getOutputs()) {
    auto tensor = std::make_shared<FormalTensor>();
    tensor->degree = 1;
    uint64_t size = uint64_t(cast<ShapedType>(output.getType()).getNumElements()) / slices;
    for (uint64_t slice = 0; slice < slices; ++slice) {
      SmallVector<Number> core;
      for (const FormalRef &input : inputs) {
        size_t own = input->formulas.size() / slices;
        llvm::append_range(core, ArrayRef(input->formulas).slice(slice * own, own));
      }
      if (!effort.spend(size * core.size()))
        return;
      for (uint64_t entry = 0; entry < size; ++entry)
        tensor->formulas.push_back(field.apply(function + entry, core));
    }
    function += uint64_t(1) << 20;
    frame[output] = tensor;
  }
}

// ---- loops

static FormalRef turnNumber(int64_t turn) {
  auto tensor = std::make_shared<FormalTensor>();
  tensor->kind = Kind::Integers;
  tensor->integers = {turn};
  return tensor;
}

/// Entry `place` along the first axis, of so many.
static FormalRef sliceOf(const FormalRef &whole, int64_t place, int64_t length) {
  if (!whole)
    return nullptr;
  auto slice = std::make_shared<FormalTensor>();
  slice->kind = whole->kind;
  slice->bound = whole->bound;
  slice->degree = whole->degree;
  auto copy = [&](const auto &from, auto &to) {
    size_t size = from.size() / size_t(length);
    to.assign(from.begin() + place * size, from.begin() + (place + 1) * size);
  };
  copy(whole->formulas, slice->formulas);
  copy(whole->integers, slice->integers);
  return slice;
}

static FormalRef stack(ArrayRef<FormalRef> slices) {
  auto whole = std::make_shared<FormalTensor>();
  for (const FormalRef &slice : slices) {
    if (!slice || slice->kind != slices[0]->kind || slice->bound != slices[0]->bound)
      return nullptr;
    whole->degree = std::max(whole->degree, slice->degree);
    llvm::append_range(whole->formulas, slice->formulas);
    llvm::append_range(whole->integers, slice->integers);
  }
  if (slices.empty())
    return whole;
  whole->kind = slices[0]->kind;
  whole->bound = slices[0]->bound;
  return whole;
}

void FormalFunction::visitScan(ScanOp op, Frame &frame) {
  std::vector<FormalRef> states, captures;
  for (Value init : op.getInits())
    states.push_back(frame.lookup(init));
  for (Value capture : op.getCaptures())
    captures.push_back(frame.lookup(capture));
  std::vector<SmallVector<FormalRef>> all(states.size());
  auto length = int64_t(op.getLength());
  for (int64_t turn = 0; turn < length && effort.spend(1); ++turn) {
    std::vector<FormalRef> arguments{turnNumber(turn)};
    llvm::append_range(arguments, states);
    for (Value xs : op.getXs())
      arguments.push_back(sliceOf(frame.lookup(xs), turn, length));
    llvm::append_range(arguments, captures);
    states = runBlock(op.getBody().front(), arguments);
    for (auto [own, state] : llvm::zip_equal(all, states))
      own.push_back(state);
  }
  for (auto [result, own] : llvm::zip_equal(op.getResults(), all))
    if (own.size() == size_t(length))
      frame[result] = stack(own);
}

void FormalFunction::visitIterate(IterateOp op, Frame &frame) {
  if (op.getUntil())
    return; // when it ends depends on values
  std::vector<FormalRef> states, captures;
  for (Value init : op.getInits())
    states.push_back(frame.lookup(init));
  for (Value capture : op.getCaptures())
    captures.push_back(frame.lookup(capture));
  for (int64_t turn = 0; turn < int64_t(op.getAtMost()); ++turn) {
    if (!effort.spend(1))
      return;
    std::vector<FormalRef> arguments{turnNumber(turn)};
    llvm::append_range(arguments, states);
    llvm::append_range(arguments, captures);
    states = runBlock(op.getBody().front(), arguments);
  }
  for (auto [result, state] : llvm::zip_equal(op.getResults(), states))
    frame[result] = state;
}

// ---- all

void FormalFunction::visit(Operation &op, Frame &frame) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](EquationOp own) {
        SmallVector<FormalRef> operands;
        for (Value operand : own->getOperands())
          operands.push_back(frame.lookup(operand));
        frame[own.getResult()] = evaluateFormally(own, operands, field, effort);
      })
      .Case([&](ConstantOp own) { frame[own.getResult()] = constant(own); })
      .Case([&](SampleOp own) { frame[own.getResult()] = sample(own); })
      .Case([&](ReshapeOp own) { frame[own.getResult()] = frame.lookup(own.getInput()); })
      .Case([&](StopOp own) { frame[own.getResult()] = frame.lookup(own.getInput()); })
      .Case([&](BarrierOp own) { frame[own.getResult()] = frame.lookup(own.getInput()); })
      .Case([&](RoutineOp own) { visitRoutine(own, frame); })
      .Case([&](ScanOp own) { visitScan(own, frame); })
      .Case([&](IterateOp own) { visitIterate(own, frame); })
      .Default([](Operation *) {});
}

std::vector<FormalRef> FormalFunction::runBlock(Block &block, ArrayRef<FormalRef> arguments) {
  Frame frame;
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
    frame[argument] = value;
  for (Operation &op : block.without_terminator())
    visit(op, frame);
  std::vector<FormalRef> results;
  for (Value result : block.getTerminator()->getOperands())
    results.push_back(frame.lookup(result));
  return results;
}

std::vector<FormalRef> FormalFunction::run(func::FuncOp function, ArrayRef<FormalRef> arguments) {
  return runBlock(function.getBody().front(), arguments);
}

} // namespace nn::prover
