/// One table says which options exist, what they take, where they belong and what help prints.
#include "cli/Options.h"
#include "cli/Values.h"
#include "core/Isa.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

namespace {

enum Where : unsigned {
  OnTrain = 1,
  OnEval = 2,
  OnCommand = 4,
  OnInfo = 8,
  OnReport = 16,
  OnExperiment = 32,
  OnTrace = 64,
  OnCheck = 128,
  OnProfile = 256
};
const unsigned Running = OnTrain | OnEval | OnCommand | OnReport | OnExperiment | OnTrace | OnCheck | OnProfile,
               Anywhere = Running | OnInfo;

struct Option {
  const char *name;
  const char *letter; ///< "-q", or null
  const char *value;  ///< what it takes, or null for a switch
  unsigned where;
  const char *doc;
  /// Stores the value; "" or what is wrong with it.
  std::string (*store)(Options &options, const std::string &value);
};

std::string storeWhole(int64_t &place, const std::string &value, int64_t least, int64_t most) {
  if (parseInteger(value, place) && place >= least && place <= most)
    return {};
  return format("takes a whole number from %lld to %lld, not `%s`", static_cast<long long>(least),
                static_cast<long long>(most), value.c_str());
}

std::string storeSetting(Options &options, const std::string &value) {
  size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0)
    return format("takes NAME=VALUE, not `%s`", value.c_str());
  options.settings.push_back({value.substr(0, equals), value.substr(equals + 1)});
  return {};
}

std::string storeIsa(Options &options, const std::string &value) {
  const std::vector<std::string> &names = isaNames();
  auto found = std::find(names.begin(), names.end(), value);
  if (found == names.end())
    return format("takes %s, not `%s`", join(names, ", ").c_str(), value.c_str());
  options.isa = found - names.begin();
  return {};
}

std::string storeDevice(Options &options, const std::string &value) {
  if (value != "cpu")
    return format("takes cpu, not `%s`: this executable runs on the processor only", value.c_str());
  options.device = value;
  return {};
}

#define STORE(...) [](Options &o, const std::string &v) -> std::string { __VA_ARGS__ }
const int64_t most = INT64_MAX;
constexpr Option table[] = {
    {"epochs", nullptr, "N", OnTrain | OnExperiment, "train for N epochs",
     STORE(return storeWhole(o.epochs, v, 1, 1 << 30);)},
    {"steps", nullptr, "N", OnTrain | OnExperiment, "train for N steps",
     STORE(return storeWhole(o.steps, v, 1, INT32_MAX);)},
    {"steps", nullptr, "N", OnProfile, "measure N steps, or N runs of a command (default: two seconds of them)",
     STORE(return storeWhole(o.steps, v, 1, INT32_MAX);)},
    {"time", nullptr, nullptr, OnTrain, "say how long a step takes", STORE(o.timed = true; return {};)},
    {"time", nullptr, "N", OnCommand, "compute the result N times more, and say how long that takes",
     STORE(return storeWhole(o.repeats, v, 1, INT32_MAX);)},
    {"resume", nullptr, nullptr, OnTrain, "go on where the weights file stopped", STORE(o.resume = true; return {};)},
    {"resume", nullptr, nullptr, OnExperiment, "pass over the points that the table holds",
     STORE(o.resume = true; return {};)},
    {"output", "-o", "FILE", OnTrain, "write the weights here", STORE(o.output = v; return {};)},
    {"output", "-o", "DIR", OnReport | OnExperiment, "write tables and plots into this folder",
     STORE(o.output = v; return {};)},
    {"output", "-o", "FILE", OnCheck, "write the first case in which a claim fails here",
     STORE(o.output = v; return {};)},
    {"output", "-o", "FILE", OnProfile, "write what each thread did in one step here, as a Chrome trace",
     STORE(o.output = v; return {};)},
    {"witness", nullptr, "FILE", OnCheck, "run a case that this command or `nnc check` wrote again",
     STORE(o.witness = v; return {};)},
    {"weights", nullptr, "FILE", Running & ~unsigned(OnExperiment), "read the weights here",
     STORE(o.weights = v; return {};)},
    {"data", nullptr, "DIR", Running, "look for data sets here as well", STORE(o.data = v; return {};)},
    {"value", nullptr, "NAME", OnTrace, "the value to print, `Net.dense_1.h` (repeatable; none: all, in short)",
     STORE(o.values.push_back(v); return {};)},
    {"example", nullptr, "K", OnTrace, "the example, counted from 0 (default 0)",
     STORE(return storeWhole(o.example, v, 0, UINT32_MAX);)},
    {"split", nullptr, "NAME", OnTrace, "the split it is taken from (default: test, else validation, else train)",
     STORE(o.split = v; return {};)},
    {"out", nullptr, "FILE", OnCommand, "write the result: .json .txt .csv .npy .png .wav (NAME=FILE: one of several)",
     STORE(o.out.push_back(v); return {};)},
    {"rate", nullptr, "N", OnCommand, "samples a second of a .wav (default 16000)",
     STORE(return storeWhole(o.rate, v, 1, 1 << 24);)},
    {"resize", nullptr, nullptr, OnCommand, "resample pictures to the size the model takes",
     STORE(o.resize = true; return {};)},
    {"seed", nullptr, "N", Running, "the seed of everything random (default 0)",
     STORE(o.seedGiven = true; return storeWhole(o.seed, v, 0, most);)},
    {"set", nullptr, "NAME=VALUE", Running, "change a setting", storeSetting},
    {"threads", nullptr, "N", Running, "threads to use (default: the available cores)",
     STORE(return storeWhole(o.threads, v, 1, 1024);)},
    {"isa", nullptr, "NAME", Running | OnInfo, "use this instruction set: baseline, avx2 or avx512",
     storeIsa},
    {"device", nullptr, "NAME", Running, "where to run: cpu", storeDevice},
    {"json", nullptr, nullptr, Anywhere, "print results as JSON", STORE(o.json = true; return {};)},
    {"quiet", "-q", nullptr, Anywhere, "print results only", STORE(o.quiet = true; return {};)},
    {"help", "-h", nullptr, Anywhere, "print this", STORE(o.help = true; return {};)},
};
#undef STORE

unsigned placeOf(const nn_program &program, const std::string &command) {
  if (findCommand(program, command))
    return OnCommand;
  const std::pair<const char *, unsigned> own[] = {
      {"train", OnTrain},           {"eval", OnEval},   {"info", OnInfo},   {"report", OnReport},
      {"experiment", OnExperiment}, {"trace", OnTrace}, {"check", OnCheck}, {"profile", OnProfile}};
  for (const auto &[name, place] : own)
    if (command == name)
      return place;
  return 0;
}

/// The commands that a program declares, each once, for however many values of an argument it was compiled.
std::vector<std::string> declaredNames(const nn_program &program) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < program.command_count; ++i)
    if (std::find(names.begin(), names.end(), program.commands[i].name) == names.end())
      names.push_back(program.commands[i].name);
  return names;
}

/// All subcommands of a program.
std::vector<std::string> commandNames(const nn_program &program) {
  std::vector<std::string> names;
  if (program.recipe_count > 0)
    names = {"train", "eval", "trace"};
  if (program.report_count > 0)
    names.push_back("report");
  if (program.experiment_count > 0)
    names.push_back("experiment");
  if (program.claim_count > 0 && !findCommand(program, "check"))
    names.push_back("check");
  for (const std::string &name : declaredNames(program))
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  if (!findCommand(program, "profile"))
    names.push_back("profile");
  names.push_back("info");
  return names;
}

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
  for (const Option &option : table)
    if (option.where & place)
      names.push_back(option.name);
  if (const nn_command *command = calledCommand(program, options))
    for (int64_t i = 0; i < command->argument_count; ++i)
      names.push_back(command->arguments[i].name);
  for (const Option &option : table)
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
    for (const Option &option : table)
      if (option.value && (word == std::string("--") + option.name || (option.letter && word == option.letter)))
        ++position;
  }
  return {};
}

bool isCommandArgument(const nn_command *command, const std::string &name) {
  for (int64_t i = 0; command && i < command->argument_count; ++i)
    if (name == command->arguments[i].name)
      return true;
  return false;
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
  Status takeOption(const std::string &word) {
    size_t equals = word.find('=');
    bool attached = word[1] == '-' && equals != std::string::npos;
    std::string spelled = attached ? word.substr(0, equals) : word;
    const Option *option = find(spelled, placeOf(program, options.command));
    const nn_command *command = calledCommand(program, options);
    std::string name = spelled.substr(spelled.compare(0, 2, "--") == 0 ? 2 : 1);
    bool argument = !option && isCommandArgument(command, name);
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
    for (const Option &option : table)
      if (spelled == std::string("--") + option.name || (option.letter && spelled == option.letter))
        found = !found || (option.where & place) ? &option : found;
    return found;
  }

  const nn_program &program;
  const std::vector<std::string> &words;
  Options options;
  size_t at = 0;
};

std::string upper(std::string text) {
  for (char &c : text)
    c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return text;
}

std::string commandUsage(const nn_command &command) {
  std::string usage = command.name;
  for (int64_t i = 0; i < command.argument_count; ++i) {
    std::string name = upper(command.arguments[i].name);
    usage += command.arguments[i].default_text ? " [" + name + "]" : " " + name;
  }
  return usage;
}

std::string reportSummary(const nn_program &program, bool reports) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < (reports ? program.report_count : program.experiment_count); ++i)
    names.push_back(reports ? program.reports[i].name : program.experiments[i].name);
  return (reports ? "compute, plot and save the reports, or those named: " : "run an experiment: ") + join(names, ", ");
}

std::string usageOf(const nn_program &program, const std::string &command) {
  if (const nn_command *found = findCommand(program, command))
    return commandUsage(*found);
  if (command == "report")
    return "report [NAME ...]";
  if (command == "profile")
    return program.command_count > 0 ? "profile [COMMAND ...]" : "profile";
  if (command == "experiment")
    return program.experiment_count == 1 ? "experiment [NAME]" : "experiment NAME";
  return command;
}

std::string summary(const nn_program &program, const std::string &command) {
  if (const nn_command *found = findCommand(program, command))
    return found->doc ? found->doc : format("run the command `%s` of the model", found->name);
  if (command == "train")
    return format("train the model and write %s.safetensors", program.name);
  if (command == "eval")
    return "print loss and metrics on the test split";
  if (command == "report" || command == "experiment")
    return reportSummary(program, command == "report");
  if (command == "check")
    return "test the claims of symmetry with the weights there are";
  if (command == "trace")
    return "print named values for one example";
  if (command == "profile")
    return "say where the time of a training step, or of a command, goes";
  return "print parameters, memory, recipe and instruction set";
}

std::string row(const std::string &left, const std::string &right) {
  return format("  %-22s  %s\n", left.c_str(), right.c_str());
}

} // namespace

const nn_command *findCommand(const nn_program &program, const std::string &name) {
  for (int64_t i = 0; i < program.command_count; ++i)
    if (name == program.commands[i].name)
      return &program.commands[i];
  return nullptr;
}

Result<Options> parseOptions(const nn_program &program, const std::vector<std::string> &words) {
  std::vector<std::string> nonempty;
  for (const std::string &word : words)
    if (!word.empty())
      nonempty.push_back(word);
  return Reader(program, nonempty).read();
}

std::string helpText(const nn_program &program, const std::string &command) {
  std::string text;
  unsigned place = placeOf(program, command);
  if (place == 0) {
    if (program.doc)
      text += format("%s: %s\n\n", program.name, program.doc);
    text += format("usage: %s COMMAND [OPTIONS]\n\ncommands:\n", program.name);
    for (const std::string &name : commandNames(program))
      text += row(usageOf(program, name), summary(program, name));
    return text + format("\n%s COMMAND --help tells more about one command.\n", program.name);
  }
  const nn_command *found = findCommand(program, command);
  text += format("%s %s: %s\n\nusage: %s %s [OPTIONS]\n", program.name, command.c_str(),
                 summary(program, command).c_str(), program.name, usageOf(program, command).c_str());
  if (found && found->argument_count > 0) {
    text += "\narguments:\n";
    for (int64_t i = 0; i < found->argument_count; ++i) {
      const nn_argument &argument = found->arguments[i];
      std::string about = argumentType(argument);
      about += argument.doc ? format(", %s", argument.doc) : "";
      about += argument.default_text ? format(" (default %s)", argument.default_text) : "";
      text += row(upper(argument.name), about);
    }
  }
  text += "\noptions:\n";
  for (const Option &option : table)
    if (option.where & place)
      text += row(format("%s--%s%s%s", option.letter ? format("%s, ", option.letter).c_str() : "", option.name,
                         option.value ? " " : "", option.value ? option.value : ""),
                  option.doc);
  if ((place & Running) && program.setting_count > 0) {
    text += "\nsettings:\n";
    for (int64_t i = 0; i < program.setting_count; ++i)
      text += row(program.settings[i].name, format("%s, default %s", dtypeName(program.settings[i].dtype),
                                                   shortest(program.settings[i].value).c_str()));
  }
  return text;
}

} // namespace nnrt
