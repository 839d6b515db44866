/// What people bring along from other languages. Each method knows one habit, and says whether the line shows it.
#include "Frontend/Parse/Foreign.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace nn::parse {
namespace {

using Tokens = llvm::ArrayRef<Token>;

bool isAnyOf(const Token &token, llvm::ArrayRef<llvm::StringRef> words) {
  return token.cls != TokenClass::String && llvm::is_contained(words, token.text);
}

bool isOperand(const Token &token) {
  return token.cls == TokenClass::Integer || token.cls == TokenClass::Float || token.is(")") || token.is("]") ||
         (token.cls == TokenClass::Word && !isReserved(token.text));
}

class ForeignLine {
public:
  ForeignLine(const BadLine &line, uint32_t file, DiagnosticEngine &engine)
      : tokens(line.tokens), entry(line.entry), file(file), engine(engine) {}

  llvm::StringRef run() {
    bool found = function() || returned() || declared() || typeDefinition() || import() || loop() || self() ||
                 printed() || elseIf() || lambda() || conditionBehind() || compound() || power() || dotted() ||
                 cast() || slice();
    return found ? word : "";
  }

private:
  SourceRange range(size_t first, size_t last) const { return {file, tokens[first].begin, tokens[last].end}; }
  SourceRange range(size_t index) const { return range(index, index); }
  bool has(size_t index) const { return index < tokens.size(); }
  bool isWord(size_t index) const { return has(index) && tokens[index].cls == TokenClass::Word; }
  bool is(size_t index, llvm::StringRef text) const { return has(index) && tokens[index].is(text); }
  bool touches(size_t index) const { return has(index + 1) && tokens[index].end == tokens[index + 1].begin; }

  /// Whether the line fits with other tokens in the place of some.
  bool fits(size_t index, size_t removed, llvm::ArrayRef<llvm::StringRef> inserted) const {
    TokenList candidate(tokens.begin(), tokens.begin() + index);
    for (llvm::StringRef text : inserted)
      candidate.push_back(makeToken(text, tokens[index].begin));
    candidate.insert(candidate.end(), tokens.begin() + index + removed, tokens.end());
    return !candidate.empty() && Run(candidate).parse(entry);
  }

  Diagnostic &report(SourceRange where, llvm::StringRef text) {
    word = text;
    return engine.report(diag::ForeignSyntax, where, text);
  }

  bool function();
  bool returned();
  bool declared();
  bool typeDefinition();
  bool import();
  bool loop();
  bool self();
  bool printed();
  bool elseIf();
  bool lambda();
  bool conditionBehind();
  bool compound();
  bool power();
  bool dotted();
  bool cast();
  bool slice();

  Tokens tokens;
  Entry entry;
  uint32_t file;
  DiagnosticEngine &engine;
  llvm::StringRef word; ///< what was reported
};

/// `def square(x):`
bool ForeignLine::function() {
  if (!isAnyOf(tokens[0], {"def", "function", "func", "fun", "proc"}) || !isWord(1) || !is(2, "("))
    return false;
  Diagnostic &error = report(range(0), tokens[0].text);
  if (fits(0, 1, {"fn"}))
    error.fix(range(0), "fn", "a function is declared with `fn`");
  else
    error.help("a function is declared with `fn`: `fn " + tokens[1].text +
               "(x: f32) -> f32 = expression`, or a block `{ ... }`");
  return true;
}

/// `return y`
bool ForeignLine::returned() {
  if (!is(0, "return") || !has(1))
    return false;
  Diagnostic &error = report(range(0), "return");
  if (fits(0, 1, {}))
    error.fix({file, tokens[0].begin, tokens[1].begin}, "", "the value of a block is its last line");
  else
    error.help("the value of a block is its last line");
  return true;
}

/// `let y = 2 * x`
bool ForeignLine::declared() {
  if (!isAnyOf(tokens[0], {"let", "var", "val", "const", "auto", "local"}) || !isWord(1))
    return false;
  size_t count = is(1, "mut") ? 2 : 1;
  Diagnostic &error = report(range(0, count - 1), tokens[0].text);
  if (has(count) && fits(0, count, {}))
    error.fix({file, tokens[0].begin, tokens[count].begin}, "", "`=` alone gives a name to a value");
  else
    error.help("`=` alone gives a name to a value: `y = 2 * x`");
  return true;
}

/// `class Net(nn.Module):`
bool ForeignLine::typeDefinition() {
  if (!isAnyOf(tokens[0], {"class", "struct", "module", "interface", "enum"}) || !isWord(1))
    return false;
  report(range(0), tokens[0].text)
      .help("a network is a model, a function with parameters: `model " + tokens[1].text +
            "(x: f32[8]) -> f32[2] = x |> dense(2)`");
  return true;
}

/// `import torch`
bool ForeignLine::import() {
  if (!isAnyOf(tokens[0], {"import", "from", "include", "require"}) || !isWord(1) || entry == Entry::Clause)
    return false;
  report(range(0), tokens[0].text)
      .help(
          "the standard library is there without it (`nnc doc` lists it); another file comes in by `use \"file.nn\"`");
  return true;
}

/// `for i in range(8)`, `while x > 1`
bool ForeignLine::loop() {
  bool isFor = is(0, "for") && isWord(1) && is(2, "in");
  if (!isFor && !(is(0, "while") && has(1)))
    return false;
  report(isFor ? range(0, 2) : range(0), isFor ? "for .. in" : "while")
      .help(
          "an equation covers all entries, `y[i] = 2 * x[i]`, and `sum[i] x[i]` runs over them; where a step needs the "
          "one before, `scan` and `iterate` are loops");
  return true;
}

/// `self.hidden = dense(16)`
bool ForeignLine::self() {
  if (!isAnyOf(tokens[0], {"self", "this"}) || !is(1, ".") || !isWord(2))
    return false;
  Diagnostic &error = report(range(0), tokens[0].text);
  if (fits(0, 2, {}))
    error.fix(range(0, 1), "", "a layer gets a name by `=` in the model's block");
  else
    error.help("a layer gets a name by `=` in the model's block: `" + tokens[2].text + " = dense(16)`");
  return true;
}

/// `print x`, `assert x > 0`
bool ForeignLine::printed() {
  if (!isAnyOf(tokens[0], {"print", "println", "assert"}) || !has(1) || is(1, "="))
    return false;
  report(range(0), tokens[0].text).help("a recipe shows values with `report`, a `command` prints its result");
  return true;
}

/// `if a then b elif c then d else e`
bool ForeignLine::elseIf() {
  for (size_t i = 1; i < tokens.size(); ++i)
    if (isAnyOf(tokens[i], {"elif", "elseif", "elsif"})) {
      report(range(i), tokens[i].text).fix(range(i), "else if", "write `else if`");
      return true;
    }
  return false;
}

/// `lambda v: 2 * v`
bool ForeignLine::lambda() {
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!is(i, "lambda") || !isWord(i + 1))
      continue;
    size_t colon = i + 1;
    while (has(colon) && (isWord(colon) || is(colon, ",")))
      ++colon;
    Diagnostic &error = report(range(i), "lambda");
    if (!is(colon, ":")) {
      error.help("a function without a name is written `x => 2 * x`");
      return true;
    }
    llvm::StringRef names = engine.sources.text(range(i + 1, colon - 1));
    std::string header = names.contains(',') ? "(" + names.str() + ")" : names.str();
    error.fix(range(i, colon), header + " =>", "a function without a name is written with `=>`");
    return true;
  }
  return false;
}

/// `1 if x > 1 else x`
bool ForeignLine::conditionBehind() {
  for (size_t i = 1; i < tokens.size(); ++i) {
    bool isBehind = is(i, "if") && isOperand(tokens[i - 1]);
    auto rest = tokens.drop_front(i);
    bool hasElse = llvm::any_of(rest, [](const Token &token) { return token.is("else"); });
    bool hasThen = llvm::any_of(rest, [](const Token &token) { return token.is("then"); });
    if (!isBehind || !hasElse || hasThen)
      continue;
    report(range(i), "a if c else b").help("the condition comes first: `if c then a else b`");
    return true;
  }
  return false;
}

/// `y += x`
bool ForeignLine::compound() {
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (!isAnyOf(tokens[i], {"+", "-", "*", "/"}) || !touches(i) || !is(i + 1, "=") || !isWord(0))
      continue;
    report(range(i, i + 1), engine.sources.text(range(i, i + 1)))
        .help("a name keeps its value; a new value gets a name of its own: `" + tokens[0].text +
              "2 = " + tokens[0].text + " " + tokens[i].text + " ...`");
    return true;
  }
  return false;
}

/// `x ** 2`
bool ForeignLine::power() {
  for (size_t i = 1; i + 1 < tokens.size(); ++i)
    if (is(i, "*") && touches(i) && is(i + 1, "*")) {
      report(range(i, i + 1), "**").fix(range(i, i + 1), "^", "a power is written `^`");
      return true;
    }
  return false;
}

/// `x .* y`
bool ForeignLine::dotted() {
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    if (!is(i, ".") || !touches(i) || !isAnyOf(tokens[i + 1], {"+", "-", "*", "/", "^"}))
      continue;
    report(range(i, i + 1), engine.sources.text(range(i, i + 1)))
        .fix(range(i), "", "operators of scalars apply to tensors of one shape element by element");
    return true;
  }
  return false;
}

/// `n as f32`
bool ForeignLine::cast() {
  for (size_t i = 1; i + 1 < tokens.size(); ++i) {
    bool isType = isWord(i + 1) && isAnyOf(tokens[i + 1], {"f16", "f32", "f64", "bf16", "i32", "i64", "float", "int"});
    if (!is(i, "as") || !isType || !isOperand(tokens[i - 1]))
      continue;
    report(range(i, i + 1), "as")
        .fix({file, tokens[i - 1].end, tokens[i + 1].end}, "", "integers become floats where they meet floats");
    return true;
  }
  return false;
}

/// `x[2:6]`, `A[:, 0]`
bool ForeignLine::slice() {
  std::vector<size_t> open;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (is(i, "[") || is(i, "("))
      open.push_back(i);
    else if (!open.empty() && (is(i, "]") || is(i, ")")))
      open.pop_back();
    bool isSubscript = !open.empty() && open.back() > 0 && is(open.back(), "[") && isOperand(tokens[open.back() - 1]);
    if (!is(i, ":") || !isSubscript || isWord(i - 1))
      continue;
    Diagnostic &error = report(range(i), ":");
    if (fits(i, 1, {".."}) && !is(i - 1, "[") && !is(i - 1, ",") && !is(i + 1, "]") && !is(i + 1, ","))
      error.fix(range(i), "..", "a slice is written `a..b`: the entries a to b - 1");
    else
      error.help("a slice has both ends, `a..b`; an equation runs along a whole axis: `y[i] = A[i, 0]`");
    return true;
  }
  return false;
}

} // namespace

llvm::StringRef explainForeign(const BadLine &line, uint32_t file, DiagnosticEngine &engine) {
  return ForeignLine(line, file, engine).run();
}

} // namespace nn::parse
