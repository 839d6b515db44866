/// Between the persistent block, whose layouts the compiler chose, and files in logical order.
#include "io/Checkpoint.h"
#include "core/Text.h"
#include "io/Matching.h"
#include "io/Safetensors.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

/// Calls visit(stored position, logical position) for every element, positions counted in elements.
template <class Visit> static void forEachElement(const nn_tensor &tensor, Visit visit) {
  std::vector<int64_t> index(size_t(tensor.type.rank));
  int64_t count = elementCount(tensor.type);
  for (int64_t logical = 0; logical < count; ++logical) {
    int64_t stored = 0;
    for (int64_t d = 0; d < tensor.digit_count; ++d) {
      const nn_digit &digit = tensor.digits[d];
      int64_t value = index[size_t(digit.axis)] / digit.divisor;
      stored += (digit.modulus ? value % digit.modulus : value) * digit.stride;
    }
    visit(stored, logical);
    for (int64_t axis = tensor.type.rank; axis-- > 0;) {
      if (++index[size_t(axis)] < tensor.type.shape[axis])
        break;
      index[size_t(axis)] = 0;
    }
  }
}

void gatherTensor(const nn_tensor &tensor, const std::byte *persistent, uint8_t *rowMajor) {
  int64_t size = dtypeSize(tensor.type.dtype);
  const std::byte *base = persistent + tensor.offset;
  if (tensor.digit_count == 0) {
    memcpy(rowMajor, base, size_t(elementCount(tensor.type) * size));
    return;
  }
  forEachElement(tensor, [&](int64_t stored, int64_t logical) {
    memcpy(rowMajor + logical * size, base + stored * size, size_t(size));
  });
}

void scatterTensor(const nn_tensor &tensor, std::byte *persistent, const uint8_t *rowMajor) {
  int64_t size = dtypeSize(tensor.type.dtype);
  std::byte *base = persistent + tensor.offset;
  if (tensor.digit_count == 0) {
    memcpy(base, rowMajor, size_t(elementCount(tensor.type) * size));
    return;
  }
  forEachElement(tensor, [&](int64_t stored, int64_t logical) {
    memcpy(base + stored * size, rowMajor + logical * size, size_t(size));
  });
}

/// Curves are stored beside the tensors under names that no path has: "history/train/test/accuracy".
static const char historyPrefix[] = "history/";

static void storeHistory(const History &history, std::vector<StoredTensor> &tensors) {
  for (const Curve &curve : history.curves) {
    std::vector<int64_t> shape{curve.points()};
    if (curve.width != 1)
      shape.push_back(curve.width);
    tensors.push_back({std::string(historyPrefix) + curve.recipe + "/" + curve.split + "/" + curve.name, NN_F64, shape,
                       reinterpret_cast<const uint8_t *>(curve.values.data()), curve.values.size() * sizeof(double)});
  }
}

static bool isCurve(const StoredTensor &stored) {
  return stored.name.rfind(historyPrefix, 0) == 0 && stored.dtype == NN_F64 && split(stored.name, '/').size() == 4;
}

static History readHistory(const Safetensors &file) {
  History history;
  for (const StoredTensor &stored : file.tensors) {
    if (!isCurve(stored))
      continue;
    std::vector<std::string> parts = split(stored.name, '/');
    Curve curve{parts[1], parts[2], parts[3], stored.shape.size() > 1 ? stored.shape[1] : 1, {}};
    curve.values.resize(stored.size / sizeof(double));
    memcpy(curve.values.data(), stored.data, stored.size);
    history.curves.push_back(std::move(curve));
  }
  return history;
}

Status saveCheckpoint(const nn_program &program, const std::byte *persistent, const std::string &path,
                      const CheckpointInfo &info) {
  std::vector<Bytes> copies;
  std::vector<StoredTensor> tensors;
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    if (tensor.of_experiment)
      continue;
    Bytes copy(size_t(elementCount(tensor.type) * dtypeSize(tensor.type.dtype)));
    gatherTensor(tensor, persistent, copy.data());
    tensors.push_back({tensor.path, tensor.type.dtype, shapeOf(tensor.type), copy.data(), copy.size()});
    copies.push_back(std::move(copy));
  }
  storeHistory(info.history, tensors);
  Metadata metadata = {{"program", program.name},
                       {"step", format("%lld", static_cast<long long>(info.step))},
                       {"seed", format("%llu", static_cast<unsigned long long>(info.seed))}};
  return writeSafetensors(path, tensors, metadata);
}

static bool isWanted(const nn_tensor &tensor, LoadScope scope) {
  return !tensor.of_experiment && (scope == LoadScope::Everything || tensor.role != NN_OPTIMIZER_STATE);
}

static std::vector<WantedTensor> wantedTensors(const nn_program &program, LoadScope scope) {
  std::vector<WantedTensor> wanted;
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    wanted.push_back({tensor.path, tensor.type.dtype, shapeOf(tensor.type), isWanted(tensor, scope)});
  }
  return wanted;
}

Result<CheckpointInfo> loadCheckpoint(const nn_program &program, std::byte *persistent, const uint8_t *bytes,
                                      size_t size, const std::string &name, LoadScope scope) {
  Result<Safetensors> file = parseSafetensors(bytes, size, name);
  if (!file)
    return file.error();
  std::vector<WantedTensor> wanted = wantedTensors(program, scope);
  Safetensors weights = *file;
  weights.tensors.erase(std::remove_if(weights.tensors.begin(), weights.tensors.end(), isCurve), weights.tensors.end());
  WeightMatch match = matchWeights(wanted, weights, scope == LoadScope::Model);
  if (!match.problems.empty()) {
    const size_t most = 12;
    std::string text = name + ": " + problemText(match.problems[0], program.name);
    for (size_t i = 1; i < match.problems.size() && i < most; ++i)
      text += "\n  " + problemText(match.problems[i], program.name);
    if (match.problems.size() > most)
      text += format("\n  and %zu more", match.problems.size() - most);
    return failure(text);
  }
  for (int64_t i = 0; i < program.tensor_count; ++i)
    if (wanted[size_t(i)].needed)
      scatterTensor(program.tensors[i], persistent, match.sources[size_t(i)]->data);
  CheckpointInfo info;
  int64_t seed = 0;
  if (!parseInteger(file->note("step"), info.step) || info.step < 0)
    info.step = 0;
  if (parseInteger(file->note("seed"), seed))
    info.seed = uint64_t(seed);
  info.history = readHistory(*file);
  for (size_t i : match.renamed)
    if (wanted[i].needed)
      info.renamed.push_back(format("`%s` is taken from `%s`", wanted[i].path.c_str(), match.sources[i]->name.c_str()));
  return info;
}

} // namespace nnrt
