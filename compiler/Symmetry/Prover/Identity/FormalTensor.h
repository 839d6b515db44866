// Tensors of formulas.
#pragma once

#include "Symmetry/Prover/Identity/FormalField.h"

#include "mlir/IR/BuiltinTypes.h"

#include <memory>
#include <vector>

namespace nn::prover {

/// A tensor whose entries are formulas, or integers that are known, or indices that are not.
struct FormalTensor {
  enum class Kind : uint8_t {
    Formulas, ///< numbers, also truth values: 1 and 0
    Integers, ///< known
    Indices,  ///< for each entry and each value below `bound`, a formula that is 1 if the entry has it, else 0
  };
  Kind kind = Kind::Formulas;
  std::vector<Number> formulas;
  std::vector<int64_t> integers;
  int64_t bound = 0;
  uint64_t degree = 0; ///< of the formulas at most, in variables and results of functions; 0: rational numbers
};

using FormalRef = std::shared_ptr<const FormalTensor>;

} // namespace nn::prover
