/// Feeds tokens to the generated parser and stops at the first that does not fit.
#include "Frontend/Parse/Antlr.h"

#include "llvm/ADT/Twine.h"

namespace nn::parse {
namespace {

using antlr4::ParserRuleContext;
using antlr4::RecognitionException;

/// Thrown at the first token that does not fit; messages and recovery are ours.
struct Stop {
  size_t at;
  std::vector<std::string> rules;
};

class StopAtFirstError : public antlr4::DefaultErrorStrategy {
public:
  void recover(antlr4::Parser *parser, std::exception_ptr error) override {
    size_t at = 0;
    try {
      std::rethrow_exception(error);
    } catch (RecognitionException &exception) {
      at = exception.getOffendingToken()->getTokenIndex();
    }
    throw Stop{at, parser->getRuleInvocationStack()};
  }
  antlr4::Token *recoverInline(antlr4::Parser *parser) override {
    throw Stop{parser->getCurrentToken()->getTokenIndex(), parser->getRuleInvocationStack()};
  }
  void sync(antlr4::Parser *) override {}
  void reportError(antlr4::Parser *, const RecognitionException &) override {}
};

class AmbiguityListener : public antlr4::BaseErrorListener {
public:
  explicit AmbiguityListener(std::vector<std::string> &found) : found(found) {}
  void reportAmbiguity(antlr4::Parser *parser, const antlr4::dfa::DFA &dfa, size_t start, size_t stop, bool exact,
                       const antlrcpp::BitSet &, antlr4::atn::ATNConfigSet *) override {
    if (!exact)
      return;
    size_t rule = dfa.atnStartState->ruleIndex;
    found.push_back((llvm::Twine("rule ") + parser->getRuleNames()[rule] + ", tokens " + llvm::Twine(start) + " to " +
                     llvm::Twine(stop))
                        .str());
  }

private:
  std::vector<std::string> &found;
};

std::unique_ptr<antlr4::ListTokenSource> makeSource(llvm::ArrayRef<Token> tokens) {
  std::vector<std::unique_ptr<antlr4::Token>> list;
  list.reserve(tokens.size() + 1);
  for (const Token &token : tokens)
    list.push_back(std::make_unique<antlr4::CommonToken>(token.type));
  list.push_back(std::make_unique<antlr4::CommonToken>(antlr4::Token::EOF));
  return std::make_unique<antlr4::ListTokenSource>(std::move(list));
}

ParserRuleContext *start(NoetherParser &parser, Entry entry) {
  switch (entry) {
  case Entry::File:
    return parser.file();
  case Entry::Top:
    return parser.loneTop();
  case Entry::Stmt:
    return parser.loneStmt();
  case Entry::Clause:
    return parser.loneClause();
  case Entry::ExpItem:
    return parser.loneExpItem();
  }
  return nullptr;
}

} // namespace

Run::Run(llvm::ArrayRef<Token> tokens)
    : count(tokens.size()), source(makeSource(tokens)),
      stream(std::make_unique<antlr4::CommonTokenStream>(source.get())),
      parser(std::make_unique<NoetherParser>(stream.get())) {
  parser->removeErrorListeners();
  parser->setErrorHandler(std::make_shared<StopAtFirstError>());
}

Run::~Run() = default;

bool Run::attempt(Entry entry, antlr4::atn::PredictionMode mode) {
  parser->reset();
  parser->getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(mode);
  try {
    tree = start(*parser, entry);
    return true;
  } catch (const Stop &stop) {
    tree = nullptr;
    failedAt = std::min(stop.at, count);
    rules = stop.rules;
    return false;
  }
}

bool Run::parse(Entry entry) {
  return attempt(entry, antlr4::atn::PredictionMode::SLL) || attempt(entry, antlr4::atn::PredictionMode::LL);
}

bool Run::parseExactly(Entry entry, std::vector<std::string> &ambiguities) {
  AmbiguityListener listener(ambiguities);
  parser->addErrorListener(&listener);
  bool ok = attempt(entry, antlr4::atn::PredictionMode::LL_EXACT_AMBIG_DETECTION);
  parser->removeErrorListeners();
  return ok;
}

} // namespace nn::parse
