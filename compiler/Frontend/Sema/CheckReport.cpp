/// Reports at the top of a file: each becomes a function that the executable calls when it is asked for the value.
#include "Frontend/Sema/AtTop.h"
#include "Frontend/Sema/DataCache.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace nn::checked;

namespace nn::sema {

std::string Checker::pointPrefix() const {
  return pointOf.experiment.empty() ? "" : pointOf.experiment + "." + std::to_string(pointOf.point) + ".";
}

std::string reportName(const ast::Report *report, size_t number) {
  if (report->lhs)
    return report->lhs.names[0].text;
  const ast::Expr *value = ast::stripParens(report->value);
  while (auto *call = llvm::dyn_cast<ast::Call>(value))
    value = call->callee;
  if (auto *name = llvm::dyn_cast<ast::NameRef>(value))
    return name->name;
  return "report_" + std::to_string(number + 1);
}

// ---- forms

static llvm::StringRef formText(ast::Report::Form form) {
  switch (form) {
  case ast::Report::Form::Image:
    return "an image";
  case ast::Report::Form::Curve:
    return "a curve";
  case ast::Report::Form::Histogram:
    return "a histogram";
  case ast::Report::Form::Boundary:
    return "a boundary";
  case ast::Report::Form::Default:
    break;
  }
  return "";
}

static bool isChannels(const Axis &axis) {
  auto extent = axis.extent.constant();
  return extent && (*extent == 1 || *extent == 3);
}

static bool formFits(ast::Report::Form form, const TensorType &type) {
  unsigned rank = type.rank();
  switch (form) {
  case ast::Report::Form::Image:
    return rank == 2 || rank == 3 || (rank == 4 && isChannels(type.axes[1]));
  case ast::Report::Form::Curve:
    return rank == 1 || rank == 2;
  case ast::Report::Form::Histogram:
    return rank >= 1;
  case ast::Report::Form::Boundary:
    return rank == 2 || rank == 3;
  case ast::Report::Form::Default:
    return true;
  }
  return true;
}

bool Checker::checkForm(ast::Report::Form form, const Value &value, SourceRange range) {
  llvm::SmallVector<Expr *> parts;
  leaves(value, parts);
  for (const Expr *part : parts)
    if (!formFits(form, part->type)) {
      diags.report(diag::ReportForm, range, part->type.str(), formText(form))
          .help("without `as` a report is shown by its shape");
      return false;
    }
  return true;
}

// ---- the value

static bool hasError(const Value &value) {
  return value.isError() || llvm::any_of(value.fields, [](const NamedValue &field) { return hasError(field.second); });
}

/// The type of a value as a reader of the program would write it.
static std::string shapeText(const Value &value) {
  if (value.isTensor())
    return value.expr->type.str();
  std::string text;
  for (const auto &[name, field] : value.fields)
    text += (text.empty() ? "" : ", ") + name + ": " + shapeText(field);
  return "(" + text + ")";
}

Value Checker::reportValue(const ast::Report *report, Env &env) {
  if (report->lhs.hasBinders) {
    ast::Bind bind(report->range, report->lhs, nullptr, false, report->value);
    return evalEquation(&bind, env);
  }
  return eval(report->value, env);
}

void Checker::checkReport(const ast::Report *report) {
  SourceRange at = report->lhs ? report->lhs.range : report->value->range;
  if (report->every) {
    diags.report(diag::ReportEvery, report->every->range);
    return;
  }
  std::string name = reportName(report, program->reports.size());
  // Of an experiment the points share the names.
  SourceRange &first = reportNames[pointOf.experiment + "." + name];
  if (first.valid() && first != at) {
    diags.report(diag::ReportTwice, at, name).label(first, "the other one is here");
    return;
  }
  first = at;
  makeReport(report, name);
}

std::optional<Elem> floatOfParameters(const Program &program, llvm::StringRef prefix) {
  std::optional<Elem> elem;
  for (const Parameter &parameter : program.parameters) {
    if (!llvm::StringRef(parameter.path).starts_with(prefix) || (prefix.empty() && parameter.ofExperiment))
      continue;
    if (elem && *elem != parameter.type.elem)
      return std::nullopt;
    elem = parameter.type.elem;
  }
  return elem;
}

/// A report of which the value is still to be found.
Report Checker::begunReport(const ast::Report *report, llvm::StringRef name) {
  Report made;
  made.name = name.str();
  made.of = pointOf;
  made.form = report->form;
  made.range = report->range;
  made.text = diags.sources.text(report->value->range).str();
  made.root.isCommand = true;
  return made;
}

bool Checker::makeReport(const ast::Report *report, llvm::StringRef name) {
  Report made = begunReport(report, name);
  auto own = rootFrame("report." + pointPrefix() + made.name, report->range);
  llvm::SaveAndRestore saved(frame, own.get());
  llvm::SaveAndRestore rows(recipeBatch, std::optional<int64_t>(1));
  // Numbers are what the parameters around are.
  own->real = floatOfParameters(*program, itemInstance->path.empty() ? "" : itemInstance->path + ".");
  made.root.function = own->function;
  auto env = itemEnv->child();
  env->isFunction = true;
  Value value = reportValue(report, *env);
  if (made.form == ast::Report::Form::Boundary && value.kind == Value::Kind::Callable) {
    made.plane.emplace();
    value = boundaryOf(value, report, *made.plane);
  }
  bool shown = value.isTensor() || value.isNumber() || value.kind == Value::Kind::Record ||
               value.kind == Value::Kind::List || value.kind == Value::Kind::Bool || value.isError();
  if (!shown)
    diags.report(diag::ReportOfNoValue, report->value->range, value.describe());
  bool fine = shown && !value.isError();
  if (fine) {
    toTensors(value, report->value->range);
    fine = !hasError(value) && checkForm(made.form, value, report->value->range);
  }
  if (fine)
    finishReport(std::move(made), value);
  rootFunctions.clear();
  return fine;
}

void Checker::finishReport(Report made, const Value &value) {
  llvm::SmallVector<Expr *> parts;
  leaves(value, parts);
  made.root.function->results.assign(parts.begin(), parts.end());
  nameLeaves(value, "", made.root.results);
  for (const Expr *part : parts) {
    auto *loaded = llvm::dyn_cast<Loaded>(part);
    made.curves.push_back(loaded && !loaded->recipe.empty() ? loaded->path : "");
  }
  made.ranking = value.ranking;
  made.classNames = value.classNames;
  made.shape = shapeText(value);
  program->functions.insert(program->functions.end(), std::make_move_iterator(rootFunctions.begin()),
                            std::make_move_iterator(rootFunctions.end()));
  program->reports.push_back(std::move(made));
}

// ---- boundaries

static size_t inputsOf(const Callable &callable) {
  if (callable.kind == Callable::Kind::Lambda)
    return callable.lambda->params.size();
  return callable.kind == Callable::Kind::Declared ? callable.decl->inputs.size() : 1;
}

/// The training data that a model has seen, or else any.
static const Dataset *dataBehind(const Program &program, const Recipe *recipe) {
  if (recipe && !recipe->data.empty())
    return recipe->data[0].dataset;
  for (const Recipe &other : llvm::reverse(program.recipes))
    if (!other.data.empty())
      return other.data[0].dataset;
  return nullptr;
}

/// Finds the fields that are the two inputs, and what they span.
bool Checker::planeOf(const Value &model, size_t inputs, SourceRange range, Plane &plane, Elem &elem) {
  const Callable &callable = *model.callable;
  const Dataset *data = dataBehind(*program, callable.instance ? recipeOf(callable.instance->path) : nullptr);
  auto wrong = [&](llvm::StringRef what) {
    diags.report(diag::BoundaryInputs, range, what);
    return false;
  };
  if (inputs != 1 && inputs != 2)
    return wrong("but this takes " + std::to_string(inputs));
  if (!data)
    return wrong("and nothing says what they span");
  auto fits = [&](const Field &field) {
    const TensorType &type = field.type;
    auto extent = type.rank() == 1 ? type.axes[0].extent.constant() : std::nullopt;
    return isFloat(type.elem) && (inputs == 2 ? type.isScalar() : extent && *extent == 2);
  };
  std::vector<const Field *> found;
  for (size_t k = 0; k < inputs; ++k) {
    std::string name = callable.kind == Callable::Kind::Declared ? callable.decl->inputs[k]->name.text : "";
    auto own = llvm::find_if(data->fields, [&](const Field &field) { return field.name == name && fits(field); });
    if (own == data->fields.end())
      own = llvm::find_if(data->fields,
                          [&](const Field &field) { return fits(field) && !llvm::is_contained(found, &field); });
    if (own == data->fields.end())
      return wrong("and `" + data->title + "` has no " + (inputs == 2 ? "two numbers" : "vector of two") + " for them");
    found.push_back(&*own);
  }
  nnrt::DataRequest request{{}, data->declared, {options.sourceDirectory, options.dataDirectory}};
  for (const DataStage &stage : data->stages)
    request.stages.push_back(stage.what);
  nnrt::DataAnswer answer = describeCached(request, /*thorough=*/true);
  double low[2] = {0, 0}, high[2] = {1, 1};
  for (const nnrt::FieldInfo &info : answer.info.fields)
    for (size_t k = 0; k < 2; ++k)
      if (info.name == found[std::min(k, found.size() - 1)]->name) {
        double room = 0.05 * (info.maximum - info.minimum);
        low[k] = info.minimum - room;
        high[k] = info.maximum + room;
      }
  plane.left = low[0], plane.right = high[0], plane.bottom = low[1], plane.top = high[1];
  plane.dataset = data;
  plane.xField = found[0]->name;
  plane.yField = inputs == 2 ? found[1]->name : "";
  plane.xName = inputs == 2 ? plane.xField : plane.xField + "[0]";
  plane.yName = inputs == 2 ? plane.yField : plane.xField + "[1]";
  for (const Field &field : data->fields)
    if (field.type.indexBound && field.type.isScalar() && plane.label.empty())
      plane.label = field.name;
  elem = found[0]->type.elem;
  return true;
}

Value Checker::boundaryOf(const Value &model, const ast::Report *report, Plane &plane) {
  constexpr int64_t cells = 100;
  size_t inputs = inputsOf(*model.callable);
  Elem elem = Elem::F32;
  SourceRange at = report->value->range;
  if (!planeOf(model, inputs, at, plane, elem))
    return error();
  IndexVar *row = newIndex("i", Dim(cells), at), *column = newIndex("j", Dim(cells), at);
  // The middle of a cell; rows come from the top.
  auto place = [&](IndexVar *var, double from, double to) {
    Expr *scaled = scalarOp(ScalarOp::Mul, {cast(indexValue(var), elem), number((to - from) / cells, elem, at)}, at);
    return Value::ofTensor(scalarOp(ScalarOp::Add, {scaled, number(from + (to - from) / (2.0 * cells), elem, at)}, at));
  };
  Value result;
  bool fine = withIndices([&] {
    Value x = place(column, plane.left, plane.right), y = place(row, plane.top, plane.bottom);
    std::vector<ArgValue> args{{"", {}, x, at}, {"", {}, y, at}};
    if (inputs == 1) {
      Value both;
      both.kind = Value::Kind::List;
      both.fields = {{"", x}, {"", y}};
      Expr *vector = toTensor(both, elem, at);
      if (!vector)
        return false;
      args = {{"", {}, Value::ofTensor(vector), at}};
    }
    result = call(model, std::move(args), report->value, at);
    return !result.isError();
  });
  Expr *body = fine ? toTensor(result, std::nullopt, at) : nullptr;
  return body ? Value::ofTensor(equation({row, column}, body, at)) : error();
}

// ---- what the executable loads

Expr *Checker::loadedTensor(llvm::StringRef path, const TensorType &type, SourceRange range) {
  auto known = llvm::find_if(program->loaded, [&](const Loaded *loaded) { return loaded->path == path; });
  auto *read = make<Loaded>(type, range);
  read->owner = nullptr;
  read->path = path.str();
  if (known == program->loaded.end())
    program->loaded.push_back(read);
  return read;
}

/// `digits.test`: its fields, each as one tensor of all examples.
Value Checker::splitOf(const Value &data, const ast::Member *expr) {
  Dataset &dataset = *data.dataset;
  if (dataset.name.empty()) {
    std::string name = "data." + std::to_string(program->datasets.size() + 1);
    if (!declareDataset(dataset, name, diags.sources.text(expr->base->range), expr->base->range))
      return error();
  } else if (!describe(dataset)) {
    return error();
  }
  const std::string &split = expr->field.text;
  const auto &splits = dataset.info->splits;
  auto found = llvm::find_if(splits, [&](const nnrt::SplitInfo &info) { return info.name == split; });
  if (found == splits.end()) {
    std::vector<std::string> names;
    for (const nnrt::SplitInfo &info : splits)
      names.push_back(info.name);
    auto &report = diags.report(diag::SplitUnknown, expr->field.range, dataset.title, split);
    if (llvm::any_of(dataset.fields, [&](const Field &field) { return field.name == split; }))
      report.help("write `" + dataset.title + "." + names[0] + "." + split + "`: a field of all examples of a split");
    else
      report.didYouMean(expr->field.range, split, names);
    return error();
  }
  Value record;
  record.kind = Value::Kind::Record;
  for (const Field &field : dataset.fields) {
    TensorType type = field.type;
    if (llvm::any_of(type.axes, [](const Axis &axis) { return !axis.extent.lengths().empty(); })) {
      refuse("a split as tensors where the examples of a field, `" + field.name + "`, differ in length", expr->range,
             "a command may take an example as its argument, and what `train` reports is the mean over a split");
      return error();
    }
    type.axes.insert(type.axes.begin(), {Dim(found->rows), "", expr->range, false});
    Expr *tensor = loadedTensor(dataset.name + "." + split + "." + field.name, type, expr->range);
    auto *loaded = llvm::cast<Loaded>(tensor);
    loaded->dataset = &dataset;
    loaded->split = split;
    loaded->field = field.name;
    record.fields.push_back({field.name, Value::ofTensor(tensor)});
  }
  return record;
}

// ---- curves of trainings

/// Reports that a training makes: the points of its curves.
static int64_t pointsOf(const Recipe &recipe) {
  int64_t perEpoch = 1;
  if (!recipe.data.empty())
    perEpoch = std::max<int64_t>(1, (recipe.data[0].dataset->trainRows + recipe.batch - 1) / recipe.batch);
  int64_t total = recipe.epochs ? recipe.count * perEpoch : recipe.count;
  int64_t period = recipe.reportSteps > 0 ? recipe.reportSteps
                   : recipe.epochs        ? perEpoch
                                          : std::max<int64_t>(total / 10, 1);
  return (total + period - 1) / period;
}

/// The split that reports are made on; "eval" where there is no data.
static std::string reportSplit(const Recipe &recipe) {
  if (recipe.data.empty())
    return "eval";
  const auto &splits = recipe.data[0].dataset->info->splits;
  for (const char *name : {"validation", "test"})
    if (llvm::any_of(splits, [&](const nnrt::SplitInfo &split) { return split.name == name; }))
      return name;
  return "train";
}

const Recipe *Checker::recipeOf(llvm::StringRef model) const {
  for (const Recipe &recipe : llvm::reverse(program->recipes))
    if (recipe.of.experiment == pointOf.experiment && recipe.of.point == pointOf.point &&
        llvm::any_of(recipe.models, [&](const std::string &path) { return path.empty() || path == model; }))
      return &recipe;
  return nullptr;
}

Value Checker::curveOf(const Callable &model, llvm::StringRef path, const ast::Member *expr) {
  const Recipe *recipe = recipeOf(model.instance->path);
  if (!recipe) {
    diags.report(diag::NotTrained, expr->range, model.instance->path);
    return error();
  }
  // Losses as they were while training; reports, and losses as evaluated on a split.
  std::vector<std::string> known = recipe->step.results;
  llvm::append_range(known, recipe->metrics);
  auto [split, name] = path.split('.');
  if (name.empty())
    std::swap(split, name);
  std::string evaluated = reportSplit(*recipe);
  bool isLoss = llvm::is_contained(recipe->step.results, name);
  bool fits = split.empty() ? llvm::is_contained(known, name) : split == evaluated && llvm::is_contained(known, name);
  if (!fits) {
    for (const std::string &loss : recipe->step.results)
      known.push_back(evaluated + "." + loss);
    diags.report(diag::UnknownCurve, expr->range, model.instance->path, path)
        .didYouMean(expr->field.range, path, known);
    return error();
  }
  return Value::ofTensor(curve(*recipe, split.empty() && isLoss ? "train" : evaluated, name, expr->range));
}

/// A number that a recipe reports on a split ("train": its mean while training), at all of its reports.
Expr *Checker::curve(const Recipe &recipe, llvm::StringRef split, llvm::StringRef name, SourceRange range) {
  const Root &root = split == "train" && llvm::is_contained(recipe.step.results, name) ? recipe.step : recipe.eval;
  size_t position = llvm::find(root.results, name) - root.results.begin();
  TensorType type{Elem::F64, std::nullopt, {{Dim(pointsOf(recipe)), "", range, false}}};
  llvm::append_range(type.axes, root.function->results[position]->type.axes);
  Expr *tensor = loadedTensor(recipe.name + ".history." + split.str() + "." + name.str(), type, range);
  auto *loaded = llvm::cast<Loaded>(tensor);
  loaded->recipe = recipe.name;
  loaded->split = split.str();
  loaded->field = name.str();
  return tensor;
}

void Checker::plotTrainingReport(const ast::Report *report, const Recipe &recipe, llvm::StringRef name) {
  Report made = begunReport(report, name);
  auto own = rootFrame("report." + pointPrefix() + recipe.name + "." + made.name, report->range);
  llvm::SaveAndRestore saved(frame, own.get());
  made.root.function = own->function;
  Expr *value = curve(recipe, reportSplit(recipe), name, report->range);
  // Of tensors the last one is shown; of numbers their course.
  if (value->type.rank() > 1)
    value = at(value, {number(double(pointsOf(recipe) - 1), Elem::I32, report->range)});
  if (checkForm(made.form, Value::ofTensor(value), report->value->range))
    finishReport(std::move(made), Value::ofTensor(value));
  rootFunctions.clear();
}

} // namespace nn::sema
