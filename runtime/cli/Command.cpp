/// A command of the model: arguments in, one call, outputs out.
#include "cli/Session.h"
#include "cli/Values.h"
#include "core/Text.h"
#include "io/Json.h"
#include "noether/routines.h"

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
          format("`%s` needs the argument `%s` (%s)", command.name, argument.name, typeText(argument.type).c_str()));
  }
  if (next < options.positional.size())
    return failure(format("`%s` takes %lld argument%s, so `%s` is one too many", command.name,
                          static_cast<long long>(command.argument_count), command.argument_count == 1 ? "" : "s",
                          options.positional[next].c_str()));
  return texts;
}

static void printOutputs(const Session &session, const nn_command &command) {
  const nn_function &function = *command.function;
  std::string text;
  bool json = session.options.json;
  for (int64_t i = 0; i < command.output_count; ++i) {
    const nn_output &output = command.outputs[i];
    std::string name = output.name ? output.name : "";
    if (json) {
      text += (i ? "," : "") + jsonString(name.empty() ? "result" : name) + ":" +
              outputJson(output, function, session.model.io);
      continue;
    }
    std::string value = outputText(output, function, session.model.io);
    // A table stands below its name.
    const char *between = value.find('\n') == std::string::npos ? "  " : "\n";
    text += (name.empty() ? "" : name + between) + value + "\n";
  }
  writeOut(json ? "{" + text + "}\n" : text);
}

/// True if a result of a function is no number.
static bool hasNan(const nn_function &function, const std::byte *io) {
  for (int64_t i = 0; i < function.result_count; ++i) {
    const nn_binding &result = function.results[i];
    int64_t count = 1;
    for (int64_t axis = 0; axis < result.type.rank; ++axis)
      count *= result.type.shape[axis];
    const std::byte *place = io + result.offset;
    for (int64_t e = 0; e < count; ++e)
      if ((result.type.dtype == NN_F32 && std::isnan(reinterpret_cast<const float *>(place)[e])) ||
          (result.type.dtype == NN_F64 && std::isnan(reinterpret_cast<const double *>(place)[e])))
        return true;
  }
  return false;
}

int runCommand(Session &session, const nn_command &command) {
  const nn_function &function = *command.function;
  Result<std::vector<std::string>> texts = argumentTexts(session, command);
  if (!texts)
    return reportError(texts.text(), format("see %s %s --help", session.program.name, command.name), Misused);
  std::vector<Bytes> values;
  for (int64_t i = 0; i < command.argument_count; ++i) {
    Result<Bytes> value = readValue(command.arguments[i], (*texts)[size_t(i)], session.options.resize);
    if (!value)
      return reportError(value.text(), value.error().suggestion);
    values.push_back(std::move(*value));
  }
  Status started = session.start();
  if (started && function.reads_model)
    started = session.loadWeights();
  if (!started)
    return reportError(started.text(), started.error().suggestion);
  Model &model = session.model;
  for (int64_t i = 0; i < command.argument_count; ++i)
    if (std::byte *place = model.argument(function, NN_BIND_ARGUMENT, command.arguments[i].name))
      memcpy(place, values[size_t(i)].data(), values[size_t(i)].size());
  if (Status called = session.callOnce(function); !called)
    return reportError(called.text(), called.error().suggestion);
  if (const char *why = nnrt_failure(); why && hasNan(function, model.io))
    return reportError(why);
  printOutputs(session, command);
  return Succeeded;
}

} // namespace nnrt
