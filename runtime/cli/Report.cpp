/// `report`: values are computed, printed, plotted, and saved beside the weights.
#include "cli/Figures.h"
#include "cli/Session.h"
#include "cli/Values.h"
#include "core/Text.h"
#include "data/Npy.h"
#include "io/Json.h"

#include <algorithm>
#include <cmath>

namespace nnrt {

namespace {

/// Tensors of up to so many numbers are printed as they are.
const int64_t mostPrinted = 64;
/// Examples drawn on a boundary.
const int64_t mostExamples = 2000;

class Reporter {
public:
  Reporter(Session &session, const nn_report &report) : session(session), report(report) {}

  Status make() {
    if (Status called = session.loader.isHistory(report) ? success() : session.callOnce(*report.function); !called) {
      called.error().text = format("the report `%s`: ", report.name) + called.text();
      return called;
    }
    for (int64_t i = 0; i < report.output_count; ++i)
      values.push_back(valueOf(i));
    if (Status found = findExamples(); !found)
      return found;
    bool color = standardOutputIsTerminal() && !session.options.json;
    figures = figuresOf(report, values, examples, color ? terminalWidth() : 80, color);
    print();
    return save();
  }

private:
  ReportedValue valueOf(int64_t position) {
    const nn_output &output = report.outputs[position];
    const nn_binding &result = report.function->results[output.values];
    ReportedValue value{output.name ? output.name : "", result.type.dtype, shapeOf(result.type), {}, {}, "", &output};
    value.numbers.resize(size_t(elementCount(result.type)));
    convertNumbers(session.model.at(result), result.type.dtype, value.numbers.data(), NN_F64,
                   int64_t(value.numbers.size()));
    int64_t loaded = report.curves ? report.curves[position] : -1;
    if (loaded >= 0)
      asCurve(session.program.loaded[loaded], value);
    return value;
  }

  /// A curve is as long as its training was, and runs over epochs or steps.
  void asCurve(const nn_loaded &loaded, ReportedValue &value) {
    const Curve *curve = session.loader.curve(loaded);
    if (!curve)
      return;
    value.shape[0] = curve->points();
    value.numbers = curve->values;
    const Curve *epochs = session.history.find(loaded.recipe, "", "epoch");
    bool whole = epochs && std::all_of(epochs->values.begin(), epochs->values.end(),
                                       [](double epoch) { return epoch == std::floor(epoch); });
    // Without data an epoch is a step.
    const Curve *steps = session.history.find(loaded.recipe, "", "step");
    bool byEpoch = whole && (!steps || steps->values != epochs->values);
    if (const Curve *x = byEpoch ? epochs : steps) {
      value.x = x->values;
      value.xLabel = byEpoch ? "epoch" : "step";
    }
  }

  /// The examples of the training split that a boundary is drawn with.
  Status findExamples() {
    const nn_plane *plane = report.plane;
    if (!plane || !plane->dataset)
      return success();
    Result<const Table *> table = session.loader.table(*plane->dataset);
    if (!table)
      return table.error();
    const Split *split = (*table)->split("train");
    const Column *x = split->column(plane->x_field), *y = plane->y_field ? split->column(plane->y_field) : nullptr;
    const Column *label = plane->label ? split->column(plane->label) : nullptr;
    if (!x || (plane->y_field && !y))
      return success();
    for (uint32_t row = 0; row < std::min(split->rows, mostExamples); ++row) {
      double place[2] = {}, own = 0;
      stageRows(*x, &row, 1, place, NN_F64);
      if (y)
        stageRows(*y, &row, 1, place + 1, NN_F64);
      if (label)
        stageRows(*label, &row, 1, &own, NN_F64);
      examples.x.push_back(place[0]);
      examples.y.push_back(place[1]);
      examples.classes.push_back(int64_t(own));
    }
    for (const FieldInfo &field : (*table)->fields)
      if (plane->label && field.name == plane->label)
        examples.classNames = field.classNames;
    return success();
  }

  bool allScalars() const {
    return std::all_of(values.begin(), values.end(), [](const ReportedValue &value) {
      return value.shape.empty() || value.output->kind != NN_OUTPUT_TENSOR;
    });
  }

  // ---- printing

  std::string textOf(const ReportedValue &value) const {
    int64_t count = elementCount(value.shape);
    bool isCurve = !value.x.empty();
    if (value.output->kind != NN_OUTPUT_TENSOR || (count <= mostPrinted && value.shape.size() <= 2 && !isCurve))
      return outputText(*value.output, *report.function, session.model.io);
    std::string type = typeText(value.dtype, value.shape);
    auto [least, most] = std::minmax_element(value.numbers.begin(), value.numbers.end());
    double sum = 0;
    for (double number : value.numbers)
      sum += number;
    if (count == 0)
      return type;
    return type + format(", %s to %s, mean %s", shortest(*least).c_str(), shortest(*most).c_str(),
                         shortest(sum / double(count)).c_str());
  }

  std::string jsonOf(const ReportedValue &value) const {
    if (value.x.empty())
      return outputJson(*value.output, *report.function, session.model.io);
    int64_t width = elementCount(value.shape) / value.shape[0];
    std::string text;
    for (size_t k = 0; k < value.numbers.size(); ++k) {
      bool first = int64_t(k) % width == 0, last = int64_t(k + 1) % width == 0;
      text += std::string(k ? "," : "") + (width > 1 && first ? "[" : "") + jsonNumber(value.numbers[k], true) +
              (width > 1 && last ? "]" : "");
    }
    return "[" + text + "]";
  }

  std::string json() const {
    bool alone = values.size() == 1 && values[0].name.empty();
    std::string text;
    for (const ReportedValue &value : values)
      text += (text.empty() ? "" : ",") + (alone ? "" : jsonString(value.name) + ":") + jsonOf(value);
    return alone ? text : "{" + text + "}";
  }

  void print() {
    if (session.options.json) {
      writeOut("{" + jsonString(report.name) + ":" + json() + "}\n");
      return;
    }
    std::string text;
    for (const ReportedValue &value : values) {
      std::string name = std::string(report.name) + (value.name.empty() ? "" : "." + value.name);
      std::string shown = textOf(value);
      // A table stands below its name.
      text += name + (shown.find('\n') == std::string::npos ? "  " : "\n") + shown + "\n";
    }
    for (const Figure &figure : figures)
      text += figure.text;
    writeOut(text);
  }

  // ---- files

  Status save() {
    std::string base = session.reportBase() + "." + report.name;
    std::vector<std::string> written;
    auto write = [&](const std::string &path, const std::string &bytes) {
      written.push_back(path);
      return writeFileAtomically(path, {{bytes.data(), bytes.size()}});
    };
    if (allScalars())
      if (Status saved = write(base + ".json", "{" + jsonString(report.name) + ":" + json() + "}\n"); !saved)
        return saved;
    for (const ReportedValue &value : values)
      if (!value.shape.empty() && value.output->kind == NN_OUTPUT_TENSOR)
        if (Status saved = write(base + (value.name.empty() ? "" : "." + value.name) + ".npy", npyOf(value)); !saved)
          return saved;
    for (const Figure &figure : figures)
      if (Status saved = write(base + figure.suffix + ".svg", figure.svg); !saved)
        return saved;
    session.log("wrote " + join(written, ", "));
    return success();
  }

  static std::string npyOf(const ReportedValue &value) {
    std::string bytes(value.numbers.size() * size_t(dtypeSize(value.dtype)), '\0');
    convertNumbers(value.numbers.data(), NN_F64, bytes.data(), value.dtype, int64_t(value.numbers.size()));
    return npyFile(value.dtype, value.shape, bytes);
  }

  Session &session;
  const nn_report &report;
  std::vector<ReportedValue> values;
  ExamplePoints examples;
  std::vector<Figure> figures;
};

} // namespace

Status makeReports(Session &session, const std::vector<const nn_report *> &reports) {
  for (const nn_report *report : reports)
    if (Status made = Reporter(session, *report).make(); !made)
      return made;
  return success();
}

/// The reports that the command line names, or all.
static Result<std::vector<const nn_report *>> chosenReports(const Session &session) {
  const nn_program &program = session.program;
  std::vector<const nn_report *> chosen;
  std::vector<std::string> names;
  for (int64_t i = 0; i < program.report_count; ++i)
    names.push_back(program.reports[i].name);
  for (const std::string &wanted : session.options.positional) {
    size_t position = size_t(std::find(names.begin(), names.end(), wanted) - names.begin());
    std::string guess = nearest(wanted, names);
    if (position == names.size())
      return failure(format("%s has no report `%s`; %s", program.name, wanted.c_str(),
                            (guess.empty() ? "it has " + join(names, ", ") : "did you mean `" + guess + "`?").c_str()));
    chosen.push_back(&program.reports[position]);
  }
  for (size_t k = 0; k < names.size() && session.options.positional.empty(); ++k)
    chosen.push_back(&program.reports[k]);
  return chosen;
}

int runReport(Session &session) {
  Result<std::vector<const nn_report *>> chosen = chosenReports(session);
  if (!chosen)
    return reportError(chosen.text(), {}, Misused);
  bool readsModel = false;
  for (const nn_report *report : *chosen) {
    readsModel |= report->function->reads_model != 0;
    for (int64_t i = 0; i < report->function->load_count; ++i)
      readsModel |= session.program.loaded[report->function->loads[i]].recipe != nullptr;
  }
  Status done = session.start();
  // A program that trains nothing has the parameters that it begins with, unless there are others.
  bool untrained = session.program.recipe_count == 0 && session.program.weights_bytes == 0 &&
                   session.options.weights.empty() && !isFile(std::string(session.program.name) + ".safetensors");
  if (done && readsModel && untrained)
    session.model.initialize(session.seed());
  else if (done && readsModel)
    done = session.loadWeights();
  if (done)
    done = makeReports(session, *chosen);
  return done ? Succeeded : reportError(done.text(), done.error().suggestion);
}

} // namespace nnrt
