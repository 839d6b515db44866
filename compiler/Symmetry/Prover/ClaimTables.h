// What an executable needs to test its claims: how each generator moves each tensor, as numbers.
#pragma once

#include "mlir/IR/BuiltinOps.h"

namespace nn::prover {

/// Lets the functions that tests run count ties, and sets on every claim that an executable shall test the attribute
/// `nn.tables`, an array with a dictionary for each of its actions:
/// - `text`: "equivariant Net under S(n)";
/// - `directions`: for each generator of the group 1 if it is a direction of a Lie algebra, else 0;
/// - `inputs`: dictionaries with the `name` of an argument and, `below`, what its indices lie below; 0 for floats;
/// - `spaces`: dictionaries with the `name` of an argument or, with the flag `result`, of a result; the flag `values`
///   where its values are indices of what moves; its `axes`; how many `cells` these have together; and for each
///   generator a dictionary of `moves`, which has `image` and perhaps `signs`, or `matrix`, and perhaps `offset`;
/// - `elements`: dictionaries with a `name`, and `generators` and `amounts`, in the order in which they act.
void tabulateClaims(mlir::ModuleOp module);

} // namespace nn::prover
