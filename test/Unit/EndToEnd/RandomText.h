// Random programs, as text: equations over random shapes with every kind of subscript, condition and reducer.
#pragma once

#include <string>

namespace nn::test {

/// Declarations that the commands below use.
std::string randomPrelude();

/// A command of this name whose text `seed` decides. It returns all its results, reals first; with `derivatives` also
/// the gradients of a random projection of the real ones by every real argument.
std::string randomCommand(const std::string &name, unsigned seed, bool derivatives);

} // namespace nn::test
