// Movers, actions, and the operations that are no equations.
#include "Symmetry/Replay/Replay.h"
#include "Dialect/NN/IR/Form.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::replay {

Replay::Replay(func::FuncOp function, const Element &element, symmetry::GroupRef group, int64_t generator)
    : function(function), element(element), movers(element.movers), group(std::move(group)), generator(generator),
      names(namesOf(function)) {
  for (const Record &record : element.records)
    if (!records.try_emplace(record.value, &record).second)
      refuse("there are two records of `" + record.value + "`");
}

bool Replay::refuse(const Twine &reason) {
  if (why.empty())
    why = reason.str();
  return false;
}

const Action *Replay::at(Value value) {
  const Record *record = find(value);
  if (!record) {
    refuse("there is no record of `" + names.lookup(value) + "`");
    return nullptr;
  }
  used.insert(record->value);
  return &record->action;
}

// ---- shapes

/// The same cells move, components run as they did, and nothing differs along an axis that is said to be the same.
bool Replay::isReshaped(const Action &from, ArrayRef<int64_t> in, const Action &to, ArrayRef<int64_t> out) const {
  using Runs = SmallVector<std::tuple<int64_t, int64_t, bool>>;
  auto components = [&](const Action &action, ArrayRef<int64_t> shape) {
    Runs runs;
    for (auto [axis, move] : llvm::enumerate(action.axes))
      if (isMatrix(move))
        runs.emplace_back(cellsOf(shape.drop_front(axis + 1)), move.mover, move.dual);
    return runs;
  };
  if (components(from, in) != components(to, out) || from.odd != to.odd || from.values != to.values ||
      from.weight != to.weight ||
      (from.weight != 0 && cellsOf(in.drop_front(from.point)) != cellsOf(out.drop_front(to.point))))
    return false;
  for (int64_t cell = 0, count = cellsOf(in); cell < count; ++cell) {
    Place before = placeOf(cell, in), after = placeOf(cell, out);
    if (!goesTo(from, in, before, placeOf(cellOf(movePlace(to, out, after), out), in)))
      return false;
    for (auto [axis, move] : llvm::enumerate(to.axes)) {
      Place first = after;
      first[axis] = 0;
      Place start = placeOf(cellOf(first, out), in);
      for (size_t a = 0; a < in.size() && move.kind == AxisMove::Kind::Same; ++a)
        if (start[a] != before[a] && from.axes[a].kind != AxisMove::Kind::Same)
          return false;
    }
  }
  // Axes are the same if all of what they were is; no fewer are said to be.
  bool whole = llvm::all_of(from.axes, [](const AxisMove &axis) { return axis.kind == AxisMove::Kind::Same; });
  return !whole || llvm::all_of(to.axes, [](const AxisMove &axis) { return axis.kind == AxisMove::Kind::Same; });
}

// ---- derivatives

/// A derivative by a value moves as linear forms on it do.
std::optional<Action> Replay::dualOf(Value value) {
  const Action *own = at(value);
  if (!own || llvm::any_of(own->axes, [](const AxisMove &axis) { return axis.kind == AxisMove::Kind::Same; })) {
    refuse("what is differentiated by is the same along an axis");
    return std::nullopt;
  }
  variables.push_back(value);
  Action dual = *own;
  for (AxisMove &axis : dual.axes)
    if (isMatrix(axis))
      axis.dual = !axis.dual && !movers[axis.mover].orthogonal;
  dual.weight = dual.point = 0;
  return dual;
}

/// The axes of `more` behind those of `action`.
static Action joined(Action action, const Action &more) {
  int64_t rank = action.axes.size();
  llvm::append_range(action.axes, more.axes);
  for (Grid grid : more.grids) {
    llvm::for_each(grid.axes, [&](int64_t &axis) { axis += rank; });
    action.grids.push_back(grid);
  }
  action.odd = action.odd != more.odd;
  return action;
}

/// What moves like this, behind each other.
static Action stacked(const AxisMove &along, const Action &slice) {
  Action front;
  front.axes = {along};
  Action all = joined(front, slice);
  all.values = slice.values;
  all.weight = slice.weight;
  all.point = slice.point + (slice.weight != 0);
  return all;
}

// ---- algorithms and loops

Replay::Expected Replay::visitRoutine(RoutineOp op) {
  int64_t lead = op.getLeading().size();
  SmallVector<Action> fronts, cores;
  for (Value input : op.getInputs()) {
    Action &front = fronts.emplace_back(), &core = cores.emplace_back(*at(input));
    front.axes.assign(core.axes.begin(), core.axes.begin() + lead);
    core.axes.erase(core.axes.begin(), core.axes.begin() + lead);
    std::swap(front.grids, core.grids);
    if (!(front == fronts[0]) || (!front.grids.empty() && front.grids.back().axes.back() >= lead))
      return refuse("matrices move on a grid, or their leading axes in different ways"), std::nullopt;
  }
  AxisMove first = cores[0].axes[0];
  Action alone, both;
  alone.axes = {first};
  both.axes = {first, first};
  bool order = op.getKind() == RoutineKind::order && !isMatrix(first) && cores[0] == alone;
  // The spectrum of R a R^T is that of a; vectors are not read.
  bool spectrum = op.getKind() == RoutineKind::eigh && cores[0] == both &&
                  (!isMatrix(first) || movers[first.mover].orthogonal) &&
                  llvm::all_of(op.getOutputs().drop_front(), [](Value vectors) { return vectors.use_empty(); });
  if (!order && !spectrum && !llvm::all_of(cores, [&](const Action &core) { return isStill(core); }))
    return refuse("no rule for an algorithm on matrices that move so"), std::nullopt;
  SmallVector<Action> results;
  for (Value output : op.getOutputs()) {
    Action &result = results.emplace_back(fronts[0]);
    result.axes.resize(shapeOf(output).size());
    if (order && first.kind == AxisMove::Kind::Moves)
      result.values = first.mover;
  }
  return results;
}

/// States begin and end a turn in the same way; results are they, or all of them behind each other.
Replay::Expected Replay::visitLoop(Operation *op, ValueRange inits, ValueRange xs, ValueRange captures, bool until) {
  Block &body = op->getRegion(0).front();
  auto *argument = body.args_begin();
  SmallVector<Action> states;
  bool fine = *at(*argument++) == Action();
  for (Value init : inits) {
    states.push_back(*at(*argument++));
    fine &= implies(*at(init), states.back());
  }
  for (Value sequence : xs) {
    const Action &all = *at(sequence);
    fine &= all.axes[0].kind <= AxisMove::Kind::Same && stacked(all.axes[0], *at(*argument++)) == all;
  }
  for (Value capture : captures)
    fine &= *at(capture) == *at(*argument++);
  if (!fine || !replayBlock(body))
    return refuse("what enters a loop moves in another way inside"), std::nullopt;
  SmallVector<const Action *> turned;
  for (Value next : body.getTerminator()->getOperands())
    turned.push_back(at(next));
  for (auto [next, state] : llvm::zip(turned, states))
    if (!next || !implies(*next, state))
      return refuse("a turn of a loop moves a state in another way than it began"), std::nullopt;
  if (until && !(turned.back() && isStill(*turned.back())))
    return refuse("when a loop ends depends on what moves"), std::nullopt;
  for (Action &state : states)
    state = isa<ScanOp>(op) ? stacked({}, state) : state;
  return states;
}

// ---- what reaches a value

/// What a value is computed from, up to inputs and what enters loops.
static llvm::SetVector<Value> sourcesOf(Value value) {
  llvm::SetVector<Value> sources;
  sources.insert(value);
  for (size_t k = 0; k < sources.size(); ++k)
    if (Operation *op = sources[k].getDefiningOp())
      sources.insert(op->operand_begin(), op->operand_end());
  return sources;
}

/// Nothing that moves, and no draw, reaches the value.
bool Replay::rests(Value value) {
  return llvm::all_of(sourcesOf(value), [&](Value source) {
    auto argument = dyn_cast<BlockArgument>(source);
    if (!argument)
      return !source.getDefiningOp<SampleOp>();
    Operation *around = argument.getOwner()->getParentOp();
    int64_t fromEnd = int64_t(argument.getOwner()->getNumArguments()) - argument.getArgNumber();
    auto captures = isa<ScanOp>(around)      ? cast<ScanOp>(around).getCaptures()
                    : isa<IterateOp>(around) ? cast<IterateOp>(around).getCaptures()
                                             : OperandRange(around->operand_end(), around->operand_end());
    if (around == function)
      return isStill(*at(source));
    return fromEnd <= int64_t(captures.size()) && rests(captures[captures.size() - fromEnd]);
  });
}

// ---- all

Replay::Expected Replay::visit(Operation *op, ArrayRef<const Action *> written) {
  SmallVector<const Action *> operands;
  if (!isa<EquationOp>(op))
    for (Value operand : op->getOperands())
      operands.push_back(at(operand));
  if (llvm::is_contained(operands, nullptr))
    return std::nullopt;
  auto one = [](std::optional<Action> action) { return action ? Expected({*action}) : std::nullopt; };
  return TypeSwitch<Operation *, Expected>(op)
      .Case([&](EquationOp own) { return one(replayEquation(own, *find(own.getResult()))); })
      .Case([&](ReshapeOp own) {
        bool fine = isReshaped(*operands[0], shapeOf(own.getInput()), *written[0], shapeOf(own.getResult()));
        return fine ? one(*written[0]) : std::nullopt;
      })
      .Case([&](ConstantOp own) {
        auto values = dyn_cast<DenseElementsAttr>(own.getValue());
        Action action;
        action.axes.assign(shapeOf(own.getResult()).size(), {});
        for (AxisMove &axis : action.axes)
          axis.kind = values && values.isSplat() ? AxisMove::Kind::Same : AxisMove::Kind::Stays;
        return one(action);
      })
      .Case([&](GradOp own) -> Expected {
        SmallVector<Action> results;
        if (operands[0]->weight != 0 || operands[0]->values)
          return refuse("what is differentiated moves with translations"), std::nullopt;
        for (Value wrt : own.getWrt()) {
          auto dual = dualOf(wrt);
          if (!dual)
            return std::nullopt;
          dual->odd ^= operands[0]->odd;
          results.push_back(*dual);
        }
        return results;
      })
      .Case([&](JacobianOp own) -> Expected {
        auto dual = dualOf(own.getX());
        Action result = *operands[0];
        result.weight = result.point = 0;
        return dual ? one(joined(result, *dual)) : std::nullopt;
      })
      .Case([&](JvpOp own) -> Expected {
        Action result = *at(own.getY()), point = *at(own.getX()), tangent = *at(own.getTangent());
        for (Action *each : {&result, &point, &tangent})
          each->weight = each->point = 0;
        if (!dualOf(own.getX()) || !implies(tangent, point))
          return refuse("a direction moves in another way than the value it belongs to"), std::nullopt;
        return one(result);
      })
      .Case([&](RoutineOp own) { return visitRoutine(own); })
      .Case([&](ScanOp own) { return visitLoop(own, own.getInits(), own.getXs(), own.getCaptures(), false); })
      .Case([&](IterateOp own) { return visitLoop(own, own.getInits(), {}, own.getCaptures(), own.getUntil()); })
      .Case<StopOp, BarrierOp>([&](auto) { return one(*operands[0]); })
      .Default([&](Operation *) -> Expected {
        SmallVector<Action> results(op->getNumResults());
        for (auto [result, action] : llvm::zip(op->getResults(), results))
          action.axes.resize(shapeOf(result).size());
        bool still = llvm::all_of(operands, [&](const Action *each) { return isStill(*each); });
        if (!still || isa<SampleOp>(op) || op->getNumRegions() != 0 || !isMemoryEffectFree(op))
          return refuse("no rule for `" + op->getName().getStringRef() + "`"), std::nullopt;
        return results;
      });
}

/// Operations without records are not needed.
bool Replay::replayBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    SmallVector<const Action *> written;
    for (Value result : op.getResults())
      if (const Record *record = find(result)) {
        if (record->rule != op.getName().stripDialect() || !checkAction(record->action, shapeOf(result)))
          return refuse("`" + record->value + "` has another rule");
        written.push_back(&record->action);
      }
    if (written.empty())
      continue;
    if (written.size() != op.getNumResults())
      return refuse("a result has no record");
    for (Region &region : op.getRegions())
      for (Value argument : isa<EquationOp>(op) ? ValueRange() : ValueRange(region.getArguments()))
        if (const Record *record = find(argument);
            !record || record->rule != "turn" || !checkAction(record->action, shapeOf(argument)))
          return refuse("the turn of a loop has no record");
    Expected expected = visit(&op, written);
    if (!expected)
      return refuse("`" + names.lookup(op.getResult(0)) + "` does not follow");
    for (auto [found, record] : llvm::zip_equal(*expected, written))
      if (!(found == *record))
        return refuse("`" + names.lookup(op.getResult(0)) + "` moves in another way");
  }
  return true;
}

bool Replay::run(const ActionSpec &declared) {
  if (!why.empty() || !checkMovers())
    return false;
  bool training = function->hasAttr(trainingAttrName);
  llvm::StringMap<const Action *> states;
  for (auto [k, argument] : llvm::enumerate(function.getArguments())) {
    const Record *record = find(argument);
    auto binding = function.getArgAttrOfType<BindAttr>(k, bindingAttrName);
    bool isState = training && binding && binding.getKind() == Binding::state;
    if (!record || record->rule != "input" || !checkAction(record->action, shapeOf(argument)))
      return refuse("an input does not move as declared");
    // What an optimizer keeps moves like the weights, its first input, or stays.
    bool follows = isState && argument.getType() == function.getArgument(0).getType() && !isStill(record->action);
    if (!isDeclared(record->action, shapeOf(argument), declared, follows ? 0 : k, false))
      return refuse("an input does not move as declared");
    if (isState)
      states[binding.getName()] = &record->action;
    used.insert(record->value);
  }
  Block &body = function.getBody().front();
  if (!replayBlock(body))
    return false;
  size_t outputs = 0;
  for (auto [k, result] : llvm::enumerate(body.getTerminator()->getOperands())) {
    const Action *found = at(result);
    auto binding = function.getResultAttrOfType<BindAttr>(k, bindingAttrName);
    if (!found)
      return false;
    if (!binding || binding.getKind() != Binding::output) { // a state after the call
      const Action *before = binding ? states.lookup(binding.getName()) : nullptr;
      if (training && (!before || !implies(*found, *before)))
        return refuse("a state moves in another way than before the call");
      continue;
    }
    const Action *wanted = outputs < element.outputs.size() ? &element.outputs[outputs++] : nullptr;
    if (!wanted || !checkAction(*wanted, shapeOf(result)) || !isDeclared(*wanted, shapeOf(result), declared, k, true) ||
        !implies(*found, *wanted))
      return refuse("output " + Twine(k) + " does not move as claimed");
  }
  for (Value other : twice)
    if (auto sources = sourcesOf(other); llvm::any_of(variables, [&](Value each) { return sources.contains(each); }))
      return refuse("what is differentiated by moves in two ways");
  if (llvm::any_of(variables, [&](Value each) { return llvm::is_contained(bypassed, each); }))
    return refuse("what is differentiated by is read past");
  return (used.size() == element.records.size() && outputs == element.outputs.size()) ||
         refuse("a record is of no use");
}

std::string replay(const Certificate &certificate, ModuleOp form) {
  auto claims = form.getOps<ClaimOp>();
  auto group = symmetry::parseGroup(certificate.group);
  if (!group)
    return llvm::toString(group.takeError());
  if (!llvm::hasSingleElement(claims))
    return "the form has another number of claims than one";
  ClaimOp claim = *claims.begin();
  auto function = form.lookupSymbol<func::FuncOp>(claim.getFunction());
  ArrayAttr actions = claim.getActions();
  auto spec = certificate.action >= 0 && certificate.action < int64_t(actions.size())
                  ? ActionSpec::of(actions[certificate.action])
                  : std::nullopt;
  if (!spec || spec->group != certificate.group ||
      certificate.claim != (claim.getKind() + " " + claim.getSubject() + " under " + spec->written).str())
    return "the form claims something else";
  std::map<std::string, int64_t> sizes;
  for (NamedAttribute size : claim->getAttrOfType<DictionaryAttr>(sizesAttrName))
    sizes[size.getName().str()] = cast<IntegerAttr>(size.getValue()).getInt();
  if (sizes != certificate.sizes)
    return "the form has other sizes";
  // Either all elements at once, or each generator by itself; both are held against each generator.
  ArrayRef<symmetry::Generator> generators = (*group)->generators();
  ArrayRef<Element> elements = certificate.elements;
  bool atOnce = elements.size() == 1 && !elements[0].generator;
  StringRef all = (*group)->kind() == symmetry::Group::Kind::Symmetric ? "every permutation" : "every element";
  if (!atOnce && elements.size() != generators.size())
    return "a generator is missing, or there is one too many";
  for (auto [g, generator] : llvm::enumerate(generators)) {
    const Element &element = elements[atOnce ? 0 : g];
    if (element.name != (atOnce ? all : StringRef(generator.name)) || (!atOnce && element.generator != int64_t(g)))
      return "the elements are not those that generate the group";
    if (Replay one(function, element, *group, g); !one.run(*spec))
      return "for " + generator.name + ": " + one.why;
  }
  return "";
}

} // namespace nn::replay
