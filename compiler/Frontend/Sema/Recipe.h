/// What the parts of Sema that check a recipe share.
#ifndef NOETHER_FRONTEND_SEMA_RECIPE_H
#define NOETHER_FRONTEND_SEMA_RECIPE_H

#include "Frontend/Sema/Checker.h"

namespace nn::sema {

/// What the clauses of a `train` say.
struct Checker::RecipeParts {
  const ast::Train *train = nullptr;
  Value subject; ///< the model after `train`, or Error
  const ast::For *length = nullptr;
  const ast::Using *using_ = nullptr;
  std::vector<const ast::Player *> players;
  std::vector<const ast::Report *> reports;
  std::vector<const ast::Stmt *> statements;
  const ast::StopWhen *stop = nullptr;
  const ast::KeepBest *keep = nullptr;
  std::vector<const ast::Augment *> augments;
  std::vector<const ast::Expr *> constraints; ///< of all players
  std::set<const ast::Expr *> met;            ///< comparisons that a player keeps to
  const ast::Compute *compute = nullptr;
  std::vector<std::pair<Multiplier, int>> multipliers; ///< of the step, with the sign of what is descended
  checked::Recipe recipe;
};

} // namespace nn::sema

#endif
