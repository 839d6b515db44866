/// Batch by batch: positions and keys in, rows of columns out.
#include "cli/Examples.h"
#include "core/Text.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

void ExampleMaker::stage(int64_t first, int64_t count, uint64_t seed) {
  const nn_function &function = *dataset.generator;
  for (int64_t i = 0; i < function.argument_count; ++i) {
    const nn_binding &binding = function.arguments[i];
    std::byte *place = model.at(binding);
    for (int64_t row = 0; row < function.batch; ++row) {
      uint32_t example = uint32_t(row < count ? first + row : 0);
      uint32_t key[4] = {uint32_t(seed), uint32_t(seed >> 32), 0, example};
      if (binding.kind == NN_BIND_FIELD)
        memcpy(place + row * int64_t(sizeof example), &example, sizeof example);
      else if (binding.kind == NN_BIND_KEY)
        memcpy(place + row * int64_t(sizeof key), key, sizeof key);
    }
  }
  model.fillScalar(function, NN_BIND_BATCH_SIZE, count);
  model.fillScalar(function, NN_BIND_STEP, 0);
  model.fillScalar(function, NN_BIND_TOTAL_STEPS, 1);
}

void ExampleMaker::take(Split &split, int64_t first, int64_t count) {
  const nn_function &function = *dataset.generator;
  for (int64_t i = 0; i < function.result_count; ++i) {
    const nn_binding &result = function.results[i];
    for (Column &column : split.columns) {
      if (column.name != result.name)
        continue;
      size_t size = size_t(column.elements * dtypeSize(column.dtype));
      // What is the same for all examples has no axis of the batch.
      bool shared = result.type.rank == int64_t(column.shape.size());
      for (int64_t row = 0; row < count; ++row)
        memcpy(column.bytes.data() + size_t(first + row) * size, model.at(result) + (shared ? 0 : size_t(row) * size),
               size);
    }
  }
}

Status ExampleMaker::fill(Table &table, uint64_t seed) {
  Split &split = table.splits[0];
  for (Column &column : split.columns)
    column = makeColumn(column.name, column.file, column.dtype, column.shape, split.rows);
  int64_t bound = std::max<int64_t>(1, dataset.generator->batch);
  for (int64_t first = 0; first < split.rows; first += bound) {
    int64_t count = std::min(bound, split.rows - first);
    stage(first, count, seed);
    model.call(*dataset.generator);
    take(split, first, count);
  }
  return success();
}

Result<Table> loadTable(Model &model, const nn_dataset &dataset, const SearchPath &where) {
  ExampleMaker maker(model, dataset);
  Result<Table> table = loadDataset(dataset, where, &maker);
  if (!table && table.error().kind == DataErrorKind::Missing)
    table.error().suggestion = "say where it is with --data DIR";
  return table;
}

} // namespace nnrt
