/// A case in which a claim of symmetry fails, as a file: `nnc check --witness` and `check -o` write it, `check
/// --witness` runs it again.
#pragma once

#include "cli/ClaimRun.h"

namespace nnrt {

struct Witness {
  std::string claim; ///< "equivariant Net under S(n)"
  std::string element;
  Word word;
  std::vector<Numbers> inputs; ///< in the order of the claim's inputs
};

std::string witnessJson(const ClaimRun &run, const Witness &witness, const Difference &difference);

/// Reads a witness of one of the program's claims, and puts the weights that it holds into the model.
Result<Witness> readWitness(Session &session, const std::string &path);

/// The claim of this text; null if there is none.
const nn_claim *findClaim(const nn_program &program, const std::string &text);

/// "[0, 2]"; "" for a scalar.
std::string entryText(int64_t entry, const nn_type &type);

} // namespace nnrt
