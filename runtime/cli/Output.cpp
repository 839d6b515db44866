/// One function a format.
#include "cli/Output.h"
#include "cli/Values.h"
#include "core/System.h"
#include "core/Text.h"
#include "data/Table.h"
#include "io/Json.h"
#include "io/Png.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {
namespace {

void append(std::string &bytes, uint32_t value, int count) {
  for (int i = 0; i < count; ++i)
    bytes += char(value >> (8 * i));
}

/// What a tensor is to a picture: channels, height, width; nothing if it is none.
bool pictureShape(const nn_type &type, int64_t &channels, int64_t &height, int64_t &width) {
  if (type.rank != 2 && type.rank != 3)
    return false;
  channels = type.rank == 3 ? type.shape[0] : 1;
  height = type.shape[type.rank - 2];
  width = type.shape[type.rank - 1];
  return (channels == 1 || channels == 3) && height > 0 && width > 0;
}

} // namespace

Result<std::string> encodeCsv(const std::vector<double> &numbers, const nn_type &type) {
  if (type.rank > 2)
    return failure(format("a table has rows and columns, not the shape of %s", typeText(type).c_str()));
  int64_t columns = type.rank == 2 ? type.shape[1] : 1;
  std::string text;
  for (size_t i = 0; i < numbers.size(); ++i) {
    text += shortest(numbers[i], !isFloat(type.dtype) || type.dtype == NN_F64);
    text += int64_t(i + 1) % columns == 0 ? '\n' : ',';
  }
  return text;
}

Result<std::string> encodeNpy(const void *elements, const nn_type &type) {
  const char *kinds[] = {"|b1", "|u1", "<i4", "<i8", "<f2", nullptr, "<f4", "<f8"};
  if (!kinds[type.dtype])
    return failure(format("numpy has no %s", dtypeName(type.dtype)));
  std::string shape;
  for (int64_t axis = 0; axis < type.rank; ++axis)
    shape += format("%lld,", static_cast<long long>(type.shape[axis]));
  std::string header =
      format("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kinds[type.dtype], shape.c_str());
  const size_t alignment = 64, before = 10;
  header.resize((before + header.size() + 1 + alignment - 1) / alignment * alignment - before, ' ');
  header.back() = '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  append(bytes, uint32_t(header.size()), 2);
  bytes += header;
  bytes.append(static_cast<const char *>(elements), size_t(elementCount(type) * dtypeSize(type.dtype)));
  return bytes;
}

Result<std::string> encodePicture(const std::vector<double> &numbers, const nn_type &type) {
  int64_t channels, height, width;
  if (!pictureShape(type, channels, height, width))
    return failure(format("a picture is [h, w], [1, h, w] or [3, h, w], not %s", typeText(type).c_str()));
  double scale = isFloat(type.dtype) || type.dtype == NN_BOOL ? 255 : 1;
  std::string pixels(numbers.size(), '\0');
  int64_t plane = height * width;
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int64_t at = 0; at < plane; ++at) {
      double value = numbers[size_t(channel * plane + at)] * scale;
      // What is no number is black.
      pixels[size_t(at * channels + channel)] = char(uint8_t(value > 0 ? std::lround(std::min(value, 255.0)) : 0));
    }
  return encodePng(pixels, height, width, channels);
}

Result<std::string> encodeWav(const std::vector<double> &numbers, const nn_type &type, int64_t rate) {
  if (!isFloat(type.dtype) || (type.rank != 1 && type.rank != 2) || (type.rank == 2 && type.shape[0] > 16))
    return failure(format("a sound is [n] or [channels, n] of floats, not %s", typeText(type).c_str()));
  int64_t channels = type.rank == 2 ? type.shape[0] : 1, samples = type.shape[type.rank - 1];
  uint32_t size = uint32_t(samples * channels * 2);
  std::string bytes = "RIFF";
  append(bytes, size + 36, 4);
  bytes += "WAVEfmt ";
  append(bytes, 16, 4);
  append(bytes, 1, 2);
  append(bytes, uint32_t(channels), 2);
  append(bytes, uint32_t(rate), 4);
  append(bytes, uint32_t(rate * channels * 2), 4);
  append(bytes, uint32_t(channels * 2), 2);
  append(bytes, 16, 2);
  bytes += "data";
  append(bytes, size, 4);
  for (int64_t i = 0; i < samples; ++i)
    for (int64_t channel = 0; channel < channels; ++channel) {
      double value = numbers[size_t(channel * samples + i)];
      value = std::isnan(value) ? 0 : std::clamp(value, -1.0, 32767.0 / 32768);
      append(bytes, uint32_t(int32_t(std::lround(value * 32768))), 2);
    }
  return bytes;
}

OutputFile parseOutputFile(const std::string &text, const nn_command &command) {
  size_t equals = text.find('=');
  for (int64_t i = 0; equals != std::string::npos && i < command.output_count; ++i)
    if (command.outputs[i].name && text.substr(0, equals) == command.outputs[i].name)
      return {command.outputs[i].name, text.substr(equals + 1)};
  return {"", text};
}

static Result<std::string> encode(const nn_output &output, const nn_function &function, const std::byte *io,
                                  const std::string &path, int64_t rate) {
  const nn_binding &result = function.results[output.values];
  std::vector<double> numbers = numbersOf(function, result, io);
  std::vector<int64_t> shape = shapeNow(function, result, io);
  nn_type type{result.type.dtype, result.type.rank, shape.data()};
  if (endsWith(path, ".csv"))
    return encodeCsv(numbers, type);
  if (endsWith(path, ".npy")) {
    if (type.dtype == NN_I64)
      return encodeNpy(integersOf(function, result, io).data(), type);
    Bytes elements(numbers.size() * size_t(dtypeSize(type.dtype)));
    convertNumbers(numbers.data(), NN_F64, elements.data(), type.dtype, int64_t(numbers.size()));
    return encodeNpy(elements.data(), type);
  }
  if (endsWith(path, ".png"))
    return encodePicture(numbers, type);
  if (endsWith(path, ".wav"))
    return encodeWav(numbers, type, rate);
  return failure("the ending says the format: .json, .txt, .csv, .npy, .png or .wav");
}

Status writeOutput(const nn_command &command, const std::byte *io, const OutputFile &file, int64_t rate) {
  const nn_output *chosen = command.output_count == 1 ? &command.outputs[0] : nullptr;
  std::vector<std::string> names;
  for (int64_t i = 0; i < command.output_count; ++i) {
    names.push_back(command.outputs[i].name ? command.outputs[i].name : "");
    if (!file.name.empty() && file.name == names.back())
      chosen = &command.outputs[i];
  }
  bool json = endsWith(file.path, ".json");
  if (json || endsWith(file.path, ".txt")) {
    std::string text = chosen ? json ? outputJson(*chosen, *command.function, io) + "\n"
                                     : outputText(*chosen, *command.function, io) + "\n"
                       : json ? outputsJson(command, io)
                              : outputsText(command, io);
    return writeFileAtomically(file.path, {{text.data(), text.size()}});
  }
  if (!chosen)
    return failure(format("%s: `%s` has the results %s; --out %s=FILE writes one of them", file.path.c_str(),
                          command.name, join(names, ", ").c_str(), names[0].c_str()));
  Result<std::string> bytes = encode(*chosen, *command.function, io, file.path, rate);
  if (!bytes)
    return failure(file.path + ": " + bytes.text());
  return writeFileAtomically(file.path, {{bytes->data(), bytes->size()}});
}

} // namespace nnrt
