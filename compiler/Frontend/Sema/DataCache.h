/// Descriptions of data sets, kept from one run of the compiler to the next.
#ifndef NOETHER_FRONTEND_SEMA_DATACACHE_H
#define NOETHER_FRONTEND_SEMA_DATACACHE_H

#include "noether/data.h"

namespace nn::sema {

/// Describes a data set, or recalls its description while the files behind it have the sizes and times they had. Lies
/// in the folder `noether` of the user's cache (XDG_CACHE_HOME, or ~/.cache); without one, nothing is kept.
nnrt::DataAnswer describeCached(const nnrt::DataRequest &request, bool thorough);

} // namespace nn::sema

#endif
