/// What generated code calls. A file of its own: tests have another one in its place.
#include "core/Pool.h"
#include "core/Watch.h"

extern "C" void nnrt_launch(nn_call *call, nn_kernel kernel, void *const *buffers, int64_t extent, int64_t grain,
                            int64_t nanoseconds) {
  nnrt::LaunchWatch *watch = call->runtime->watch;
  const auto *site = watch ? static_cast<const nn_site *>(buffers[-1]) : nullptr;
  if (watch)
    watch->before(site, buffers);
  call->runtime->pool->run(kernel, buffers, extent, grain, nanoseconds);
  if (watch)
    watch->after(site, buffers);
}
