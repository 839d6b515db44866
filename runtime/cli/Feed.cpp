/// Staging of batches and averaging of metrics.
#include "cli/Feed.h"
#include "cli/Examples.h"
#include "core/Shuffle.h"
#include "core/Text.h"
#include "data/Lengths.h"
#include "data/Readers.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {

Result<RecipeData> loadRecipeData(Model &model, const nn_recipe &recipe, const SearchPath &where) {
  RecipeData data;
  for (int64_t i = 0; i < recipe.data_count; ++i) {
    Result<Table> table = loadTable(model, *recipe.data[i].dataset, where);
    if (!table)
      return table.error();
    data.tables.push_back(std::move(*table));
  }
  return data;
}

std::string reportSplit(const RecipeData &data, bool training) {
  if (data.tables.empty())
    return {};
  const Split *found = data.tables[0].firstOf(training ? std::vector<std::string>{"validation", "test", "train"}
                                                       : std::vector<std::string>{"test"});
  return found ? found->name : std::string();
}

/// The name of a field inside its data set: "a.x" with the alias "a" is "x".
static std::string fieldName(const nn_recipe &recipe, const nn_binding &binding) {
  std::string name = binding.name, alias = recipe.data[binding.data].alias ? recipe.data[binding.data].alias : "";
  return !alias.empty() && name.compare(0, alias.size() + 1, alias + ".") == 0 ? name.substr(alias.size() + 1) : name;
}

static void stageKeys(std::byte *place, const nn_binding &binding, const Batch &batch) {
  int64_t slots = binding.type.rank == 2 ? binding.type.shape[0] : 1;
  const std::vector<uint32_t> *rows =
      size_t(binding.data) < batch.rows.size() ? &batch.rows[size_t(binding.data)] : nullptr;
  for (int64_t i = 0; i < slots; ++i) {
    // Without data a row is its own example.
    uint32_t example = i >= batch.count ? 0 : rows ? (*rows)[size_t(i)] : uint32_t(i);
    uint32_t key[4] = {uint32_t(batch.seed), uint32_t(batch.seed >> 32), uint32_t(batch.step), example};
    memcpy(place + i * int64_t(sizeof key), key, sizeof key);
  }
}

/// The length of each row; of rows behind the batch the shortest that the program takes.
static void stageLengths(std::byte *place, const nn_binding &binding, const nn_recipe &recipe, const Batch &batch) {
  const Column &column = *batch.splits[size_t(binding.data)]->column(lengthColumn(lengthName(binding.name)));
  stageRows(column, batch.rows[size_t(binding.data)].data(), batch.count, place, NN_I32);
  int32_t least = 0;
  const nn_dataset &dataset = *recipe.data[binding.data].dataset;
  for (int64_t i = 0; i < dataset.field_count; ++i)
    for (int64_t axis = 0; axis < dataset.fields[i].axis_count; ++axis)
      if (const nn_axis &own = dataset.fields[i].axes[axis];
          own.length && lengthName(own.length) == lengthName(binding.name))
        least = int32_t(own.least);
  for (int64_t row = batch.count; row < elementCount(binding.type); ++row)
    memcpy(place + row * int64_t(sizeof least), &least, sizeof least);
}

/// Rows of a field, and zeros behind them.
static void stageField(std::byte *place, const nn_binding &binding, const nn_recipe &recipe, const Batch &batch) {
  const Column &column = *batch.splits[size_t(binding.data)]->column(fieldName(recipe, binding));
  stageRows(column, batch.rows[size_t(binding.data)].data(), batch.count, place, binding.type.dtype);
  int64_t row = column.elements * dtypeSize(binding.type.dtype);
  int64_t whole = elementCount(binding.type) * dtypeSize(binding.type.dtype);
  memset(place + batch.count * row, 0, size_t(std::max<int64_t>(0, whole - batch.count * row)));
}

static void stageScalar(std::byte *place, int64_t value) {
  auto narrow = int32_t(value);
  memcpy(place, &narrow, sizeof narrow);
}

void stageBatch(std::byte *io, const nn_function &function, const nn_recipe &recipe, const Batch &batch,
                bool hasFields) {
  for (int64_t i = 0; i < function.argument_count; ++i) {
    const nn_binding &binding = function.arguments[i];
    std::byte *place = io + binding.offset;
    switch (binding.kind) {
    case NN_BIND_FIELD:
      if (!hasFields)
        stageField(place, binding, recipe, batch);
      break;
    case NN_BIND_KEY:
      stageKeys(place, binding, batch);
      break;
    case NN_BIND_LENGTH:
      stageLengths(place, binding, recipe, batch);
      break;
    case NN_BIND_BATCH_SIZE:
      stageScalar(place, batch.count);
      break;
    case NN_BIND_STEP:
      stageScalar(place, batch.step);
      break;
    case NN_BIND_TOTAL_STEPS:
      stageScalar(place, batch.totalSteps);
      break;
    default:
      break;
    }
  }
}

Feed::Feed(const nn_recipe &recipe, const RecipeData &data, uint64_t seed) : recipe(recipe), seed(seed) {
  for (const Table &table : data.tables)
    sources.push_back({table.split("train"), -1, {}});
  int64_t rows = sources.empty() ? 1 : sources[0].split->rows;
  int64_t bound = std::max<int64_t>(1, recipe.step->batch);
  batch = sources.empty() ? bound : recipe.batch > 0 ? std::min(recipe.batch, bound) : bound;
  perEpoch = sources.empty() ? 1 : (rows + batch - 1) / batch;
  current.rows.resize(sources.size());
  for (const Source &source : sources)
    current.splits.push_back(source.split);
}

int64_t Feed::rowsOf(int64_t step) const {
  if (sources.empty())
    return batch;
  return std::min(batch, sources[0].split->rows - step % perEpoch * batch);
}

void Feed::rowsFor(Source &source, int64_t position, int64_t count, std::vector<uint32_t> &rows) const {
  rows.clear();
  for (int64_t i = position; i < position + count; ++i) {
    int64_t epoch = i / source.split->rows;
    if (epoch != source.epoch) {
      shuffleOrder(source.order, source.split->rows, seed, epoch);
      source.epoch = epoch;
    }
    rows.push_back(source.order[size_t(i % source.split->rows)]);
  }
}

void Feed::stage(std::byte *io, int64_t step, int64_t totalSteps, const nn_function *user) {
  current.count = rowsOf(step);
  current.seed = seed;
  current.step = step + 1;
  current.totalSteps = std::max<int64_t>(1, totalSteps);
  for (size_t i = 0; i < sources.size(); ++i) {
    int64_t position = i == 0 ? step / perEpoch * sources[0].split->rows + step % perEpoch * batch : step * batch;
    rowsFor(sources[i], position, current.count, current.rows[i]);
  }
  auto held = std::find_if(staged.begin(), staged.end(), [&](const Staged &block) { return block.io == io; });
  if (held == staged.end())
    held = staged.insert(held, {io, {}});
  stageBatch(io, *recipe.step, recipe, current, user == recipe.step && held->rows == current.rows);
  held->rows = current.rows;
}

bool Meter::add(Model &model, const nn_function &function, int64_t rows, int64_t k) {
  size_t position = 0;
  for (int64_t i = 0; i < function.result_count; ++i) {
    const nn_binding &result = function.results[i];
    if (result.kind != NN_BIND_METRIC)
      continue;
    values.resize(size_t(std::max<int64_t>(1, elementCount(result.type))));
    const std::byte *place = k < 0 ? model.at(result) : model.resultOf(function, k, i);
    convertNumbers(place, result.type.dtype, values.data(), NN_F64, elementCount(result.type));
    for (double value : values)
      if (!std::isfinite(value)) {
        offender = {result.name, value};
        return false;
      }
    if (position == sums.size())
      sums.push_back({result.name, 0, std::vector<double>(values.size() - 1)});
    Metric &sum = sums[position++];
    sum.value += values[0] * double(rows);
    for (size_t k = 1; k < values.size(); ++k)
      sum.more[k - 1] += values[k] * double(rows);
  }
  weight += double(rows);
  return true;
}

std::vector<Metric> Meter::means() const {
  std::vector<Metric> result = sums;
  for (Metric &metric : result) {
    metric.value /= std::max(weight, 1.0);
    for (double &value : metric.more)
      value /= std::max(weight, 1.0);
  }
  return result;
}

void Meter::reset() {
  for (Metric &sum : sums) {
    sum.value = 0;
    std::fill(sum.more.begin(), sum.more.end(), 0);
  }
  weight = 0;
}

std::vector<Metric> evaluate(Model &model, const nn_recipe &recipe, const RecipeData &data, const std::string &split,
                             uint64_t seed) {
  const nn_function &function = *recipe.eval;
  Meter meter;
  Batch batch;
  batch.seed = seed;
  for (const Table &table : data.tables) {
    const Split *found = table.split(split);
    batch.splits.push_back(found ? found : table.split("train"));
  }
  int64_t bound = std::max<int64_t>(1, function.batch);
  int64_t rows = batch.splits.empty() ? bound : batch.splits[0]->rows;
  for (int64_t first = 0; first < rows; first += bound) {
    batch.count = std::min(bound, rows - first);
    batch.rows.assign(batch.splits.size(), {});
    for (size_t i = 0; i < batch.splits.size(); ++i)
      for (int64_t row = first; row < first + batch.count; ++row)
        batch.rows[i].push_back(uint32_t(row % batch.splits[i]->rows));
    stageBatch(model.io, function, recipe, batch);
    model.call(function);
    if (!meter.add(model, function, batch.count))
      return {meter.offender};
  }
  return meter.means();
}

} // namespace nnrt
