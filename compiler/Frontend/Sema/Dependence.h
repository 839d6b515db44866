/// What checked values are computed from.
#ifndef NOETHER_FRONTEND_SEMA_DEPENDENCE_H
#define NOETHER_FRONTEND_SEMA_DEPENDENCE_H

#include "Frontend/Sema/Checked.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <set>
#include <string>

namespace nn::sema {

/// Calls `visit` on the expressions that one is computed from, in its own function.
void operandsOf(const checked::Expr *expr, llvm::function_ref<void(const checked::Expr *)> visit);
/// Whether a value is computed from another; parameters and states are the same if their paths are.
bool dependsOn(const checked::Expr *value, const checked::Expr *on);
/// The parameters that a value is computed from.
std::set<std::string> reachedParameters(const checked::Expr *value);
/// Those of them whose small changes change the value: not only through comparisons, `argmax` and their like.
std::set<std::string> movingParameters(const checked::Expr *value);

} // namespace nn::sema

#endif
