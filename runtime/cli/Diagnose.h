/// Where a number came from that is none.
#pragma once

#include "cli/Feed.h"
#include "core/Model.h"

namespace nnrt {

/// Repeats the steps from `first` to `last`, from the state that the model is in, until a kernel makes the first NaN
/// (or infinity, where that is what the loss was). Lines of text: the source line, and the ranges of what was read
/// there; "" when nothing was found.
std::string findCause(Model &model, const nn_recipe &recipe, Feed &feed, int64_t first, int64_t last, int64_t total,
                      bool isNan);

} // namespace nnrt
