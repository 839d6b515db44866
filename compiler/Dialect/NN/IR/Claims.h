// What groups move, as attributes of claims and of parameters.
#pragma once

#include "Dialect/NN/IR/NN.h"

namespace nn {

/// What a group moves of one tensor.
struct SpaceSpec {
  unsigned leaf = 0; ///< the number of an argument or, with `result`, of a result
  bool result = false;
  llvm::SmallVector<int64_t> axes; ///< one axis, or several as a grid; none: all of the tensor
  bool values = false;             ///< its values are indices of what is permuted
  std::string by;                  ///< the representation; empty: the default one

  mlir::DictionaryAttr toAttr(mlir::Builder &builder) const;
};

/// A group and all that one element of it moves.
struct ActionSpec {
  std::string group;   ///< "S(5)"
  std::string written; ///< "S(n)"
  llvm::SmallVector<SpaceSpec> spaces;

  mlir::DictionaryAttr toAttr(mlir::Builder &builder) const;
  /// Nothing if the attribute is no action.
  static std::optional<ActionSpec> of(mlir::Attribute attr);
};

/// On the equation that makes a parameter of its coefficients: an array of actions, each of which leaves the result as
/// it is.
inline constexpr llvm::StringLiteral invariantAttrName = "nn.invariant";

/// On the equation that moves a tensor by every element of a group, with an axis for these in front: an array of one
/// action. Where the element h moves what the equation reads, the elements are permuted, and the other axes move like
/// this.
inline constexpr llvm::StringLiteral orbitAttrName = "nn.orbit";

/// On a claim that the executable tests the symbol of its function in double precision.
inline constexpr llvm::StringLiteral wideAttrName = "nn.wide";
/// The functions below one in double precision are copies, whose symbols begin like this.
inline constexpr llvm::StringLiteral widePrefix = "wide:";

/// On a claim that the executable tests: how its groups move its tensors, as numbers.
inline constexpr llvm::StringLiteral tablesAttrName = "nn.tables";

/// "equivariant Net under S(n)": what an action of a claim is called.
std::string claimText(ClaimOp claim, const ActionSpec &action);
/// On a claim that a certificate speaks of: the sizes that its dimension variables were given.
inline constexpr llvm::StringLiteral sizesAttrName = "nn.sizes";

/// On an argument of the function of a claim that holds indices: their exclusive bound (i64).
inline constexpr llvm::StringLiteral belowAttrName = "nn.below";

} // namespace nn
