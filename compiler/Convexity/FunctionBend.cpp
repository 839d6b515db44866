// Tensors: equations combine what their bodies yield.
#include "Convexity/FunctionBend.h"
#include "Convexity/BodyBend.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace nn::convexity {

namespace {

class FunctionBend {
public:
  explicit FunctionBend(std::vector<Derived> &lines) : lines(lines) {}
  llvm::DenseMap<Value, Bend> bends;
  void visitBlock(Block &block);

private:
  Bend visitEquation(EquationOp op);
  Bend visit(Operation &op);
  std::vector<Derived> &lines;
};

} // namespace

/// Of a tensor of numbers what holds of all of them.
static Bend ofConstant(ConstantOp op) {
  auto values = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!values || !isa<FloatType>(values.getElementType()))
    return Bend::constant();
  if (values.isSplat())
    return Bend::constant(values.getSplatValue<APFloat>().convertToDouble());
  Bend bend = Bend::constant();
  auto all = [&](auto test) {
    return llvm::all_of(values.getValues<APFloat>(), [&](const APFloat &value) { return test(value); });
  };
  bend.nonnegative = bend.logConvex = all([](const APFloat &value) { return value.isZero() || !value.isNegative(); });
  bend.nonpositive = all([](const APFloat &value) { return value.isZero() || value.isNegative(); });
  return bend;
}

/// Several values that land on one cell, all with this bend.
static Bend combine(EquationOp op, const Bend &body) {
  Bend bend = body;
  switch (op.getCombine()) {
  case Combine::map:
    return bend;
  case Combine::sum:
    bend.number = body.isZero() ? body.number : std::nullopt;
    return bend;
  case Combine::max:
    return larger(op, body, body);
  case Combine::min:
    return smaller(op, body, body);
  case Combine::logsumexp:
    // log sum exp of affine, or convex values; with no value there it is -inf.
    return body.isUnknown() ? body : body.isConstant() ? Bend::constant() : logarithm(op, exponential(op, body));
  case Combine::prod:
  case Combine::argmax:
  case Combine::argmin:
    break;
  }
  if (body.isUnknown() || body.isConstant())
    return body.isUnknown() ? body : Bend::constant();
  return Bend::unknown(op, op.getCombine() == Combine::prod ? "a product is taken of values that depend on it"
                                                            : "a position depends on it");
}

Bend FunctionBend::visitEquation(EquationOp op) {
  for (Value table : op.getTables())
    if (Bend bend = bends.lookup(table); !bend.isConstant())
      return bend.isUnknown() ? bend : Bend::unknown(op, "a subscript depends on it");
  SmallVector<Bend> arguments;
  for (auto [k, input] : llvm::enumerate(op.getInputs())) {
    Bend bend = bends.lookup(input);
    if (auto fill = dyn_cast_or_null<FloatAttr>(op.getFillValue(k)))
      bend = either(op, bend, Bend::constant(fill.getValueAsDouble()));
    arguments.push_back(bend);
  }
  return combine(op, BodyBend(op, arguments).run());
}

Bend FunctionBend::visit(Operation &op) {
  return llvm::TypeSwitch<Operation *, Bend>(&op)
      .Case([&](EquationOp own) { return visitEquation(own); })
      .Case([&](ConstantOp own) { return ofConstant(own); })
      .Case<ReshapeOp, BarrierOp>([&](auto own) { return bends.lookup(own.getInput()); })
      .Default([&](Operation *other) {
        for (Value operand : other->getOperands())
          if (Bend bend = bends.lookup(operand); !bend.isConstant())
            return bend.isUnknown()
                       ? bend
                       : Bend::unknown(other, "for `" + other->getName().stripDialect().str() + "` no rule is known");
        return Bend::constant();
      });
}

void FunctionBend::visitBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    Bend bend = visit(op);
    for (Value result : op.getResults())
      bends[result] = bend;
    if (op.getNumResults() && !bend.isConstant())
      lines.push_back({op.getLoc(), bend});
  }
}

std::vector<Bend> bendsOf(func::FuncOp function, const std::vector<bool> &isVariable, std::vector<Derived> &lines) {
  FunctionBend propagation(lines);
  for (auto [argument, varies] : llvm::zip_equal(function.getArguments(), isVariable))
    propagation.bends[argument] = varies ? Bend::linear() : Bend::constant();
  Block &body = function.getBody().front();
  propagation.visitBlock(body);
  std::vector<Bend> results;
  for (Value result : body.getTerminator()->getOperands())
    results.push_back(propagation.bends.lookup(result));
  return results;
}

} // namespace nn::convexity
