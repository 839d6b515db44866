/// Reads `shift + scale * draw` off an expression whose numbers are known at compile time.
#include "Frontend/Sema/Noise.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace nn::checked;

namespace nn::sema {
namespace {

/// shift + scale * draw, where there is one.
struct Drawn {
  double shift = 0, scale = 0;
  const Sample *draw = nullptr;
};

std::optional<Drawn> read(const Expr *expr);

std::optional<Drawn> combine(ScalarOp op, const Drawn &a, const Drawn &b) {
  if (a.draw && b.draw)
    return std::nullopt; // no draw is read twice, and a sum of two is of another law
  const Sample *draw = a.draw ? a.draw : b.draw;
  switch (op) {
  case ScalarOp::Add:
    return Drawn{a.shift + b.shift, a.scale + b.scale, draw};
  case ScalarOp::Sub:
    return Drawn{a.shift - b.shift, a.scale - b.scale, draw};
  case ScalarOp::Mul:
    return a.draw ? Drawn{a.shift * b.shift, a.scale * b.shift, draw}
                  : Drawn{a.shift * b.shift, a.shift * b.scale, draw};
  case ScalarOp::Div:
    return b.draw ? std::nullopt : std::optional(Drawn{a.shift / b.shift, a.scale / b.shift, draw});
  default:
    return std::nullopt;
  }
}

std::optional<Drawn> readOp(const Pointwise *op) {
  std::optional<Drawn> a = read(op->operands[0]);
  if (!a || op->op == ScalarOp::Cast)
    return a;
  if (op->op == ScalarOp::Neg)
    return Drawn{-a->shift, -a->scale, a->draw};
  if (op->op == ScalarOp::Sqrt && !a->draw)
    return Drawn{std::sqrt(a->shift)};
  if (op->operands.size() != 2)
    return std::nullopt;
  std::optional<Drawn> b = read(op->operands[1]);
  return b ? combine(op->op, *a, *b) : std::nullopt;
}

std::optional<Drawn> read(const Expr *expr) {
  return llvm::TypeSwitch<const Expr *, std::optional<Drawn>>(expr)
      .Case([](const Number *number) { return Drawn{number->value}; })
      .Case([](const Sample *sample) { return Drawn{0, 1, sample}; })
      .Case([](const Pointwise *op) { return readOp(op); })
      .Case([](const CallResult *result) { return read(result->call->callee->results[result->result]); })
      .Default([](const Expr *) { return std::nullopt; });
}

} // namespace

std::optional<double> meanSquareOfNoise(const Expr *value) {
  std::optional<Drawn> drawn = read(value);
  // Draws that are repeated along an axis are not independent.
  if (!drawn || !drawn->draw || drawn->draw->type.rank() != value->type.rank())
    return std::nullopt;
  double mean = drawn->draw->normal ? drawn->shift : drawn->shift + drawn->scale / 2; // a uniform draw is from [0, 1)
  double square = drawn->scale * drawn->scale / (drawn->draw->normal ? 1 : 12);
  return std::abs(mean) <= 1e-12 * std::abs(drawn->scale) ? std::optional(square) : std::nullopt;
}

} // namespace nn::sema
