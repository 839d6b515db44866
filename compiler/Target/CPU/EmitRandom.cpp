// Random numbers in emitted code: Philox4x32-10 on scalars or lanes (J. Salmon et al., Parallel random numbers: as easy
// as 1, 2, 3. SC 2011).
#include "Target/CPU/EquationEmitter.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"

#include <numbers>

using namespace mlir;
using namespace nn;

namespace {

/// Arithmetic on 32-bit words or vectors of them; a scalar meets a vector by broadcast.
class Words {
public:
  Words(OpBuilder &b, Location loc, llvm::function_ref<Value(Value)> widen) : b(b), loc(loc), widen(widen) {}

  Value constant(uint32_t word) { return arith::ConstantIntOp::create(b, loc, b.getI32Type(), int64_t(int32_t(word))); }
  Value exclusiveOr(Value x, Value y) {
    match(x, y);
    return arith::XOrIOp::create(b, loc, x, y);
  }
  Value add(Value x, Value y) {
    match(x, y);
    return arith::AddIOp::create(b, loc, x, y);
  }
  /// Low and high half of the product with a constant.
  std::pair<Value, Value> multiply(uint32_t factor, Value x) {
    Value f = constant(factor);
    match(x, f);
    auto product = arith::MulUIExtendedOp::create(b, loc, x, f);
    return {product.getLow(), product.getHigh()};
  }
  void match(Value &x, Value &y) {
    if (isa<VectorType>(x.getType()) || isa<VectorType>(y.getType())) {
      x = widen(x);
      y = widen(y);
    }
  }

private:
  OpBuilder &b;
  Location loc;
  llvm::function_ref<Value(Value)> widen;
};

/// Turns random words into floats of one type.
class Uniforms {
public:
  Uniforms(OpBuilder &b, Location loc, FloatType type) : b(b), loc(loc), type(type) {}

  /// f32: (high >> 8 + plus) 2^-24; f64: ((high << 32 | low) >> 11 + plus) 2^-53.
  Value from(Value high, Value low, int64_t plus) {
    bool wide = type.isF64();
    Value bits;
    if (wide) {
      Type i64 = like(high, b.getI64Type());
      Value shifted = arith::ShLIOp::create(b, loc, arith::ExtUIOp::create(b, loc, i64, high), splat(i64, 32));
      bits = arith::OrIOp::create(b, loc, shifted, arith::ExtUIOp::create(b, loc, i64, low));
    } else {
      bits = high;
    }
    Value top = arith::ShRUIOp::create(b, loc, bits, splat(bits.getType(), wide ? 11 : 8));
    if (plus)
      top = arith::AddIOp::create(b, loc, top, splat(top.getType(), plus));
    Value real = arith::SIToFPOp::create(b, loc, like(high, type), top);
    return arith::MulFOp::create(b, loc, real, splat(real.getType(), wide ? 0x1p-53 : 0x1p-24));
  }

  /// sqrt(-2 ln u1) cos(2 pi u2). In f32 the cosine is a sine whose argument is exact before it is scaled, so that
  /// small values keep their digits: cos(2 pi u) = sin(2 pi (|u - 1/2| - 1/4)).
  Value boxMuller(Value u1, Value u2) {
    Value log = math::LogOp::create(b, loc, u1);
    Value radius = math::SqrtOp::create(b, loc, arith::MulFOp::create(b, loc, log, splat(log.getType(), -2.0)));
    Value circle = splat(u2.getType(), 2 * std::numbers::pi), wave;
    if (type.isF64()) {
      wave = math::CosOp::create(b, loc, arith::MulFOp::create(b, loc, u2, circle));
    } else {
      Value fold = math::AbsFOp::create(b, loc, arith::SubFOp::create(b, loc, u2, splat(u2.getType(), 0.5)));
      Value turn = arith::SubFOp::create(b, loc, fold, splat(u2.getType(), 0.25));
      wave = math::SinOp::create(b, loc, arith::MulFOp::create(b, loc, turn, circle));
    }
    return arith::MulFOp::create(b, loc, radius, wave);
  }

private:
  Type like(Value word, Type element) {
    auto vector = dyn_cast<VectorType>(word.getType());
    return vector ? Type(vector.clone(element)) : element;
  }
  template <typename Number> Value splat(Type t, Number number) {
    TypedAttr value;
    if constexpr (std::is_floating_point_v<Number>)
      value = b.getFloatAttr(getElementTypeOrSelf(t), number);
    else
      value = b.getIntegerAttr(getElementTypeOrSelf(t), number);
    if (auto vector = dyn_cast<VectorType>(t))
      value = DenseElementsAttr::get(vector, cast<Attribute>(value));
    return arith::ConstantOp::create(b, loc, value);
  }

  OpBuilder &b;
  Location loc;
  FloatType type;
};

} // namespace

/// Ten rounds; counter and key are changed in place.
static void philox(Words &words, std::array<Value, 4> &counter, std::array<Value, 2> key) {
  for (int round = 0; round < 10; ++round) {
    auto [low0, high0] = words.multiply(0xD2511F53u, counter[0]);
    auto [low1, high1] = words.multiply(0xCD9E8D57u, counter[2]);
    counter = {words.exclusiveOr(words.exclusiveOr(high1, counter[1]), key[0]), low1,
               words.exclusiveOr(words.exclusiveOr(high0, counter[3]), key[1]), low0};
    key = {words.add(key[0], words.constant(0x9E3779B9u)), words.add(key[1], words.constant(0xBB67AE85u))};
  }
}

Value EquationEmitter::random(RandomOp source, IRMapping &values) {
  auto get = [&](Value v) { return values.lookup(v); };
  auto widen = [&](Value v) { return toVector(v); };
  Words words(b, loc, widen);
  std::array<Value, 4> counter = {get(source.getElement()), words.constant(source.getSite()), get(source.getStep()),
                                  get(source.getExample())};
  philox(words, counter, {get(source.getSeedLow()), get(source.getSeedHigh())});
  if (llvm::any_of(counter, [](Value v) { return isa<VectorType>(v.getType()); }))
    for (Value &word : counter)
      word = toVector(word);
  if (source.getLaw() == Distribution::bits)
    return counter[0];
  auto type = cast<FloatType>(source.getResult().getType());
  Uniforms uniforms(b, loc, type);
  if (source.getLaw() == Distribution::uniform)
    return uniforms.from(counter[0], counter[1], 0);
  if (type.isF64())
    return uniforms.boxMuller(uniforms.from(counter[0], counter[1], 1), uniforms.from(counter[2], counter[3], 0));
  return uniforms.boxMuller(uniforms.from(counter[0], {}, 1), uniforms.from(counter[1], {}, 0));
}
