/// Columns of text about data sets, reports and experiments.
#include "Pipeline/DataReport.h"
#include "core/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <algorithm>

namespace nn {

/// So many classes are listed one by one.
static constexpr size_t mostListed = 6;

/// "setosa 50, versicolor 50, virginica 50", "10 classes, 6,000 each", "65 classes, 1 to 9,881 each".
static std::string countsText(const nnrt::FieldInfo &field) {
  if (field.classCounts.empty())
    return "";
  if (field.classNames.size() == field.classCounts.size() && field.classNames.size() <= mostListed) {
    std::vector<std::string> each;
    for (auto [name, count] : llvm::zip(field.classNames, field.classCounts))
      each.push_back(name + " " + nnrt::withThousands(count));
    return llvm::join(each, ", ");
  }
  auto [least, most] = std::minmax_element(field.classCounts.begin(), field.classCounts.end());
  std::string range = nnrt::withThousands(*least);
  if (*least != *most)
    range += " to " + nnrt::withThousands(*most);
  return nnrt::withThousands(field.classes) + " classes, " + range + " each";
}

static std::string valuesText(const nnrt::FieldInfo &field) {
  std::string text = field.classes > 0 ? countsText(field) : nnrt::format("%.4g to %.4g", field.minimum, field.maximum);
  if (field.missing > 0)
    text += ", " + nnrt::withThousands(field.missing) + " missing";
  return text;
}

static void printDataset(const checked::Dataset &dataset, llvm::raw_ostream &out) {
  std::vector<std::string> splits;
  for (const nnrt::SplitInfo &split : dataset.info->splits)
    splits.push_back(nnrt::withThousands(split.rows) + " " + split.name);
  out << dataset.title << ": " << llvm::join(splits, ", ");
  if (dataset.generator.function)
    out << " (computed"
        << (dataset.measured < dataset.computed ? ", of which the first " + nnrt::withThousands(dataset.measured) : "")
        << ')';
  out << '\n';
  size_t nameWidth = 0, typeWidth = 0;
  for (const checked::Field &field : dataset.fields) {
    nameWidth = std::max(nameWidth, field.name.size());
    typeWidth = std::max(typeWidth, field.type.str().size());
  }
  for (auto [field, info] : llvm::zip(dataset.fields, dataset.info->fields))
    out << "  " << llvm::left_justify(field.name, nameWidth) << "  " << llvm::left_justify(field.type.str(), typeWidth)
        << "  " << valuesText(info) << '\n';
  for (const nnrt::LengthInfo &length : dataset.info->lengths)
    out << "  " << length.name << " between " << length.minimum << " and " << length.maximum << ", on average "
        << llvm::format("%.3g", length.mean) << '\n';
}

// ---- reports and experiments

static llvm::StringRef formText(ast::Report::Form form) {
  switch (form) {
  case ast::Report::Form::Image:
    return " as image";
  case ast::Report::Form::Curve:
    return " as curve";
  case ast::Report::Form::Histogram:
    return " as histogram";
  case ast::Report::Form::Boundary:
    return " as boundary";
  case ast::Report::Form::Default:
    break;
  }
  return "";
}

static void printExperiment(const checked::Program &program, const checked::Experiment &experiment,
                            llvm::raw_ostream &out) {
  size_t points = experiment.points.size();
  out << "experiment " << experiment.name << ": " << nnrt::withThousands(int64_t(points))
      << (points == 1 ? " point\n" : " points\n");
  for (const checked::Experiment::Sweep &sweep : experiment.sweeps)
    out << "  sweep " << sweep.name << " in " << llvm::join(sweep.values, ", ") << '\n';
  for (const checked::Report &report : program.reports)
    if (report.of.experiment == experiment.name && report.of.point == 0)
      out << "  report " << report.name << ": " << report.shape << formText(report.form) << '\n';
  for (const checked::Experiment::Plot &plot : experiment.plots)
    out << "  plot " << llvm::join(plot.curves, ", ") << " against " << llvm::join(plot.against, ", ") << '\n';
}

void printDataReport(const checked::Program &program, llvm::raw_ostream &out) {
  for (const checked::Dataset *dataset : program.datasets)
    printDataset(*dataset, out);
  for (const checked::Report &report : program.reports)
    if (report.of.experiment.empty())
      out << "report " << report.name << ": " << report.shape << formText(report.form) << '\n';
  for (const checked::Experiment &experiment : program.experiments)
    printExperiment(program, experiment, out);
}

/// "2 x 32 x 32 numbers instead of 102,400".
static std::string savingText(const checked::Parameter &parameter) {
  std::vector<std::string> stored;
  int64_t cells = 1, numbers = 1;
  for (const sema::Axis &axis : parameter.type.axes) {
    stored.push_back(axis.extent.str());
    numbers *= axis.extent.constant().value_or(1);
  }
  for (const sema::Axis &axis : parameter.declared.axes)
    cells *= axis.extent.constant().value_or(1);
  return llvm::join(stored, " x ") + (numbers == 1 ? " number" : " numbers") + " instead of " +
         nnrt::withThousands(cells);
}

void printSymmetricParameters(const checked::Program &program, llvm::raw_ostream &out) {
  for (const checked::Parameter &parameter : program.parameters) {
    if (parameter.invariances.empty())
      continue;
    std::vector<std::string> groups;
    for (const checked::ClaimedAction &action : parameter.invariances)
      groups.push_back(action.written);
    auto [model, name] = llvm::StringRef(parameter.path).rsplit('.');
    out << "param " << name << " of " << model << ": " << parameter.declared.str() << " invariant under "
        << llvm::join(groups, ", ") << ": " << savingText(parameter);
    if (!llvm::StringRef(parameter.solution).contains("coefficient"))
      out << ", " << name << " = " << parameter.solution;
    out << '\n';
  }
}

void printRoles(const checked::Program &program, llvm::raw_ostream &out) {
  for (const checked::RoleInfo &role : program.roles) {
    out << role.role << ' ' << role.name << ": one number, ";
    if (role.least)
      out << "at least " << nnrt::format("%g", *role.least) << '\n';
    else
      out << "no lower bound known\n";
  }
}

} // namespace nn
