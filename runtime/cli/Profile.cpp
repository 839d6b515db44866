/// `profile`: where the time of a training step goes, launch by launch.
#include "cli/Durations.h"
#include "cli/Feed.h"
#include "cli/Session.h"
#include "core/Text.h"
#include "core/Watch.h"
#include "io/Json.h"

#include <algorithm>

namespace nnrt {
namespace {

/// Every launch that the program writes, with the seconds that it takes in each step.
class LaunchTimes : public LaunchWatch {
public:
  struct Launch {
    const nn_site *site;
    double current = 0; ///< in this step; a launch in a loop is counted in every turn
    std::vector<double> steps;
  };

  void before(const nn_site *, void *const *) override { begun = now(); }
  void after(const nn_site *site, void *const *) override {
    double taken = now() - begun;
    auto found = std::find_if(launches.begin(), launches.end(), [&](const Launch &one) { return one.site == site; });
    if (found == launches.end())
      found = launches.insert(found, {site, 0, {}});
    found->current += taken;
  }
  void endStep() {
    for (Launch &launch : launches) {
      launch.steps.push_back(launch.current);
      launch.current = 0;
    }
  }

  std::vector<Launch> launches; ///< in the order in which they run

private:
  double begun = 0;
};

struct Line {
  double seconds, bytesPerSecond;
  std::string what;
};

/// The equations whose results a launch stores: of those fused into it the others are not named.
std::string equationsOf(const nn_site *site) {
  std::vector<std::string> places;
  for (int64_t k = 0; site && k < site->operand_count; ++k) {
    const nn_operand &operand = site->operands[k];
    std::string place = *operand.name ? format("`%s`, %s", operand.name, operand.place) : operand.place;
    if (operand.written && std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  }
  const size_t most = 3;
  std::string more = places.size() > most ? format("; %zu more", places.size() - most) : std::string();
  places.resize(std::min(places.size(), most));
  return places.empty() ? "no equation of the program" : join(places, "; ") + more;
}

/// Every tensor once in each direction: what a launch moves at least.
double bytesOf(const nn_site *site) {
  double bytes = 0;
  for (int64_t k = 0; site && k < site->operand_count; ++k)
    bytes += double(site->operands[k].count * dtypeSize(site->operands[k].dtype)) *
             double((site->operands[k].read != 0) + (site->operands[k].written != 0));
  return bytes;
}

std::vector<Line> linesOf(const LaunchTimes &times) {
  std::vector<Line> lines;
  for (const LaunchTimes::Launch &launch : times.launches) {
    double seconds = typicalOf(launch.steps);
    lines.push_back({seconds, bytesOf(launch.site) / std::max(seconds, 1e-9), equationsOf(launch.site)});
  }
  std::sort(lines.begin(), lines.end(), [](const Line &a, const Line &b) { return a.seconds > b.seconds; });
  return lines;
}

std::string tableOf(const std::vector<Line> &lines, double step) {
  std::string text = "      ms  share    GB/s  computes\n";
  for (const Line &line : lines)
    text += format("%8s  %4.1f%%  %6.1f  %s\n", milliseconds(line.seconds).c_str(), line.seconds / step * 100,
                   line.bytesPerSecond * 1e-9, line.what.c_str());
  return text;
}

std::string jsonOf(const std::vector<Line> &lines, double step) {
  std::string text;
  for (const Line &line : lines)
    text += (text.empty() ? "" : ",") + format("{\"seconds\":%.9f,\"bytes_per_second\":%.0f,\"computes\":%s}",
                                               line.seconds, line.bytesPerSecond, jsonString(line.what).c_str());
  return format("{\"step_seconds\":%.9f,\"launches\":[%s]}\n", step, text.c_str());
}

} // namespace

int runProfile(Session &session) {
  Result<const nn_recipe *> recipe = session.recipe();
  if (!recipe)
    return reportError(recipe.text(), {}, Misused);
  if (Status started = session.start(); !started)
    return reportError(started.text());
  Result<RecipeData> data = trainingData(session, **recipe);
  if (!data)
    return reportError(data.text(), data.error().suggestion);
  session.model.initialize(session.seed());
  if (Result<CheckpointInfo> from = session.loadForTraining(); !from)
    return reportError(from.text());
  Feed feed(**recipe, *data, session.seed());
  LaunchTimes times;
  Durations whole;
  session.model.watch(&times);
  int64_t steps = session.options.steps ? session.options.steps : 20;
  for (int64_t step = 0; step < steps; ++step) {
    double begun = now();
    feed.stage(session.model, step, steps);
    session.model.call(*(*recipe)->step);
    whole.add(now() - begun);
    times.endStep();
  }
  session.model.watch(nullptr);
  std::vector<Line> lines = linesOf(times);
  session.log(whole.text("step"));
  writeOut(session.options.json ? jsonOf(lines, whole.typical()) : tableOf(lines, whole.typical()));
  return Succeeded;
}

} // namespace nnrt
