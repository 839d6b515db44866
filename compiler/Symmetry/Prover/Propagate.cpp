// Operation by operation: equations by their rule, the few others by theirs.
#include "Symmetry/Prover/Propagate.h"
#include "Interpreter/Interpreter.h"
#include "Symmetry/Prover/BoxSolver.h"
#include "Symmetry/Prover/OrbitRule.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::prover {

Propagation::Propagation(func::FuncOp function, ArrayRef<Mover> movers, ArrayRef<Action> arguments,
                         const KnownMoves &known, const KnownMoves &orbits)
    : function(function), movers(movers.begin(), movers.end()), known(known), orbits(orbits) {
  for (auto [argument, action] : llvm::zip_equal(function.getArguments(), arguments))
    set(argument, action);
}

static int64_t rankOf(Value value) { return cast<ShapedType>(value.getType()).getRank(); }

static BindAttr bindingOf(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto function = argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp()) : func::FuncOp();
  return function ? function.getArgAttrOfType<BindAttr>(argument.getArgNumber(), bindingAttrName) : BindAttr();
}

std::string Propagation::nameOf(Value value) const {
  if (BindAttr binding = bindingOf(value)) {
    StringRef name = binding.getName();
    return ("`" + (binding.getKind() == Binding::param ? name.rsplit('.').second : name) + "`").str();
  }
  // What it is computed from: inputs before parameters.
  BackwardSliceOptions options;
  options.inclusive = true;
  SetVector<Operation *> slice;
  Operation *op = value.getDefiningOp();
  if (!op || failed(getBackwardSlice(op, &slice, options)))
    return "what is read here";
  llvm::SetVector<StringRef> inputs, parameters;
  for (Operation *each : slice)
    for (Value operand : each->getOperands())
      if (BindAttr binding = bindingOf(operand); binding && isa<FloatType>(getElementTypeOrSelf(operand.getType()))) {
        bool isParameter = binding.getKind() == Binding::param;
        if (isParameter || binding.getKind() == Binding::arg)
          (isParameter ? parameters : inputs)
              .insert(isParameter ? binding.getName().rsplit('.').second : binding.getName());
      }
  ArrayRef<StringRef> sources = inputs.empty() ? parameters.getArrayRef() : inputs.getArrayRef();
  if (sources.empty() || sources.size() > 2)
    return "what is read here";
  return ("what is computed from `" + llvm::join(sources, "` and `") + "`");
}

Broken Propagation::limit(Operation *op, const Twine &why) const { return {op, why.str(), "", {}, /*isLimit=*/true}; }

/// A value that no argument and no draw reaches, once.
std::optional<std::vector<double>> Propagation::constantOf(Value value) {
  constexpr int64_t most = 1 << 18;
  auto [known, isNew] = constants.try_emplace(value);
  if (isNew && cast<ShapedType>(value.getType()).getNumElements() <= most)
    known->second = interpreter::constantOf(value);
  return known->second;
}

// ---- equations

std::optional<Broken> Propagation::visitEquation(EquationOp op) {
  if (auto own = known.find(op); own != known.end()) {
    moves[op.getResult()] = {own->second, Action::fixed(rankOf(op.getResult()))};
    return std::nullopt;
  }
  if (auto orbit = orbits.find(op); orbit != orbits.end())
    if (auto moved = moveOrbit(op, orbit->second, [&](Value value) { return at(value); }, movers)) {
      set(op.getResult(), *moved);
      return std::nullopt;
    }
  OperandInfo info;
  auto name = [&](Value value) { return nameOf(value); };
  auto isParameter = [](Value value) {
    BindAttr binding = bindingOf(value);
    return binding && binding.getKind() == Binding::param;
  };
  auto isInput = [](Value value) {
    BindAttr binding = bindingOf(value);
    return binding && binding.getKind() == Binding::arg;
  };
  auto constant = [&](Value value) { return constantOf(value); };
  info.nameOf = name;
  info.isParameter = isParameter;
  info.isInput = isInput;
  info.constantOf = constant;
  auto used = [&](Value value) { llvm::append_range(constantExtents, cast<ShapedType>(value.getType()).getShape()); };
  info.usedConstant = used;
  SmallVector<Value> operands(op.getInputs());
  llvm::append_range(operands, op.getTables());
  // Parameters that may be taken in two ways: all of them in the first, else in the second.
  std::optional<Broken> first;
  for (size_t choice : {0, 1}) {
    Actions actions;
    bool another = false;
    for (Value operand : operands) {
      const auto &known = moves.find(operand)->second;
      actions.push_back(known[std::min(choice, known.size() - 1)]);
      another |= known.size() > 1;
    }
    auto result = moveEquation(op, actions, movers, info);
    if (auto *action = std::get_if<Action>(&result)) {
      set(op.getResult(), *action);
      return std::nullopt;
    }
    if (!first)
      first = std::get<Broken>(result);
    if (!another)
      break;
  }
  return first;
}

// ---- shapes

static bool stays(const AxisMove &axis) {
  return axis.kind == AxisMove::Kind::Fixed || axis.kind == AxisMove::Kind::Uniform;
}

bool Propagation::regroup(const Action &from, ArrayRef<int64_t> in, unsigned firstIn, ArrayRef<int64_t> out,
                          unsigned firstOut, Action &to) {
  ArrayRef<AxisMove> own = ArrayRef(from.axes).slice(firstIn, in.size());
  if (llvm::all_of(own, stays)) {
    bool uniform = llvm::all_of(own, [](const AxisMove &axis) { return axis.kind == AxisMove::Kind::Uniform; });
    for (unsigned k = 0; k < out.size(); ++k)
      to.axes[firstOut + k].kind = uniform ? AxisMove::Kind::Uniform : AxisMove::Kind::Fixed;
    return true;
  }
  // The axes from `first` on as a tensor of their own.
  Action factors = Action::fixed(0);
  factors.axes.append(own.begin(), own.end());
  for (GridMove grid : from.grids) {
    bool inside = llvm::all_of(grid.axes, [&](unsigned a) { return a >= firstIn && a < firstIn + in.size(); });
    if (!inside && llvm::any_of(grid.axes, [&](unsigned a) { return a >= firstIn && a < firstIn + in.size(); }))
      return false;
    for (unsigned &axis : grid.axes)
      axis -= firstIn;
    if (inside)
      factors.grids.push_back(grid);
  }
  const AxisMove &only = own[0];
  bool merged = in.size() == 1 && only.kind == AxisMove::Kind::Moved && !movers[only.mover].extents.empty();
  if (merged && ArrayRef(movers[only.mover].extents) == out)
    factors = movers[only.mover].factors;
  else if (in != out) {
    bool vectors = llvm::any_of(own, [&](const AxisMove &axis) {
      return axis.kind == AxisMove::Kind::Moved && movers[axis.mover].kind == Mover::Kind::Matrix;
    });
    if (out.size() != 1 || vectors)
      return false;
    auto same = [&](const Mover &mover) { return ArrayRef(mover.extents) == in && mover.factors == factors; };
    auto found = llvm::find_if(movers, same);
    unsigned number = found - movers.begin();
    if (found == movers.end()) {
      Mover mover;
      for (const AxisMove &axis : own)
        if (axis.kind == AxisMove::Kind::Moved)
          mover.name = movers[axis.mover].name;
      if (mover.name.empty())
        mover.name = "the group";
      mover.extents = in.vec();
      mover.points = out[0];
      mover.factors = factors;
      movers.push_back(mover);
    }
    factors = Action::fixed(1);
    factors.axes[0] = {AxisMove::Kind::Moved, number, false};
  }
  for (unsigned k = 0; k < out.size(); ++k)
    to.axes[firstOut + k] = factors.axes[k];
  for (GridMove grid : factors.grids) {
    for (unsigned &axis : grid.axes)
      axis += firstOut;
    to.grids.push_back(grid);
  }
  return true;
}

std::optional<Broken> Propagation::visitReshape(ReshapeOp op) {
  Action from = at(op.getInput());
  ArrayRef<int64_t> in = op.getInput().getType().getShape(), out = op.getType().getShape();
  Action to = Action::fixed(out.size());
  to.odd = from.odd;
  to.values = from.values;
  to.weight = from.weight;
  // The shortest runs of axes on both sides with as many entries; axes of extent 1 join what is before them.
  for (unsigned i = 0, o = 0; i < in.size() || o < out.size();) {
    unsigned firstIn = i, firstOut = o;
    int64_t entriesIn = i < in.size() ? in[i++] : 1, entriesOut = o < out.size() ? out[o++] : 1;
    while (entriesIn != entriesOut)
      if (entriesIn < entriesOut)
        entriesIn *= in[i++];
      else
        entriesOut *= out[o++];
    if (from.weight != 0 && from.pointAxis >= firstIn && from.pointAxis < i)
      to.pointAxis = firstOut;
    if (!regroup(from, in.slice(firstIn, i - firstIn), firstIn, out.slice(firstOut, o - firstOut), firstOut, to))
      return Broken{op,
                    "an axis that moves is merged with others, or taken apart",
                    "sum, average or take the maximum over it first: a flattened axis has no order to permute",
                    {}};
  }
  set(op.getResult(), to);
  return std::nullopt;
}

// ---- derivatives

/// A derivative by a value moves as linear forms on it do: by the inverse transpose, and translations leave it.
static std::optional<Action> dualOf(const Action &action, ArrayRef<Mover> movers) {
  Action dual = action;
  for (AxisMove &axis : dual.axes) {
    if (axis.kind == AxisMove::Kind::Uniform)
      return std::nullopt; // it may move in several ways, and its derivative in one
    if (axis.kind == AxisMove::Kind::Moved && movers[axis.mover].kind == Mover::Kind::Matrix)
      axis.dual = !axis.dual && !movers[axis.mover].preservesDot;
  }
  dual.weight = 0;
  return dual;
}

std::optional<Broken> Propagation::visitGrad(GradOp op) {
  const Action &y = at(op.getY());
  if (y.weight != 0 || y.values)
    return Broken{op, "what is differentiated moves with translations", "", {}};
  for (auto [wrt, grad] : llvm::zip(op.getWrt(), op.getGrads())) {
    auto dual = dualOf(at(wrt), movers);
    if (!dual)
      return limit(op, "a gradient by a value that is the same along an axis");
    dual->odd = dual->odd != y.odd;
    set(grad, *dual);
  }
  return std::nullopt;
}

static void append(Action &action, const Action &more) {
  unsigned rank = action.axes.size();
  action.axes.append(more.axes);
  for (GridMove grid : more.grids) {
    for (unsigned &axis : grid.axes)
      axis += rank;
    action.grids.push_back(grid);
  }
  action.odd = action.odd != more.odd;
}

std::optional<Broken> Propagation::visitJacobian(JacobianOp op) {
  Action result = at(op.getY());
  auto dual = dualOf(at(op.getX()), movers);
  if (!dual)
    return limit(op, "a derivative by a value that is the same along an axis");
  result.weight = 0;
  append(result, *dual);
  set(op.getResult(), result);
  return std::nullopt;
}

std::optional<Broken> Propagation::visitJvp(JvpOp op) {
  Action point = at(op.getX()), tangent = at(op.getTangent()), result = at(op.getY());
  point.weight = tangent.weight = result.weight = 0;
  if (!meets(tangent, point, movers))
    return Broken{op, "the direction does not move as the value that is differentiated by", "", op.getTangent()};
  set(op.getResult(), result);
  return std::nullopt;
}

// ---- algorithms on matrices

std::optional<Broken> Propagation::visitRoutine(RoutineOp op) {
  size_t lead = op.getLeading().size();
  auto coreStays = [&](Value value) {
    const Action &action = at(value);
    for (size_t axis = lead; axis < action.axes.size(); ++axis)
      if (action.axes[axis].kind == AxisMove::Kind::Moved || action.axes[axis].kind == AxisMove::Kind::Grid)
        return false;
    return !action.odd && action.weight == 0;
  };
  const Action &first = at(op.getInputs()[0]);
  for (const GridMove &grid : first.grids)
    if (llvm::any_of(grid.axes, [&](unsigned axis) { return axis >= lead; }))
      return limit(op, "an algorithm on a grid that moves");
  Action leading = Action::fixed(0);
  leading.axes.append(first.axes.begin(), first.axes.begin() + lead);
  leading.grids = first.grids;
  for (Value input : op.getInputs())
    if (!std::equal(leading.axes.begin(), leading.axes.end(), at(input).axes.begin()) || at(input).grids != first.grids)
      return limit(op, "an algorithm on matrices whose leading axes move differently");
  bool stays = llvm::all_of(op.getInputs(), coreStays);
  bool isOrder = op.getKind() == RoutineKind::order && !first.odd;
  const AxisMove core = lead < first.axes.size() ? first.axes[lead] : AxisMove();
  bool permuted = core.kind == AxisMove::Kind::Moved && movers[core.mover].kind == Mover::Kind::Permutation;
  bool bothSides = lead + 1 < first.axes.size() && core.kind == AxisMove::Kind::Moved && first.axes[lead + 1] == core &&
                   movers[core.mover].preservesDot;
  bool spectrum = op.getKind() == RoutineKind::eigh && bothSides &&
                  llvm::all_of(op.getOutputs().drop_front(), [](Value v) { return v.use_empty(); });
  if (!stays && !(isOrder && permuted) && !spectrum)
    return limit(op, "`" + stringifyRoutineKind(op.getKind()) + "` of matrices that move");
  for (Value output : op.getOutputs()) {
    Action result = leading;
    result.axes.resize(rankOf(output));
    if (!stays && isOrder)
      result.values = core.mover;
    set(output, result);
  }
  return std::nullopt;
}

// ---- loops

/// The moves of states that a turn of the loop keeps.
std::optional<Broken> Propagation::loopStates(Operation *op, Block &body, ValueRange inits, ArrayRef<Action> slices,
                                              ValueRange captures, Actions &states, bool until) {
  states.clear();
  for (Value init : inits)
    states.push_back(at(init));
  for (unsigned round = 0; round < 4; ++round) {
    unsigned next = 0;
    set(body.getArgument(next++), Action::fixed(0));
    for (const Action &state : states)
      set(body.getArgument(next++), state);
    for (const Action &slice : slices)
      set(body.getArgument(next++), slice);
    for (Value capture : captures)
      moves[body.getArgument(next++)] = moves.find(capture)->second;
    if (auto broken = visitBlock(body))
      return broken;
    Operation *yield = body.getTerminator();
    bool kept = true;
    for (size_t k = 0; k < states.size(); ++k) {
      Action turned = at(yield->getOperand(k));
      if (meets(turned, states[k], movers))
        continue;
      kept = false;
      if (!meets(at(inits[k]), turned, movers))
        return Broken{op, "a turn of the loop moves the state in another way than it began", "", {}};
      states[k] = turned;
    }
    if (until && !at(yield->getOperand(states.size())).isTrivial())
      return Broken{op, "when the loop ends depends on what moves", "", {}};
    if (kept)
      return std::nullopt;
  }
  return limit(op, "a loop whose states move in more ways than were tried");
}

std::optional<Broken> Propagation::visitScan(ScanOp op) {
  Actions slices, states;
  for (Value xs : op.getXs()) {
    Action all = at(xs), slice;
    AxisMove::Kind along = all.axes[0].kind;
    if (along == AxisMove::Kind::Moved || along == AxisMove::Kind::Grid)
      return Broken{
          op, "the loop runs along an axis that moves: what comes first is told from what comes later", "", {}};
    slice = all;
    slice.axes.erase(slice.axes.begin());
    slice.grids.clear();
    for (GridMove grid : all.grids) {
      for (unsigned &axis : grid.axes)
        --axis;
      slice.grids.push_back(grid);
    }
    if (all.weight != 0)
      --slice.pointAxis;
    slices.push_back(slice);
  }
  if (auto broken = loopStates(op, op.getBody().front(), op.getInits(), slices, op.getCaptures(), states, false))
    return broken;
  for (auto [result, state] : llvm::zip(op.getResults(), states)) {
    Action stacked = Action::fixed(1);
    stacked.values = state.values;
    stacked.weight = state.weight;
    stacked.pointAxis = state.pointAxis + 1;
    append(stacked, state);
    set(result, stacked);
  }
  return std::nullopt;
}

std::optional<Broken> Propagation::visitIterate(IterateOp op) {
  Actions states;
  if (auto broken = loopStates(op, op.getBody().front(), op.getInits(), {}, op.getCaptures(), states, op.getUntil()))
    return broken;
  for (auto [result, state] : llvm::zip(op.getResults(), states))
    set(result, state);
  return std::nullopt;
}

// ---- all

std::optional<Broken> Propagation::visit(Operation &op) {
  return TypeSwitch<Operation *, std::optional<Broken>>(&op)
      .Case([&](EquationOp own) { return visitEquation(own); })
      .Case([&](ConstantOp own) {
        auto values = dyn_cast<DenseElementsAttr>(own.getValue());
        bool same = values && values.isSplat();
        set(own.getResult(), same ? Action::uniform(rankOf(own.getResult())) : Action::fixed(rankOf(own.getResult())));
        return std::nullopt;
      })
      .Case([&](ReshapeOp own) { return visitReshape(own); })
      .Case([&](GradOp own) { return visitGrad(own); })
      .Case([&](JacobianOp own) { return visitJacobian(own); })
      .Case([&](JvpOp own) { return visitJvp(own); })
      .Case([&](RoutineOp own) { return visitRoutine(own); })
      .Case([&](ScanOp own) { return visitScan(own); })
      .Case([&](IterateOp own) { return visitIterate(own); })
      .Case([&](StopOp own) {
        moves[own.getResult()] = Actions(moves.find(own.getInput())->second);
        return std::nullopt;
      })
      .Case([&](BarrierOp own) {
        moves[own.getResult()] = Actions(moves.find(own.getInput())->second);
        return std::nullopt;
      })
      .Case([&](SampleOp own) -> std::optional<Broken> {
        return limit(own, "it draws at random, and what is drawn moves only in distribution");
      })
      .Case<YieldOp, func::ReturnOp>([](auto) { return std::nullopt; })
      .Default([&](Operation *other) -> std::optional<Broken> {
        for (Value operand : other->getOperands())
          if (!at(operand).isTrivial())
            return limit(other, "how this moves is not known");
        for (Value result : other->getResults())
          set(result, Action::fixed(rankOf(result)));
        return std::nullopt;
      });
}

std::optional<Broken> Propagation::visitBlock(Block &block) {
  for (Operation &op : block) {
    if (auto broken = visit(op))
      return broken;
    for (Value result : op.getResults())
      lines.push_back({&op, at(result)});
  }
  return std::nullopt;
}

std::variant<Actions, Broken> Propagation::run() {
  Block &body = function.getBody().front();
  if (auto broken = visitBlock(body))
    return *broken;
  Actions results;
  for (Value result : body.getTerminator()->getOperands())
    results.push_back(at(result));
  return results;
}

} // namespace nn::prover
