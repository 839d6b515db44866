// The interpreter as a pass, for tests of other passes: what a function computes stays the same before and after.
#pragma once

namespace nn {

/// Registers `--nn-interpret`.
void registerInterpreterPasses();

} // namespace nn
