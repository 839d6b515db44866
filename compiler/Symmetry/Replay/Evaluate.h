// Functions of the nn form on tensors of formulas.
#pragma once

#include "Interpreter/Bytecode.h"
#include "Symmetry/Replay/Field.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <memory>

namespace nn::replay {

/// A scalar of a body: a formula, or an integer that is known.
struct Scalar {
  Number number;
  int64_t integer = 0;
  bool isKnown = false; ///< `integer` is its value
  /// Of a condition `difference > 0`, or its opposite: what is compared. 0 of others.
  Number difference = {};
  bool isOpposite = false;
  static Scalar known(int64_t value) { return {{}, value, true}; }
};

struct Tensor {
  enum class Kind : uint8_t {
    Numbers,  ///< formulas; truth values are 1 and 0
    Integers, ///< known
    Indices,  ///< for each entry and each value below `bound`, a formula that is 1 if the entry has it, else 0
  };
  Kind kind = Kind::Numbers;
  std::vector<Number> numbers;
  std::vector<int64_t> integers;
  int64_t bound = 0;
};
using TensorRef = std::shared_ptr<const Tensor>;

/// The body of an equation, point by point.
class Body {
public:
  Body(Field &field, EquationOp op, std::string &why);
  /// `place`: the point's coordinates, then the values of symbols.
  Scalar run(llvm::ArrayRef<Scalar> inputs, llvm::ArrayRef<int64_t> place);
  Number unary(interpreter::Unary function, const Number &x);

private:
  using Instruction = interpreter::Instruction;
  Scalar step(const Instruction &i);
  Number binary(interpreter::Binary function, const Number &x, const Number &y, std::optional<double> literal);
  Scalar compare(const Instruction &i, const Number &difference);
  Number choose(const Scalar &condition, const Number &then, const Number &otherwise);
  Scalar ofIntegers(const Instruction &i);
  Number operand(const Instruction &i, unsigned k) const;

  Field &field;
  std::string &why;
  unsigned numDims;
  interpreter::Bytecode code;
  std::vector<Scalar> registers;
  std::vector<std::optional<double>> literals; ///< of registers that the program writes
};

/// A formula that is this scalar.
inline Number numberOf(const Scalar &scalar, const Field &field) {
  return scalar.isKnown ? field.ofInteger(scalar.integer) : scalar.number;
}
/// What a program writes.
Scalar scalarOf(mlir::TypedAttr attr, Field &field);

/// The result of an equation; `why` is set where something in it is not known.
TensorRef evaluate(EquationOp op, llvm::ArrayRef<TensorRef> operands, Field &field, std::string &why);

class Evaluator {
public:
  explicit Evaluator(Field &field) : field(field) {}
  /// The results. Where something is not known, `why` says what, and they mean nothing.
  std::vector<TensorRef> run(mlir::Block &block, std::vector<TensorRef> arguments);
  std::string why;

private:
  std::vector<TensorRef> visit(mlir::Operation *op, llvm::ArrayRef<TensorRef> operands);
  TensorRef constant(ConstantOp op);
  TensorRef sample(SampleOp op);
  std::vector<TensorRef> visitRoutine(RoutineOp op, llvm::ArrayRef<TensorRef> operands);
  std::vector<TensorRef> visitScan(ScanOp op, llvm::ArrayRef<TensorRef> operands);
  std::vector<TensorRef> visitIterate(IterateOp op, llvm::ArrayRef<TensorRef> operands);
  TensorRef refuse(mlir::Operation *op);

  Field &field;
  llvm::DenseMap<mlir::Operation *, uint64_t> draws; ///< in the order in which they are met
};

} // namespace nn::replay
