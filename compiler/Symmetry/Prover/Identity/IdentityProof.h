// Symmetry as an identity of formulas: f(g x) = g f(x), where no rule says how values on the way move.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Group.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace nn::prover {

/// Where the prover may look for the spaces that a claim moves.
struct IdentityClaim {
  mlir::func::FuncOp function; ///< flat; see Note [Formulas by their values] for what is computed
  symmetry::GroupRef group;
  /// Per argument and per result of the function, what of it moves.
  std::vector<llvm::SmallVector<SpaceSpec>> arguments, results;
  /// Per argument that holds indices their exclusive bound, else 0.
  std::vector<int64_t> bounds;
  /// Choices of places that are functions of what they compare in the order in which it stands, rather than in any:
  /// what is proved of them holds for ties, too.
  llvm::SmallPtrSet<mlir::Operation *, 4> inOrder = {};
};

/// A proof: the identity is wrong with at most the chance 2^-`bits`.
struct IdentityProof {
  double bits = 0;
};

/// The proof, if for every generator both sides are the same formula. None: they are not, or something in them is not
/// known, or is too large.
std::optional<IdentityProof> proveIdentity(const IdentityClaim &claim);

} // namespace nn::prover
