// Bodies of equations on formulas.
#pragma once

#include "Interpreter/Bytecode.h"
#include "Symmetry/Prover/Identity/FormalField.h"

namespace nn::prover {

/// A scalar of a body: a formula, or an integer that is known.
struct FormalScalar {
  Number formula = 0;
  int64_t integer = 0;
  bool isKnown = false; ///< `integer` is its value
  /// Of a condition `difference > 0`, or its opposite: what is compared. 0 of others.
  Number difference = 0;
  bool isOpposite = false;
};

/// What runs the body of one equation, point by point.
class FormalBody {
public:
  /// `degrees` are those of the inputs; `indexDegree` that of an index that is not known but enumerated.
  FormalBody(FormalField &field, interpreter::Bytecode code, llvm::ArrayRef<uint64_t> degrees);

  /// The yielded scalar; none if some operation on formulas is not known. `coordinates` and `symbols` of the point.
  std::optional<FormalScalar> run(llvm::ArrayRef<FormalScalar> inputs, llvm::ArrayRef<int64_t> coordinates,
                                  llvm::ArrayRef<int64_t> symbols);
  /// Of the yielded scalar.
  uint64_t degree() const { return degreeOf[code.result]; }
  /// The largest of an argument of a function.
  uint64_t argumentDegree() const { return largestArgument; }
  /// The scalar as a formula.
  Number formulaOf(const FormalScalar &scalar) const {
    return scalar.isKnown ? field.ofInteger(scalar.integer) : scalar.formula;
  }

private:
  using Instruction = interpreter::Instruction;
  void boundDegree(const Instruction &i);
  bool step(const Instruction &i);
  bool stepInteger(const Instruction &i);
  bool truth(const Instruction &i);
  bool unary(const Instruction &i);
  bool binary(const Instruction &i);
  bool compare(const Instruction &i);
  std::optional<Number> powerOf(const Instruction &i, Number base, Number exponent);
  Number choose(const FormalScalar &condition, Number then, Number otherwise);
  Number operand(const Instruction &i, unsigned k) const { return formulaOf(registers[i.operands[k]]); }
  bool set(const Instruction &i, Number value) {
    registers[i.result] = {value, 0, false, 0, false};
    return true;
  }
  bool setKnown(const Instruction &i, int64_t value) {
    registers[i.result] = {0, value, true, 0, false};
    return true;
  }

  FormalField &field;
  interpreter::Bytecode code;
  std::vector<FormalScalar> registers;
  std::vector<uint64_t> degreeOf;             ///< of registers
  std::vector<std::optional<double>> literal; ///< of registers that are numbers in the program
  std::vector<Number> literalFormula;         ///< the same as a formula
  uint64_t largestArgument = 0;
};

} // namespace nn::prover
