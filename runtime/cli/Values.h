/// Between what users write and read and what commands compute with.
#pragma once

#include "core/Result.h"
#include "core/System.h"
#include "noether/abi.h"

#include <string>

namespace nnrt {

/// Reads a command argument by its type: a number, a class, numbers separated by commas, a list in JSON, or a file:
/// PNG, .npy, WAV, JSON, or a table of numbers; `-` is standard input. The bytes are row-major elements of the
/// argument's type.
Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize);

/// Prints one output: "Ankle boot 0.97, Sneaker 0.02", a class, or numbers (one row a line). `results` are the places
/// of the function's results.
std::string outputText(const nn_output &output, const nn_function &function, const std::byte *io);
std::string outputJson(const nn_output &output, const nn_function &function, const std::byte *io);
/// All results of a command, with their names where there are several.
std::string outputsText(const nn_command &command, const std::byte *io);
std::string outputsJson(const nn_command &command, const std::byte *io);

/// "f32[3]", "index(10)", "int".
std::string argumentType(const nn_argument &argument);

} // namespace nnrt
