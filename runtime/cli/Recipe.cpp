/// Data before weights: a training that lacks its data ends before it has changed anything.
#include "cli/Recipe.h"
#include "core/Text.h"

namespace nnrt {

/// A full-batch recipe was compiled for a number of rows that the data must still have.
static Status checkBatch(const nn_recipe &recipe, const RecipeData &data) {
  if (recipe.batch > 0 || data.tables.empty() || recipe.step->batch <= 0)
    return success();
  int64_t rows = data.tables[0].split("train")->rows;
  if (rows <= recipe.step->batch)
    return success();
  return failure(format("%s has %s training examples, but the program was compiled for one batch of %s",
                        data.tables[0].path.c_str(), withThousands(rows).c_str(),
                        withThousands(recipe.step->batch).c_str()));
}

/// What a training needs besides its own data: fields of other splits.
static Status prepareRecipe(Session &session, const nn_recipe &recipe) {
  Status ready = session.loader.prepare(*recipe.step);
  return ready && recipe.eval ? session.loader.prepare(*recipe.eval) : ready;
}

Result<RecipeData> recipeData(Session &session, const nn_recipe &recipe) {
  Result<RecipeData> data = loadRecipeData(session.model, recipe, session.searchPath());
  if (!data)
    return data;
  Status fits = checkBatch(recipe, *data);
  if (fits)
    fits = prepareRecipe(session, recipe);
  if (!fits)
    return fits.error();
  return data;
}

std::optional<StartedRecipe> startRecipe(Session &session, int &code) {
  auto fail = [&](const Failure &why, int exitCode = Failed) -> std::optional<StartedRecipe> {
    code = reportError(why.text, why.suggestion, exitCode);
    return std::nullopt;
  };
  Result<const nn_recipe *> recipe = session.recipe();
  if (!recipe)
    return fail(recipe.error(), Misused);
  if (Status started = session.start(); !started)
    return fail(started.error());
  Result<RecipeData> data = recipeData(session, **recipe);
  if (!data)
    return fail(data.error());
  session.model.initialize(session.seed());
  Result<CheckpointInfo> from = session.loadForTraining();
  if (!from)
    return fail(from.error());
  return StartedRecipe{*recipe, std::move(*data), std::move(*from)};
}

} // namespace nnrt
