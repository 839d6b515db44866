/// A program's parameters and states as a safetensors file.
#pragma once

#include "core/Result.h"
#include "io/History.h"
#include "noether/abi.h"

#include <cstddef>
#include <string>
#include <vector>

namespace nnrt {

/// Where training stood.
struct CheckpointInfo {
  int64_t step = 0; ///< steps done
  uint64_t seed = 0;
  History history = {};                  ///< what it reported so far
  std::vector<std::string> renamed = {}; ///< a sentence for each tensor that the file holds under another path
};

/// What a load must find.
enum class LoadScope {
  Model,     ///< parameters and model states; optimizer states are passed over
  Everything ///< all, for going on with training
};

Status saveCheckpoint(const nn_program &program, const std::byte *persistent, const std::string &path,
                      const CheckpointInfo &info);

/// Loads from memory; `name` is for messages. Layers may have been renamed since (see Matching.h). Refuses missing,
/// unknown and mis-shaped tensors, each with its path and both types, before it changes anything.
Result<CheckpointInfo> loadCheckpoint(const nn_program &program, std::byte *persistent, const uint8_t *bytes,
                                      size_t size, const std::string &name, LoadScope scope);

/// Copies a tensor between its stored layout and row-major order.
void gatherTensor(const nn_tensor &tensor, const std::byte *persistent, uint8_t *rowMajor);
void scatterTensor(const nn_tensor &tensor, std::byte *persistent, const uint8_t *rowMajor);

} // namespace nnrt
