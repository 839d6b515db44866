/// `check`: the program's claims of symmetry, tested with the weights that it has.
#include "cli/Cases.h"
#include "core/System.h"
#include "core/Text.h"
#include "io/Json.h"

#include <cmath>

namespace nnrt {
namespace {

constexpr double largeError = 1e-6;      ///< in double precision: no symmetry has it
constexpr double smallestOutput = 1e-12; ///< what is smaller is zero

/// What the tests of one claim found.
struct Found {
  double error = 0, narrowError = 0; ///< relative, in double precision and as the program computes
  int64_t tests = 0;
  std::string vacuous; ///< without tests: why none says anything
  /// The first case beyond `largeError`, of a claim with a bound the worst.
  Witness worst;
  Difference difference;

  bool holds(const nn_claim &claim) const {
    return tests > 0 && error <= (claim.within >= 0 ? claim.within : largeError);
  }
};

bool dependsOnInputs(const std::vector<Numbers> &one, const std::vector<Numbers> &other) {
  for (size_t r = 0; r < one.size(); ++r)
    if (!(differenceOf(one[r], other[r]).error <= smallestOutput))
      return true;
  return false;
}

/// What may keep a claim's tests from saying anything.
struct Vacuity {
  bool constant = true; ///< no output depends on the inputs
  bool zero = true;     ///< every output is
  bool fixed = true;    ///< no element moves anything

  std::string text() const {
    return fixed      ? "no element of the group moves anything"
           : zero     ? "its output is zero"
           : constant ? "its output does not depend on its inputs"
                      : "no test says anything";
  }
};

/// Tests one element on inputs with these outputs.
void testElement(ClaimRun &run, const nn_element &element, const std::vector<Numbers> &x, const std::vector<Numbers> &y,
                 bool depends, Found &found, Vacuity &vacuity) {
  Word word = wordOf(element);
  std::vector<Numbers> moved = x, wanted = y;
  run.moveInputs(moved, word);
  run.moveOutputs(wanted, word);
  if (moved == x && wanted == y)
    return;
  vacuity.fixed = false;
  Difference difference = run.compare(*run.claim.wide, x, word);
  if (difference.largest < smallestOutput)
    return;
  vacuity.zero = false;
  if (!depends && difference.error <= largeError)
    return;
  found.narrowError = std::fmax(found.narrowError, run.compare(*run.claim.function, x, word).error);
  bool isFirst = found.tests++ == 0 || (!(difference.error <= largeError) && found.error <= largeError);
  if (isFirst || (run.claim.within >= 0 && difference.error > found.error)) {
    found.worst = {run.claim.text, element.name, word, x};
    found.difference = difference;
  }
  if (!(difference.error <= found.error))
    found.error = difference.error;
}

Found testClaim(Session &session, const nn_claim &claim) {
  constexpr uint32_t rounds = 3;
  Found found;
  Vacuity vacuity;
  ClaimRun run(session, claim);
  for (uint32_t round = 0; round < rounds; ++round) {
    std::vector<Numbers> x = run.drawInputs(2 * round), y = run.evaluate(*claim.wide, x);
    bool depends = dependsOnInputs(y, run.evaluate(*claim.wide, run.drawInputs(2 * round + 1)));
    vacuity.constant = vacuity.constant && !depends;
    for (int64_t e = 0; e < claim.element_count; ++e)
      testElement(run, claim.elements[e], x, y, depends, found, vacuity);
  }
  if (found.tests == 0)
    found.vacuous = vacuity.text();
  if (claim.within >= 0 && found.error > largeError) {
    found.error = makeWorse(run, found.worst, found.error);
    found.difference = run.compare(*claim.wide, found.worst.inputs, found.worst.word);
    found.narrowError =
        std::fmax(found.narrowError, run.compare(*claim.function, found.worst.inputs, found.worst.word).error);
  }
  return found;
}

std::string twoDigits(double value) { return format("%.2g", value); }

/// "for the quarter turn, output[0] becomes 0.3 and would have to be -0.2".
std::string differenceText(const nn_claim &claim, const std::string &element, const Difference &difference) {
  std::vector<const nn_binding *> outputs = ClaimRun::outputsOf(*claim.wide);
  const nn_binding &output = *outputs[difference.result];
  return format("for %s, %s%s becomes %.4g and would have to be %.4g", element.c_str(), output.name,
                entryText(difference.entry, output.type).c_str(), difference.moved, difference.wanted);
}

/// The floats that the program itself computes with.
const char *precisionOf(const nn_claim &claim) {
  const nn_function &function = *claim.function;
  for (int64_t i = 0; i < function.result_count; ++i)
    if (isFloat(function.results[i].type.dtype))
      return dtypeName(function.results[i].type.dtype);
  for (int64_t i = 0; i < function.argument_count; ++i)
    if (isFloat(function.arguments[i].type.dtype))
      return dtypeName(function.arguments[i].type.dtype);
  return dtypeName(NN_F32);
}

std::string claimLine(const nn_claim &claim, const Found &found) {
  std::string text = std::string(claim.text) + ": ";
  if (found.tests == 0)
    return text + "nothing can be said: " + found.vacuous + "\n";
  std::string numbers =
      format("%s in %lld tests (%s: %s)", twoDigits(found.error).c_str(), static_cast<long long>(found.tests),
             precisionOf(claim), twoDigits(found.narrowError).c_str());
  if (claim.within >= 0)
    numbers += format(", claimed within %s", twoDigits(claim.within).c_str());
  text += (found.holds(claim) ? "holds, " : "does not hold, ") + numbers + "\n";
  if (!found.holds(claim))
    text += "  " + differenceText(claim, found.worst.element, found.difference) + "\n";
  return text;
}

std::string claimJson(const nn_claim &claim, const Found &found) {
  return format("{\"claim\":%s,\"holds\":%s,\"tests\":%lld,\"error\":%s,\"%s_error\":%s,\"within\":%s,\"why\":%s}",
                jsonString(claim.text).c_str(), found.holds(claim) ? "true" : "false",
                static_cast<long long>(found.tests), jsonNumber(found.error, true).c_str(), precisionOf(claim),
                jsonNumber(found.narrowError, true).c_str(),
                claim.within >= 0 ? jsonNumber(claim.within, true).c_str() : "null",
                found.vacuous.empty() ? "null" : jsonString(found.vacuous).c_str());
}

/// Weights of --weights, those inside, or a file of the program's name; else the initial ones.
Status startWithWeights(Session &session) {
  Status started = session.start();
  if (!started)
    return started;
  session.model.initialize(session.seed());
  bool given = !session.options.weights.empty() || session.program.weights_bytes > 0;
  if (given || isFile(std::string(session.program.name) + ".safetensors"))
    return session.loadWeights();
  session.log(format("check: initial weights, seed %lld", static_cast<long long>(session.options.seed)));
  return success();
}

Status prepareAll(Session &session) {
  for (int64_t i = 0; i < session.program.claim_count; ++i)
    for (const nn_function *function : {session.program.claims[i].function, session.program.claims[i].wide})
      if (Status ready = session.loader.prepare(*function); !ready)
        return ready;
  return success();
}

/// Both sides of a witness, and how far they are from each other.
int replay(Session &session) {
  Result<Witness> witness = readWitness(session, session.options.witness);
  if (!witness)
    return reportError(witness.text());
  const nn_claim &claim = *findClaim(session.program, witness->claim);
  ClaimRun run(session, claim);
  Difference difference = run.compare(*claim.wide, witness->inputs, witness->word);
  double narrow = run.compare(*claim.function, witness->inputs, witness->word).error;
  bool fails = !(difference.error <= (claim.within >= 0 ? claim.within : largeError));
  if (session.options.json)
    writeOut(witnessJson(run, *witness, difference));
  else
    writeOut(std::string(claim.text) + ": error " + twoDigits(difference.error) + " (" + precisionOf(claim) + ": " +
             twoDigits(narrow) + ")\n  " + differenceText(claim, witness->element, difference) + "\n");
  return fails ? Failed : Succeeded;
}

} // namespace

int runCheck(Session &session) {
  const nn_program &program = session.program;
  if (!session.options.positional.empty())
    return reportError(format("`check` takes no argument `%s`", session.options.positional[0].c_str()), {}, Misused);
  Status started = startWithWeights(session);
  if (started)
    started = prepareAll(session);
  if (!started)
    return reportError(started.text(), started.error().suggestion);
  if (!session.options.witness.empty())
    return replay(session);
  bool holds = true, written = session.options.output.empty();
  std::string json;
  for (int64_t i = 0; i < program.claim_count; ++i) {
    const nn_claim &claim = program.claims[i];
    Found found = testClaim(session, claim);
    if (!session.options.json)
      writeOut(claimLine(claim, found));
    json += (i ? "," : "") + claimJson(claim, found);
    if (!found.holds(claim) && found.tests > 0 && !written) {
      ClaimRun run(session, claim);
      Difference difference = makeSimpler(run, found.worst);
      std::string text = witnessJson(run, found.worst, difference);
      if (Status saved = writeFileAtomically(session.options.output, {{text.data(), text.size()}}); !saved)
        return reportError(saved.text());
      written = true;
    }
    holds = holds && found.holds(claim);
  }
  if (session.options.json)
    writeOut("{\"claims\":[" + json + "]}\n");
  return holds ? Succeeded : Failed;
}

} // namespace nnrt
