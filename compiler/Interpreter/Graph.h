// The record of a run: one node per operation that computed a value, calls and loops unrolled. Derivatives are taken of
// it.
//
// Note [Derivatives of a run]
// A gradient is a sweep backward over the nodes between its variables and its value. So that gradients of gradients
// need no other rule, everything that runs or sweeps takes numbers of any kind T: the sweep of a gradient with respect
// to what *it* depends on is the same sweep over dual numbers, whose tangent is the cotangent of the gradient (the
// Hessian is symmetric), and so on, one level of dual numbers per level of nesting.
#pragma once

#include "Interpreter/Equations.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <functional>

namespace nn::interpreter {

struct Node {
  enum Kind {
    equation,
    routine,
    reshape,
    batchSum,   ///< sum over the valid rows of lane 0
    batchStack, ///< lane 0 becomes the leading axis
    slice,      ///< element `index` of the leading axis
    stack,      ///< the inputs along a new leading axis
    push,       ///< the leading axis becomes `lane`
    pop,        ///< `lane` becomes the leading axis
    freeze,     ///< inputs flag, old, next: old where the flag is set
    grad,
    jvp,
    jacobian
  };
  Kind kind;
  mlir::Operation *op;
  /// Numbers of values.
  llvm::SmallVector<int, 4> inputs, outputs;
  const EquationPlan *plan = nullptr;
  int lane = -1;
  int64_t index = 0;
  /// Derivatives: of `y` by `wrt`, along `tangent`; `cone` are the nodes between, in order. `inputs` are all values
  /// that the derivative depends on.
  int y = -1, tangent = -1;
  llvm::SmallVector<int, 4> wrt = {};
  std::vector<int> cone = {};

  bool isDerivative() const { return kind >= grad; }
};

struct Graph {
  LaneTable lanes;
  std::vector<Node> nodes;
  /// Set when a derivative could not be taken; the error has been emitted.
  bool failed = false;
};

/// The values of a run as numbers of kind T: its own, or else those below.
template <class T> struct World {
  Graph &graph;
  std::function<Value<T>(int)> below;
  llvm::DenseMap<int, Value<T>> own{};

  Value<T> get(int id) const {
    auto found = own.find(id);
    return found == own.end() ? below(id) : found->second;
  }
};

/// Fills in `cone` and `inputs` of a derivative node that is about to be appended.
void planDerivative(const Graph &graph, Node &node);

/// The outputs of a node, from its inputs in the world.
template <class T> llvm::SmallVector<Value<T>> runNode(World<T> &world, const Node &node);

/// The same for the nodes that only move elements, and their transpose: the cotangents of the inputs.
template <class T>
Value<T> runMovement(const LaneTable &lanes, const Node &node, llvm::ArrayRef<Value<T>> operands,
                     llvm::ArrayRef<int64_t> shape);
template <class T>
llvm::SmallVector<Value<T>> reverseMovement(const LaneTable &lanes, const Node &node, llvm::ArrayRef<Value<T>> operands,
                                            const Value<T> &cotangent, llvm::ArrayRef<int> keep);

} // namespace nn::interpreter
