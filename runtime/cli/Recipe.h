/// What a recipe begins with, whether it is trained or profiled.
#pragma once

#include "cli/Feed.h"
#include "cli/Session.h"

#include <optional>

namespace nnrt {

/// The data of a recipe, and what else its functions need in place.
Result<RecipeData> recipeData(Session &session, const nn_recipe &recipe);

struct StartedRecipe {
  const nn_recipe *recipe;
  RecipeData data;
  CheckpointInfo from; ///< where the weights come from
};

/// The recipe that the command line names, its data, and the model with the weights that training begins or goes on
/// with. Nothing after an error, which is reported; `code` is its exit code.
std::optional<StartedRecipe> startRecipe(Session &session, int &code);

} // namespace nnrt
