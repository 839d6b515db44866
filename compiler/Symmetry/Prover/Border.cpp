// Margins, the smallest first, by running the model.
#include "Symmetry/Prover/Border.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir;

namespace nn::prover {

/// Calls `visit` with each entry that is less than `low` from the front or `high` from the back along one of the axes.
static void visitBorder(const Tensor &tensor, ArrayRef<unsigned> axes, int64_t low, int64_t high,
                        llvm::function_ref<void(size_t)> visit) {
  for (size_t k = 0; k < tensor.floats.size(); ++k) {
    auto rest = int64_t(k);
    bool outside = false;
    for (size_t axis = tensor.shape.size(); axis-- > 0; rest /= tensor.shape[axis]) {
      int64_t place = rest % tensor.shape[axis];
      outside |= llvm::is_contained(axes, axis) && (place < low || place >= tensor.shape[axis] - high);
    }
    if (outside)
      visit(k);
  }
}

namespace {

/// Tries margins of one claim.
class BorderSearch {
public:
  BorderSearch(ClaimRun &run, const ActionSpec &action) : run(run), action(action) {}
  bool holds(const Border &border);
  /// The extent of the shortest axis that moves.
  int64_t shortest(ArrayRef<Tensor> tensors, bool ofResult) const;

private:
  SmallVector<unsigned> axesOf(unsigned leaf, bool ofResult) const;
  bool holdsFor(const Border &border, ArrayRef<Tensor> x);
  void clear(std::vector<Tensor> &tensors, bool ofResult, int64_t low, int64_t high) const;

  ClaimRun &run;
  const ActionSpec &action;
};

} // namespace

SmallVector<unsigned> BorderSearch::axesOf(unsigned leaf, bool ofResult) const {
  SmallVector<unsigned> axes;
  for (const SpaceSpec &space : action.spaces)
    if (space.leaf == leaf && space.result == ofResult)
      axes.append(space.axes.begin(), space.axes.end());
  return axes;
}

int64_t BorderSearch::shortest(ArrayRef<Tensor> tensors, bool ofResult) const {
  int64_t least = INT64_MAX;
  for (auto [k, tensor] : llvm::enumerate(tensors))
    for (unsigned axis : axesOf(k, ofResult))
      least = std::min(least, tensor.shape[axis]);
  return least;
}

void BorderSearch::clear(std::vector<Tensor> &tensors, bool ofResult, int64_t low, int64_t high) const {
  for (auto [k, tensor] : llvm::enumerate(tensors))
    visitBorder(tensor, axesOf(k, ofResult), low, high, [&](size_t entry) { tensor.floats[entry] = 0; });
}

/// A shift by one moves what is as far from the front as it should be afterwards, and one more from the back.
bool BorderSearch::holdsFor(const Border &border, ArrayRef<Tensor> x) {
  std::vector<Tensor> inputs = x.vec();
  if (border.ofInput)
    clear(inputs, false, border.margin, border.margin + 1);
  auto y = run.evaluate(inputs);
  if (!y) {
    llvm::consumeError(y.takeError());
    return false;
  }
  for (int g = 0; g < int(run.group().generators().size()); ++g) {
    Word shift{{g, 1}};
    auto found = run.evaluate(run.moveInputs(inputs, shift));
    if (!found) {
      llvm::consumeError(found.takeError());
      return false;
    }
    std::vector<Tensor> wanted = run.moveOutputs(*y, shift);
    if (!border.ofInput) {
      clear(*found, true, border.margin + 1, border.margin);
      clear(wanted, true, border.margin + 1, border.margin);
    }
    for (auto [one, other] : llvm::zip_equal(*found, wanted))
      if (Difference difference = differenceOf(one, other);
          !(difference.error <= largeError) || difference.largest < smallestOutput)
        return false;
  }
  return true;
}

bool BorderSearch::holds(const Border &border) {
  constexpr int rounds = 2;
  for (int round = 0; round < rounds; ++round) {
    if (llvm::Error error = run.drawModel()) {
      llvm::consumeError(std::move(error));
      return false;
    }
    if (!holdsFor(border, run.drawInputs()))
      return false;
  }
  return true;
}

std::optional<Border> findBorder(ModuleOp module, ClaimOp claim, const ActionSpec &action, uint64_t seed) {
  constexpr int64_t mostMargin = 12, leastInside = 3;
  auto run = ClaimRun::of(module, claim, action, seed);
  if (!run) {
    llvm::consumeError(run.takeError());
    return std::nullopt;
  }
  auto kind = run->group().kind();
  bool allNamed = llvm::all_of(action.spaces, [](const SpaceSpec &space) { return !space.axes.empty(); });
  if ((kind != Group::Kind::Shifts && kind != Group::Kind::Cyclic) || !allNamed)
    return std::nullopt;
  if (llvm::Error error = run->drawModel()) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  std::vector<Tensor> x = run->drawInputs();
  auto y = run->evaluate(x);
  if (!y) {
    llvm::consumeError(y.takeError());
    return std::nullopt;
  }
  BorderSearch search(*run, action);
  bool movesOutput = llvm::any_of(action.spaces, [](const SpaceSpec &space) { return space.result; });
  for (bool ofInput : {true, false}) {
    int64_t extent = search.shortest(ofInput ? x : *y, !ofInput);
    for (int64_t margin = 1; (ofInput || movesOutput) && margin <= mostMargin; ++margin) {
      Border border{margin, ofInput, run->group().generators().size() > 1};
      if (extent - 2 * margin - 1 < leastInside)
        break;
      if (search.holds(border))
        return border;
    }
  }
  return std::nullopt;
}

} // namespace nn::prover
