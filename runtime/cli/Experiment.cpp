/// `experiment`: every point is trained and reported by itself; a table, and plots over what was swept.
#include "cli/Session.h"
#include "cli/Values.h"
#include "core/Text.h"
#include "io/Json.h"
#include "plot/Figure.h"

#include <algorithm>
#include <cmath>

namespace nnrt {

namespace {

/// What one point has given: for each report of one number that number, of a curve its points.
struct PointResult {
  bool isThere = false;
  struct Entry {
    std::vector<double> values;
    std::vector<double> epochs, steps; ///< of a curve
  };
  std::vector<Entry> entries; ///< one a report
};

class ExperimentRun {
public:
  ExperimentRun(Session &session, const nn_experiment &experiment)
      : session(session), experiment(experiment), results(size_t(experiment.point_count)) {}

  int run() {
    if (session.options.resume)
      recall();
    double from = now();
    for (int64_t k = 0; k < experiment.point_count; ++k) {
      if (results[size_t(k)].isThere)
        continue;
      if (int code = runPoint(k); code != Succeeded)
        return code;
      if (Status kept = keep(); !kept)
        return reportError(kept.text());
    }
    print(now() - from);
    Status plotted = plot();
    return plotted ? Succeeded : reportError(plotted.text());
  }

private:
  // ---- points

  std::string valueText(int64_t point, int64_t sweep) const {
    return experiment.sweeps[sweep].values[experiment.points[point].values[sweep]];
  }

  std::string titleOf(int64_t point) const {
    std::string text = experiment.name;
    for (int64_t s = 0; s < experiment.sweep_count; ++s)
      text += std::string(s ? ", " : " ") + experiment.sweeps[s].name + "=" + valueText(point, s);
    return text;
  }

  /// Every point begins as if it were alone: from the seed.
  int runPoint(int64_t k) {
    const nn_point &point = experiment.points[k];
    session.history = {};
    session.model.initialize(session.seed());
    for (int64_t i = 0; i < point.recipe_count; ++i)
      if (int code = trainPoint(session, point.recipes[i], titleOf(k)); code != Succeeded)
        return code;
    PointResult &result = results[size_t(k)];
    for (int64_t i = 0; i < point.report_count; ++i) {
      const nn_report &report = point.reports[i];
      Status called = session.loader.isHistory(report) ? success() : session.callOnce(*report.function);
      if (!called)
        return reportError(titleOf(k) + ": " + called.text(), called.error().suggestion);
      result.entries.push_back(entryOf(report));
    }
    result.isThere = true;
    return interruptSignal() ? 128 + interruptSignal() : Succeeded;
  }

  PointResult::Entry entryOf(const nn_report &report) {
    PointResult::Entry entry;
    if (report.output_count == 0)
      return entry;
    const nn_binding &values = report.function->results[report.outputs[0].values];
    entry.values.resize(size_t(elementCount(values.type)));
    convertNumbers(session.model.at(values), values.type.dtype, entry.values.data(), NN_F64,
                   int64_t(entry.values.size()));
    int64_t loaded = report.curves[0];
    const Curve *curve = loaded >= 0 ? session.loader.curve(session.program.loaded[loaded]) : nullptr;
    if (!curve)
      return entry;
    entry.values = curve->values;
    if (const Curve *epochs = session.history.find(curve->recipe, "", "epoch"))
      entry.epochs = epochs->values;
    if (const Curve *steps = session.history.find(curve->recipe, "", "step"))
      entry.steps = steps->values;
    return entry;
  }

  // ---- the table

  const nn_report *reports() const { return experiment.points[0].reports; }
  int64_t reportCount() const { return experiment.points[0].report_count; }

  /// A report of one number, or a curve, whose last number counts, has a column.
  bool hasColumn(int64_t report) const {
    for (const PointResult &result : results)
      if (result.isThere) {
        const PointResult::Entry &entry = result.entries[size_t(report)];
        return entry.values.size() == 1 || !entry.steps.empty();
      }
    return false;
  }

  std::vector<std::vector<std::string>> table() const {
    std::vector<std::vector<std::string>> rows(1);
    for (int64_t s = 0; s < experiment.sweep_count; ++s)
      rows[0].push_back(experiment.sweeps[s].name);
    for (int64_t i = 0; i < reportCount(); ++i)
      if (hasColumn(i))
        rows[0].push_back(reports()[i].name);
    for (int64_t k = 0; k < experiment.point_count; ++k) {
      if (!results[size_t(k)].isThere)
        continue;
      rows.emplace_back();
      for (int64_t s = 0; s < experiment.sweep_count; ++s)
        rows.back().push_back(valueText(k, s));
      for (int64_t i = 0; i < reportCount(); ++i)
        if (hasColumn(i))
          rows.back().push_back(shortest(results[size_t(k)].entries[size_t(i)].values.back()));
    }
    return rows;
  }

  void print(double seconds) const {
    std::vector<std::vector<std::string>> rows = table();
    if (session.options.json) {
      writeOut(jsonText());
      return;
    }
    std::vector<size_t> widths(rows[0].size());
    for (const std::vector<std::string> &row : rows)
      for (size_t c = 0; c < row.size(); ++c)
        widths[c] = std::max(widths[c], row[c].size());
    std::string text;
    for (const std::vector<std::string> &row : rows) {
      for (size_t c = 0; c < row.size(); ++c)
        text += std::string(c ? "  " : "") + std::string(widths[c] - row[c].size(), ' ') + row[c];
      text += "\n";
    }
    writeOut(text);
    session.log(
        format("%lld points, %s", static_cast<long long>(experiment.point_count), humanSeconds(seconds).c_str()));
  }

  // ---- files

  std::string base() const { return session.reportBase() + "." + experiment.name; }

  static std::string jsonNumbers(const std::vector<double> &numbers) {
    std::string text;
    for (double number : numbers)
      text += (text.empty() ? "" : ",") + jsonNumber(number, true);
    return "[" + text + "]";
  }

  std::string jsonText() const {
    std::string points;
    for (int64_t k = 0; k < experiment.point_count; ++k) {
      const PointResult &result = results[size_t(k)];
      if (!result.isThere)
        continue;
      std::string text;
      for (int64_t s = 0; s < experiment.sweep_count; ++s)
        text += (text.empty() ? "" : ",") + jsonString(experiment.sweeps[s].name) + ":" + jsonString(valueText(k, s));
      for (int64_t i = 0; i < reportCount(); ++i) {
        const PointResult::Entry &entry = result.entries[size_t(i)];
        std::string own = jsonNumbers(entry.values);
        if (!entry.steps.empty())
          own = "{\"values\":" + own + ",\"epochs\":" + jsonNumbers(entry.epochs) +
                ",\"steps\":" + jsonNumbers(entry.steps) + "}";
        text += "," + jsonString(reports()[i].name) + ":" + own;
      }
      points += (points.empty() ? "\n" : ",\n") + std::string("{") + text + "}";
    }
    return "{\"experiment\":" + jsonString(experiment.name) +
           format(",\"seed\":%llu,", static_cast<unsigned long long>(session.seed())) + "\"points\":[" + points +
           "]}\n";
  }

  /// What is known so far, after every point.
  Status keep() const {
    std::string json = jsonText(), csv;
    for (const std::vector<std::string> &row : table())
      csv += join(row, ",") + "\n";
    if (Status saved = writeFileAtomically(base() + ".json", {{json.data(), json.size()}}); !saved)
      return saved;
    return writeFileAtomically(base() + ".csv", {{csv.data(), csv.size()}});
  }

  static std::vector<double> numbersOf(const Json *list) {
    std::vector<double> numbers;
    for (const Json &item : list ? list->items : std::vector<Json>())
      numbers.push_back(item.kind == Json::Number ? item.number : NAN);
    return numbers;
  }

  bool isPoint(const Json &point, int64_t k) const {
    for (int64_t s = 0; s < experiment.sweep_count; ++s) {
      const Json *value = point.get(experiment.sweeps[s].name);
      if (!value || value->text != valueText(k, s))
        return false;
    }
    for (int64_t i = 0; i < reportCount(); ++i)
      if (!point.get(reports()[i].name))
        return false;
    return true;
  }

  /// Takes the points of an earlier run with the same seed from its file.
  void recall() {
    Result<Bytes> file = readFile(base() + ".json");
    if (!file)
      return;
    Result<Json> whole = parseJson(reinterpret_cast<const char *>(file->data()), file->size());
    const Json *points = whole ? whole->get("points") : nullptr, *seed = whole ? whole->get("seed") : nullptr;
    if (!points || !seed || seed->number != double(session.seed()))
      return;
    int64_t known = 0;
    for (const Json &point : points->items)
      for (int64_t k = 0; k < experiment.point_count; ++k)
        if (isPoint(point, k)) {
          results[size_t(k)] = recalled(point);
          ++known;
        }
    session.log(format("%s.json holds %lld of %lld points", base().c_str(), static_cast<long long>(known),
                       static_cast<long long>(experiment.point_count)));
  }

  PointResult recalled(const Json &point) const {
    PointResult result;
    result.isThere = true;
    for (int64_t i = 0; i < reportCount(); ++i) {
      const Json *own = point.get(reports()[i].name);
      PointResult::Entry entry;
      if (own->kind == Json::Object)
        entry = {numbersOf(own->get("values")), numbersOf(own->get("epochs")), numbersOf(own->get("steps"))};
      else
        entry.values = numbersOf(own);
      result.entries.push_back(std::move(entry));
    }
    return result;
  }

  // ---- plots

  int64_t sweepNamed(const std::string &name) const {
    for (int64_t s = 0; s < experiment.sweep_count; ++s)
      if (name == experiment.sweeps[s].name)
        return s;
    return -1;
  }

  int64_t reportNamed(const std::string &name) const {
    for (int64_t i = 0; i < reportCount(); ++i)
      if (name == reports()[i].name)
        return i;
    return 0; // the compiler names only what is there
  }

  /// The value of a sweep as a number, or its position.
  double numberAt(int64_t point, int64_t sweep) const {
    double number;
    return parseNumber(valueText(point, sweep), number) ? number : double(experiment.points[point].values[sweep]);
  }

  /// Sweeps over more than a decade are drawn on a logarithmic axis.
  bool isLog(int64_t sweep) const {
    double least = INFINITY, most = 0;
    for (int64_t i = 0; i < experiment.sweeps[sweep].value_count; ++i) {
      double number;
      if (!parseNumber(experiment.sweeps[sweep].values[i], number) || number <= 0)
        return false;
      least = std::min(least, number), most = std::max(most, number);
    }
    return most / least >= 16;
  }

  /// The swept values that are not on the axis, as a label of a line.
  std::string othersText(int64_t point, int64_t axis) const {
    std::string text;
    for (int64_t s = 0; s < experiment.sweep_count; ++s)
      if (s != axis)
        text += (text.empty() ? "" : ", ") + std::string(experiment.sweeps[s].name) + "=" + valueText(point, s);
    return text;
  }

  static std::string joined(const std::string &a, const std::string &b) {
    return a + (a.empty() || b.empty() ? "" : ", ") + b;
  }

  /// A number a point, over a sweep: a line for each choice of the other sweeps.
  plot::Chart overSweep(const nn_plot &plot, int64_t sweep) const {
    plot::Chart chart;
    chart.dots = true;
    chart.xLabel = experiment.sweeps[sweep].name;
    chart.logX = isLog(sweep);
    for (int64_t c = 0; c < plot.curve_count; ++c)
      for (int64_t k = 0; k < experiment.point_count; ++k) {
        const PointResult::Entry &entry = results[size_t(k)].entries[size_t(reportNamed(plot.curves[c]))];
        std::string label = joined(plot.curve_count > 1 ? plot.curves[c] : "", othersText(k, sweep));
        auto line = std::find_if(chart.series.begin(), chart.series.end(),
                                 [&](const plot::Series &series) { return series.label == label; });
        if (line == chart.series.end()) {
          chart.series.push_back({label, {}, {}});
          line = chart.series.end() - 1;
        }
        line->x.push_back(numberAt(k, sweep));
        line->y.push_back(entry.values.back());
      }
    chart.yLabel = plot.curve_count == 1 ? plot.curves[0] : "";
    return chart;
  }

  /// Curves of trainings, a line a point.
  plot::Chart overTime(const nn_plot &plot, const std::string &time) const {
    plot::Chart chart;
    chart.xLabel = time;
    for (int64_t c = 0; c < plot.curve_count; ++c)
      for (int64_t k = 0; k < experiment.point_count; ++k) {
        const PointResult::Entry &entry = results[size_t(k)].entries[size_t(reportNamed(plot.curves[c]))];
        chart.series.push_back({joined(plot.curve_count > 1 ? plot.curves[c] : "", othersText(k, -1)),
                                time == "epoch" ? entry.epochs : entry.steps, entry.values});
      }
    chart.yLabel = plot.curve_count == 1 ? plot.curves[0] : "";
    return chart;
  }

  /// A curve over a sweep and time: columns are the swept values, rows the time from below.
  plot::Picture overBoth(const char *curve, int64_t sweep, const std::string &time) const {
    plot::Picture picture;
    picture.xLabel = experiment.sweeps[sweep].name;
    picture.yLabel = time;
    plot::Grid grid;
    grid.width = experiment.point_count;
    std::vector<const PointResult::Entry *> columns;
    for (int64_t k = 0; k < experiment.point_count; ++k) {
      columns.push_back(&results[size_t(k)].entries[size_t(reportNamed(curve))]);
      grid.height = std::max(grid.height, int64_t(columns.back()->values.size()));
      picture.columnNames.push_back(joined(valueText(k, sweep), othersText(k, sweep)));
    }
    const std::vector<double> &times = time == "epoch" ? columns[0]->epochs : columns[0]->steps;
    for (int64_t row = grid.height; row-- > 0;) {
      for (const PointResult::Entry *column : columns)
        grid.values.push_back(column->values[std::min(size_t(row), column->values.size() - 1)]);
      picture.rowNames.push_back(size_t(row) < times.size() ? shortest(times[size_t(row)]) : "");
    }
    picture.grids.push_back(std::move(grid));
    return picture;
  }

  /// Over two sweeps: columns are the values of the first, rows those of the second from below.
  plot::Picture overSweeps(const char *curve, int64_t across, int64_t up) const {
    const nn_sweep &x = experiment.sweeps[across], &y = experiment.sweeps[up];
    plot::Picture picture;
    picture.xLabel = x.name, picture.yLabel = y.name;
    plot::Grid grid;
    grid.width = x.value_count, grid.height = y.value_count;
    grid.values.assign(size_t(grid.width * grid.height), NAN);
    for (int64_t k = 0; k < experiment.point_count; ++k) {
      int64_t row = grid.height - 1 - experiment.points[k].values[up], column = experiment.points[k].values[across];
      grid.values[size_t(row * grid.width + column)] =
          results[size_t(k)].entries[size_t(reportNamed(curve))].values.back();
    }
    for (int64_t i = 0; i < x.value_count; ++i)
      picture.columnNames.push_back(x.values[i]);
    for (int64_t i = y.value_count; i-- > 0;)
      picture.rowNames.push_back(y.values[i]);
    picture.grids.push_back(std::move(grid));
    return picture;
  }

  Status show(const std::string &suffix, const std::string &svg, const std::string &text) const {
    std::string path = base() + suffix + ".svg";
    Status saved = writeFileAtomically(path, {{svg.data(), svg.size()}});
    if (!saved)
      return saved;
    if (!session.options.json)
      writeOut("\n" + text);
    session.log("wrote " + path);
    return success();
  }

  Status showChart(plot::Chart chart, const std::string &title, const std::string &suffix) const {
    chart.title = title;
    return show(suffix, plot::svg(chart), plot::text(chart, 80));
  }

  Status showPicture(plot::Picture picture, const std::string &title, const std::string &suffix) const {
    picture.title = title;
    return show(suffix, plot::svg(picture), plot::text(picture, 80, standardOutputIsTerminal()));
  }

  static std::string namesOf(const nn_plot &plot, const char *separator) {
    return join(std::vector<std::string>(plot.curves, plot.curves + plot.curve_count), separator);
  }

  /// Plots of the same curves are told apart by their axes.
  std::string suffixOf(int64_t position) const {
    const nn_plot &plot = experiment.plots[position];
    std::string suffix = "." + namesOf(plot, ".");
    for (int64_t i = 0; i < position; ++i)
      if (namesOf(experiment.plots[i], ".") == namesOf(plot, "."))
        return suffix + "." + join(std::vector<std::string>(plot.against, plot.against + plot.against_count), "-");
    return suffix;
  }

  Status plotOne(int64_t position) const {
    const nn_plot &plot = experiment.plots[position];
    std::string names = namesOf(plot, ", "), suffix = suffixOf(position);
    std::string first = plot.against[0], second = plot.against_count > 1 ? plot.against[1] : "";
    int64_t sweep = sweepNamed(first);
    if (second.empty())
      return showChart(sweep >= 0 ? overSweep(plot, sweep) : overTime(plot, first), names + " against " + first,
                       suffix);
    int64_t other = sweepNamed(second);
    if (sweep < 0)
      std::swap(sweep, other), std::swap(first, second);
    bool time = other < 0;
    for (int64_t c = 0; c < plot.curve_count; ++c) {
      std::string title = std::string(plot.curves[c]) + " against " + first + ", " + second;
      Status shown =
          showPicture(time ? overBoth(plot.curves[c], sweep, second) : overSweeps(plot.curves[c], sweep, other), title,
                      plot.curve_count == 1 ? suffix : suffix + "." + plot.curves[c]);
      if (!shown)
        return shown;
    }
    // What the picture ends with, and its columns as lines.
    Status last = showChart(overSweep(plot, sweep), names + " against " + first, suffix + "." + first);
    return last && time ? showChart(overTime(plot, second), names + " against " + second, suffix + "." + second) : last;
  }

  Status plot() const {
    for (int64_t i = 0; i < experiment.plot_count; ++i)
      if (Status shown = plotOne(i); !shown)
        return shown;
    return success();
  }

  Session &session;
  const nn_experiment &experiment;
  std::vector<PointResult> results;
};

Result<const nn_experiment *> chosenExperiment(const Session &session) {
  const nn_program &program = session.program;
  std::vector<std::string> names;
  for (int64_t i = 0; i < program.experiment_count; ++i)
    names.push_back(program.experiments[i].name);
  const std::vector<std::string> &words = session.options.positional;
  if (words.empty() && names.size() == 1)
    return &program.experiments[0];
  if (words.size() != 1)
    return failure("name one experiment: " + join(names, ", "));
  for (size_t k = 0; k < names.size(); ++k)
    if (words[0] == names[k])
      return &program.experiments[k];
  std::string guess = nearest(words[0], names);
  return failure(format("%s has no experiment `%s`; %s", program.name, words[0].c_str(),
                        (guess.empty() ? "it has " + join(names, ", ") : "did you mean `" + guess + "`?").c_str()));
}

} // namespace

int runExperiment(Session &session) {
  Result<const nn_experiment *> experiment = chosenExperiment(session);
  if (!experiment)
    return reportError(experiment.text(), {}, Misused);
  if (Status started = session.start(); !started)
    return reportError(started.text());
  catchInterrupts();
  return ExperimentRun(session, **experiment).run();
}

} // namespace nnrt
