/// Writing and reading of option values as text.
#include "data/Options.h"
#include "core/Text.h"

namespace nnrt {

static std::string quoted(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

std::string optionText(const std::string &text, bool inList) {
  double number;
  bool ambiguous = parseNumber(text, number) || (!text.empty() && (text[0] == '"' || text[0] == '['));
  return inList || ambiguous ? quoted(text) : text;
}

std::string optionText(const std::vector<std::string> &parts) { return "[" + join(parts, ",") + "]"; }

bool isList(const std::string &value) { return value.size() >= 2 && value.front() == '[' && value.back() == ']'; }

/// The item that starts at `at`, which moves to what follows; bare items end at a comma.
static OptionItem itemAt(const std::string &value, size_t &at, size_t end) {
  OptionItem item;
  if (at < end && value[at] == '"') {
    item.quoted = true;
    for (++at; at < end && value[at] != '"'; ++at) {
      at += value[at] == '\\' && at + 1 < end;
      item.text += value[at];
    }
    ++at;
  }
  while (at < end && value[at] != ',')
    item.text += value[at++];
  return item;
}

std::vector<OptionItem> optionItems(const std::string &value) {
  std::vector<OptionItem> items;
  if (!isList(value)) {
    double number;
    size_t at = 0;
    if (!value.empty() && value[0] == '"')
      items.push_back(itemAt(value, at, value.size()));
    else
      items.push_back({!parseNumber(value, number), value});
    return items;
  }
  for (size_t at = 1; at + 1 < value.size(); ++at)
    items.push_back(itemAt(value, at, value.size() - 1));
  return items;
}

Failure optionFailure(const char *key, std::string text) {
  Failure reason = failure(std::move(text));
  reason.subject = key;
  return reason;
}

const std::string *OptionReader::find(const char *key) const {
  for (const auto &entry : options)
    if (entry.first == key)
      return &entry.second;
  return nullptr;
}

std::string OptionReader::text(const char *key, const std::string &fallback) const {
  const std::string *value = find(key);
  return value ? optionItems(*value)[0].text : fallback;
}

Result<std::string> OptionReader::word(const char *key, const std::vector<std::string> &words) const {
  std::string value = text(key, words[0]);
  for (const std::string &word : words)
    if (word == value)
      return value;
  return optionFailure(key,
                       format("`%s` is one of \"%s\", not \"%s\"", key, join(words, "\", \"").c_str(), value.c_str()));
}

Result<int64_t> OptionReader::integer(const char *key, int64_t fallback, int64_t least, int64_t most) const {
  const std::string *value = find(key);
  int64_t number = fallback;
  if (value && !parseInteger(*value, number))
    return optionFailure(key, format("`%s` is an integer, not `%s`", key, value->c_str()));
  if (number >= least && number <= most)
    return number;
  if (!value)
    return optionFailure(
        key, format("`%s` has to be given: for example `%s: %lld`", key, key, static_cast<long long>(least)));
  return optionFailure(key, format("`%s` lies between %lld and %lld, not at %lld", key, static_cast<long long>(least),
                                   static_cast<long long>(most), static_cast<long long>(number)));
}

Result<double> OptionReader::share(const char *key, double fallback) const {
  const std::string *value = find(key);
  double number = fallback;
  if (value && !parseNumber(*value, number))
    return optionFailure(key, format("`%s` is a number, not `%s`", key, value->c_str()));
  if (number > 0 && number < 1)
    return number;
  if (!value)
    return optionFailure(key, format("`%s` has to be given: for example `%s: 0.1`", key, key));
  return optionFailure(key, format("`%s` is a share between 0 and 1, not %s", key, shortest(number).c_str()));
}

Result<std::vector<int64_t>> OptionReader::size(const char *key) const {
  const int64_t largest = 1 << 14;
  const std::string *value = find(key);
  if (!value)
    return optionFailure(key, format("`%s` has to be given: for example `%s: [28, 28]`", key, key));
  std::vector<int64_t> extents;
  for (const OptionItem &item : optionItems(*value)) {
    int64_t extent = 0;
    if (parseInteger(item.text, extent) && extent >= 1 && extent <= largest)
      extents.push_back(extent);
  }
  if (extents.size() == 2 && optionItems(*value).size() == 2)
    return extents;
  return optionFailure(key, format("`%s` is [height, width], each from 1 to %lld, not %s", key,
                                   static_cast<long long>(largest), value->c_str()));
}

} // namespace nnrt
