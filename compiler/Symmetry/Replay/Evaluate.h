// Functions of the nn form on tensors of formulas.
#pragma once

#include "Interpreter/Bytecode.h"
#include "Symmetry/Replay/Field.h"

#include <functional>
#include <memory>

namespace nn::replay {

/// A formula, of a truth value 1 or 0; or an integer that is known.
struct Scalar {
  Scalar(Number number = {}, int64_t integer = 0, bool isKnown = false)
      : number(number), integer(integer), isKnown(isKnown) {}
  static Scalar known(int64_t value) { return {{}, value, true}; }
  Number in(const Field &field) const { return isKnown ? field.ofInteger(integer) : number; }

  Number number;
  int64_t integer;
  bool isKnown; ///< `integer` is its value
  /// Of a condition `difference > 0`, or its opposite: what is compared. 0 of others.
  Number difference = {};
  bool isOpposite = false;
};

/// Row-major. Of indices below `bound` that are not known, each entry has a formula for each value, 1 if it has it.
struct Tensor {
  std::vector<Scalar> entries;
  int64_t bound = 0; ///< 0 of all others
};
using TensorRef = std::shared_ptr<const Tensor>;
using Tensors = llvm::SmallVector<TensorRef>;
inline TensorRef tensorOf(std::vector<Scalar> entries, int64_t bound = 0) {
  return std::make_shared<Tensor>(Tensor{std::move(entries), bound});
}

/// What a program writes.
Scalar scalarOf(mlir::TypedAttr attr, Field &field);
Number unary(interpreter::Unary function, const Number &x, Field &field);

/// What the body of an equation yields, given what it reads at a point: its coordinates, then the values of symbols.
/// Where something is not known, `why` says what; so do the functions below.
using Body = std::function<Scalar(llvm::ArrayRef<Scalar> inputs, llvm::ArrayRef<int64_t> place)>;
Body bodyOf(EquationOp op, Field &field, std::string &why);

/// The result of an equation, given inputs and tables.
TensorRef evaluate(EquationOp op, llvm::ArrayRef<TensorRef> operands, Field &field, std::string &why);
/// What a block yields.
Tensors evaluate(mlir::Block &block, llvm::ArrayRef<TensorRef> arguments, Field &field, std::string &why);

} // namespace nn::replay
