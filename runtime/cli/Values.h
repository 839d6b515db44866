/// Between what users write and read and what commands compute with.
#pragma once

#include "core/Result.h"
#include "core/System.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// Reads a command argument by its type: a number, a class, numbers separated by commas, a list in JSON, or a file:
/// PNG, .npy, WAV, JSON, or a table of numbers; `-` is standard input. The bytes are row-major elements of the
/// argument's type.
Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize);

/// Lengths of a command's arguments, by what the program calls them.
class ArgumentLengths {
public:
  /// The length of this name, or -1 where nothing has said it yet.
  int64_t of(const std::string &name) const;
  /// Takes what an argument says of a length. Fails if it is longer or shorter than the program takes, or if another
  /// argument says something else.
  Status take(const nn_argument &argument, size_t axis, int64_t length);

  /// Takes an `int` argument that is a length. Fails if it is none or too large.
  Status takeNumber(const nn_argument &argument, const std::string &text);

private:
  struct Known {
    std::string name, argument;
    int64_t length;
  };
  std::vector<Known> known;
};

/// The same for an argument whose axes may run to lengths: it is as long as what is given, with zeros behind.
Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize, ArgumentLengths &lengths);

/// Prints one output: "Ankle boot 0.97, Sneaker 0.02", a class, a text, or numbers (one row a line). `results` are the
/// places of the function's results.
std::string outputText(const nn_output &output, const nn_function &function, const std::byte *io);
std::string outputJson(const nn_output &output, const nn_function &function, const std::byte *io);
/// All results of a command, with their names where there are several.
std::string outputsText(const nn_command &command, const std::byte *io);
std::string outputsJson(const nn_command &command, const std::byte *io);

/// The shape that a result has in this call, and its elements.
std::vector<int64_t> shapeNow(const nn_function &function, const nn_binding &binding, const std::byte *io);
std::vector<double> numbersOf(const nn_function &function, const nn_binding &binding, const std::byte *io);
/// The same with every bit of an i64.
std::vector<int64_t> integersOf(const nn_function &function, const nn_binding &binding, const std::byte *io);

/// True of a `string`, which has values that the command was compiled for, as some `int` have.
bool isWord(const nn_argument &argument);

/// "f32[3]", "index(10)", "int".
std::string argumentType(const nn_argument &argument);

} // namespace nnrt
