/// Reads the words of a command line.
#include "cli/OptionTable.h"
#include "core/Text.h"

namespace nnrt {

namespace {

Failure unknownCommand(const nn_program &program, const std::string &word) {
  std::vector<std::string> names = commandNames(program);
  std::string guess = nearest(word, names);
  return failure(format("%s has no command `%s`; %s", program.name, word.c_str(),
                        (guess.empty() ? "it has " + join(names, ", ") : "did you mean `" + guess + "`?").c_str()));
}

/// The command of the program whose arguments are given, or null.
const nn_command *calledCommand(const nn_program &program, const Options &options) {
  return findCommand(program, options.profiled.empty() ? options.command : options.profiled);
}

Failure unknownOption(const nn_program &program, const Options &options, const std::string &name) {
  unsigned place = placeOf(program, options.command);
  std::vector<std::string> names;
  for (const Option &option : optionTable())
    if (option.where & place)
      names.push_back(option.name);
  if (const nn_command *command = calledCommand(program, options))
    for (int64_t i = 0; i < command->argument_count; ++i)
      names.push_back(command->arguments[i].name);
  for (const Option &option : optionTable())
    if (name == option.name)
      return failure(format("`%s` does not take --%s", options.command.c_str(), name.c_str()));
  std::string guess = nearest(name, names);
  std::string help = guess.empty() ? format("see %s %s --help", program.name, options.command.c_str())
                                   : format("did you mean --%s?", guess.c_str());
  return failure(format("unknown option --%s; %s", name.c_str(), help.c_str()));
}

/// The first word from `position` on that is no option: it names the command, or what is profiled.
std::string findCommandWord(const std::vector<std::string> &words, size_t &position) {
  for (; position < words.size(); ++position) {
    const std::string &word = words[position];
    if (word[0] != '-')
      return word;
    for (const Option &option : optionTable())
      if (option.value && (word == std::string("--") + option.name || (option.letter && word == option.letter)))
        ++position;
  }
  return {};
}

class Reader {
public:
  Reader(const nn_program &program, const std::vector<std::string> &words) : program(program), words(words) {}

  Result<Options> read() {
    size_t position = 0;
    options.command = findCommandWord(words, position);
    size_t second = position + 1;
    if (options.command == "profile" && !findCommand(program, "profile"))
      if (std::string word = findCommandWord(words, second); findCommand(program, word))
        options.profiled = word;
    if (options.profiled.empty())
      second = position;
    if (!options.command.empty() && placeOf(program, options.command) == 0)
      return unknownCommand(program, options.command);
    if (Status has = checkDeclared(); !has)
      return has.error();
    bool onlyArguments = false;
    for (at = 0; at < words.size(); ++at) {
      const std::string &word = words[at];
      double number;
      if (at == position || at == second)
        continue;
      if (!onlyArguments && word == "--")
        onlyArguments = true;
      else if (onlyArguments || word.size() < 2 || word[0] != '-' ||
               parseNumber(word.substr(0, word.find(',')), number)) // a number, or numbers: -1,2
        options.positional.push_back(word);
      else if (Status taken = takeOption(word); !taken)
        return taken.error();
    }
    return options;
  }

private:
  /// Fails when the program declares nothing that the command could work on.
  Status checkDeclared() {
    bool ofRecipe = options.command == "train" || options.command == "eval" || options.command == "trace";
    if (options.command == "profile" && options.profiled.empty() && program.recipe_count == 0 &&
        !findCommand(program, "profile"))
      return failure(format("%s has no `train` block; profile one of its commands: %s", program.name,
                            join(declaredNames(program), ", ").c_str()));
    if (ofRecipe && program.recipe_count == 0)
      return failure(
          format("%s has no `train` block, so there is nothing to %s", program.name, options.command.c_str()));
    if ((options.command == "report" && program.report_count == 0) ||
        (options.command == "experiment" && program.experiment_count == 0))
      return failure(format("%s declares no %s at the top of its file", program.name, options.command.c_str()));
    if (options.command == "check" && program.claim_count == 0 && !findCommand(program, "check"))
      return failure(format("%s claims no symmetry, so there is nothing to check", program.name));
    return success();
  }

  Status takeOption(const std::string &word) {
    size_t equals = word.find('=');
    bool attached = word[1] == '-' && equals != std::string::npos;
    std::string spelled = attached ? word.substr(0, equals) : word;
    bool dashed = spelled.compare(0, 2, "--") == 0;
    std::string name = spelled.substr(dashed ? 2 : 1);
    const Option *option = find(spelled, placeOf(program, options.command));
    bool argument = hasArgument(calledCommand(program, options), name) && (dashed || !option);
    option = argument ? nullptr : option;
    if (!option && !argument)
      return unknownOption(program, options, name);
    if (option && !options.command.empty() && !(option->where & placeOf(program, options.command)))
      return unknownOption(program, options, name);
    std::string value;
    if (argument || option->value) {
      if (!attached && at + 1 == words.size())
        return failure(format("--%s needs a value%s%s", name.c_str(), option ? ": --" : "",
                              option ? format("%s %s", option->name, option->value).c_str() : ""));
      value = attached ? word.substr(equals + 1) : words[++at];
    } else if (attached) {
      return failure(format("--%s takes no value", name.c_str()));
    }
    if (argument) {
      options.named.push_back({name, value});
      return success();
    }
    std::string problem = option->store(options, value);
    return problem.empty() ? success() : failure(format("--%s %s", option->name, problem.c_str()));
  }

  /// The option of this spelling; where there are several, the one that belongs to the command.
  static const Option *find(const std::string &spelled, unsigned place) {
    const Option *found = nullptr;
    for (const Option &option : optionTable())
      if (spelled == std::string("--") + option.name || (option.letter && spelled == option.letter))
        found = !found || (option.where & place) ? &option : found;
    return found;
  }

  const nn_program &program;
  const std::vector<std::string> &words;
  Options options;
  size_t at = 0;
};

} // namespace

Result<Options> parseOptions(const nn_program &program, const std::vector<std::string> &words) {
  std::vector<std::string> nonempty;
  for (const std::string &word : words)
    if (!word.empty())
      nonempty.push_back(word);
  return Reader(program, nonempty).read();
}

} // namespace nnrt
