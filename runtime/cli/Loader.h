/// Tensors that functions read besides parameters and arguments: fields of whole splits, curves of trainings.
#pragma once

#include "core/Model.h"
#include "data/Readers.h"
#include "io/History.h"

namespace nnrt {

/// Fills the loaded block, each tensor when a function first reads it.
class Loader {
public:
  Loader(Model &model, const SearchPath &where, const History &history)
      : model(model), where(where), history(history), isThere(size_t(model.program.loaded_count)) {}

  /// Reads what the function needs.
  Status prepare(const nn_function &function);
  /// A data set, read once.
  Result<const Table *> table(const nn_dataset &dataset);
  /// The curve that a loaded tensor stands for, or null.
  const Curve *curve(const nn_loaded &loaded) const;
  /// True if there is nothing to compute for a report: its values are curves that are there, of whatever length.
  bool isHistory(const nn_report &report) const;

private:
  Status load(const nn_loaded &loaded);
  Status loadField(const nn_loaded &loaded);
  Status loadCurve(const nn_loaded &loaded);

  struct Read {
    const nn_dataset *dataset;
    Table table;
  };
  Model &model;
  SearchPath where;
  const History &history;
  std::vector<bool> isThere;
  std::vector<Read> tables;
};

} // namespace nnrt
