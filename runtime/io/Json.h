/// JSON, as much as checkpoints and results need.
#pragma once

#include "core/Result.h"

#include <string>
#include <vector>

namespace nnrt {

/// A parsed value. Objects keep their keys in order; `keys` and `items` run in parallel.
struct Json {
  enum Kind { Null, Bool, Number, String, List, Object } kind = Null;
  double number = 0;
  std::string text; ///< of a string; of a number as it was written
  std::vector<std::string> keys;
  std::vector<Json> items;

  /// The value of a key, or null.
  const Json *get(const char *key) const;
};

/// Parses one whole value; an error says at which offset.
Result<Json> parseJson(const char *text, size_t size);

/// A string in quotes with escapes.
std::string jsonString(const std::string &text);
/// Null when the number is not finite.
std::string jsonNumber(double value, bool isDouble = false);

} // namespace nnrt
