/// Options of readers and transforms, which come as text.
#pragma once

#include "core/Result.h"

#include <string>
#include <vector>

namespace nnrt {

/// One part of an option's value: a text that was in quotes (or is no number), or a number as written.
struct OptionItem {
  bool quoted = false;
  std::string text;
};

/// The items of a list, or the one value.
std::vector<OptionItem> optionItems(const std::string &value);
bool isList(const std::string &value);

/// Looks options up by name. The errors name the option as their subject.
class OptionReader {
public:
  explicit OptionReader(const DataOptions &options) : options(options) {}

  /// The text of an option, or `fallback`.
  std::string text(const char *key, const std::string &fallback) const;
  /// One of these words.
  Result<std::string> word(const char *key, const std::vector<std::string> &words) const;
  /// An integer between `least` and `most`; the fallback must not lie there if the option has to be given.
  Result<int64_t> integer(const char *key, int64_t fallback, int64_t least, int64_t most) const;
  /// A number above `above` and below `below`.
  Result<double> share(const char *key, double fallback) const;
  /// [height, width].
  Result<std::vector<int64_t>> size(const char *key) const;

private:
  const std::string *find(const char *key) const;
  const DataOptions &options;
};

/// A failure whose subject is an option.
Failure optionFailure(const char *key, std::string text);

} // namespace nnrt
