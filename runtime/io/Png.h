/// Pictures as PNG files.
#pragma once

#include <cstdint>
#include <string>

namespace nnrt {

/// The bytes of a PNG of 8 bits a channel; `pixels` holds rows of pixels of 1 (grey) or 3 channels.
std::string encodePng(const std::string &pixels, int64_t height, int64_t width, int64_t channels);

} // namespace nnrt
