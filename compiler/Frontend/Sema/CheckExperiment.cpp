/// Experiments: what one declares is checked once for each choice of the swept values, in a scope of its own.
#include "Frontend/Sema/AtTop.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace nn::checked;

namespace nn::sema {

// ---- sweeps

/// A swept value as the table shows it; nothing if it is none.
static std::optional<std::string> sweptText(const Value &value) {
  switch (value.kind) {
  case Value::Kind::Int:
    return value.integer.constant() ? std::optional(std::to_string(*value.integer.constant())) : std::nullopt;
  case Value::Kind::Real: {
    char text[32];
    snprintf(text, sizeof text, "%.9g", value.real);
    return text;
  }
  case Value::Kind::Bool:
    return value.truth ? "true" : "false";
  case Value::Kind::String:
    return value.text;
  default:
    return std::nullopt;
  }
}

bool Checker::collectSweeps(const ast::Experiment *experiment, Experiment &made,
                            std::vector<std::vector<Value>> &values) {
  for (const ast::Item *item : experiment->items) {
    auto *sweep = llvm::dyn_cast<ast::Sweep>(item);
    if (!sweep)
      continue;
    Value list = eval(sweep->values, *itemEnv);
    if (list.isError())
      return false;
    if (list.kind != Value::Kind::List || list.fields.empty()) {
      diags.report(diag::SweepValues, sweep->values->range,
                   list.fields.empty() && list.kind == Value::Kind::List ? "an empty list" : list.describe());
      return false;
    }
    Experiment::Sweep own{sweep->name.text, {}};
    values.emplace_back();
    for (const auto &[name, value] : list.fields) {
      std::optional<std::string> text = sweptText(value);
      if (!text) {
        diags.report(diag::SweepValues, value.range.valid() ? value.range : sweep->values->range, value.describe());
        return false;
      }
      own.values.push_back(*text);
      Value plain = value; // what is swept is no setting
      plain.setting = nullptr;
      values.back().push_back(plain);
    }
    made.sweeps.push_back(std::move(own));
  }
  if (made.sweeps.empty())
    diags.report(diag::ExperimentWithoutSweep, experiment->name.range, experiment->name.text)
        .help("add `sweep width in [1, 2, 4]`");
  return !made.sweeps.empty();
}

// ---- points

void Checker::definePointName(const ast::Name &name, Value value) { define(name, std::move(value), *itemEnv); }

void Checker::checkPointItem(const ast::Item *item) {
  auto no = [&](llvm::StringRef what, SourceRange range) { diags.report(diag::ExperimentItem, range, what); };
  llvm::TypeSwitch<const ast::Item *>(item)
      .Case<ast::Sweep, ast::Plot>([](auto *) {}) // before and after everything else
      .Case([&](const ast::Instance *instance) {
        llvm::SaveAndRestore saved(frame, &initFrame);
        definePointName(instance->name, instanceOf(instance, instance->name.text));
      })
      .Case([&](const ast::Data *data) {
        llvm::SaveAndRestore saved(frame, &initFrame);
        definePointName(data->name, checkData(data));
      })
      .Case([&](const ast::Bind *bind) {
        llvm::SaveAndRestore saved(frame, &initFrame);
        if (bind->lhs.isTuple())
          refuse("taking a record apart in an experiment", bind->range);
        else
          definePointName(bind->lhs.names[0], constantOf(bind, pointPrefix() + bind->lhs.names[0].text));
      })
      .Case([&](const ast::Train *train) { checkTrain(train); })
      .Case([&](const ast::Report *report) { checkReport(report); })
      .Case([&](const ast::Function *function) {
        no("a declaration of a " + std::string(ast::spelling(function->role)), function->roleRange);
        definePointName(function->name, error()); // its uses stay silent
      })
      .Case([&](const ast::Experiment *inner) { no("another experiment", inner->name.range); })
      .Default([&](const ast::Item *other) { no("this", other->range); });
}

void Checker::checkPoint(const ast::Experiment *experiment, const std::vector<Value> &values, Experiment &made) {
  llvm::SaveAndRestore of(pointOf, PointOf{made.name, int64_t(made.points.size()) - 1});
  llvm::SaveAndRestore scope(itemEnv, moduleEnv->child());
  Instance &self = pointInstances.emplace_back();
  self.path = made.name + "." + std::to_string(pointOf.point);
  self.parent = &program_;
  llvm::SaveAndRestore instance(itemInstance, &self), own(initFrame.self, &self);
  itemEnv->isFunction = true;
  size_t next = 0;
  for (const ast::Item *item : experiment->items)
    if (auto *sweep = llvm::dyn_cast<ast::Sweep>(item))
      definePointName(sweep->name, values[next++]);
  unsigned before = diags.errorCount();
  for (const ast::Item *item : experiment->items)
    checkPointItem(item);
  for (const ast::Item *item : diags.errorCount() == before ? experiment->items : std::vector<ast::Item *>())
    if (auto *plot = llvm::dyn_cast<ast::Plot>(item))
      checkPlot(plot, made);
}

void Checker::checkExperiment(const ast::Experiment *experiment) {
  constexpr int64_t most = 1000;
  Experiment made;
  made.name = experiment->name.text;
  made.doc = experiment->doc;
  made.range = experiment->range;
  std::vector<std::vector<Value>> values;
  if (!collectSweeps(experiment, made, values))
    return;
  int64_t count = 1;
  for (const std::vector<Value> &own : values)
    count = std::min<int64_t>(count * int64_t(own.size()), 1 << 30);
  if (count > most) {
    diags.report(diag::ExperimentTooLarge, experiment->name.range, count, most);
    return;
  }
  unsigned before = diags.errorCount();
  // The last sweep runs fastest. What is wrong at one point is said once.
  for (int64_t k = 0; k < count && diags.errorCount() == before; ++k) {
    std::vector<int64_t> point(values.size());
    std::vector<Value> chosen(values.size());
    int64_t rest = k;
    for (size_t s = values.size(); s-- > 0; rest /= int64_t(values[s].size())) {
      point[s] = rest % int64_t(values[s].size());
      chosen[s] = values[s][size_t(point[s])];
    }
    made.points.push_back(point);
    checkPoint(experiment, chosen, made);
  }
  if (diags.errorCount() == before)
    program->experiments.push_back(std::move(made));
}

// ---- plots

/// The report that a plotted expression is: one of the experiment by its name, or one of its own. Empty if it is wrong
/// (reported).
std::string Checker::plotCurve(const ast::Expr *curve, bool overTime) {
  auto here = [&](const Report &report) {
    return report.of.experiment == pointOf.experiment && report.of.point == pointOf.point;
  };
  auto find = [&](llvm::StringRef name) {
    return llvm::find_if(program->reports, [&](const Report &report) { return here(report) && report.name == name; });
  };
  auto *name = llvm::dyn_cast<ast::NameRef>(ast::stripParens(curve));
  std::string text = diags.sources.text(curve->range).str();
  auto same =
      llvm::find_if(program->reports, [&](const Report &report) { return here(report) && report.text == text; });
  std::string own = name && find(name->name) != program->reports.end() ? name->name
                    : same != program->reports.end()                   ? same->name
                                                                       : "";
  if (own.empty()) {
    auto *member = llvm::dyn_cast<ast::Member>(ast::stripParens(curve));
    own = member && find(member->field.text) == program->reports.end() ? member->field.text : text;
    ast::Report report(curve->range, nullptr, {}, const_cast<ast::Expr *>(curve), ast::Report::Form::Default);
    if (find(own) == program->reports.end() && !makeReport(&report, own))
      return "";
  }
  const Report &report = *find(own);
  bool isCurve = report.curves.size() == 1 && !report.curves[0].empty();
  const Expr *value = report.root.function->results.empty() ? nullptr : report.root.function->results[0];
  bool isNumber = report.root.function->results.size() == 1 && value->type.isScalar();
  if (isCurve || (isNumber && !overTime))
    return own;
  diags.report(diag::PlotOfNoNumber, curve->range, report.shape, overTime ? "`epoch` or `step`" : "a sweep");
  return "";
}

void Checker::checkPlot(const ast::Plot *plot, Experiment &made) {
  Experiment::Plot own;
  bool overTime = false;
  std::vector<std::string> known{"epoch", "step"};
  for (const Experiment::Sweep &sweep : made.sweeps)
    known.push_back(sweep.name);
  for (const ast::Expr *axis : plot->against) {
    auto *name = llvm::dyn_cast<ast::NameRef>(ast::stripParens(axis));
    std::string text = name ? name->name : diags.sources.text(axis->range).str();
    bool isTime = text == "epoch" || text == "step";
    if (!llvm::is_contained(known, text) || (isTime && overTime) || llvm::is_contained(own.against, text) ||
        own.against.size() == 2) {
      diags.report(diag::PlotAgainst, axis->range, text).didYouMean(axis->range, text, known);
      return;
    }
    overTime |= isTime;
    own.against.push_back(text);
  }
  for (const ast::Expr *curve : plot->curves) {
    own.curves.push_back(plotCurve(curve, overTime));
    if (own.curves.back().empty())
      return;
  }
  if (made.points.size() == 1)
    made.plots.push_back(std::move(own));
}

} // namespace nn::sema
