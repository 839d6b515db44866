// One rule an operation: which axes it ties together, and which it tells the entries of apart.
#include "Symmetry/Prover/AxisClasses.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::prover {

static unsigned rankOf(Value value) { return cast<RankedTensorType>(value.getType()).getRank(); }

// ---- classes

unsigned AxisClasses::add(unsigned count) {
  unsigned begin = parents.size();
  for (unsigned k = 0; k < count; ++k)
    parents.push_back(begin + k);
  fixed.append(count, false);
  return begin;
}

unsigned AxisClasses::find(unsigned axis) {
  while (parents[axis] != axis)
    axis = parents[axis] = parents[parents[axis]];
  return axis;
}

void AxisClasses::join(unsigned a, unsigned b) {
  a = find(a);
  b = find(b);
  fixed[a] = fixed[a] || fixed[b];
  parents[b] = a;
}

unsigned AxisClasses::axesOf(Value value) {
  auto known = first.find(value);
  return known != first.end() ? known->second : first[value] = add(rankOf(value));
}

void AxisClasses::fixAll(ValueRange values) {
  for (Value value : values)
    for (unsigned axis = 0; axis < rankOf(value); ++axis)
      fix(axesOf(value) + axis);
}

void AxisClasses::joinBehind(Value a, unsigned fromA, Value b, unsigned fromB, unsigned count) {
  for (unsigned k = 0; k < count; ++k)
    join(axesOf(a) + fromA + k, axesOf(b) + fromB + k);
}

void AxisClasses::joinAll(Value a, Value b) { joinBehind(a, 0, b, 0, rankOf(a)); }

std::optional<unsigned> AxisClasses::classOf(StringRef parameter, unsigned axis) {
  auto known = stored.find(parameter);
  if (known == stored.end())
    return std::nullopt;
  return find(known->second.first + axis);
}

// ---- functions

void AxisClasses::joinBound(BindAttr binding, Value value) {
  auto [known, isNew] = stored.try_emplace(binding.getName(), 0, 0);
  if (isNew)
    known->second = {add(rankOf(value)), rankOf(value)};
  for (unsigned axis = 0; axis < rankOf(value); ++axis)
    join(known->second.first + axis, axesOf(value) + axis);
}

static bool isStored(BindAttr binding) {
  return binding && (binding.getKind() == Binding::param || binding.getKind() == Binding::state);
}

void AxisClasses::visit(func::FuncOp function) {
  for (BlockArgument argument : function.getArguments()) {
    auto binding = function.getArgAttrOfType<BindAttr>(argument.getArgNumber(), bindingAttrName);
    if (isStored(binding))
      joinBound(binding, argument);
    else
      fixAll(argument);
  }
  Block &body = function.getBody().front();
  visitBlock(body);
  for (auto [k, value] : llvm::enumerate(body.getTerminator()->getOperands()))
    if (auto binding = function.getResultAttrOfType<BindAttr>(k, bindingAttrName); isStored(binding))
      joinBound(binding, value);
}

void AxisClasses::visitBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    visit(op);
}

void AxisClasses::visit(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](EquationOp own) { visitEquation(own); })
      .Case([&](ReshapeOp own) { visitReshape(own); })
      .Case([&](ScanOp own) { visitScan(own); })
      .Case([&](IterateOp own) { visitIterate(own); })
      .Case<BarrierOp, StopOp, BatchSumOp>([&](auto own) { joinAll(own.getInput(), own.getResult()); })
      .Case([&](ConstantOp own) {
        auto values = dyn_cast<DenseElementsAttr>(own.getValue());
        if (!values || !values.isSplat())
          fixAll(own.getResult());
      })
      .Case([&](BatchStackOp own) {
        fix(axesOf(own.getResult()));
        joinBehind(own.getInput(), 0, own.getResult(), 1, rankOf(own.getInput()));
      })
      .Case([&](GradOp own) {
        for (auto [variable, gradient] : llvm::zip_equal(own.getWrt(), own.getGrads()))
          joinAll(variable, gradient);
      })
      .Case([&](JvpOp own) {
        joinAll(own.getY(), own.getResult());
        joinAll(own.getX(), own.getTangent());
      })
      .Case([&](JacobianOp own) {
        joinBehind(own.getY(), 0, own.getResult(), 0, rankOf(own.getY()));
        joinBehind(own.getX(), 0, own.getResult(), rankOf(own.getY()), rankOf(own.getX()));
      })
      .Default([&](Operation *other) { // chance, what is loaded, algorithms
        fixAll(other->getOperands());
        fixAll(other->getResults());
      });
}

// ---- equations

/// An index alone in a subscript runs over the axis; anything else tells places apart.
void AxisClasses::visitMap(Value value, AffineMap map, ArrayRef<int64_t> extents, unsigned dims) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (dim && extents[dim.getPosition()] == shape[axis]) {
      join(axesOf(value) + axis, dims + dim.getPosition());
      continue;
    }
    fix(axesOf(value) + axis);
    for (unsigned d = 0; d < extents.size(); ++d)
      if (expr.isFunctionOfDim(d))
        fix(dims + d);
  }
}

void AxisClasses::visitEquation(EquationOp op) {
  ArrayRef<int64_t> extents = op.getExtents();
  unsigned dims = add(extents.size());
  for (auto [k, input] : llvm::enumerate(op.getInputs()))
    visitMap(input, op.getRead(k), extents, dims);
  for (auto [k, table] : llvm::enumerate(op.getTables()))
    visitMap(table, op.getTableMap(k), extents, dims);
  visitMap(op.getResult(), op.getWrite(), extents, dims);
  bool isPosition = op.getCombine() == Combine::argmax || op.getCombine() == Combine::argmin;
  for (unsigned d = 0; d < extents.size(); ++d) {
    bool decides = op.getDomain() && llvm::any_of(op.getDomain()->getConstraints(),
                                                  [&](AffineExpr expr) { return expr.isFunctionOfDim(d); });
    if (decides || (isPosition && op.isReduced(d)))
      fix(dims + d);
  }
  for (auto index : op.getBodyBlock().getOps<IndexOp>()) // the number of a place
    fix(dims + index.getDim());
}

/// Axes that are neither cut nor merged stay what they are.
void AxisClasses::visitReshape(ReshapeOp op) {
  ArrayRef<int64_t> from = op.getInput().getType().getShape(), to = op.getResult().getType().getShape();
  unsigned source = axesOf(op.getInput()), target = axesOf(op.getResult());
  size_t i = 0, j = 0;
  while (i < from.size() || j < to.size()) {
    SmallVector<unsigned> left, right;
    int64_t a = 1, b = 1;
    do {
      bool takesLeft = j == to.size() || (i < from.size() && a <= b);
      int64_t extent = takesLeft ? from[i] : to[j];
      (takesLeft ? a : b) *= extent;
      if (extent != 1)
        (takesLeft ? left : right).push_back(takesLeft ? source + i : target + j);
      ++(takesLeft ? i : j);
    } while (a != b && (i < from.size() || j < to.size()));
    if (left.size() == 1 && right.size() == 1) {
      join(left[0], right[0]);
      continue;
    }
    for (unsigned axis : llvm::concat<unsigned>(left, right))
      fix(axis);
  }
}

// ---- loops

void AxisClasses::visitTurn(ValueRange inits, ValueRange captures, ValueRange captured, Block &body) {
  for (auto [k, init] : llvm::enumerate(inits)) {
    joinAll(init, body.getArgument(1 + k)); // behind the turn
    joinAll(init, body.getTerminator()->getOperand(k));
  }
  for (auto [outside, inside] : llvm::zip_equal(captures, captured))
    joinAll(outside, inside);
  visitBlock(body);
}

void AxisClasses::visitScan(ScanOp op) {
  Block &body = op.getBody().front();
  for (auto [init, result] : llvm::zip(op.getInits(), op.getResults())) {
    fix(axesOf(result));
    joinBehind(init, 0, result, 1, rankOf(init));
  }
  auto arguments = body.getArguments().drop_front(1 + op.getInits().size());
  for (auto [k, sequence] : llvm::enumerate(op.getXs())) {
    fix(axesOf(sequence));
    joinBehind(sequence, 1, arguments[k], 0, rankOf(arguments[k]));
  }
  visitTurn(op.getInits(), op.getCaptures(), arguments.drop_front(op.getXs().size()), body);
}

void AxisClasses::visitIterate(IterateOp op) {
  Block &body = op.getBody().front();
  for (auto [init, result] : llvm::zip(op.getInits(), op.getResults()))
    joinAll(init, result);
  visitTurn(op.getInits(), op.getCaptures(), body.getArguments().drop_front(1 + op.getInits().size()), body);
}

} // namespace nn::prover
