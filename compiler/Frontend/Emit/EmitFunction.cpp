/// Functions: values, calls, derivatives, loops, effects.
#include "Dialect/NN/IR/Batching.h"
#include "Dialect/NN/IR/Claims.h"
#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/IR/Trace.h"
#include "Frontend/Emit/Emitter.h"
#include "Frontend/Sema/Dependence.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace nn::checked;

namespace nn::emit {

// ---- locations and types

Location Translation::locOf(SourceRange range, llvm::StringRef name) const {
  if (!range.valid())
    return UnknownLoc::get(&context);
  LineColumn begin = sources.lineColumn(range.file, range.begin), end = sources.lineColumn(range.file, range.end);
  Location place = FileLineColRange::get(StringAttr::get(&context, sources.path(range.file)), begin.line, begin.column,
                                         end.line, end.column);
  return name.empty() ? place : Location(NameLoc::get(StringAttr::get(&context, name), place));
}

Type Translation::elementOf(Elem elem) const { return ownElementOf(wide && elem == Elem::F32 ? Elem::F64 : elem); }

Type Translation::ownElementOf(Elem elem) const {
  Builder b(&context);
  switch (elem) {
  case Elem::Bool:
    return b.getI1Type();
  case Elem::I32:
    return b.getI32Type();
  case Elem::I64:
    return b.getI64Type();
  case Elem::F16:
    return b.getF16Type();
  case Elem::BF16:
    return b.getBF16Type();
  case Elem::F32:
    return b.getF32Type();
  case Elem::F64:
    return b.getF64Type();
  }
  return {};
}

RankedTensorType Translation::storedAs(const checked::TensorType &type) const {
  return RankedTensorType::get(typeOf(type).getShape(), elementOf(type.storage()));
}

RankedTensorType Translation::typeOf(const checked::TensorType &type) const {
  SmallVector<int64_t> shape;
  for (const Axis &axis : type.axes)
    shape.push_back(axis.extent.storage());
  return RankedTensorType::get(shape, elementOf(type.elem));
}

// ---- free indices

void FunctionEmitter::collectFree(const Expr *expr, Indices &indices) {
  auto visit = [&](const Expr *part) {
    if (part)
      for (const IndexVar *var : freeIndices(part))
        indices.insert(var);
  };
  llvm::TypeSwitch<const Expr *>(expr)
      .Case([&](const Index *index) { indices.insert(index->var); })
      .Case([&](const Pointwise *op) { llvm::for_each(op->operands, visit); })
      .Case([&](const Access *access) {
        visit(access->base);
        for (const Sub &sub : access->subs)
          visit(sub.index);
      })
      .Case([&](const Reduce *reduce) {
        // The body first: its reads say in which order a result is best kept.
        visit(reduce->body);
        visit(reduce->where);
        for (const IndexVar *var : reduce->vars)
          indices.remove(var);
      })
      .Case([&](const Equation *equation) {
        visit(equation->body);
        for (const IndexVar *var : equation->vars)
          indices.remove(var);
      })
      .Case([&](const CallResult *result) { llvm::for_each(result->call->args, visit); })
      .Case([&](const DerivativeResult *result) {
        visit(result->derivative->y);
        llvm::for_each(result->derivative->wrt, visit);
        visit(result->derivative->tangent);
      })
      .Case([&](const LoopResult *result) {
        llvm::for_each(result->loop->inits, visit);
        llvm::for_each(result->loop->xs, visit);
        llvm::for_each(result->loop->captured, visit);
        llvm::for_each(result->loop->untilCaptured, visit);
      })
      .Case([&](const Batch *batch) { visit(batch->input); })
      .Case([&](const Stop *stop) { visit(stop->input); })
      .Case([&](const RoutineResult *result) { llvm::for_each(result->routine->operands, visit); })
      .Case([&](const Reshape *reshape) { visit(reshape->input); });
}

const Indices &FunctionEmitter::freeIndices(const Expr *expr) {
  auto found = indicesOf.find(expr);
  if (found != indicesOf.end())
    return found->second;
  Indices indices;
  collectFree(expr, indices);
  return indicesOf[expr] = std::move(indices);
}

RankedTensorType FunctionEmitter::typeWith(const Indices &indices, const checked::TensorType &type) {
  RankedTensorType own = translation.typeOf(type);
  SmallVector<int64_t> shape;
  for (const IndexVar *var : indices)
    shape.push_back(var->extent->storage());
  shape.append(own.getShape().begin(), own.getShape().end());
  return RankedTensorType::get(shape, own.getElementType());
}

Value FunctionEmitter::refuse(llvm::StringRef construct, const Expr *expr) {
  diags.report(diag::Unsupported, expr->range, construct);
  return {};
}

// ---- values

Location FunctionEmitter::locOf(SourceRange range, llvm::StringRef name) const {
  bool isElsewhere = site.valid() && range.valid() && translation.sources.isLibrary(range.file);
  if (!isElsewhere)
    return translation.locOf(range, name);
  Location place = CallSiteLoc::get(translation.locOf(range), translation.locOf(site));
  return name.empty() ? place : Location(NameLoc::get(StringAttr::get(&translation.context, name), place));
}

void FunctionEmitter::emitNamed(const Function &function) {
  for (const auto &[name, expr] : function.named) {
    if (expr->owner != &function || !freeIndices(expr).empty())
      continue;
    // What only a name reaches may be made of parameters that do not exist.
    auto exists = [&](const std::string &path) { return translation.parameters.contains(path); };
    if (!llvm::all_of(sema::reachedParameters(expr), exists))
      continue;
    auto result = llvm::dyn_cast_or_null<OpResult>(tensor(expr));
    if (!result)
      continue;
    Operation *op = result.getOwner();
    SmallVector<llvm::StringRef> names(op->getNumResults());
    if (auto known = op->getAttrOfType<ArrayAttr>(namesAttrName))
      llvm::transform(known.getAsValueRange<StringAttr>(), names.begin(), [](llvm::StringRef text) { return text; });
    names[result.getResultNumber()] = name;
    op->setAttr(namesAttrName, builder.getStrArrayAttr(names));
  }
}

Value FunctionEmitter::tensor(const Expr *expr) {
  auto found = values.find(expr);
  if (found != values.end())
    return found->second;
  llvm::SaveAndRestore place(site, expr->site);
  Value value = makeTensor(expr);
  return values[expr] = value;
}

Value FunctionEmitter::ambient(const Ambient *expr, Location loc) {
  RankedTensorType type = translation.typeOf(expr->type);
  switch (expr->what) {
  case AmbientKind::Training:
    return TrainingOp::create(builder, loc, type);
  case AmbientKind::BatchSize:
    return BatchSizeOp::create(builder, loc, type);
  case AmbientKind::Row:
    return ExampleOp::create(builder, loc, type);
  case AmbientKind::Step:
    return StepOp::create(builder, loc, type, false);
  case AmbientKind::TotalSteps:
    return StepOp::create(builder, loc, type, true);
  }
  return {};
}

Value FunctionEmitter::constant(const Constant *expr, Location loc) {
  RankedTensorType type = translation.typeOf(expr->type);
  SmallVector<Attribute> elements;
  for (double value : expr->values) {
    if (auto floatType = dyn_cast<FloatType>(type.getElementType()))
      elements.push_back(FloatAttr::get(floatType, value));
    else
      elements.push_back(IntegerAttr::get(type.getElementType(), int64_t(value)));
  }
  return ConstantOp::create(builder, loc, DenseElementsAttr::get(type, elements));
}

/// The rows of all examples. Where they depend on indices of equations around, these stay in front of the batch's axis.
Value FunctionEmitter::stacked(const Batch *batch, Value input) {
  Location loc = locOf(batch->range, batch->name);
  auto own = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape{*batch->type.axes[0].extent.constant()};
  llvm::append_range(shape, own.getShape());
  Value rows = BatchStackOp::create(builder, loc, RankedTensorType::get(shape, own.getElementType()), input);
  // [batch, i, j, ...] becomes [i, j, batch, ...], axis by axis.
  for (unsigned axis = 0; axis < freeIndices(batch).size(); ++axis)
    rows = swapAxes(builder, loc, rows, axis, axis + 1);
  return rows;
}

/// Of a sum also what makes it is tagged: the equation itself then only copies.
static void tagOrbit(Value value, Attribute actions) {
  for (auto op = value.getDefiningOp<EquationOp>(); op; op = op.getInputs()[0].getDefiningOp<EquationOp>()) {
    op->setAttr(orbitAttrName, actions);
    if (!isElementwise(op) || !isCopyBody(op) || op.getInputs()[0].getType() != value.getType())
      return;
  }
}

Value FunctionEmitter::makeTensor(const Expr *expr) {
  Location loc = locOf(expr->range, expr->name);
  RankedTensorType type = typeWith(freeIndices(expr), expr->type);
  auto symbol = [&](llvm::StringRef path) { return FlatSymbolRefAttr::get(&translation.context, path); };
  RankedTensorType own = type.clone(translation.ownElementOf(expr->type.elem));
  auto widened = [&](Value value) { return withElement(builder, value, type.getElementType()); };
  return llvm::TypeSwitch<const Expr *, Value>(expr)
      .Case([&](const Param *param) { return widened(ParamOp::create(builder, loc, own, symbol(param->path))); })
      .Case([&](const State *state) { return widened(StateOp::create(builder, loc, own, symbol(state->path))); })
      .Case([&](const Loaded *loaded) {
        Value value = LoadOp::create(builder, loc, translation.storedAs(loaded->type), symbol(loaded->path));
        return withElement(builder, value, type.getElementType());
      })
      .Case([&](const Setting *setting) -> Value {
        auto pinned = translation.pinned.find(setting->setting);
        if (pinned != translation.pinned.end())
          return createSplat(builder, loc, type, pinned->second);
        return widened(SettingValueOp::create(builder, loc, own, symbol(setting->setting)));
      })
      .Case([&](const Ambient *word) { return ambient(word, loc); })
      .Case([&](const Length *length) { return lengthValue(length->dim, loc); })
      .Case([&](const Constant *literal) { return constant(literal, loc); })
      .Case([&](const Reduce *reduction) { return reduce(reduction); })
      .Case([&](const CallResult *result) {
        const Expr *body = expanded(result);
        return body ? tensor(body) : callResult(result);
      })
      .Case([&](const DerivativeResult *result) { return derivativeResult(result); })
      .Case([&](const LoopResult *result) { return loopResult(result); })
      .Case([&](const RoutineResult *result) { return routineResult(result); })
      .Case([&](const Sample *sample) -> Value {
        auto key = KeyOp::create(builder, loc, RankedTensorType::get({4}, builder.getI32Type()));
        return SampleOp::create(builder, loc, type, sample->normal ? Distribution::normal : Distribution::uniform, key,
                                sites++);
      })
      .Case([&](const Batch *batch) -> Value {
        Value input = tensor(batch->input);
        if (!input || batch->what == BatchKind::Sum)
          return input ? Value(BatchSumOp::create(builder, loc, input)) : input;
        return stacked(batch, input);
      })
      .Case([&](const Stop *stop) -> Value {
        Value input = tensor(stop->input);
        return input ? Value(StopOp::create(builder, loc, input)) : input;
      })
      .Case([&](const Reshape *reshape) -> Value {
        Value input = tensor(reshape->input);
        return input ? Value(ReshapeOp::create(builder, loc, type, input)) : input;
      })
      .Default([&](const Expr *) -> Value {
        // A number, an index, scalar functions, an access, an equation: one map over its indices and axes.
        EquationEmitter equation(*this, Combine::map, loc);
        SmallVector<AffineExpr> write, trailing;
        for (const IndexVar *var : freeIndices(expr))
          write.push_back(equation.dim(equation.addIndex(var)));
        auto *written = llvm::dyn_cast<Equation>(expr);
        for (unsigned axis = 0; axis < expr->type.rank(); ++axis) {
          bool isIndex = written && axis < written->vars.size();
          unsigned dim = isIndex ? equation.addIndex(written->vars[axis]) : equation.addAxis(expr->type.axes[axis]);
          write.push_back(equation.dim(dim));
          if (!isIndex)
            trailing.push_back(equation.dim(dim));
        }
        if (!written)
          equation.define(expr);
        Value value = equation.finish(written ? written->body : expr, trailing, write, type);
        if (written && value && !written->invariances.empty())
          value.getDefiningOp()->setAttr(invariantAttrName, actionsAttr(builder, written->invariances));
        if (written && value && !written->orbit.empty())
          tagOrbit(value, actionsAttr(builder, written->orbit));
        return value;
      });
}

// ---- lengths

/// The value of a Dim in a body, from those of its variables.
static Value buildLength(OpBuilder &b, Location loc, const Dim &dim, const std::map<std::string, Value> &variables) {
  Type i32 = b.getI32Type();
  Value sum;
  for (auto &[monomial, coefficient] : dim.sum()) {
    Value product = constantOf(b, loc, i32, double(coefficient));
    for (const Dim::Atom &atom : monomial) {
      Value factor = atom.of ? Value() : variables.at(atom.key);
      if (atom.of) {
        Value x = buildLength(b, loc, atom.of->a, variables), y = buildLength(b, loc, atom.of->b, variables);
        Value divisor = arith::MaxSIOp::create(b, loc, y, constantOf(b, loc, i32, 1));
        Value quotient = arith::FloorDivSIOp::create(b, loc, x, divisor);
        if (atom.of->op == '^')
          factor = math::IPowIOp::create(b, loc, x, y);
        else if (atom.of->op == 'd')
          factor = quotient;
        else
          factor = arith::SubIOp::create(b, loc, x, arith::MulIOp::create(b, loc, quotient, divisor));
      }
      product = arith::MulIOp::create(b, loc, product, factor);
    }
    sum = sum ? Value(arith::AddIOp::create(b, loc, sum, product)) : product;
  }
  return sum ? sum : constantOf(b, loc, i32, 0);
}

Value FunctionEmitter::lengthValue(const Dim &dim, Location loc) {
  auto [known, isNew] = lengths.insert({dim.key(), Value()});
  if (!isNew)
    return known->second;
  auto type = RankedTensorType::get({}, builder.getI32Type());
  if (auto variable = dim.asVariable())
    return known->second = LengthOp::create(builder, loc, type, variable->key, variable->bound);
  std::vector<Dim::Atom> variables = dim.lengths();
  SmallVector<Value> inputs;
  for (const Dim::Atom &variable : variables)
    inputs.push_back(lengthValue(Dim::bounded(variable.name, variable.bound), loc));
  auto value = createElementwise(builder, loc, type, inputs, [&](OpBuilder &b, Location, ValueRange scalars) {
    std::map<std::string, Value> named;
    for (auto [variable, scalar] : llvm::zip(variables, scalars))
      named[variable.key] = scalar;
    return buildLength(b, loc, dim, named);
  });
  return lengths[dim.key()] = value.getResult();
}

void FunctionEmitter::setLengths(const Function &function) {
  for (const auto &[dim, expr] : function.lengths)
    if (Value value = tensor(expr)) {
      SetLengthOp::create(builder, value.getLoc(), dim.key(), value);
      lengths[dim.key()] = value;
    }
}

void FunctionEmitter::guardValues(SmallVectorImpl<Value> &values) const {
  for (const Guard &guard : guards)
    values.append({guard.position, guard.limit});
}

/// The position of each point along the one axis that the indices and axes become: its index where there is one; else
/// 0 where all of them are inside, 1 elsewhere.
std::optional<Guard> FunctionEmitter::guardOver(const Indices &indices, const Shape &axes, Location loc) {
  bool limited = sema::hasLengths(axes) || llvm::any_of(indices, [](auto *var) { return var->extent->isBounded(); });
  if (!limited)
    return std::nullopt;
  SmallVector<int64_t> shape;
  for (const IndexVar *var : indices)
    shape.push_back(var->extent->storage());
  for (const Axis &axis : axes)
    shape.push_back(axis.extent.storage());
  auto type = RankedTensorType::get(shape, builder.getI32Type());
  auto whole = RankedTensorType::get({type.getNumElements()}, builder.getI32Type());
  if (shape.size() == 1 && !(indices.empty() ? axes[0].extent : *indices[0]->extent).isOfRow()) {
    auto position = createElementwise(builder, loc, whole, {}, [&](OpBuilder &b, Location, ValueRange) -> Value {
      return IndexOp::create(b, loc, b.getI32Type(), 0);
    });
    return Guard{position.getResult(), lengthValue(indices.empty() ? axes[0].extent : *indices[0]->extent, loc)};
  }
  // Inside, the equation has a point; elsewhere the cell holds 0.
  EquationEmitter inside(*this, Combine::map, loc);
  SmallVector<AffineExpr> write;
  for (const IndexVar *var : indices)
    write.push_back(inside.dim(inside.addIndex(var)));
  for (const Axis &axis : axes)
    write.push_back(inside.dim(inside.addAxis(axis)));
  Value one = inside.finishCount(write, type);
  Value position = ReshapeOp::create(builder, loc, whole, one);
  auto outside = createElementwise(builder, loc, whole, position, [&](OpBuilder &b, Location, ValueRange v) -> Value {
    return arith::SubIOp::create(b, loc, constantOf(b, loc, v[0].getType(), 1), v[0]);
  });
  return Guard{outside.getResult(), createSplat(builder, loc, RankedTensorType::get({}, builder.getI32Type()), 1)};
}

// ---- reductions

static Combine combineOf(ast::Reducer reducer) {
  switch (reducer) {
  case ast::Reducer::Sum:
  case ast::Reducer::Mean:
  case ast::Reducer::Any:
    return Combine::sum;
  case ast::Reducer::Max:
    return Combine::max;
  case ast::Reducer::Min:
    return Combine::min;
  case ast::Reducer::Prod:
  case ast::Reducer::All:
    return Combine::prod;
  case ast::Reducer::LogSumExp:
    return Combine::logsumexp;
  case ast::Reducer::ArgMax:
    return Combine::argmax;
  case ast::Reducer::ArgMin:
    return Combine::argmin;
  }
  return Combine::sum;
}

Value FunctionEmitter::reduce(const Reduce *expr) {
  Location loc = locOf(expr->range, expr->name);
  RankedTensorType type = typeWith(freeIndices(expr), expr->type);
  bool logical = type.getElementType().isInteger(1);
  EquationEmitter equation(*this, combineOf(expr->reducer), loc);
  SmallVector<AffineExpr> write, trailing;
  for (const IndexVar *var : freeIndices(expr))
    write.push_back(equation.dim(equation.addIndex(var)));
  for (const Axis &axis : expr->type.axes) {
    trailing.push_back(equation.dim(equation.addAxis(axis)));
    write.push_back(trailing.back());
  }
  for (const IndexVar *var : expr->vars)
    equation.addIndex(var);
  if (expr->where)
    equation.addCondition(expr->where);
  RankedTensorType combined = logical ? RankedTensorType::get(type.getShape(), builder.getI32Type()) : type;
  Value result = equation.finish(expr->body, trailing, write, combined);
  if (!result)
    return {};
  if (expr->reducer == ast::Reducer::Mean)
    return meanOf(expr, result);
  if (!logical)
    return result;
  auto isSet = createElementwise(builder, loc, type, result, [&](OpBuilder &b, Location, ValueRange v) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, v[0], constantOf(b, loc, v[0].getType(), 0));
  });
  return isSet.getResult();
}

/// The sum over the number of points; the mean of nothing is 0.
Value FunctionEmitter::meanOf(const Reduce *expr, Value sum) {
  Location loc = locOf(expr->range, expr->name);
  auto type = cast<RankedTensorType>(sum.getType());
  bool counted = expr->where != nullptr;
  Dim points(1);
  for (const IndexVar *var : expr->vars) {
    counted |= var->batch || var->extent->isOfRow();
    points = points * *var->extent;
  }
  if (!counted && points.isConstant()) {
    double scale = std::max<double>(double(*points.constant()), 1);
    auto mean = createElementwise(builder, loc, type, sum, [&](OpBuilder &b, Location, ValueRange v) -> Value {
      return arith::DivFOp::create(b, loc, v[0], constantOf(b, loc, v[0].getType(), scale));
    });
    return mean.getResult();
  }
  if (!counted) {
    Value count = lengthValue(points, loc);
    auto mean = createElementwise(builder, loc, type, {sum, count}, [&](OpBuilder &b, Location, ValueRange v) -> Value {
      Value least = arith::MaxSIOp::create(b, loc, v[1], constantOf(b, loc, v[1].getType(), 1));
      return arith::DivFOp::create(b, loc, v[0], arith::SIToFPOp::create(b, loc, v[0].getType(), least));
    });
    return mean.getResult();
  }
  EquationEmitter equation(*this, Combine::sum, loc);
  SmallVector<AffineExpr> write;
  for (const IndexVar *var : freeIndices(expr))
    write.push_back(equation.dim(equation.addIndex(var)));
  for (const Axis &axis : expr->type.axes)
    write.push_back(equation.dim(equation.addAxis(axis)));
  for (const IndexVar *var : expr->vars)
    equation.addIndex(var);
  if (expr->where)
    equation.addCondition(expr->where);
  Value count = equation.finishCount(write, type);
  auto mean = createElementwise(builder, loc, type, {sum, count}, [&](OpBuilder &b, Location, ValueRange v) -> Value {
    Value one = constantOf(b, loc, v[1].getType(), 1);
    return arith::DivFOp::create(b, loc, v[0], arith::MaximumFOp::create(b, loc, v[1], one));
  });
  return mean.getResult();
}

// ---- bodies

void FunctionEmitter::write(llvm::StringRef path, Value value, Location loc) {
  if (translation.wide)
    return; // a test of a claim changes no state
  if (auto found = translation.mantissa.find(path); found != translation.mantissa.end())
    value = createElementwise(builder, loc, cast<RankedTensorType>(value.getType()), value,
                              [&](OpBuilder &b, Location, ValueRange v) -> Value {
                                return RoundOp::create(b, loc, v[0], found->second);
                              })
                .getResult();
  UpdateOp::create(builder, loc, FlatSymbolRefAttr::get(&translation.context, path), value);
}

void FunctionEmitter::emitEffects(const Function &function) {
  for (const Effect &effect : function.effects) {
    if (effect.call) {
      emitCall(effect.call);
      continue;
    }
    if (effect.old)
      tensor(effect.old);
    if (Value value = tensor(effect.value))
      write(effect.path, value, locOf(effect.value->range));
  }
}

void FunctionEmitter::emitBody(const Function &function, func::FuncOp op, size_t numGuards) {
  Block *block = op.addEntryBlock();
  builder.setInsertionPointToStart(block);
  for (auto [input, argument] : llvm::zip(function.inputs, block->getArguments()))
    values[input] = withElement(builder, argument, translation.elementOf(input->type.elem));
  for (size_t k = 0; k < numGuards; ++k) {
    size_t place = function.inputs.size() + 2 * k;
    guards.push_back({block->getArgument(place), block->getArgument(place + 1)});
  }
  setLengths(function);
  emitEffects(function);
  SmallVector<Value> results;
  for (auto [place, result] : llvm::enumerate(function.results)) {
    results.push_back(tensor(result));
    if (!results.back())
      return;
    results.back() = withElement(builder, results.back(), getElementTypeOrSelf(op.getResultTypes()[place]));
  }
  if (traced)
    emitNamed(function);
  // A root says how long its results are.
  if (function.isRoot)
    for (const Expr *result : function.results)
      for (const Axis &axis : result->type.axes)
        if (axis.extent.isBounded())
          results.push_back(lengthValue(axis.extent, op.getLoc()));
  func::ReturnOp::create(builder, op.getLoc(), results);
}

} // namespace nn::emit
