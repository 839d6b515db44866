/// Witnesses as files, which the executable's `check --witness` reads.
#ifndef NOETHER_PIPELINE_WITNESSFILE_H
#define NOETHER_PIPELINE_WITNESSFILE_H

#include "Symmetry/Prover/Witness.h"

namespace nn {

/// A JSON object: the claim's text, the element and its steps, inputs, weights and states as nested lists, and where
/// both sides of the claim differ most.
std::string witnessJson(llvm::StringRef claim, const prover::Witness &witness, llvm::StringRef output);

} // namespace nn

#endif
