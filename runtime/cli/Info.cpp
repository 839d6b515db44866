/// `info`: what this executable is.
#include "cli/Session.h"
#include "cli/Values.h"
#include "core/Isa.h"
#include "core/Text.h"
#include "io/Json.h"

namespace nnrt {

namespace {

bool isParameter(const nn_tensor &tensor) { return tensor.role == NN_WEIGHT || tensor.role == NN_BIAS; }

int64_t bytesOf(const nn_tensor &tensor) { return elementCount(tensor.type) * dtypeSize(tensor.type.dtype); }

struct Totals {
  int64_t parameters = 0, parameterBytes = 0, parameterTensors = 0;
  int64_t stateBytes = 0, stateTensors = 0;
};

Totals totalsOf(const nn_program &program) {
  Totals totals;
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    if (isParameter(tensor)) {
      totals.parameters += elementCount(tensor.type);
      totals.parameterBytes += bytesOf(tensor);
      ++totals.parameterTensors;
    } else {
      totals.stateBytes += bytesOf(tensor);
      ++totals.stateTensors;
    }
  }
  return totals;
}

std::string lengthOf(const nn_recipe &recipe) {
  std::string text = recipe.epochs > 0 ? format("%lld epochs", static_cast<long long>(recipe.epochs))
                                       : format("%lld steps", static_cast<long long>(recipe.steps));
  return recipe.batch > 0 ? text + format(" in batches of %lld", static_cast<long long>(recipe.batch)) : text;
}

std::string dataOf(const nn_recipe &recipe) {
  std::vector<std::string> names;
  names.reserve(size_t(recipe.data_count));
  for (int64_t i = 0; i < recipe.data_count; ++i)
    names.push_back(recipe.data[i].dataset->name);
  return names.empty() ? "no data" : join(names, ", ");
}

std::string signature(const nn_command &command) {
  std::vector<std::string> parts;
  parts.reserve(size_t(command.argument_count));
  for (int64_t i = 0; i < command.argument_count; ++i)
    parts.push_back(
        std::string(command.arguments[i].name) + ": " + argumentType(command.arguments[i]) +
        (command.arguments[i].fixed_text ? format(" = %s", command.arguments[i].fixed_text) : std::string()));
  return std::string(command.name) + "(" + join(parts, ", ") + ")";
}

std::string row(const char *head, const std::string &text) { return format("%-12s%s\n", head, text.c_str()); }

std::string humanInfo(const Session &session) {
  const nn_program &program = session.program;
  Totals totals = totalsOf(program);
  std::string text = row("program", program.name + (program.doc ? format(": %s", program.doc) : std::string()));
  text += row("compiler", program.compiler ? program.compiler : "unknown");
  text += row("parameters",
              format("%s in %lld tensors, %s", withThousands(totals.parameters).c_str(),
                     static_cast<long long>(totals.parameterTensors), humanBytes(totals.parameterBytes).c_str()));
  size_t widest = 0;
  for (int64_t i = 0; i < program.tensor_count; ++i)
    if (isParameter(program.tensors[i]))
      widest = std::max(widest, std::string(program.tensors[i].path).size());
  for (int64_t i = 0; i < program.tensor_count; ++i)
    if (isParameter(program.tensors[i]))
      text +=
          row("", format("%-*s  %s", int(widest), program.tensors[i].path, typeText(program.tensors[i].type).c_str()));
  text += row("states", format("%lld tensor%s, %s", static_cast<long long>(totals.stateTensors),
                               totals.stateTensors == 1 ? "" : "s", humanBytes(totals.stateBytes).c_str()));
  text += row("memory", format("%s, %s of them kept between steps", humanBytes(session.model.arenaBytes).c_str(),
                               humanBytes(program.persistent_bytes).c_str()));
  for (int64_t i = 0; i < program.recipe_count; ++i) {
    const nn_recipe &recipe = program.recipes[i];
    text +=
        row(i ? "" : "recipes", format("%s on %s: %s", recipe.name, dataOf(recipe).c_str(), lengthOf(recipe).c_str()));
    if (recipe.objective && *recipe.objective)
      text += row("", format("minimize %s", recipe.objective));
    if (recipe.optimizer && *recipe.optimizer)
      text += row("", format("using %s", recipe.optimizer));
  }
  for (int64_t i = 0; i < program.setting_count; ++i)
    text +=
        row(i ? "" : "settings", format("%s = %s", program.settings[i].name,
                                        shortest(readSetting(program.settings[i], session.model.settings)).c_str()));
  for (int64_t i = 0; i < program.command_count; ++i)
    text += row(i ? "" : "commands", signature(program.commands[i]));
  text += row("weights", program.weights_bytes > 0 ? format("inside, %s", humanBytes(program.weights_bytes).c_str())
                                                   : format("in %s.safetensors", program.name));
  return text + row("processor", format("%s, %d thread%s", isaName(session.model.isa).c_str(), session.model.threads(),
                                        session.model.threads() == 1 ? "" : "s"));
}

std::string jsonInfo(const Session &session) {
  const nn_program &program = session.program;
  Totals totals = totalsOf(program);
  std::string tensors, recipes, commands;
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    const char *roles[] = {"weight", "bias", "state", "optimizer"};
    std::string shape;
    for (int64_t axis = 0; axis < tensor.type.rank; ++axis)
      shape += format(axis ? ",%lld" : "%lld", static_cast<long long>(tensor.type.shape[axis]));
    tensors += (i ? "," : "") + format("{\"path\":%s,\"role\":\"%s\",\"dtype\":\"%s\",\"shape\":[%s]}",
                                       jsonString(tensor.path).c_str(), roles[tensor.role],
                                       dtypeName(tensor.type.dtype), shape.c_str());
  }
  for (int64_t i = 0; i < program.recipe_count; ++i) {
    const nn_recipe &recipe = program.recipes[i];
    recipes += (i ? "," : "") + format("{\"name\":%s,\"epochs\":%lld,\"steps\":%lld,\"batch\":%lld}",
                                       jsonString(recipe.name).c_str(), static_cast<long long>(recipe.epochs),
                                       static_cast<long long>(recipe.steps), static_cast<long long>(recipe.batch));
  }
  for (int64_t i = 0; i < program.command_count; ++i)
    commands += (i ? "," : "") + jsonString(program.commands[i].name);
  return format("{\"program\":%s,\"compiler\":%s,\"parameters\":%lld,\"arena_bytes\":%lld,\"persistent_bytes\":%lld,"
                "\"isa\":\"%s\",\"threads\":%d,\"weights_inside\":%s,\"tensors\":[%s],\"recipes\":[%s],"
                "\"commands\":[%s]}\n",
                jsonString(program.name).c_str(), jsonString(program.compiler ? program.compiler : "").c_str(),
                static_cast<long long>(totals.parameters), static_cast<long long>(session.model.arenaBytes),
                static_cast<long long>(program.persistent_bytes), isaName(session.model.isa).c_str(),
                session.model.threads(), program.weights_bytes > 0 ? "true" : "false", tensors.c_str(), recipes.c_str(),
                commands.c_str());
}

} // namespace

int runInfo(Session &session) {
  if (!session.options.positional.empty())
    return reportError(format("`info` takes no argument `%s`", session.options.positional[0].c_str()), {}, Misused);
  Status started = session.start();
  if (!started)
    return reportError(started.text());
  writeOut(session.options.json ? jsonInfo(session) : humanInfo(session));
  return Succeeded;
}

} // namespace nnrt
