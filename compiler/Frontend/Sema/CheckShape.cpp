/// Shapes: sizes, reshaping, joining, padding, and tensors made of nothing but a shape.
#include "Frontend/Sema/Checker.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nn::checked;

namespace nn::sema {

Value Checker::biSize(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("size", args, 1, 1, range))
    return error();
  const Value &value = args[0].value;
  if (value.kind == Value::Kind::Shape)
    return Value::ofInt(elementCount(value.shape));
  if (value.isNumber())
    return Value::ofInt(1);
  llvm::SmallVector<Expr *> parts;
  if (value.kind == Value::Kind::List) {
    Expr *tensor = toTensor(value, std::nullopt, args[0].range);
    if (!tensor)
      return error();
    parts.push_back(tensor);
  } else {
    leaves(value, parts);
  }
  if (parts.empty()) {
    diags.report(diag::NotATensor, args[0].range, value.describe());
    return error();
  }
  Dim total;
  if (llvm::any_of(parts, [&](const Expr *part) { return refuseBatch("the size of a batch", part, range); }))
    return error();
  for (Expr *part : parts)
    total = total + elementCount(part->type.axes);
  return Value::ofInt(total);
}

/// `length(x)`: the extent of the leading axis; of a record that of each of its tensors.
Value Checker::biLength(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("length", args, 1, 1, range))
    return error();
  const Value &value = args[0].value;
  if (value.kind == Value::Kind::List)
    return Value::ofInt(int64_t(value.fields.size()));
  llvm::SmallVector<Expr *> parts;
  leaves(value, parts);
  for (Expr *part : parts) {
    if (part->type.rank() == 0) {
      parts.clear();
      break;
    }
    if (refuseBatch("the length of a batch", part, range))
      return error();
    if (part->type.axes[0].extent.differs(parts[0]->type.axes[0].extent)) {
      diags.report(diag::ShapesDiffer, range, parts[0]->type.str(), part->type.str());
      return error();
    }
  }
  if (parts.empty()) {
    diags.report(diag::NotATensor, args[0].range, value.describe());
    return error();
  }
  return Value::ofInt(parts[0]->type.axes[0].extent);
}

/// A weight is [out, in, kernel ...]: what one output sees, and what one input feeds.
static Dim fan(const Shape &axes, bool in) {
  if (axes.empty())
    return Dim(1);
  Dim product = in && axes.size() == 1 ? axes[0].extent : Dim(1);
  for (size_t i = 0; i < axes.size(); ++i)
    if (i >= 2 || i == (in ? 1 : 0))
      product = product * axes[i].extent;
  return product;
}

Value Checker::fanOf(llvm::StringRef name, bool in, const std::vector<ArgValue> &args, SourceRange range) {
  Expr *tensor = arity(name, args, 1, 1, range) ? toTensor(args[0].value, std::nullopt, args[0].range) : nullptr;
  return tensor ? Value::ofInt(fan(tensor->type.axes, in)) : error();
}

Value Checker::biFanIn(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return fanOf("fan_in", true, args, range);
}

Value Checker::biFanOut(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return fanOf("fan_out", false, args, range);
}

std::optional<Shape> Checker::shapeFrom(const std::vector<Value> &extents) {
  Shape shape;
  for (const Value &extent : extents) {
    if (extent.kind == Value::Kind::Shape) {
      shape.insert(shape.end(), extent.shape.begin(), extent.shape.end());
      continue;
    }
    auto integer = integerOf(extent);
    if (!integer)
      return std::nullopt;
    shape.push_back({*integer, "", inLibrary(extent.range) ? callSite : extent.range, false});
  }
  return shape;
}

Value Checker::biReshape(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("reshape", args, 2, 2, range))
    return error();
  Expr *input = toTensor(args[0].value, std::nullopt, args[0].range);
  if (!input)
    return error();
  std::vector<Value> extents;
  for (auto &[name, extent] : args[1].value.fields)
    extents.push_back(extent);
  auto shape = args[1].value.kind == Value::Kind::List ? shapeFrom(extents) : std::nullopt;
  if (!shape) {
    diags.report(diag::ShapeExpected, args[1].range, args[1].value.describe())
        .help("a shape is a list of integers: `[28, 28]`");
    return error();
  }
  if (refuseBatch("another shape of a batch", input, range))
    return error();
  Dim before = elementCount(input->type.axes), after = elementCount(*shape);
  if (before.differs(after)) {
    auto &report = diags.report(diag::ReshapeCount, range, input->type.str(), before.str(), str(*shape), after.str());
    report.label(args[0].range, input->type.str());
    noteDifference(report, before, after);
    return error();
  }
  return Value::ofTensor(reshape(capture(input), *shape, range));
}

Value Checker::filled(const std::vector<ArgValue> &args, double value, SourceRange range) {
  std::vector<Value> extents;
  extents.reserve(args.size());
  for (auto &arg : args)
    extents.push_back(arg.value);
  auto shape = shapeFrom(extents);
  if (!shape) {
    diags.report(diag::ShapeExpected, range, args[0].value.describe()).help("give the extents: `zeros(3, 4)`");
    return error();
  }
  TypeSpec spec;
  spec.kind = TypeSpec::Kind::Tensor;
  spec.tensor = {realHere(), std::nullopt, *shape};
  spec.range = range;
  return zerosLike(spec, value);
}

Value Checker::biZeros(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return filled(args, 0, range);
}
Value Checker::biOnes(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  return filled(args, 1, range);
}

Value Checker::biRange(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("range", args, 1, 1, range))
    return error();
  auto integer = integerOf(args[0].value);
  if (integer && !integer->isConstant()) { // a length, or nobody calls the function: the index itself
    IndexVar *var = newIndex("i", *integer, range);
    return Value::ofTensor(equation(var, indexValue(var), range));
  }
  auto count = integer ? integer->constant() : std::nullopt;
  if (!count || *count < 1) {
    diags.report(diag::ShapeExpected, args[0].range, args[0].value.describe());
    return error();
  }
  constexpr int64_t longest = 1 << 20;
  if (*count > longest) {
    refuse("a `range` of more than " + std::to_string(longest) + " numbers", range);
    return error();
  }
  auto *constant = make<Constant>({Elem::I32, Dim(*count), {{Dim(*count), "", range, false}}}, range);
  constant->owner = nullptr;
  for (int64_t i = 0; i < *count; ++i)
    constant->values.push_back(double(i));
  return Value::ofTensor(constant);
}

Value Checker::biConcat(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("concat", args, 1, 1u << 20, range))
    return error();
  llvm::SmallVector<Expr *> parts;
  llvm::SmallVector<Value, 2> tensors;
  for (auto &arg : args) {
    Expr *part = toTensor(arg.value, std::nullopt, arg.range);
    if (!part)
      return error();
    tensors.push_back(Value::ofTensor(part));
    tensors.back().range = arg.range;
  }
  auto elem = commonElem(ScalarOp::Add, tensors, range);
  if (!elem)
    return error();
  Dim total;
  for (auto [i, tensor] : llvm::enumerate(tensors)) {
    Expr *part = cast(capture(tensor.expr), *elem);
    Shape rest = part->type.rank() ? Shape(part->type.axes.begin() + 1, part->type.axes.end()) : Shape();
    Shape first = parts.empty() || !parts[0]->type.rank()
                      ? Shape()
                      : Shape(parts[0]->type.axes.begin() + 1, parts[0]->type.axes.end());
    if (part->type.rank() > 0 && part->type.axes[0].batch && refuseBatch("joining batches", part, range))
      return error();
    if (part->type.rank() == 0 || (!parts.empty() && shapesDiffer(rest, first))) {
      diags
          .report(diag::ConcatShapes, args[i].range, parts.empty() ? part->type.str() : parts[0]->type.str(),
                  part->type.str())
          .label(args[0].range, tensors[0].expr->type.str())
          .label(args[i].range, part->type.str());
      return error();
    }
    total = total + part->type.axes[0].extent;
    parts.push_back(part);
  }
  IndexVar *var = newIndex("i", total, range);
  var->extentOrigin = range;
  // Piece p covers [start, start + n): read at i - start, held inside the piece.
  Expr *chosen = nullptr;
  Dim end = total;
  for (size_t p = parts.size(); p-- > 0;) {
    Dim extent = parts[p]->type.axes[0].extent, start = end - extent;
    Expr *local = scalarOp(ScalarOp::Sub, {indexValue(var), dimNumber(start, range)}, range);
    // The lower end last: an empty piece is read at 0 and not taken.
    local = scalarOp(ScalarOp::Min, {local, dimNumber(extent - Dim(1), range)}, range);
    local = scalarOp(ScalarOp::Max, {local, number(0, Elem::I32, range)}, range);
    Expr *piece = at(parts[p], local);
    chosen = chosen ? scalarOp(ScalarOp::Select,
                               {scalarOp(ScalarOp::Lt, {indexValue(var), dimNumber(end, range)}, range), piece, chosen},
                               range)
                    : piece;
    end = start;
  }
  Expr *joined = equation(var, chosen, range);
  // Classes stay classes, of the largest number of them.
  std::optional<Dim> classes = Dim(0);
  for (const Expr *part : parts)
    classes = classes && part->type.indexBound
                  ? classes->atMost(*part->type.indexBound).value_or(true) ? part->type.indexBound : classes
                  : std::nullopt;
  joined->type.indexBound = classes;
  return Value::ofTensor(joined);
}

/// All elements of a tensor or a record along one axis: leaf by leaf, row-major.
Value Checker::biFlat(const std::vector<ArgValue> &args, const ast::Node *site, SourceRange range) {
  if (!arity("flat", args, 1, 1, range))
    return error();
  Value value = args[0].value;
  if (value.kind != Value::Kind::Record) {
    Expr *tensor = toTensor(value, std::nullopt, args[0].range);
    if (!tensor)
      return error();
    value = Value::ofTensor(tensor);
  }
  llvm::SmallVector<Expr *> parts;
  leaves(value, parts);
  std::vector<ArgValue> pieces;
  for (Expr *part : parts) {
    if (refuseBatch("another shape of a batch", part, range))
      return error();
    Shape shape{{elementCount(part->type.axes), "", range, false}};
    pieces.push_back({"", {}, Value::ofTensor(reshape(capture(part), shape, range)), range});
  }
  return pieces.size() == 1 ? pieces[0].value : biConcat(pieces, site, range);
}

// ---- padding

namespace {

/// What stands around a padded tensor.
enum class PadMode : uint8_t { Zero, Wrap, Reflect, Edge };

/// The room before and behind an axis.
struct Margin {
  Dim before, after;
};

} // namespace

static std::optional<PadMode> padMode(llvm::StringRef word) {
  return llvm::StringSwitch<std::optional<PadMode>>(word)
      .Case("zero", PadMode::Zero)
      .Case("wrap", PadMode::Wrap)
      .Case("reflect", PadMode::Reflect)
      .Case("edge", PadMode::Edge)
      .Default(std::nullopt);
}

/// `2`, or `[1, 2]` for different room before and behind.
static std::optional<Margin> marginOf(const Value &value,
                                      llvm::function_ref<std::optional<Dim>(const Value &)> integer) {
  bool pair = value.kind == Value::Kind::List && value.fields.size() == 2;
  auto before = integer(pair ? value.fields[0].second : value);
  auto after = integer(pair ? value.fields[1].second : value);
  auto negative = [](const std::optional<Dim> &dim) { return dim && dim->constant() && *dim->constant() < 0; };
  if (!before || !after || negative(before) || negative(after))
    return std::nullopt;
  return Margin{*before, *after};
}

/// Where the padded axis reads the axis of `extent` entries, at an index that has been moved by the room before it.
Expr *Checker::paddedPlace(Expr *moved, const Dim &extent, llvm::StringRef mode, SourceRange range) {
  Expr *zero = number(0, Elem::I32, range), *last = dimNumber(extent - Dim(1), range);
  Expr *place = moved;
  switch (*padMode(mode)) {
  case PadMode::Zero:
    return moved;
  case PadMode::Wrap:
    place = scalarOp(ScalarOp::Mod, {moved, dimNumber(extent, range)}, range);
    break;
  case PadMode::Edge:
    place = scalarOp(ScalarOp::Min, {scalarOp(ScalarOp::Max, {moved, zero}, range), last}, range);
    break;
  case PadMode::Reflect: {
    Expr *beyond = scalarOp(ScalarOp::Sub, {dimNumber(extent + extent - Dim(2), range), moved}, range);
    place = scalarOp(ScalarOp::Min, {scalarOp(ScalarOp::Abs, moved, range), beyond}, range);
  }
  }
  place->type.indexBound = extent;
  return place;
}

bool Checker::padArguments(const std::vector<ArgValue> &args, Expr *&input, Value &by, std::string &mode,
                           SourceRange range) {
  mode = "zero";
  Value tensor;
  for (const ArgValue &arg : args)
    if (arg.label == "by")
      by = arg.value;
    else if (arg.label == "mode" && arg.value.kind == Value::Kind::String && padMode(arg.value.text))
      mode = arg.value.text;
    else if (arg.label.empty() && tensor.isError())
      tensor = arg.value;
    else {
      auto &report = diags.report(diag::PadArguments, arg.label.empty() ? arg.range : arg.labelRange);
      report.help("write `pad(x, by: 2)`, with `mode: zero`, `wrap`, `reflect` or `edge` if not with zeros");
      return false;
    }
  if (tensor.isError() || by.isError()) {
    diags.report(diag::PadArguments, range).help("write `pad(x, by: 2)`, or `pad(x, by: [0, 2, 2])` for each axis");
    return false;
  }
  input = toTensor(tensor, std::nullopt, args[0].range);
  return input && !refuseBatch("room around a batch", input, range);
}

Value Checker::biPad(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  Expr *input = nullptr;
  Value by;
  std::string mode;
  if (!padArguments(args, input, by, mode, range))
    return error();
  input = capture(input);
  bool each = by.kind == Value::Kind::List && by.fields.size() == input->type.rank();
  llvm::SmallVector<IndexVar *> vars;
  llvm::SmallVector<Expr *> places;
  for (auto [k, axis] : llvm::enumerate(input->type.axes)) {
    const Value &room = each ? by.fields[k].second : by;
    auto margin = marginOf(room, [&](const Value &value) { return integerOf(value); });
    if (!margin) {
      diags.report(diag::PadRoom, range, int64_t(input->type.rank()), input->type.str());
      return error();
    }
    bool moves = margin->before != Dim(0) || margin->after != Dim(0);
    Lengths at;
    auto tooShort = [&](const Dim &needed) {
      Dim room = axis.extent - needed - Dim(1);
      return room.constant().value_or(0) < 0 || !neverNegative(room, &at);
    };
    if (mode == "reflect" && (tooShort(margin->before) || tooShort(margin->after))) {
      auto &report = diags.report(diag::PadReflects, range, axis.extent.str(), margin->before.str());
      if (!at.empty())
        report.note("this is so for " + sema::describe(at, axis.extent.lengths()));
      return error();
    }
    if (mode != "zero" && moves)
      neverNegative(axis.extent - Dim(1)); // nothing goes on from an empty axis
    vars.push_back(newIndex("i" + std::to_string(k), axis.extent + margin->before + margin->after, range));
    vars.back()->extentOrigin = range;
    Expr *moved = indexValue(vars.back());
    if (!moves) {
      places.push_back(moved);
      continue;
    }
    moved = scalarOp(ScalarOp::Sub, {moved, dimNumber(margin->before, range)}, range);
    places.push_back(paddedPlace(moved, axis.extent, mode, range));
  }
  Expr *element = at(input, places);
  llvm::cast<Access>(element)->padded = mode == "zero";
  return Value::ofTensor(vars.empty() ? input : equation(vars, element, range));
}

// ---- pictures beside each other

Value Checker::biGrid(const std::vector<ArgValue> &args, const ast::Node *, SourceRange range) {
  if (!arity("grid", args, 1, 1, range))
    return error();
  Expr *images = toTensor(args[0].value, std::nullopt, args[0].range);
  if (!images)
    return error();
  size_t rank = images->type.rank();
  auto count = rank == 3 || rank == 4 ? images->type.axes[0].extent.constant() : std::nullopt;
  if (!count || *count < 1) {
    diags.report(diag::GridShape, args[0].range, args[0].value.describe());
    return error();
  }
  int64_t columns = 1;
  while (columns * columns < *count)
    ++columns;
  Value width = Value::ofInt(Dim(columns)), height = Value::ofInt(Dim((*count + columns - 1) / columns));
  Value tiled = *lookupTop(rank == 3 ? "tiled" : "tiled_channels", prelude);
  tiled = call(tiled, {{"", {}, height, range}, {"", {}, width, range}}, nullptr, range);
  return tiled.isError() ? tiled : call(tiled, {{"", {}, Value::ofTensor(images), args[0].range}}, nullptr, range);
}

} // namespace nn::sema
