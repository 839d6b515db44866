/// `train`: epochs of steps, reports, checkpoints.
#include "cli/Diagnose.h"
#include "cli/Durations.h"
#include "cli/Feed.h"
#include "cli/ReadAhead.h"
#include "cli/Recipe.h"
#include "cli/Session.h"
#include "core/Text.h"
#include "io/Json.h"
#include "noether/routines.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace nnrt {

std::string jsonMetrics(const std::vector<Metric> &metrics) {
  std::string text;
  for (const Metric &metric : metrics) {
    std::string numbers;
    for (double value : metric.all())
      numbers += (numbers.empty() ? "" : ",") + jsonNumber(value);
    text += (text.empty() ? "" : ",") + jsonString(metric.name) + ":" +
            (metric.more.empty() ? numbers : "[" + numbers + "]");
  }
  return text;
}

namespace {

/// Two copies of the persistent block: one known to give a finite loss, one on trial.
class Snapshots {
public:
  /// Touches all its memory, so that no later step waits for pages.
  Snapshots(Model &model) : model(model), size(size_t(model.program.persistent_bytes)), trial(size), good(size) {
    for (Bytes *bytes : {&trial, &good})
      memset(bytes->data(), 0, size);
  }

  void take(int64_t step) {
    memcpy(trial.data(), model.persistent(), size);
    trialStep = step;
    pending = true;
  }
  void confirm() {
    if (!pending)
      return;
    std::swap(trial, good);
    goodStep = trialStep;
    pending = false;
  }
  /// Puts the latest state back that was kept; its step, or -1 when there is none.
  int64_t goBack() {
    const Bytes &latest = pending ? trial : good;
    int64_t step = pending ? trialStep : goodStep;
    if (step >= 0)
      memcpy(model.changePersistent(), latest.data(), size);
    return step;
  }
  /// Puts the last good state back; its step, or -1 when there is none.
  int64_t restore() {
    if (goodStep >= 0)
      memcpy(model.changePersistent(), good.data(), size);
    return goodStep;
  }

private:
  Model &model;
  size_t size;
  Bytes trial, good;
  int64_t trialStep = -1, goodStep = -1;
  bool pending = false;
};

/// The best value of a watched number so far, and the step after which it was seen.
struct Best {
  bool seen = false;
  double value = 0;
  int64_t step = 0;

  /// Takes a value; true if it is the best so far.
  bool take(const nn_watch &watch, double now, int64_t at) {
    if (seen && !(watch.larger ? now > value : now < value))
      return false;
    *this = {true, now, at};
    return true;
  }
};

class Trainer {
public:
  Trainer(Session &session, const nn_recipe &recipe, const RecipeData &data, const CheckpointInfo &from,
          const std::string &point = {})
      : session(session), model(session.model), recipe(recipe), data(data), feed(recipe, data, from.seed), from(from),
        point(point), snapshots(model), bar(!session.options.quiet && standardErrorIsTerminal()) {
    planLength();
    split = recipe.eval ? reportSplit(data, true) : std::string();
    evaluates = recipe.eval && (!split.empty() || data.tables.empty());
    examples = !data.tables.empty();
  }

  int run() {
    session.log(format("%s: %s, %s, seed %llu", point.empty() ? recipe.name : point.c_str(), lengthText().c_str(),
                       model.threads() == 1 ? "1 thread" : format("%d threads", model.threads()).c_str(),
                       static_cast<unsigned long long>(from.seed)));
    if (from.step >= total)
      return reportError(format("%s has already done %lld of %lld steps", session.outputPath().c_str(),
                                static_cast<long long>(from.step), static_cast<long long>(total)),
                         "train longer with --epochs or --steps");
    ahead = std::make_unique<ReadAhead>(model, feed, total);
    started = periodStarted = lastSave = now();
    for (int64_t step = from.step; step < total && !stalled; ++step) {
      if (!runStep(step))
        return stopOnBadLoss(badStep);
      bool periodEnds = (step + 1) % period == 0 || step + 1 == total;
      if (periodEnds && !endPeriod(step + 1))
        return Failed;
      if (interruptSignal())
        return lookBack() ? stopOnInterrupt(step + 1) : stopOnBadLoss(badStep);
    }
    result = history.size() - 1;
    if (session.options.timed)
      session.log(durations.text("step"));
    restoreBest();
    if (Status saved = save(history[result].step); !saved)
      return reportError(saved.text());
    if (point.empty())
      printResult();
    return Succeeded;
  }

private:
  /// Total steps and the steps between two reports.
  void planLength() {
    const Options &options = session.options;
    perEpoch = feed.stepsPerEpoch();
    int64_t epochs = options.steps ? 0 : options.epochs ? options.epochs : recipe.epochs;
    byEpochs = epochs > 0;
    total = byEpochs ? epochs * perEpoch : options.steps ? options.steps : recipe.steps;
    period = recipe.report_steps > 0 ? recipe.report_steps : byEpochs ? perEpoch : std::max<int64_t>(total / 10, 1);
    countsEpochs = byEpochs && period == perEpoch;
  }

  std::string lengthText() const {
    long long amount = byEpochs ? total / perEpoch : total;
    std::string text = format(byEpochs ? "%lld epoch%s" : "%lld step%s", amount, amount == 1 ? "" : "s");
    if (examples)
      text += format(" in batches of %lld, %s examples", static_cast<long long>(feed.batchSize()),
                     withThousands(data.tables[0].split("train")->rows).c_str());
    return text;
  }

  /// Begins a step, and looks at those that have been begun when it is time to: when there may be no more of them, when
  /// progress is shown, and where the model or what it reports is needed. False when a loss was no number.
  bool runStep(int64_t step) {
    const int64_t snapshotEvery = 100;
    if (step == from.step || step % snapshotEvery == 0) {
      if (!lookBack())
        return false;
      snapshots.take(step);
    }
    if (waiting == 0)
      waitingSince = now();
    ahead->stage(step);
    model.begin(*recipe.step);
    ++waiting;
    begunSteps = step + 1;
    bool last = begunSteps % period == 0 || begunSteps == total || interruptSignal();
    if (waiting < Model::mostAhead && model.runsAhead(*recipe.step) && !last && !bar.due(now()))
      return true;
    if (!lookBack())
      return false;
    showProgress(begunSteps);
    return true;
  }

  /// Waits for the steps that have been begun and takes what they report, in their order. False when one of them has a
  /// loss that is no number; `badStep` is that one then.
  bool lookBack() {
    if (waiting == 0)
      return true;
    model.finish();
    int64_t count = waiting;
    waiting = 0;
    double each = (now() - waitingSince) / double(count);
    for (int64_t k = 0; k < count; ++k) {
      if (session.options.timed)
        durations.add(each);
      badStep = begunSteps - count + k;
      int64_t rows = feed.rowsOf(badStep);
      if (!meter.add(model, *recipe.step, rows, k))
        return false;
      nnrt_failure(); // of a row that holds no example, as the loss is a number
      snapshots.confirm();
      rowsDone += rows;
    }
    return true;
  }

  std::string label(int64_t done) const {
    if (!countsEpochs)
      return format("step %lld/%lld", static_cast<long long>(done), static_cast<long long>(total));
    return format("epoch %lld/%lld", static_cast<long long>((done + period - 1) / period),
                  static_cast<long long>(total / period));
  }

  void showProgress(int64_t done) {
    double time = now();
    if (!bar.due(time))
      return;
    double elapsed = std::max(time - started, 1e-9);
    ProgressState state;
    state.label = label(done);
    state.done = countsEpochs ? (done - 1) % period + 1 : done;
    state.total = countsEpochs ? period : total;
    state.metrics = meter.means();
    if (!history.empty())
      for (Metric &metric : addedBy(history.back()))
        state.metrics.push_back(std::move(metric));
    state.rate = double(examples ? rowsDone : done - from.step) / elapsed;
    state.unit = examples ? "examples/s" : "steps/s";
    state.secondsLeft = elapsed / double(done - from.step) * double(total - done);
    bar.draw(state, time);
  }

  /// Reports what has happened since the last report; false when a file could not be written.
  bool endPeriod(int64_t done) {
    Report report;
    report.step = done;
    report.trained = meter.means();
    meter.reset();
    if (evaluates)
      report.evaluated = evaluate(model, recipe, data, split, from.seed);
    double time = now();
    report.seconds = time - periodStarted;
    periodStarted = time;
    bar.clear();
    session.log(label(done) + "  " + reportText(report) + "  " + humanSeconds(report.seconds));
    record(report);
    history.push_back(std::move(report));
    watch();
    if (done < total && time - lastSave > 10) {
      lastSave = time;
      if (Status saved = save(done); !saved)
        return reportError(saved.text()) == Succeeded;
    }
    return true;
  }

  struct Report {
    int64_t step = 0;
    std::vector<Metric> trained, evaluated;
    double seconds = 0;
  };

  /// Appends a report to the curves of the recipe.
  void record(const Report &report) {
    session.history.add(recipe.name, "", "step", {double(report.step)});
    session.history.add(recipe.name, "", "epoch", {double(report.step) / double(perEpoch)});
    for (const Metric &metric : report.trained)
      session.history.add(recipe.name, "train", metric.name, metric.all());
    for (const Metric &metric : report.evaluated)
      session.history.add(recipe.name, split.empty() ? "eval" : split, metric.name, metric.all());
  }

  /// What the last report, or one more evaluation, says about a watched number.
  double valueOf(const nn_watch &watched) {
    const Report &report = history.back();
    std::string place = watched.split;
    bool other = !data.tables.empty() && place != "train" && place != split;
    std::vector<Metric> metrics = place == "train" ? report.trained
                                  : other          ? evaluate(model, recipe, data, place, from.seed)
                                                   : report.evaluated;
    for (const Metric &metric : metrics)
      if (metric.name == watched.metric)
        return metric.value;
    return 0; // the compiler names only what is reported
  }

  /// Keeps the weights of the best report, and ends a training that does not get better.
  void watch() {
    int64_t step = history.back().step;
    if (recipe.keep && best.take(*recipe.keep, valueOf(*recipe.keep), step)) {
      kept.resize(size_t(session.program.persistent_bytes));
      memcpy(kept.data(), model.persistent(), kept.size());
    }
    if (recipe.stop && !progress.take(*recipe.stop, valueOf(*recipe.stop), step))
      stalled = step - progress.step >= recipe.patience * perEpoch;
    if (stalled && step < total)
      session.log(format("%s has not become better for %lld epoch%s: stopped", recipe.stop->metric,
                         static_cast<long long>(recipe.patience), recipe.patience == 1 ? "" : "s"));
  }

  /// Goes back to the state of the best report.
  void restoreBest() {
    if (!best.seen || best.step == history.back().step)
      return;
    memcpy(model.changePersistent(), kept.data(), kept.size());
    result = size_t(
        std::find_if(history.begin(), history.end(), [&](const Report &report) { return report.step == best.step; }) -
        history.begin());
    session.log(format("best %s %s: kept the weights of %s", recipe.keep->metric, metricNumber(best.value).c_str(),
                       label(best.step).c_str()));
  }

  /// What evaluation says beyond the training metrics.
  static std::vector<Metric> addedBy(const Report &report) {
    std::vector<Metric> added;
    for (const Metric &metric : report.evaluated)
      if (std::none_of(report.trained.begin(), report.trained.end(),
                       [&](const Metric &other) { return other.name == metric.name; }))
        added.push_back(metric);
    return added;
  }

  /// Training metrics, then what evaluation adds, with the split it was measured on.
  std::string reportText(const Report &report) const {
    std::string text = metricsText(report.trained);
    if (std::vector<Metric> added = addedBy(report); !added.empty())
      text += "  " + metricsText(added) + (split.empty() ? "" : " (" + split + ")");
    return text;
  }

  std::string reportJson(const Report &report) const {
    std::string text = jsonMetrics(report.trained);
    if (!report.evaluated.empty())
      text += (text.empty() ? "" : ",") + jsonString(split.empty() ? "eval" : split) + ":{" +
              jsonMetrics(report.evaluated) + "}";
    return text;
  }

  Status save(int64_t step) {
    if (!point.empty())
      return success();
    return saveCheckpoint(session.program, model.persistent(), session.outputPath(),
                          {step, from.seed, session.history});
  }

  int stopOnBadLoss(int64_t step) {
    bar.clear();
    long long number = step + 1, epoch = step / perEpoch + 1, epochs = total / perEpoch;
    std::string where = byEpochs ? format(" (epoch %lld of %lld)", epoch, epochs) : "";
    std::string text = format("%s is %s at step %lld%s", meter.offender.name.c_str(),
                              shortest(meter.offender.value).c_str(), number, where.c_str());
    if (const char *why = nnrt_failure())
      text += std::string(": ") + why;
    ahead->settle(); // from now on the steps are run again
    int64_t first = snapshots.goBack();
    std::string cause = first < 0
                            ? std::string()
                            : findCause(model, recipe, feed, first, step, total, std::isnan(meter.offender.value));
    if (!cause.empty())
      text += "\n" + cause;
    int64_t good = snapshots.restore();
    if (good >= 0 && !point.empty())
      return reportError(point + ": " + text);
    if (good < 0)
      return reportError(text, "the first step already fails: look at the data and at the learning rate");
    Status saved = save(good);
    if (!saved)
      return reportError(text + "; " + saved.text());
    return reportError(text, format("%s holds the last good state, after step %lld; a smaller learning rate may help",
                                    session.outputPath().c_str(), static_cast<long long>(good)));
  }

  int stopOnInterrupt(int64_t done) {
    bar.clear();
    if (!point.empty())
      return 128 + interruptSignal();
    if (Status saved = save(done); !saved)
      return reportError("interrupted; " + saved.text());
    session.log(format("interrupted after step %lld of %lld; saved %s (go on with --resume)",
                       static_cast<long long>(done), static_cast<long long>(total), session.outputPath().c_str()));
    return 128 + interruptSignal();
  }

  void printResult() {
    const Report &last = history[result];
    double seconds = now() - started;
    if (!session.options.json) {
      writeOut(reportText(last) + "  " + humanSeconds(seconds) + "  " + session.outputPath() + "\n");
      return;
    }
    std::string curve;
    for (const Report &report : history)
      curve += (curve.empty() ? "" : ",") + format("{\"step\":%lld,", static_cast<long long>(report.step)) +
               reportJson(report) + format(",\"seconds\":%.3f}", report.seconds);
    writeOut(format("{\"recipe\":%s,\"seed\":%llu,\"threads\":%d,\"steps\":%lld,\"seconds\":%.3f,",
                    jsonString(recipe.name).c_str(), static_cast<unsigned long long>(from.seed), model.threads(),
                    static_cast<long long>(total), seconds) +
             reportJson(last) + ",\"weights\":" + jsonString(session.outputPath()) + ",\"history\":[" + curve + "]}\n");
  }

  Session &session;
  Model &model;
  const nn_recipe &recipe;
  const RecipeData &data;
  Feed feed;
  std::unique_ptr<ReadAhead> ahead;
  CheckpointInfo from;
  std::string point; ///< of an experiment: what it is called; empty for a training with files
  Snapshots snapshots;
  Durations durations; ///< of steps, with the gathering of their batches; of those that wait together the mean
  int64_t waiting = 0, begunSteps = 0; ///< steps that were begun and not looked at; all that were begun
  double waitingSince = 0;
  int64_t badStep = 0;
  ProgressBar bar;
  Meter meter;
  std::vector<Report> history;
  std::string split;
  bool byEpochs = true, countsEpochs = true, evaluates = false, examples = false, stalled = false;
  int64_t total = 0, perEpoch = 1, period = 1, rowsDone = 0;
  Best best, progress; ///< of what `keep best` and `stop when` watch
  Bytes kept;          ///< the persistent block of the best report
  size_t result = 0;   ///< the report whose weights are saved in the end
  double started = 0, periodStarted = 0, lastSave = 0;
};

} // namespace

int trainPoint(Session &session, const nn_recipe &recipe, const std::string &title) {
  Result<RecipeData> data = recipeData(session, recipe);
  if (!data)
    return reportError(data.text(), data.error().suggestion);
  return Trainer(session, recipe, *data, {0, session.seed(), {}}, title).run();
}

/// All reports of the program, which follow a training. The weights are saved already.
static int reportAfter(Session &session, int trained) {
  const nn_program &program = session.program;
  if (trained != Succeeded || program.report_count == 0)
    return trained;
  std::vector<const nn_report *> reports;
  for (int64_t i = 0; i < program.report_count; ++i)
    reports.push_back(&program.reports[i]);
  Status made = makeReports(session, reports);
  return made ? Succeeded : reportError(made.text(), made.error().suggestion);
}

int runTrain(Session &session) {
  int code = Succeeded;
  std::optional<StartedRecipe> started = startRecipe(session, code);
  if (!started)
    return code;
  const auto &[recipe, data, from] = *started;
  session.history = from.history;
  session.history.cut(recipe->name, from.step);
  catchInterrupts();
  return reportAfter(session, Trainer(session, *recipe, data, from).run());
}

int runEval(Session &session) {
  Result<const nn_recipe *> recipe = session.recipe();
  if (!recipe)
    return reportError(recipe.text(), {}, Misused);
  if (!(*recipe)->eval)
    return reportError(format("`%s` reports nothing, so there is nothing to evaluate", (*recipe)->name));
  if (Status started = session.startTrained(); !started)
    return reportError(started.text(), started.error().suggestion);
  Result<RecipeData> data = loadRecipeData(session.model, **recipe, session.searchPath());
  if (!data)
    return reportError(data.text(), data.error().suggestion);
  if (Status ready = session.loader.prepare(*(*recipe)->eval); !ready)
    return reportError(ready.text(), ready.error().suggestion);
  std::string split = reportSplit(*data, false);
  if (split.empty() && !data->tables.empty())
    return reportError(format("%s has no test split", data->tables[0].path.c_str()));
  double from = now();
  std::vector<Metric> metrics = evaluate(session.model, **recipe, *data, split, session.seed());
  if (session.options.json)
    writeOut(format("{\"recipe\":%s,\"split\":%s,", jsonString((*recipe)->name).c_str(), jsonString(split).c_str()) +
             jsonMetrics(metrics) + format(",\"seconds\":%.3f}\n", now() - from));
  else
    writeOut(metricsText(metrics) + (split.empty() ? "" : " (" + split + ")") + "\n");
  return Succeeded;
}

} // namespace nnrt
