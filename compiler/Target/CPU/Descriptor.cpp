// The constant `noether_program` of a model object: what runtime/include/noether/abi.h lays down, filled from the
// module's operations.
#include "Dialect/NN/IR/Claims.h"
#include "Dialect/NN/IR/Trace.h"
#include "Kernels/Kernels.h"
#include "Target/CPU/Constants.h"
#include "Target/CPU/ISA.h"
#include "Target/CPU/Program.h"

#include "noether/abi.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"

using namespace mlir;
using namespace nn;

namespace {

class DescriptorBuilder : ConstantBuilder {
public:
  DescriptorBuilder(ModuleOp planned, llvm::Module &module, const TargetOptions &options)
      : ConstantBuilder(module), planned(planned), options(options) {}
  void build();

private:
  void names(Fields &into, ArrayAttr names);
  void type(Fields &into, ShapedType type);
  void axes(Fields &into, DictionaryAttr entry);
  int64_t integer(Operation *op, StringRef name) {
    auto value = op->getAttrOfType<IntegerAttr>(name);
    return value ? value.getInt() : 0;
  }

  llvm::Constant *binding(DictionaryAttr entry, ArrayAttr aliases);
  llvm::Constant *entryOf(func::FuncOp root, ISA isa);
  llvm::Constant *function(func::FuncOp root);
  llvm::Constant *functionNamed(FlatSymbolRefAttr name) { return functions.lookup(name.getValue()); }
  llvm::Constant *tensor(StringRef path, int64_t role, Type type, Operation *op);
  llvm::Constant *setting(SettingOp op);
  llvm::Constant *stage(StringRef name, llvm::Constant *path, DictionaryAttr options);
  llvm::Constant *dataset(DatasetOp op);
  llvm::Constant *field(DictionaryAttr entry);
  llvm::Constant *recipe(RecipeOp op);
  llvm::Constant *watch(RecipeOp op, StringRef name);
  llvm::Constant *command(CommandOp op);
  llvm::Constant *argument(DictionaryAttr entry);
  llvm::Constant *vocabulary(Attribute dataset);
  bool isNeverEmpty(StringAttr length);
  Fields outputs(FlatSymbolRefAttr function, StringRef show, ArrayAttr classes, ArrayAttr texts);
  llvm::Constant *loaded(LoadedOp op);
  llvm::Constant *plane(DictionaryAttr entry);
  llvm::Constant *report(ReportOp op);
  llvm::Constant *experiment(ExperimentOp op);
  llvm::Constant *numbers(Attribute values);
  llvm::Constant *space(DictionaryAttr entry);
  llvm::Constant *claim(ClaimOp op, DictionaryAttr table);
  /// The recipes and reports of one point of an experiment, or those that belong to none.
  template <typename Op> SmallVector<Op> membersOf(StringRef experiment, int64_t point);
  void tensors(Fields &into);
  void weights(Fields &into);

  ModuleOp planned;
  const TargetOptions &options;
  llvm::StringMap<llvm::Constant *> functions, datasets, vocabularies;
  llvm::StringMap<ArrayAttr> aliasesOf;      ///< the aliases of a recipe, by its functions
  llvm::StringMap<int64_t> positionOfLoaded; ///< in the program's list
};

} // namespace

void DescriptorBuilder::names(Fields &into, ArrayAttr names) {
  Fields all;
  if (names)
    for (auto name : names.getAsRange<StringAttr>())
      all.push_back(text(name.getValue()));
  list(into, all);
}

static int64_t dtypeOf(Type type) {
  if (type.isF64())
    return NN_F64;
  if (type.isF32())
    return NN_F32;
  if (type.isF16())
    return NN_F16;
  if (type.isBF16())
    return NN_BF16;
  if (type.isInteger(1))
    return NN_BOOL;
  if (type.isInteger(8))
    return NN_U8;
  return type.isInteger(64) ? NN_I64 : NN_I32;
}

void DescriptorBuilder::type(Fields &into, ShapedType type) {
  Fields shape;
  for (int64_t extent : type.getShape())
    shape.push_back(number(extent));
  into.push_back(number(dtypeOf(type.getElementType())));
  list(into, shape);
}

static int64_t bindKind(Binding kind) {
  switch (kind) {
  case Binding::field:
    return NN_BIND_FIELD;
  case Binding::key:
    return NN_BIND_KEY;
  case Binding::batch_size:
    return NN_BIND_BATCH_SIZE;
  case Binding::step:
    return NN_BIND_STEP;
  case Binding::total_steps:
    return NN_BIND_TOTAL_STEPS;
  case Binding::arg:
    return NN_BIND_ARGUMENT;
  case Binding::metric:
    return NN_BIND_METRIC;
  case Binding::length:
    return NN_BIND_LENGTH;
  case Binding::extent:
    return NN_BIND_EXTENT;
  default:
    return NN_BIND_OUTPUT;
  }
}

/// The position of the data set that a field, `alias.name`, belongs to.
static int64_t datasetOf(StringRef field, ArrayAttr aliases) {
  if (aliases)
    for (auto [position, alias] : llvm::enumerate(aliases.getAsValueRange<StringAttr>()))
      if (field.starts_with((alias + ".").str()))
        return position;
  return 0;
}

/// An entry of `nn.arguments` or `nn.results`: {bind, type, offset}. A recipe may have given its data sets aliases.
llvm::Constant *DescriptorBuilder::binding(DictionaryAttr entry, ArrayAttr aliases) {
  auto bind = entry.getAs<BindAttr>("bind");
  bool ofData = bind.getKind() == Binding::field || bind.getKind() == Binding::length;
  int64_t dataset = ofData ? datasetOf(bind.getName(), aliases) : 0;
  Fields fields = {number(bindKind(bind.getKind())), optionalText(bind.getName()), number(dataset)};
  type(fields, cast<ShapedType>(entry.getAs<TypeAttr>("type").getValue()));
  fields.push_back(number(entry.getAs<IntegerAttr>("offset").getInt()));
  return record(fields);
}

/// The entry of a root for an instruction set, here or in another object.
llvm::Constant *DescriptorBuilder::entryOf(func::FuncOp root, ISA isa) {
  std::string name = variantName(root.getSymName(), isa);
  if (llvm::Function *here = module.getFunction(name))
    return here;
  auto *pointer = llvm::PointerType::get(context, 0);
  auto *type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer}, false);
  auto *there = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, name, module);
  there->setVisibility(llvm::GlobalValue::HiddenVisibility);
  return there;
}

llvm::Constant *DescriptorBuilder::function(func::FuncOp root) {
  Fields arguments, results, variants;
  auto bindings = [&](StringRef name, Fields &into) {
    if (auto entries = root->getAttrOfType<ArrayAttr>(name))
      for (auto entry : entries.getAsRange<DictionaryAttr>())
        into.push_back(binding(entry, aliasesOf.lookup(root.getSymName())));
  };
  bindings("nn.arguments", arguments);
  bindings("nn.results", results);
  for (ISA isa : options.isas)
    if (hasVariant(root, isa, options))
      variants.push_back(
          record({number(describe(isa).abi), entryOf(root, isa), number(integer(root, "nn.scratch_bytes")),
                  number(integer(root, "nn.workspace_bytes"))}));
  Fields fields = {text(root.getSymName()), number(integer(root, batchAttrName)),
                   number(integer(root, ioBytesAttrName))};
  list(fields, arguments);
  list(fields, results);
  list(fields, variants);
  fields.push_back(number(root->hasAttr("nn.reads_model")));
  Fields loads;
  if (auto names = root->getAttrOfType<ArrayAttr>("nn.loads"))
    for (auto name : names.getAsRange<FlatSymbolRefAttr>())
      loads.push_back(number(positionOfLoaded.lookup(name.getValue())));
  list(fields, loads);
  fields.push_back(options.gpu && runsOnGPU(root) ? elsewhere(gpuFunctionName(root)) : null());
  return pointerTo(record(fields));
}

/// A parameter or state. `nn.layout`: stored axis k is logical axis layout[k], row-major.
llvm::Constant *DescriptorBuilder::tensor(StringRef path, int64_t role, Type type, Operation *op) {
  auto shaped = cast<ShapedType>(type);
  int64_t width = std::max<int64_t>(8, shaped.getElementTypeBitWidth()) / 8;
  Fields fields = {text(path), number(role)}, digits;
  this->type(fields, shaped);
  fields.append({number(integer(op, "nn.offset")), number(shaped.getNumElements() * width)});
  if (auto layout = op->getAttrOfType<DenseI64ArrayAttr>("nn.layout")) {
    int64_t stride = 1;
    for (int64_t axis : llvm::reverse(layout.asArrayRef())) {
      digits.push_back(record({number(axis), number(1), number(0), number(stride)}));
      stride *= shaped.getDimSize(axis);
    }
  }
  list(fields, digits);
  fields.push_back(number(op->hasAttr("nn.experiment")));
  return record(fields);
}

void DescriptorBuilder::tensors(Fields &into) {
  Fields all;
  for (Operation &op : *planned.getBody()) {
    if (auto parameter = dyn_cast<ParameterOp>(op))
      all.push_back(tensor(parameter.getSymName(), parameter.getKind() == "bias" ? NN_BIAS : NN_WEIGHT,
                           parameter.getType(), &op));
    if (auto state = dyn_cast<StateVarOp>(op))
      all.push_back(tensor(state.getSymName(), state.getRole() == "optimizer" ? NN_OPTIMIZER_STATE : NN_MODEL_STATE,
                           state.getType(), &op));
  }
  list(into, all);
}

llvm::Constant *DescriptorBuilder::setting(SettingOp op) {
  auto value = cast<TypedAttr>(op.getValue());
  double number = 0;
  if (auto real = dyn_cast<FloatAttr>(value))
    number = real.getValueAsDouble();
  else if (auto whole = dyn_cast<IntegerAttr>(value))
    number = value.getType().isInteger(1) ? double(whole.getValue().getZExtValue()) : double(whole.getInt());
  return record({text(op.getSymName()), this->number(dtypeOf(value.getType())), this->number(integer(op, "nn.offset")),
                 real(number)});
}

bool DescriptorBuilder::isNeverEmpty(StringAttr length) {
  auto shortest = planned->getAttrOfType<ArrayAttr>("nn.not_empty");
  return shortest && llvm::is_contained(shortest, Attribute(length));
}

/// The axes of a field or an argument that run to lengths, and the length that its values lie below.
void DescriptorBuilder::axes(Fields &into, DictionaryAttr entry) {
  Fields all;
  if (auto lengths = entry.getAs<ArrayAttr>("lengths"))
    for (auto length : lengths.getAsRange<StringAttr>())
      all.push_back(record({optionalText(length.getValue()), number(isNeverEmpty(length))}));
  list(into, all);
  auto below = entry.getAs<StringAttr>("below");
  into.push_back(optionalText(below ? below.getValue() : ""));
}

llvm::Constant *DescriptorBuilder::field(DictionaryAttr entry) {
  auto classes = entry.getAs<IntegerAttr>("classes");
  Fields fields = {text(entry.getAs<StringAttr>("name").getValue())};
  type(fields, cast<ShapedType>(entry.getAs<TypeAttr>("type").getValue()));
  fields.push_back(number(classes ? classes.getInt() : 0));
  names(fields, entry.getAs<ArrayAttr>("names"));
  axes(fields, entry);
  return record(fields);
}

/// An option's value as the runtime reads it: text.
static std::string optionText(Attribute value) {
  if (auto string = dyn_cast<StringAttr>(value))
    return string.str();
  if (auto whole = dyn_cast<IntegerAttr>(value))
    return whole.getType().isInteger(1) ? (whole.getValue().isZero() ? "false" : "true") : llvm::itostr(whole.getInt());
  if (auto array = dyn_cast<ArrayAttr>(value))
    return llvm::join(llvm::map_range(array, optionText), ",");
  SmallVector<char> digits;
  if (auto real = dyn_cast<FloatAttr>(value))
    real.getValue().toString(digits);
  return std::string(digits.begin(), digits.end());
}

/// A reader or a transform: its name, its path if it has one, and its options.
llvm::Constant *DescriptorBuilder::stage(StringRef name, llvm::Constant *path, DictionaryAttr options) {
  Fields fields = {text(name), path}, entries;
  for (NamedAttribute option : options)
    entries.push_back(record({text(option.getName().getValue()), text(optionText(option.getValue()))}));
  list(fields, entries);
  return record(fields);
}

llvm::Constant *DescriptorBuilder::dataset(DatasetOp op) {
  Fields fields = {text(op.getSymName())}, examples;
  Fields stages = {stage(op.getReader(), text(op.getPath()), op.getOptions())};
  if (ArrayAttr transforms = op.getTransformsAttr())
    for (auto entry : transforms.getAsRange<DictionaryAttr>())
      stages.push_back(
          stage(entry.getAs<StringAttr>("name").getValue(), null(), entry.getAs<DictionaryAttr>("options")));
  list(fields, stages);
  for (auto entry : op.getFields().getAsRange<DictionaryAttr>())
    examples.push_back(field(entry));
  list(fields, examples);
  llvm::Constant *generator = op.getGeneratorAttr() ? functionNamed(op.getGeneratorAttr()) : nullptr;
  fields.push_back(generator ? generator : null());
  return record(fields);
}

llvm::Constant *DescriptorBuilder::watch(RecipeOp op, StringRef name) {
  auto entry = op->getAttrOfType<DictionaryAttr>(name);
  if (!entry)
    return null();
  return pointerTo(
      record({text(entry.getAs<StringAttr>("split").getValue()), text(entry.getAs<StringAttr>("metric").getValue()),
              number(entry.getAs<BoolAttr>("larger").getValue())}));
}

llvm::Constant *DescriptorBuilder::recipe(RecipeOp op) {
  auto optional = [&](StringRef name) {
    auto value = op->getAttrOfType<StringAttr>(name);
    return value ? text(value.getValue()) : text("");
  };
  Fields fields = {text(op.getSymName())}, data;
  ArrayAttr aliases = op.getAliasesAttr();
  if (ArrayAttr names = op.getDatasetsAttr())
    for (auto [k, name] : llvm::enumerate(names.getAsRange<FlatSymbolRefAttr>()))
      data.push_back(record(
          {text(aliases ? cast<StringAttr>(aliases[k]).getValue() : StringRef()), datasets.lookup(name.getValue())}));
  list(fields, data);
  bool epochs = op.getUnit() == "epochs";
  fields.append({functionNamed(op.getStepAttr()), functionNamed(op.getEvalAttr()), number(epochs ? op.getCount() : 0),
                 number(epochs ? 0 : op.getCount()), number(op.getBatch()), optional("objective"),
                 optional("optimizer"), number(integer(op, "report_steps")), watch(op, "keep"), watch(op, "stop"),
                 number(integer(op, "patience"))});
  auto trace = op->getAttrOfType<FlatSymbolRefAttr>(traceAttrName);
  fields.push_back(trace ? functionNamed(trace) : nullptr);
  for (llvm::Constant *&field : fields)
    field = field ? field : null();
  return record(fields);
}

/// A default as a user would write it: numbers separated by commas.
static std::string defaultText(Attribute value) {
  if (auto elements = dyn_cast<DenseElementsAttr>(value)) {
    SmallVector<std::string> all;
    for (Attribute element : elements.getValues<Attribute>())
      all.push_back(optionText(element));
    return llvm::join(all, ",");
  }
  return optionText(value);
}

llvm::Constant *DescriptorBuilder::argument(DictionaryAttr entry) {
  auto doc = entry.getAs<StringAttr>("doc");
  auto classes = entry.getAs<IntegerAttr>("classes");
  Attribute value = entry.get("default");
  Fields fields = {text(entry.getAs<StringAttr>("name").getValue()), optionalText(doc ? doc.getValue() : "")};
  type(fields, cast<ShapedType>(entry.getAs<TypeAttr>("type").getValue()));
  auto setting = entry.getAs<StringAttr>("setting");
  fields.append({number(classes ? classes.getInt() : 0), value ? text(defaultText(value)) : null(),
                 entry.get("fixed") ? text(defaultText(value)) : null(), setting ? text(setting.getValue()) : null()});
  axes(fields, entry);
  auto length = entry.getAs<StringAttr>("length");
  auto most = entry.getAs<IntegerAttr>("most");
  fields.append({optionalText(length ? length.getValue() : ""), number(length && isNeverEmpty(length)),
                 number(most ? most.getInt() : 0), vocabulary(entry.get("text"))});
  return record(fields);
}

/// The tokens of a data set that is made of text; null for what is no text.
llvm::Constant *DescriptorBuilder::vocabulary(Attribute dataset) {
  auto symbol = dyn_cast_or_null<FlatSymbolRefAttr>(dataset);
  if (!symbol)
    return null();
  llvm::Constant *&known = vocabularies[symbol.getValue()];
  if (known)
    return known;
  auto op = planned.lookupSymbol<DatasetOp>(symbol.getValue());
  auto by = op.getOptions().getAs<StringAttr>("by");
  StringRef unit = by ? by.getValue() : op.getReader() == "text" ? "characters" : "words";
  Fields fields = {number(unit == "words" ? NN_UNIT_WORDS : unit == "bytes" ? NN_UNIT_BYTES : NN_UNIT_CHARACTERS)};
  names(fields, cast<DictionaryAttr>(op.getFields()[0]).getAs<ArrayAttr>("names"));
  return known = pointerTo(record(fields));
}

/// A ranking shows indices with their values; an index that has names is a class; all else is a tensor.
ConstantBuilder::Fields DescriptorBuilder::outputs(FlatSymbolRefAttr function, StringRef show, ArrayAttr classes,
                                                   ArrayAttr texts) {
  auto root = planned.lookupSymbol<func::FuncOp>(function.getValue());
  auto results = root->getAttrOfType<ArrayAttr>("nn.results");
  SmallVector<BindAttr> binds;
  SmallVector<ShapedType> types;
  for (auto entry : results.getAsRange<DictionaryAttr>()) {
    if (entry.getAs<BindAttr>("bind").getKind() == Binding::extent)
      continue; // extents follow the values
    binds.push_back(entry.getAs<BindAttr>("bind"));
    types.push_back(cast<ShapedType>(entry.getAs<TypeAttr>("type").getValue()));
  }
  if (show == "ranking" && types.size() == 2) {
    bool first = types[0].getElementType().isInteger(32);
    Fields fields = {null(), number(NN_OUTPUT_RANKING), number(first ? 1 : 0), number(first ? 0 : 1)};
    names(fields, classes);
    fields.push_back(null());
    return {record(fields)};
  }
  Fields all;
  for (auto [k, shape] : llvm::enumerate(types)) {
    bool isClass = classes && shape.getRank() == 0 && shape.getElementType().isInteger(32);
    llvm::Constant *tokens = isClass || !texts ? null() : vocabulary(texts[k]);
    int64_t kind = isClass ? NN_OUTPUT_CLASS : tokens->isNullValue() ? NN_OUTPUT_TENSOR : NN_OUTPUT_TEXT;
    Fields fields = {types.size() == 1 ? null() : text(binds[k].getName()), number(kind), number(k), number(-1)};
    names(fields, isClass ? classes : ArrayAttr());
    fields.push_back(tokens);
    all.push_back(record(fields));
  }
  return all;
}

llvm::Constant *DescriptorBuilder::command(CommandOp op) {
  Fields arguments;
  for (auto entry : op.getArguments().getAsRange<DictionaryAttr>())
    arguments.push_back(argument(entry));
  auto called = op->getAttrOfType<StringAttr>("called");
  Fields fields = {text(called ? called.getValue() : op.getSymName()), optionalText(op.getDoc().value_or("")),
                   functionNamed(op.getFunctionAttr())};
  list(fields, arguments);
  list(fields, outputs(op.getFunctionAttr(), op.getShow(), op.getNamesAttr(), op->getAttrOfType<ArrayAttr>("texts")));
  return record(fields);
}

//===-- Reports and experiments
//----------------------------------------------------------------------------------------===//

llvm::Constant *DescriptorBuilder::loaded(LoadedOp op) {
  llvm::Constant *dataset = datasets.lookup(op.getSource());
  Fields fields = {text(op.getSymName()), dataset ? dataset : null(), dataset ? null() : text(op.getSource()),
                   text(op.getSplit()), text(op.getName())};
  type(fields, cast<ShapedType>(op.getType()));
  fields.push_back(number(integer(op, "nn.offset")));
  return record(fields);
}

llvm::Constant *DescriptorBuilder::plane(DictionaryAttr entry) {
  if (!entry)
    return null();
  Fields fields;
  for (StringRef side : {"left", "right", "bottom", "top"})
    fields.push_back(real(entry.getAs<FloatAttr>(side).getValueAsDouble()));
  auto optional = [&](StringRef name) {
    auto value = entry.getAs<StringAttr>(name);
    return value ? text(value.getValue()) : null();
  };
  auto dataset = entry.getAs<FlatSymbolRefAttr>("dataset");
  fields.append({optional("x_name"), optional("y_name"), dataset ? datasets.lookup(dataset.getValue()) : null(),
                 optional("x_field"), optional("y_field"), optional("label")});
  return pointerTo(record(fields));
}

llvm::Constant *DescriptorBuilder::report(ReportOp op) {
  Fields outputs = this->outputs(op.getFunctionAttr(), op.getShow(), op.getNamesAttr(),
                                 op->getAttrOfType<ArrayAttr>("texts")),
         curves;
  for (size_t k = 0; k < outputs.size(); ++k) {
    auto curve = op.getCurvesAttr() ? cast<StringAttr>(op.getCurvesAttr()[k]).getValue() : "";
    auto known = positionOfLoaded.find(curve);
    curves.push_back(number(known == positionOfLoaded.end() ? -1 : known->second));
  }
  int64_t form = llvm::StringSwitch<int64_t>(op.getForm())
                     .Case("image", NN_FORM_IMAGE)
                     .Case("curve", NN_FORM_CURVE)
                     .Case("histogram", NN_FORM_HISTOGRAM)
                     .Case("boundary", NN_FORM_BOUNDARY)
                     .Default(NN_FORM_DEFAULT);
  Fields fields = {text(op.getName()), text(op.getText()), functionNamed(op.getFunctionAttr())}, positions;
  list(fields, outputs);
  list(positions, curves);
  fields.append({positions[1], number(form), plane(op.getPlaneAttr())});
  return record(fields);
}

template <typename Op> SmallVector<Op> DescriptorBuilder::membersOf(StringRef experiment, int64_t point) {
  SmallVector<Op> members;
  for (Op op : planned.getOps<Op>()) {
    auto own = op->template getAttrOfType<StringAttr>("nn.experiment");
    if (own ? own.getValue() == experiment && integer(op, "nn.point") == point : experiment.empty())
      members.push_back(op);
  }
  return members;
}

llvm::Constant *DescriptorBuilder::experiment(ExperimentOp op) {
  Fields sweeps, points, plots;
  for (auto sweep : op.getSweeps().getAsRange<DictionaryAttr>()) {
    Fields fields = {text(sweep.getAs<StringAttr>("name").getValue())};
    names(fields, sweep.getAs<ArrayAttr>("values"));
    sweeps.push_back(record(fields));
  }
  for (auto [k, point] : llvm::enumerate(op.getPoints().getAsRange<ArrayAttr>())) {
    Fields values, recipes, reports, positions;
    for (auto value : point.getAsRange<IntegerAttr>())
      values.push_back(number(value.getInt()));
    for (RecipeOp recipe : membersOf<RecipeOp>(op.getName(), k))
      recipes.push_back(this->recipe(recipe));
    for (ReportOp report : membersOf<ReportOp>(op.getName(), k))
      reports.push_back(this->report(report));
    list(positions, values);
    Fields fields = {positions[1]};
    list(fields, recipes);
    list(fields, reports);
    points.push_back(record(fields));
  }
  for (auto plot : op.getPlots().getAsRange<DictionaryAttr>()) {
    Fields fields;
    names(fields, plot.getAs<ArrayAttr>("curves"));
    names(fields, plot.getAs<ArrayAttr>("against"));
    plots.push_back(record(fields));
  }
  Fields fields = {text(op.getName()), optionalText(op.getDoc().value_or(""))};
  list(fields, sweeps);
  list(fields, points);
  list(fields, plots);
  return record(fields);
}

//===-- Claims of symmetry
//------------------------------------------------------------------------------------------------===//

/// The address of an array; null for none.
llvm::Constant *DescriptorBuilder::numbers(Attribute values) {
  if (auto whole = dyn_cast_or_null<DenseI64ArrayAttr>(values)) {
    SmallVector<uint64_t> elements(whole.asArrayRef().begin(), whole.asArrayRef().end());
    return pointerTo(llvm::ConstantDataArray::get(context, elements));
  }
  if (auto real = dyn_cast_or_null<DenseF64ArrayAttr>(values))
    return pointerTo(llvm::ConstantDataArray::get(context, real.asArrayRef()));
  return null();
}

llvm::Constant *DescriptorBuilder::space(DictionaryAttr entry) {
  auto axes = entry.getAs<DenseI64ArrayAttr>("axes");
  Fields fields = {text(entry.getAs<StringAttr>("name").getValue()),
                   number(entry.contains("result")),
                   number(entry.contains("values")),
                   number(axes.size()),
                   numbers(axes),
                   number(entry.getAs<IntegerAttr>("cells").getInt())},
         moves;
  for (auto move : entry.getAs<ArrayAttr>("moves").getAsRange<DictionaryAttr>())
    moves.push_back(record({numbers(move.get("image")), numbers(move.get("signs")), numbers(move.get("matrix")),
                            numbers(move.get("offset"))}));
  list(fields, moves);
  return record(fields);
}

/// One action of a claim, from the tables that say how its group moves its tensors.
llvm::Constant *DescriptorBuilder::claim(ClaimOp op, DictionaryAttr table) {
  Fields inputs, generators, spaces, elements;
  for (auto entry : table.getAs<ArrayAttr>("inputs").getAsRange<DictionaryAttr>())
    inputs.push_back(
        record({text(entry.getAs<StringAttr>("name").getValue()), number(entry.getAs<IntegerAttr>("below").getInt())}));
  for (auto entry : table.getAs<ArrayAttr>("spaces").getAsRange<DictionaryAttr>())
    spaces.push_back(space(entry));
  for (auto entry : table.getAs<ArrayAttr>("elements").getAsRange<DictionaryAttr>()) {
    auto generators = entry.getAs<DenseI64ArrayAttr>("generators");
    elements.push_back(record({text(entry.getAs<StringAttr>("name").getValue()), number(generators.size()),
                               numbers(generators), number(generators.size()), numbers(entry.get("amounts"))}));
  }
  for (auto entry : table.getAs<ArrayAttr>("generators").getAsRange<DictionaryAttr>())
    generators.push_back(record({text(entry.getAs<StringAttr>("name").getValue()), number(entry.contains("direction")),
                                 real(entry.getAs<FloatAttr>("unit").getValueAsDouble())}));
  Fields fields = {text(table.getAs<StringAttr>("text").getValue()),
                   real(op.getWithin() ? op.getWithin()->convertToDouble() : -1), functionNamed(op.getFunctionAttr()),
                   functionNamed(op->getAttrOfType<FlatSymbolRefAttr>(wideAttrName))};
  list(fields, inputs);
  list(fields, generators);
  list(fields, spaces);
  list(fields, elements);
  return record(fields);
}

void DescriptorBuilder::weights(Fields &into) {
  ArrayRef<char> file = options.program.weights;
  into.push_back(number(int64_t(file.size())));
  into.push_back(bytes(StringRef(file.data(), file.size()), 64));
}

void DescriptorBuilder::build() {
  for (RecipeOp op : planned.getOps<RecipeOp>()) {
    aliasesOf[op.getStep()] = aliasesOf[op.getEval()] = op.getAliasesAttr();
    if (auto trace = op->getAttrOfType<FlatSymbolRefAttr>(traceAttrName))
      aliasesOf[trace.getValue()] = op.getAliasesAttr();
  }
  SmallVector<LoadedOp> loads; // those that a function reads
  for (LoadedOp op : planned.getOps<LoadedOp>())
    if (op->hasAttr("nn.offset")) {
      positionOfLoaded[op.getSymName()] = int64_t(loads.size());
      loads.push_back(op);
    }
  for (func::FuncOp root : planned.getOps<func::FuncOp>())
    if (isRoot(root))
      functions[root.getSymName()] = function(root);
  Fields settings, sets, recipes, commands, loaded, reports, experiments, claims;
  for (SettingOp op : planned.getOps<SettingOp>())
    settings.push_back(setting(op));
  for (DatasetOp op : planned.getOps<DatasetOp>())
    sets.push_back(dataset(op));
  const ProgramInfo &info = options.program;
  Fields fields = {number(NN_ABI_VERSION),
                   text(info.name),
                   optionalText(info.doc),
                   text(info.sourceDirectory),
                   text(info.compiler),
                   number(integer(planned, "nn.persistent_bytes")),
                   number(integer(planned, "nn.settings_bytes"))};
  tensors(fields);
  list(fields, settings);
  list(fields, sets);
  for (auto [k, op] : llvm::enumerate(planned.getOps<DatasetOp>())) {
    llvm::Constant *position[] = {number(0), number(k)};
    auto *array = cast<llvm::GlobalVariable>(fields.back());
    datasets[op.getSymName()] =
        llvm::ConstantExpr::getInBoundsGetElementPtr(array->getValueType(), array, ArrayRef(position));
  }
  for (RecipeOp op : membersOf<RecipeOp>("", 0))
    recipes.push_back(recipe(op));
  for (CommandOp op : planned.getOps<CommandOp>())
    commands.push_back(command(op));
  llvm::Constant *init = functions.lookup("init");
  fields.push_back(init ? init : null());
  list(fields, recipes);
  list(fields, commands);
  weights(fields);
  for (LoadedOp op : loads)
    loaded.push_back(this->loaded(op));
  for (ReportOp op : membersOf<ReportOp>("", 0))
    reports.push_back(report(op));
  for (ExperimentOp op : planned.getOps<ExperimentOp>())
    experiments.push_back(experiment(op));
  fields.push_back(number(integer(planned, "nn.loaded_bytes")));
  list(fields, loaded);
  list(fields, reports);
  list(fields, experiments);
  for (ClaimOp op : planned.getOps<ClaimOp>())
    if (auto tables = op->getAttrOfType<ArrayAttr>(tablesAttrName))
      for (auto table : tables.getAsRange<DictionaryAttr>())
        claims.push_back(claim(op, table));
  list(fields, claims);
  fields.push_back(options.gpu ? elsewhere(gpuProgramName) : null());
  llvm::Constant *value = record(fields);
  auto *global = new llvm::GlobalVariable(module, value->getType(), true, llvm::GlobalValue::ExternalLinkage, value,
                                          "noether_program");
  global->setAlignment(llvm::Align(8));
}

void nn::buildDescriptor(ModuleOp planned, llvm::Module &module, const TargetOptions &options) {
  DescriptorBuilder(planned, module, options).build();
}
