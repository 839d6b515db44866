/// What --help prints.
#include "cli/OptionTable.h"
#include "cli/Values.h"
#include "core/Text.h"

namespace nnrt {

namespace {

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

/// An option whose name an argument has is left with its letter, if it has one.
std::string optionRow(const Option &option, bool hidden) {
  if (hidden && !option.letter)
    return {};
  std::string left = option.letter ? option.letter : "";
  if (!hidden)
    left += (left.empty() ? "--" : ", --") + std::string(option.name);
  return row(left + (option.value ? std::string(" ") + option.value : ""), option.doc);
}

} // namespace

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
  for (const Option &option : optionTable())
    if (option.where & place)
      text += optionRow(option, hasArgument(found, option.name));
  if ((place & Running) && program.setting_count > 0) {
    text += "\nsettings:\n";
    for (int64_t i = 0; i < program.setting_count; ++i)
      text += row(program.settings[i].name, format("%s, default %s", dtypeName(program.settings[i].dtype),
                                                   shortest(program.settings[i].value).c_str()));
  }
  return text;
}

} // namespace nnrt
