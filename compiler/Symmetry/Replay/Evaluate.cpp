// Operations on tensors of formulas; loops turn by turn.
#include "Symmetry/Replay/Evaluate.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::replay {

using Kind = Tensor::Kind;

static int64_t sizeOf(Value value) { return cast<ShapedType>(value.getType()).getNumElements(); }

static TensorRef ofNumbers(std::vector<Number> numbers) {
  auto tensor = std::make_shared<Tensor>();
  tensor->numbers = std::move(numbers);
  return tensor;
}

static TensorRef ofInteger(int64_t value) {
  auto tensor = std::make_shared<Tensor>();
  tensor->kind = Kind::Integers;
  tensor->integers = {value};
  return tensor;
}

TensorRef Evaluator::refuse(Operation *op) {
  if (why.empty())
    why = "of `" + op->getName().getStringRef().str() + "` nothing is known";
  return ofNumbers({});
}

TensorRef Evaluator::constant(ConstantOp op) {
  auto values = dyn_cast<DenseElementsAttr>(op.getValue());
  auto tensor = std::make_shared<Tensor>();
  if (!values)
    return refuse(op);
  tensor->kind = isa<FloatType>(values.getElementType()) ? Kind::Numbers : Kind::Integers;
  for (Attribute value : values.getValues<Attribute>())
    if (Scalar scalar = scalarOf(cast<TypedAttr>(value), field); scalar.isKnown)
      tensor->integers.push_back(scalar.integer);
    else
      tensor->numbers.push_back(scalar.number);
  return tensor;
}

/// Draws are variables, the same on both sides. A loop draws anew in each turn, of which nothing is known here.
TensorRef Evaluator::sample(SampleOp op) {
  if (!isa<func::FuncOp>(op->getParentOp()) || !isa<FloatType>(op.getResult().getType().getElementType()))
    return refuse(op);
  uint64_t site = draws.try_emplace(op, draws.size()).first->second;
  std::vector<Number> numbers;
  for (int64_t entry = 0; entry < sizeOf(op.getResult()); ++entry)
    numbers.push_back(field.apply(Function::Draw, field.ofInteger(entry), site));
  return ofNumbers(std::move(numbers));
}

// ---- algorithms

/// The places in ascending order: whether place k holds entry v is a function of what the entry is and of all. Of
/// entries that are the same nothing is said.
static void appendOrder(ArrayRef<Number> slice, Tensor &order, Field &field) {
  SmallVector<Number> all(slice);
  llvm::sort(all);
  order.kind = Kind::Indices;
  order.bound = int64_t(slice.size());
  for (size_t k = 0; k < slice.size(); ++k)
    for (const Number &entry : slice) {
      all.push_back(entry);
      order.numbers.push_back(field.apply(Function::Place, all, k));
      all.pop_back();
    }
}

/// What the eigenvalues of (a + a^T) / 2 are a function of: the traces of its powers.
static SmallVector<Number> tracesOfPowers(ArrayRef<Number> a, int64_t n, const Field &field) {
  SmallVector<Number> sum, power, traces;
  for (int64_t cell = 0; cell < n * n; ++cell)
    sum.push_back(field.add(a[cell], a[cell % n * n + cell / n]));
  for (power = sum; traces.size() < size_t(n);) {
    Number &trace = traces.emplace_back();
    for (int64_t d = 0; d < n; ++d)
      trace = field.add(trace, power[d * n + d]);
    SmallVector<Number> next(power.size());
    for (int64_t cell = 0; cell < n * n; ++cell)
      for (int64_t k = 0; k < n; ++k)
        next[cell] = field.add(next[cell], field.multiply(power[cell / n * n + k], sum[k * n + cell % n]));
    power = std::move(next);
  }
  return traces;
}

/// Results of which nothing is used but that they are functions of all entries of their slices.
std::vector<TensorRef> Evaluator::visitRoutine(RoutineOp op, ArrayRef<TensorRef> operands) {
  int64_t slices = ShapedType::getNumElements(op.getLeading());
  std::vector<TensorRef> results;
  for (auto [number, output] : llvm::enumerate(op.getOutputs())) {
    auto tensor = std::make_shared<Tensor>();
    for (int64_t slice = 0; slice < slices; ++slice) {
      SmallVector<Number> core;
      for (const TensorRef &input : operands) {
        size_t own = input->numbers.size() / slices;
        llvm::append_range(core, ArrayRef(input->numbers).slice(slice * own, own));
      }
      if (op.getKind() == RoutineKind::order) {
        appendOrder(core, *tensor, field);
        continue;
      }
      if (op.getKind() == RoutineKind::eigh && number == 0)
        core = tracesOfPowers(core, op.getCore(0)[0], field);
      uint64_t which = uint64_t(op.getKind()) << 40 | uint64_t(number) << 32;
      for (int64_t entry = 0; entry < sizeOf(output) / slices; ++entry)
        tensor->numbers.push_back(field.apply(Function::Routine, core, which + entry));
    }
    results.push_back(tensor);
  }
  bool numbers = llvm::all_of(operands, [](const TensorRef &input) { return input->kind == Kind::Numbers; });
  return numbers ? results : (refuse(op), results);
}

// ---- loops

/// Entry `place` along the first axis, of so many.
static TensorRef sliceOf(const Tensor &whole, int64_t place, int64_t length) {
  auto slice = std::make_shared<Tensor>();
  slice->kind = whole.kind;
  slice->bound = whole.bound;
  auto copy = [&](const auto &from, auto &to) {
    auto size = int64_t(from.size()) / length;
    to.assign(from.begin() + place * size, from.begin() + (place + 1) * size);
  };
  copy(whole.numbers, slice->numbers);
  copy(whole.integers, slice->integers);
  return slice;
}

std::vector<TensorRef> Evaluator::visitScan(ScanOp op, ArrayRef<TensorRef> operands) {
  size_t states = op.getInits().size(), xs = op.getXs().size();
  auto length = int64_t(op.getLength());
  std::vector<TensorRef> state(operands.begin(), operands.begin() + states);
  std::vector<std::shared_ptr<Tensor>> stacks(states);
  for (int64_t turn = 0; turn < length && why.empty(); ++turn) {
    std::vector<TensorRef> arguments{ofInteger(turn)};
    llvm::append_range(arguments, state);
    for (const TensorRef &whole : operands.slice(states, xs))
      arguments.push_back(sliceOf(*whole, turn, length));
    llvm::append_range(arguments, operands.drop_front(states + xs));
    state = run(op.getBody().front(), arguments);
    for (auto [stack, own] : llvm::zip_equal(stacks, state)) {
      stack = stack ? stack : std::make_shared<Tensor>(Tensor{own->kind, {}, {}, own->bound});
      if (stack->kind != own->kind || stack->bound != own->bound)
        refuse(op);
      llvm::append_range(stack->numbers, own->numbers);
      llvm::append_range(stack->integers, own->integers);
    }
  }
  if (length == 0)
    refuse(op);
  return {stacks.begin(), stacks.end()};
}

/// With `until`, states are those of the turn that ends the loop, for all turns behind it.
std::vector<TensorRef> Evaluator::visitIterate(IterateOp op, ArrayRef<TensorRef> operands) {
  size_t states = op.getInits().size();
  std::vector<TensorRef> state(operands.begin(), operands.begin() + states);
  Number one = field.ofInteger(1), runs = one;
  for (int64_t turn = 0; turn < int64_t(op.getAtMost()) && why.empty(); ++turn) {
    std::vector<TensorRef> arguments{ofInteger(turn)};
    llvm::append_range(arguments, state);
    llvm::append_range(arguments, operands.drop_front(states));
    std::vector<TensorRef> next = run(op.getBody().front(), arguments);
    if (!op.getUntil()) {
      state = std::move(next);
      continue;
    }
    TensorRef ends = next.back();
    next.pop_back();
    if (ends->kind != Kind::Numbers)
      refuse(op);
    for (auto [own, after] : llvm::zip_equal(state, next)) {
      auto mixed = std::make_shared<Tensor>(*own);
      if (own->kind != after->kind || own->kind == Kind::Integers || own->bound != after->bound)
        refuse(op);
      for (size_t k = 0; why.empty() && k < mixed->numbers.size(); ++k)
        mixed->numbers[k] =
            field.add(own->numbers[k], field.multiply(runs, field.subtract(after->numbers[k], own->numbers[k])));
      own = mixed;
    }
    if (why.empty())
      runs = field.multiply(runs, field.subtract(one, ends->numbers[0]));
  }
  return state;
}

// ---- all

std::vector<TensorRef> Evaluator::visit(Operation *op, ArrayRef<TensorRef> operands) {
  using Results = std::vector<TensorRef>;
  return llvm::TypeSwitch<Operation *, Results>(op)
      .Case([&](EquationOp own) { return Results{evaluate(own, operands, field, why)}; })
      .Case([&](ConstantOp own) { return Results{constant(own)}; })
      .Case([&](SampleOp own) { return Results{sample(own)}; })
      .Case<ReshapeOp, StopOp, BarrierOp>([&](auto) { return Results{operands[0]}; })
      .Case([&](RoutineOp own) { return visitRoutine(own, operands); })
      .Case([&](ScanOp own) { return visitScan(own, operands); })
      .Case([&](IterateOp own) { return visitIterate(own, operands); })
      .Default([&](Operation *other) { return Results(other->getNumResults(), refuse(other)); });
}

std::vector<TensorRef> Evaluator::run(Block &block, std::vector<TensorRef> arguments) {
  llvm::DenseMap<Value, TensorRef> frame;
  auto at = [&](ValueRange values) {
    std::vector<TensorRef> tensors;
    for (Value value : values)
      tensors.push_back(frame.lookup(value));
    return tensors;
  };
  for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
    frame[argument] = value;
  for (Operation &op : block.without_terminator()) {
    std::vector<TensorRef> results = visit(&op, at(op.getOperands()));
    if (!why.empty())
      return std::vector<TensorRef>(block.getTerminator()->getNumOperands(), ofNumbers({}));
    for (auto [result, value] : llvm::zip_equal(op.getResults(), results))
      frame[result] = value;
  }
  return at(block.getTerminator()->getOperands());
}

} // namespace nn::replay
