// Derivatives of a recorded run: sweeps backward for gradients, runs over dual numbers for directional derivatives, and
// sweeps over dual numbers for derivatives of derivatives. See Note [Derivatives of a run].
#include "Interpreter/Graph.h"
#include "Interpreter/Routines.h"

using namespace mlir;

namespace nn::interpreter {

//===-- Cones
//----------------------------------------------------------------------------------------------------------===//

void planDerivative(const Graph &graph, Node &node) {
  // Backward: the nodes that y needs, not looking behind a variable. Forward: those of them that a variable reaches.
  llvm::DenseSet<int> needed{node.y}, variables(node.wrt.begin(), node.wrt.end());
  std::vector<int> nodes;
  for (int n = static_cast<int>(graph.nodes.size()); n-- > 0;) {
    const Node &candidate = graph.nodes[n];
    bool used = llvm::any_of(candidate.outputs, [&](int id) { return needed.contains(id) && !variables.contains(id); });
    if (!used)
      continue;
    nodes.push_back(n);
    needed.insert(candidate.inputs.begin(), candidate.inputs.end());
    // A sweep within reads the values on its way to y: they have tangents where it has.
    if (candidate.kind == Node::grad || candidate.kind == Node::jacobian)
      needed.insert(candidate.y);
  }
  llvm::DenseSet<int> active = variables, made;
  for (int n : llvm::reverse(nodes)) {
    const Node &candidate = graph.nodes[n];
    if (!llvm::any_of(candidate.inputs, [&](int id) { return active.contains(id); }))
      continue;
    node.cone.push_back(n);
    for (int id : candidate.outputs)
      if (!variables.contains(id)) {
        active.insert(id);
        made.insert(id);
      }
  }
  llvm::DenseSet<int> seen;
  auto depend = [&](int id) {
    if (!made.contains(id) && seen.insert(id).second)
      node.inputs.push_back(id);
  };
  llvm::for_each(node.wrt, depend);
  if (node.tangent >= 0)
    depend(node.tangent);
  for (int n : node.cone)
    llvm::for_each(graph.nodes[n].inputs, depend);
}

/// True if a node of the cone mixes rows of the batch.
static bool couplesRows(const Graph &graph, const Node &node) {
  return llvm::any_of(node.cone, [&](int n) {
    const Node &inner = graph.nodes[n];
    return inner.kind == Node::batchSum || inner.kind == Node::batchStack ||
           (inner.isDerivative() && couplesRows(graph, inner));
  });
}

/// A value of one example that went through the batch depends on all examples. By an example's own value its derivative
/// is that of the batch's sum; by a shared value it is none of one example.
static void refuse(Graph &graph, const Node &node) {
  if (!graph.failed)
    node.op->emitError(
        "the derivative of one example's value by a shared value cannot go through `batch`, which couples "
        "all examples: take that of a mean or sum over the batch instead");
  graph.failed = true;
}

/// Refuses a derivative of a per-example y through the batch by a shared variable.
template <class T> static void checkCoupling(World<T> &world, const Node &node, const Value<T> &y) {
  if (llvm::is_contained(y.lanes, 0) && couplesRows(world.graph, node) &&
      llvm::any_of(node.wrt, [&](int id) { return !llvm::is_contained(world.get(id).lanes, 0); }))
    refuse(world.graph, node);
}

//===-- Values over dual numbers
//---------------------------------------------------------------------------------------===//

template <class T>
static Value<T> filled(const LaneTable &table, const Value<T> &model, ArrayRef<int> lanes, double value) {
  std::vector<T> data(table.count(lanes) * model.size(), Numbers<T>::of(value));
  return makeFloats<T>(Lanes(lanes), model.shape, model.element, std::move(data));
}

template <class T> static Value<Dual<T>> lift(const Value<T> &value) {
  if (value.integers)
    return {value.lanes, value.shape, value.element, nullptr, value.integers};
  std::vector<Dual<T>> data;
  data.reserve(value.floats->size());
  for (const T &x : *value.floats)
    data.push_back({x, Numbers<T>::of(0)});
  return makeFloats<Dual<T>>(value.lanes, value.shape, value.element, std::move(data));
}

template <class T>
static Value<Dual<T>> makeDual(const LaneTable &table, const Value<T> &value, const Value<T> &tangent) {
  Lanes lanes = unite(value.lanes, tangent.lanes);
  Value<T> x = conform(table, value, lanes), v = conform(table, tangent, lanes);
  std::vector<Dual<T>> data;
  data.reserve(x.floats->size());
  for (size_t e = 0; e < x.floats->size(); ++e)
    data.push_back({(*x.floats)[e], (*v.floats)[e]});
  return makeFloats<Dual<T>>(lanes, value.shape, value.element, std::move(data));
}

template <class T> static Value<T> part(const Value<Dual<T>> &value, T Dual<T>::*which) {
  std::vector<T> data;
  data.reserve(value.floats->size());
  for (const Dual<T> &x : *value.floats)
    data.push_back(x.*which);
  return makeFloats<T>(value.lanes, value.shape, value.element, std::move(data));
}

/// The value that is 1 at one element of every copy and 0 elsewhere.
template <class T>
static Value<T> unitVector(const LaneTable &table, const Value<T> &model, ArrayRef<int> lanes, int64_t element) {
  std::vector<T> data(table.count(lanes) * model.size(), Numbers<T>::of(0));
  for (size_t at = element; at < data.size(); at += model.size())
    data[at] = Numbers<T>::of(1);
  return makeFloats<T>(Lanes(lanes), model.shape, model.element, std::move(data));
}

//===-- Sweeps
//---------------------------------------------------------------------------------------------------------===//

template <class T> using Cotangents = llvm::DenseMap<int, Value<T>>;

/// Adds a contribution to the cotangent of a value, which has the value's lanes and those in `keep`.
template <class T>
static void deposit(World<T> &world, Cotangents<T> &cotangents, int id, const Value<T> &contribution,
                    ArrayRef<int> keep) {
  Value<T> conformed = conform(world.graph.lanes, contribution, unite(world.get(id).lanes, keep));
  Value<T> &sum = cotangents[id];
  if (!sum) {
    sum = conformed;
    return;
  }
  std::vector<T> data(*sum.floats);
  for (size_t e = 0; e < data.size(); ++e)
    data[e] = data[e] + (*conformed.floats)[e];
  sum = makeFloats<T>(sum.lanes, sum.shape, sum.element, std::move(data));
}

template <class T>
static void reverseDerivative(World<T> &world, const Node &node, ArrayRef<Value<T>> outputs, Cotangents<T> &cotangents,
                              ArrayRef<int> keep);

/// Passes the cotangents of a node's outputs on to its inputs.
template <class T>
static void reverseNode(World<T> &world, const Node &node, ArrayRef<Value<T>> outputs, Cotangents<T> &cotangents,
                        ArrayRef<int> keep) {
  if (node.isDerivative())
    return reverseDerivative(world, node, outputs, cotangents, keep);
  SmallVector<Value<T>> operands;
  SmallVector<bool> wanted;
  for (int id : node.inputs) {
    operands.push_back(world.get(id));
    wanted.push_back(bool(operands.back().floats));
  }
  SmallVector<Value<T>> passed;
  const LaneTable &table = world.graph.lanes;
  if (node.kind == Node::equation) {
    Value<T> result = world.get(node.outputs[0]);
    Value<T> cotangent = conform(table, outputs[0], unite(result.lanes, keep));
    passed = reverseEquation<T>(*node.plan, table, operands, result, cotangent, keep,
                                ArrayRef<bool>(wanted).take_front(node.plan->reads.size()));
  } else if (node.kind == Node::routine) {
    passed = reverseRoutine<T>(table, cast<RoutineOp>(node.op), operands, outputs, keep);
  } else {
    passed = reverseMovement<T>(table, node, operands, outputs[0], keep);
  }
  for (size_t k = 0; k < passed.size(); ++k)
    if (passed[k])
      deposit(world, cotangents, node.inputs[k], passed[k], keep);
}

/// All cotangents that a cotangent `seed` of y brings about: of the variables, and of what the cone reads from outside.
template <class T> static Cotangents<T> sweep(World<T> &world, const Node &derivative, const Value<T> &seed) {
  Cotangents<T> cotangents;
  Lanes keep = seed.lanes;
  cotangents[derivative.y] = seed;
  for (int n : llvm::reverse(derivative.cone)) {
    const Node &node = world.graph.nodes[n];
    SmallVector<Value<T>> outputs;
    bool reached = false;
    for (int id : node.outputs) {
      auto found = cotangents.find(id);
      bool passes = found != cotangents.end() && !llvm::is_contained(derivative.wrt, id);
      outputs.push_back(passes ? found->second : Value<T>());
      reached |= passes;
      if (passes)
        cotangents.erase(found);
    }
    if (reached)
      reverseNode<T>(world, node, outputs, cotangents, keep);
  }
  return cotangents;
}

//===-- Derivative nodes forward
//---------------------------------------------------------------------------------------===//

template <class T> static SmallVector<Value<T>> runGrad(World<T> &world, const Node &node) {
  const LaneTable &table = world.graph.lanes;
  Value<T> y = world.get(node.y);
  checkCoupling(world, node, y);
  Cotangents<T> cotangents = sweep<T>(world, node, filled(table, y, y.lanes, 1));
  SmallVector<Value<T>> grads;
  for (int id : node.wrt) {
    Value<T> x = world.get(id), grad = cotangents.lookup(id);
    grads.push_back(grad ? grad : filled(table, x, unite(x.lanes, y.lanes), 0));
  }
  return grads;
}

/// The run over dual numbers in which the variables have the given tangents; only the cone runs anew.
template <class T> static World<Dual<T>> makeDualWorld(World<T> &world, const Node &node, ArrayRef<Value<T>> tangents) {
  World<Dual<T>> dual{world.graph, [&world](int id) { return lift(world.get(id)); }};
  for (auto [id, tangent] : llvm::zip(node.wrt, tangents)) {
    Value<T> x = world.get(id);
    bool spreads = llvm::is_contained(tangent.lanes, 0) && !llvm::is_contained(x.lanes, 0);
    if (spreads && couplesRows(world.graph, node))
      refuse(world.graph, node);
    dual.own[id] = makeDual(world.graph.lanes, x, tangent);
  }
  for (int n : node.cone) {
    const Node &inner = world.graph.nodes[n];
    auto outputs = runNode<Dual<T>>(dual, inner);
    for (auto [id, output] : llvm::zip(inner.outputs, outputs))
      if (!llvm::is_contained(node.wrt, id))
        dual.own[id] = output;
  }
  return dual;
}

template <class T> static Value<T> runJvp(World<T> &world, const Node &node, const Value<T> &tangent) {
  World<Dual<T>> dual = makeDualWorld<T>(world, node, tangent);
  return part(dual.get(node.y), &Dual<T>::tangent);
}

/// Row by row from sweeps, or column by column from directions, whichever are fewer.
template <class T> static Value<T> runJacobian(World<T> &world, const Node &node) {
  const LaneTable &table = world.graph.lanes;
  Value<T> y = world.get(node.y), x = world.get(node.wrt[0]);
  checkCoupling(world, node, y);
  bool rows = y.size() <= x.size() || couplesRows(world.graph, node);
  Lanes lanes = unite(x.lanes, y.lanes);
  Shape shape(y.shape);
  llvm::append_range(shape, x.shape);
  int64_t size = y.size() * x.size(), copies = table.count(lanes);
  std::vector<T> data(copies * size, Numbers<T>::of(0));
  for (int64_t k = 0; k < (rows ? y.size() : x.size()); ++k) {
    Value<T> line;
    if (rows)
      line = sweep<T>(world, node, unitVector(table, y, y.lanes, k)).lookup(node.wrt[0]);
    else
      line = runJvp(world, node, unitVector(table, x, x.lanes, k));
    if (!line)
      continue;
    line = conform(table, line, lanes);
    for (int64_t copy = 0; copy < copies; ++copy)
      for (int64_t e = 0; e < line.size(); ++e)
        data[copy * size + (rows ? k * x.size() + e : e * x.size() + k)] = (*line.floats)[copy * line.size() + e];
  }
  return makeFloats<T>(lanes, shape, y.element, std::move(data));
}

//===-- Derivative nodes backward
//--------------------------------------------------------------------------------------===//

/// Deposits the cotangents that a sweep over dual numbers found: their tangents belong to all that the derivative read.
template <class T>
static void depositTangents(World<T> &world, const Cotangents<Dual<T>> &found, Cotangents<T> &cotangents,
                            ArrayRef<int> keep) {
  for (const auto &[id, value] : found)
    deposit(world, cotangents, id, part(value, &Dual<T>::tangent), keep);
}

/// <w, J v> is differentiated by all it depends on: the sweep from w over the run along v. Its tangent belongs to x and
/// whatever the cone reads, its value (J' w) to v.
template <class T>
static void reverseDirection(World<T> &world, const Node &node, const Value<T> &tangent, const Value<T> &cotangent,
                             Cotangents<T> &cotangents, ArrayRef<int> keep) {
  World<Dual<T>> dual = makeDualWorld<T>(world, node, conform(world.graph.lanes, tangent, unite(tangent.lanes, keep)));
  Value<Dual<T>> y = dual.get(node.y);
  Value<T> seed = conform(world.graph.lanes, cotangent, unite(cotangent.lanes, y.lanes));
  Cotangents<Dual<T>> found = sweep<Dual<T>>(dual, node, lift(seed));
  depositTangents(world, found, cotangents, keep);
  if (auto x = found.find(node.wrt[0]); node.tangent >= 0 && x != found.end())
    deposit(world, cotangents, node.tangent, part(x->second, &Dual<T>::value), keep);
}

template <class T>
static void reverseJacobian(World<T> &world, const Node &node, const Value<T> &cotangent, Cotangents<T> &cotangents,
                            ArrayRef<int> keep) {
  const LaneTable &table = world.graph.lanes;
  Value<T> y = world.get(node.y), x = world.get(node.wrt[0]);
  int64_t copies = table.count(cotangent.lanes), rows = y.size(), columns = x.size();
  for (int64_t k = 0; k < columns; ++k) {
    std::vector<T> data(copies * rows);
    for (int64_t row = 0; row < copies * rows; ++row)
      data[row] = (*cotangent.floats)[row * columns + k];
    Value<T> column = makeFloats<T>(cotangent.lanes, y.shape, y.element, std::move(data));
    reverseDirection(world, node, unitVector(table, x, x.lanes, k), column, cotangents, keep);
  }
}

/// g = dy/dx enters <w, g>: its derivative by all that g depends on is that of the gradient along w.
template <class T>
static void reverseGrad(World<T> &world, const Node &node, ArrayRef<Value<T>> outputs, Cotangents<T> &cotangents,
                        ArrayRef<int> keep) {
  const LaneTable &table = world.graph.lanes;
  SmallVector<Value<T>> tangents;
  for (auto [id, cotangent] : llvm::zip(node.wrt, outputs)) {
    Value<T> x = world.get(id);
    tangents.push_back(cotangent ? cotangent : filled(table, x, x.lanes, 0));
  }
  World<Dual<T>> dual = makeDualWorld<T>(world, node, tangents);
  Value<Dual<T>> y = dual.get(node.y);
  Cotangents<Dual<T>> found = sweep<Dual<T>>(dual, node, filled(table, y, y.lanes, 1));
  depositTangents(world, found, cotangents, keep);
}

/// Derivatives nest so deep; each level doubles the size of a number.
static constexpr int maxDepth = 3;

template <class T>
static void reverseDerivative(World<T> &world, const Node &node, ArrayRef<Value<T>> outputs, Cotangents<T> &cotangents,
                              ArrayRef<int> keep) {
  if constexpr (Numbers<T>::depth < maxDepth) {
    if (node.kind == Node::grad)
      return reverseGrad(world, node, outputs, cotangents, keep);
    if (node.kind == Node::jvp)
      return reverseDirection(world, node, world.get(node.tangent), outputs[0], cotangents, keep);
    return reverseJacobian(world, node, outputs[0], cotangents, keep);
  } else {
    if (!world.graph.failed)
      node.op->emitError("the interpreter takes derivatives of derivatives to the fourth order");
    world.graph.failed = true;
  }
}

//===-- Nodes forward
//--------------------------------------------------------------------------------------------------===//

static ArrayRef<int64_t> shapeOfResult(const Node &node, ArrayRef<int64_t> operand, Shape &scratch, int64_t count,
                                       const LaneTable &table) {
  scratch.assign(operand.begin(), operand.end());
  switch (node.kind) {
  case Node::reshape:
    return cast<ShapedType>(node.op->getResult(0).getType()).getShape();
  case Node::slice:
  case Node::push:
    return operand.drop_front();
  case Node::stack:
    scratch.insert(scratch.begin(), count);
    return scratch;
  case Node::pop:
    scratch.insert(scratch.begin(), table.extents[node.lane]);
    return scratch;
  case Node::batchStack:
    scratch.insert(scratch.begin(), table.extents[0]);
    return scratch;
  default:
    return scratch;
  }
}

template <class T> SmallVector<Value<T>> runNode(World<T> &world, const Node &node) {
  if (!node.isDerivative()) {
    SmallVector<Value<T>> operands;
    for (int id : node.inputs)
      operands.push_back(world.get(id));
    if (node.kind == Node::equation)
      return {runEquation<T>(*node.plan, world.graph.lanes, operands)};
    if (node.kind == Node::routine)
      return runRoutine<T>(world.graph.lanes, cast<RoutineOp>(node.op), operands);
    Shape scratch;
    ArrayRef<int64_t> shape =
        shapeOfResult(node, operands.back().shape, scratch, node.inputs.size(), world.graph.lanes);
    return {runMovement<T>(world.graph.lanes, node, operands, shape)};
  }
  if constexpr (!std::is_same_v<T, Bounded>) {
    if (node.kind == Node::grad)
      return runGrad(world, node);
    if constexpr (Numbers<T>::depth < maxDepth) {
      if (node.kind == Node::jvp)
        return {runJvp(world, node, world.get(node.tangent))};
      return {runJacobian(world, node)};
    }
  }
  if (!world.graph.failed)
    node.op->emitError(std::is_same_v<T, Bounded>
                           ? "magnitudes are not computed through derivatives"
                           : "the interpreter takes derivatives of derivatives to the fourth order");
  world.graph.failed = true;
  SmallVector<Value<T>> zeros;
  for (OpResult result : node.op->getResults()) {
    auto type = cast<ShapedType>(result.getType());
    zeros.push_back(makeFloats<T>({}, Shape(type.getShape()), type.getElementType(),
                                  std::vector<T>(type.getNumElements(), Numbers<T>::of(0))));
  }
  return zeros;
}

template SmallVector<Value<double>> runNode(World<double> &, const Node &);
template SmallVector<Value<Bounded>> runNode(World<Bounded> &, const Node &);

} // namespace nn::interpreter
