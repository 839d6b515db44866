/// Transforms choose rows or change columns in place; the bytes of a table stay in it.
#include "data/Transforms.h"
#include "core/Shuffle.h"
#include "core/Text.h"
#include "data/Image.h"
#include "data/Lengths.h"
#include "data/Options.h"

#include "noether/philox.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {
namespace {

using LL = long long;

/// Streams of chance that one data set must not use twice, and no epoch of a training reaches.
enum class Site : int64_t { Split = 1 << 30, Shuffle, RelabelRows, RelabelClasses, Bootstrap };

std::vector<uint32_t> permutation(int64_t rows, const DataOptions &options, Site site) {
  int64_t seed = 0;
  if (Result<int64_t> given = OptionReader(options).integer("seed", 0, 0, INT64_MAX); given)
    seed = *given;
  return shuffledOrder(rows, uint64_t(seed), int64_t(site));
}

void choose(Split &split, const std::vector<uint32_t> &rows) {
  for (Column &column : split.columns)
    column.choose(rows);
  split.rows = int64_t(rows.size());
}

/// Moves a share of the training rows into another split.
Status divide(Table &table, const char *name, double share, const DataOptions &options) {
  if (table.split(name))
    return optionFailure(name, format("%s has a %s split already", table.path.c_str(), name));
  Split &training = *table.split("train");
  std::vector<uint32_t> order = permutation(training.rows, options, Site::Split);
  int64_t count = std::llround(share * double(training.rows));
  if (count < 1 || count >= training.rows)
    return optionFailure(name, format("%s of %lld rows leaves one of the two splits without any",
                                      shortest(share).c_str(), LL(training.rows)));
  std::vector<uint32_t> taken(order.begin(), order.begin() + count), kept(order.begin() + count, order.end());
  std::sort(taken.begin(), taken.end());
  std::sort(kept.begin(), kept.end());
  Split other;
  other.name = name;
  for (const Column &column : training.columns)
    other.columns.push_back(column.view());
  choose(other, taken);
  choose(training, kept);
  table.splits.push_back(std::move(other));
  return success();
}

Status applySplit(Table &table, const DataOptions &options) {
  bool divided = false;
  double left = 1;
  for (const char *name : {"test", "validation"}) {
    bool given = std::any_of(options.begin(), options.end(), [&](const auto &entry) { return entry.first == name; });
    if (!given)
      continue;
    Result<double> share = OptionReader(options).share(name, 0);
    if (!share)
      return share.error();
    if (*share >= left)
      return optionFailure(name, "the shares of `split` leave nothing to train on");
    // Both shares are of what there was at first.
    if (Status moved = divide(table, name, *share / left, options); !moved)
      return moved;
    left -= *share;
    divided = true;
  }
  return divided ? success() : Status(failure("`split` is given a share: `validation: 0.1`, `test: 0.2` or both"));
}

Status applyTake(Table &table, const DataOptions &options) {
  Result<int64_t> count = OptionReader(options).integer("rows", 0, 1, UINT32_MAX);
  if (!count)
    return count.error();
  Split &training = *table.split("train");
  if (*count > training.rows)
    return optionFailure(
        "rows", format("`take` asks for %lld rows, but the training split has %lld", LL(*count), LL(training.rows)));
  std::vector<uint32_t> first(static_cast<size_t>(*count));
  for (size_t i = 0; i < first.size(); ++i)
    first[i] = uint32_t(i);
  choose(training, first);
  return success();
}

Status applyShuffle(Table &table, const DataOptions &options) {
  Split &training = *table.split("train");
  choose(training, permutation(training.rows, options, Site::Shuffle));
  return success();
}

/// As many rows as there were, each drawn from all of them (Efron, 1979).
Status applyBootstrap(Table &table, const DataOptions &options) {
  Split &training = *table.split("train");
  Result<int64_t> seed = OptionReader(options).integer("seed", 0, 0, INT64_MAX);
  if (!seed)
    return seed.error();
  PhiloxKey key = {uint32_t(*seed), uint32_t(uint64_t(*seed) >> 32)};
  std::vector<uint32_t> rows(static_cast<size_t>(training.rows));
  for (size_t i = 0; i < rows.size(); ++i) {
    PhiloxWords words = philox({uint32_t(i), 0xFFFFFFFFu, uint32_t(Site::Bootstrap), 0}, key);
    rows[i] = uint32_t((uint64_t(words[0]) * rows.size()) >> 32);
  }
  choose(training, rows);
  return success();
}

/// The elements of a column that are measured together: those that differ only along axes that run to lengths.
std::vector<size_t> togetherOf(const Column &column) {
  std::vector<size_t> first(size_t(column.elements));
  for (size_t element = 0; element < first.size(); ++element) {
    size_t rest = element, stride = 1;
    for (size_t axis = column.shape.size(); axis-- > 0;) {
      size_t extent = size_t(column.shape[axis]);
      bool runs = axis < column.lengths.size() && !column.lengths[axis].empty();
      first[element] += runs ? 0 : rest % extent * stride;
      rest /= extent;
      stride *= extent;
    }
  }
  return first;
}

/// The same for a column whose rows differ in length.
void measureLengths(const Split &split, const Column &column, std::vector<double> &center, std::vector<double> &scale) {
  size_t elements = size_t(column.elements);
  std::vector<size_t> together = togetherOf(column);
  std::vector<double> squares(elements, 0), count(elements, 0);
  center.assign(elements, 0);
  scale.assign(elements, 1);
  RealElements real(split, column);
  for (int64_t row = 0; row < column.rows; ++row)
    real.visit(row, [&](double value, int64_t element) {
      size_t i = together[size_t(element)];
      if (std::isnan(value))
        return;
      double apart = value - center[i];
      center[i] += apart / ++count[i];
      squares[i] += apart * (value - center[i]);
    });
  for (size_t i = 0; i < elements; ++i) {
    if (squares[i] > 0)
      scale[i] = 1 / std::sqrt(squares[i] / count[i]);
    center[i] = center[together[i]];
    scale[i] = scale[together[i]];
  }
}

/// The mean and the inverse deviation of every element over the rows of a column; 1 where nothing varies.
void measure(const Split &split, const Column &column, std::vector<double> &center, std::vector<double> &scale) {
  if (!column.lengths.empty())
    return measureLengths(split, column, center, scale);
  size_t elements = size_t(column.elements);
  std::vector<double> row(elements), squares(elements, 0), count(elements, 0);
  center.assign(elements, 0);
  scale.assign(elements, 1);
  for (int64_t index = 0; index < column.rows; ++index) {
    uint32_t which = uint32_t(index);
    stageRows(column, &which, 1, row.data(), NN_F64);
    for (size_t i = 0; i < elements; ++i) {
      if (std::isnan(row[i]))
        continue;
      double apart = row[i] - center[i];
      center[i] += apart / ++count[i];
      squares[i] += apart * (row[i] - center[i]);
    }
  }
  for (size_t i = 0; i < elements; ++i)
    if (squares[i] > 0)
      scale[i] = 1 / std::sqrt(squares[i] / count[i]);
}

/// Every split is measured by the training split.
Status applyNormalize(Table &table, const DataOptions &) {
  bool any = false;
  for (size_t i = 0; i < table.splits[0].columns.size(); ++i) {
    const Column &training = table.split("train")->columns[i];
    if (!isFloat(training.valueDtype))
      continue;
    any = true;
    std::vector<double> center, scale;
    measure(*table.split("train"), training, center, scale);
    for (Split &split : table.splits) {
      Column &column = split.columns[i];
      // Behind an earlier normalization: ((x - a) s - b) t = (x - (a + b / s)) (s t).
      for (size_t k = 0; k < column.scale.size(); ++k) {
        center[k] = column.center[k] + center[k] / column.scale[k];
        scale[k] *= column.scale[k];
      }
      column.center = center;
      column.scale = scale;
    }
  }
  return any ? success() : Status(failure(format("%s: no field holds floats to normalize", table.path.c_str())));
}

/// The field that `relabel` changes: the one it names, or the only one with a class a row.
Result<size_t> labelOf(const Table &table, const DataOptions &options) {
  std::string wanted = OptionReader(options).text("field", "");
  std::vector<size_t> found;
  for (size_t i = 0; i < table.fields.size(); ++i) {
    const FieldInfo &field = table.fields[i];
    bool isLabel = field.classes > 1 && table.split("train")->column(field.name)->elements == 1;
    if (isLabel && (wanted.empty() || field.name == wanted))
      found.push_back(i);
  }
  if (found.size() == 1)
    return found[0];
  if (!wanted.empty())
    return optionFailure("field",
                         format("%s has no field `%s` with a class a row", table.path.c_str(), wanted.c_str()));
  return failure(format(found.empty() ? "%s: no field has a class a row"
                                      : "%s: several fields have a class a row; `field: \"NAME\"` chooses one",
                        table.path.c_str()));
}

Status applyRelabel(Table &table, const DataOptions &options) {
  Result<double> fraction = OptionReader(options).share("fraction", 0);
  if (!fraction)
    return fraction.error();
  Result<size_t> label = labelOf(table, options);
  if (!label)
    return label.error();
  const FieldInfo &field = table.fields[*label];
  Split &training = *table.split("train");
  const Column *old = training.column(field.name);
  Column column = makeColumn(old->name, old->file, NN_I32, old->shape, old->rows);
  std::vector<uint32_t> rows(static_cast<size_t>(old->rows));
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = uint32_t(i);
  stageRows(*old, rows.data(), old->rows, column.bytes.data(), NN_I32);
  auto *classes = reinterpret_cast<int32_t *>(column.bytes.data());
  std::vector<uint32_t> chosen = permutation(old->rows, options, Site::RelabelRows);
  std::vector<uint32_t> chance = permutation(old->rows, options, Site::RelabelClasses);
  size_t count = size_t(std::llround(*fraction * double(old->rows)));
  for (size_t i = 0; i < count; ++i) {
    int64_t step = 1 + int64_t(chance[i]) % (field.classes - 1);
    classes[chosen[i]] = int32_t((classes[chosen[i]] + step) % field.classes);
  }
  // Other splits may look at the bytes of the old column.
  Column &place = training.columns[size_t(old - training.columns.data())];
  table.retired.push_back(std::move(place.bytes));
  place = std::move(column);
  return success();
}

/// A column of pictures in another size, in bytes as before or in floats.
Column resized(const Column &old, int64_t height, int64_t width) {
  std::vector<int64_t> shape = old.shape;
  shape[1] = height;
  shape[2] = width;
  bool bytes = old.dtype == NN_U8;
  Column column = makeColumn(old.name, old.file, bytes ? NN_U8 : NN_F32, shape, old.rows);
  column.valueDtype = old.valueDtype;
  column.divisor = bytes ? old.divisor : 1;
  Picture picture{old.shape[0], old.shape[1], old.shape[2], std::vector<float>(size_t(old.elements))};
  for (int64_t row = 0; row < old.rows; ++row) {
    uint32_t which = uint32_t(row);
    stageRows(old, &which, 1, picture.values.data(), NN_F32);
    Picture other = resample(picture, height, width);
    uint8_t *to = column.bytes.data() + size_t(row * column.elements * column.rowElementSize());
    for (size_t i = 0; bytes && i < other.values.size(); ++i)
      to[i] = uint8_t(std::lround(double(other.values[i]) * old.divisor));
    if (!bytes)
      memcpy(to, other.values.data(), other.values.size() * sizeof(float));
  }
  return column;
}

Status applyResize(Table &table, const DataOptions &options) {
  Result<std::vector<int64_t>> size = OptionReader(options).size("size");
  if (!size)
    return size.error();
  bool any = false;
  for (Split &split : table.splits)
    for (Column &column : split.columns) {
      bool picture = column.shape.size() == 3 && column.valueDtype == NN_F32;
      if (!picture)
        continue;
      if (!column.scale.empty())
        return failure("`resize` comes before `normalize`, which measures single pixels");
      any = true;
      Column other = resized(column, (*size)[0], (*size)[1]);
      table.retired.push_back(std::move(column.bytes));
      column = std::move(other);
    }
  return any ? success()
             : Status(failure(format("%s: no field holds pictures, f32[channels, height, width]", table.path.c_str())));
}

} // namespace

const std::vector<Transform> &transforms() {
  static const std::vector<Transform> &all = *new std::vector<Transform>{
      {"split", {"validation", "test", "seed"}, "", applySplit},
      {"take", {"rows"}, "rows", applyTake},
      {"shuffle", {"seed"}, "", applyShuffle},
      {"bootstrap", {"seed"}, "", applyBootstrap},
      {"normalize", {}, "", applyNormalize},
      {"relabel", {"fraction", "field", "seed"}, "", applyRelabel},
      {"resize", {"size"}, "size", applyResize},
  };
  return all;
}

} // namespace nnrt
