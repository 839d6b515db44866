/// Results of commands as files.
#pragma once

#include "core/Result.h"
#include "noether/abi.h"

#include <cstddef>
#include <string>
#include <vector>

namespace nnrt {

/// `--out FILE`, or `--out NAME=FILE` for one of several results.
struct OutputFile {
  std::string name, path;
};
OutputFile parseOutputFile(const std::string &text, const nn_command &command);

/// Writes results in the format that the ending of the path names: .json and .txt hold all of them; .csv, .npy, .png
/// and .wav one tensor. `rate`: samples a second of a sound.
Status writeOutput(const nn_command &command, const std::byte *io, const OutputFile &file, int64_t rate);

/// A tensor as the bytes of a file. Pictures are [h, w] or [c, h, w] with 1 or 3 channels, floats from 0 to 1 or bytes;
/// sounds are [n] or [channels, n], from -1 to 1.
Result<std::string> encodeCsv(const std::vector<double> &numbers, const nn_type &type);
Result<std::string> encodeNpy(const void *elements, const nn_type &type);
Result<std::string> encodePicture(const std::vector<double> &numbers, const nn_type &type);
Result<std::string> encodeWav(const std::vector<double> &numbers, const nn_type &type, int64_t rate);

} // namespace nnrt
