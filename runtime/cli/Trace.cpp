/// `trace`: what any named value of a recipe is for one example.
#include "cli/Feed.h"
#include "cli/Session.h"
#include "core/Text.h"
#include "core/Watch.h"
#include "io/Json.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

/// The named values that a function gives, in the order in which they are computed.
std::vector<const nn_binding *> valuesOf(const nn_function &function) {
  std::vector<const nn_binding *> values;
  for (int64_t i = 0; i < function.result_count; ++i)
    if (function.results[i].kind == NN_BIND_OUTPUT)
      values.push_back(&function.results[i]);
  return values;
}

std::string nestedNumbers(const std::vector<double> &numbers, const nn_type &type, int64_t axis, size_t &at) {
  if (axis == type.rank)
    return jsonNumber(numbers[at++], !isFloat(type.dtype) || type.dtype == NN_F64);
  std::string text = "[";
  for (int64_t i = 0; i < type.shape[axis]; ++i)
    text += (i ? "," : "") + nestedNumbers(numbers, type, axis + 1, at);
  return text + "]";
}

std::string valueText(const nn_binding &value, const std::byte *io, bool json, bool whole) {
  const nn_type &type = value.type;
  int64_t count = elementCount(type);
  Contents contents = contentsOf(io + value.offset, type.dtype, count);
  std::vector<double> numbers(static_cast<size_t>(count));
  convertNumbers(io + value.offset, type.dtype, numbers.data(), NN_F64, count);
  if (json) {
    size_t at = 0;
    return format("{\"name\":%s,\"type\":\"%s\",\"nan\":%lld,\"infinite\":%lld,\"value\":",
                  jsonString(value.name).c_str(), typeText(type).c_str(), static_cast<long long>(contents.nans),
                  static_cast<long long>(contents.infinities)) +
           nestedNumbers(numbers, type, 0, at) + "}";
  }
  std::string text = format("%s: %s, %s\n", value.name, typeText(type).c_str(), contentsText(contents).c_str());
  int64_t row = type.rank > 0 ? std::max<int64_t>(1, type.shape[type.rank - 1]) : 1;
  for (int64_t i = 0; whole && i < count; ++i) {
    text += shortest(numbers[size_t(i)], !isFloat(type.dtype) || type.dtype == NN_F64);
    text += (i + 1) % row == 0 ? '\n' : ' ';
  }
  return text;
}

/// The split to take the example from.
Result<const Split *> splitOf(const Session &session, const Table &table) {
  std::vector<std::string> names;
  for (const Split &split : table.splits)
    names.push_back(split.name);
  const std::string &wanted = session.options.split;
  const Split *split = wanted.empty() ? table.firstOf({"test", "validation", "train"}) : table.split(wanted);
  if (!split)
    return failure(
        format("%s has no split `%s`; it has %s", table.path.c_str(), wanted.c_str(), join(names, ", ").c_str()));
  if (session.options.example >= split->rows)
    return failure(format("the %s split has the examples 0 to %lld", split->name.c_str(),
                          static_cast<long long>(split->rows - 1)));
  return split;
}

Status stageExample(Session &session, const nn_recipe &recipe, const RecipeData &data) {
  Batch batch;
  batch.seed = session.seed();
  for (const Table &table : data.tables) {
    Result<const Split *> split = splitOf(session, table);
    if (!split)
      return split.error();
    batch.splits.push_back(*split);
    batch.rows.push_back({uint32_t(session.options.example)});
  }
  stageBatch(session.model.io, *recipe.trace, recipe, batch);
  return success();
}

} // namespace

int runTrace(Session &session) {
  Result<const nn_recipe *> recipe = session.recipe();
  if (!recipe)
    return reportError(recipe.text(), {}, Misused);
  const nn_function *function = (*recipe)->trace;
  if (!function)
    return reportError("this program was compiled without named values to look at");
  std::vector<const nn_binding *> values = valuesOf(*function), chosen;
  std::vector<std::string> names;
  for (const nn_binding *value : values)
    names.push_back(value->name);
  for (const std::string &wanted : session.options.values) {
    auto found = std::find(names.begin(), names.end(), wanted);
    std::string guess = found == names.end() ? nearest(wanted, names) : "";
    if (found == names.end())
      return reportError(format("there is no value `%s`", wanted.c_str()),
                         guess.empty() ? format("%s trace lists all of them", session.program.name)
                                       : format("did you mean `%s`?", guess.c_str()),
                         Misused);
    chosen.push_back(values[size_t(found - names.begin())]);
  }
  bool whole = !chosen.empty();
  if (!whole)
    chosen = values;
  if (Status started = session.startTrained(); !started)
    return reportError(started.text(), started.error().suggestion);
  Result<RecipeData> data = loadRecipeData(session.model, **recipe, session.searchPath());
  if (!data)
    return reportError(data.text(), data.error().suggestion);
  if (Status staged = stageExample(session, **recipe, *data); !staged)
    return reportError(staged.text(), "--split NAME and --example K choose another one");
  session.model.call(*function);
  std::string text;
  for (const nn_binding *value : chosen)
    text += (session.options.json && !text.empty() ? "," : "") +
            valueText(*value, session.model.io, session.options.json, whole);
  writeOut(session.options.json ? "[" + text + "]\n" : text);
  return Succeeded;
}

} // namespace nnrt
