// Claims of symmetry: proved, refuted, or undecided.
#pragma once

#include "Symmetry/Prover/NumericCheck.h"
#include "Symmetry/Prover/Propagate.h"
#include "Symmetry/Prover/Witness.h"

namespace nn::prover {

/// What is known of one claim and one group of it.
struct Verdict {
  enum class Kind : uint8_t {
    Proved,
    Refuted,
    Undecided, ///< tests pass, and there is no proof
    Measured,  ///< the claim allows an error, and the measured one is smaller
    Invalid,   ///< the group does not act on what the claim says it moves; `why`
  };
  Kind kind = Kind::Undecided;
  std::string why;
  std::string element;                 ///< the one that the proof fails for: "the quarter turn"
  std::optional<Broken> broken;        ///< in the flat function
  std::optional<Measured> measured;    ///< without: proved, and not tested
  std::optional<Witness> witness;      ///< of a claim that fails, or holds by less than is claimed
  std::optional<std::string> survives; ///< the largest subgroup that was found to hold
  std::vector<std::string> derivation; ///< lines, in the order of evaluation
  std::vector<std::string> moving;     ///< states of an optimizer that move like its weights
  bool anySize = false;                ///< the proof is of a whole group at once
  std::vector<int64_t> extents = {};   ///< of constants that were looked at, entry by entry
  bool byIdentity = false;             ///< proved, though no rule says how the values on the way move
};

/// Whether two proofs, at different sizes, are one that uses no size.
bool isSameProof(const Verdict &one, const Verdict &other);

/// Which claims are run.
enum class Testing : uint8_t { None, Unproved, All };

/// Checks one action of a claim. `flat` holds the same function with everything inlined. `placeOf` says where an
/// operation is in the source, for derivations.
Verdict checkClaim(mlir::ModuleOp module, mlir::ModuleOp flat, ClaimOp claim, const ActionSpec &action, Testing testing,
                   llvm::function_ref<std::string(mlir::Location)> placeOf);

} // namespace nn::prover
