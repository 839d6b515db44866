/// The steps of parsing a file: characters, tokens, newlines, grammar, tree.
#include "Frontend/Parse/Parser.h"

#include "Frontend/Parse/Antlr.h"
#include "Frontend/Parse/Brackets.h"
#include "Frontend/Parse/Builder.h"
#include "Frontend/Parse/Explain.h"
#include "Frontend/Parse/Lexical.h"
#include "Frontend/Parse/NewlineFilter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace nn::parse {
namespace {

/// The `///` lines right above `begin`, without their slashes.
std::string docAbove(llvm::StringRef text, const TokenList &docs, uint32_t begin) {
  llvm::SmallVector<llvm::StringRef> lines;
  auto above = std::partition_point(docs.begin(), docs.end(), [&](const Token &doc) { return doc.end <= begin; });
  while (above != docs.begin()) {
    const Token &doc = *--above;
    llvm::StringRef between = text.slice(doc.end, begin);
    if (!between.trim().empty() || between.count('\n') != 1)
      break;
    llvm::StringRef body = doc.text.drop_front(3);
    body.consume_front(" ");
    lines.push_back(body.rtrim());
    begin = doc.begin;
  }
  return llvm::join(llvm::reverse(lines), "\n");
}

/// Every later stage walks the tree by recursion; this bounds how deep.
constexpr int64_t deepestNesting = 256;

bool checkNesting(const TokenList &tokens, uint32_t file, DiagnosticEngine &engine) {
  int64_t depth = 0;
  for (const Token &token : tokens) {
    depth += closerOf(token) ? 1 : openerOf(token) ? -1 : 0;
    if (depth <= deepestNesting)
      continue;
    engine.report(diag::NestedTooDeep, SourceRange{file, token.begin, token.end}, deepestNesting)
        .help("give a part of it a name on a line of its own");
    return false;
  }
  return true;
}

} // namespace

std::unique_ptr<ast::File> parseFile(const SourceManager &sources, uint32_t file, DiagnosticEngine &engine,
                                     const ParseOptions &options) {
  llvm::StringRef text = sources.text(file);
  unsigned errorsBefore = engine.errorCount();
  if (!checkText(file, engine))
    return nullptr;
  LexedFile lexed = lex(text);
  if (!checkNesting(lexed.tokens, file, engine))
    return nullptr;
  TokenList tokens = filterNewlines(lexed.tokens);
  Run run(tokens);
  bool ok = options.ambiguities ? run.parseExactly(Entry::File, *options.ambiguities) : run.parse(Entry::File);
  if (!ok) {
    explainSyntaxErrors(std::move(lexed.tokens), file, engine);
    return nullptr;
  }
  auto result = std::make_unique<ast::File>();
  result->file = file;
  Builder builder(file, tokens, result->context, engine);
  result->items = builder.build(static_cast<NoetherParser::FileContext *>(run.tree));
  if (engine.errorCount() != errorsBefore)
    return nullptr;
  for (ast::Item *item : result->items)
    item->doc = docAbove(text, lexed.docs, item->range.begin);
  return result;
}

} // namespace nn::parse
