// The derivative of each routine.
//
// Note [Derivatives of factorizations]
// With da the tangent of a, sym(x) = (x + x^T) / 2 and low(x) the lower triangle of x with half of its diagonal
// (M. Giles, Collected matrix derivative results for forward and reverse mode algorithmic differentiation, 2008;
// I. Murray, Differentiation of the Cholesky decomposition, 2016; J. Townsend, Differentiating the singular value
// decomposition, 2016):
//
//     solve       dx = a^-1 (db - da x)
//     cholesky    dl = l low(l^-1 sym(da) l^-T)
//     eigh        p = v^T sym(da) v;  dw_i = p_ii;  dv = v (f * p),  f_ij = 1 / (w_j - w_i)
//     svd         p = u^T da v;  ds_i = p_ii;  f_ij = 1 / (s_j^2 - s_i^2)
//                 du = u (f * (p s + s p^T)) + (1 - u u^T) da v / s
//                 dv = v (f * (s p + p^T s)) + (1 - v v^T) da^T u / s
//
// Vectors of equal values are not determined: there f is 0, as is 1 / s for a value of 0. Sums over equal values, such
// as a trace of a function of a, do not depend on these terms. Reverse mode is the transpose of each.
#include "AutoDiff/RoutineRules.h"
#include "Dialect/NN/IR/EquationUtils.h"

using namespace mlir;
using namespace nn;

namespace {

/// Arithmetic on matrices and vectors with leading axes, as equations.
class Algebra {
public:
  Algebra(OpBuilder &builder, RoutineOp op)
      : builder(builder), loc(op.getLoc()), leading(op.getLeading()),
        element(cast<ShapedType>(op.getInputs()[0].getType()).getElementType()) {}

  /// A value and the indices, numbered behind the leading ones, that it is read at.
  struct Read {
    Value value;
    SmallVector<unsigned, 2> at;
  };

  /// `result[write] = sum body(reads)` over the box of `core`.
  Value equation(ArrayRef<int64_t> core, ArrayRef<Read> reads, ArrayRef<unsigned> write, BodyBuilder body) {
    EquationParts parts;
    parts.extents = leading;
    llvm::append_range(parts.extents, core);
    parts.combine = write.size() == core.size() ? Combine::map : Combine::sum;
    auto mapAt = [&](ArrayRef<unsigned> at) {
      SmallVector<AffineExpr> exprs;
      for (unsigned d = 0; d < leading.size(); ++d)
        exprs.push_back(builder.getAffineDimExpr(d));
      for (unsigned index : at)
        exprs.push_back(builder.getAffineDimExpr(leading.size() + index));
      return AffineMap::get(parts.extents.size(), 0, exprs, builder.getContext());
    };
    for (const Read &read : reads)
      parts.addInput(read.value, mapAt(read.at));
    parts.write = mapAt(write);
    SmallVector<int64_t> shape(leading);
    for (unsigned index : write)
      shape.push_back(core[index]);
    return EquationOp::create(builder, loc, parts, RankedTensorType::get(shape, element), body).getResult();
  }

  int64_t extent(Value value, unsigned axis) {
    return cast<ShapedType>(value.getType()).getDimSize(leading.size() + axis);
  }

  Value transpose(Value a) {
    return equation({extent(a, 1), extent(a, 0)}, {{a, {1, 0}}}, {0, 1},
                    [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  }

  /// `a b`, either of them transposed first.
  Value product(Value a, Value b, bool turnA = false, bool turnB = false) {
    int64_t rows = extent(a, turnA ? 1 : 0), inner = extent(a, turnA ? 0 : 1), columns = extent(b, turnB ? 0 : 1);
    Read left{a, {0, 2}}, right{b, {2, 1}};
    if (turnA)
      std::swap(left.at[0], left.at[1]);
    if (turnB)
      std::swap(right.at[0], right.at[1]);
    return equation(
        {rows, columns, inner}, {left, right}, {0, 1},
        [](OpBuilder &in, Location at, ValueRange v) -> Value { return arith::MulFOp::create(in, at, v[0], v[1]); });
  }

  /// Elementwise over matrices [rows, columns].
  Value combine(ArrayRef<Read> reads, int64_t rows, int64_t columns, BodyBuilder body) {
    return equation({rows, columns}, reads, {0, 1}, body);
  }
  Value add(Value a, Value b) {
    if (!a || !b)
      return a ? a : b;
    return combine(
        {{a, {0, 1}}, {b, {0, 1}}}, extent(a, 0), extent(a, 1),
        [](OpBuilder &in, Location at, ValueRange v) -> Value { return arith::AddFOp::create(in, at, v[0], v[1]); });
  }
  Value subtract(Value a, Value b) {
    return combine(
        {{a, {0, 1}}, {b, {0, 1}}}, extent(a, 0), extent(a, 1),
        [](OpBuilder &in, Location at, ValueRange v) -> Value { return arith::SubFOp::create(in, at, v[0], v[1]); });
  }
  Value multiply(Value a, Value b) {
    return combine(
        {{a, {0, 1}}, {b, {0, 1}}}, extent(a, 0), extent(a, 1),
        [](OpBuilder &in, Location at, ValueRange v) -> Value { return arith::MulFOp::create(in, at, v[0], v[1]); });
  }
  Value negate(Value a) {
    return combine({{a, {0, 1}}}, extent(a, 0), extent(a, 1), [](OpBuilder &in, Location at, ValueRange v) -> Value {
      return arith::NegFOp::create(in, at, v[0]);
    });
  }
  /// `(a + a^T) / 2`, or `a - a^T`.
  Value symmetric(Value a) {
    return combine({{a, {0, 1}}, {a, {1, 0}}}, extent(a, 0), extent(a, 1),
                   [](OpBuilder &in, Location at, ValueRange v) -> Value {
                     Value sum = arith::AddFOp::create(in, at, v[0], v[1]);
                     return arith::MulFOp::create(in, at, sum, constantOf(in, at, sum.getType(), 0.5));
                   });
  }
  Value antisymmetric(Value a) {
    return combine(
        {{a, {0, 1}}, {a, {1, 0}}}, extent(a, 0), extent(a, 1),
        [](OpBuilder &in, Location at, ValueRange v) -> Value { return arith::SubFOp::create(in, at, v[0], v[1]); });
  }
  /// `a diag(s)`, or `diag(s) a` with `axis` 0; divided by s with `divide`, where 1 / 0 is 0.
  Value scale(Value a, Value s, unsigned axis = 1, bool divide = false) {
    return combine({{a, {0, 1}}, {s, {axis}}}, extent(a, 0), extent(a, 1),
                   [&](OpBuilder &in, Location at, ValueRange v) -> Value {
                     if (!divide)
                       return arith::MulFOp::create(in, at, v[0], v[1]);
                     return arith::MulFOp::create(in, at, v[0], inverseOf(in, at, v[1]));
                   });
  }
  Value diagonal(Value a) {
    return equation({extent(a, 0)}, {{a, {0, 0}}}, {0}, [](OpBuilder &, Location, ValueRange v) { return v[0]; });
  }
  /// The matrix with s on its diagonal.
  Value ofDiagonal(Value s) {
    return combine({{s, {0}}}, extent(s, 0), extent(s, 0), [&](OpBuilder &in, Location at, ValueRange v) -> Value {
      Value zero = constantOf(in, at, element, 0);
      return arith::SelectOp::create(in, at, compare(in, at, arith::CmpIPredicate::eq), v[0], zero);
    });
  }
  /// The lower triangle with half of the diagonal.
  Value lower(Value a) {
    return combine({{a, {0, 1}}}, extent(a, 0), extent(a, 1), [&](OpBuilder &in, Location at, ValueRange v) -> Value {
      Value zero = constantOf(in, at, element, 0);
      Value half = arith::MulFOp::create(in, at, v[0], constantOf(in, at, element, 0.5));
      Value kept = arith::SelectOp::create(in, at, compare(in, at, arith::CmpIPredicate::sgt), v[0], zero);
      return arith::SelectOp::create(in, at, compare(in, at, arith::CmpIPredicate::eq), half, kept);
    });
  }
  /// `1 / (s_j - s_i)`, of the squares with `squares`; 0 where they are equal.
  Value gaps(Value s, bool squares) {
    return combine({{s, {0}}, {s, {1}}}, extent(s, 0), extent(s, 0),
                   [&](OpBuilder &in, Location at, ValueRange v) -> Value {
                     Value gap = arith::SubFOp::create(in, at, v[1], v[0]);
                     if (squares)
                       gap = arith::MulFOp::create(in, at, gap, arith::AddFOp::create(in, at, v[1], v[0]));
                     return inverseOf(in, at, gap);
                   });
  }
  Value routine(RoutineKind kind, ValueRange inputs) {
    return RoutineOp::create(builder, loc, kind, inputs).getOutputs()[0];
  }
  Value solve(Value a, Value b) { return routine(RoutineKind::solve, {a, b}); }

private:
  /// Compares the row with the column of the current point.
  Value compare(OpBuilder &in, Location at, arith::CmpIPredicate predicate) {
    auto index = [&](unsigned d) {
      return IndexOp::create(in, at, in.getI32Type(), static_cast<int64_t>(leading.size() + d)).getResult();
    };
    return arith::CmpIOp::create(in, at, predicate, index(0), index(1));
  }
  Value inverseOf(OpBuilder &in, Location at, Value x) {
    Value zero = constantOf(in, at, element, 0), one = constantOf(in, at, element, 1);
    Value none = arith::CmpFOp::create(in, at, arith::CmpFPredicate::OEQ, x, zero);
    Value safe = arith::SelectOp::create(in, at, none, one, x);
    return arith::SelectOp::create(in, at, none, zero, arith::DivFOp::create(in, at, one, safe));
  }

  OpBuilder &builder;
  Location loc;
  SmallVector<int64_t> leading;
  Type element;
};

/// The outputs of one svd.
struct Singular {
  explicit Singular(RoutineOp op) : u(op.getOutputs()[0]), s(op.getOutputs()[1]), v(op.getOutputs()[2]) {}
  Value u, s, v;
};

} // namespace

static RoutineKind transposed(RoutineKind kind) {
  return kind == RoutineKind::fft ? RoutineKind::fft_inverse : RoutineKind::fft;
}

//===-- Reverse mode
//---------------------------------------------------------------------------------------------------===//

static Value pullBackCholesky(Algebra &m, Value l, Value g) {
  Value turned = m.transpose(l);
  Value half = m.solve(turned, m.lower(m.product(l, g, /*turnA=*/true)));
  return m.symmetric(m.solve(turned, m.transpose(half)));
}

static Value pullBackEigh(Algebra &m, RoutineOp op, Value gw, Value gv) {
  Value w = op.getOutputs()[0], v = op.getOutputs()[1];
  Value inner = gw ? m.ofDiagonal(gw) : Value();
  if (gv)
    inner = m.add(inner, m.multiply(m.gaps(w, /*squares=*/false), m.product(v, gv, /*turnA=*/true)));
  return m.symmetric(m.product(m.product(v, inner), v, false, /*turnB=*/true));
}

/// The part of the cotangent that turns vectors x inside their own span: f * (x^T gx - gx^T x).
static Value turning(Algebra &m, Value gaps, Value x, Value gx) {
  return m.multiply(gaps, m.antisymmetric(m.product(x, gx, /*turnA=*/true)));
}

/// What is left of y outside of the span of the columns of x.
static Value outside(Algebra &m, Value x, Value y) {
  return m.subtract(y, m.product(x, m.product(x, y, /*turnA=*/true)));
}

static Value pullBackSvd(Algebra &m, RoutineOp op, ArrayRef<Value> g) {
  Singular of(op);
  Value inner = g[1] ? m.ofDiagonal(g[1]) : Value(), gaps = g[0] || g[2] ? m.gaps(of.s, /*squares=*/true) : Value();
  if (g[0])
    inner = m.add(inner, m.scale(turning(m, gaps, of.u, g[0]), of.s));
  if (g[2])
    inner = m.add(inner, m.scale(turning(m, gaps, of.v, g[2]), of.s, /*axis=*/0));
  Value result = m.product(m.product(of.u, inner), of.v, false, /*turnB=*/true);
  int64_t rows = m.extent(of.u, 0), columns = m.extent(of.v, 0);
  if (g[0] && rows > columns) {
    Value left = outside(m, of.u, m.scale(g[0], of.s, 1, /*divide=*/true));
    result = m.add(result, m.product(left, of.v, false, /*turnB=*/true));
  }
  if (g[2] && columns > rows) {
    Value right = outside(m, of.v, m.scale(g[2], of.s, 1, /*divide=*/true));
    result = m.add(result, m.product(of.u, right, false, /*turnB=*/true));
  }
  return result;
}

SmallVector<Value> nn::pullBackRoutine(OpBuilder &builder, RoutineOp op, ArrayRef<Value> cotangents,
                                       ArrayRef<bool> wanted) {
  Algebra m(builder, op);
  ValueRange inputs = op.getInputs(), outputs = op.getOutputs();
  if (llvm::none_of(cotangents, [](Value g) { return static_cast<bool>(g); }))
    return SmallVector<Value>(inputs.size());
  switch (op.getKind()) {
  case RoutineKind::solve: {
    Value right = m.solve(m.transpose(inputs[0]), cotangents[0]);
    Value matrix = wanted[0] ? m.negate(m.product(right, outputs[0], false, /*turnB=*/true)) : Value();
    return {matrix, right};
  }
  case RoutineKind::cholesky:
    return {pullBackCholesky(m, outputs[0], cotangents[0])};
  case RoutineKind::eigh:
    return {pullBackEigh(m, op, cotangents[0], cotangents[1])};
  case RoutineKind::svd:
    return {pullBackSvd(m, op, cotangents)};
  case RoutineKind::fft:
  case RoutineKind::fft_inverse:
    return {m.routine(transposed(op.getKind()), cotangents[0])};
  case RoutineKind::order:
  case RoutineKind::group:
    return {Value()};
  }
  return {};
}

//===-- Forward mode
//---------------------------------------------------------------------------------------------------===//

static SmallVector<Value> pushForwardSvd(Algebra &m, RoutineOp op, Value da) {
  Singular of(op);
  Value p = m.product(m.product(of.u, da, /*turnA=*/true), of.v), gaps = m.gaps(of.s, /*squares=*/true);
  Value turned = m.transpose(p);
  Value left = m.add(m.scale(p, of.s), m.scale(turned, of.s, 0));
  Value right = m.add(m.scale(p, of.s, 0), m.scale(turned, of.s));
  Value du = m.product(of.u, m.multiply(gaps, left)), dv = m.product(of.v, m.multiply(gaps, right));
  int64_t rows = m.extent(of.u, 0), columns = m.extent(of.v, 0);
  if (rows > columns)
    du = m.add(du, outside(m, of.u, m.scale(m.product(da, of.v), of.s, 1, /*divide=*/true)));
  if (columns > rows)
    dv = m.add(dv, outside(m, of.v, m.scale(m.product(da, of.u, /*turnA=*/true), of.s, 1, /*divide=*/true)));
  return {du, m.diagonal(p), dv};
}

SmallVector<Value> nn::pushForwardRoutine(OpBuilder &builder, RoutineOp op, ArrayRef<Value> tangents) {
  Algebra m(builder, op);
  ValueRange inputs = op.getInputs(), outputs = op.getOutputs();
  Value da = tangents[0];
  switch (op.getKind()) {
  case RoutineKind::solve: {
    Value change = da ? m.negate(m.product(da, outputs[0])) : Value();
    return {m.solve(inputs[0], m.add(change, tangents[1]))};
  }
  case RoutineKind::cholesky: {
    Value l = outputs[0], half = m.solve(l, m.symmetric(da));
    return {m.product(l, m.lower(m.solve(l, m.transpose(half))))};
  }
  case RoutineKind::eigh: {
    Value w = outputs[0], v = outputs[1];
    Value p = m.product(m.product(v, m.symmetric(da), /*turnA=*/true), v);
    return {m.diagonal(p), m.product(v, m.multiply(m.gaps(w, /*squares=*/false), p))};
  }
  case RoutineKind::svd:
    return pushForwardSvd(m, op, da);
  case RoutineKind::fft:
  case RoutineKind::fft_inverse:
    return {m.routine(op.getKind(), da)};
  case RoutineKind::order:
    return {Value()};
  case RoutineKind::group:
    return {Value(), Value()};
  }
  return {};
}
