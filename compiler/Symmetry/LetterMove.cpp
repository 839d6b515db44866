// From words and representations to tables, matrices and trigonometric polynomials.
#include "Symmetry/LetterMove.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>
#include <numbers>
#include <numeric>

using namespace nn::symmetry;
using Kind = LetterMove::Kind;

/// How many numbers a letter may be written down in.
static constexpr int64_t mostNumbers = 1 << 22;

/// The matrix of a word, row-major, by its columns.
static std::vector<double> matrixOf(const Representation &representation, const Word &word) {
  int cells = representation.cells();
  std::vector<double> matrix(size_t(cells) * cells);
  for (int column = 0; column < cells; ++column) {
    std::vector<double> unit(cells);
    unit[column] = 1;
    unit = representation.apply(word, std::move(unit));
    for (int row = 0; row < cells; ++row)
      matrix[size_t(row) * cells + column] = unit[row];
  }
  return matrix;
}

/// Choices 0 .. n-1 that are powers of one generator, which is a cyclic shift along one axis.
static std::optional<LetterMove> asSteps(const Letter &letter, const Representation &representation) {
  if (letter.choices.size() < 2 || letter.choices[1].size() != 1)
    return std::nullopt;
  int generator = letter.choices[1][0].generator;
  for (auto [k, word] : llvm::enumerate(letter.choices))
    if (k ? word.size() != 1 || word[0].generator != generator || word[0].amount != double(k) : !word.empty())
      return std::nullopt;
  const Move &move = representation.moves()[generator];
  if (!move.isPermutation() || move.hasSigns())
    return std::nullopt;
  int64_t stride = 1;
  for (size_t axis = representation.extents().size(); axis-- > 0; stride *= representation.extents()[axis]) {
    int64_t extent = representation.extents()[axis], step = move.image()[0] / stride % extent;
    auto shifted = [&](int64_t cell) {
      int64_t place = cell / stride % extent;
      return cell + ((place + step) % extent - place) * stride;
    };
    bool fits = llvm::all_of(llvm::enumerate(move.image()),
                             [&](auto pair) { return shifted(int64_t(pair.index())) == pair.value(); });
    if (!fits || step == 0)
      continue;
    LetterMove made;
    made.kind = Kind::Steps;
    made.axis = int(axis);
    made.step = step;
    return made;
  }
  return std::nullopt;
}

static std::vector<int64_t> placeOf(int64_t cell, llvm::ArrayRef<int64_t> extents) {
  std::vector<int64_t> place(extents.size());
  for (size_t axis = extents.size(); axis-- > 0; cell /= extents[axis])
    place[axis] = cell % extents[axis];
  return place;
}

/// A map of cells as an affine map of their places.
static std::optional<LetterMove::Grid> asGrid(llvm::ArrayRef<int> sources, llvm::ArrayRef<int64_t> extents) {
  LetterMove::Grid grid;
  grid.shift = placeOf(sources[0], extents);
  size_t rank = extents.size();
  grid.turn.assign(rank, std::vector<int64_t>(rank, 0));
  int64_t stride = 1;
  for (size_t axis = rank; axis-- > 0; stride *= extents[axis]) {
    if (extents[axis] == 1)
      continue;
    std::vector<int64_t> unit = placeOf(sources[stride], extents);
    for (size_t to = 0; to < rank; ++to)
      grid.turn[to][axis] = unit[to] - grid.shift[to];
  }
  for (auto [cell, source] : llvm::enumerate(sources)) {
    std::vector<int64_t> from = placeOf(int64_t(cell), extents), found = placeOf(source, extents);
    for (size_t to = 0; to < rank; ++to)
      if (std::inner_product(from.begin(), from.end(), grid.turn[to].begin(), grid.shift[to]) != found[to])
        return std::nullopt;
  }
  return grid;
}

/// Choices that only permute cells, perhaps with signs.
static LetterMove permuted(const Letter &letter, const Representation &representation) {
  constexpr size_t fewGrids = 8; // more are read by a table
  LetterMove made;
  made.kind = Kind::Table;
  std::vector<double> numbers(representation.cells());
  std::iota(numbers.begin(), numbers.end(), 1);
  bool signs = false;
  for (const Word &word : letter.choices) {
    std::vector<int> &sources = made.sources.emplace_back(), &sign = made.signs.emplace_back();
    for (double value : representation.apply(word, numbers)) {
      sources.push_back(int(std::abs(value)) - 1);
      sign.push_back(value < 0 ? -1 : 1);
      signs |= value < 0;
    }
  }
  if (signs)
    return made;
  made.signs.clear();
  for (const std::vector<int> &sources : made.sources)
    if (std::optional<LetterMove::Grid> grid = asGrid(sources, representation.extents());
        grid && letter.choices.size() <= fewGrids)
      made.grids.push_back(std::move(*grid));
  if (made.grids.size() == made.sources.size())
    made.kind = Kind::Grids;
  return made;
}

/// The space as before x points x after, of which the transposition swaps the middle entries 0 and 1.
static llvm::Expected<LetterMove> shuffled(const Letter &letter, const Representation &representation) {
  const Move &swap = representation.moves()[letter.generator];
  int64_t cells = representation.cells(), points = letter.points, after = 0;
  for (int64_t cell = 0; swap.isPermutation() && cell < cells && after == 0; ++cell)
    after = swap.image()[cell] - cell;
  LetterMove made;
  if (swap.isIdentity()) // on one cell, say: then the cycle is, too
    return made;
  auto fits = [&](const Move &move, llvm::function_ref<int64_t(int64_t)> image) {
    for (int64_t cell = 0; cell < cells; ++cell) {
      int64_t place = cell / after % points;
      if (move.sign(int(cell)) < 0 || move.image()[cell] != cell + (image(place) - place) * after)
        return false;
    }
    return true;
  };
  bool known = after > 0 && cells % (after * points) == 0 &&
               fits(swap, [](int64_t place) { return place < 2 ? 1 - place : place; });
  if (known && points > 2)
    known = representation.moves()[letter.generator + 1].isPermutation() &&
            fits(representation.moves()[letter.generator + 1], [&](int64_t place) { return (place + 1) % points; });
  if (!known)
    return refusal("a permutation drawn from S(" + llvm::Twine(points) +
                   ") moves single axes: join several, `on x.0 and x.1`");
  made.kind = Kind::Shuffle;
  made.runs = {cells / (after * points), points, after};
  return made;
}

/// exp(t X) for X whose eigenvalues are i times whole numbers below `half`: the Fourier series of its samples.
static llvm::Expected<LetterMove> flowing(const Letter &letter, const Representation &representation) {
  constexpr int half = 32, samples = 2 * half;
  LetterMove made;
  made.kind = Kind::Flow;
  size_t entries = size_t(representation.cells()) * representation.cells();
  std::vector<std::vector<double>> values;
  for (int j = 0; j <= samples; ++j)
    values.push_back(matrixOf(representation, {{letter.generator, 2 * std::numbers::pi * j / samples}}));
  double gap = 0;
  for (size_t e = 0; e < entries; ++e)
    gap = std::max(gap, std::abs(values[samples][e] - values[0][e]));
  if (gap > 1e-9)
    return refusal("a turn of " + representation.group()->text() + " by 360 degrees is not the identity of its " +
                   representation.name());
  for (int k = 0; k < half; ++k) {
    std::vector<double> cosine(entries), sine(entries);
    double largest = 0;
    for (size_t e = 0; e < entries; ++e) {
      for (int j = 0; j < samples; ++j) {
        double angle = 2 * std::numbers::pi * j * k / samples;
        cosine[e] += (k ? 2.0 : 1.0) / samples * std::cos(angle) * values[j][e];
        sine[e] += 2.0 / samples * std::sin(angle) * values[j][e];
      }
      largest = std::max({largest, std::abs(cosine[e]), std::abs(sine[e])});
    }
    // What only rounding leaves is no term; entries are 0 where they nearly are.
    for (std::vector<double> *list : {&cosine, &sine})
      for (double &value : *list)
        value = std::abs(value) < 1e-13 ? 0 : value;
    made.cosines.push_back(largest < 1e-12 ? std::vector<double>() : std::move(cosine));
    made.sines.push_back(largest < 1e-12 ? std::vector<double>() : std::move(sine));
  }
  while (!made.cosines.empty() && made.cosines.back().empty() && made.sines.back().empty()) {
    made.cosines.pop_back();
    made.sines.pop_back();
  }
  return made;
}

llvm::Expected<LetterMove> LetterMove::of(const Letter &letter, const Representation &representation) {
  if (representation.isAffine())
    return refusal("translations of points by " + representation.group()->text() + " have no uniform distribution");
  LetterMove still;
  auto moves = [&](const Word &word) {
    return llvm::any_of(word, [&](const Step &step) { return !representation.moves()[step.generator].isIdentity(); });
  };
  bool isChoice = letter.kind == Letter::Kind::Choice;
  if (isChoice ? llvm::none_of(letter.choices, moves) : representation.moves()[letter.generator].isIdentity())
    return still;
  if (letter.kind == Letter::Kind::Shuffle)
    return shuffled(letter, representation);
  int64_t cells = representation.cells();
  bool permutes = isChoice;
  for (const Word &word : letter.choices)
    for (const Step &step : word)
      permutes &= representation.moves()[step.generator].isPermutation();
  if (permutes)
    if (std::optional<LetterMove> steps = asSteps(letter, representation))
      return std::move(*steps);
  int64_t count = isChoice ? int64_t(letter.choices.size()) : 64;
  if (count * (permutes ? 1 : cells) > mostNumbers / cells)
    return refusal("to write down how " + representation.group()->text() + " moves " + llvm::Twine(cells) +
                   " cells takes more than " + llvm::Twine(mostNumbers) + " numbers");
  if (!isChoice)
    return flowing(letter, representation);
  if (permutes)
    return permuted(letter, representation);
  LetterMove made;
  made.kind = Kind::Matrices;
  for (const Word &word : letter.choices)
    made.matrices.push_back(matrixOf(representation, word));
  return made;
}
