/// Reads .xyz files, plain and extended: `Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.5`.
#include "data/Xyz.h"
#include "core/Text.h"
#include "data/Classes.h"
#include "data/Lengths.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace nnrt {
namespace {

using LL = long long;
using Property = XyzFrame::Property;

/// The words of a line; what stands between quotes is one, and so is `key="some text"`.
std::vector<std::string> wordsOf(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\r' || c == ',')) {
      if (any)
        words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any)
    words.push_back(word);
  return words;
}

class XyzParser {
public:
  XyzParser(const std::string &file, const Bytes &bytes)
      : file(file), rest(reinterpret_cast<const char *>(bytes.data()), bytes.size()) {}
  Result<std::vector<XyzFrame>> run();

private:
  bool next(std::vector<std::string> &words);
  Status readFrame(int64_t points);
  Status readCloud(std::vector<std::string> words);
  Status readComment(const std::vector<std::string> &words, XyzFrame &frame);
  Status readProperties(const std::string &text, XyzFrame &frame);
  Status readPoint(const std::vector<std::string> &words, XyzFrame &frame);
  Failure wrong(const std::string &what) const {
    return failure(format("%s: line %lld: %s", file.c_str(), LL(number), what.c_str()));
  }

  const std::string &file;
  std::string_view rest;
  int64_t number = 0;
  std::vector<XyzFrame> frames;
};

Property property(const std::string &name, int64_t width, bool texts, bool integers = false) {
  Property made;
  made.name = name;
  made.width = width;
  made.texts = texts;
  made.integers = integers;
  return made;
}

bool XyzParser::next(std::vector<std::string> &words) {
  if (rest.empty())
    return false;
  std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  ++number;
  words = wordsOf(line);
  return true;
}

/// `species:S:1:pos:R:3`.
Status XyzParser::readProperties(const std::string &text, XyzFrame &frame) {
  std::vector<std::string> parts = split(text, ':');
  for (size_t i = 0; i + 2 < parts.size(); i += 3) {
    int64_t width;
    if (!parseInteger(parts[i + 2], width) || width < 1 || (parts[i + 1] == "S" && width != 1))
      return wrong(format("`Properties` says `%s:%s:%s`, but takes a name, a kind and a number of columns",
                          parts[i].c_str(), parts[i + 1].c_str(), parts[i + 2].c_str()));
    bool texts = parts[i + 1] == "S" || parts[i + 1] == "L";
    frame.properties.push_back(property(parts[i], width, texts, parts[i + 1] == "I"));
  }
  if (parts.size() % 3 != 0 || frame.properties.empty())
    return wrong("`Properties` is a list such as species:S:1:pos:R:3");
  return success();
}

Status XyzParser::readComment(const std::vector<std::string> &words, XyzFrame &frame) {
  for (const std::string &word : words) {
    size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0)
      continue;
    std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    if (name == "Properties") {
      if (Status read = readProperties(value, frame); !read)
        return read;
      continue;
    }
    Property fact = property(identifier(name), 0, false);
    bool numbers = true;
    for (const std::string &part : wordsOf(value)) {
      double one;
      numbers = numbers && parseNumber(part, one);
      if (numbers)
        fact.numbers.push_back(one);
    }
    fact.texts = !numbers || fact.numbers.empty();
    fact.width = fact.texts ? 1 : int64_t(fact.numbers.size());
    fact.words = {value};
    if (!fact.name.empty())
      frame.facts.push_back(std::move(fact));
  }
  return success();
}

Status XyzParser::readPoint(const std::vector<std::string> &words, XyzFrame &frame) {
  size_t at = 0;
  for (Property &own : frame.properties)
    for (int64_t k = 0; k < own.width; ++k, ++at) {
      if (at >= words.size())
        return wrong(format("this point has %zu columns, but `%s` comes behind them", words.size(), own.name.c_str()));
      double value = 0;
      if (own.texts)
        own.words.push_back(words[at]);
      else if (!parseNumber(words[at], value))
        return wrong(format("column %zu should be a number, not `%s`", at + 1, words[at].substr(0, 40).c_str()));
      else
        own.numbers.push_back(value);
    }
  return success();
}

Status XyzParser::readFrame(int64_t points) {
  XyzFrame frame;
  frame.file = file;
  frame.line = number;
  frame.points = points;
  std::vector<std::string> words;
  if (!next(words))
    return wrong("the file ends behind a number of points; a comment and the points follow it");
  if (Status read = readComment(words, frame); !read)
    return read;
  for (int64_t i = 0; i < points; ++i) {
    if (!next(words))
      return wrong(format("the file ends behind %lld of %lld points", LL(i), LL(points)));
    double value;
    if (frame.properties.empty()) {
      if (!words.empty() && !parseNumber(words[0], value))
        frame.properties.push_back(property("species", 1, true));
      frame.properties.push_back(property("pos", 3, false));
    }
    if (Status read = readPoint(words, frame); !read)
      return read;
  }
  if (points > 0)
    frames.push_back(std::move(frame));
  return points > 0 ? success() : Status(wrong("a frame has at least one point"));
}

/// A line a point, and nothing else: x y z, perhaps with further numbers, which make `extra`.
Status XyzParser::readCloud(std::vector<std::string> words) {
  XyzFrame frame;
  frame.file = file;
  frame.properties.push_back(property("pos", 3, false));
  if (words.size() > 3)
    frame.properties.push_back(property("extra", int64_t(words.size()) - 3, false));
  do {
    if (words.empty() || words[0][0] == '#')
      continue;
    ++frame.points;
    if (Status read = readPoint(words, frame); !read)
      return read;
  } while (next(words));
  frames.push_back(std::move(frame));
  return success();
}

Result<std::vector<XyzFrame>> XyzParser::run() {
  std::vector<std::string> words;
  while (next(words)) {
    if (words.empty() || words[0][0] == '#')
      continue;
    int64_t points;
    bool counts = words.size() == 1 && parseInteger(words[0], points);
    if (!counts && !frames.empty())
      return wrong("a frame begins with its number of points");
    if (Status read = counts ? readFrame(points) : readCloud(words); !read)
      return read.error();
  }
  if (frames.empty())
    return failure(format("%s: the file holds no points", file.c_str()));
  return std::move(frames);
}

// ---- frames as columns

const Property *find(const std::vector<Property> &all, const std::string &name) {
  for (const Property &each : all)
    if (each.name == name)
      return &each;
  return nullptr;
}

/// A field that frames give: of the points, or of each as a whole.
struct FieldPlan {
  std::string property, name;
  bool ofPoints;
};

class FrameColumns {
public:
  FrameColumns(const std::vector<XyzFrame> &frames, const ReaderRequest &request, Table &table)
      : frames(frames), request(request), table(table) {}
  Result<Split> run(const std::string &name);

private:
  std::vector<FieldPlan> plan();
  std::string fieldName(const Property &own) const;
  Status add(const FieldPlan &field, Split &split);
  Status addClasses(const FieldPlan &field, Column &column, FieldInfo &info);
  FieldInfo &infoOf(const std::string &name);

  const std::vector<XyzFrame> &frames;
  const ReaderRequest &request;
  Table &table;
  std::string length = "n";
  int64_t longest = 0;
};

/// What the program calls a property: `species` are its classes of points, `pos` the numbers that are named nowhere.
std::string FrameColumns::fieldName(const Property &own) const {
  std::string name = own.name == "species" ? "kind" : identifier(own.name);
  if (request.declared.empty() || request.field(name))
    return name;
  for (const DeclaredField &field : request.declared) {
    bool fits = own.texts ? field.kind == DeclaredField::Kind::Category && field.shape.size() == 1
                          : own.name == "pos" && field.kind == DeclaredField::Kind::Float && field.shape.size() == 2;
    bool elsewhere = find(frames[0].properties, field.name) || find(frames[0].facts, field.name);
    if (fits && !elsewhere && (own.name == "pos" || own.name == "species"))
      return field.name;
  }
  return name;
}

std::vector<FieldPlan> FrameColumns::plan() {
  std::vector<FieldPlan> fields;
  auto everywhere = [&](const Property &own, bool ofPoints) {
    return std::all_of(frames.begin(), frames.end(), [&](const XyzFrame &frame) {
      const Property *other = find(ofPoints ? frame.properties : frame.facts, own.name);
      return other && other->width == own.width && other->texts == own.texts;
    });
  };
  for (bool ofPoints : {true, false})
    for (const Property &own : ofPoints ? frames[0].properties : frames[0].facts)
      if (everywhere(own, ofPoints))
        fields.push_back({own.name, fieldName(own), ofPoints});
  // What is not declared stays aside, if all that is declared is there.
  bool all = !request.declared.empty() &&
             std::all_of(request.declared.begin(), request.declared.end(), [&](const DeclaredField &declared) {
               return declared.name == "label" ||
                      std::any_of(fields.begin(), fields.end(),
                                  [&](const FieldPlan &field) { return field.name == declared.name; });
             });
  if (all)
    fields.erase(std::remove_if(fields.begin(), fields.end(),
                                [&](const FieldPlan &field) { return !request.field(field.name); }),
                 fields.end());
  return fields;
}

FieldInfo &FrameColumns::infoOf(const std::string &name) {
  for (FieldInfo &info : table.fields)
    if (info.name == name)
      return info;
  FieldInfo info;
  info.name = name;
  table.fields.push_back(std::move(info));
  return table.fields.back();
}

/// Texts become classes in the order of their bytes; further splits have the classes of the first.
Status FrameColumns::addClasses(const FieldPlan &field, Column &column, FieldInfo &info) {
  if (info.classNames.empty()) {
    const DeclaredField *declared = request.field(field.name);
    std::vector<std::string_view> texts;
    for (const XyzFrame &frame : frames)
      for (const std::string &word : find(field.ofPoints ? frame.properties : frame.facts, field.property)->words)
        texts.push_back(word);
    info.classNames = declared && !declared->names.empty() ? declared->names : distinct(std::move(texts));
    int64_t found = int64_t(info.classNames.size());
    info.classes = declared && declared->classes > 0 ? declared->classes : found;
    if (found > info.classes)
      return failure(format("%s: `%s` has %lld classes, but `index(%lld)` is declared", column.file.c_str(),
                            field.name.c_str(), LL(found), LL(info.classes)));
    for (int64_t k = found; k < info.classes; ++k)
      info.classNames.push_back(format("%lld", LL(k)));
  }
  Classes classes(info.classNames);
  for (size_t row = 0; row < frames.size(); ++row) {
    const XyzFrame &frame = frames[row];
    const Property &own = *find(field.ofPoints ? frame.properties : frame.facts, field.property);
    for (size_t i = 0; i < own.words.size(); ++i) {
      int32_t index = int32_t(classes.find(own.words[i]));
      if (index < 0)
        return failure(format("%s: `%s` is `%s` in frame %zu, which is no class of the training split",
                              frame.file.c_str(), field.name.c_str(), own.words[i].c_str(), row));
      memcpy(column.bytes.data() + (row * size_t(column.elements) + i) * sizeof index, &index, sizeof index);
    }
  }
  return success();
}

Status FrameColumns::add(const FieldPlan &field, Split &split) {
  const Property &model = *find(field.ofPoints ? frames[0].properties : frames[0].facts, field.property);
  std::vector<int64_t> shape;
  if (field.ofPoints)
    shape.push_back(longest);
  if (model.width > 1)
    shape.push_back(model.width);
  bool integers = model.texts || model.integers;
  Column column = makeColumn(field.name, table.path, integers ? NN_I32 : NN_F64, shape, split.rows);
  const DeclaredField *declared = request.field(field.name);
  if (!integers)
    column.valueDtype = declared && declared->dtype == NN_F64 ? NN_F64 : NN_F32;
  memset(column.bytes.data(), 0, column.bytes.size());
  if (field.ofPoints) {
    column.lengths.assign(shape.size(), "");
    column.lengths[0] = length;
  }
  FieldInfo &info = infoOf(field.name);
  if (model.texts) {
    if (Status added = addClasses(field, column, info); !added)
      return added;
  } else {
    for (size_t row = 0; row < frames.size(); ++row) {
      const Property &own = *find(field.ofPoints ? frames[row].properties : frames[row].facts, field.property);
      for (size_t i = 0; i < own.numbers.size(); ++i) {
        size_t place = row * size_t(column.elements) + i;
        int32_t whole = int32_t(own.numbers[i]);
        if (integers)
          memcpy(column.bytes.data() + place * sizeof whole, &whole, sizeof whole);
        else
          memcpy(column.bytes.data() + place * sizeof(double), &own.numbers[i], sizeof(double));
      }
    }
  }
  split.columns.push_back(std::move(column));
  return success();
}

Result<Split> FrameColumns::run(const std::string &name) {
  Split split;
  split.name = name;
  split.rows = int64_t(frames.size());
  std::vector<int64_t> lengths;
  for (const XyzFrame &frame : frames) {
    lengths.push_back(frame.points);
    longest = std::max(longest, frame.points);
  }
  for (const DeclaredField &field : request.declared)
    for (const std::string &own : field.lengths)
      if (!own.empty())
        length = own;
  std::vector<FieldPlan> fields = plan();
  for (const FieldPlan &field : fields)
    if (Status added = add(field, split); !added)
      return added.error();
  // Where a fixed extent is declared that all frames have, there are no lengths.
  bool same = std::all_of(lengths.begin(), lengths.end(), [&](int64_t own) { return own == lengths[0]; });
  bool declared = std::any_of(request.declared.begin(), request.declared.end(),
                              [](const DeclaredField &field) { return !field.lengths.empty(); });
  if (same && !declared && !request.declared.empty())
    for (Column &column : split.columns)
      column.lengths.clear();
  else
    split.columns.push_back(makeLengths(length, table.path, lengths));
  return split;
}

} // namespace

Result<std::vector<XyzFrame>> parseXyz(const std::string &file, const Bytes &bytes) {
  return XyzParser(file, bytes).run();
}

Result<Split> splitOfFrames(const std::string &name, const std::vector<XyzFrame> &frames, const ReaderRequest &request,
                            Table &table) {
  return FrameColumns(frames, request, table).run(name);
}

Result<Table> loadXyz(const ReaderRequest &request) {
  Result<LocatedFile> file = readLocated(request);
  if (!file)
    return file.error();
  Result<std::vector<XyzFrame>> frames = parseXyz(file->path, file->bytes);
  if (!frames)
    return frames.error();
  Table table;
  table.path = file->path;
  table.files = {file->path};
  Result<Split> split = splitOfFrames("train", *frames, request, table);
  if (!split)
    return split.error();
  table.splits.push_back(std::move(*split));
  return table;
}

} // namespace nnrt
