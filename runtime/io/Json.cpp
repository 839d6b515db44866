/// A recursive-descent parser with a depth limit, and two writers.
#include "io/Json.h"
#include "core/Text.h"

#include <cmath>
#include <cstring>

namespace nnrt {

const Json *Json::get(const char *key) const {
  for (size_t i = 0; i < keys.size(); ++i)
    if (keys[i] == key)
      return &items[i];
  return nullptr;
}

namespace {

class Parser {
public:
  Parser(const char *text, size_t size) : text(text), size(size) {}

  Result<Json> whole() {
    Json value;
    if (parse(value, 0)) {
      skipSpace();
      if (at == size)
        return value;
      problem = "something follows the value";
    }
    return failure(format("offset %zu: %s", at, problem));
  }

private:
  void skipSpace() {
    while (at < size && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r'))
      ++at;
  }
  bool fail(const char *what) {
    problem = what;
    return false;
  }
  bool take(char c) {
    skipSpace();
    if (at >= size || text[at] != c)
      return false;
    ++at;
    return true;
  }
  bool word(const char *expected) {
    size_t length = strlen(expected);
    if (size - at < length || memcmp(text + at, expected, length) != 0)
      return fail("unknown word");
    at += length;
    return true;
  }

  bool parse(Json &value, int depth) {
    skipSpace();
    if (depth > 16)
      return fail("nested too deeply");
    if (at >= size)
      return fail("the text ends too early");
    switch (text[at]) {
    case '{':
      return parseObject(value, depth);
    case '[':
      return parseList(value, depth);
    case '"':
      value.kind = Json::String;
      return parseString(value.text);
    case 't':
      value.kind = Json::Bool;
      value.number = 1;
      return word("true");
    case 'f':
      value.kind = Json::Bool;
      return word("false");
    case 'n':
      return word("null");
    default:
      return parseNumberValue(value);
    }
  }

  bool parseNumberValue(Json &value) {
    size_t from = at;
    while (at < size && (strchr("+-.eE", text[at]) || (text[at] >= '0' && text[at] <= '9')) && text[at])
      ++at;
    value.kind = Json::Number;
    value.text.assign(text + from, at - from);
    return parseNumber(value.text, value.number) || fail("expected a value");
  }

  bool parseList(Json &value, int depth) {
    value.kind = Json::List;
    ++at;
    if (take(']'))
      return true;
    do {
      value.items.emplace_back();
      if (!parse(value.items.back(), depth + 1))
        return false;
    } while (take(','));
    return take(']') || fail("expected `,` or `]`");
  }

  bool parseObject(Json &value, int depth) {
    value.kind = Json::Object;
    ++at;
    if (take('}'))
      return true;
    do {
      skipSpace();
      value.keys.emplace_back();
      value.items.emplace_back();
      if (!parseString(value.keys.back()))
        return false;
      if (!take(':'))
        return fail("expected `:`");
      if (!parse(value.items.back(), depth + 1))
        return false;
    } while (take(','));
    return take('}') || fail("expected `,` or `}`");
  }

  bool parseString(std::string &out) {
    if (at >= size || text[at] != '"')
      return fail("expected a string");
    for (++at; at < size && text[at] != '"'; ++at) {
      if (text[at] != '\\') {
        out += text[at];
        continue;
      }
      if (++at >= size)
        break;
      if (text[at] == 'u') {
        if (!parseUnicode(out))
          return fail("damaged \\u escape");
        continue;
      }
      const char *from = "\"\\/bfnrt", *to = "\"\\/\b\f\n\r\t";
      const char *found = strchr(from, text[at]);
      if (!found || !*found)
        return fail("unknown escape");
      out += to[found - from];
    }
    if (at >= size)
      return fail("the text ends inside a string");
    ++at;
    return true;
  }

  /// \uXXXX to UTF-8; surrogates become the bytes of their own code points, since no path holds one.
  bool parseUnicode(std::string &out) {
    if (size - at < 5)
      return false;
    unsigned code = 0;
    for (int digit = 0; digit < 4; ++digit) {
      char c = text[++at];
      unsigned value = c >= '0' && c <= '9'   ? unsigned(c - '0')
                       : c >= 'a' && c <= 'f' ? unsigned(c - 'a' + 10)
                       : c >= 'A' && c <= 'F' ? unsigned(c - 'A' + 10)
                                              : 16;
      if (value == 16)
        return false;
      code = code * 16 + value;
    }
    if (code < 0x80) {
      out += char(code);
    } else if (code < 0x800) {
      out += char(0xC0 | code >> 6);
      out += char(0x80 | (code & 63));
    } else {
      out += char(0xE0 | code >> 12);
      out += char(0x80 | (code >> 6 & 63));
      out += char(0x80 | (code & 63));
    }
    return true;
  }

  const char *text;
  size_t size;
  size_t at = 0;
  const char *problem = "";
};

} // namespace

Result<Json> parseJson(const char *text, size_t size) { return Parser(text, size).whole(); }

std::string jsonString(const std::string &text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    if (uint8_t(c) < 0x20)
      out += format("\\u%04x", c);
    else
      out += c;
  }
  return out + "\"";
}

std::string jsonNumber(double value, bool isDouble) {
  return std::isfinite(value) ? shortest(value, isDouble) : "null";
}

} // namespace nnrt
