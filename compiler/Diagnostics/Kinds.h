/// The registry of diagnostic kinds: every message `nnc` can give about a program, by code, with typed placeholders.
///
/// A kind is one entry `NN_DIAG(Name, "NN0201", Error, "message", "explanation")` in the file of its room under Kinds/.
/// In the message `{what}` stands for a text, `{n:int}` for an integer, `{n:s}` for the plural ending that goes with
/// the integer `n`, and `{{` for a brace. `report` takes one argument a placeholder, in order of first appearance; a
/// wrong number or type of arguments does not compile.
#ifndef NOETHER_DIAGNOSTICS_KINDS_H
#define NOETHER_DIAGNOSTICS_KINDS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <array>
#include <cstdint>
#include <string_view>

namespace nn {

enum class Severity : uint8_t { Error, Warning };

namespace diag {

enum class ArgType : uint8_t { Text, Integer };

/// The arguments a message takes, in order of first appearance.
struct Placeholders {
  static constexpr unsigned capacity = 8;
  std::array<std::string_view, capacity> names{};
  std::array<ArgType, capacity> types{};
  unsigned count = 0;

  constexpr unsigned find(std::string_view name) const {
    for (unsigned i = 0; i < count; ++i)
      if (names[i] == name)
        return i;
    return count;
  }
};

/// Not constexpr: reaching it while a message is checked is a compile error that shows the sentence.
void malformedMessage(const char *why);

/// Reads `{name}` or `{name:spec}` at the front of `rest` (behind the opening brace) into `found`; the rest follows it.
constexpr std::string_view readPlaceholder(std::string_view rest, Placeholders &found) {
  size_t close = rest.find('}');
  if (close == std::string_view::npos || close == 0) {
    malformedMessage("a placeholder is empty or has no closing brace");
    return {};
  }
  std::string_view inner = rest.substr(0, close), spec = "text";
  if (size_t colon = inner.find(':'); colon != std::string_view::npos) {
    spec = inner.substr(colon + 1);
    inner = inner.substr(0, colon);
  }
  if (spec != "text" && spec != "int" && spec != "s")
    malformedMessage("a placeholder is {name}, {name:int} or {name:s}");
  unsigned index = found.find(inner);
  ArgType type = spec == "text" ? ArgType::Text : ArgType::Integer;
  if (index == Placeholders::capacity)
    malformedMessage("too many placeholders");
  else if (index == found.count) {
    found.names[index] = inner;
    found.types[index] = type;
    ++found.count;
  } else if (found.types[index] != type)
    malformedMessage("one placeholder has two types");
  return rest.substr(close + 1);
}

constexpr Placeholders readPlaceholders(std::string_view message) {
  Placeholders found;
  while (!message.empty()) {
    size_t open = message.find('{');
    if (open == std::string_view::npos)
      break;
    message = message.substr(open + 1);
    if (message.starts_with('{'))
      message = message.substr(1);
    else
      message = readPlaceholder(message, found);
  }
  return found;
}

/// A string as a template argument.
template <size_t N> struct FixedString {
  char text[N];
  consteval FixedString(const char (&from)[N]) {
    for (size_t i = 0; i < N; ++i)
      text[i] = from[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

enum class Id : uint16_t {
#define NN_DIAG(NAME, CODE, SEVERITY, MESSAGE, ...) NAME,
#include "Diagnostics/Kinds/All.def"
#undef NN_DIAG
};

/// A kind as the stages name it; the message is part of its type, so that arguments are checked when compiling.
template <FixedString Message> struct Kind {
  Id id;
  static constexpr Placeholders placeholders = readPlaceholders(Message.view());
};

#define NN_DIAG(NAME, CODE, SEVERITY, MESSAGE, ...) inline constexpr Kind<MESSAGE> NAME{Id::NAME};
#include "Diagnostics/Kinds/All.def"
#undef NN_DIAG

/// What the registry knows about a kind when running.
struct KindInfo {
  llvm::StringRef name; ///< `UnknownName`
  llvm::StringRef code; ///< `NN0201`
  Severity severity;
  llvm::StringRef message;     ///< with placeholders
  llvm::StringRef explanation; ///< what `nnc explain` prints
};

const KindInfo &info(Id id);
llvm::ArrayRef<KindInfo> allKinds();
/// By code, in either case (`nn0201`); null if there is none.
const KindInfo *findKind(llvm::StringRef code);

} // namespace diag
} // namespace nn

#endif
