// What emission asks about passes over chunks; see Note [Streams].
#include "Target/GPU/Streams.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Kernels/Kernels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace nn;

static int64_t numberOn(Operation *op, StringRef name) {
  auto number = op->getAttrOfType<IntegerAttr>(name);
  return number ? number.getInt() : -1;
}

int64_t nn::passOf(Operation *equation) { return numberOn(equation, passAttrName); }

int64_t nn::chunkOf(Operation *op) { return numberOn(op, chunkAttrName); }

namespace {

/// The chunks in which an equation has points, in a stripe.
class ChunkBounds {
public:
  ChunkBounds(OpBuilder &b, EquationOp op, const BlockStripe &stripe)
      : b(b), loc(op.getLoc()), info(op), frame(stripe.frameOf(op)), stripe(stripe), chunk(unsigned(chunkOf(op))),
        low(number(0)), high(number(info.extents[chunk])) {}
  std::pair<Value, Value> emit();

private:
  Value number(int64_t n) { return arith::ConstantIndexOp::create(b, loc, n); }
  Value mostOf(unsigned d, int64_t factor);
  std::optional<Value> mostOfOthers(AffineExpr expr);

  OpBuilder &b;
  Location loc;
  EquationInfo info;
  FrameInfo frame;
  const BlockStripe &stripe;
  unsigned chunk;
  Value low, high;
};

} // namespace

/// The most that an index times a factor is in a stripe.
Value ChunkBounds::mostOf(unsigned d, int64_t factor) {
  Value most;
  for (auto [index, place] : llvm::zip(frame.outer, stripe.outer))
    if (index == d)
      most = place;
  if (!most) {
    bool framed = int(d) == frame.dim;
    int64_t last = (framed ? frame.stripe : info.extents[d]) - 1;
    most = number(factor > 0 ? last : 0);
    if (framed)
      most = b.createOrFold<arith::AddIOp>(loc, stripe.start, most);
  }
  return b.createOrFold<arith::MulIOp>(loc, most, number(factor));
}

/// The most that an expression is beside what the chunk's number adds; nothing if it is not linear.
std::optional<Value> ChunkBounds::mostOfOthers(AffineExpr expr) {
  auto sum = linearCoefficients(expr, info.dims, 0);
  if (!sum)
    return std::nullopt;
  Value most = number(sum->back());
  for (unsigned d = 0; d < info.dims; ++d)
    if ((*sum)[d] != 0 && d != chunk)
      most = b.createOrFold<arith::AddIOp>(loc, most, mostOf(d, (*sum)[d]));
  return most;
}

std::pair<Value, Value> ChunkBounds::emit() {
  for (const Constraint &each : info.constraints) {
    auto factor = info.coefficient(each.expr, chunk);
    if (usesSymbols(each.expr) || each.equality || !factor || *factor == 0)
      continue;
    std::optional<Value> most = mostOfOthers(each.expr);
    if (!most)
      continue;
    // The condition holds somewhere in chunk c if factor * c + most >= 0.
    Value zero = number(0), length = number(std::abs(*factor));
    if (*factor > 0) {
      Value left = b.createOrFold<arith::SubIOp>(loc, number(*factor - 1), *most);
      left = arith::MaxSIOp::create(b, loc, left, zero);
      low = arith::MaxSIOp::create(b, loc, low, b.createOrFold<arith::DivUIOp>(loc, left, length));
    } else {
      Value left = b.createOrFold<arith::AddIOp>(loc, *most, length);
      left = arith::MaxSIOp::create(b, loc, left, zero);
      high = arith::MinSIOp::create(b, loc, high, b.createOrFold<arith::DivUIOp>(loc, left, length));
    }
  }
  return {low, high};
}

std::pair<Value, Value> nn::emitChunks(OpBuilder &b, ArrayRef<Piece> pass, const BlockStripe &stripe) {
  SmallVector<EquationOp> members;
  for (const Piece &phase : pass)
    llvm::append_range(members, membersOf(phase));
  EquationOp first = members.front();
  auto number = [&](int64_t n) -> Value { return arith::ConstantIndexOp::create(b, first.getLoc(), n); };
  // What is stored is stored everywhere.
  if (llvm::any_of(members, [](EquationOp op) { return isa<BlockArgument>(op.getDest()); }))
    return {number(0), number(first.getExtents()[chunkOf(first)])};
  std::optional<std::pair<Value, Value>> all;
  for (EquationOp op : members) {
    if (!op.getAccumulate())
      continue; // is there for those that do
    auto [low, high] = ChunkBounds(b, op, stripe).emit();
    if (all) {
      low = b.createOrFold<arith::MinSIOp>(op.getLoc(), low, all->first);
      high = b.createOrFold<arith::MaxSIOp>(op.getLoc(), high, all->second);
    }
    all = {low, high};
  }
  return *all;
}
