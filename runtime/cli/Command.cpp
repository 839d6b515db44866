/// A command of the model: arguments in, one call, outputs out.
#include "cli/Durations.h"
#include "cli/Output.h"
#include "cli/Session.h"
#include "cli/Values.h"
#include "core/Text.h"
#include "noether/routines.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {

/// What the user wrote for each argument, or its default.
static Result<std::vector<std::string>> argumentTexts(const Session &session, const nn_command &command) {
  const Options &options = session.options;
  std::vector<std::string> texts;
  size_t next = 0;
  for (int64_t i = 0; i < command.argument_count; ++i) {
    const nn_argument &argument = command.arguments[i];
    const std::string *named = nullptr;
    for (const auto &[name, value] : options.named)
      if (name == argument.name)
        named = &value;
    if (named)
      texts.push_back(*named);
    else if (next < options.positional.size())
      texts.push_back(options.positional[next++]);
    else if (argument.default_text)
      texts.push_back(argument.default_text);
    else
      return failure(
          format("`%s` needs the argument `%s` (%s)", command.name, argument.name, argumentType(argument).c_str()));
  }
  if (next < options.positional.size())
    return failure(format("`%s` takes %lld argument%s, so `%s` is one too many", command.name,
                          static_cast<long long>(command.argument_count), command.argument_count == 1 ? "" : "s",
                          options.positional[next].c_str()));
  return texts;
}

/// What is compiled for several values of an argument is several commands of one name; `texts` choose one of them.
static Result<const nn_command *> commandFor(const Session &session, const nn_command &first,
                                             const std::vector<std::string> &texts) {
  const nn_program &program = session.program;
  std::vector<std::string> compiled;
  const nn_argument *wrong = nullptr;
  std::string given;
  for (int64_t k = 0; k < program.command_count; ++k) {
    const nn_command &command = program.commands[k];
    if (strcmp(command.name, first.name) != 0)
      continue;
    const nn_argument *differs = nullptr;
    for (int64_t i = 0; i < command.argument_count && !differs; ++i) {
      const nn_argument &argument = command.arguments[i];
      double value = 0, fixed = 0;
      if (!argument.fixed_text || texts[size_t(i)] == argument.fixed_text)
        continue;
      if (!isWord(argument) && (!parseNumber(texts[size_t(i)], value) || value != std::trunc(value)))
        return failure(format("`%s` takes a whole number, not `%s`", argument.name, texts[size_t(i)].c_str()));
      if (isWord(argument) || !parseNumber(argument.fixed_text, fixed) || value != fixed) {
        differs = &argument;
        given = texts[size_t(i)];
        compiled.push_back(argument.fixed_text);
      }
    }
    if (!differs)
      return &command;
    wrong = differs;
  }
  std::string all = join(compiled, ",");
  return Failure{DataErrorKind::Malformed,
                 format("`%s` %swas %s when this program was compiled, so it cannot be %s", wrong->name,
                        isWord(*wrong) ? "" : "decides about shapes and ", join(compiled, " or ").c_str(),
                        given.c_str()),
                 {},
                 format("nnc build %s.nn --set %s.%s=%s,%s compiles it for this value, too", program.name, first.name,
                        wrong->name, all.c_str(), given.c_str())};
}

/// How a program gets room for a larger value of an `int` that is a length; "" where the value is none.
static std::string roomFor(const nn_program &program, const nn_command &command, const nn_argument &argument,
                           const std::string &text) {
  double value;
  if (!parseNumber(text, value) || value != std::trunc(value) || value <= double(argument.most))
    return {};
  return format("nnc build %s.nn --set %s.%s=%s,%s makes room for it", program.name, command.name, argument.name,
                argument.default_text, text.c_str());
}

/// The elements of each argument; of an `int` that is a length none, but `lengths` knows it.
static Result<std::vector<Bytes>> argumentValues(const Session &session, const nn_command &command,
                                                 const std::vector<std::string> &texts, ArgumentLengths &lengths) {
  std::vector<Bytes> values;
  for (int64_t i = 0; i < command.argument_count; ++i) {
    nn_argument argument = command.arguments[i];
    const std::string &text = texts[size_t(i)];
    if (argument.fixed_text) { // what it chooses has been chosen
      values.push_back(Bytes());
      continue;
    }
    if (argument.length) {
      if (Status taken = lengths.takeNumber(argument, text); !taken)
        return Failure{DataErrorKind::Malformed, taken.text(), {}, roomFor(session.program, command, argument, text)};
      values.push_back(Bytes());
      continue;
    }
    if (argument.default_text && text == argument.default_text)
      argument.vocabulary = nullptr; // the program says tokens by their numbers
    Result<Bytes> value = readValue(argument, text, session.options.resize, lengths);
    if (!value)
      return value.error();
    values.push_back(std::move(*value));
  }
  return std::move(values);
}

/// True if a result of a function is no number.
static bool hasNan(const nn_function &function, const std::byte *io) {
  for (int64_t i = 0; i < function.result_count; ++i) {
    const nn_binding &result = function.results[i];
    int64_t count = 1;
    for (int64_t axis = 0; axis < result.type.rank; ++axis)
      count *= result.type.shape[axis];
    if (!isFloat(result.type.dtype))
      continue;
    std::vector<double> numbers(static_cast<size_t>(count));
    convertNumbers(io + result.offset, result.type.dtype, numbers.data(), NN_F64, count);
    if (std::any_of(numbers.begin(), numbers.end(), [](double number) { return std::isnan(number); }))
      return true;
  }
  return false;
}

/// Computes the result again and again, and says how long it takes.
static void timeCommand(Session &session, const nn_function &function) {
  Durations durations;
  for (int64_t run = 0; run < session.options.repeats; ++run) {
    double begun = now();
    session.call(function);
    durations.add(now() - begun);
  }
  session.log(durations.text("run"));
}

const nn_command *startCommand(Session &session, const nn_command &first, int &code) {
  auto fail = [&](const Failure &why) -> const nn_command * {
    code = reportError(why.text, why.suggestion);
    return nullptr;
  };
  Result<std::vector<std::string>> texts = argumentTexts(session, first);
  if (!texts) {
    code = reportError(texts.text(), format("see %s %s --help", session.program.name, first.name), Misused);
    return nullptr;
  }
  Result<const nn_command *> chosen = commandFor(session, first, *texts);
  if (!chosen)
    return fail(chosen.error());
  const nn_command &command = **chosen;
  const nn_function &function = *command.function;
  ArgumentLengths lengths;
  Result<std::vector<Bytes>> values = argumentValues(session, command, *texts, lengths);
  if (!values)
    return fail(values.error());
  Status started = session.start();
  if (started && function.reads_model)
    started = session.loadWeights();
  for (int64_t i = 0; started && i < command.argument_count; ++i)
    if (const char *setting = command.arguments[i].setting)
      started = session.model.set(setting, (*texts)[size_t(i)]);
  // Before the arguments are in place: what computes examples has its own in the same block.
  if (started)
    started = session.loader.prepare(function);
  if (!started)
    return fail(started.error());
  Model &model = session.model;
  for (int64_t i = 0; i < command.argument_count; ++i)
    if (std::byte *place = model.argument(function, NN_BIND_ARGUMENT, command.arguments[i].name))
      memcpy(place, (*values)[size_t(i)].data(), (*values)[size_t(i)].size());
  for (int64_t i = 0; i < function.argument_count; ++i)
    if (const nn_binding &binding = function.arguments[i]; binding.kind == NN_BIND_LENGTH) {
      auto length = int32_t(lengths.of(binding.name));
      memcpy(model.at(binding), &length, sizeof length);
    }
  return &command;
}

int runCommand(Session &session, const nn_command &first) {
  int code = Succeeded;
  const nn_command *chosen = startCommand(session, first, code);
  if (!chosen)
    return code;
  const nn_command &command = *chosen;
  const nn_function &function = *command.function;
  Model &model = session.model;
  if (Status called = session.callOnce(function); !called)
    return reportError(called.text(), called.error().suggestion);
  if (const char *why = nnrt_failure(); why && hasNan(function, model.io))
    return reportError(why);
  for (const std::string &text : session.options.out)
    if (Status written = writeOutput(command, model.io, parseOutputFile(text, command), session.options.rate); !written)
      return reportError(written.text());
  if (session.options.out.empty() || session.options.json)
    writeOut(session.options.json ? outputsJson(command, model.io) : outputsText(command, model.io));
  if (session.options.repeats > 0)
    timeCommand(session, function);
  return Succeeded;
}

} // namespace nnrt
