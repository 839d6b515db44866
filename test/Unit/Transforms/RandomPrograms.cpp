// Draws programs: equations with affine and quasi-affine maps, gathers, masks, all combine kinds, loops; gradients of
// them.
#include "RandomPrograms.h"

using namespace mlir;
using namespace nn;
using namespace nn::test;

namespace {

class Generator {
public:
  Generator(MLIRContext &context, unsigned seed, bool secondOrder)
      : random(seed), secondOrder(secondOrder), builder(&context), loc(builder.getUnknownLoc()) {}
  RandomProgram run();

private:
  int64_t draw(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(random); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random); }
  RankedTensorType tensor(ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, builder.getF64Type()); }
  AffineExpr dim(unsigned d) { return builder.getAffineDimExpr(d); }
  ArrayRef<int64_t> shapeOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }
  Value pick() { return pool[draw(static_cast<int64_t>(pool.size()))]; }
  Value pickOfRank(unsigned rank);
  interpreter::Tensor numbers(ArrayRef<int64_t> shape);

  Value emit(EquationParts &parts, ArrayRef<int64_t> shape, BodyBuilder body) {
    return EquationOp::create(builder, loc, parts, tensor(shape), body).getResult();
  }
  Value squash(Value v);
  Value scalarOf(Value v);
  Value bodyValue(OpBuilder &b, Location at, ValueRange scalars);

  Value elementwise();
  Value contraction();
  Value reduction();
  Value maskedReduction();
  Value gather();
  Value scatter();
  Value window();
  Value movement();
  Value reshape();
  Value scan();
  Value iterate();
  Value mappedCall();
  void addStep();
  void makeMappedFunction(ModuleOp module);

  std::mt19937 random;
  bool secondOrder;
  OpBuilder builder;
  Location loc;
  SmallVector<Value> pool;
  Value index;
  RandomProgram program;
};

} // namespace

static constexpr int64_t sizes[] = {2, 3, 4};

interpreter::Tensor Generator::numbers(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t d : shape)
    count *= d;
  std::vector<double> values(count);
  for (double &v : values)
    v = std::uniform_real_distribution<double>(-1.2, 1.2)(random);
  return interpreter::Tensor::ofFloats(std::vector<int64_t>(shape.begin(), shape.end()), std::move(values));
}

Value Generator::pickOfRank(unsigned rank) {
  SmallVector<Value> found;
  for (Value v : pool)
    if (shapeOf(v).size() == rank)
      found.push_back(v);
  return found.empty() ? Value() : found[draw(static_cast<int64_t>(found.size()))];
}

/// Keeps numbers moderate, whatever a chain of operations does.
Value Generator::squash(Value v) {
  return createElementwise(
             builder, loc, cast<RankedTensorType>(v.getType()), {v},
             [](OpBuilder &b, Location at, ValueRange s) -> Value { return math::TanhOp::create(b, at, s[0]); })
      .getResult();
}

/// A random expression of the scalars, smooth and with kinks, some of it singular outside of a selection.
Value Generator::bodyValue(OpBuilder &b, Location at, ValueRange scalars) {
  Value x = scalars[0], y = scalars.size() > 1 ? scalars[1] : scalars[0];
  auto number = [&](double v) { return constantOf(b, at, b.getF64Type(), v); };
  Value positive = arith::AddFOp::create(b, at, arith::MulFOp::create(b, at, y, y), number(0.5));
  switch (draw(17)) {
  case 0:
    return arith::AddFOp::create(b, at, x, arith::MulFOp::create(b, at, x, y));
  case 1:
    return arith::MulFOp::create(b, at, math::SinOp::create(b, at, x), y);
  case 2:
    return arith::DivFOp::create(b, at, x, positive);
  case 3:
    return math::ExpOp::create(b, at, arith::MulFOp::create(b, at, x, y));
  case 4:
    return math::LogOp::create(b, at, arith::AddFOp::create(b, at, positive, math::AbsFOp::create(b, at, x)));
  case 5:
    return arith::MaximumFOp::create(b, at, x, y);
  case 6:
    return arith::MaximumFOp::create(b, at, x, number(0));
  case 7:
    return math::SqrtOp::create(b, at, positive);
  case 8:
    return arith::SubFOp::create(b, at, math::ErfOp::create(b, at, x), math::CosOp::create(b, at, y));
  case 9: {
    // log of a negative number in the branch not taken
    Value taken = arith::CmpFOp::create(b, at, arith::CmpFPredicate::OGT, x, number(0.1));
    return arith::SelectOp::create(b, at, taken, math::LogOp::create(b, at, x), arith::NegFOp::create(b, at, y));
  }
  case 10:
    return math::PowFOp::create(b, at, positive, x);
  case 11:
    return math::FPowIOp::create(b, at, x, constantOf(b, at, b.getI32Type(), 3));
  case 12:
    return math::Log1pOp::create(b, at, math::ExpOp::create(b, at, x));
  case 13:
    return arith::MulFOp::create(b, at, math::RsqrtOp::create(b, at, positive), math::ExpM1Op::create(b, at, x));
  case 14:
    return arith::MinimumFOp::create(b, at, x, arith::MulFOp::create(b, at, y, y));
  case 15:
    return math::AtanOp::create(b, at, arith::SubFOp::create(b, at, x, y));
  default:
    return arith::SubFOp::create(b, at, x, y);
  }
}

Value Generator::elementwise() {
  Value x = pick(), y;
  for (Value v : pool)
    if (shapeOf(v) == shapeOf(x) && chance(0.5))
      y = v;
  SmallVector<Value> inputs{x};
  if (y)
    inputs.push_back(y);
  else if (Value scalar = pickOfRank(0))
    inputs.push_back(scalar);
  auto body = [&](OpBuilder &b, Location at, ValueRange s) { return bodyValue(b, at, s); };
  return createElementwise(builder, loc, cast<RankedTensorType>(x.getType()), inputs, body).getResult();
}

/// sum over random common indices of a product of two or three tensors.
Value Generator::contraction() {
  SmallVector<Value> inputs{pick(), pick()};
  if (chance(0.4))
    inputs.push_back(pick());
  EquationParts parts;
  parts.combine = Combine::sum;
  SmallVector<SmallVector<AffineExpr>> reads;
  for (Value v : inputs) {
    SmallVector<AffineExpr> read;
    for (int64_t extent : shapeOf(v)) {
      SmallVector<unsigned> known;
      for (unsigned d = 0; d < parts.extents.size(); ++d)
        if (parts.extents[d] == extent)
          known.push_back(d);
      if (!known.empty() && (chance(0.7) || parts.extents.size() >= 5)) {
        read.push_back(dim(known[draw(static_cast<int64_t>(known.size()))]));
      } else {
        read.push_back(dim(parts.extents.size()));
        parts.extents.push_back(extent);
      }
    }
    reads.push_back(read);
  }
  SmallVector<AffineExpr> write;
  SmallVector<int64_t> shape;
  for (unsigned d = 0; d < parts.extents.size(); ++d)
    if (write.size() < 2 && chance(0.5)) {
      write.push_back(dim(d));
      shape.push_back(parts.extents[d]);
    }
  MLIRContext *context = builder.getContext();
  unsigned dims = parts.extents.size();
  for (auto [v, read] : llvm::zip(inputs, reads))
    parts.addInput(v, AffineMap::get(dims, 0, read, context));
  parts.write = AffineMap::get(dims, 0, write, context);
  return emit(parts, shape, [](OpBuilder &b, Location at, ValueRange s) {
    Value product = s[0];
    for (Value next : s.drop_front())
      product = arith::MulFOp::create(b, at, product, next);
    return product;
  });
}

Value Generator::reduction() {
  Value x = pick();
  ArrayRef<int64_t> extents = shapeOf(x);
  static constexpr Combine kinds[] = {Combine::sum, Combine::max, Combine::min, Combine::prod, Combine::logsumexp};
  EquationParts parts;
  parts.combine = kinds[draw(5)];
  parts.extents = llvm::to_vector(extents);
  unsigned dims = extents.size();
  AffineMap all = builder.getMultiDimIdentityMap(dims);
  SmallVector<AffineExpr> write;
  SmallVector<int64_t> shape;
  for (unsigned d = 0; d < dims; ++d)
    if (chance(0.4)) {
      write.push_back(dim(d));
      shape.push_back(extents[d]);
    }
  parts.write = AffineMap::get(dims, 0, write, builder.getContext());
  parts.addInput(x, all);
  return emit(parts, shape, [&](OpBuilder &b, Location at, ValueRange s) { return bodyValue(b, at, s); });
}

/// A reduction whose body selects by an affine condition, or whose box has a `where`.
Value Generator::maskedReduction() {
  Value x = pickOfRank(2);
  if (!x)
    return {};
  EquationParts parts;
  parts.combine = std::array{Combine::sum, Combine::logsumexp, Combine::max}[draw(3)];
  parts.extents = llvm::to_vector(shapeOf(x));
  parts.write = AffineMap::get(2, 0, {dim(0)}, builder.getContext());
  parts.addInput(x, builder.getMultiDimIdentityMap(2));
  int64_t rows = parts.extents[0];
  bool inBody = chance(0.5), equality = chance(0.3) && parts.extents[0] == parts.extents[1];
  AffineExpr constraint = equality ? dim(0) - dim(1) : dim(0) - dim(1) + draw(2);
  if (!inBody)
    parts.domain = IntegerSet::get(2, 0, {constraint}, {equality});
  auto body = [&](OpBuilder &b, Location at, ValueRange s) -> Value {
    if (!inBody)
      return s[0];
    Value left = buildIndexExpr(b, at, constraint), zero = constantOf(b, at, b.getI32Type(), 0);
    auto predicate = equality ? arith::CmpIPredicate::eq : arith::CmpIPredicate::sge;
    Value condition = arith::CmpIOp::create(b, at, predicate, left, zero);
    return arith::SelectOp::create(b, at, condition, s[0], identityOf(b, at, parts.combine, b.getF64Type()));
  };
  return emit(parts, {rows}, body);
}

/// y[j] = x[(index + j) mod n, ..]: a row that data chooses.
Value Generator::gather() {
  Value x = chance(0.5) ? pickOfRank(2) : pickOfRank(1);
  if (!x)
    return {};
  ArrayRef<int64_t> extents = shapeOf(x);
  unsigned rank = extents.size();
  EquationParts parts;
  parts.extents = llvm::to_vector(extents);
  MLIRContext *context = builder.getContext();
  AffineMap none = AffineMap::get(rank, 1, context);
  parts.write = AffineMap::get(rank, 1, builder.getMultiDimIdentityMap(rank).getResults(), context);
  parts.addTable(index, none, 2);
  SmallVector<AffineExpr> read(parts.write.getResults());
  read[0] = (builder.getAffineSymbolExpr(0) + dim(0)) % extents[0];
  parts.addInput(x, AffineMap::get(rank, 1, read, context));
  return emit(parts, extents, [](OpBuilder &, Location, ValueRange s) { return s[0]; });
}

/// A grouped reduction: y[index + i] gathers what x holds; writes that leave y vanish.
Value Generator::scatter() {
  Value x = pickOfRank(1);
  if (!x)
    return {};
  EquationParts parts;
  parts.combine = chance(0.7) ? Combine::sum : Combine::max;
  parts.extents = llvm::to_vector(shapeOf(x));
  MLIRContext *context = builder.getContext();
  parts.addTable(index, AffineMap::get(1, 1, context), 2);
  parts.addInput(x, AffineMap::get(1, 1, {dim(0)}, context));
  parts.write = AffineMap::get(1, 1, {dim(0).floorDiv(2) + builder.getAffineSymbolExpr(0)}, context);
  parts.drop = true;
  bool max = parts.combine == Combine::max;
  Value y = emit(parts, {3}, [&](OpBuilder &b, Location at, ValueRange s) { return bodyValue(b, at, s); });
  // cells that nothing reaches hold -inf
  return max ? createElementwise(builder, loc, tensor({3}), {y},
                                 [](OpBuilder &b, Location at, ValueRange s) -> Value {
                                   return arith::MaximumFOp::create(b, at, s[0], constantOf(b, at, b.getF64Type(), -2));
                                 })
                   .getResult()
             : y;
}

/// A strided window with padding: y[i] = sum[u] x[2 i + u - 1] k[u].
Value Generator::window() {
  Value x = pickOfRank(1), k = pickOfRank(1);
  if (!x || !k)
    return {};
  int64_t stride = 1 + draw(2), out = (shapeOf(x)[0] + stride - 1) / stride;
  EquationParts parts;
  parts.combine = chance(0.7) ? Combine::sum : Combine::max;
  parts.extents = {out, shapeOf(k)[0]};
  MLIRContext *context = builder.getContext();
  parts.addInput(x, AffineMap::get(2, 0, {dim(0) * stride + dim(1) - 1}, context),
                 builder.getF64FloatAttr(chance(0.5) ? 0.0 : -1.0));
  parts.addInput(k, AffineMap::get(2, 0, {dim(1)}, context));
  parts.write = AffineMap::get(2, 0, {dim(0)}, context);
  return emit(parts, {out}, [](OpBuilder &b, Location at, ValueRange s) -> Value {
    return arith::MulFOp::create(b, at, s[0], s[1]);
  });
}

/// A transpose, one row, or a repetition along a new axis.
Value Generator::movement() {
  Value x = pick();
  ArrayRef<int64_t> shape = shapeOf(x);
  if (shape.size() > 2)
    return {};
  EquationParts parts;
  SmallVector<AffineExpr> read;
  if (shape.size() == 2 && chance(0.4)) {
    parts.extents = {shape[1]};
    read = {builder.getAffineConstantExpr(draw(shape[0])), dim(0)};
  } else if (shape.size() == 2) {
    parts.extents = {shape[1], shape[0]};
    read = {dim(1), dim(0)};
  } else {
    parts.extents.push_back(sizes[draw(3)]);
    for (auto [d, extent] : llvm::enumerate(shape)) {
      parts.extents.push_back(extent);
      read.push_back(dim(d + 1));
    }
  }
  unsigned dims = parts.extents.size();
  parts.write = builder.getMultiDimIdentityMap(dims);
  parts.addInput(x, AffineMap::get(dims, 0, read, builder.getContext()));
  SmallVector<int64_t> result = parts.extents;
  return emit(parts, result, [](OpBuilder &, Location, ValueRange s) { return s[0]; });
}

Value Generator::reshape() {
  Value x = pickOfRank(2);
  if (!x)
    return {};
  ArrayRef<int64_t> shape = shapeOf(x);
  return ReshapeOp::create(builder, loc, tensor({shape[0] * shape[1]}), x);
}

/// s' = tanh(s * x_t + c), over the rows of a matrix.
Value Generator::scan() {
  Value xs = pickOfRank(2);
  if (!xs)
    return {};
  int64_t length = shapeOf(xs)[0], n = shapeOf(xs)[1];
  Value init, capture;
  for (Value v : pool)
    if (shapeOf(v) == ArrayRef<int64_t>{n}) {
      if (!init || chance(0.5))
        init = v;
      if (!capture || chance(0.5))
        capture = v;
    }
  if (!init)
    return {};
  auto op = ScanOp::create(builder, loc, TypeRange(tensor({length, n})), length, ValueRange(init), ValueRange(xs),
                           ValueRange(capture));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&op.getBody());
  block->addArgument(RankedTensorType::get({}, builder.getI32Type()), loc);
  for (int k = 0; k < 3; ++k)
    block->addArgument(tensor({n}), loc);
  bool squares = chance(0.5);
  auto body = [&](OpBuilder &b, Location at, ValueRange s) -> Value {
    Value first = squares ? arith::MulFOp::create(b, at, s[0], s[0]).getResult() : s[0];
    Value sum = arith::AddFOp::create(b, at, arith::MulFOp::create(b, at, first, s[1]), s[2]);
    return math::TanhOp::create(b, at, sum);
  };
  Value next = createElementwise(builder, loc, tensor({n}), block->getArguments().drop_front(), body).getResult();
  YieldOp::create(builder, loc, next);
  return op.getResult(0);
}

/// Three turns of s' = sin(s * c).
Value Generator::iterate() {
  Value init = pick();
  auto type = cast<RankedTensorType>(init.getType());
  auto op = IterateOp::create(builder, loc, TypeRange(type), 3, false, ValueRange(init), ValueRange(init));
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&op.getBody());
  block->addArgument(RankedTensorType::get({}, builder.getI32Type()), loc);
  block->addArgument(type, loc);
  block->addArgument(type, loc);
  auto body = [&](OpBuilder &b, Location at, ValueRange s) -> Value {
    return math::SinOp::create(b, at, arith::AddFOp::create(b, at, arith::MulFOp::create(b, at, s[0], s[1]), s[1]));
  };
  YieldOp::create(builder, loc,
                  createElementwise(builder, loc, type, block->getArguments().drop_front(), body).getResult());
  return op.getResult(0);
}

/// @along applied to the rows of a matrix.
Value Generator::mappedCall() {
  Value x = pickOfRank(2);
  if (!x || shapeOf(x)[1] != 3)
    return {};
  int64_t rows = shapeOf(x)[0];
  auto call = CallOp::create(builder, loc, TypeRange(tensor({rows})), "along", ValueRange(x),
                             builder.getDenseBoolArrayAttr({true}), builder.getI64IntegerAttr(rows), nullptr);
  return call.getResult(0);
}

void Generator::makeMappedFunction(ModuleOp module) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, loc, "along", builder.getFunctionType({tensor({3})}, {tensor({})}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  SmallVector<Value> outer = std::move(pool);
  pool = {block->getArgument(0)};
  auto w = ParamOp::create(builder, loc, tensor({3}), SymbolRefAttr::get(builder.getContext(), "w1"));
  pool.push_back(w);
  pool.push_back(elementwise());
  Value result = scalarOf(pool.back());
  func::ReturnOp::create(builder, loc, result);
  pool = std::move(outer);
}

void Generator::addStep() {
  Value next;
  switch (draw(13)) {
  case 0:
  case 1:
    next = elementwise();
    break;
  case 2:
  case 3:
    next = contraction();
    break;
  case 4:
    next = reduction();
    break;
  case 5:
    next = maskedReduction();
    break;
  case 6:
    next = gather();
    break;
  case 7:
    next = scatter();
    break;
  case 8:
    next = window();
    break;
  case 9:
    next = movement();
    break;
  case 10:
    next = reshape();
    break;
  case 11:
    next = chance(0.5) ? scan() : iterate();
    break;
  default:
    next = mappedCall();
  }
  if (next)
    pool.push_back(squash(next));
}

Value Generator::scalarOf(Value v) {
  EquationParts parts;
  parts.combine = Combine::sum;
  parts.extents = llvm::to_vector(shapeOf(v));
  unsigned dims = parts.extents.size();
  parts.write = AffineMap::get(dims, 0, builder.getContext());
  parts.addInput(v, builder.getMultiDimIdentityMap(dims));
  return emit(parts, {}, [](OpBuilder &b, Location at, ValueRange s) -> Value {
    Value square = arith::MulFOp::create(b, at, s[0], s[0]);
    return arith::AddFOp::create(b, at, square, s[0]);
  });
}

RandomProgram Generator::run() {
  MLIRContext *context = builder.getContext();
  program.module = ModuleOp::create(loc);
  ModuleOp module = *program.module;
  builder.setInsertionPointToEnd(module.getBody());
  const std::vector<std::pair<std::string, SmallVector<int64_t>>> parameters{{"w0", {3, 4}}, {"w1", {3}}, {"w2", {}}};
  for (auto &[name, shape] : parameters) {
    ParameterOp::create(builder, loc, StringRef(name), tensor(shape), "weight");
    program.inputs.parameters[name] = numbers(shape);
    program.parameters.push_back(name);
  }
  RecipeOp::create(builder, loc, "r", ArrayAttr(), ArrayAttr(), "r.step", "r.step", 1, "epochs", 3,
                   builder.getArrayAttr({}));
  makeMappedFunction(module);

  program.rows = 3;
  auto i32 = RankedTensorType::get({}, builder.getI32Type());
  auto type = builder.getFunctionType({tensor({4}), tensor({3, 3}), i32}, {});
  auto function = func::FuncOp::create(builder, loc, "r.step", type);
  function->setAttr(batchAttrName, builder.getI64IntegerAttr(program.rows));
  const char *names[] = {"x", "y", "i"};
  for (unsigned k = 0; k < 3; ++k) {
    function.setArgAttr(k, bindingAttrName, BindAttr::get(context, Binding::field, names[k]));
    function.setArgAttr(k, perExampleAttrName, builder.getUnitAttr());
  }
  program.inputs.arguments["x"] = numbers({program.rows, 4});
  program.inputs.arguments["y"] = numbers({program.rows, 3, 3});
  program.inputs.arguments["i"] = interpreter::Tensor::ofIntegers({program.rows}, {draw(2), draw(2), draw(2)});
  program.inputs.batchSize = 2 + draw(2);
  program.inputs.seed = 7;

  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  pool = {block->getArgument(0), block->getArgument(1)};
  index = block->getArgument(2);
  SmallVector<Value> weights;
  for (auto &[name, shape] : parameters) {
    weights.push_back(ParamOp::create(builder, loc, tensor(shape), SymbolRefAttr::get(context, name)));
    pool.push_back(weights.back());
  }
  if (chance(0.3)) {
    auto key = KeyOp::create(builder, loc, RankedTensorType::get({4}, builder.getI32Type()));
    pool.push_back(SampleOp::create(builder, loc, tensor({3}), Distribution::normal, key, 0));
  }
  int64_t steps = 4 + draw(7);
  for (int64_t k = 0; k < steps; ++k) {
    if (k == steps / 2 && chance(0.3)) {
      // all examples meet in the middle
      pool.push_back(squash(BatchSumOp::create(builder, loc, pool.back())));
    }
    addStep();
  }
  Value y = scalarOf(pool.back());
  for (int k = 0; k < 2; ++k) {
    Value more = scalarOf(pick());
    y = createElementwise(builder, loc, tensor({}), {y, more}, [](OpBuilder &b, Location at, ValueRange s) -> Value {
          return arith::AddFOp::create(b, at, s[0], math::TanhOp::create(b, at, s[1]));
        }).getResult();
  }
  Value objective = BatchSumOp::create(builder, loc, y);
  SmallVector<Type> types;
  for (Value w : weights)
    types.push_back(w.getType());
  auto grads = GradOp::create(builder, loc, types, objective, weights);
  SmallVector<Value> results{objective};
  if (secondOrder) {
    Value square = scalarOf(grads.getResult(0));
    results[0] = square;
    auto more = GradOp::create(builder, loc, types, square, weights);
    llvm::append_range(results, more.getResults());
  } else {
    llvm::append_range(results, grads.getResults());
  }
  func::ReturnOp::create(builder, loc, results);
  function.setFunctionType(builder.getFunctionType(function.getArgumentTypes(), ValueRange(results).getTypes()));
  function.setResultAttr(0, bindingAttrName, BindAttr::get(context, Binding::metric, "objective"));
  for (unsigned k = 1; k < results.size(); ++k)
    function.setResultAttr(k, bindingAttrName,
                           BindAttr::get(context, Binding::output, builder.getStringAttr(Twine(k)).getValue()));
  return std::move(program);
}

RandomProgram nn::test::makeRandomProgram(MLIRContext &context, unsigned seed, bool secondOrder) {
  return Generator(context, seed, secondOrder).run();
}
