/// Reading arguments and printing outputs of commands.
#include "cli/Values.h"
#include "cli/Text.h"
#include "core/Text.h"
#include "data/Image.h"
#include "data/Lengths.h"
#include "data/Npy.h"
#include "data/Table.h"
#include "data/Wav.h"
#include "io/Json.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {

namespace {

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
  if (argument.type.dtype == NN_I64 && std::fabs(value) > largestWhole)
    return Failure{DataErrorKind::Malformed,
                   format("`%s` cannot be %s: as text an i64 lies between -2^53 and 2^53", argument.name, text.c_str()),
                   {},
                   "an .npy array holds every i64"};
  return success();
}

/// An i64 as it is written, where no double holds it; false if it is none. A plus may stand before digits.
bool parseSigned(const std::string &text, int64_t &value) {
  bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  return parseInteger(plus ? text.substr(1) : text, value);
}

Result<Bytes> readNumbers(const nn_argument &argument, const std::string &text) {
  std::vector<double> numbers;
  std::vector<int64_t> integers;
  for (const std::string &part : split(text, ',')) {
    int64_t whole;
    if (argument.type.dtype == NN_I64 && parseSigned(trim(part), whole)) {
      integers.push_back(whole);
      numbers.push_back(double(whole));
      continue;
    }
    double value;
    if (Status good = checkNumber(argument, trim(part), value); !good)
      return good.error();
    numbers.push_back(value);
  }
  int64_t wanted = elementCount(argument.type);
  if (int64_t(numbers.size()) != wanted)
    return failure(format("`%s` is %s and takes %lld numbers separated by commas, not %zu", argument.name,
                          typeText(argument.type).c_str(), static_cast<long long>(wanted), numbers.size()));
  bool isExact = !integers.empty() && integers.size() == numbers.size();
  return isExact ? converted(integers.data(), NN_I64, argument.type) : converted(numbers.data(), NN_F64, argument.type);
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

/// True if a float would not hold every number of the type.
bool isWide(const nn_type &type) { return !isFloat(type.dtype) || type.dtype == NN_F64; }

/// Nested lists in the shape of the tensor, from position `at` on.
std::string nested(const std::vector<std::string> &numbers, const std::vector<int64_t> &shape, size_t axis,
                   size_t &at) {
  if (axis == shape.size())
    return numbers[at++];
  std::string text = "[";
  for (int64_t i = 0; i < shape[axis]; ++i)
    text += (i ? "," : "") + nested(numbers, shape, axis + 1, at);
  return text + "]";
}

/// The entries of a result, without the room behind its lengths, as numbers of another type.
template <class T>
std::vector<T> entriesOf(const nn_function &function, const nn_binding &binding, const std::byte *io, nn_dtype dtype) {
  std::vector<T> all(size_t(elementCount(binding.type)));
  convertNumbers(io + binding.offset, binding.type.dtype, all.data(), dtype, int64_t(all.size()));
  std::vector<int64_t> shape = shapeNow(function, binding, io), whole = shapeOf(binding.type);
  if (shape == whole)
    return all;
  std::vector<T> entries(size_t(elementCount(shape)));
  copyCommon(reinterpret_cast<const uint8_t *>(all.data()), whole, reinterpret_cast<uint8_t *>(entries.data()), shape,
             sizeof(T));
  return entries;
}

/// For people integers have all digits, floats those of a float; JSON has all digits.
std::vector<std::string> entryTexts(const nn_function &function, const nn_binding &binding, const std::byte *io,
                                    bool json) {
  std::vector<std::string> texts;
  if (!isFloat(binding.type.dtype))
    for (int64_t whole : entriesOf<int64_t>(function, binding, io, NN_I64))
      texts.push_back(format("%lld", static_cast<long long>(whole)));
  else
    for (double number : entriesOf<double>(function, binding, io, NN_F64))
      texts.push_back(json ? jsonNumber(number, isWide(binding.type)) : shortest(number));
  return texts;
}

} // namespace

std::vector<int64_t> shapeNow(const nn_function &function, const nn_binding &binding, const std::byte *io) {
  std::vector<int64_t> shape = shapeOf(binding.type);
  for (int64_t i = 0; i < function.result_count; ++i)
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (const nn_binding &extent = function.results[i];
          extent.kind == NN_BIND_EXTENT && extent.name == format("%s#%zu", binding.name, axis))
        convertNumbers(io + extent.offset, NN_I32, &shape[axis], NN_I64, 1);
  return shape;
}

std::vector<double> numbersOf(const nn_function &function, const nn_binding &binding, const std::byte *io) {
  return entriesOf<double>(function, binding, io, NN_F64);
}

std::vector<int64_t> integersOf(const nn_function &function, const nn_binding &binding, const std::byte *io) {
  return entriesOf<int64_t>(function, binding, io, NN_I64);
}

/// The numbers of nested lists; `shape` is that of the first elements, which all others must have.
static Status flatten(const nn_argument &argument, const Json &json, size_t axis, std::vector<int64_t> &shape,
                      std::vector<double> &numbers) {
  if (json.kind == Json::Number || json.kind == Json::Bool) {
    double value = json.number;
    if (Status good =
            checkNumber(argument, json.kind == Json::Bool ? (value != 0 ? "true" : "false") : json.text, value);
        !good)
      return good;
    numbers.push_back(value);
    return axis == shape.size() ? success() : Status(failure("its lists are not nested equally deep"));
  }
  if (json.kind != Json::List)
    return failure("it is no list of numbers");
  if (axis == shape.size() && numbers.empty())
    shape.push_back(int64_t(json.items.size()));
  if (axis >= shape.size() || shape[axis] != int64_t(json.items.size()))
    return failure("its lists are not equally long");
  for (const Json &item : json.items)
    if (Status flat = flatten(argument, item, axis + 1, shape, numbers); !flat)
      return flat;
  return success();
}

/// The numbers of a list in JSON, and their shape.
static Status parseList(const nn_argument &argument, const char *text, size_t size, const std::string &name,
                        std::vector<int64_t> &shape, std::vector<double> &numbers) {
  Result<Json> json = parseJson(text, size);
  if (!json)
    return failure(name + ": " + json.text());
  if (Status flat = flatten(argument, *json, 0, shape, numbers); !flat)
    return failure(name + ": " + flat.text());
  return success();
}

static Result<Bytes> readJson(const nn_argument &argument, const char *text, size_t size, const std::string &name) {
  std::vector<int64_t> shape;
  std::vector<double> numbers;
  if (Status parsed = parseList(argument, text, size, name, shape, numbers); !parsed)
    return parsed.error();
  if (shape != shapeOf(argument.type))
    return failure(format("%s has the shape %s, but `%s` takes %s", name.c_str(),
                          typeText(argument.type.dtype, shape).c_str(), argument.name, argumentType(argument).c_str()));
  return converted(numbers.data(), NN_F64, argument.type);
}

/// Numbers between blanks, commas, semicolons and line ends: a vector, or the rows of a matrix. What the first line
/// says may be names of columns.
static Result<Bytes> readTable(const nn_argument &argument, const Bytes &file, const std::string &name) {
  std::string text(reinterpret_cast<const char *>(file.data()), file.size()), word;
  std::vector<double> numbers;
  int64_t line = 1;
  for (size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : '\n';
    bool separates = c == ',' || c == ';' || c == '\n' || c == ' ' || c == '\t' || c == '\r';
    if (!separates) {
      word += c;
      continue;
    }
    double value = 0;
    Status good = word.empty() ? success() : checkNumber(argument, word, value);
    if (!good && line > 1)
      return failure(format("%s: line %lld: %s", name.c_str(), static_cast<long long>(line), good.text().c_str()));
    if (!word.empty() && good)
      numbers.push_back(value);
    if (!good && line == 1)
      numbers.clear();
    word.clear();
    line += c == '\n';
  }
  if (int64_t(numbers.size()) != elementCount(argument.type))
    return failure(format("%s holds %zu numbers, but `%s` takes %s", name.c_str(), numbers.size(), argument.name,
                          argumentType(argument).c_str()));
  return converted(numbers.data(), NN_F64, argument.type);
}

/// 16 bits a sample. A sound of one channel fills [n], of several [channels, n].
static Result<Bytes> readSound(const nn_argument &argument, const Bytes &file, const std::string &name) {
  Result<std::vector<float>> samples = decodeWav(file, name, shapeOf(argument.type));
  if (!samples)
    return samples.error();
  if (int64_t(samples->size()) != elementCount(argument.type))
    return failure(format("%s holds %zu samples, but `%s` takes %s", name.c_str(), samples->size(), argument.name,
                          argumentType(argument).c_str()));
  return converted(samples->data(), NN_F32, argument.type);
}

int64_t ArgumentLengths::of(const std::string &name) const {
  for (const Known &each : known)
    if (each.name == name)
      return each.length;
  return -1;
}

Status ArgumentLengths::take(const nn_argument &argument, size_t axis, int64_t length) {
  const nn_axis &own = argument.axes[axis];
  std::string name = lengthName(own.length);
  if (length > argument.type.shape[axis])
    return failure(format("`%s` has %lld entries along axis %zu, but `%s` is at most %lld", argument.name,
                          static_cast<long long>(length), axis, name.c_str(),
                          static_cast<long long>(argument.type.shape[axis])));
  if (length < own.least)
    return failure(
        format("`%s` is empty along axis %zu, but the program needs at least one entry there", argument.name, axis));
  for (const Known &each : known)
    if (each.name == own.length && each.length != length)
      return failure(format("`%s` is %lld in `%s`, but %lld in `%s`", name.c_str(), static_cast<long long>(each.length),
                            each.argument.c_str(), static_cast<long long>(length), argument.name));
  if (of(own.length) < 0)
    known.push_back({own.length, argument.name, length});
  return success();
}

Status ArgumentLengths::takeNumber(const nn_argument &argument, const std::string &text) {
  double value;
  std::string most = format("%lld", static_cast<long long>(argument.most));
  if (!parseNumber(text, value) || value != std::trunc(value))
    return failure(format("`%s` takes a whole number, not `%s`", argument.name, text.c_str()));
  if (value < double(argument.least))
    return failure(format("`%s` is at least %lld, so it cannot be %s", argument.name,
                          static_cast<long long>(argument.least), text.c_str()));
  if (value > double(argument.most))
    return failure(
        format("`%s` is at most %s in this program, so it cannot be %s", argument.name, most.c_str(), text.c_str()));
  known.push_back({argument.length, argument.name, int64_t(value)});
  return success();
}

/// The shape of an argument given as a list of numbers: the lengths that earlier arguments leave open (all, if they do
/// not fit) are those that make it come out.
static Result<std::vector<int64_t>> shapeOfList(const nn_argument &argument, const ArgumentLengths &lengths,
                                                int64_t count) {
  std::vector<int64_t> shape = shapeOf(argument.type);
  std::string open;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const char *name = argument.axes[axis].length;
    if (!name)
      continue;
    if (int64_t known = lengths.of(name); known >= 0) {
      shape[axis] = known;
    } else if (open.empty() || open == name) {
      open = name;
    } else {
      return failure(format("the axes of `%s` are of two lengths, which a list of numbers does not tell apart; give it "
                            "as an .npy file",
                            argument.name));
    }
  }
  for (int64_t length = 0; length <= count; ++length) {
    std::vector<int64_t> tried(shape);
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (argument.axes[axis].length && open == argument.axes[axis].length)
        tried[axis] = length;
    if (elementCount(tried) == count)
      return tried;
  }
  if (elementCount(shape) != count && open.empty())
    return shapeOfList(argument, ArgumentLengths(), count);
  std::string type = typeText(argument.type);
  return failure(format("`%s` is %s at most and cannot be made of %lld numbers", argument.name, type.c_str(),
                        static_cast<long long>(count)));
}

/// Elements of the argument's type in a given shape, checked against the lengths and moved into the room there is.
static Result<Bytes> placed(const nn_argument &argument, const Bytes &bytes, const std::vector<int64_t> &shape,
                            ArgumentLengths &lengths) {
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (argument.axes[axis].length) {
      if (Status fits = lengths.take(argument, axis, shape[axis]); !fits)
        return fits.error();
    } else if (shape[axis] != argument.type.shape[axis]) {
      return failure(format("`%s` has %lld entries along axis %zu, but takes %lld", argument.name,
                            static_cast<long long>(shape[axis]), axis,
                            static_cast<long long>(argument.type.shape[axis])));
    }
  }
  if (argument.below) {
    int64_t end = lengths.of(argument.below);
    std::vector<int64_t> values(size_t(elementCount(shape)));
    convertNumbers(bytes.data(), argument.type.dtype, values.data(), NN_I64, int64_t(values.size()));
    for (int64_t value : values)
      if (end >= 0 && value >= end)
        return failure(format("`%s` holds %lld, but `%s` is %lld here", argument.name, static_cast<long long>(value),
                              lengthName(argument.below).c_str(), static_cast<long long>(end)));
  }
  size_t width = size_t(dtypeSize(argument.type.dtype));
  Bytes result(size_t(elementCount(argument.type)) * width);
  memset(result.data(), 0, result.size());
  copyCommon(bytes.data(), shape, result.data(), shapeOf(argument.type), width);
  return result;
}

/// The same argument with this shape, for what reads arguments of one shape.
static nn_argument withShape(const nn_argument &argument, const std::vector<int64_t> &shape) {
  nn_argument other = argument;
  other.type.shape = shape.data();
  return other;
}

/// A text as tokens; an argument of a fixed length takes as many.
static Result<Bytes> readText(const nn_argument &argument, const std::string &text, ArgumentLengths &lengths) {
  Result<std::vector<int32_t>> tokens = readTokens(argument, text);
  if (!tokens)
    return tokens.error();
  std::vector<int64_t> shape = {int64_t(tokens->size())};
  if (argument.axis_count == 0 && shape != shapeOf(argument.type))
    return failure(format("`%s` takes %lld %s, and the text has %lld", argument.name,
                          static_cast<long long>(argument.type.shape[0]), unitName(*argument.vocabulary),
                          static_cast<long long>(shape[0])));
  Bytes bytes = converted(tokens->data(), NN_I32, withShape(argument, shape).type);
  return argument.axis_count == 0 ? Result<Bytes>(std::move(bytes)) : placed(argument, bytes, shape, lengths);
}

Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize, ArgumentLengths &lengths) {
  if (argument.vocabulary && !endsWith(text, ".npy"))
    return readText(argument, text, lengths);
  if (argument.axis_count == 0)
    return readValue(argument, text, resize);
  std::vector<int64_t> shape = shapeOf(argument.type);
  Result<Bytes> file = isFile(text) ? readFile(text) : Result<Bytes>(Bytes());
  if (!file)
    return file.error();
  bool isArray = file->size() >= 6 && memcmp(file->data(), "\x93NUMPY", 6) == 0;
  if (isFile(text) && !isArray)
    return failure(format("%s: offset 0: not an .npy array, so it cannot fill `%s` (%s)", text.c_str(), argument.name,
                          typeText(argument.type).c_str()));
  Bytes bytes;
  if (isArray) {
    Result<Array> array = parseNpy(std::move(*file), text);
    if (!array)
      return array.error();
    if (array->shape.size() != shape.size())
      return failure(format("%s is %s, but `%s` takes %s", text.c_str(), typeText(array->dtype, array->shape).c_str(),
                            argument.name, typeText(argument.type).c_str()));
    shape = array->shape;
    bytes = converted(array->bytes.data() + array->first, array->dtype, withShape(argument, shape).type);
  } else if (!text.empty() && text[0] == '[') {
    std::vector<int64_t> given;
    std::vector<double> numbers;
    if (Status parsed = parseList(argument, text.data(), text.size(), "the list", given, numbers); !parsed)
      return parsed.error();
    if (given.size() != shape.size())
      return failure(format("the list has the shape %s, but `%s` takes %s",
                            typeText(argument.type.dtype, given).c_str(), argument.name,
                            argumentType(argument).c_str()));
    shape = given;
    bytes = converted(numbers.data(), NN_F64, withShape(argument, shape).type);
  } else {
    int64_t count = trim(text).empty() ? 0 : int64_t(split(text, ',').size());
    Result<std::vector<int64_t>> found = shapeOfList(argument, lengths, count);
    if (!found)
      return found.error();
    shape = *found;
    Result<Bytes> numbers = count ? readNumbers(withShape(argument, shape), text) : Result<Bytes>(Bytes());
    if (!numbers)
      return numbers.error();
    bytes = std::move(*numbers);
  }
  return placed(argument, bytes, shape, lengths);
}

Result<Bytes> readValue(const nn_argument &argument, const std::string &text, bool resize) {
  if (argument.type.rank == 0 && text != "-")
    return readNumbers(argument, text);
  if (!text.empty() && text[0] == '[')
    return readJson(argument, text.data(), text.size(), "the list");
  double number;
  bool looksLikeNumbers = parseNumber(trim(split(text, ',')[0]), number) || text == "true" || text == "false";
  if (looksLikeNumbers && text != "-" && !isFile(text))
    return readNumbers(argument, text);
  std::string name = text == "-" ? "standard input" : text;
  Result<Bytes> file = text == "-" ? readStandardInput() : readFile(text);
  if (!file)
    return file.error();
  auto begins = [&](const char *magic) {
    return file->size() >= strlen(magic) && memcmp(file->data(), magic, strlen(magic)) == 0;
  };
  if (begins("\x93NUMPY"))
    return readArray(argument, std::move(*file), name);
  if (begins("\x89PNG"))
    return readPicture(argument, *file, name, resize);
  if (begins("RIFF"))
    return readSound(argument, *file, name);
  const char *start = reinterpret_cast<const char *>(file->data());
  if (begins("["))
    return readJson(argument, start, file->size(), name);
  bool isText =
      std::none_of(start, start + file->size(), [](char c) { return c >= 0 && c < 32 && !strchr("\t\r\n", c); });
  double first;
  std::string head(start, std::min<size_t>(file->size(), 64));
  bool isTable = isText && (text == "-" || endsWith(text, ".csv") ||
                            parseNumber(head.substr(0, head.find_first_of(",; \t\r\n")), first));
  if (isTable)
    return readTable(argument, *file, name);
  return failure(
      format("%s: offset 0: no PNG, .npy array, WAV, JSON list or table of numbers, so it cannot fill `%s` (%s)",
             name.c_str(), argument.name, argumentType(argument).c_str()));
}

std::string outputsText(const nn_command &command, const std::byte *io) {
  std::string text;
  for (int64_t i = 0; i < command.output_count; ++i) {
    const nn_output &output = command.outputs[i];
    std::string name = output.name ? output.name : "", value = outputText(output, *command.function, io);
    // A table stands below its name.
    const char *between = value.find('\n') == std::string::npos ? "  " : "\n";
    text += (name.empty() ? "" : name + between) + value + "\n";
  }
  return text;
}

std::string outputsJson(const nn_command &command, const std::byte *io) {
  std::string text;
  for (int64_t i = 0; i < command.output_count; ++i) {
    const nn_output &output = command.outputs[i];
    text += (i ? "," : "") + jsonString(output.name ? output.name : "result") + ":" +
            outputJson(output, *command.function, io);
  }
  return "{" + text + "}\n";
}

bool isWord(const nn_argument &argument) {
  double number;
  return argument.fixed_text && !parseNumber(argument.fixed_text, number);
}

std::string argumentType(const nn_argument &argument) {
  if (argument.length)
    return format("int <= %lld", static_cast<long long>(argument.most));
  if (argument.fixed_text || argument.setting)
    return isWord(argument) ? "string" : "int";
  std::string text = typeText(argument.type);
  if (argument.vocabulary)
    return format("text of %s%lld %s", argument.axis_count ? "at most " : "",
                  static_cast<long long>(argument.type.shape[0]), unitName(*argument.vocabulary));
  if (argument.classes == 0)
    return text;
  size_t bracket = text.find('[');
  return format("index(%lld)", static_cast<long long>(argument.classes)) +
         (bracket == std::string::npos ? "" : text.substr(bracket));
}

/// The texts of a result: one, or of a matrix of tokens one a row.
static std::vector<std::string> textsOf(const nn_output &output, const std::vector<double> &tokens,
                                        const std::vector<int64_t> &shape) {
  size_t rows = shape.size() < 2 ? 1 : size_t(shape[0]), length = rows ? tokens.size() / rows : 0;
  std::vector<std::string> texts;
  for (size_t row = 0; row < rows; ++row)
    texts.push_back(spelled(*output.vocabulary, tokens.data() + row * length, length));
  return texts;
}

std::string outputText(const nn_output &output, const nn_function &function, const std::byte *io) {
  const nn_binding &values = function.results[output.values];
  std::vector<double> numbers = numbersOf(function, values, io);
  std::string text;
  if (output.kind == NN_OUTPUT_CLASS)
    return classLabel(output, numbers.empty() ? -1 : int64_t(numbers[0]));
  if (output.kind == NN_OUTPUT_RANKING) {
    std::vector<double> indices = numbersOf(function, function.results[output.indices], io);
    for (size_t i = 0; i < numbers.size() && i < indices.size(); ++i)
      text += (i ? ", " : "") + classLabel(output, int64_t(indices[i])) + format(" %.2f", numbers[i]);
    return text;
  }
  std::vector<int64_t> shape = shapeNow(function, values, io);
  if (output.kind == NN_OUTPUT_TEXT)
    return join(textsOf(output, numbers, shape), "\n");
  size_t row = shape.empty() ? 1 : size_t(std::max<int64_t>(1, shape.back()));
  std::vector<std::string> texts = entryTexts(function, values, io, /*json=*/false);
  for (size_t i = 0; i < texts.size(); ++i)
    text += (i == 0 ? "" : i % row == 0 ? "\n" : " ") + texts[i];
  return text;
}

std::string outputJson(const nn_output &output, const nn_function &function, const std::byte *io) {
  const nn_binding &values = function.results[output.values];
  std::vector<double> numbers = numbersOf(function, values, io);
  std::vector<int64_t> shape = shapeNow(function, values, io);
  bool isText = output.kind == NN_OUTPUT_TEXT && output.vocabulary->unit != NN_UNIT_BYTES;
  if (output.kind == NN_OUTPUT_TENSOR || (output.kind == NN_OUTPUT_TEXT && !isText)) {
    size_t at = 0;
    return nested(entryTexts(function, values, io, /*json=*/true), shape, 0, at);
  }
  if (isText) {
    std::vector<std::string> texts = textsOf(output, numbers, shape);
    for (std::string &each : texts)
      each = jsonString(each);
    return shape.size() < 2 ? texts[0] : "[" + join(texts, ",") + "]";
  }
  bool ranking = output.kind == NN_OUTPUT_RANKING;
  std::vector<double> indices = ranking ? numbersOf(function, function.results[output.indices], io) : numbers;
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
