// One diagnostic for people: the source as written with its line numbers, carets under the primary range, dashes with
// a text under the other places, then notes and help.
//
//   error[NN0301]: `W` has 10 columns but `x` has 12 rows
//     --> net.nn:4:17
//      |
//    2 |   param W: f32[5, 10]
//      |                   -- 10 columns
//    4 |   y = W @ x
//      |       ^   - `x: f32[12]`
#include "Diagnostics/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <map>

namespace nn {
namespace {

constexpr unsigned tabWidth = 4;

/// Columns on the terminal that a piece of a line takes, as `expandTabs` prints it.
unsigned displayWidth(llvm::StringRef text) {
  unsigned tabs = unsigned(text.count('\t'));
  std::string rest = llvm::join(llvm::split(text, '\t'), "");
  int width = llvm::sys::unicode::columnWidthUTF8(rest);
  return tabs * tabWidth + (width < 0 ? unsigned(rest.size()) : unsigned(width));
}

std::string expandTabs(llvm::StringRef text) { return llvm::join(llvm::split(text, '\t'), std::string(tabWidth, ' ')); }

/// A mark below one line, in columns of the terminal.
struct Mark {
  unsigned begin;
  unsigned end; ///< > begin
  bool primary;
  llvm::StringRef text;
};

/// The marks of one file, by line.
using MarkedLines = std::map<uint32_t, llvm::SmallVector<Mark, 2>>;

class HumanRenderer {
public:
  HumanRenderer(llvm::raw_ostream &out, const SourceManager &sources, const Diagnostic &diagnostic, bool colour)
      : out(out), sources(sources), diagnostic(diagnostic), colour(colour) {}

  void render();

private:
  using Colour = llvm::raw_ostream::Colors;

  void painted(llvm::StringRef text, Colour ink) {
    if (colour)
      out.changeColor(ink, /*Bold=*/true);
    out << text;
    if (colour)
      out.resetColor();
  }
  void margin(llvm::StringRef number = "") {
    painted((llvm::Twine(std::string(gutter - number.size(), ' ')) + number + " |").str(), Colour::BLUE);
  }
  Colour primaryInk() const { return diagnostic.severity == Severity::Error ? Colour::RED : Colour::YELLOW; }
  Colour ink(bool primary) const { return primary ? primaryInk() : Colour::BLUE; }

  void collect();
  void addMark(SourceRange range, bool primary, llvm::StringRef text);
  void addLineMark(uint32_t file, uint32_t line, uint32_t begin, uint32_t end, bool primary, llvm::StringRef text);
  void header();
  void file(uint32_t file, const MarkedLines &lines);
  void sourceLine(uint32_t file, uint32_t line);
  void marks(llvm::SmallVector<Mark, 2> marks);
  void hangingTexts(llvm::ArrayRef<Mark> hanging);
  void footer(llvm::StringRef kind, llvm::StringRef text);
  void fix(const Diagnostic::Fix &fix);

  llvm::raw_ostream &out;
  const SourceManager &sources;
  const Diagnostic &diagnostic;
  bool colour;
  unsigned gutter = 1;                     ///< columns for line numbers
  std::map<uint32_t, MarkedLines> perFile; ///< the primary's file is rendered first
};

void HumanRenderer::addLineMark(uint32_t file, uint32_t line, uint32_t begin, uint32_t end, bool primary,
                                llvm::StringRef text) {
  llvm::StringRef content = sources.line(file, line);
  unsigned left = displayWidth(content.take_front(begin));
  unsigned width = displayWidth(content.slice(begin, end));
  perFile[file][line].push_back({left, left + std::max(1u, width), primary, text});
}

void HumanRenderer::addMark(SourceRange range, bool primary, llvm::StringRef text) {
  uint32_t size = uint32_t(sources.text(range.file).size());
  range = {range.file, std::min(range.begin, size), std::clamp(range.end, range.begin, size)};
  uint32_t first = sources.lineColumn(range.file, range.begin).line;
  uint32_t last = sources.lineColumn(range.file, std::max(range.begin, range.end ? range.end - 1 : 0)).line;
  auto inLine = [&](uint32_t offset, uint32_t line) {
    uint32_t start = sources.lineStart(range.file, line);
    uint32_t length = uint32_t(sources.line(range.file, line).size());
    return std::min(offset > start ? offset - start : 0, length);
  };
  if (first >= last)
    return addLineMark(range.file, first, inLine(range.begin, first), inLine(range.end, first), primary, text);
  // Several lines: the first from where the range begins, the last up to where it ends, with the text.
  llvm::StringRef lastLine = sources.line(range.file, last);
  uint32_t indent = uint32_t(std::min(lastLine.find_first_not_of(" \t"), lastLine.size()));
  addLineMark(range.file, first, inLine(range.begin, first), inLine(range.end, first), primary, "");
  addLineMark(range.file, last, std::min(indent, inLine(range.end, last)), inLine(range.end, last), primary, text);
}

void HumanRenderer::collect() {
  if (!diagnostic.primary.valid())
    return;
  // A label at the primary range is the text of the carets.
  auto atPrimary = llvm::find_if(diagnostic.labels, [&](const auto &l) { return l.range == diagnostic.primary; });
  const Diagnostic::Label *own = atPrimary == diagnostic.labels.end() ? nullptr : &*atPrimary;
  addMark(diagnostic.primary, true, own ? llvm::StringRef(own->text) : "");
  for (const Diagnostic::Label &label : diagnostic.labels)
    if (&label != own)
      addMark(label.range, false, label.text);
  for (const auto &[file, lines] : perFile)
    gutter = std::max(gutter, unsigned(std::to_string(lines.rbegin()->first).size()));
}

void HumanRenderer::header() {
  bool error = diagnostic.severity == Severity::Error;
  painted(((error ? "error[" : "warning[") + diag::info(diagnostic.kind).code + "]").str(), primaryInk());
  if (colour)
    out.changeColor(Colour::SAVEDCOLOR, /*Bold=*/true);
  out << ": " << diagnostic.message << '\n';
  if (colour)
    out.resetColor();
}

void HumanRenderer::sourceLine(uint32_t file, uint32_t line) {
  margin(std::to_string(line));
  std::string content = expandTabs(sources.line(file, line).rtrim());
  out << (content.empty() ? "" : " ") << content << '\n';
}

void HumanRenderer::file(uint32_t file, const MarkedLines &lines) {
  bool primary = file == diagnostic.primary.file;
  LineColumn at{lines.begin()->first, 1};
  if (primary)
    at = sources.lineColumn(file, diagnostic.primary.begin);
  else
    for (const Diagnostic::Label &label : llvm::reverse(diagnostic.labels))
      if (label.range.file == file)
        at = sources.lineColumn(file, label.range.begin);
  out << std::string(gutter, ' ');
  painted(primary ? "-->" : ":::", Colour::BLUE);
  out << ' ' << sources.path(file) << ':' << at.line << ':' << at.column << '\n';
  margin();
  out << '\n';
  uint32_t previous = 0;
  for (const auto &[line, lineMarks] : lines) {
    if (previous && line == previous + 2)
      sourceLine(file, previous + 1);
    else if (previous && line > previous + 2)
      painted("...\n", Colour::BLUE);
    sourceLine(file, line);
    marks(lineMarks);
    previous = line;
  }
}

/// The underlines of one line; the rightmost text stands behind its mark, the others hang below theirs.
void HumanRenderer::marks(llvm::SmallVector<Mark, 2> marks) {
  llvm::stable_sort(marks, [](const Mark &a, const Mark &b) { return a.begin < b.begin; });
  unsigned width = 0;
  for (const Mark &mark : marks)
    width = std::max(width, mark.end);
  std::string strokes(width, ' ');
  for (bool primary : {false, true})
    for (const Mark &mark : marks)
      if (mark.primary == primary)
        std::fill(strokes.begin() + mark.begin, strokes.begin() + mark.end, primary ? '^' : '-');
  margin();
  out << ' ';
  for (size_t i = 0, end; i < strokes.size(); i = end) {
    end = std::min(strokes.find_first_not_of(strokes[i], i), strokes.size());
    painted(llvm::StringRef(strokes).slice(i, end), ink(strokes[i] == '^'));
  }
  llvm::erase_if(marks, [](const Mark &mark) { return mark.text.empty(); });
  if (!marks.empty() && marks.back().end == width) {
    out << ' ';
    painted(marks.back().text, ink(marks.back().primary));
    marks.pop_back();
  }
  out << '\n';
  hangingTexts(marks);
}

/// Texts below their marks, the rightmost first, with bars for those that still wait.
void HumanRenderer::hangingTexts(llvm::ArrayRef<Mark> hanging) {
  auto bars = [&](llvm::ArrayRef<Mark> waiting) {
    margin();
    out << ' ';
    unsigned column = 0;
    for (const Mark &mark : waiting) {
      if (mark.begin < column)
        continue;
      out << std::string(mark.begin - column, ' ');
      painted("|", ink(mark.primary));
      column = mark.begin + 1;
    }
    return column;
  };
  bool first = true;
  for (; !hanging.empty(); hanging = hanging.drop_back()) {
    if (first) {
      bars(hanging);
      out << '\n';
      first = false;
    }
    const Mark &last = hanging.back();
    llvm::ArrayRef<Mark> waiting = hanging.drop_back().take_while([&](const Mark &m) { return m.begin < last.begin; });
    unsigned column = bars(waiting);
    out << std::string(last.begin - column, ' ');
    painted(last.text, ink(last.primary));
    out << '\n';
  }
}

void HumanRenderer::footer(llvm::StringRef kind, llvm::StringRef text) {
  out << std::string(gutter + 1, ' ');
  painted("= " + kind.str(), Colour::CYAN);
  out << ": ";
  // A text of several lines stays aligned behind the first.
  std::string indent = "\n" + std::string(gutter + 5 + kind.size(), ' ');
  out << llvm::join(llvm::split(text, '\n'), indent) << '\n';
}

/// The help of a fix, then the line as it would be, with `~` under what is new.
void HumanRenderer::fix(const Diagnostic::Fix &fix) {
  footer("help", fix.help);
  LineColumn begin = sources.lineColumn(fix.range.file, fix.range.begin);
  llvm::StringRef replacement = fix.replacement;
  if (begin.line != sources.lineColumn(fix.range.file, fix.range.end).line || replacement.contains('\n'))
    return;
  llvm::StringRef line = sources.line(fix.range.file, begin.line);
  uint32_t start = sources.lineStart(fix.range.file, begin.line);
  llvm::StringRef front = line.take_front(fix.range.begin - start), back = line.drop_front(fix.range.end - start);
  margin();
  out << '\n';
  margin(std::to_string(begin.line));
  out << ' ' << expandTabs(front);
  painted(expandTabs(replacement), Colour::GREEN);
  out << expandTabs(back.rtrim()) << '\n';
  if (replacement.empty())
    return;
  margin();
  out << ' ' << std::string(displayWidth(front), ' ');
  painted(std::string(displayWidth(replacement), '~'), Colour::GREEN);
  out << '\n';
}

void HumanRenderer::render() {
  bool before = out.colors_enabled();
  out.enable_colors(colour);
  collect();
  header();
  if (diagnostic.primary.valid()) {
    uint32_t main = diagnostic.primary.file;
    file(main, perFile.at(main));
    for (const auto &[other, lines] : perFile)
      if (other != main)
        file(other, lines);
  }
  bool any = !diagnostic.notes.empty() || !diagnostic.helps.empty() || !diagnostic.fixes.empty();
  if (any && diagnostic.primary.valid()) {
    margin();
    out << '\n';
  }
  for (const std::string &note : diagnostic.notes)
    footer("note", note);
  for (const Diagnostic::Fix &f : diagnostic.fixes)
    fix(f);
  for (const std::string &help : diagnostic.helps)
    footer("help", help);
  out << '\n';
  out.enable_colors(before);
}

} // namespace

void renderHuman(llvm::raw_ostream &out, const SourceManager &sources, const Diagnostic &diagnostic, bool colour) {
  HumanRenderer(out, sources, diagnostic, colour).render();
}

} // namespace nn
