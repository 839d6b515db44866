/// Scattered writes as reads of groups: segmented reductions.
#pragma once

#include "Dialect/NN/IR/NN.h"

namespace nn {

/// Brings a reduction that writes where a table says, such as `y[target[k], o] += h[source[k], o]`, into owner form:
/// cell v visits the places of v in the table. Returns the new equation, or null where the maps do not allow it or,
/// unless `always`, it would not pay.
EquationOp readGroups(EquationOp equation, bool always);

} // namespace nn
