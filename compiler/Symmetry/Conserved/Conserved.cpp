// The search for relations among derivatives, index by index.
#include "Symmetry/Conserved/Conserved.h"
#include "Symmetry/Conserved/Relations.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <numeric>
#include <random>

namespace nn::conserved {

using Kind = Quantity::Kind;
using Term = Quantity::Term;
using Column = std::vector<double>;

namespace {

/// Views with as many entries, and the derivatives along the scalings of each of these, at all samples.
struct Group {
  int64_t extent;
  std::vector<WeightView> views;
  std::vector<Column> derivatives, sizes;
};

class Search {
public:
  explicit Search(const Objective &objective) : objective(objective), parameters(objective.parameters()) {}
  std::optional<Conservation> run();

private:
  bool sample();
  void relate(Group &group);
  void addQuantity(const Group &group, const Relation &relation, bool nearly);
  void findBlocks(Quantity &quantity) const;
  bool confirmBlocks();
  bool isImplied(const Quantity &quantity) const;
  bool isCombination(const Quantity &quantity) const;
  void findUnreached();
  void findSums();
  double errorOfSum(const WeightView &view) const;
  double errorOf(const Quantity &quantity, int64_t i) const;

  const Objective &objective;
  llvm::ArrayRef<Objective::Parameter> parameters;
  std::map<int64_t, Group, std::greater<>> groups; ///< by extents, the finest first
  std::vector<Sample> others;                      ///< where relations are confirmed
  Conservation found;
};

} // namespace

/// So many equations for the unknowns of a relation are more than enough.
static constexpr size_t moreEquations = 6, leastSamples = 3, mostSamples = 64;
/// Random weights at which a relation is confirmed; and more for which units mix, since two that a rectifier leaves
/// active for the same examples seem to.
static constexpr uint64_t confirmations = 4, mixConfirmations = 28, elsewhere = 1000, furtherOn = 2000;

/// Single entries come before whole parameters, which are then written by them; ranges that would be too many to be
/// told apart are left out.
static void arrange(Group &group) {
  auto isRange = [](const WeightView &view) { return view.isRange(); };
  if (group.views.size() + moreEquations > mostSamples * size_t(group.extent))
    llvm::erase_if(group.views, isRange);
  if (group.extent == 1)
    std::stable_partition(group.views.begin(), group.views.end(), isRange);
}

/// Gathers the derivatives; those of confirmation stay whole.
bool Search::sample() {
  size_t samples = leastSamples;
  for (const WeightView &view : viewsOf(parameters, objective.cuts())) {
    Group &group = groups[view.extent];
    group.extent = view.extent;
    group.views.push_back(view);
  }
  for (auto &[extent, group] : groups) {
    arrange(group);
    group.derivatives.resize(group.views.size());
    group.sizes.resize(group.views.size());
    samples = std::max(samples, (group.views.size() + moreEquations) / size_t(extent) + 1);
  }
  samples = std::min(samples, mostSamples);
  for (size_t s = 0; s < samples; ++s) {
    auto drawn = objective.draw(2 * s + 1);
    if (!drawn)
      return false;
    for (auto &[extent, group] : groups)
      for (auto [k, view] : llvm::enumerate(group.views))
        for (int64_t i = 0; i < extent; ++i) {
          group.derivatives[k].push_back(alongGenerator(view, *drawn, i, i));
          group.sizes[k].push_back(sizeOf(view, *drawn, i, i));
        }
  }
  for (uint64_t s = 0; s < confirmations; ++s) {
    auto drawn = objective.draw(elsewhere + 2 * s);
    if (!drawn)
      return false;
    others.push_back(std::move(*drawn));
  }
  return true;
}

/// The derivative at one sample along the symmetric generator of i and j, relative to what it is made of.
static double errorAt(const Sample &sample, const Quantity &quantity, int64_t i, int64_t j) {
  double sum = 0, size = 0;
  for (auto [coefficient, view] : quantity.terms) {
    sum += double(coefficient) * (alongGenerator(view, sample, i, j) + alongGenerator(view, sample, j, i));
    size += double(std::abs(coefficient)) * (sizeOf(view, sample, i, j) + sizeOf(view, sample, j, i));
  }
  return size == 0 ? 0 : std::abs(sum) / size;
}

double Search::errorOf(const Quantity &quantity, int64_t i) const {
  double worst = 0;
  for (const Sample &sample : others)
    worst = std::max(worst, errorAt(sample, quantity, i, i));
  return worst;
}

/// Which i and j mix: symmetries form an algebra, so that with (i, j) and (j, k) also (i, k) do. Only those can that
/// did before.
static std::vector<int64_t> blocksOf(int64_t extent, llvm::ArrayRef<int64_t> before,
                                     llvm::function_ref<bool(int64_t, int64_t)> mix) {
  constexpr int64_t none = -1;
  std::vector<int64_t> blockOf(size_t(extent), none);
  int64_t blocks = 0;
  for (int64_t i = 0; i < extent; ++i) {
    if (blockOf[i] != none)
      continue;
    for (int64_t j = i + 1; j < extent; ++j)
      if (blockOf[j] == none && (before.empty() || before[i] == before[j]) && mix(i, j))
        blockOf[j] = blocks;
    blockOf[i] = blocks++;
  }
  return blockOf;
}

void Search::findBlocks(Quantity &quantity) const {
  constexpr int64_t mostWork = int64_t(1) << 31;
  int64_t extent = quantity.terms[0].view.extent, work = 0;
  for (const Term &term : quantity.terms)
    work += extent * extent * term.view.before * term.view.after;
  if (work > mostWork)
    return;
  quantity.blockOf = blocksOf(extent, {}, [&](int64_t i, int64_t j) {
    return llvm::all_of(others, [&](const Sample &sample) { return errorAt(sample, quantity, i, j) <= exactError; });
  });
}

/// Sorts out the units that mix at these weights, but not at all.
bool Search::confirmBlocks() {
  auto isMixed = [](const Quantity &quantity) {
    return !quantity.blockOf.empty() && *llvm::max_element(quantity.blockOf) + 1 < quantity.terms[0].view.extent;
  };
  for (uint64_t s = 0; s < mixConfirmations && llvm::any_of(found.exact, isMixed); ++s) {
    auto sample = objective.draw(furtherOn + 2 * s);
    if (!sample)
      return false;
    for (Quantity &quantity : found.exact)
      if (isMixed(quantity))
        quantity.blockOf = blocksOf(quantity.terms[0].view.extent, quantity.blockOf, [&](int64_t i, int64_t j) {
          return errorAt(*sample, quantity, i, j) <= exactError;
        });
  }
  for (Quantity &quantity : found.exact)
    if (isMixed(quantity)) {
      std::map<int64_t, int64_t> sizes;
      for (int64_t block : quantity.blockOf)
        ++sizes[block];
      quantity.kind = Kind::Products;
      quantity.count = 0;
      for (auto [block, size] : sizes)
        quantity.count += size * (size + 1) / 2;
    }
  return true;
}

/// Whether each value of the coarse index picks what some values of the fine one pick together.
static bool isCoarser(const WeightView &coarse, const WeightView &fine, int64_t before, int64_t after) {
  bool sameRange = coarse.offset == fine.offset && coarse.length == fine.length;
  return coarse.parameter == fine.parameter && sameRange && coarse.before == fine.before * before &&
         coarse.after == fine.after * after && coarse.extent * before * after == fine.extent;
}

/// Where in an index another view of the same parameter begins that counts a part of what it counts; none if it does
/// not.
static std::optional<int64_t> beginOf(const WeightView &part, const WeightView &whole) {
  if (part.parameter != whole.parameter || part.first != whole.first || part.last != whole.last ||
      part.after != whole.after || part.isSplit() || whole.isSplit())
    return std::nullopt;
  int64_t begin = part.offset - whole.offset;
  bool inside = begin >= 0 && begin + part.extent <= whole.extent;
  return inside ? std::optional(begin) : std::nullopt;
}

/// Whether it is the sum, over a part of a finer index, of a quantity that is already found, or some of its numbers.
bool Search::isImplied(const Quantity &quantity) const {
  auto isPart = [&](const Quantity &whole) {
    auto begin = beginOf(quantity.terms[0].view, whole.terms[0].view);
    return begin && quantity.terms[0].view.first != quantity.terms[0].view.last &&
           llvm::all_of(llvm::zip(quantity.terms, whole.terms), [&](auto pair) {
             auto &[own, other] = pair;
             return own.coefficient == other.coefficient && beginOf(own.view, other.view) == begin;
           });
  };
  auto implies = [&](const Quantity &fine) {
    if (fine.terms.size() != quantity.terms.size() || fine.kind == Kind::Sums)
      return false;
    if (isPart(fine))
      return true;
    const WeightView &view = quantity.terms[0].view, &finer = fine.terms[0].view;
    if (view.before % finer.before != 0 || view.after % finer.after != 0)
      return false;
    int64_t before = view.before / finer.before, after = view.after / finer.after;
    return llvm::all_of(llvm::zip(quantity.terms, fine.terms), [&](auto pair) {
      auto &[own, other] = pair;
      return own.coefficient == other.coefficient && isCoarser(own.view, other.view, before, after);
    });
  };
  return llvm::any_of(found.exact, implies) || llvm::any_of(found.nearly, implies);
}

/// The derivatives of a quantity along its symmetry with the weights in the place of the gradient, index by index of a
/// coarser one: which of two parts of its own index that is. And what they are made of.
static std::pair<Column, Column> folded(const Quantity &quantity, const Sample &squares, int64_t extent, bool isFront) {
  Column values(size_t(extent), 0), sizes(size_t(extent), 0);
  for (auto [coefficient, view] : quantity.terms)
    for (int64_t i = 0; i < view.extent; ++i) {
      auto at = size_t(isFront ? i / (view.extent / extent) : i % extent);
      values[at] += double(coefficient) * alongGenerator(view, squares, i, i);
      sizes[at] += double(std::abs(coefficient)) * sizeOf(view, squares, i, i);
    }
  return {values, sizes};
}

/// Whether it combines from what is found: at random weights its values are combinations of theirs, index by index, or
/// of their sums over a part of the index.
bool Search::isCombination(const Quantity &quantity) const {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  int64_t extent = quantity.terms[0].view.extent;
  std::vector<std::pair<const Quantity *, bool>> basis;
  for (const auto *all : {&found.exact, &found.nearly})
    for (const Quantity &each : *all)
      for (bool isFront : {false, true})
        if (each.terms[0].view.extent % extent == 0 && !(isFront && each.terms[0].view.extent == extent))
          basis.emplace_back(&each, isFront);
  basis.emplace_back(&quantity, false);
  std::vector<Column> columns(basis.size()), sizes(basis.size());
  while (columns[0].size() < columns.size() + moreEquations) {
    Sample drawn;
    for (const Objective::Parameter &parameter : parameters) {
      Column &values = drawn.values.emplace_back();
      int64_t count = std::accumulate(parameter.shape.begin(), parameter.shape.end(), int64_t(1), std::multiplies<>());
      std::generate_n(std::back_inserter(values), count, [&] { return normal(random); });
    }
    drawn.gradients = drawn.values;
    for (auto [k, each] : llvm::enumerate(basis)) {
      auto [values, size] = folded(*each.first, drawn, extent, each.second);
      llvm::append_range(columns[k], values);
      llvm::append_range(sizes[k], size);
    }
  }
  return llvm::any_of(relationsAmong(columns, sizes, exactError),
                      [](const Relation &relation) { return relation.back() != 0; });
}

void Search::addQuantity(const Group &group, const Relation &relation, bool nearly) {
  Quantity quantity{Kind::Squares, {}, {}, 0, group.extent};
  for (auto [coefficient, view] : llvm::zip(relation, group.views))
    if (coefficient != 0)
      quantity.terms.push_back({coefficient, view});
  if (quantity.terms[0].coefficient < 0)
    for (Term &term : quantity.terms)
      term.coefficient = -term.coefficient;
  // Parts of an axis say something only beside an index that is one.
  if (llvm::all_of(quantity.terms, [](const Term &term) { return term.view.isSplit(); }))
    return;
  if (isImplied(quantity) || isCombination(quantity))
    return;
  for (int64_t i = 0; i < group.extent; ++i)
    quantity.error = std::max(quantity.error, errorOf(quantity, i));
  if (quantity.error > (nearly ? nearError : exactError))
    return;
  if (!nearly && group.extent > 1)
    findBlocks(quantity);
  (nearly ? found.nearly : found.exact).push_back(std::move(quantity));
}

/// Relations to rounding, then among what is left those that are nearly there.
void Search::relate(Group &group) {
  if (group.derivatives[0].size() < group.views.size() + moreEquations)
    return;
  std::vector<bool> settled(group.views.size(), false);
  for (bool nearly : {false, true}) {
    if (nearly && group.extent == 1)
      break;
    std::vector<Column> derivatives, sizes;
    std::vector<size_t> places;
    for (size_t k = 0; k < group.views.size(); ++k)
      if (!settled[k]) {
        places.push_back(k);
        derivatives.push_back(group.derivatives[k]);
        sizes.push_back(group.sizes[k]);
      }
    for (const Relation &own : relationsAmong(derivatives, sizes, nearly ? nearError : exactError)) {
      Relation relation(group.views.size(), 0);
      for (auto [k, place] : llvm::enumerate(places))
        relation[place] = own[k];
      addQuantity(group, relation, nearly);
      for (size_t place : llvm::reverse(places))
        if (relation[place] != 0) {
          settled[place] = true; // written by the others
          break;
        }
    }
  }
}

/// Parameters whose gradient is no more than rounding, beside the largest of all.
void Search::findUnreached() {
  constexpr double rounding = 1e-13;
  auto largestOf = [](const Column &gradient) {
    double largest = 0;
    for (double value : gradient)
      largest = std::max(largest, std::abs(value));
    return largest;
  };
  for (unsigned p = 0; p < parameters.size(); ++p)
    if (llvm::all_of(others, [&](const Sample &sample) {
          double largest = 0;
          for (const Column &gradient : sample.gradients)
            largest = std::max(largest, largestOf(gradient));
          return largestOf(sample.gradients[p]) <= rounding * largest;
        }))
      found.unreached.push_back(p);
}

/// The sums of the gradient over an index, relative to those of absolute values, at most; 1 if it is 0.
double Search::errorOfSum(const WeightView &view) const {
  double worst = 0, largest = 0;
  for (const Sample &sample : others)
    for (int64_t b = 0; b < view.before; ++b)
      for (int64_t a = 0; a < view.after; ++a) {
        double sum = 0, size = 0;
        for (int64_t i = 0; i < view.extent; ++i) {
          double value = sample.gradients[view.parameter][size_t(view.placeOf(b, i, a))];
          sum += value;
          size += std::abs(value);
        }
        worst = std::max(worst, size == 0 ? 0 : std::abs(sum) / size);
        largest = std::max(largest, size);
      }
  return largest == 0 ? 1 : worst;
}

/// Whether views that are found follow each other over all that this one counts.
static bool isTiled(const WeightView &view, llvm::ArrayRef<WeightView> found) {
  int64_t place = 0;
  for (bool moves = true; moves && place < view.extent;) {
    const auto *next =
        llvm::find_if(found, [&](const WeightView &each) { return beginOf(each, view) == std::optional(place); });
    moves = next != found.end();
    place += moves ? next->extent : 0;
  }
  return place == view.extent;
}

/// Shifts along an index: the gradient sums to 0 over it. Those over more than one that is found are left out.
void Search::findSums() {
  std::vector<WeightView> kept;
  for (auto &[extent, group] : llvm::reverse(groups))
    for (const WeightView &view : group.views) {
      bool implied = llvm::any_of(kept, [&](const WeightView &fine) {
        return fine.offset == view.offset && fine.length == view.length && fine.parameter == view.parameter &&
               fine.before % view.before == 0 && fine.after % view.after == 0;
      });
      if (isTiled(view, kept))
        kept.push_back(view); // known, and implies others
      if (extent == 1 || view.isSplit() || implied || isTiled(view, kept) ||
          llvm::is_contained(found.unreached, view.parameter))
        continue;
      if (double error = errorOfSum(view); error <= exactError) {
        kept.push_back(view);
        found.exact.push_back({Kind::Sums, {{1, view}}, {}, error, view.before * view.after});
      }
    }
}

std::optional<Conservation> Search::run() {
  if (parameters.empty() || !sample())
    return std::nullopt;
  for (auto &[extent, group] : groups)
    relate(group);
  if (!confirmBlocks())
    return std::nullopt;
  findUnreached();
  findSums();
  return std::move(found);
}

std::optional<Conservation> findConserved(const Objective &objective) { return Search(objective).run(); }

std::vector<double> valuesOf(const Quantity &quantity, llvm::ArrayRef<Column> weights) {
  std::vector<double> values;
  if (quantity.kind == Kind::Sums) {
    const WeightView &view = quantity.terms[0].view;
    for (int64_t b = 0; b < view.before; ++b)
      for (int64_t a = 0; a < view.after; ++a) {
        double sum = 0;
        for (int64_t i = 0; i < view.extent; ++i)
          sum += weights[view.parameter][size_t(view.placeOf(b, i, a))];
        values.push_back(sum);
      }
    return values;
  }
  // The derivative along a generator, with the weights in the place of the gradient.
  Sample squares{weights.vec(), weights.vec()};
  int64_t extent = quantity.terms[0].view.extent;
  for (int64_t i = 0; i < extent; ++i)
    for (int64_t j = i; j < extent; ++j) {
      if (j > i && (quantity.kind == Kind::Squares || quantity.blockOf[i] != quantity.blockOf[j]))
        continue;
      double sum = 0;
      for (auto [coefficient, view] : quantity.terms)
        sum += double(coefficient) * alongGenerator(view, squares, i, j);
      values.push_back(sum);
    }
  return values;
}

} // namespace nn::conserved
