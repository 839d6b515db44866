// Exact matrices with few entries.
#include "Symmetry/Matrix.h"

#include "llvm/ADT/STLExtras.h"
#include <map>

using namespace nn::symmetry;

static bool before(const Matrix::Entry &a, std::pair<int, int> b) { return std::pair(a.row, a.column) < b; }

Matrix Matrix::identity(int size) { return diagonal(std::vector<Exact>(size, Exact(1))); }

Matrix Matrix::diagonal(llvm::ArrayRef<Exact> values) {
  Matrix result(int(values.size()));
  for (auto [k, value] : llvm::enumerate(values))
    result.add(int(k), int(k), value);
  return result;
}

Matrix Matrix::fromRows(llvm::ArrayRef<std::vector<Exact>> rows) {
  Matrix result(int(rows.size()));
  for (auto [r, row] : llvm::enumerate(rows))
    for (auto [c, value] : llvm::enumerate(row))
      result.add(int(r), int(c), value);
  return result;
}

Exact Matrix::at(int row, int column) const {
  auto found = std::lower_bound(cells.begin(), cells.end(), std::pair(row, column), before);
  bool there = found != cells.end() && found->row == row && found->column == column;
  return there ? found->value : Exact(0);
}

void Matrix::add(int row, int column, const Exact &value) {
  if (value.isZero())
    return;
  auto found = std::lower_bound(cells.begin(), cells.end(), std::pair(row, column), before);
  if (found == cells.end() || found->row != row || found->column != column) {
    cells.insert(found, Entry{row, column, value});
    return;
  }
  found->value = found->value + value;
  if (found->value.isZero())
    cells.erase(found);
}

bool Matrix::isTooLarge() const {
  return llvm::any_of(cells, [](const Entry &entry) { return entry.value.isTooLarge(); });
}

std::vector<Exact> Matrix::alongAxis(llvm::ArrayRef<Exact> values, llvm::ArrayRef<int64_t> shape, size_t axis) const {
  std::vector<Exact> result(values.size(), Exact(0));
  int64_t stride = 1;
  for (int64_t extent : shape.drop_front(axis + 1))
    stride *= extent;
  for (int64_t cell = 0; cell < int64_t(values.size()); ++cell)
    for (const Entry &entry : cells)
      if (entry.column == cell / stride % shape[axis] && !values[cell].isZero()) {
        Exact &into = result[cell + (entry.row - entry.column) * stride];
        into = into + entry.value * values[cell];
      }
  return result;
}

Matrix Matrix::transpose() const {
  Matrix result(extent);
  for (const Entry &entry : cells)
    result.add(entry.column, entry.row, entry.value);
  return result;
}

std::optional<Matrix> Matrix::inverse() const {
  // Gauss and Jordan on rows that keep only what is not zero.
  std::vector<std::map<int, Exact>> rows(extent);
  for (const Entry &entry : cells)
    rows[entry.row][entry.column] = entry.value;
  for (int r = 0; r < extent; ++r)
    rows[r][extent + r] = Exact(1);
  for (int column = 0; column < extent; ++column) {
    int pivot = column;
    while (pivot < extent && !rows[pivot].count(column))
      ++pivot;
    if (pivot == extent)
      return std::nullopt;
    std::swap(rows[pivot], rows[column]);
    Exact scale = rows[column][column].inverse();
    for (auto &[c, value] : rows[column])
      value = value * scale;
    for (int r = 0; r < extent; ++r) {
      auto found = rows[r].find(column);
      if (r == column || found == rows[r].end())
        continue;
      Exact factor = found->second;
      for (auto &[c, value] : rows[column]) {
        Exact left = rows[r][c] - factor * value;
        if (left.isZero())
          rows[r].erase(c);
        else
          rows[r][c] = left;
      }
    }
  }
  Matrix result(extent);
  for (int r = 0; r < extent; ++r)
    for (auto &[c, value] : rows[r])
      if (c >= extent)
        result.add(r, c - extent, value);
  if (result.isTooLarge())
    return std::nullopt;
  return result;
}

std::string Matrix::text() const {
  std::string text = "[";
  for (int r = 0; r < extent; ++r) {
    text += r ? ", [" : "[";
    for (int c = 0; c < extent; ++c)
      text += (c ? ", " : "") + at(r, c).text();
    text += "]";
  }
  return text + "]";
}

namespace nn::symmetry {

Matrix operator*(const Matrix &a, const Matrix &b) {
  Matrix result(a.size());
  for (const Matrix::Entry &left : a.cells) {
    auto row = std::lower_bound(b.cells.begin(), b.cells.end(), std::pair(left.column, 0), before);
    for (; row != b.cells.end() && row->row == left.column; ++row)
      result.add(left.row, row->column, left.value * row->value);
  }
  return result;
}

Matrix operator*(const Exact &scale, const Matrix &a) {
  Matrix result(a.size());
  for (const Matrix::Entry &entry : a.cells)
    result.add(entry.row, entry.column, scale * entry.value);
  return result;
}

Matrix operator+(const Matrix &a, const Matrix &b) {
  Matrix result = a;
  for (const Matrix::Entry &entry : b.cells)
    result.add(entry.row, entry.column, entry.value);
  return result;
}

bool operator==(const Matrix &a, const Matrix &b) {
  return a.extent == b.extent && llvm::equal(a.cells, b.cells, [](const Matrix::Entry &x, const Matrix::Entry &y) {
           return x.row == y.row && x.column == y.column && x.value == y.value;
         });
}

Matrix kronecker(const Matrix &a, const Matrix &b) {
  Matrix result(a.size() * b.size());
  for (const Matrix::Entry &x : a.entries())
    for (const Matrix::Entry &y : b.entries())
      result.add(x.row * b.size() + y.row, x.column * b.size() + y.column, x.value * y.value);
  return result;
}

Matrix directSum(const Matrix &a, const Matrix &b) {
  Matrix result(a.size() + b.size());
  for (const Matrix::Entry &x : a.entries())
    result.add(x.row, x.column, x.value);
  for (const Matrix::Entry &y : b.entries())
    result.add(a.size() + y.row, a.size() + y.column, y.value);
  return result;
}

} // namespace nn::symmetry
