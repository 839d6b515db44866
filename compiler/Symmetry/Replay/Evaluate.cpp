// Operations on tensors of formulas; loops turn by turn.
#include "Symmetry/Replay/Evaluate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::replay {

/// What the eigenvalues of (a + a^T) / 2 are a function of: the traces of the powers of a + a^T.
static SmallVector<Number> tracesOfPowers(ArrayRef<Number> a, size_t n, const Field &field) {
  SmallVector<Number> sum, traces;
  for (size_t cell = 0; cell < n * n; ++cell)
    sum.push_back(field.add(a[cell], a[cell % n * n + cell / n]));
  for (SmallVector<Number> power = sum, next; traces.size() < n; power = next) {
    Number &trace = traces.emplace_back();
    for (size_t d = 0; d < n; ++d)
      trace = field.add(trace, power[d * n + d]);
    next.assign(n * n, Number());
    for (size_t cell = 0; cell < n * n; ++cell)
      for (size_t k = 0; k < n; ++k)
        next[cell] = field.add(next[cell], field.multiply(power[cell / n * n + k], sum[k * n + cell % n]));
  }
  return traces;
}

/// Results of which nothing is used but that they are functions of all entries of their slices. Of places in ascending
/// order, whether place k holds entry v is one of what the entry is and of all in any order; of entries that are the
/// same nothing is said.
static Tensors visitRoutine(RoutineOp op, ArrayRef<TensorRef> operands, Field &field) {
  int64_t slices = ShapedType::getNumElements(op.getLeading());
  bool isOrder = op.getKind() == RoutineKind::order;
  Tensors results;
  for (auto [number, output] : llvm::enumerate(op.getOutputs())) {
    int64_t size = slices ? cast<ShapedType>(output.getType()).getNumElements() / slices : 0;
    std::vector<Scalar> entries;
    for (int64_t slice = 0; slice < slices; ++slice) {
      SmallVector<Number> core, given;
      for (const TensorRef &input : operands)
        for (int64_t entry = 0, own = int64_t(input->entries.size()) / slices; entry < own; ++entry)
          core.push_back(input->entries[slice * own + entry].in(field));
      given = core;
      if (op.getKind() == RoutineKind::eigh && number == 0)
        core = tracesOfPowers(core, op.getCore(0)[0], field);
      if (isOrder)
        llvm::sort(core);
      for (int64_t entry = 0, count = isOrder ? size * size : size; entry < count; ++entry) {
        SmallVector<Number> arguments(core);
        if (isOrder)
          arguments.push_back(given[entry % size]);
        uint64_t which = uint64_t(op.getKind()) << 40 | uint64_t(number) << 32 | (isOrder ? entry / size : entry);
        entries.push_back(field.apply(Function::Routine, arguments, which));
      }
    }
    results.push_back(tensorOf(std::move(entries), isOrder ? size : 0));
  }
  return results;
}

namespace {

/// Runs a function and the loops in it.
class Evaluation {
public:
  Evaluation(Field &field, std::string &why) : field(field), why(why) {}

  Tensors run(Block &block, ArrayRef<TensorRef> arguments) {
    llvm::DenseMap<Value, TensorRef> frame;
    auto lookup = [&](Value value) { return frame.lookup(value); };
    for (auto [argument, value] : llvm::zip_equal(block.getArguments(), arguments))
      frame[argument] = value;
    for (Operation &op : block.without_terminator()) {
      Tensors results = visit(&op, Tensors(llvm::map_range(op.getOperands(), lookup)));
      for (auto [index, result] : llvm::enumerate(op.getResults()))
        frame[result] = why.empty() ? results[index] : tensorOf({});
      if (!why.empty())
        return Tensors(block.getTerminator()->getNumOperands(), tensorOf({}));
    }
    return Tensors(llvm::map_range(block.getTerminator()->getOperands(), lookup));
  }

private:
  Tensors refuse(Operation *op) {
    why = why.empty() ? "of `" + op->getName().getStringRef().str() + "` nothing is known" : why;
    return Tensors(op->getNumResults(), tensorOf({}));
  }

  Tensors visit(Operation *op, ArrayRef<TensorRef> operands) {
    return llvm::TypeSwitch<Operation *, Tensors>(op)
        .Case(
            [&](EquationOp own) { return own.getDest() ? refuse(own) : Tensors{evaluate(own, operands, field, why)}; })
        .Case([&](ConstantOp own) { return constant(own); })
        .Case([&](SampleOp own) { return sample(own); })
        .Case<ReshapeOp, StopOp, BarrierOp>([&](auto) { return Tensors{operands[0]}; })
        .Case([&](RoutineOp own) { return visitRoutine(own, operands, field); })
        .Case([&](ScanOp own) {
          return loop(own, operands, own.getInits().size(), own.getXs().size(), own.getLength(), false);
        })
        .Case([&](IterateOp own) {
          return loop(own, operands, own.getInits().size(), 0, own.getAtMost(), own.getUntil());
        })
        .Default([&](Operation *other) { return refuse(other); });
  }

  Tensors constant(ConstantOp op) {
    std::vector<Scalar> entries;
    if (auto values = dyn_cast<DenseElementsAttr>(op.getValue()))
      for (Attribute value : values.getValues<Attribute>())
        entries.push_back(scalarOf(cast<TypedAttr>(value), field));
    return isa<DenseElementsAttr>(op.getValue()) ? Tensors{tensorOf(std::move(entries))} : refuse(op);
  }

  /// Draws are variables, the same on both sides. A loop draws anew in each turn, of which nothing is known here.
  Tensors sample(SampleOp op) {
    uint64_t site = 1 + uint64_t(std::distance(op->getBlock()->begin(), Block::iterator(op)));
    std::vector<Scalar> entries;
    for (int64_t entry = 0; entry < op.getResult().getType().getNumElements(); ++entry)
      entries.push_back(field.apply(Function::Draw, field.ofInteger(entry), site));
    return isa<func::FuncOp>(op->getParentOp()) ? Tensors{tensorOf(std::move(entries))} : refuse(op);
  }

  /// Of operands, `states` are those that the loop begins with, the next `xs` are taken apart, and the others are there
  /// in each turn. With `until`, states stay what they are behind the turn that ends the loop. A scan stacks states.
  Tensors loop(Operation *op, ArrayRef<TensorRef> operands, size_t states, size_t xs, int64_t turns, bool until) {
    Tensors state(operands.begin(), operands.begin() + states);
    std::vector<std::vector<Scalar>> stacks(states);
    Number runs = field.ofInteger(1);
    for (int64_t turn = 0; turn < turns && why.empty(); ++turn) {
      Tensors arguments{tensorOf({Scalar::known(turn)})};
      llvm::append_range(arguments, state);
      for (const TensorRef &whole : operands.slice(states, xs)) {
        auto size = int64_t(whole->entries.size()) / turns;
        auto first = whole->entries.begin() + turn * size;
        arguments.push_back(tensorOf({first, first + size}, whole->bound));
      }
      llvm::append_range(arguments, operands.drop_front(states + xs));
      Tensors next = run(op->getRegion(0).front(), arguments);
      for (size_t k = 0; k < states && why.empty(); ++k) {
        std::vector<Scalar> own = next[k]->entries;
        if ((until || turn > 0) && next[k]->bound != state[k]->bound)
          return refuse(op);
        for (size_t entry = 0; until && entry < own.size(); ++entry) {
          Number before = state[k]->entries[entry].in(field), change = field.subtract(own[entry].in(field), before);
          own[entry] = {field.add(before, field.multiply(runs, change))};
        }
        llvm::append_range(stacks[k], own);
        state[k] = tensorOf(std::move(own), next[k]->bound);
      }
      if (until && why.empty())
        runs = field.multiply(runs, field.subtract(field.ofInteger(1), next.back()->entries[0].in(field)));
    }
    for (size_t k = 0; k < states && isa<ScanOp>(op); ++k)
      state[k] = tensorOf(std::move(stacks[k]), state[k]->bound);
    return state;
  }

  Field &field;
  std::string &why;
};

} // namespace

Tensors evaluate(Block &block, ArrayRef<TensorRef> arguments, Field &field, std::string &why) {
  return Evaluation(field, why).run(block, arguments);
}

} // namespace nn::replay
