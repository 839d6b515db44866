/// `profile`: where the time of a training step, or of a command, goes.
#include "core/Profile.h"
#include "cli/Recipe.h"
#include "core/Limits.h"
#include "core/Text.h"
#include "io/Json.h"

#include <algorithm>
#include <cstring>

namespace nnrt {
namespace {

/// What is measured: a step of a recipe on its data, or a function whose arguments are in place.
class Repeated {
public:
  Repeated(Session &session, const nn_function &function) : session(session), function(function) {}
  Repeated(Session &session, const nn_recipe &recipe, const RecipeData &data)
      : session(session), function(*recipe.step), recipe(&recipe), feed(new Feed(recipe, data, session.seed())) {}
  ~Repeated() { delete feed; }
  Repeated(const Repeated &) = delete;

  void stage() {
    if (feed)
      feed->stage(session.model.io, done++, INT32_MAX, session.model.ioUser);
  }
  void run() {
    if (feed)
      session.model.call(function);
    else
      session.call(function);
  }
  /// "a step of 64 examples", "a run of `predict`".
  std::string text() const {
    if (!feed)
      return format("a run of `%s`", session.options.profiled.c_str());
    return recipe->data_count > 0 ? format("a step of %lld examples", static_cast<long long>(feed->batchSize()))
                                  : "a step";
  }

private:
  Session &session;
  const nn_function &function;
  const nn_recipe *recipe = nullptr;
  Feed *feed = nullptr;
  int64_t done = 0;
};

/// What one equation, or one routine, of the program took.
struct Row {
  std::string place, name;
  int64_t equations = 0;
  double seconds = 0;               ///< of a step
  double operations = 0, bytes = 0; ///< of a step
};

struct Measured {
  double seconds = 0; ///< of a step, the median, without clocks
  double staging = 0; ///< seconds to gather a batch
  int64_t steps = 0;
  Limits limits;
  std::vector<Row> rows; ///< longest first
  double between = 0;    ///< seconds of a step outside of kernels
  double clocked = 0;    ///< seconds of a step with clocks, the mean
  double secondsPerCycle;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Steps for about two seconds, unless their number was given.
int64_t stepsFor(const Options &options, double seconds) {
  if (options.steps > 0)
    return options.steps;
  return std::clamp<int64_t>(int64_t(1.0 / std::max(seconds, 1e-7)), 3, 10000);
}

Row &rowOf(std::vector<Row> &rows, const char *place, const char *name) {
  for (Row &row : rows)
    if (row.place == place && row.name == name)
      return row;
  rows.push_back({place, name});
  return rows.back();
}

/// A routine of the runtime: it has no equations, what it writes tells its place.
void addRoutine(const LaunchProfile::Launch &launch, double factor, std::vector<Row> &rows) {
  const nn_operand *written = nullptr;
  for (int64_t k = 0; launch.site && k < launch.site->operand_count && !written; ++k)
    if (launch.site->operands[k].written)
      written = &launch.site->operands[k];
  Row &row = rowOf(rows, written ? written->place : "a routine", written ? written->name : "");
  ++row.equations;
  row.seconds += launch.cycles * factor;
}

std::vector<Row> rowsOf(const LaunchProfile &profile, int64_t steps, double secondsPerCycle) {
  std::vector<Row> rows;
  double factor = secondsPerCycle / double(steps);
  for (const LaunchProfile::Launch &launch : profile.launches) {
    if (launch.shares.empty())
      addRoutine(launch, factor, rows);
    for (size_t k = 0; k < launch.shares.size(); ++k) {
      const nn_work &work = launch.site->works[k];
      Row &row = rowOf(rows, work.place, work.name);
      double runs = double(launch.runs) / double(steps);
      ++row.equations;
      row.seconds += launch.shares[k] * factor;
      row.operations += work.operations * runs;
      row.bytes += (work.bytes_read + work.bytes_written) * runs;
    }
  }
  std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) { return a.seconds > b.seconds; });
  return rows;
}

/// Some steps to warm up, the same again to see how long one takes, then as many under the eyes of `profile`. Of the
/// last of them, spans are kept.
Measured measure(Session &session, Repeated &work, LaunchProfile &profile) {
  Measured result;
  auto timed = [&](std::vector<double> &stagings) {
    double begun = now();
    work.stage();
    double staged = now();
    work.run();
    stagings.push_back(staged - begun);
    return now() - staged;
  };
  std::vector<double> stagings, times;
  timed(stagings);
  double first = timed(stagings);
  result.steps = stepsFor(session.options, first);
  for (int64_t step = 0; step < std::max<int64_t>(result.steps / 5, 1); ++step)
    timed(stagings);
  stagings.clear();
  for (int64_t step = 0; step < result.steps; ++step)
    times.push_back(timed(stagings));
  result.seconds = median(times);
  result.staging = median(stagings);
  session.model.watch(&profile);
  double begun = now();
  int64_t begunAt = cycles();
  for (int64_t step = 0; step < result.steps; ++step) {
    profile.keepSpans(step + 1 == result.steps);
    result.clocked += timed(stagings) / double(result.steps);
  }
  result.secondsPerCycle = (now() - begun) / double(cycles() - begunAt);
  session.model.watch(nullptr);
  result.rows = rowsOf(profile, result.steps, result.secondsPerCycle);
  result.between = result.clocked;
  for (const Row &row : result.rows)
    result.between -= row.seconds;
  result.limits = measureLimits(session.model.pool(), session.model.isa);
  return result;
}

std::string duration(double seconds) {
  if (seconds < 1e-3)
    return format("%.1f us", seconds * 1e6);
  return seconds < 1 ? format("%.2f ms", seconds * 1e3) : format("%.2f s", seconds);
}

/// "  84.2   71 %", or nothing.
std::string rate(double amount, double seconds, double limit) {
  if (amount <= 0 || seconds <= 0)
    return format("%8s %5s", "", "");
  return format("%8.1f %3.0f %%", amount / seconds * 1e-9, 100 * amount / seconds / limit);
}

std::string placeOf(const Row &row) {
  std::string text = row.place;
  if (!row.name.empty())
    text += format(", `%s`", row.name.c_str());
  return row.equations > 1 ? text + format(" (%lld equations)", static_cast<long long>(row.equations)) : text;
}

std::string table(const Session &session, const Repeated &work, const Measured &result) {
  int threads = session.model.threads();
  std::string on = threads == 1 ? "1 thread" : format("%d threads", threads);
  std::string text = format("%s takes %s on %s (median of %lld)", work.text().c_str(), duration(result.seconds).c_str(),
                            on.c_str(), static_cast<long long>(result.steps));
  if (result.staging > 0.01 * result.seconds)
    text += format(", and %s to gather its batch", duration(result.staging).c_str());
  text += format("\nthis machine does %.0f GFLOP/s and copies %.0f GB/s on %s\n\n", result.limits.operations * 1e-9,
                 result.limits.bytes * 1e-9, on.c_str());
  text += format("%10s %6s  %14s  %14s\n", "time", "share", "GFLOP/s", "GB/s");
  constexpr size_t shown = 30;
  double rest = 0;
  for (size_t k = 0; k < result.rows.size(); ++k) {
    const Row &row = result.rows[k];
    if (k >= shown && result.rows.size() > shown + 1) {
      rest += row.seconds;
      continue;
    }
    text += format("%10s %4.0f %%  %s  %s  %s\n", duration(row.seconds).c_str(), 100 * row.seconds / result.clocked,
                   rate(row.operations, row.seconds, result.limits.operations).c_str(),
                   rate(row.bytes, row.seconds, result.limits.bytes).c_str(), placeOf(row).c_str());
  }
  auto other = [&](double seconds, const std::string &what) {
    text += format("%10s %4.0f %%  %14s  %14s  %s\n", duration(seconds).c_str(), 100 * seconds / result.clocked, "", "",
                   what.c_str());
  };
  if (rest > 0)
    other(rest, format("%zu others", result.rows.size() - shown));
  other(std::max(result.between, 0.0), "between kernels");
  return text;
}

std::string json(const Session &session, const Measured &result) {
  std::string rows;
  for (const Row &row : result.rows)
    rows += (rows.empty() ? "" : ",") +
            format("{\"place\":%s,\"name\":%s,\"seconds\":%.9g,\"operations\":%.17g,\"bytes\":%.17g}",
                   jsonString(row.place).c_str(), jsonString(row.name).c_str(), row.seconds, row.operations, row.bytes);
  return format("{\"seconds\":%.9g,\"staging\":%.9g,\"clocked\":%.9g,\"between\":%.9g,\"steps\":%lld,\"threads\":%d,"
                "\"limits\":{\"operations\":%.6g,\"bytes\":%.6g},\"equations\":[%s]}\n",
                result.seconds, result.staging, result.clocked, result.between, static_cast<long long>(result.steps),
                session.model.threads(), result.limits.operations, result.limits.bytes, rows.c_str());
}

/// What a launch is called in a trace: the place of its first equation, and how many follow.
std::string titleOf(const nn_site *site) {
  if (!site || site->work_count == 0)
    return "a routine";
  std::string more = site->work_count > 1 ? format(" and %lld more", static_cast<long long>(site->work_count - 1)) : "";
  return site->works[0].place + more;
}

/// The trace-event format that Chrome and Perfetto show: complete events, in microseconds.
std::string chromeTrace(const LaunchProfile &profile, double secondsPerCycle) {
  std::string events;
  int64_t origin = profile.spans.empty() ? 0 : profile.spans[0].start;
  for (const LaunchProfile::Span &span : profile.spans)
    events += (events.empty() ? "" : ",\n") +
              format("{\"name\":%s,\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":%.3f,\"dur\":%.3f}",
                     jsonString(titleOf(profile.launches[span.launch].site)).c_str(), span.thread + 1,
                     double(span.start - origin) * secondsPerCycle * 1e6,
                     double(span.end - span.start) * secondsPerCycle * 1e6);
  return "{\"traceEvents\":[\n" + events + "\n]}\n";
}

int report(Session &session, Repeated &work) {
  LaunchProfile profile(session.model.pool());
  Measured result = measure(session, work, profile);
  writeOut(session.options.json ? json(session, result) : table(session, work, result));
  if (session.options.output.empty())
    return Succeeded;
  std::string trace = chromeTrace(profile, result.secondsPerCycle);
  Status written = writeFileAtomically(session.options.output, {{trace.data(), trace.size()}});
  return written ? Succeeded : reportError(written.text());
}

int profileRecipe(Session &session) {
  int code = Succeeded;
  std::optional<StartedRecipe> started = startRecipe(session, code);
  if (!started)
    return code;
  Repeated work(session, *started->recipe, started->data);
  return report(session, work);
}

} // namespace

int runProfile(Session &session) {
  const nn_command *command = findCommand(session.program, session.options.profiled);
  if (!command)
    return profileRecipe(session);
  int code = Succeeded;
  command = startCommand(session, *command, code);
  if (!command)
    return code;
  Repeated work(session, *command->function);
  return report(session, work);
}

} // namespace nnrt
