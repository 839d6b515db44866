/// Formatting and parsing on top of libc alone.
#include "core/Text.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nnrt {

std::string format(const char *pattern, ...) {
  char small[256];
  va_list list, again;
  va_start(list, pattern);
  va_copy(again, list);
  int length = vsnprintf(small, sizeof small, pattern, list);
  va_end(list);
  std::string text;
  if (length >= 0 && size_t(length) < sizeof small) {
    text.assign(small, size_t(length));
  } else if (length > 0) {
    text.resize(size_t(length) + 1);
    vsnprintf(text.data(), text.size(), pattern, again);
    text.resize(size_t(length));
  }
  va_end(again);
  return text;
}

bool parseInteger(const std::string &text, int64_t &value) {
  if (text.empty() || !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9')))
    return false;
  char *end = nullptr;
  errno = 0;
  long long parsed = strtoll(text.c_str(), &end, 10);
  if (*end || end == text.c_str() || errno == ERANGE)
    return false;
  value = parsed;
  return true;
}

bool parseNumber(const std::string &text, double &value) {
  if (text.empty() || text[0] == ' ')
    return false;
  char *end = nullptr;
  double parsed = strtod(text.c_str(), &end);
  if (*end || end == text.c_str())
    return false;
  value = parsed;
  return true;
}

std::string shortest(double value, bool isDouble) {
  const int most = isDouble ? 17 : 9;
  for (int digits = 6; digits < most; ++digits) {
    std::string text = format("%.*g", digits, value);
    if (isDouble ? strtod(text.c_str(), nullptr) == value : strtof(text.c_str(), nullptr) == float(value))
      return text;
  }
  return format("%.*g", most, value);
}

std::string identifier(const std::string &text) {
  std::string out;
  for (char c : text) {
    bool digit = c >= '0' && c <= '9';
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (digit && out.empty())
      out = "_";
    if (digit || letter)
      out += c;
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (!out.empty() && out.back() == '_')
    out.pop_back();
  return out;
}

std::string withThousands(int64_t value) {
  std::string digits = format("%lld", static_cast<long long>(value));
  for (int64_t at = int64_t(digits.size()) - 3; at > (value < 0 ? 1 : 0); at -= 3)
    digits.insert(size_t(at), ",");
  return digits;
}

std::string humanBytes(int64_t bytes) {
  const char *units[] = {"bytes", "kB", "MB", "GB", "TB"};
  double amount = double(bytes);
  int unit = 0;
  for (; amount >= 999.5 && unit < 4; ++unit)
    amount /= 1000;
  return unit == 0 ? format("%lld bytes", static_cast<long long>(bytes)) : format("%.1f %s", amount, units[unit]);
}

std::string humanSeconds(double seconds) {
  if (seconds < 59.95)
    return format("%.1f s", seconds);
  long long whole = llround(seconds);
  if (whole < 3600)
    return format("%lld min %02lld s", whole / 60, whole % 60);
  return format("%lld h %02lld min", whole / 3600, whole % 3600 / 60);
}

struct DtypeRow {
  int64_t size;
  const char *name, *tag;
};
static const DtypeRow dtypes[] = {{1, "bool", "BOOL"}, {1, "u8", "U8"},     {4, "i32", "I32"}, {8, "i64", "I64"},
                                  {2, "f16", "F16"},   {2, "bf16", "BF16"}, {4, "f32", "F32"}, {8, "f64", "F64"}};

int64_t dtypeSize(int64_t dtype) { return dtypes[dtype].size; }
const char *dtypeName(int64_t dtype) { return dtypes[dtype].name; }
const char *dtypeTag(int64_t dtype) { return dtypes[dtype].tag; }

std::string typeText(int64_t dtype, const std::vector<int64_t> &shape) {
  std::string text = dtypeName(dtype);
  for (size_t axis = 0; axis < shape.size(); ++axis)
    text += format(axis ? ", %lld" : "[%lld", static_cast<long long>(shape[axis]));
  return shape.empty() ? text : text + "]";
}
std::string typeText(const nn_type &type) { return typeText(type.dtype, shapeOf(type)); }

int64_t elementCount(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}
int64_t elementCount(const nn_type &type) {
  int64_t count = 1;
  for (int64_t axis = 0; axis < type.rank; ++axis)
    count *= type.shape[axis];
  return count;
}
std::vector<int64_t> shapeOf(const nn_type &type) { return {type.shape, type.shape + type.rank}; }

/// Edits (insert, delete, replace, swap neighbours) from one word to another, case ignored.
static size_t editDistance(const std::string &a, const std::string &b) {
  std::vector<size_t> before, above, row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  for (size_t i = 1; i <= a.size(); ++i) {
    before = above;
    above = row;
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string nearest(const std::string &word, const std::vector<std::string> &candidates) {
  std::string best;
  size_t bestDistance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string &candidate : candidates) {
    size_t distance = editDistance(word, candidate);
    if (distance < bestDistance && distance < candidate.size()) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string join(const std::vector<std::string> &parts, const char *separator) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    text += (i ? separator : "") + parts[i];
  return text;
}

std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t at; (at = text.find(separator, from)) != std::string::npos; from = at + 1)
    parts.push_back(text.substr(from, at - from));
  parts.push_back(text.substr(from));
  return parts;
}

std::string trim(const std::string &text) {
  size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string::npos)
    return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

bool endsWith(const std::string &text, const char *suffix) {
  size_t length = strlen(suffix);
  return text.size() >= length && text.compare(text.size() - length, length, suffix) == 0;
}

} // namespace nnrt
