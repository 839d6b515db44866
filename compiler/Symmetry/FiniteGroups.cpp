// The finite families: S(n), Z(n), shifts(h, w), C(k), D(k).
#include "Symmetry/GroupBuilder.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace nn::symmetry;

static std::string callText(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  std::string text = name.str() + "(";
  for (size_t k = 0; k < sizes.size(); ++k)
    text += (k ? ", " : "") + std::to_string(sizes[k]);
  return text + ")";
}

static std::string factorial(int64_t n) {
  std::string product = "1";
  for (int64_t k = 2; k <= n; ++k)
    product = multiplyDecimals(product, std::to_string(k));
  return product;
}

/// A transposition and the long cycle.
static GroupRef symmetricGroup(int n) {
  GroupBuilder builder(Group::Kind::Symmetric, callText("S", {n}), {n});
  builder.degree(n);
  if (n <= 500)
    builder.order(factorial(n));
  if (n >= 2) {
    std::vector<int> &swap = builder.add("the transposition (0 1)").permutation;
    for (int i = 0; i < n; ++i)
      swap.push_back(i < 2 ? 1 - i : i);
  }
  if (n >= 3) {
    std::string name = n == 3 ? "the cycle (0 1 2)" : "the cycle (0 1 .. " + std::to_string(n - 1) + ")";
    std::vector<int> &cycle = builder.add(std::move(name)).permutation;
    for (int i = 0; i < n; ++i)
      cycle.push_back((i + 1) % n);
  }
  return builder.finish();
}

static GroupRef shiftGroup(Group::Kind kind, llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  GroupBuilder builder(kind, callText(name, sizes), sizes);
  int64_t cells = 1;
  for (int64_t size : sizes)
    cells *= size;
  builder.degree(int(cells));
  builder.order(std::to_string(cells));
  int64_t inner = cells; // how many cells one step along the axis spans, times its extent
  for (size_t axis = 0; axis < sizes.size(); ++axis) {
    int64_t step = inner / sizes[axis];
    if (sizes[axis] > 1) {
      std::string along = name == "Z" ? "" : " along axis " + std::to_string(axis);
      std::vector<int> &shift = builder.add("the shift by 1" + along).permutation;
      for (int64_t cell = 0; cell < cells; ++cell)
        shift.push_back(int(cell % inner + step < inner ? cell + step : cell + step - inner));
    }
    inner = step;
  }
  return builder.finish();
}

static std::string turnName(int64_t k) {
  if (k == 2)
    return "the half turn";
  if (k == 4)
    return "the quarter turn";
  if (360 % k == 0)
    return "the turn by " + std::to_string(360 / k) + " degrees";
  return "the turn by 360/" + std::to_string(k) + " degrees";
}

/// Turns of the plane and of the k-gon, with the reflection that keeps axis 0, and vertex 0 on it, for D(k).
static GroupRef turnGroup(bool reflections, int k) {
  GroupBuilder builder(reflections ? Group::Kind::Dihedral : Group::Kind::Turns, callText(reflections ? "D" : "C", {k}),
                       {k});
  builder.degree(k);
  builder.dimension(2);
  builder.order(std::to_string(reflections ? 2 * k : k));
  if (k > 1) {
    Generator &turn = builder.add(turnName(k));
    for (int i = 0; i < k; ++i)
      turn.permutation.push_back((i + 1) % k);
    Exact c = Exact::cosine(1, k), s = Exact::sine(1, k);
    turn.matrix = Matrix::fromRows({{c, -s}, {s, c}});
  }
  if (reflections) {
    Generator &reflection = builder.add("the reflection of axis 1");
    for (int i = 0; i < k; ++i)
      reflection.permutation.push_back((k - i) % k);
    reflection.matrix = Matrix::diagonal({Exact(1), Exact(-1)});
  }
  return builder.finish();
}

GroupRef nn::symmetry::finiteGroup(llvm::StringRef name, llvm::ArrayRef<int64_t> sizes) {
  if (name == "S")
    return symmetricGroup(int(sizes[0]));
  if (name == "Z" || name == "shifts")
    return shiftGroup(name == "Z" ? Group::Kind::Cyclic : Group::Kind::Shifts, name, sizes);
  return turnGroup(name == "D", int(sizes[0]));
}

std::vector<int> nn::symmetry::gridMove(const Group &turns, int generator, llvm::ArrayRef<int64_t> extents) {
  int h = int(extents[0]), w = int(extents[1]);
  bool reflection = turns.kind() == Group::Kind::Dihedral && generator + 1 == int(turns.generators().size());
  bool quarter = !reflection && turns.sizes()[0] == 4;
  std::vector<int> image;
  for (int i = 0; i < h; ++i)
    for (int j = 0; j < w; ++j)
      image.push_back(reflection ? i * w + (w - 1 - j) : quarter ? (w - 1 - j) * w + i : (h - 1 - i) * w + (w - 1 - j));
  return image;
}
