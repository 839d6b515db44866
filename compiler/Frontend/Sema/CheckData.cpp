/// Data sets: what a reader finds in the files decides the types of the fields.
#include "Frontend/Sema/Checker.h"

#include "noether/abi.h"
#include "noether/data.h"

#include "llvm/ADT/STLExtras.h"

using namespace nn::checked;

namespace nn::sema {

/// Readers and transforms of the language; those that the runtime has are in `dataReaders`.
static const char *const languageReaders[] = {"idx",     "npy",       "npz",    "csv",     "folder",  "text",
                                              "ngrams",  "graph",     "xyz",    "wav",     "split",   "take",
                                              "shuffle", "normalize", "resize", "relabel", "examples"};

static std::optional<Elem> elemOf(int64_t dtype) {
  switch (dtype) {
  case NN_BOOL:
    return Elem::Bool;
  case NN_I32:
    return Elem::I32;
  case NN_F32:
    return Elem::F32;
  case NN_F64:
    return Elem::F64;
  default:
    return std::nullopt;
  }
}

static void reportDataError(DiagnosticEngine &diags, const nnrt::DataError &error, const ast::Expr *path) {
  switch (error.kind) {
  case nnrt::DataErrorKind::Missing:
    diags.report(diag::DataMissing, path->range, error.text).help("`--data DIR` names another folder to look in");
    return;
  case nnrt::DataErrorKind::Unreadable:
    diags.report(diag::DataUnreadable, path->range, error.text);
    return;
  case nnrt::DataErrorKind::Malformed:
    diags.report(diag::DataMalformed, path->range, error.text);
    return;
  case nnrt::DataErrorKind::Unsupported:
    break;
  }
  auto &report = diags.report(diag::DataOption, path->range, error.text);
  if (!error.suggestion.empty())
    report.help("did you mean `" + error.suggestion + "`?");
}

Value Checker::checkData(const ast::Data *data) {
  auto *call = llvm::dyn_cast<ast::Call>(ast::stripParens(data->value));
  auto *reader = call ? llvm::dyn_cast<ast::NameRef>(call->callee) : nullptr;
  if (!reader) {
    diags.report(diag::DataNeedsReader, data->value->range).help("for example `data digits = idx(\"fashion-mnist\")`");
    return error();
  }
  const auto &known = nnrt::dataReaders();
  if (!llvm::is_contained(known, reader->name)) {
    std::vector<std::string> names(std::begin(languageReaders), std::end(languageReaders));
    if (llvm::is_contained(names, reader->name))
      refuse("the reader `" + reader->name + "`", reader->range);
    else
      diags.report(diag::UnknownReader, reader->range, reader->name).didYouMean(reader->range, reader->name, names);
    return error();
  }
  auto *dataset = program->own(std::make_unique<Dataset>());
  dataset->name = data->name.text;
  dataset->reader = reader->name;
  dataset->range = data->range;
  const ast::Expr *pathExpr = call;
  for (const ast::Arg &arg : call->args) {
    Value value = eval(arg.value, *moduleEnv);
    if (value.isError())
      return error();
    if (value.kind != Value::Kind::String) {
      diags.report(diag::DataOption, arg.range, "a reader takes texts, not " + value.describe());
      return error();
    }
    if (arg.label) {
      dataset->options.push_back({arg.label.text, value.text});
    } else {
      dataset->path = value.text;
      pathExpr = arg.value;
    }
  }
  nnrt::SearchPath where{options.sourceDirectory, options.dataDirectory};
  nnrt::DataAnswer answer = nnrt::describeData(dataset->reader, dataset->path, dataset->options, where);
  if (!answer.ok) {
    // The word that was not known may be an option: point at it.
    for (const ast::Arg &arg : call->args)
      if (arg.label && arg.label.text == answer.error.subject) {
        auto &report = diags.report(diag::DataOption, arg.label.range, answer.error.text);
        if (!answer.error.suggestion.empty())
          report.help("did you mean `" + answer.error.suggestion + "`?");
        return error();
      } else if (auto *text = llvm::dyn_cast<ast::StringLit>(arg.value);
                 arg.label && text && answer.error.text.find(text->value) != std::string::npos) {
        pathExpr = arg.value;
      }
    reportDataError(diags, answer.error, pathExpr);
    return error();
  }
  for (const nnrt::FieldInfo &info : answer.info.fields) {
    auto elem = elemOf(info.dtype);
    if (!elem) {
      refuse("the field `" + info.name + "` of this element type", data->range);
      return error();
    }
    Field field{info.name, {*elem, std::nullopt, {}}, info.classNames};
    if (info.classes)
      field.type.indexBound = Dim(info.classes);
    for (int64_t extent : info.shape)
      field.type.axes.push_back({Dim(extent), "", pathExpr->range, false});
    dataset->fields.push_back(std::move(field));
  }
  for (const nnrt::SplitInfo &split : answer.info.splits)
    if (split.name == "train")
      dataset->trainRows = split.rows;
  program->datasets.push_back(dataset);
  if (data->type && !checkDeclaredFields(data, *dataset))
    return error();
  Value value;
  value.kind = Value::Kind::Dataset;
  value.dataset = dataset;
  return value;
}

bool Checker::checkDeclaredFields(const ast::Data *data, const Dataset &dataset) {
  TypeSpec spec = resolveType(data->type, *moduleEnv);
  if (spec.kind == TypeSpec::Kind::Error)
    return false;
  if (spec.kind != TypeSpec::Kind::Record) {
    diags.report(diag::DataTypeNotRecord, data->type->range)
        .help("for example `(image: f32[1, 28, 28], label: index(10))`");
    return false;
  }
  for (auto &[name, declared] : spec.fields) {
    auto found = llvm::find_if(dataset.fields, [&](const Field &field) { return field.name == name; });
    if (found == dataset.fields.end()) {
      std::vector<std::string> names;
      names.reserve(dataset.fields.size());
      for (const Field &field : dataset.fields)
        names.push_back(field.name);
      SourceRange at = declared.range;
      for (const ast::TypeField &field : llvm::cast<ast::RecordType>(data->type)->fields)
        if (field.label.text == name)
          at = field.label.range;
      diags.report(diag::DataFieldMissing, at, dataset.name, name).didYouMean(at, name, names);
      return false;
    }
    bool same = declared.tensor.elem == found->type.elem && sameShape(declared.tensor.axes, found->type.axes) &&
                (!found->type.indexBound || !declared.tensor.indexBound ||
                 *found->type.indexBound == *declared.tensor.indexBound);
    if (!same) {
      diags.report(diag::DataFieldDiffers, declared.range, name, declared.tensor.str(), found->type.str())
          .label(data->value->range, "this holds `" + found->type.str() + "`");
      return false;
    }
  }
  return true;
}

} // namespace nn::sema
