/// Group elements applied to tensors, in double precision.
#include "cli/ClaimRun.h"

#include <algorithm>
#include <cmath>

namespace nnrt {

Word wordOf(const nn_element &element) {
  Word word;
  for (int64_t k = 0; k < element.step_count; ++k)
    word.push_back({element.generators[k], element.amounts[k]});
  return word;
}

static Numbers multiply(const nn_move &move, const Numbers &values) {
  size_t cells = values.size();
  Numbers result(cells, 0);
  if (move.image)
    for (size_t c = 0; c < cells; ++c)
      result[size_t(move.image[c])] = (move.signs ? double(move.signs[c]) : 1) * values[c];
  else
    for (size_t r = 0; r < cells; ++r)
      for (size_t c = 0; c < cells; ++c)
        result[r] += move.matrix[r * cells + c] * values[c];
  return result;
}

static Numbers applyOnce(const nn_move &move, const Numbers &values) {
  Numbers result = multiply(move, values);
  for (size_t c = 0; move.offset && c < result.size(); ++c)
    result[c] += move.offset[c];
  return result;
}

/// exp(amount X) values, and the drift of an offset, by Taylor's series over steps of norm at most 1/2.
static Numbers flow(const nn_move &move, double amount, Numbers values) {
  size_t cells = values.size();
  double norm = 0;
  for (size_t r = 0; r < cells; ++r) {
    double row = 0;
    for (size_t c = 0; move.matrix && c < cells; ++c)
      row += std::fabs(move.matrix[r * cells + c]);
    norm = std::max(norm, row);
  }
  int steps = 1 + int(2 * std::fabs(amount) * norm);
  double t = amount / steps;
  for (int step = 0; step < steps; ++step) {
    Numbers term = values;
    for (int k = 1; k <= 16; ++k) { // 2^-16 / 16! is below the last bit
      term = k == 1 ? applyOnce(move, term) : multiply(move, term);
      for (size_t c = 0; c < cells; ++c)
        values[c] += term[c] *= t / k;
    }
  }
  return values;
}

static Numbers apply(const nn_claim &claim, const nn_space &space, const Word &word, Numbers values) {
  for (const Step &step : word) {
    const nn_move &move = space.moves[step.generator];
    if (claim.generators[step.generator].is_direction)
      values = flow(move, step.amount, std::move(values));
    else
      for (int k = 0; k < int(step.amount); ++k)
        values = applyOnce(move, values);
  }
  return values;
}

/// Where the cells of a space lie behind the one where all its indices are 0, row-major.
static std::vector<int64_t> offsetsOf(const nn_space &space, const nn_type &type, const std::vector<int64_t> &strides) {
  std::vector<int64_t> offsets{0};
  for (int64_t a = 0; a < space.axis_count; ++a) {
    std::vector<int64_t> next;
    for (int64_t offset : offsets)
      for (int64_t k = 0; k < type.shape[space.axes[a]]; ++k)
        next.push_back(offset + k * strides[size_t(space.axes[a])]);
    offsets = std::move(next);
  }
  return offsets;
}

/// Where the point of each value goes: the place of the one in its moved indicator.
static void moveValues(const nn_claim &claim, const nn_space &space, const Word &word, Numbers &values) {
  Numbers image;
  for (int64_t point = 0; point < space.cells; ++point) {
    Numbers indicator(size_t(space.cells), 0);
    indicator[size_t(point)] = 1;
    indicator = apply(claim, space, word, std::move(indicator));
    image.push_back(double(std::max_element(indicator.begin(), indicator.end()) - indicator.begin()));
  }
  for (double &value : values)
    if (value >= 0 && value < double(image.size()))
      value = image[size_t(value)];
}

void moveTensor(const nn_claim &claim, const nn_space &space, const nn_type &type, const Word &word, Numbers &values) {
  if (space.is_values)
    return moveValues(claim, space, word, values);
  std::vector<int64_t> strides(size_t(type.rank), 1);
  for (auto axis = size_t(type.rank); axis-- > 1;)
    strides[axis - 1] = strides[axis] * type.shape[axis];
  std::vector<int64_t> offsets = offsetsOf(space, type, strides);
  for (int64_t cell = 0; cell < int64_t(values.size()); ++cell) {
    bool isFirst = true;
    for (int64_t a = 0; a < space.axis_count; ++a)
      isFirst = isFirst && cell / strides[size_t(space.axes[a])] % type.shape[space.axes[a]] == 0;
    if (!isFirst)
      continue;
    Numbers own;
    for (int64_t offset : offsets)
      own.push_back(values[size_t(cell + offset)]);
    own = apply(claim, space, word, std::move(own));
    for (size_t k = 0; k < offsets.size(); ++k)
      values[size_t(cell + offsets[k])] = own[k];
  }
}

} // namespace nnrt
