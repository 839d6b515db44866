/// Which arguments and results are text: tokens of a data set that is made of text.
#include "Frontend/Sema/Checker.h"

using namespace nn::checked;

namespace nn::sema {

static bool isMadeOfText(const Dataset &dataset) {
  llvm::StringRef reader = dataset.stages.empty() ? "" : llvm::StringRef(dataset.stages[0].what.name);
  return (reader == "text" || reader == "ngrams") && !dataset.fields.empty();
}

static bool sameTokens(const Dataset &a, const Dataset &b) {
  auto unit = [](const Dataset &dataset) {
    for (const auto &[key, value] : dataset.stages[0].what.options)
      if (key == "by")
        return value;
    return std::string(dataset.stages[0].what.name == "text" ? "characters" : "words");
  };
  return a.fields[0].classNames == b.fields[0].classNames && unit(a) == unit(b);
}

/// The data set of which a tensor has tokens: the program reads one text of as many different ones. Null where it reads
/// none, or several that differ.
const Dataset *Checker::tokensOf(const TensorType &type) const {
  auto tokens = type.indexBound ? type.indexBound->constant() : std::nullopt;
  const Dataset *found = nullptr;
  for (const Dataset *dataset : program->datasets) {
    if (!tokens || !isMadeOfText(*dataset) || int64_t(dataset->fields[0].classNames.size()) != *tokens)
      continue;
    if (found && !sameTokens(*found, *dataset))
      return nullptr;
    found = found ? found : dataset;
  }
  return found;
}

void Checker::findTexts() {
  auto textsOf = [&](const Function &function) {
    std::vector<const Dataset *> texts;
    for (const Expr *result : function.results)
      texts.push_back(result->type.rank() <= 2 ? tokensOf(result->type) : nullptr);
    return texts;
  };
  for (Command &command : program->commands) {
    for (Argument &argument : command.arguments)
      argument.text = argument.type.rank() == 1 ? tokensOf(argument.type) : nullptr;
    command.texts = textsOf(*command.root.function);
  }
  for (Report &report : program->reports)
    report.texts = textsOf(*report.root.function);
}

} // namespace nn::sema
