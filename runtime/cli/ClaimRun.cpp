/// Draws inputs of a claim, runs its function, compares.
#include "cli/ClaimRun.h"
#include "core/Text.h"
#include "data/Table.h"
#include "noether/philox.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nnrt {

const nn_binding *ClaimRun::argument(const nn_function &function, const char *name) const {
  for (int64_t i = 0; i < function.argument_count; ++i)
    if (function.arguments[i].kind == NN_BIND_ARGUMENT && strcmp(function.arguments[i].name, name) == 0)
      return &function.arguments[i];
  return nullptr;
}

static bool isTies(const nn_binding &output) { return strcmp(output.name, "nn.ties") == 0; }

std::vector<const nn_binding *> ClaimRun::outputsOf(const nn_function &function) {
  std::vector<const nn_binding *> outputs;
  for (int64_t i = 0; i < function.result_count; ++i)
    if (function.results[i].kind == NN_BIND_OUTPUT && !isTies(function.results[i]))
      outputs.push_back(&function.results[i]);
  return outputs;
}

const nn_type &ClaimRun::inputType(size_t input) const { return argument(*claim.wide, claim.inputs[input].name)->type; }

std::vector<Numbers> ClaimRun::drawInputs(uint32_t round) const {
  std::vector<Numbers> drawn;
  PhiloxKey key{uint32_t(session.seed()), uint32_t(session.seed() >> 32)};
  for (int64_t k = 0; k < claim.input_count; ++k) {
    Numbers values(size_t(elementCount(inputType(size_t(k)))));
    for (size_t e = 0; e < values.size(); ++e) {
      PhiloxWords words = philox({uint32_t(e), uint32_t(k), round, 0}, key);
      if (claim.inputs[k].below > 0) {
        values[e] = double(words[0] % uint64_t(claim.inputs[k].below));
        continue;
      }
      // Rounded to f32, so that both precisions get the same.
      BoxMullerF32 pair = boxMullerF32(words);
      values[e] =
          double(float(std::sqrt(-2 * std::log(double(pair.u1))) * std::cos(6.283185307179586 * double(pair.u2))));
    }
    drawn.push_back(std::move(values));
  }
  return drawn;
}

void ClaimRun::run(const nn_function &function, const std::vector<Numbers> &inputs) {
  Model &model = session.model;
  for (int64_t k = 0; k < claim.input_count; ++k)
    if (const nn_binding *place = argument(function, claim.inputs[k].name))
      convertNumbers(inputs[size_t(k)].data(), NN_F64, model.at(*place), place->type.dtype,
                     int64_t(inputs[size_t(k)].size()));
  session.call(function);
}

std::vector<Numbers> ClaimRun::evaluate(const nn_function &function, const std::vector<Numbers> &inputs) {
  run(function, inputs);
  std::vector<Numbers> outputs;
  for (const nn_binding *output : outputsOf(function)) {
    Numbers values(size_t(elementCount(output->type)));
    convertNumbers(session.model.at(*output), output->type.dtype, values.data(), NN_F64, int64_t(values.size()));
    outputs.push_back(std::move(values));
  }
  return outputs;
}

bool ClaimRun::hasTies(const std::vector<Numbers> &inputs) {
  const nn_function &function = *claim.wide;
  for (int64_t i = 0; i < function.result_count; ++i)
    if (isTies(function.results[i])) {
      run(function, inputs);
      double count = 0;
      convertNumbers(session.model.at(function.results[i]), function.results[i].type.dtype, &count, NN_F64, 1);
      return count > 0;
    }
  return false;
}

void ClaimRun::moveInputs(std::vector<Numbers> &inputs, const Word &word) const {
  for (int64_t s = 0; s < claim.space_count; ++s)
    for (int64_t k = 0; k < claim.input_count; ++k)
      if (!claim.spaces[s].is_result && strcmp(claim.spaces[s].name, claim.inputs[k].name) == 0)
        moveTensor(claim, claim.spaces[s], inputType(size_t(k)), word, inputs[size_t(k)]);
}

void ClaimRun::moveOutputs(std::vector<Numbers> &outputs, const Word &word) const {
  std::vector<const nn_binding *> bindings = outputsOf(*claim.wide);
  for (int64_t s = 0; s < claim.space_count; ++s)
    for (size_t k = 0; k < outputs.size(); ++k)
      if (claim.spaces[s].is_result && strcmp(claim.spaces[s].name, bindings[k]->name) == 0)
        moveTensor(claim, claim.spaces[s], bindings[k]->type, word, outputs[k]);
}

Difference differenceOf(const Numbers &moved, const Numbers &wanted) {
  Difference result;
  double most = 0;
  for (size_t k = 0; k < wanted.size(); ++k) {
    double own = std::fabs(moved[k] - wanted[k]);
    result.largest = std::max({result.largest, std::fabs(moved[k]), std::fabs(wanted[k])});
    if (k == 0 || !(own <= most)) {
      most = own;
      result.entry = int64_t(k), result.moved = moved[k], result.wanted = wanted[k];
    }
  }
  result.error = most == 0 ? 0 : most / result.largest;
  return result;
}

Difference ClaimRun::compare(const nn_function &function, const std::vector<Numbers> &inputs, const Word &word) {
  std::vector<Numbers> wanted = evaluate(function, inputs), moved = inputs;
  moveOutputs(wanted, word);
  moveInputs(moved, word);
  std::vector<Numbers> found = evaluate(function, moved);
  Difference worst;
  for (size_t r = 0; r < wanted.size(); ++r) {
    Difference own = differenceOf(found[r], wanted[r]);
    own.result = r;
    if (r == 0 || !(own.error <= worst.error))
      worst = own;
  }
  return worst;
}

} // namespace nnrt
