/// Pictures as command arguments.
#pragma once

#include "core/Result.h"
#include "core/System.h"

#include <vector>

namespace nnrt {

/// Numbers in [0, 1], channels first: [channels, height, width].
struct Picture {
  int64_t channels = 0, height = 0, width = 0;
  std::vector<float> values;
};

/// Decodes a PNG into this many channels (1: gray, 3: RGB, 4: RGBA), each value a byte divided by 255. `name` is for
/// messages.
Result<Picture> decodePng(const Bytes &bytes, const std::string &name, int64_t channels);

/// The channels that hold what a PNG shows, transparency aside: 1 for gray, 3 for colours.
int64_t pngChannels(const Bytes &bytes);

/// Resamples with a triangle filter as wide as the larger pixel: bilinear upwards, an area average downwards.
Picture resample(const Picture &picture, int64_t height, int64_t width);

} // namespace nnrt
