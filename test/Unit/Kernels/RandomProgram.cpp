// Random equations: a box, inputs whose axes follow its indices, a write that permutes, reduces, strides or scatters.
#include "RandomProgram.h"

using namespace mlir;
using namespace nn;
using namespace nn::test;

namespace {

class ProgramBuilder {
public:
  ProgramBuilder(MLIRContext &context, unsigned seed) : builder(&context), chance(seed), loc(builder.getUnknownLoc()) {}

  OwningOpRef<ModuleOp> run() {
    OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
    builder.setInsertionPointToEnd(module->getBody());
    SmallVector<Type> types;
    for (int k = 0; k < 4; ++k)
      types.push_back(RankedTensorType::get(randomShape(k ? 1 : 2, 3), builder.getF64Type()));
    types.push_back(RankedTensorType::get({tableRows}, builder.getI32Type()));
    types.push_back(RankedTensorType::get({}, builder.getI32Type()));
    types.push_back(types.front());
    StateVarOp::create(builder, loc, "s", types.back(), "model");
    auto function = func::FuncOp::create(builder, loc, "f", builder.getFunctionType(types, {}));
    Block *block = function.addEntryBlock();
    builder.setInsertionPointToStart(block);
    for (BlockArgument argument : block->getArguments())
      if (cast<ShapedType>(argument.getType()).getElementType().isF64())
        values.push_back(argument);
    table = block->getArgument(4);
    count = block->getArgument(5);
    unsigned length = 3 + pick(8);
    for (unsigned k = 0; k < length; ++k)
      values.push_back(equation());
    SmallVector<Value> results{update(block->getArgument(6)), values.back(), values[values.size() - 2]};
    if (pick(2))
      results.push_back(values[pick(values.size())]);
    func::ReturnOp::create(builder, loc, results);
    function.setFunctionType(builder.getFunctionType(types, ValueRange(results).getTypes()));
    bind(function);
    return module;
  }

private:
  static constexpr int64_t tableRows = 8;
  unsigned pick(unsigned n) { return chance() % n; }

  int64_t randomExtent() {
    static constexpr int64_t extents[] = {1, 2, 3, 4, 5, 8, 8, 17};
    return extents[pick(8)];
  }

  SmallVector<int64_t> randomShape(unsigned least, unsigned most) {
    SmallVector<int64_t> shape;
    for (unsigned rank = least + pick(most - least + 1); rank > 0; --rank)
      shape.push_back(randomExtent());
    return shape;
  }

  void bind(func::FuncOp function) {
    auto attr = [&](Binding kind, std::string name) { return BindAttr::get(builder.getContext(), kind, name); };
    for (unsigned k = 0; k < function.getNumArguments(); ++k)
      function.setArgAttr(k, bindingAttrName,
                          k == 6 ? attr(Binding::state, "s") : attr(Binding::arg, std::to_string(k)));
    for (unsigned k = 0; k < function.getNumResults(); ++k)
      function.setResultAttr(k, bindingAttrName,
                             k == 0 ? attr(Binding::state, "s") : attr(Binding::output, std::to_string(k)));
  }

  /// The state's next value: from itself, sometimes turned around so that it cannot be updated in place.
  Value update(Value state) {
    auto type = cast<RankedTensorType>(state.getType());
    EquationParts parts;
    parts.extents = llvm::to_vector(type.getShape());
    parts.write = builder.getMultiDimIdentityMap(type.getRank());
    SmallVector<AffineExpr> read(parts.write.getResults());
    if (pick(3) == 0)
      read[0] = builder.getAffineConstantExpr(type.getDimSize(0) - 1) - read[0];
    parts.addInput(state, AffineMap::get(type.getRank(), 0, read, builder.getContext()));
    if (parts.reads[0].isIdentity() && values.front().getType() == type)
      parts.addInput(values.front(), parts.write);
    return EquationOp::create(builder, loc, parts, type,
                              [&](OpBuilder &inner, Location, ValueRange scalars) -> Value {
                                Value half = constantOf(inner, loc, inner.getF64Type(), 0.5);
                                Value scaled = arith::MulFOp::create(inner, loc, scalars[0], half);
                                return scalars.size() == 1
                                           ? scaled
                                           : arith::AddFOp::create(inner, loc, scaled, scalars[1]).getResult();
                              })
        .getResult();
  }

  //===-- Maps
  //------------------------------------------------------------------------------------------------------===//

  /// A subscript of an axis of `size`; sets `leaves` if it may leave the axis.
  AffineExpr subscript(EquationParts &parts, int64_t size, bool &leaves) {
    SmallVector<AffineExpr> choices;
    for (auto [d, extent] : llvm::enumerate(parts.extents)) {
      AffineExpr dim = builder.getAffineDimExpr(d);
      if (extent <= size)
        choices.append({dim, dim, dim, builder.getAffineConstantExpr(size - 1) - dim});
      for (auto [e, other] : llvm::enumerate(parts.extents))
        if (e != d && extent + other - 1 <= size)
          choices.push_back(dim + builder.getAffineDimExpr(e));
    }
    if (size >= tableBound && !parts.tables.empty())
      choices.push_back(builder.getAffineSymbolExpr(0));
    if (!parts.extents.empty() && pick(8) == 0) {
      leaves = true;
      return builder.getAffineDimExpr(pick(parts.extents.size())) * (1 + pick(2)) - 1;
    }
    return choices.empty() ? builder.getAffineConstantExpr(pick(size)) : choices[pick(choices.size())];
  }

  void addRandomInput(EquationParts &parts) {
    // What a position depends on is exact: arguments are multiples of 1/8.
    bool exact = parts.combine == Combine::argmax;
    unsigned recent = values.size() - 1 - pick(3);
    Value value = values[exact ? pick(4) : pick(2) ? recent : pick(values.size())];
    bool leaves = false;
    SmallVector<AffineExpr> results;
    for (int64_t size : cast<ShapedType>(value.getType()).getShape())
      results.push_back(subscript(parts, size, leaves));
    parts.addInput(value, AffineMap::get(parts.extents.size(), parts.tables.size(), results, builder.getContext()),
                   leaves ? Attribute(builder.getF64FloatAttr(0.25)) : Attribute());
  }

  /// Chooses the write and the shape of the result.
  SmallVector<int64_t> randomWrite(EquationParts &parts) {
    SmallVector<unsigned> dims;
    for (unsigned d = 0; d < parts.extents.size(); ++d)
      if (parts.combine == Combine::map || pick(5) < 3)
        dims.push_back(d);
    std::shuffle(dims.begin(), dims.end(), chance);
    SmallVector<AffineExpr> results;
    SmallVector<int64_t> shape;
    for (unsigned d : dims) {
      results.push_back(builder.getAffineDimExpr(d));
      shape.push_back(parts.extents[d]);
    }
    bool free = parts.combine != Combine::map;
    if (free && !parts.tables.empty() && pick(2)) {
      results.push_back(builder.getAffineSymbolExpr(0));
      shape.push_back(tableBound + pick(2));
    } else if (free && parts.extents.size() > dims.size() && !dims.empty() && pick(2)) {
      unsigned other = 0;
      while (llvm::is_contained(dims, other))
        ++other;
      window(parts, dims.back(), other, results.back(), shape.back());
    }
    parts.write = AffineMap::get(parts.extents.size(), parts.tables.size(), results, builder.getContext());
    return shape;
  }

  /// step * a + b + offset, sometimes leaving the result.
  void window(EquationParts &parts, unsigned a, unsigned b, AffineExpr &expr, int64_t &size) {
    int64_t step = 1 + pick(3), offset = int64_t(pick(3)) - 1;
    expr = builder.getAffineDimExpr(a) * step + builder.getAffineDimExpr(b) + offset;
    size = std::max<int64_t>(1, step * (parts.extents[a] - 1) + parts.extents[b] + offset - pick(2));
    parts.drop = true;
  }

  //===-- Equations
  //-------------------------------------------------------------------------------------------------===//

  void randomDomain(EquationParts &parts) {
    unsigned dims = parts.extents.size();
    SmallVector<AffineExpr> constraints;
    if (parts.tables.size() > 1)
      constraints.push_back(builder.getAffineSymbolExpr(1) - builder.getAffineDimExpr(pick(dims)) - 1);
    else if (dims > 1 && pick(4) == 0)
      constraints.push_back(builder.getAffineDimExpr(0) - builder.getAffineDimExpr(1));
    if (!constraints.empty())
      parts.domain =
          IntegerSet::get(dims, parts.tables.size(), constraints, SmallVector<bool>(constraints.size(), false));
  }

  Value randomBody(OpBuilder &inner, ValueRange scalars, bool product) {
    Value result = scalars[0];
    for (Value scalar : scalars.drop_front())
      result = product || pick(2) ? arith::MulFOp::create(inner, loc, result, scalar).getResult()
                                  : arith::AddFOp::create(inner, loc, result, scalar).getResult();
    switch (pick(6)) {
    case 0: {
      Value zero = constantOf(inner, loc, inner.getF64Type(), 0);
      return arith::MaximumFOp::create(inner, loc, result, zero);
    }
    case 1: {
      Value size = math::AbsFOp::create(inner, loc, result);
      return math::ExpOp::create(inner, loc, arith::NegFOp::create(inner, loc, size));
    }
    case 2: {
      Value index =
          arith::SIToFPOp::create(inner, loc, inner.getF64Type(), IndexOp::create(inner, loc, inner.getI32Type(), 0));
      return arith::AddFOp::create(inner, loc, result, index);
    }
    default:
      return result;
    }
  }

  Value equation() {
    static constexpr Combine kinds[] = {Combine::map, Combine::map, Combine::map, Combine::sum,       Combine::sum,
                                        Combine::sum, Combine::max, Combine::min, Combine::logsumexp, Combine::argmax};
    EquationParts parts;
    parts.combine = kinds[pick(10)];
    parts.extents = randomShape(1, 3);
    parts.write = builder.getMultiDimIdentityMap(parts.extents.size());
    bool scattered = llvm::is_contained(parts.extents, tableRows) && pick(2);
    if (scattered)
      parts.addTable(table, tableMap(parts), tableBound);
    if (scattered && pick(2))
      parts.addTable(count, AffineMap::get(parts.extents.size(), parts.tables.size(), builder.getContext()));
    for (unsigned k = 1 + pick(3); k > 0; --k)
      addRandomInput(parts);
    randomDomain(parts);
    SmallVector<int64_t> shape = randomWrite(parts);
    if (parts.combine == Combine::argmax)
      return argument(parts, shape);
    auto type = RankedTensorType::get(shape, builder.getF64Type());
    Value result = EquationOp::create(builder, loc, parts, type, [&](OpBuilder &inner, Location, ValueRange scalars) {
                     return randomBody(inner, scalars, parts.combine == Combine::sum);
                   }).getResult();
    return parts.combine == Combine::map || parts.combine == Combine::sum ? result : finite(result);
  }

  AffineMap tableMap(const EquationParts &parts) {
    unsigned dim = llvm::find(parts.extents, tableRows) - parts.extents.begin();
    return AffineMap::get(parts.extents.size(), 1, builder.getAffineDimExpr(dim), builder.getContext());
  }

  /// Positions are integers; later equations want floats.
  Value argument(EquationParts &parts, ArrayRef<int64_t> shape) {
    parts.drop = false;
    parts.write =
        AffineMap::get(parts.extents.size(), parts.tables.size(), builder.getAffineDimExpr(0), builder.getContext());
    auto type = RankedTensorType::get({parts.extents[0]}, builder.getI32Type());
    Value position = EquationOp::create(builder, loc, parts, type, [&](OpBuilder &, Location, ValueRange scalars) {
                       return scalars[0];
                     }).getResult();
    auto real = RankedTensorType::get(type.getShape(), builder.getF64Type());
    return createElementwise(builder, loc, real, {position},
                             [&](OpBuilder &inner, Location, ValueRange scalars) -> Value {
                               return arith::SIToFPOp::create(inner, loc, inner.getF64Type(), scalars[0]);
                             })
        .getResult();
  }

  /// Empty maxima are infinite; later sums of them would be no numbers.
  Value finite(Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return createElementwise(builder, loc, type, {value},
                             [&](OpBuilder &inner, Location, ValueRange scalars) -> Value {
                               Value low = constantOf(inner, loc, inner.getF64Type(), -8),
                                     high = constantOf(inner, loc, inner.getF64Type(), 8);
                               Value raised = arith::MaximumFOp::create(inner, loc, scalars[0], low);
                               return arith::MinimumFOp::create(inner, loc, raised, high);
                             })
        .getResult();
  }

  OpBuilder builder;
  std::mt19937 chance;
  Location loc;
  SmallVector<Value> values;
  Value table, count;
};

} // namespace

OwningOpRef<ModuleOp> nn::test::randomProgram(MLIRContext &context, unsigned seed) {
  return ProgramBuilder(context, seed).run();
}
