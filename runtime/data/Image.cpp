/// PNG through stb_image, and a separable resampler.
#include "data/Image.h"
#include "core/Text.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_LINEAR
#define STBI_NO_HDR
#define STBI_NO_THREAD_LOCALS
#define STBI_ASSERT(condition) ((void)0)
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wunused-function"
#pragma clang diagnostic ignored "-Wunused-but-set-variable"
#include <stb/stb_image.h>
#pragma clang diagnostic pop

namespace nnrt {

Result<Picture> decodePng(const Bytes &bytes, const std::string &name, int64_t channels) {
  const unsigned char signature[8] = {0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
  if (bytes.size() < 8 || memcmp(bytes.data(), signature, 8) != 0)
    return failure(format("%s: offset 0: not a PNG", name.c_str()));
  int width = 0, height = 0, stored = 0;
  stbi_uc *pixels = bytes.size() > INT32_MAX ? nullptr
                                             : stbi_load_from_memory(bytes.data(), int(bytes.size()), &width, &height,
                                                                     &stored, int(channels));
  if (!pixels)
    return failure(format("%s: the PNG is damaged (%s)", name.c_str(),
                          stbi_failure_reason() ? stbi_failure_reason() : "too large"));
  Picture picture{channels, height, width, std::vector<float>(size_t(channels) * size_t(height) * size_t(width))};
  size_t area = size_t(height) * size_t(width);
  for (size_t pixel = 0; pixel < area; ++pixel)
    for (size_t channel = 0; channel < size_t(channels); ++channel)
      picture.values[channel * area + pixel] = float(pixels[pixel * size_t(channels) + channel]) / 255.0f;
  stbi_image_free(pixels);
  return picture;
}

int64_t pngChannels(const Bytes &bytes) {
  const size_t colourAt = 25; // in the IHDR chunk; bit 1 says colour
  return bytes.size() > colourAt && (bytes.data()[colourAt] & 2) ? 3 : 1;
}

/// Resamples rows of `from` numbers into rows of `to`, for `count` rows; element (row, i) lies at row * outer + i *
/// inner.
static std::vector<float> resampleAxis(const std::vector<float> &values, int64_t outerCount, int64_t from, int64_t to,
                                       int64_t inner) {
  std::vector<float> result(size_t(outerCount * to * inner));
  double scale = double(from) / double(to), support = std::max(scale, 1.0);
  for (int64_t i = 0; i < to; ++i) {
    double center = (double(i) + 0.5) * scale - 0.5;
    int64_t first = std::max<int64_t>(0, int64_t(std::ceil(center - support)));
    int64_t last = std::min<int64_t>(from - 1, int64_t(std::floor(center + support)));
    double total = 0;
    for (int64_t j = first; j <= last; ++j)
      total += std::max(0.0, 1 - std::fabs(double(j) - center) / support);
    for (int64_t outer = 0; outer < outerCount; ++outer)
      for (int64_t k = 0; k < inner; ++k) {
        double sum = 0;
        for (int64_t j = first; j <= last; ++j)
          sum += std::max(0.0, 1 - std::fabs(double(j) - center) / support) *
                 double(values[size_t((outer * from + j) * inner + k)]);
        result[size_t((outer * to + i) * inner + k)] = float(sum / total);
      }
  }
  return result;
}

Picture resample(const Picture &picture, int64_t height, int64_t width) {
  Picture result{picture.channels, height, width, {}};
  std::vector<float> rows = resampleAxis(picture.values, picture.channels, picture.height, height, picture.width);
  result.values = resampleAxis(rows, picture.channels * height, picture.width, width, 1);
  return result;
}

} // namespace nnrt
