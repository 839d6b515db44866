/// How a parameter is used: over how many of its entries an equation sums. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_FANIN_H
#define NOETHER_FRONTEND_SEMA_FANIN_H

#include "Frontend/Sema/Checked.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace nn::sema {

/// The fan-in of a parameter of this rank: the largest number of its entries that a sum or a mean, in what the values
/// are computed from, multiplies with something. 1 if it is multiplied but not summed over; nothing if it is only
/// added. Follows the parameter through calls, casts and equations that move it; `isRead` says where it is read.
std::optional<double> fanIn(llvm::ArrayRef<checked::Expr *> values,
                            llvm::function_ref<bool(const checked::Expr *)> isRead, unsigned rank);

} // namespace nn::sema

#endif
