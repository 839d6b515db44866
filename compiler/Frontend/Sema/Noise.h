/// Which values are noise: entries drawn independently of each other. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_NOISE_H
#define NOETHER_FRONTEND_SEMA_NOISE_H

#include "Frontend/Sema/Checked.h"

#include <optional>

namespace nn::sema {

/// The mean square of a value whose entries are independent draws, normal or uniform, of mean 0; nothing of any other.
std::optional<double> meanSquareOfNoise(const checked::Expr *value);

} // namespace nn::sema

#endif
