/// Witnesses as JSON: tensors as nested lists, weights by their paths.
#include "cli/Witness.h"
#include "core/System.h"
#include "core/Text.h"
#include "data/Table.h"
#include "io/Json.h"

namespace nnrt {

const nn_claim *findClaim(const nn_program &program, const std::string &text) {
  for (int64_t i = 0; i < program.claim_count; ++i)
    if (text == program.claims[i].text)
      return &program.claims[i];
  return nullptr;
}

static std::vector<int64_t> placeOf(int64_t entry, const nn_type &type) {
  std::vector<int64_t> place(size_t(type.rank), 0);
  for (auto axis = size_t(type.rank); axis-- > 0; entry /= type.shape[axis])
    place[axis] = entry % type.shape[axis];
  return place;
}

std::string entryText(int64_t entry, const nn_type &type) {
  std::vector<std::string> parts;
  for (int64_t place : placeOf(entry, type))
    parts.push_back(std::to_string(place));
  return parts.empty() ? std::string() : "[" + join(parts, ", ") + "]";
}

static std::string nested(const Numbers &numbers, const nn_type &type, int64_t axis, size_t &at) {
  if (axis == type.rank)
    return jsonNumber(numbers[at++], true);
  std::string text = "[";
  for (int64_t i = 0; i < type.shape[axis]; ++i)
    text += (i ? ", " : "") + nested(numbers, type, axis + 1, at);
  return text + "]";
}

std::string witnessJson(const ClaimRun &run, const Witness &witness, const Difference &difference) {
  std::string steps, inputs;
  for (const Step &step : witness.word)
    steps += format("%s[%lld, %s]", steps.empty() ? "" : ", ", static_cast<long long>(step.generator),
                    jsonNumber(step.amount, true).c_str());
  for (size_t k = 0; k < witness.inputs.size(); ++k) {
    size_t at = 0;
    inputs += (k ? ", " : "") + jsonString(run.claim.inputs[k].name) + ": " +
              nested(witness.inputs[k], run.inputType(k), 0, at);
  }
  const nn_binding &output = *ClaimRun::outputsOf(*run.claim.wide)[difference.result];
  std::string entry = entryText(difference.entry, output.type);
  return format("{\"claim\": %s,\n \"element\": %s, \"steps\": [%s],\n \"inputs\": {%s},\n",
                jsonString(witness.claim).c_str(), jsonString(witness.element).c_str(), steps.c_str(), inputs.c_str()) +
         format(" \"output\": %s, \"entry\": %s, \"moved\": %s, \"wanted\": %s, \"error\": %s}\n",
                jsonString(output.name).c_str(), entry.empty() ? "[]" : entry.c_str(),
                jsonNumber(difference.moved, true).c_str(), jsonNumber(difference.wanted, true).c_str(),
                jsonNumber(difference.error, true).c_str());
}

static void flatten(const Json &json, Numbers &numbers) {
  if (json.kind == Json::Number)
    numbers.push_back(json.number);
  for (const Json &item : json.items)
    flatten(item, numbers);
}

static Status readWeights(Session &session, const Json &weights) {
  for (size_t k = 0; k < weights.keys.size(); ++k) {
    const nn_tensor *own = nullptr;
    for (int64_t i = 0; i < session.program.tensor_count; ++i)
      if (weights.keys[k] == session.program.tensors[i].path)
        own = &session.program.tensors[i];
    Numbers numbers;
    flatten(weights.items[k], numbers);
    if (!own)
      return failure(format("it has weights `%s`, which this program does not have", weights.keys[k].c_str()));
    if (int64_t(numbers.size()) != elementCount(own->type))
      return failure(format("`%s` is %s here, and the witness has %zu numbers", own->path, typeText(own->type).c_str(),
                            numbers.size()));
    Bytes bytes(size_t(elementCount(own->type) * dtypeSize(own->type.dtype)));
    convertNumbers(numbers.data(), NN_F64, bytes.data(), own->type.dtype, int64_t(numbers.size()));
    scatterTensor(*own, session.model.changePersistent(), bytes.data());
  }
  return success();
}

static Status readSteps(const Json *steps, const nn_claim &claim, Word &word) {
  for (size_t k = 0; steps && k < steps->items.size(); ++k) {
    Numbers pair;
    flatten(steps->items[k], pair);
    if (pair.size() != 2 || pair[0] < 0 || pair[0] >= double(claim.generator_count))
      return failure("its steps are not [generator, amount] of the claim's group");
    word.push_back({int64_t(pair[0]), pair[1]});
  }
  return word.empty() ? failure("it has no steps") : success();
}

/// What the file says, checked against the program.
static Status takeWitness(Session &session, const Json &json, Witness &witness) {
  const Json *text = json.get("claim"), *inputs = json.get("inputs"), *weights = json.get("weights");
  const Json *element = json.get("element");
  const nn_claim *claim = text ? findClaim(session.program, text->text) : nullptr;
  if (!text || !inputs)
    return failure("it is no witness: those have a `claim` and `inputs`");
  if (!claim)
    return failure(format("it is about `%s`, which this program does not claim", text->text.c_str()));
  witness.claim = text->text;
  witness.element = element ? element->text : "an element";
  if (Status read = readSteps(json.get("steps"), *claim, witness.word); !read)
    return read;
  ClaimRun run(session, *claim);
  for (int64_t k = 0; k < claim->input_count; ++k) {
    const Json *input = inputs->get(claim->inputs[k].name);
    Numbers numbers;
    if (input)
      flatten(*input, numbers);
    const nn_type &type = run.inputType(size_t(k));
    if (int64_t(numbers.size()) != elementCount(type))
      return failure(format("`%s` is %s here, and the witness has %zu numbers", claim->inputs[k].name,
                            typeText(type).c_str(), numbers.size()));
    witness.inputs.push_back(std::move(numbers));
  }
  return weights ? readWeights(session, *weights) : success();
}

Result<Witness> readWitness(Session &session, const std::string &path) {
  Result<Bytes> bytes = readFile(path);
  if (!bytes)
    return bytes.error();
  Result<Json> json = parseJson(reinterpret_cast<const char *>(bytes->data()), bytes->size());
  if (!json)
    return failure(path + ": " + json.text());
  Witness witness;
  if (Status taken = takeWitness(session, *json, witness); !taken)
    return failure(path + ": " + taken.text());
  return witness;
}

} // namespace nnrt
