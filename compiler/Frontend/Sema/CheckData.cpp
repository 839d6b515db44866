/// Data sets: readers and transforms are calls, and what they find in the files decides the types of the fields.
#include "Frontend/Sema/Checker.h"
#include "Frontend/Sema/DataCache.h"

#include "noether/abi.h"
#include "noether/data.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

/// Readers and transforms of the language; those that the runtime has are in `dataReaders`.
static const char *const languageReaders[] = {"idx",     "npy",       "npz",    "csv",     "folder",    "text",
                                              "ngrams",  "graph",     "xyz",    "wav",     "split",     "take",
                                              "shuffle", "normalize", "resize", "relabel", "bootstrap", "examples"};

static std::optional<Elem> elemOf(int64_t dtype) {
  switch (dtype) {
  case NN_BOOL:
    return Elem::Bool;
  case NN_I32:
    return Elem::I32;
  case NN_I64:
    return Elem::I64;
  case NN_F16:
    return Elem::F16;
  case NN_BF16:
    return Elem::BF16;
  case NN_F32:
    return Elem::F32;
  case NN_F64:
    return Elem::F64;
  default:
    return std::nullopt;
  }
}

int64_t fieldDtype(Elem elem) {
  switch (elem) {
  case Elem::Bool:
    return NN_BOOL;
  case Elem::I32:
    return NN_I32;
  case Elem::I64:
    return NN_I64;
  case Elem::F16:
    return NN_F16;
  case Elem::BF16:
    return NN_BF16;
  case Elem::F32:
    return NN_F32;
  case Elem::F64:
    return NN_F64;
  }
  llvm_unreachable("an element type");
}

// ---- declared types

/// What the program says about a field: its type as written, and the same for the reader.
struct Checker::DeclaredType {
  nnrt::DeclaredField field;
  TensorType tensor;
  bool category = false; ///< `category`: an index of as many classes as there are
  SourceRange label, range;
};

static std::vector<int64_t> extentsOf(const Shape &shape) {
  std::vector<int64_t> extents;
  for (const Axis &axis : shape)
    extents.push_back(axis.extent.isBounded() ? axis.extent.storage() : axis.extent.constant().value_or(0));
  return extents;
}

/// For each axis the name of its length, or ""; empty where no axis has one.
static std::vector<std::string> lengthsOf(const Shape &shape) {
  std::vector<std::string> names;
  for (const Axis &axis : shape)
    names.push_back(axis.extent.isBounded() ? axis.extent.asVariable()->name : "");
  return hasLengths(shape) ? names : std::vector<std::string>();
}

/// Data says how long a dimension is, not how long something computed from it is.
static const Axis *computedLength(const Shape &shape) {
  for (const Axis &axis : shape)
    if (axis.extent.isBounded() && !axis.extent.asVariable())
      return &axis;
  return nullptr;
}

nnrt::DeclaredField::Kind fieldKind(const TensorType &type) {
  using Kind = nnrt::DeclaredField::Kind;
  if (type.indexBound)
    return Kind::Category;
  if (isFloat(type.elem))
    return Kind::Float;
  return type.elem == Elem::Bool ? Kind::Bool : Kind::Integer;
}

bool Checker::declaredTypes(const ast::Data *data, std::vector<DeclaredType> &types) {
  auto env = moduleEnv->child();
  env->isFunction = true;
  auto *record = llvm::dyn_cast<ast::RecordType>(data->type);
  if (!record || (record->fields.size() == 1 && !record->fields[0].label)) {
    diags.report(diag::DataTypeNotRecord, data->type->range)
        .help("for example `(image: f32[1, 28, 28], label: index(10))`");
    return false;
  }
  for (const ast::TypeField &field : record->fields) {
    DeclaredType type;
    type.label = field.label.range;
    type.range = field.type->range;
    type.field.name = field.label.text;
    auto *named = llvm::dyn_cast<ast::NamedType>(field.type);
    type.category = named && named->name.text == "category" && !named->arg;
    if (type.category) {
      auto shape = resolveDims(named->dims, *env);
      if (!shape)
        return false;
      type.tensor = {Elem::I32, std::nullopt, *shape};
      type.field.anyShape = !named->hasDims;
    } else {
      TypeSpec spec = resolveType(field.type, *env);
      if (spec.kind == TypeSpec::Kind::Error)
        return false;
      if (spec.kind != TypeSpec::Kind::Tensor) {
        refuse("a field of a data set of this type", field.type->range);
        return false;
      }
      type.tensor = spec.tensor;
    }
    if (const Axis *computed = computedLength(type.tensor.axes)) {
      refuse("an axis of " + computed->extent.str() + " entries in a data set", field.type->range,
             "give it a bound of its own, such as `m <= " + std::to_string(computed->extent.storage()) + "`");
      return false;
    }
    type.field.lengths = lengthsOf(type.tensor.axes);
    if (type.tensor.indexBound && type.tensor.indexBound->isBounded())
      type.field.below = type.tensor.indexBound->lengths()[0].name;
    type.field.kind = type.category ? nnrt::DeclaredField::Kind::Category : fieldKind(type.tensor);
    type.field.dtype = fieldDtype(type.tensor.storage());
    type.field.shape = extentsOf(type.tensor.axes);
    if (type.tensor.indexBound)
      type.field.classes =
          type.field.below.empty() ? type.tensor.indexBound->constant().value_or(0) : type.tensor.indexBound->storage();
    types.push_back(std::move(type));
  }
  return true;
}

bool Checker::checkDeclaredTypes(const ast::Data *data, const std::vector<DeclaredType> &types, Dataset &dataset) {
  for (const DeclaredType &declared : types) {
    const std::string &name = declared.field.name;
    auto found = llvm::find_if(dataset.fields, [&](const Field &field) { return field.name == name; });
    if (found == dataset.fields.end()) {
      std::vector<std::string> names;
      names.reserve(dataset.fields.size());
      for (const Field &field : dataset.fields)
        names.push_back(field.name);
      auto &report = diags.report(diag::DataFieldMissing, declared.label, dataset.title, name);
      if (closest(name, names))
        report.didYouMean(declared.label, name, names);
      else
        report.help("its fields are " + llvm::join(names, ", "));
      return false;
    }
    const TensorType &type = found->type;
    bool same = declared.tensor.storage() == type.storage() &&
                (declared.field.anyShape || sameShape(declared.tensor.axes, type.axes)) &&
                (declared.category ? type.indexBound.has_value()
                                   : !type.indexBound || !declared.tensor.indexBound ||
                                         *type.indexBound == *declared.tensor.indexBound);
    if (!same) {
      std::string text = diags.sources.text(declared.range).str();
      diags
          .report(diag::DataFieldDiffers, declared.range, name, declared.category ? text : declared.tensor.str(),
                  type.str())
          .label(data->value->range, "this holds `" + type.str() + "`");
      return false;
    }
    // Axes are called what the declaration calls them.
    for (auto [axis, own] : llvm::zip(found->type.axes, declared.tensor.axes))
      axis.label = own.label;
  }
  return true;
}

// ---- readers and transforms as calls

llvm::StringRef Checker::dataStageOf(const ast::Call *call, const Env &env) const {
  auto *name = llvm::dyn_cast<ast::NameRef>(call->callee);
  if (!name || env.find(name->name))
    return "";
  // A data set may be called like its reader; a function of that name replaces the reader.
  const auto &tops = moduleAt(name->range).tops;
  if (auto top = tops.find(name->name); top != tops.end() && !llvm::isa<ast::Data>(top->second))
    return "";
  bool known =
      llvm::is_contained(nnrt::dataReaders(), name->name) || llvm::is_contained(nnrt::dataTransforms(), name->name);
  return known ? llvm::StringRef(name->name) : "";
}

/// The shortest decimals that give the number back.
static std::string decimals(double number) {
  char text[32];
  snprintf(text, sizeof text, "%.15g", number);
  if (std::strtod(text, nullptr) != number)
    snprintf(text, sizeof text, "%.17g", number);
  return text;
}

/// The value of an option as text; nothing if it is none.
static std::optional<std::string> optionTextOf(const Value &value, bool inList = false) {
  if (value.kind == Value::Kind::String)
    return nnrt::optionText(value.text, inList);
  if (value.kind == Value::Kind::Bool)
    return value.truth ? "true" : "false";
  if (value.kind == Value::Kind::Int)
    return value.integer.constant() ? std::optional(std::to_string(*value.integer.constant())) : std::nullopt;
  if (value.kind == Value::Kind::Real)
    return decimals(value.real);
  if (value.kind != Value::Kind::List || inList)
    return std::nullopt;
  std::vector<std::string> parts;
  for (const auto &[name, part] : value.fields) {
    std::optional<std::string> text = optionTextOf(part, true);
    if (!text)
      return std::nullopt;
    parts.push_back(*text);
  }
  return nnrt::optionText(parts);
}

/// Takes one argument: the path of a reader, the data set under a transform, or an option.
bool Checker::dataArgument(const ast::Arg &arg, const Value &value, bool first, Dataset &dataset, DataStage &stage) {
  bool isReader = llvm::is_contained(nnrt::dataReaders(), stage.what.name);
  if (!arg.label && first && isReader) {
    if (value.kind != Value::Kind::String) {
      diags.report(diag::DataOption, arg.range, "the path of a data set is a text, not " + value.describe());
      return false;
    }
    stage.what.path = besideModule(value.text, arg.range);
    stage.range = arg.value->range;
    return true;
  }
  if (!arg.label && first) {
    if (value.kind != Value::Kind::Dataset) {
      diags.report(diag::NotADataset, arg.range, value.describe());
      return false;
    }
    dataset.stages = value.dataset->stages;
    dataset.generator = value.dataset->generator;
    dataset.computed = value.dataset->computed;
    dataset.declared = value.dataset->declared;
    return true;
  }
  std::string key = arg.label ? arg.label.text : nnrt::positionalOption(stage.what.name);
  if (key.empty()) {
    diags.report(diag::DataOption, arg.range, "`" + stage.what.name + "` takes its options by name");
    return false;
  }
  std::optional<std::string> text = optionTextOf(value);
  if (!text) {
    diags.report(diag::DataOption, arg.range,
                 "an option is a number, a text or a list of them, not " + value.describe());
    return false;
  }
  integerOf(value); // a setting that decides about data cannot be replaced later
  if (value.kind == Value::Kind::String)
    *text = besideModule(*text, arg.range);
  stage.what.options.push_back({key, *text});
  stage.labels.push_back(arg.label ? arg.label.range : arg.value->range);
  stage.values.push_back(arg.value->range);
  return true;
}

Value Checker::evalDataStage(const ast::Call *call, llvm::StringRef name, Env &env) {
  if (name == "examples")
    return evalExamples(call, env);
  auto *dataset = program->make<Dataset>();
  DataStage stage;
  stage.what.name = name.str();
  stage.range = call->range;
  if (pathWithoutQuotes(call, name))
    return error();
  bool first = true;
  for (const ast::Arg &arg : call->args) {
    Value value = eval(arg.value, env);
    if (value.isError() || !dataArgument(arg, value, first, *dataset, stage))
      return error();
    first = first && arg.label;
  }
  bool isReader = llvm::is_contained(nnrt::dataReaders(), stage.what.name);
  if (isReader) {
    dataset->declared = declaredFields;
  } else if (dataset->stages.empty()) {
    diags.report(diag::DataOption, call->range, "`" + stage.what.name + "` changes a data set, but is given none");
    return error();
  }
  dataset->stages.push_back(std::move(stage));
  dataset->range = call->range;
  Value value;
  value.kind = Value::Kind::Dataset;
  value.dataset = dataset;
  return value;
}

// ---- looking at the files

void Checker::reportDataError(const Dataset &dataset, const nnrt::DataError &error) {
  const DataStage &stage = dataset.stages[error.stage];
  SourceRange at = stage.range, label = stage.range;
  for (size_t i = 0; i < stage.what.options.size(); ++i)
    if (stage.what.options[i].first == error.subject) {
      at = stage.values[i];
      label = stage.labels[i];
    }
  switch (error.kind) {
  case nnrt::DataErrorKind::Missing:
    diags.report(diag::DataMissing, at, error.text).help("`--data DIR` names another folder to look in");
    return;
  case nnrt::DataErrorKind::Unreadable:
    diags.report(diag::DataUnreadable, at, error.text);
    return;
  case nnrt::DataErrorKind::Malformed:
    if (error.stage > 0 || !error.subject.empty())
      diags.report(diag::DataOption, at, error.text);
    else
      diags.report(diag::DataMalformed, at, error.text);
    return;
  case nnrt::DataErrorKind::Unsupported:
    break;
  }
  auto &report = diags.report(diag::DataOption, label, error.text);
  if (!error.suggestion.empty())
    report.help("did you mean `" + error.suggestion + "`?");
}

bool Checker::describe(Dataset &dataset) {
  if (dataset.info)
    return !dataset.fields.empty();
  nnrt::DataRequest request{{}, dataset.declared, {options.sourceDirectory, options.dataDirectory}};
  for (const DataStage &stage : dataset.stages)
    request.stages.push_back(stage.what);
  // What is computed is measured later.
  bool computed = dataset.generator.function != nullptr;
  nnrt::DataAnswer answer =
      computed ? nnrt::describeData(request, false) : describeCached(request, options.measureData);
  dataset.info = answer.info;
  if (!answer.ok) {
    reportDataError(dataset, answer.error);
    return false;
  }
  for (const nnrt::FieldInfo &info : answer.info.fields) {
    auto elem = elemOf(info.dtype);
    if (!elem) {
      refuse("the field `" + info.name + "` of this element type", dataset.range);
      dataset.fields.clear();
      return false;
    }
    Field field{info.name, {computedAs(*elem), std::nullopt, {}}, info.classNames};
    if (*elem != field.type.elem)
      field.type.stored = elem;
    if (info.classes)
      field.type.indexBound = info.below.empty() ? Dim(info.classes) : Dim::bounded(info.below, info.classes);
    for (auto [axis, extent] : llvm::enumerate(info.shape)) {
      bool fixed = info.lengths.empty() || info.lengths[axis].empty();
      field.type.axes.push_back({fixed ? Dim(extent) : Dim::bounded(info.lengths[axis], extent),
                                 fixed ? "" : info.lengths[axis], dataset.stages[0].range, false});
    }
    dataset.fields.push_back(std::move(field));
  }
  for (const nnrt::SplitInfo &split : answer.info.splits)
    if (split.name == "train")
      dataset.trainRows = split.rows;
  return true;
}

bool Checker::declareDataset(Dataset &dataset, llvm::StringRef name, llvm::StringRef title, SourceRange range) {
  bool isNew = dataset.name.empty();
  if (isNew) {
    dataset.name = name.str();
    dataset.title = title.str();
    dataset.range = range;
  }
  if (!describe(dataset))
    return false;
  if (isNew)
    program->datasets.push_back(&dataset);
  return true;
}

void Checker::unknownReader(const ast::NameRef *reader, const std::vector<std::string> &known) {
  auto &report = diags.report(diag::UnknownReader, reader->range, reader->name);
  llvm::StringRef name = reader->name;
  auto inside = llvm::find_if(known, [&](const std::string &each) { return name.contains_insensitive(each); });
  if (name.contains_insensitive("mnist") || name.contains_insensitive("cifar"))
    report.help("`idx(\"fashion-mnist\")` reads the MNIST family");
  else if (inside != known.end())
    report.fix(reader->range, *inside, "did you mean `" + *inside + "`?");
  else if (closest(name, known))
    report.didYouMean(reader->range, name, known);
  else
    report.help("the readers are " + llvm::join(nnrt::dataReaders(), ", "));
}

/// `csv(iris.csv)`: a path without quotes.
bool Checker::pathWithoutQuotes(const ast::Call *call, llvm::StringRef reader) {
  if (call->args.empty() || call->args[0].label || !llvm::is_contained(nnrt::dataReaders(), reader))
    return false;
  auto *member = llvm::dyn_cast<ast::Member>(call->args[0].value);
  bool isFile = member && llvm::StringSwitch<bool>(member->field.text)
                              .Cases({"csv", "tsv", "txt", "npy", "npz", "gz", "wav", "png", "json", "dat"}, true)
                              .Default(false);
  if (!isFile)
    return false;
  std::string text = diags.sources.text(member->range).str();
  diags.report(diag::DataOption, member->range, "the path of a data set is a text")
      .fix(member->range, "\"" + text + "\"", "write it between quotes");
  return true;
}

Value Checker::checkData(const ast::Data *data) {
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(data->value));
  auto *callee = call ? llvm::dyn_cast<ast::NameRef>(call->callee) : nullptr;
  if (callee && dataStageOf(call, *moduleEnv).empty() && !findTop(callee->name, moduleAt(callee->range))) {
    std::vector<std::string> names(std::begin(languageReaders), std::end(languageReaders));
    if (llvm::is_contained(names, callee->name))
      refuse("the reader `" + callee->name + "`", callee->range);
    else
      unknownReader(callee, names);
    return error();
  }
  std::vector<DeclaredType> types;
  if (data->type && !declaredTypes(data, types))
    return error();
  std::vector<nnrt::DeclaredField> fields;
  for (const DeclaredType &type : types)
    fields.push_back(type.field);
  llvm::SaveAndRestore declared(declaredFields, std::move(fields));
  Value value = eval(data->value, *itemEnv);
  if (value.isError())
    return error();
  if (value.kind != Value::Kind::Dataset) {
    diags.report(diag::DataNeedsReader, data->value->range).help("for example `data digits = idx(\"fashion-mnist\")`");
    return error();
  }
  std::string name = programName(data);
  if (!declareDataset(*value.dataset, pointPrefix() + name, name, data->range) ||
      !checkDeclaredTypes(data, types, *value.dataset))
    return error();
  return value;
}

} // namespace nn::sema
