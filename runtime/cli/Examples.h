/// Data sets that the program computes: `examples(n, k => record)`.
#pragma once

#include "core/Model.h"
#include "data/Readers.h"

namespace nnrt {

/// Runs the compiled function of a data set for every example.
class ExampleMaker : public TableFiller {
public:
  ExampleMaker(Model &model, const nn_dataset &dataset) : model(model), dataset(dataset) {}
  Status fill(Table &table, uint64_t seed) override;

private:
  void stage(int64_t first, int64_t count, uint64_t seed);
  void take(Split &split, int64_t first, int64_t count);

  Model &model;
  const nn_dataset &dataset;
};

/// A data set of the program, from its files or computed. Computing uses the block that arguments lie in.
Result<Table> loadTable(Model &model, const nn_dataset &dataset, const SearchPath &where);

} // namespace nnrt
