/// Cutting text into tokens and numbering them.
#include "data/Vocabulary.h"
#include "core/Text.h"
#include "data/Classes.h"

#include <algorithm>
#include <string_view>

namespace nnrt {
namespace {

using LL = long long;
const char *const unknownWord = "<unk>";
const uint32_t codeCount = 0x110000;

std::string_view viewOf(const Bytes &text) { return {reinterpret_cast<const char *>(text.data()), text.size()}; }

int64_t lineAt(std::string_view text, size_t offset) {
  return 1 + std::count(text.begin(), text.begin() + int64_t(offset), '\n');
}

/// Characters of UTF-8 from the start of the line on, from 1.
int64_t columnAt(std::string_view text, size_t offset) {
  size_t start = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  start = start == std::string_view::npos ? 0 : start + 1;
  auto begins = [](char c) { return (uint8_t(c) & 0xc0) != 0x80; };
  return 1 + std::count_if(text.begin() + int64_t(start), text.begin() + int64_t(offset), begins);
}

/// The length of the UTF-8 sequence at the start of a text and its code; 0 when it is none.
size_t decode(std::string_view text, uint32_t &code) {
  uint8_t lead = uint8_t(text[0]);
  size_t length = lead < 0x80                   ? 1
                  : lead >= 0xc2 && lead < 0xe0 ? 2
                  : lead >= 0xe0 && lead < 0xf0 ? 3
                  : lead >= 0xf0 && lead < 0xf5 ? 4
                                                : 0;
  if (length == 0 || length > text.size())
    return 0;
  code = length == 1 ? lead : lead & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((uint8_t(text[i]) & 0xc0) != 0x80)
      return 0;
    code = code << 6 | (uint8_t(text[i]) & 0x3fu);
  }
  return code < codeCount ? length : 0;
}

/// Calls `visit(offset, length, code)` for each character.
template <class Visit> Status forEachCharacter(const std::string &file, std::string_view text, Visit visit) {
  for (size_t at = 0; at < text.size();) {
    uint32_t code = 0;
    size_t length = decode(text.substr(at), code);
    if (length == 0)
      return failure(format("%s: line %lld (offset %zu): the byte 0x%02x is no UTF-8; `by: \"bytes\"` takes any file",
                            file.c_str(), LL(lineAt(text, at)), at, uint8_t(text[at])));
    if (Status seen = visit(at, length, code); !seen)
      return seen;
    at += length;
  }
  return success();
}

Result<Tokens> tokenizeCharacters(const std::string &file, std::string_view text,
                                  const std::vector<std::string> &names) {
  Tokens tokens;
  tokens.names = names;
  std::vector<int32_t> index(codeCount, -1);
  if (names.empty()) {
    std::vector<std::string> spelling(codeCount);
    Status decoded = forEachCharacter(file, text, [&](size_t at, size_t length, uint32_t code) {
      if (spelling[code].empty())
        spelling[code] = text.substr(at, length);
      return success();
    });
    if (!decoded)
      return decoded.error();
    for (std::string &name : spelling)
      if (!name.empty())
        tokens.names.push_back(std::move(name));
  }
  for (size_t i = 0; i < tokens.names.size(); ++i) {
    uint32_t code = 0;
    if (!tokens.names[i].empty() && decode(tokens.names[i], code) > 0)
      index[code] = int32_t(i);
  }
  Status decoded = forEachCharacter(file, text, [&](size_t at, size_t length, uint32_t code) -> Status {
    if (index[code] < 0)
      return failure(format("%s: line %lld, column %lld: the character `%s` is not among the %zu of the program",
                            file.c_str(), LL(lineAt(text, at)), LL(columnAt(text, at)),
                            std::string(text.substr(at, length)).c_str(), tokens.names.size()));
    tokens.indices.push_back(index[code]);
    return success();
  });
  if (!decoded)
    return decoded.error();
  return tokens;
}

Tokens tokenizeBytes(std::string_view text) {
  Tokens tokens;
  for (int byte = 0; byte < 256; ++byte)
    tokens.names.push_back(byte > 32 && byte < 127 ? std::string(1, char(byte)) : format("\\x%02x", byte));
  tokens.indices.reserve(text.size());
  for (char c : text)
    tokens.indices.push_back(uint8_t(c));
  return tokens;
}

bool inWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '\'' || uint8_t(c) >= 0x80;
}

std::vector<std::string_view> cutWords(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && inWord(text[end]))
      ++end;
    if (end == at && uint8_t(text[at]) <= ' ') {
      ++at;
      continue;
    }
    end = std::max(end, at + 1);
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// The most frequent words first, equally frequent ones in order of their bytes.
std::vector<std::string> frequentWords(std::vector<std::string_view> words, int64_t limit) {
  struct Entry {
    std::string_view word;
    int64_t count;
  };
  std::sort(words.begin(), words.end());
  std::vector<Entry> entries;
  for (std::string_view word : words) {
    if (entries.empty() || entries.back().word != word)
      entries.push_back({word, 0});
    ++entries.back().count;
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry &a, const Entry &b) { return a.count != b.count ? a.count > b.count : a.word < b.word; });
  bool rest = int64_t(entries.size()) > limit;
  size_t kept = rest ? size_t(limit - 1) : entries.size();
  std::vector<std::string> names;
  for (size_t i = 0; i < kept; ++i)
    names.emplace_back(entries[i].word);
  if (rest)
    names.push_back(unknownWord);
  return names;
}

Result<Tokens> tokenizeWords(const std::string &file, std::string_view text, const std::vector<std::string> &names,
                             int64_t limit) {
  std::vector<std::string_view> words = cutWords(text);
  Classes known(names.empty() ? frequentWords(words, limit) : names);
  int64_t unknown = known.find(unknownWord);
  Tokens tokens;
  tokens.names = known.names();
  tokens.indices.reserve(words.size());
  for (std::string_view word : words) {
    int64_t index = known.find(word);
    if (index < 0)
      index = unknown;
    auto at = size_t(word.data() - text.data());
    if (index < 0)
      return failure(format("%s: line %lld, column %lld: the word `%s` is not among the %lld of the program",
                            file.c_str(), LL(lineAt(text, at)), LL(columnAt(text, at)),
                            std::string(word.substr(0, 40)).c_str(), LL(known.size())));
    tokens.indices.push_back(int32_t(index));
  }
  return tokens;
}

} // namespace

Result<Tokens> tokenize(const std::string &file, const Bytes &text, TokenUnit unit,
                        const std::vector<std::string> &names, int64_t limit) {
  switch (unit) {
  case TokenUnit::Characters:
    return tokenizeCharacters(file, viewOf(text), names);
  case TokenUnit::Bytes:
    return tokenizeBytes(viewOf(text));
  case TokenUnit::Words:
    break;
  }
  return tokenizeWords(file, viewOf(text), names, limit);
}

} // namespace nnrt
