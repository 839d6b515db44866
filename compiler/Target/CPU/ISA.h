// What code generation asks about instruction sets; for use within this room.
#pragma once

#include "Target/CPU/CPU.h"

namespace nn {

struct InstructionSet {
  llvm::StringLiteral name;
  int64_t abi; ///< nn_isa_enum
  /// What LLVM compiles for.
  llvm::StringLiteral triple, cpu, features;
  unsigned vectorBits;
  /// Registers of `vectorBits` that a tile may fill. Without fused operations a product and a broadcast factor take one
  /// each.
  unsigned registers;
  /// x y + z in one instruction, rounded once.
  bool fused;
  /// A vector of sums of two products of bf16 each in one instruction.
  bool dotsPairs = false;
};

const InstructionSet &describe(ISA isa);

/// The instruction set that the function around `op`, or `op` itself, is emitted for.
const InstructionSet &instructionSetOf(mlir::Operation *op);

} // namespace nn
