/// Reading arguments and printing outputs of commands.
#include "cli/Values.h"
#include "core/Text.h"
#include "data/Image.h"
#include "data/Npy.h"
#include "data/Table.h"
#include "io/Json.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {

namespace {

bool isFloat(int64_t dtype) { return dtype == NN_F32 || dtype == NN_F64; }

Bytes converted(const void *from, int64_t fromDtype, const nn_type &type, double divisor = 1) {
  int64_t count = elementCount(type);
  Bytes bytes(size_t(count * dtypeSize(type.dtype)));
  convertNumbers(from, fromDtype, bytes.data(), type.dtype, count, divisor);
  return bytes;
}

/// One number of an argument, within its classes.
Status checkNumber(const nn_argument &argument, const std::string &text, double &value) {
  if (argument.type.dtype == NN_BOOL && (text == "true" || text == "false")) {
    value = text == "true";
    return success();
  }
  const char *expected = isFloat(argument.type.dtype) ? "a number" : "a whole number";
  if (!parseNumber(text, value) || (!isFloat(argument.type.dtype) && value != std::trunc(value)))
    return failure(format("`%s` takes %s, not `%s`", argument.name,
                          argument.type.dtype == NN_BOOL ? "true or false" : expected, text.c_str()));
  if (argument.classes > 0 && (value < 0 || value >= double(argument.classes)))
    return failure(format("`%s` takes a class from 0 to %lld, not %s", argument.name,
                          static_cast<long long>(argument.classes - 1), text.c_str()));
  if (argument.type.dtype == NN_I32 && std::fabs(value) > 2147483647.0)
    return failure(format("`%s` is an i32 and cannot be %s", argument.name, text.c_str()));
  return success();
}

Result<Bytes> readNumbers(const nn_argument &argument, const std::string &text) {
  std::vector<double> numbers;
  for (const std::string &part : split(text, ',')) {
    double value;
    if (Status good = checkNumber(argument, trim(part), value); !good)
      return good.error();
    numbers.push_back(value);
  }
  int64_t wanted = elementCount(argument.type);
  if (int64_t(numbers.size()) != wanted)
    return failure(format("`%s` is %s and takes %lld numbers separated by commas, not %zu", argument.name,
                          typeText(argument.type).c_str(), static_cast<long long>(wanted), numbers.size()));
  return converted(numbers.data(), NN_F64, argument.type);
}

Result<Bytes> readPicture(const nn_argument &argument, const Bytes &file, const std::string &path, bool resize) {
  const nn_type &type = argument.type;
  int64_t channels = type.rank == 3 ? type.shape[0] : 1;
  bool fits =
      isFloat(type.dtype) && (type.rank == 2 || type.rank == 3) && (channels == 1 || channels == 3 || channels == 4);
  if (!fits)
    return failure(format("`%s` is %s, which a picture cannot fill", argument.name, typeText(type).c_str()));
  Result<Picture> picture = decodePng(file, path, channels);
  if (!picture)
    return picture.error();
  int64_t height = type.shape[type.rank - 2], width = type.shape[type.rank - 1];
  if (picture->height != height || picture->width != width) {
    if (!resize)
      return Failure{DataErrorKind::Malformed,
                     format("%s is %lld x %lld pixels (width x height), but `%s` takes %lld x %lld", path.c_str(),
                            static_cast<long long>(picture->width), static_cast<long long>(picture->height),
                            argument.name, static_cast<long long>(width), static_cast<long long>(height)),
                     {},
                     "add --resize to resample the picture"};
    *picture = resample(*picture, height, width);
  }
  return converted(picture->values.data(), NN_F32, type);
}

Result<Bytes> readArray(const nn_argument &argument, Bytes file, const std::string &path) {
  Result<Array> array = parseNpy(std::move(file), path);
  if (!array)
    return array.error();
  if (array->shape != shapeOf(argument.type))
    return failure(format("%s is %s, but `%s` takes %s", path.c_str(), typeText(array->dtype, array->shape).c_str(),
                          argument.name, typeText(argument.type).c_str()));
  return converted(array->bytes.data() + array->first, array->dtype, argument.type);
}

std::string classLabel(const nn_output &output, int64_t index) {
  bool named = index >= 0 && index < output.name_count;
  return named ? output.names[index] : format("%lld", static_cast<long long>(index));
}

std::vector<double> numbersOf(const nn_binding &binding, const std::byte *io) {
  std::vector<double> numbers(size_t(elementCount(binding.type)));
  convertNumbers(io + binding.offset, binding.type.dtype, numbers.data(), NN_F64, int64_t(numbers.size()));
  return numbers;
}

/// True if a float would not hold every number of the type.
bool isWide(const nn_type &type) { return type.dtype != NN_F32; }

/// For people: integers as they are, floats with the digits of a float. JSON has all digits.
std::string numberText(double value, const nn_type &type) {
  bool isFloat = type.dtype == NN_F32 || type.dtype == NN_F64;
  return shortest(value, /*isDouble=*/!isFloat);
}

/// Nested lists in the shape of the tensor, from position `at` on.
std::string nested(const std::vector<double> &numbers, const std::vector<int64_t> &shape, bool wide, size_t axis,
                   size_t &at) {
  if (axis == shape.size())
    return jsonNumber(numbers[at++], wide);
  std::string text = "[";
  for (int64_t i = 0; i < shape[axis]; ++i)
    text += (i ? "," : "") + nested(numbers, shape, wide, axis + 1, at);
  return text + "]";
}

} // namespace

Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize) {
  if (argument.type.rank == 0)
    return readNumbers(argument, text);
  double number;
  bool looksLikeNumbers = parseNumber(trim(split(text, ',')[0]), number) || text == "true" || text == "false";
  if (looksLikeNumbers && !isFile(text))
    return readNumbers(argument, text);
  Result<Bytes> file = readFile(text);
  if (!file)
    return file.error();
  if (file->size() >= 6 && memcmp(file->data(), "\x93NUMPY", 6) == 0)
    return readArray(argument, std::move(*file), text);
  if (file->size() >= 4 && memcmp(file->data(), "\x89PNG", 4) == 0)
    return readPicture(argument, *file, text, resize);
  return failure(format("%s: offset 0: neither a PNG nor an .npy array, so it cannot fill `%s` (%s)", text.c_str(),
                        argument.name, typeText(argument.type).c_str()));
}

std::string outputText(const nn_output &output, const nn_function &function, const std::byte *io) {
  const nn_binding &values = function.results[output.values];
  std::vector<double> numbers = numbersOf(values, io);
  std::string text;
  if (output.kind == NN_OUTPUT_CLASS)
    return classLabel(output, numbers.empty() ? -1 : int64_t(numbers[0]));
  if (output.kind == NN_OUTPUT_RANKING) {
    std::vector<double> indices = numbersOf(function.results[output.indices], io);
    for (size_t i = 0; i < numbers.size() && i < indices.size(); ++i)
      text += (i ? ", " : "") + classLabel(output, int64_t(indices[i])) + format(" %.2f", numbers[i]);
    return text;
  }
  size_t row = values.type.rank == 0 ? 1 : size_t(std::max<int64_t>(1, values.type.shape[values.type.rank - 1]));
  for (size_t i = 0; i < numbers.size(); ++i)
    text += (i == 0 ? "" : i % row == 0 ? "\n" : " ") + numberText(numbers[i], values.type);
  return text;
}

std::string outputJson(const nn_output &output, const nn_function &function, const std::byte *io) {
  const nn_binding &values = function.results[output.values];
  std::vector<double> numbers = numbersOf(values, io);
  if (output.kind == NN_OUTPUT_TENSOR) {
    size_t at = 0;
    return nested(numbers, shapeOf(values.type), isWide(values.type), 0, at);
  }
  bool ranking = output.kind == NN_OUTPUT_RANKING;
  std::vector<double> indices = ranking ? numbersOf(function.results[output.indices], io) : numbers;
  std::string text;
  for (size_t i = 0; i < numbers.size() && i < indices.size(); ++i) {
    text += (i ? "," : "") + format("{\"index\":%lld", static_cast<long long>(indices[i]));
    if (output.name_count > 0)
      text += ",\"name\":" + jsonString(classLabel(output, int64_t(indices[i])));
    text += ranking ? ",\"value\":" + jsonNumber(numbers[i]) + "}" : "}";
  }
  return ranking ? "[" + text + "]" : text;
}

} // namespace nnrt
