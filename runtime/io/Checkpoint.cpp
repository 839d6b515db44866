/// Between the persistent block, whose layouts the compiler chose, and files in logical order.
#include "io/Checkpoint.h"
#include "core/Text.h"
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
static const std::string historyPrefix = "history/";

static void storeHistory(const History &history, std::vector<StoredTensor> &tensors) {
  for (const Curve &curve : history.curves) {
    std::vector<int64_t> shape{curve.points()};
    if (curve.width != 1)
      shape.push_back(curve.width);
    tensors.push_back({historyPrefix + curve.recipe + "/" + curve.split + "/" + curve.name, NN_F64, shape,
                       reinterpret_cast<const uint8_t *>(curve.values.data()), curve.values.size() * sizeof(double)});
  }
}

static bool isCurve(const StoredTensor &stored) {
  return stored.name.compare(0, historyPrefix.size(), historyPrefix) == 0 && stored.dtype == NN_F64 &&
         split(stored.name, '/').size() == 4;
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

/// Everything that keeps a file from being this program's, one sentence each.
static std::vector<std::string> mismatches(const nn_program &program, const Safetensors &file, LoadScope scope) {
  std::vector<std::string> problems, paths;
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    paths.push_back(tensor.path);
    const StoredTensor *stored = file.find(tensor.path);
    bool wanted = isWanted(tensor, scope);
    if (!stored && wanted)
      problems.push_back(
          format("`%s` is missing; the program has %s there", tensor.path, typeText(tensor.type).c_str()));
    if (stored && wanted && (stored->dtype != tensor.type.dtype || stored->shape != shapeOf(tensor.type)))
      problems.push_back(format("`%s` is %s, but the program has %s", tensor.path,
                                typeText(stored->dtype, stored->shape).c_str(), typeText(tensor.type).c_str()));
  }
  for (const StoredTensor &stored : file.tensors)
    if (!isCurve(stored) && std::find(paths.begin(), paths.end(), stored.name) == paths.end())
      problems.push_back(format("`%s` (%s) is not a tensor of %s", stored.name.c_str(),
                                typeText(stored.dtype, stored.shape).c_str(), program.name));
  return problems;
}

Result<CheckpointInfo> loadCheckpoint(const nn_program &program, std::byte *persistent, const uint8_t *bytes,
                                      size_t size, const std::string &name, LoadScope scope) {
  Result<Safetensors> file = parseSafetensors(bytes, size, name);
  if (!file)
    return file.error();
  std::vector<std::string> problems = mismatches(program, *file, scope);
  if (!problems.empty()) {
    std::string text = name + ": " + problems[0];
    for (size_t i = 1; i < problems.size() && i < 4; ++i)
      text += "\n  " + problems[i];
    if (problems.size() > 4)
      text += format("\n  and %zu more", problems.size() - 4);
    return failure(text);
  }
  for (int64_t i = 0; i < program.tensor_count; ++i) {
    const nn_tensor &tensor = program.tensors[i];
    if (isWanted(tensor, scope))
      scatterTensor(tensor, persistent, file->find(tensor.path)->data);
  }
  CheckpointInfo info;
  int64_t seed = 0;
  if (!parseInteger(file->note("step"), info.step) || info.step < 0)
    info.step = 0;
  if (parseInteger(file->note("seed"), seed))
    info.seed = uint64_t(seed);
  info.history = readHistory(*file);
  return info;
}

} // namespace nnrt
