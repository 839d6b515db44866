/// The WAVE format: chunks behind a RIFF header, of which `fmt ` and `data` matter.
#include "data/Wav.h"
#include "core/Text.h"
#include "data/Options.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

using LL = long long;

struct Sound {
  int64_t channels = 0, samples = 0; ///< samples of each channel
  size_t first = 0;                  ///< offset of the first one
};

uint32_t littleEndian(const uint8_t *at, int bytes) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value |= uint32_t(at[i]) << (8 * i);
  return value;
}

Result<Sound> parseWav(const std::string &file, const Bytes &bytes) {
  const uint8_t *data = bytes.data();
  if (bytes.size() < 12 || memcmp(data, "RIFF", 4) != 0 || memcmp(data + 8, "WAVE", 4) != 0)
    return failure(format("%s: offset 0: not a WAVE file", file.c_str()));
  Sound sound;
  for (size_t at = 12; at + 8 <= bytes.size();) {
    size_t size = littleEndian(data + at + 4, 4), body = at + 8, left = bytes.size() - body;
    if (memcmp(data + at, "fmt ", 4) == 0 && size >= 16 && left >= 16) {
      uint32_t kind = littleEndian(data + body, 2), bits = littleEndian(data + body + 14, 2);
      sound.channels = littleEndian(data + body + 2, 2);
      // 0xfffe is the extensible format, which wraps the plain one for more than two channels.
      if ((kind != 1 && kind != 0xfffe) || bits != 16 || sound.channels == 0)
        return failure(
            format("%s: offset %zu: format %u with %u bits; 16-bit PCM is read", file.c_str(), body, kind, bits));
    }
    if (memcmp(data + at, "data", 4) == 0) {
      if (sound.channels == 0)
        return failure(format("%s: offset %zu: the samples come before their format", file.c_str(), at));
      if (size > left)
        return failure(format("%s: offset %zu: the file ends inside its samples, %zu bytes too early", file.c_str(),
                              bytes.size(), size - left));
      sound.first = body;
      sound.samples = int64_t(size) / (2 * sound.channels);
      return sound;
    }
    at = body + std::min(left, size + size % 2);
  }
  return failure(format("%s: offset %zu: the file ends before its samples", file.c_str(), bytes.size()));
}

/// The mean over the channels at one moment.
float sampleAt(const Bytes &bytes, const Sound &sound, int64_t index) {
  const uint8_t *at = bytes.data() + sound.first + size_t(index * sound.channels * 2);
  float sum = 0;
  for (int64_t channel = 0; channel < sound.channels; ++channel)
    sum += float(int16_t(littleEndian(at + 2 * channel, 2)));
  return sum / (32768.0f * float(sound.channels));
}

} // namespace

Result<std::vector<float>> decodeWav(const Bytes &bytes, const std::string &name, const std::vector<int64_t> &shape) {
  Result<Sound> sound = parseWav(name, bytes);
  if (!sound)
    return sound.error();
  std::vector<float> samples;
  if (shape.size() == 2 && shape[0] != sound->channels)
    return failure(format("%s has %lld channels, not %lld", name.c_str(), LL(sound->channels), LL(shape[0])));
  for (int64_t channel = 0; channel < (shape.size() == 2 ? sound->channels : 1); ++channel)
    for (int64_t i = 0; i < sound->samples; ++i) {
      const uint8_t *at = bytes.data() + sound->first + size_t((i * sound->channels + channel) * 2);
      samples.push_back(shape.size() == 2 ? float(int16_t(littleEndian(at, 2))) / 32768.0f
                                          : sampleAt(bytes, *sound, i));
    }
  return samples;
}

Result<Table> loadWav(const ReaderRequest &request) {
  Result<std::string> path = locate(request.path, request.where, false);
  if (!path)
    return path.error();
  Result<Bytes> bytes = readFile(*path);
  if (!bytes)
    return bytes.error();
  Result<Sound> sound = parseWav(*path, *bytes);
  if (!sound)
    return sound.error();
  if (sound->samples == 0)
    return failure(format("%s: the file holds no samples", path->c_str()));
  OptionReader options(request.options);
  Result<int64_t> window = options.integer("window", sound->samples, 1, sound->samples);
  if (!window)
    return window.error();
  Result<int64_t> stride = options.integer("stride", *window, 1, INT32_MAX);
  if (!stride)
    return stride.error();
  Column column = makeColumn("wave", *path, NN_F32, {}, sound->samples);
  for (int64_t i = 0; i < sound->samples; ++i) {
    float value = sampleAt(*bytes, *sound, i);
    memcpy(column.bytes.data() + size_t(i) * sizeof value, &value, sizeof value);
  }
  column.shape = {*window};
  column.elements = *window;
  column.stride = *stride;
  column.rows = (sound->samples - *window) / *stride + 1;
  Table table;
  table.path = *path;
  table.files = {*path};
  Split split;
  split.name = "train";
  split.rows = column.rows;
  split.columns.push_back(std::move(column));
  table.splits.push_back(std::move(split));
  FieldInfo info;
  info.name = "wave";
  table.fields.push_back(std::move(info));
  return table;
}

} // namespace nnrt
