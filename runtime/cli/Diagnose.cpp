/// Steps are functions of seed and step, so that a failed one fails again while somebody looks.
#include "cli/Diagnose.h"
#include "core/Text.h"
#include "core/Watch.h"

namespace nnrt {

static std::string describe(const NumberWatch::Finding &finding, int64_t step, bool isNan) {
  const nn_operand &made = finding.site->operands[finding.operand];
  std::string text = format("%s gave the first %s%s%s, in step %lld: %s", made.place, isNan ? "nan" : "infinity",
                            *made.name ? ", in " : "", *made.name ? format("`%s`", made.name).c_str() : "",
                            static_cast<long long>(step) + 1, contentsText(finding.contents).c_str());
  for (int64_t k = 0; k < finding.site->operand_count; ++k) {
    const nn_operand &operand = finding.site->operands[k];
    if (operand.written && !operand.read)
      continue;
    std::string name = *operand.name ? format("`%s`", operand.name) : std::string(operand.place);
    text += format("\n  it reads %s: %s", name.c_str(), contentsText(finding.read[size_t(k)]).c_str());
  }
  return text;
}

std::string findCause(Model &model, const nn_recipe &recipe, Feed &feed, int64_t first, int64_t last, int64_t total,
                      bool isNan) {
  NumberWatch watch;
  model.watch(&watch);
  std::string cause;
  for (int64_t step = first; step <= last && cause.empty(); ++step) {
    feed.stage(model.io, step, total);
    model.call(*recipe.step);
    // Masks hold infinities on purpose: where a NaN was the trouble, only NaNs count.
    const NumberWatch::Finding &found = isNan ? watch.firstNan : watch.firstInfinity;
    if (found.site)
      cause = describe(found, step, isNan);
  }
  model.watch(nullptr);
  return cause;
}

} // namespace nnrt
