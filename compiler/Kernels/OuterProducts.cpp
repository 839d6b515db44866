// Note [Outer products]
// Scores s[b, h, i, j] = sum[c] q[b, i, h, c] * k[b, j, h, c] are larger than q and k when there are more places than
// components, and much larger for long sequences. What follows, masks, a softmax, dropout, maps scores one by one; what
// is read in the end are sums over i or over j. A kernel whose frame is (b, h, i) does all that for some queries, with
// their scores in a cache; the gradients of q and, in another kernel over (b, h, j), of k and v compute the scores
// again. That costs a contraction of small depth for each, about what storing and loading the scores would, and memory
// grows with the length instead of its square.
#include "Kernels/OuterProducts.h"
#include "Kernels/Kernels.h"

using namespace mlir;
using namespace nn;

/// Results smaller than this are in a cache anyway.
static constexpr int64_t leastBytes = 256 << 10;
/// How many times larger than its operands a result has to be, and up to which depth its sums are worth doing again.
static constexpr int64_t leastGrowth = 2, mostDepth = 128;

static bool fillsAxis(EquationOp equation, unsigned index) {
  int axis = bareAxis(equation.getWrite(), index);
  return axis >= 0 && equation.getResultType().getDimSize(axis) == equation.getExtents()[index];
}

bool nn::mayFrame(EquationOp equation, ArrayRef<unsigned> frame) {
  WriteFacts facts = analyzeWrite(equation);
  return llvm::all_of(frame, [&](unsigned index) {
    return fillsAxis(equation, index) ||
           (facts.owned && facts.covers && !equation.getDrop() && equation.getWrite().isFunctionOfDim(index));
  });
}

OuterProducts::OuterProducts(Block &block) {
  for (auto equation : block.getOps<EquationOp>())
    if (equation.getCombine() == Combine::map)
      addMap(equation);
    else
      addContraction(equation);
  for (Operation &op : llvm::reverse(block))
    if (auto equation = dyn_cast<EquationOp>(op))
      addGenerator(equation);
}

/// Rows of an operand, at a place of what all operands share: the shared indices, then its own, the longest last.
static std::optional<Frame> frameOf(EquationOp equation, AffineMap operand, const llvm::SmallBitVector &shared) {
  SmallVector<unsigned> own;
  Frame frame;
  for (unsigned d : llvm::seq(equation.getNumDims())) {
    if (!operand.isFunctionOfDim(d) || !equation.getWrite().isFunctionOfDim(d) || equation.getExtents()[d] == 1)
      continue;
    if (!fillsAxis(equation, d))
      return std::nullopt;
    if (shared.test(d))
      frame.push_back(bareAxis(equation.getWrite(), d));
    else
      own.push_back(d);
  }
  if (own.empty() || frame.empty())
    return std::nullopt;
  llvm::stable_sort(own, [&](unsigned a, unsigned b) { return equation.getExtents()[a] < equation.getExtents()[b]; });
  for (unsigned d : own)
    frame.push_back(bareAxis(equation.getWrite(), d));
  return frame;
}

void OuterProducts::addContraction(EquationOp equation) {
  if (equation.getCombine() != Combine::sum || !analyzeWrite(equation).owned || !equation.getTables().empty())
    return;
  int64_t depth = 1, operandBytes = 0;
  for (unsigned d : reducedDims(equation))
    depth *= equation.getExtents()[d];
  llvm::SmallBitVector shared(equation.getNumDims(), true);
  for (auto [k, input] : llvm::enumerate(equation.getInputs())) {
    auto type = cast<ShapedType>(input.getType());
    if (type.getRank() == 0)
      continue;
    operandBytes += byteSize(type);
    for (unsigned d = 0; d < equation.getNumDims(); ++d)
      if (!equation.getRead(k).isFunctionOfDim(d))
        shared.reset(d);
  }
  int64_t bytes = byteSize(equation.getResultType());
  if (depth == 1 || depth > mostDepth || bytes < leastBytes || bytes < leastGrowth * operandBytes)
    return;
  SmallVector<Frame> found;
  for (auto [k, input] : llvm::enumerate(equation.getInputs()))
    if (auto frame = frameOf(equation, equation.getRead(k), shared); frame && !llvm::is_contained(found, *frame))
      found.push_back(*frame);
  if (!found.empty())
    frames[equation] = found;
}

/// The frames of a value as indices of an equation that reads or writes it with this map.
static SmallVector<Frame> indicesOf(ArrayRef<Frame> axisFrames, AffineMap map) {
  SmallVector<Frame> result;
  for (const Frame &axes : axisFrames) {
    Frame indices;
    for (unsigned axis : axes)
      if (auto index = dyn_cast<AffineDimExpr>(map.getResult(axis)))
        indices.push_back(index.getPosition());
    if (indices.size() == axes.size())
      result.push_back(indices);
  }
  return result;
}

/// A map from each element of such a value to one of its own.
void OuterProducts::addMap(EquationOp equation) {
  auto axes = permutationWrite(equation);
  if (!axes)
    return;
  for (auto [k, input] : llvm::enumerate(equation.getInputs())) {
    auto found = frames.find(input.getDefiningOp());
    if (!input.getDefiningOp() || found == frames.end() ||
        cast<ShapedType>(input.getType()).getNumElements() != equation.getResultType().getNumElements())
      continue;
    SmallVector<Frame> own = indicesOf(found->second, equation.getRead(k));
    for (Frame &frame : own)
      for (unsigned &index : frame)
        index = (*axes)[index];
    if (!own.empty())
      frames[equation] = own;
    return;
  }
}

/// A map of less than that which is read with such values alone, as the draws of a dropout: it belongs to them.
void OuterProducts::addGenerator(EquationOp equation) {
  auto axes = permutationWrite(equation);
  if (equation.getCombine() != Combine::map || contains(equation) || !axes || equation->use_empty() ||
      byteSize(equation.getResultType()) < leastBytes)
    return;
  int64_t operandBytes = 0;
  for (Value input : equation.getInputs())
    operandBytes += byteSize(cast<ShapedType>(input.getType()));
  if (byteSize(equation.getResultType()) < leastGrowth * operandBytes)
    return;
  SmallVector<Frame> found;
  for (OpOperand &use : equation->getUses()) {
    auto reader = dyn_cast<EquationOp>(use.getOwner());
    if (!reader || !touches(reader) || use.getOperandNumber() >= reader.getInputs().size())
      return;
    AffineMap read = reader.getRead(use.getOperandNumber());
    for (const Frame &frame : framesOf(reader)) {
      Frame own;
      for (unsigned index : frame)
        if (int axis = bareAxis(read, index); axis >= 0)
          own.push_back(axis);
      if (own.size() == frame.size() && !llvm::is_contained(found, own))
        found.push_back(own);
    }
  }
  if (!found.empty())
    frames[equation] = found;
}

bool OuterProducts::touches(EquationOp equation) const {
  return contains(equation) || llvm::any_of(equation.getInputs(), [&](Value input) {
           return input.getDefiningOp() && contains(input.getDefiningOp());
         });
}

SmallVector<Frame> OuterProducts::framesOf(EquationOp equation) const {
  SmallVector<Frame> result;
  auto add = [&](Operation *op, AffineMap map) {
    auto found = frames.find(op);
    if (found == frames.end())
      return;
    for (Frame &frame : indicesOf(found->second, map))
      if (mayFrame(equation, frame) && !llvm::is_contained(result, frame))
        result.push_back(frame);
  };
  add(equation, equation.getWrite());
  for (auto [k, input] : llvm::enumerate(equation.getInputs()))
    if (result.empty() && input.getDefiningOp())
      add(input.getDefiningOp(), equation.getRead(k));
  return result;
}
