// Walks a function operation by operation, in lock step for all rows and slices, and records the run.
#include "Interpreter/Interpreter.h"

#include "Interpreter/Graph.h"
#include "Interpreter/Samples.h"
#include "Interpreter/Tensors.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/TypeSwitch.h"

#include <memory>

using namespace mlir;

namespace nn::interpreter {

/// Operations whose results are values of their own, used by nobody else: they are let go after their last use.
static bool isOwnValue(Operation *op) { return isa<EquationOp, ReshapeOp, BatchSumOp, BatchStackOp, SampleOp>(op); }

namespace {
/// What the values of one function's (or loop body's) operations became: numbers of values in the record.
using Frame = llvm::DenseMap<mlir::Value, int>;

template <class Base> class Machine {
public:
  Machine(ModuleOp module, func::FuncOp root, const Inputs &inputs, const Options &options)
      : module(module), root(root), context(module.getContext()), inputs(inputs), options(options),
        world{graph, [this](int id) { return values[id]; }} {
    auto batch = root->getAttrOfType<IntegerAttr>(batchAttrName);
    rows = batch ? batch.getInt() : options.rows;
    training = options.training.value_or(root->hasAttr(trainingAttrName));
    graph.lanes.extents = {std::max<int64_t>(rows, 1)};
    graph.lanes.validRows = inputs.batchSize < 0 ? graph.lanes.extents[0] : inputs.batchSize;
    numbersSamples = module.walk([](KeyOp) { return WalkResult::interrupt(); }).wasInterrupted();
    keepsRecord = module
                      .walk([](Operation *op) {
                        return isa<GradOp, JvpOp, JacobianOp>(op) ? WalkResult::interrupt() : WalkResult::advance();
                      })
                      .wasInterrupted();
  }

  FailureOr<Outputs> run();

private:
  using V = Value<Base>;

  // Entering and leaving the root.
  FailureOr<V> bind(unsigned index);
  FailureOr<V> convert(Operation *op, const Tensor &tensor, ShapedType type, bool perExample, const Twine &what) {
    return makeValue<Base>(op, tensor, type, perExample ? std::optional(graph.lanes.extents[0]) : std::nullopt, what);
  }
  Tensor unconvert(const V &value) const { return tensorOf(graph.lanes, value); }
  V makeKey(bool perExample) const;
  V scalar(int64_t value, unsigned width = 32) const;
  Type integerType(unsigned width) const { return IntegerType::get(context, width); }

  // Running.
  FailureOr<SmallVector<int>> runFunction(func::FuncOp function, ArrayRef<int> arguments);
  FailureOr<SmallVector<int>> runBlock(Block &block, ArrayRef<int> arguments);
  FailureOr<SmallVector<int>> runTurn(Block &body, ArrayRef<int> arguments, int64_t turn, int32_t firstSite);
  LogicalResult execute(Operation &op, Frame &frame);
  LogicalResult record(Node node, Operation &op, Frame &frame);
  void noteNotFinite(Operation &op, const V &value);
  LogicalResult executeDerivative(Operation &op, Frame &frame);
  LogicalResult executeCall(CallOp op, Frame &frame);
  LogicalResult executeCallAt(CallOp op, Frame &frame);
  LogicalResult executeScan(ScanOp op, Frame &frame);
  LogicalResult executeIterate(IterateOp op, Frame &frame);
  LogicalResult executeUpdate(UpdateOp op, Frame &frame);
  FailureOr<int> persistent(Operation *op, StringRef path, const std::map<std::string, Tensor> &given, ShapedType type,
                            StringRef what);
  FailureOr<V> setting(SettingValueOp op);
  FailureOr<int> lengthOf(LengthOp op);
  V sample(SampleOp op, const V &key) {
    int32_t site = numbersSamples ? nextSite++ : static_cast<int32_t>(op.getSite());
    return drawSample(op, site, graph.lanes, key, mappedLanes);
  }
  V currentKey();

  int add(V value) {
    values.push_back(std::move(value));
    return static_cast<int>(values.size()) - 1;
  }
  LogicalResult define(Operation &op, Frame &frame, FailureOr<V> value) {
    if (failed(value) || !*value)
      return failure();
    frame[op.getResult(0)] = add(*value);
    return success();
  }
  /// Runs a node on numbers of values and returns that of its only output.
  int move(Node::Kind kind, Operation *op, ArrayRef<int> operands, int lane = -1, int64_t index = 0);

  ModuleOp module;
  func::FuncOp root;
  MLIRContext *context;
  const Inputs &inputs;
  const Options &options;
  Graph graph;
  World<Base> world;
  std::vector<V> values;
  int64_t rows = 0;
  bool training = false, keepsRecord = false;
  /// Current values of parameters and states, and which of them were updated.
  std::map<std::string, int> current;
  std::map<std::string, bool> updatedParameters, updatedStates;
  SmallVector<Operation *> calls; ///< that are run, the outermost first
  bool foundNaN = false;
  std::map<std::string, int> lengths; ///< those that the program computes
  /// Lanes of the mapped calls around, outermost first; turns of the loops around.
  SmallVector<int> mappedLanes;
  SmallVector<int64_t> turns;
  llvm::DenseMap<Operation *, std::unique_ptr<EquationPlan>> plans;
  int depth = 0;
  /// Before inline-specialize samples are numbered in written order, one number a sample of a loop's body; after it
  /// they have their numbers.
  bool numbersSamples = false;
  int32_t nextSite = 0;
  /// The first sample of the first call of a function: a call at other parameters has the same draws.
  std::map<std::string, int32_t> firstSites;
};
} // namespace

//===-- Entering and leaving the root
//----------------------------------------------------------------------------------===//

template <class Base> Value<Base> Machine<Base>::scalar(int64_t value, unsigned width) const {
  return makeIntegers<Base>({}, {}, integerType(width), {value});
}

template <class Base> Value<Base> Machine<Base>::makeKey(bool perExample) const {
  std::vector<int64_t> words;
  for (int64_t row = 0; row < (perExample ? graph.lanes.extents[0] : 1); ++row) {
    int64_t example = !perExample ? 0 : inputs.examples.empty() ? row : inputs.examples[row];
    for (int64_t word : {static_cast<int64_t>(static_cast<int32_t>(inputs.seed)),
                         static_cast<int64_t>(static_cast<int32_t>(inputs.seed >> 32)), inputs.step, example})
      words.push_back(word);
  }
  return makeIntegers<Base>(perExample ? Lanes{0} : Lanes{}, {4}, integerType(32), std::move(words));
}

/// The value of argument `index` of the root: by its binding, or by its place among those without one.
template <class Base> FailureOr<Value<Base>> Machine<Base>::bind(unsigned index) {
  auto type = cast<ShapedType>(root.getArgumentTypes()[index]);
  auto binding = root.getArgAttrOfType<BindAttr>(index, bindingAttrName);
  bool perExample = bool(root.getArgAttr(index, perExampleAttrName));
  auto find = [&](const std::map<std::string, Tensor> &given, StringRef what) -> FailureOr<V> {
    auto found = given.find(binding.getName().str());
    if (found == given.end())
      return root.emitError("no value given for ") << what << " `" << binding.getName() << "`";
    return convert(root, found->second, type, perExample, what + " `" + binding.getName() + "`");
  };
  if (!binding) {
    unsigned place = 0;
    for (unsigned k = 0; k < index; ++k)
      place += !root.getArgAttr(k, bindingAttrName);
    if (place >= inputs.positional.size())
      return root.emitError("no value given for argument ") << index;
    return convert(root, inputs.positional[place], type, perExample, "argument " + Twine(index));
  }
  switch (binding.getKind()) {
  case Binding::param:
    return find(inputs.parameters, "parameter");
  case Binding::state:
    return find(inputs.states, "state");
  case Binding::field:
  case Binding::arg:
  case Binding::loaded:
    return find(inputs.arguments, "argument");
  case Binding::key: {
    // After the batch pass the rows are an axis of the key.
    bool stacked = type.getRank() == 2;
    V key = makeKey(stacked || perExample);
    if (stacked)
      return makeIntegers<Base>({}, Shape(type.getShape()), key.element, *key.integers);
    return key;
  }
  case Binding::batch_size:
    return scalar(graph.lanes.validRows);
  case Binding::length:
    return find(inputs.arguments, "length");
  case Binding::step:
    return scalar(inputs.step);
  case Binding::total_steps:
    return scalar(inputs.totalSteps);
  case Binding::setting: {
    if (inputs.settings.count(binding.getName().str()))
      return find(inputs.settings, "setting");
    auto setting = module.lookupSymbol<SettingOp>(binding.getName());
    if (!setting)
      return root.emitError("no setting `") << binding.getName() << "`";
    return makeValue<Base>(root, DenseElementsAttr::get(type, cast<TypedAttr>(setting.getValue())));
  }
  default:
    return root.emitError("an argument cannot be bound to ") << stringifyBinding(binding.getKind());
  }
}

template <class Base> FailureOr<Outputs> Machine<Base>::run() {
  SmallVector<int> arguments;
  for (unsigned k = 0; k < root.getNumArguments(); ++k) {
    FailureOr<V> value = bind(k);
    if (failed(value))
      return failure();
    arguments.push_back(add(*value));
  }
  auto results = runFunction(root, arguments);
  if (failed(results) || graph.failed)
    return failure();
  Outputs outputs;
  for (auto [k, id] : llvm::enumerate(*results)) {
    outputs.results.push_back(unconvert(values[id]));
    auto binding = root.getResultAttrOfType<BindAttr>(k, bindingAttrName);
    if (binding && binding.getKind() == Binding::param)
      outputs.parameters[binding.getName().str()] = outputs.results.back();
    if (binding && binding.getKind() == Binding::state)
      outputs.states[binding.getName().str()] = outputs.results.back();
  }
  // Elsewhere updates are seen by later reads and then forgotten.
  if (!training && root.getName() != "init")
    return outputs;
  for (const auto &[path, updated] : updatedParameters)
    outputs.parameters[path] = unconvert(values[current[path]]);
  for (const auto &[path, updated] : updatedStates)
    outputs.states[path] = unconvert(values[current[path]]);
  return outputs;
}

//===-- Functions and blocks
//-------------------------------------------------------------------------------------------===//

template <class Base>
FailureOr<SmallVector<int>> Machine<Base>::runFunction(func::FuncOp function, ArrayRef<int> arguments) {
  if (function.isExternal())
    return function.emitError("a function without a body cannot be run");
  constexpr int maxDepth = 500;
  if (++depth > maxDepth)
    return function.emitError("calls nest too deeply");
  auto leave = llvm::make_scope_exit([&] { --depth; });
  return runBlock(function.getBody().front(), arguments);
}

template <class Base> FailureOr<SmallVector<int>> Machine<Base>::runBlock(Block &block, ArrayRef<int> arguments) {
  Frame frame;
  for (auto [argument, id] : llvm::zip(block.getArguments(), arguments))
    frame[argument] = id;
  llvm::DenseMap<mlir::Value, unsigned> usesLeft;
  for (Operation &op : block.without_terminator()) {
    if (failed(execute(op, frame)))
      return failure();
    if (keepsRecord)
      continue;
    for (mlir::Value operand : op.getOperands()) {
      Operation *definition = operand.getDefiningOp();
      if (!definition || !isOwnValue(definition) || !llvm::all_of(operand.getUsers(), isOwnValue))
        continue;
      auto [left, fresh] = usesLeft.try_emplace(operand, llvm::range_size(operand.getUses()));
      if (--left->second == 0)
        values[frame[operand]] = {};
    }
  }
  SmallVector<int> results;
  for (mlir::Value value : block.getTerminator()->getOperands())
    results.push_back(frame.lookup(value));
  return results;
}

/// A number that stands for an f32.
template <class Base> static Value<Base> inSingle(const Value<Base> &value) {
  if constexpr (std::is_same_v<Base, double>) {
    if (value.floats && value.element.isF32()) {
      std::vector<double> rounded = *value.floats;
      for (double &each : rounded)
        each = double(float(each));
      return makeFloats<double>(value.lanes, value.shape, value.element, std::move(rounded));
    }
  }
  return value;
}

/// A NaN counts more than an infinity, which a mask may be meant to be.
template <class Base> void Machine<Base>::noteNotFinite(Operation &op, const V &value) {
  if (!value.floats || foundNaN)
    return;
  bool isNaN = llvm::any_of(*value.floats, [](const Base &each) { return std::isnan(primal(each)); });
  bool isInfinite = llvm::any_of(*value.floats, [](const Base &each) { return std::isinf(primal(each)); });
  if (!isNaN && (!isInfinite || !options.notFinite->empty()))
    return;
  foundNaN = isNaN;
  *options.notFinite = {op.getLoc()};
  for (Operation *call : llvm::reverse(calls))
    options.notFinite->push_back(call->getLoc());
}

template <class Base> LogicalResult Machine<Base>::record(Node node, Operation &op, Frame &frame) {
  for (mlir::Value result : op.getResults()) {
    node.outputs.push_back(add({}));
    frame[result] = node.outputs.back();
  }
  auto outputs = runNode(world, node);
  for (auto [id, output] : llvm::zip(node.outputs, outputs)) {
    if (!output)
      return failure();
    values[id] = options.single ? inSingle(output) : output;
    if (options.notFinite)
      noteNotFinite(op, output);
  }
  if (keepsRecord)
    graph.nodes.push_back(std::move(node));
  return failure(graph.failed);
}

template <class Base>
int Machine<Base>::move(Node::Kind kind, Operation *op, ArrayRef<int> operands, int lane, int64_t index) {
  Node node{kind, op, SmallVector<int, 4>(operands), {}};
  node.lane = lane;
  node.index = index;
  V output = runNode(world, node).front();
  node.outputs.push_back(add(output));
  if (keepsRecord)
    graph.nodes.push_back(node);
  return node.outputs[0];
}

template <class Base> LogicalResult Machine<Base>::execute(Operation &op, Frame &frame) {
  auto operandIds = [&] {
    SmallVector<int, 4> ids;
    for (mlir::Value operand : op.getOperands())
      ids.push_back(frame.lookup(operand));
    return ids;
  };
  auto valueOf = [&](mlir::Value value) { return values[frame.lookup(value)]; };
  auto give = [&](FailureOr<int> id) -> LogicalResult {
    if (failed(id))
      return failure();
    frame[op.getResult(0)] = *id;
    return success();
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](EquationOp equation) -> LogicalResult {
        std::unique_ptr<EquationPlan> &plan = plans[&op];
        if (!plan) {
          auto made = planEquation(equation);
          if (failed(made))
            return failure();
          plan = std::make_unique<EquationPlan>(std::move(*made));
        }
        Node node{Node::equation, &op, operandIds(), {}};
        node.plan = plan.get();
        return record(std::move(node), op, frame);
      })
      .Case([&](RoutineOp) { return record({Node::routine, &op, operandIds(), {}}, op, frame); })
      .Case([&](ReshapeOp) { return record({Node::reshape, &op, operandIds(), {}}, op, frame); })
      .Case([&](BatchSumOp) { return record({Node::batchSum, &op, operandIds(), {}}, op, frame); })
      .Case([&](BatchStackOp) { return record({Node::batchStack, &op, operandIds(), {}}, op, frame); })
      .template Case<GradOp, JvpOp, JacobianOp>([&](auto) { return executeDerivative(op, frame); })
      .Case([&](BarrierOp barrier) { return give(frame.lookup(barrier.getInput())); })
      .Case([&](StopOp stop) { return define(op, frame, valueOf(stop.getInput())); })
      .Case([&](ConstantOp literal) { return define(op, frame, makeValue<Base>(&op, literal.getValue())); })
      .Case([&](arith::ConstantOp literal) -> LogicalResult {
        auto elements = dyn_cast<ElementsAttr>(literal.getValue());
        if (!elements)
          return op.emitError("a scalar constant outside of an equation");
        return define(op, frame, makeValue<Base>(&op, elements));
      })
      .Case([&](ParamOp param) {
        return give(
            persistent(&op, param.getPath().getRootReference(), inputs.parameters, param.getType(), "parameter"));
      })
      .Case([&](StateOp state) {
        return give(persistent(&op, state.getPath().getRootReference(), inputs.states, state.getType(), "state"));
      })
      .Case([&](LoadOp load) {
        return give(persistent(&op, load.getPath().getRootReference(), inputs.arguments, load.getType(), "argument"));
      })
      .Case([&](UpdateOp update) { return executeUpdate(update, frame); })
      .Case([&](SettingValueOp value) { return define(op, frame, setting(value)); })
      .Case([&](TrainingOp) { return define(op, frame, scalar(training, 1)); })
      .Case([&](KeyOp) { return define(op, frame, currentKey()); })
      .Case([&](FoldKeyOp fold) {
        return define(op, frame, foldKey(graph.lanes, valueOf(fold.getKey()), valueOf(fold.getCounter())));
      })
      .Case([&](SampleOp draw) { return define(op, frame, sample(draw, valueOf(draw.getKey()))); })
      .Case([&](BatchSizeOp) { return define(op, frame, scalar(graph.lanes.validRows)); })
      .Case([&](LengthOp length) { return give(lengthOf(length)); })
      .Case([&](SetLengthOp set) {
        lengths[set.getName().str()] = frame.lookup(set.getValue());
        return success();
      })
      .Case([&](StepOp step) { return define(op, frame, scalar(step.getTotal() ? inputs.totalSteps : inputs.step)); })
      .Case([&](ExampleOp) {
        // Without a batch there is one example, and nothing differs from example to example.
        if (rows <= 1 && !root->hasAttr(batchAttrName))
          return define(op, frame, scalar(0));
        std::vector<int64_t> row(graph.lanes.extents[0]);
        std::iota(row.begin(), row.end(), 0);
        return define(op, frame, makeIntegers<Base>({0}, {}, integerType(32), std::move(row)));
      })
      .Case([&](CallOp call) { return executeCall(call, frame); })
      .Case([&](ScanOp scan) { return executeScan(scan, frame); })
      .Case([&](IterateOp iterate) { return executeIterate(iterate, frame); })
      .Default([&](Operation *) { return op.emitError("the interpreter does not know this operation on tensors"); });
}

template <class Base> LogicalResult Machine<Base>::executeDerivative(Operation &op, Frame &frame) {
  Node node{isa<GradOp>(op) ? Node::grad : isa<JvpOp>(op) ? Node::jvp : Node::jacobian, &op, {}, {}};
  node.y = frame.lookup(op.getOperand(0));
  unsigned numVariables = isa<GradOp>(op) ? op.getNumOperands() - 1 : 1;
  for (unsigned k = 1; k <= numVariables; ++k)
    node.wrt.push_back(frame.lookup(op.getOperand(k)));
  if (isa<JvpOp>(op))
    node.tangent = frame.lookup(op.getOperand(2));
  planDerivative(graph, node);
  return record(std::move(node), op, frame);
}

//===-- Parameters and states
//----------------------------------------------------------------------------------===//

template <class Base>
FailureOr<int> Machine<Base>::persistent(Operation *op, StringRef path, const std::map<std::string, Tensor> &given,
                                         ShapedType type, StringRef what) {
  if (auto found = current.find(path.str()); found != current.end())
    return found->second;
  auto found = given.find(path.str());
  if (found == given.end())
    return op->emitError("no value given for ") << what << " `" << path << "`";
  FailureOr<V> value = convert(op, found->second, type, /*perExample=*/false, what + " `" + path + "`");
  if (failed(value))
    return failure();
  return current[path.str()] = add(*value);
}

template <class Base> FailureOr<int> Machine<Base>::lengthOf(LengthOp op) {
  if (auto set = lengths.find(op.getName().str()); set != lengths.end())
    return set->second;
  auto found = inputs.arguments.find(op.getName().str());
  if (found == inputs.arguments.end())
    return op.emitError("no value given for length `") << op.getName() << "`";
  FailureOr<V> value = convert(op, found->second, op.getType(), rows > 0, "length `" + op.getName() + "`");
  if (failed(value))
    return failure();
  return add(*value);
}

template <class Base> LogicalResult Machine<Base>::executeUpdate(UpdateOp op, Frame &frame) {
  int id = frame.lookup(op.getValue());
  std::string path = op.getPath().getRootReference().str();
  if (!values[id].lanes.empty())
    return op.emitError("`") << path << "` is updated with a value that differs from example to example";
  // A value of its own: what is read later is a constant to derivatives.
  current[path] = add(values[id]);
  (module.lookupSymbol<ParameterOp>(path) ? updatedParameters : updatedStates)[path] = true;
  return success();
}

template <class Base> FailureOr<Value<Base>> Machine<Base>::setting(SettingValueOp op) {
  StringRef name = op.getName().getRootReference();
  auto type = cast<RankedTensorType>(op.getType());
  if (auto found = inputs.settings.find(name.str()); found != inputs.settings.end())
    return convert(op, found->second, type, /*perExample=*/false, "setting `" + name + "`");
  auto definition = module.lookupSymbol<SettingOp>(name);
  return makeValue<Base>(op, DenseElementsAttr::get(type, cast<TypedAttr>(definition.getValue())));
}

//===-- Chance
//---------------------------------------------------------------------------------------------------------===//

/// The root's key, folded by the turns of the loops around.
template <class Base> Value<Base> Machine<Base>::currentKey() {
  V key = makeKey(rows > 0);
  for (int64_t turn : turns)
    key = foldKey(graph.lanes, key, scalar(turn));
  return key;
}

//===-- Calls and loops
//------------------------------------------------------------------------------------------------===//

template <class Base> LogicalResult Machine<Base>::executeCall(CallOp op, Frame &frame) {
  if (op.getAt())
    return executeCallAt(op, frame);
  auto callee = module.lookupSymbol<func::FuncOp>(op.getCallee());
  firstSites.insert({op.getCallee().str(), nextSite});
  SmallVector<int> arguments;
  int lane = -1;
  if (op.getMapped()) {
    lane = static_cast<int>(graph.lanes.extents.size());
    graph.lanes.extents.push_back(*op.getExtent());
    mappedLanes.push_back(lane);
  }
  for (auto [k, argument] : llvm::enumerate(op.getArgs())) {
    int id = frame.lookup(argument);
    arguments.push_back(op.getMapped() && (*op.getMapped())[k] ? move(Node::push, op, id, lane) : id);
  }
  calls.push_back(op);
  auto results = runFunction(callee, arguments);
  calls.pop_back();
  if (op.getMapped())
    mappedLanes.pop_back();
  if (failed(results))
    return failure();
  for (auto [result, id] : llvm::zip(op.getResults(), *results))
    frame[result] = op.getMapped() ? move(Node::pop, op, id, lane) : id;
  return success();
}

/// A call in which parameters have other values: what it updates is forgotten, its samples are those of the first call.
template <class Base> LogicalResult Machine<Base>::executeCallAt(CallOp op, Frame &frame) {
  auto callee = module.lookupSymbol<func::FuncOp>(op.getCallee());
  auto before = current;
  auto parametersBefore = updatedParameters, statesBefore = updatedStates;
  SmallVector<int64_t> noTurns;
  std::swap(turns, noTurns);
  int32_t site = nextSite;
  nextSite = firstSites.insert({op.getCallee().str(), nextSite}).first->second;
  size_t own = op.getArgs().size() - op.getAt()->size();
  SmallVector<int> arguments;
  for (auto [k, argument] : llvm::enumerate(op.getArgs())) {
    int id = frame.lookup(argument);
    if (k < own)
      arguments.push_back(id);
    else
      current[cast<FlatSymbolRefAttr>((*op.getAt())[k - own]).getValue().str()] = id;
  }
  auto results = runFunction(callee, arguments);
  std::swap(turns, noTurns);
  nextSite = site;
  updatedParameters = std::move(parametersBefore);
  updatedStates = std::move(statesBefore);
  current = std::move(before);
  if (failed(results))
    return failure();
  for (auto [result, id] : llvm::zip(op.getResults(), *results))
    frame[result] = id;
  return success();
}

/// One turn of a loop: its samples have the same sites as in any other, its key does not.
template <class Base>
FailureOr<SmallVector<int>> Machine<Base>::runTurn(Block &body, ArrayRef<int> arguments, int64_t turn,
                                                   int32_t firstSite) {
  nextSite = firstSite;
  turns.push_back(turn);
  auto leave = llvm::make_scope_exit([&] { turns.pop_back(); });
  return runBlock(body, arguments);
}

template <class Base> LogicalResult Machine<Base>::executeScan(ScanOp op, Frame &frame) {
  auto idsOf = [&](ValueRange range) {
    SmallVector<int> ids;
    for (mlir::Value value : range)
      ids.push_back(frame.lookup(value));
    return ids;
  };
  SmallVector<int> states = idsOf(op.getInits()), xs = idsOf(op.getXs()), captures = idsOf(op.getCaptures());
  SmallVector<SmallVector<int>> all(states.size());
  int32_t firstSite = nextSite;
  for (int64_t turn = 0; turn < static_cast<int64_t>(op.getLength()); ++turn) {
    SmallVector<int> arguments{add(scalar(turn))};
    llvm::append_range(arguments, states);
    for (int id : xs)
      arguments.push_back(move(Node::slice, op, id, -1, turn));
    llvm::append_range(arguments, captures);
    auto next = runTurn(op.getBody().front(), arguments, turn, firstSite);
    if (failed(next))
      return failure();
    states = *next;
    for (auto [list, id] : llvm::zip(all, states))
      list.push_back(id);
  }
  for (auto [result, list] : llvm::zip(op.getResults(), all)) {
    auto type = cast<ShapedType>(result.getType());
    if (list.empty()) {
      bool isFloat = isa<FloatType>(type.getElementType());
      frame[result] = add(isFloat ? makeFloats<Base>({}, Shape(type.getShape()), type.getElementType(), {})
                                  : makeIntegers<Base>({}, Shape(type.getShape()), type.getElementType(), {}));
    } else {
      frame[result] = move(Node::stack, op, list);
    }
  }
  return success();
}

template <class Base> LogicalResult Machine<Base>::executeIterate(IterateOp op, Frame &frame) {
  SmallVector<int> states, captures;
  for (mlir::Value value : op.getInits())
    states.push_back(frame.lookup(value));
  for (mlir::Value value : op.getCaptures())
    captures.push_back(frame.lookup(value));
  V done = scalar(0, 1);
  int32_t firstSite = nextSite;
  auto count = [&] { return llvm::count(*done.integers, 1); };
  for (int64_t turn = 0; turn < static_cast<int64_t>(op.getAtMost()); ++turn) {
    SmallVector<int> arguments{add(scalar(turn))};
    llvm::append_range(arguments, states);
    llvm::append_range(arguments, captures);
    auto next = runTurn(op.getBody().front(), arguments, turn, firstSite);
    if (failed(next))
      return failure();
    V ends = op.getUntil() ? values[next->pop_back_val()] : scalar(0, 1);
    int flag = add(done);
    for (auto [state, now] : llvm::zip(states, *next))
      state = count() ? move(Node::freeze, op, {flag, state, now}) : now;
    Lanes lanes = unite(done.lanes, ends.lanes);
    std::vector<int64_t> flags;
    SmallVector<int64_t, 4> strides[] = {laneStrides(graph.lanes, lanes, done.lanes, 1),
                                         laneStrides(graph.lanes, lanes, ends.lanes, 1)};
    forEachLane(graph.lanes, lanes, strides, [&](ArrayRef<int64_t> at, ArrayRef<int64_t>) {
      flags.push_back((*done.integers)[at[0]] | (*ends.integers)[at[1]]);
    });
    done = makeIntegers<Base>(lanes, {}, integerType(1), std::move(flags));
    if (count() == graph.lanes.count(lanes))
      break;
  }
  for (auto [result, id] : llvm::zip(op.getResults(), states))
    frame[result] = id;
  return success();
}

//===-- The entry
//------------------------------------------------------------------------------------------------------===//

FailureOr<Outputs> interpret(ModuleOp module, StringRef function, const Inputs &inputs, const Options &options) {
  auto root = module.lookupSymbol<func::FuncOp>(function);
  if (!root)
    return module.emitError("no function @") << function;
  if (options.magnitudes)
    return Machine<Bounded>(module, root, inputs, options).run();
  return Machine<double>(module, root, inputs, options).run();
}

} // namespace nn::interpreter
