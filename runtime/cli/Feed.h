/// Batches: which rows a step sees, staged into the io block of its function.
#pragma once

#include "cli/Progress.h"
#include "core/Model.h"
#include "data/Table.h"

namespace nnrt {

/// The data sets of a recipe, read once.
struct RecipeData {
  std::vector<Table> tables; ///< one for each entry of the recipe's list
};
/// The model computes the examples of data that has no files.
Result<RecipeData> loadRecipeData(Model &model, const nn_recipe &recipe, const SearchPath &where);

/// The split that evaluation uses while training (validation, else test) or in `eval` (test): its name, or "" when
/// there is no data or no such split.
std::string reportSplit(const RecipeData &data, bool training);

/// What a function is called with: rows of one split each, and numbers.
struct Batch {
  std::vector<const Split *> splits;
  std::vector<std::vector<uint32_t>> rows;
  int64_t count = 1;
  uint64_t seed = 0;
  int64_t step = 0, totalSteps = 1;
};
/// Fills every argument of a function in an io block; of its fields nothing, if they are there. Rows behind `count` are
/// cleared.
void stageBatch(std::byte *io, const nn_function &function, const nn_recipe &recipe, const Batch &batch,
                bool hasFields = false);

/// Rows for the steps of a training. The first data set sets the length of an epoch and may end in a partial batch; the
/// others cycle each by itself. Everything is a function of seed and step, so that a training can be taken up anywhere.
class Feed {
public:
  Feed(const nn_recipe &recipe, const RecipeData &data, uint64_t seed);

  int64_t stepsPerEpoch() const { return perEpoch; }
  int64_t batchSize() const { return batch; }
  const nn_function &step() const { return *recipe.step; }
  /// Valid rows of step `step` (from 0).
  int64_t rowsOf(int64_t step) const;
  /// Fills every argument of the step function in an io block; t counts from 1 in what the function sees. If that is
  /// the function that was last called on the block, `user`, rows that are there already are not gathered again.
  void stage(std::byte *io, int64_t step, int64_t totalSteps, const nn_function *user = nullptr);

private:
  struct Source {
    const Split *split = nullptr;
    int64_t epoch = -1;
    std::vector<uint32_t> order;
  };
  void rowsFor(Source &source, int64_t position, int64_t count, std::vector<uint32_t> &rows) const;

  const nn_recipe &recipe;
  uint64_t seed;
  int64_t batch, perEpoch;
  std::vector<Source> sources;
  Batch current; ///< kept, so that a steady step allocates nothing
  struct Staged {
    std::byte *io;
    std::vector<std::vector<uint32_t>> rows;
  };
  std::vector<Staged> staged; ///< what was gathered last into each io block
};

/// Running means of a function's metrics, weighted by rows.
class Meter {
public:
  /// Adds what the last call reported, or, with k, the k-th step that was begun; false when a number is not finite,
  /// which ends the averaging.
  bool add(Model &model, const nn_function &function, int64_t rows, int64_t k = -1);
  std::vector<Metric> means() const;
  void reset();
  /// The number that was not finite.
  Metric offender;

private:
  std::vector<Metric> sums;
  std::vector<double> values; ///< of one metric; kept, so that a steady step allocates nothing
  double weight = 0;
};

/// Means of the metrics of the recipe's `eval` over a whole split.
std::vector<Metric> evaluate(Model &model, const nn_recipe &recipe, const RecipeData &data, const std::string &split,
                             uint64_t seed);

} // namespace nnrt
