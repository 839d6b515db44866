/// Reporting to the user: the engine collects diagnostics of all stages, sorts them and renders them.
///
///   engine.report(diag::UnknownName, range, name)
///       .label(other, "another thing is called that here")
///       .note("...").help("...").fix(range, "softmax", "did you mean `softmax`?");
///
/// Sentences: lower case, no final period, backticks around code, values of this program, no suggestion outside `help`.
#ifndef NOETHER_DIAGNOSTICS_DIAGNOSTICS_H
#define NOETHER_DIAGNOSTICS_DIAGNOSTICS_H

#include "Diagnostics/Kinds.h"
#include "Diagnostics/Source.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"
#include <concepts>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class raw_ostream;
}

namespace nn {

/// One message with everything that hangs on it. The adders return the diagnostic, so that they chain.
class Diagnostic {
public:
  struct Label {
    SourceRange range;
    std::string text;
  };
  struct Fix {
    SourceRange range;
    std::string replacement;
    std::string help;
  };

  /// Marks another place, in the same file or elsewhere. On the primary range itself: the text behind the carets.
  Diagnostic &label(SourceRange range, const llvm::Twine &text);
  /// Another fact, below the source.
  Diagnostic &note(const llvm::Twine &text);
  /// A suggestion in words.
  Diagnostic &help(const llvm::Twine &text);
  /// A suggestion that an editor can apply: `help` is the sentence for it, shown with the changed line.
  Diagnostic &fix(SourceRange range, const llvm::Twine &replacement, const llvm::Twine &help);
  /// `fix` to the candidate closest to what stands at the range; nothing if none is close.
  Diagnostic &didYouMean(SourceRange range, llvm::StringRef written, llvm::ArrayRef<std::string> candidates);

  /// The same sentence about another place is the same mistake: it is said once, with a label there.
  Diagnostic &oncePerFile();

  diag::Id kind;
  Severity severity;
  SourceRange primary; ///< invalid: about no place in a source file
  std::string message;
  llvm::SmallVector<Label, 2> labels;
  llvm::SmallVector<std::string, 1> notes;
  llvm::SmallVector<std::string, 1> helps;
  llvm::SmallVector<Fix, 1> fixes;
  bool isSaidOnce = false;
};

enum class ErrorFormat : uint8_t { Human, Json };

struct RenderOptions {
  ErrorFormat format = ErrorFormat::Human;
  bool colour = false;
  unsigned maxErrors = 20; ///< further ones are only counted; 0: no limit
};

/// An argument of a message: a text or an integer.
using DiagnosticArg = std::pair<std::string, int64_t>;

class DiagnosticEngine {
public:
  explicit DiagnosticEngine(const SourceManager &sources) : sources(sources) {}

  /// Files a diagnostic of a kind at a place (an invalid range: nowhere), with one argument a placeholder.
  /// The reference stays valid until `flush`.
  template <diag::FixedString Message, typename... Args>
  Diagnostic &report(diag::Kind<Message> kind, SourceRange primary, const Args &...args) {
    static_assert(sizeof...(Args) == diag::Kind<Message>::placeholders.count,
                  "as many arguments as the message has placeholders");
    checkTypes<Message, Args...>(std::index_sequence_for<Args...>());
    return add(kind.id, primary, {makeArg(args)...});
  }

  /// Files what another engine has not rendered yet, which forgets it.
  void take(DiagnosticEngine &other);

  bool hasErrors() const { return errors != 0; }
  /// Counts everything ever reported, duplicates included.
  unsigned errorCount() const { return errors; }
  bool empty() const { return pending.empty(); }
  /// What is not rendered yet, oldest first: a stage may move an error from a library's inside to the call that caused
  /// it.
  std::deque<Diagnostic> &unrendered() { return pending; }

  /// What would be printed now: sorted by place, without cascades. A second error at the same range is dropped; one
  /// that says the same of another place in the file becomes a label of the first.
  std::vector<Diagnostic> sorted() const;
  /// Renders what `sorted` gives and forgets it.
  void flush(llvm::raw_ostream &out, const RenderOptions &options);

  const SourceManager &sources;

private:
  template <typename Arg> static constexpr diag::ArgType typeOf() {
    return std::integral<Arg> && !std::same_as<Arg, bool> ? diag::ArgType::Integer : diag::ArgType::Text;
  }
  template <diag::FixedString Message, typename... Args, size_t... I>
  static constexpr void checkTypes(std::index_sequence<I...>) {
    static_assert(((typeOf<Args>() == diag::Kind<Message>::placeholders.types[I]) && ...),
                  "integers for {name:int}, texts for {name}");
  }
  template <typename Arg> static DiagnosticArg makeArg(const Arg &arg) {
    if constexpr (typeOf<Arg>() == diag::ArgType::Integer)
      return {std::string(), int64_t(arg)};
    else
      return {llvm::StringRef(arg).str(), 0};
  }
  Diagnostic &add(diag::Id kind, SourceRange primary, llvm::ArrayRef<DiagnosticArg> args);

  std::deque<Diagnostic> pending;
  unsigned errors = 0;
};

/// Fills the placeholders of a message.
std::string formatMessage(llvm::StringRef message, llvm::ArrayRef<DiagnosticArg> args);

/// Renders one diagnostic for people: the source as written, carets, labels, notes, help.
void renderHuman(llvm::raw_ostream &out, const SourceManager &sources, const Diagnostic &diagnostic, bool colour);
/// Renders one diagnostic as one line of JSON.
void renderJson(llvm::raw_ostream &out, const SourceManager &sources, const Diagnostic &diagnostic);

/// The candidate that a misspelled name most likely meant, if any is close enough.
std::optional<llvm::StringRef> closest(llvm::StringRef name, llvm::ArrayRef<std::string> candidates);

} // namespace nn

#endif
