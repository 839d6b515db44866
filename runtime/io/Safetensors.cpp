/// Reading trusts nothing in the header; writing pads it to eight bytes, so that tensors are aligned.
#include "io/Safetensors.h"
#include "core/Text.h"
#include "io/Json.h"
#include "noether/abi.h"

#include <algorithm>
#include <cstring>

namespace nnrt {

const StoredTensor *Safetensors::find(const std::string &name) const {
  for (const StoredTensor &tensor : tensors)
    if (tensor.name == name)
      return &tensor;
  return nullptr;
}

std::string Safetensors::note(const std::string &key) const {
  for (const auto &entry : metadata)
    if (entry.first == key)
      return entry.second;
  return {};
}

static bool wholeNumber(const Json &json, int64_t &value) {
  return json.kind == Json::Number && parseInteger(json.text, value) && value >= 0;
}

/// One entry of the header; `problem` says what is wrong with it.
static bool readEntry(const Json &entry, const uint8_t *data, size_t size, StoredTensor &tensor, std::string &problem) {
  const Json *dtype = entry.get("dtype"), *shape = entry.get("shape"), *offsets = entry.get("data_offsets");
  int64_t begin, end;
  if (!dtype || dtype->kind != Json::String || !shape || shape->kind != Json::List || !offsets ||
      offsets->items.size() != 2 || !wholeNumber(offsets->items[0], begin) || !wholeNumber(offsets->items[1], end)) {
    problem = "its header entry lacks dtype, shape or data_offsets";
    return false;
  }
  tensor.dtype = -1;
  for (int64_t candidate = NN_BOOL; candidate <= NN_F64; ++candidate)
    if (dtype->text == dtypeTag(candidate))
      tensor.dtype = candidate;
  if (tensor.dtype < 0) {
    problem = format("elements of type %s are not read", dtype->text.c_str());
    return false;
  }
  int64_t bytes = dtypeSize(tensor.dtype);
  for (const Json &item : shape->items) {
    int64_t extent;
    if (!wholeNumber(item, extent) || __builtin_mul_overflow(bytes, extent, &bytes)) {
      problem = "its shape is no list of sizes";
      return false;
    }
    tensor.shape.push_back(extent);
  }
  if (begin > end || size_t(end) > size || end - begin != bytes) {
    problem = format("its bytes %lld to %lld do not fit %s in %zu bytes of data", static_cast<long long>(begin),
                     static_cast<long long>(end), typeText(tensor.dtype, tensor.shape).c_str(), size);
    return false;
  }
  tensor.data = data + begin;
  tensor.size = size_t(bytes);
  return true;
}

/// Tensors must cover the data without gap and overlap.
static bool coversData(const std::vector<StoredTensor> &tensors, const uint8_t *data, size_t size) {
  std::vector<std::pair<const uint8_t *, size_t>> spans;
  spans.reserve(tensors.size());
  for (const StoredTensor &tensor : tensors)
    spans.push_back({tensor.data, tensor.size});
  std::sort(spans.begin(), spans.end());
  const uint8_t *at = data;
  for (const auto &[start, length] : spans) {
    if (start != at)
      return false;
    at += length;
  }
  return at == data + size;
}

Result<Safetensors> parseSafetensors(const uint8_t *bytes, size_t size, const std::string &name) {
  uint64_t length = 0;
  if (size < 8)
    return failure(format("%s: offset %zu: the file ends inside the length of its header", name.c_str(), size));
  memcpy(&length, bytes, 8);
  if (length > size - 8)
    return failure(format("%s: offset 0: the header should be %llu bytes long, but %zu follow; not a safetensors file, "
                          "or one that was cut off",
                          name.c_str(), static_cast<unsigned long long>(length), size - 8));
  Result<Json> header = parseJson(reinterpret_cast<const char *>(bytes) + 8, size_t(length));
  if (!header)
    return failure(format("%s: the header is damaged, %s", name.c_str(), header.text().c_str()));
  if (header->kind != Json::Object)
    return failure(format("%s: offset 8: the header is no JSON object", name.c_str()));
  Safetensors result;
  const uint8_t *data = bytes + 8 + length;
  size_t dataSize = size - 8 - size_t(length);
  for (size_t i = 0; i < header->keys.size(); ++i) {
    const Json &entry = header->items[i];
    if (header->keys[i] == "__metadata__") {
      for (size_t k = 0; k < entry.keys.size(); ++k)
        result.metadata.push_back({entry.keys[k], entry.items[k].text});
      continue;
    }
    StoredTensor tensor;
    std::string problem;
    tensor.name = header->keys[i];
    if (result.find(tensor.name))
      return failure(format("%s: `%s` appears twice", name.c_str(), tensor.name.c_str()));
    if (!readEntry(entry, data, dataSize, tensor, problem))
      return failure(format("%s: `%s`: %s", name.c_str(), tensor.name.c_str(), problem.c_str()));
    result.tensors.push_back(std::move(tensor));
  }
  if (!coversData(result.tensors, data, dataSize))
    return failure(format("%s: the tensors do not cover the %zu bytes of data exactly", name.c_str(), dataSize));
  return result;
}

Status writeSafetensors(const std::string &path, const std::vector<StoredTensor> &tensors, const Metadata &metadata) {
  std::string header = "{\"__metadata__\":{";
  for (size_t i = 0; i < metadata.size(); ++i)
    header += (i ? "," : "") + jsonString(metadata[i].first) + ":" + jsonString(metadata[i].second);
  header += "}";
  size_t offset = 0;
  for (const StoredTensor &tensor : tensors) {
    header += "," + jsonString(tensor.name) + format(":{\"dtype\":\"%s\",\"shape\":[", dtypeTag(tensor.dtype));
    for (size_t axis = 0; axis < tensor.shape.size(); ++axis)
      header += format(axis ? ",%lld" : "%lld", static_cast<long long>(tensor.shape[axis]));
    header += format("],\"data_offsets\":[%zu,%zu]}", offset, offset + tensor.size);
    offset += tensor.size;
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  uint64_t length = header.size();
  std::vector<Part> parts = {{&length, 8}, {header.data(), header.size()}};
  for (const StoredTensor &tensor : tensors)
    parts.push_back({tensor.data, tensor.size});
  return writeFileAtomically(path, parts);
}

} // namespace nnrt
