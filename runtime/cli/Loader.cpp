/// Whole splits are staged like batches; curves are taken from the history.
#include "cli/Loader.h"
#include "cli/Examples.h"
#include "core/Text.h"

#include <algorithm>

namespace nnrt {

Status Loader::prepare(const nn_function &function) {
  for (int64_t i = 0; i < function.load_count; ++i) {
    int64_t position = function.loads[i];
    const nn_loaded &loaded = model.program.loaded[position];
    if (isThere[size_t(position)] && loaded.dataset)
      continue;
    if (Status read = load(loaded); !read)
      return read;
    isThere[size_t(position)] = true;
  }
  return success();
}

Status Loader::load(const nn_loaded &loaded) { return loaded.dataset ? loadField(loaded) : loadCurve(loaded); }

Result<const Table *> Loader::table(const nn_dataset &dataset) {
  for (const Read &read : tables)
    if (read.dataset == &dataset)
      return &read.table;
  Result<Table> read = loadTable(model, dataset, where);
  if (!read)
    return read.error();
  tables.reserve(size_t(model.program.dataset_count)); // what has been handed out stays where it is
  tables.push_back({&dataset, std::move(*read)});
  return &tables.back().table;
}

Status Loader::loadField(const nn_loaded &loaded) {
  Result<const Table *> read = table(*loaded.dataset);
  if (!read)
    return read.error();
  const Split *split = (*read)->split(loaded.split);
  const Column *column = split ? split->column(loaded.name) : nullptr;
  int64_t rows = loaded.type.rank ? loaded.type.shape[0] : 1;
  if (!column || split->rows != rows)
    return failure(format("%s has %s %s examples, but the program was compiled for %s", (*read)->path.c_str(),
                          withThousands(split ? split->rows : 0).c_str(), loaded.split, withThousands(rows).c_str()));
  std::vector<uint32_t> order(static_cast<size_t>(rows));
  for (size_t k = 0; k < order.size(); ++k)
    order[k] = uint32_t(k);
  stageRows(*column, order.data(), rows, model.changeLoaded() + loaded.offset, loaded.type.dtype);
  return success();
}

const Curve *Loader::curve(const nn_loaded &loaded) const {
  return loaded.dataset ? nullptr : history.find(loaded.recipe, loaded.split, loaded.name);
}

bool Loader::isHistory(const nn_report &report) const {
  for (int64_t i = 0; i < report.output_count; ++i) {
    const Curve *found = report.curves[i] >= 0 ? curve(model.program.loaded[report.curves[i]]) : nullptr;
    if (!found || found->points() == 0)
      return false;
  }
  return true;
}

Status Loader::loadCurve(const nn_loaded &loaded) {
  const Curve *found = curve(loaded);
  if (!found || found->points() == 0)
    return Failure{DataErrorKind::Missing,
                   format("no training of `%s` has left a history", loaded.recipe),
                   {},
                   format("train first: %s train", model.program.name)};
  int64_t points = loaded.type.shape[0];
  if (found->points() > points)
    return failure(format("`%s` was reported %s times, but the program was compiled for %s", loaded.name,
                          withThousands(found->points()).c_str(), withThousands(points).c_str()));
  // A training that ended early stays where it ended.
  std::vector<double> values = found->values;
  while (int64_t(values.size()) < elementCount(loaded.type))
    values.push_back(values[values.size() - size_t(found->width)]);
  convertNumbers(values.data(), NN_F64, model.changeLoaded() + loaded.offset, loaded.type.dtype,
                 elementCount(loaded.type));
  return success();
}

} // namespace nnrt
