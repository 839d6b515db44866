/// Clouds of points and molecules.
#pragma once

#include "data/Readers.h"

namespace nnrt {

/// One frame of an .xyz file: an array for each property of its points, and what its comment says of the whole.
struct XyzFrame {
  struct Property {
    std::string name;
    int64_t width = 1; ///< numbers a point; texts have 1
    bool integers = false, texts = false;
    std::vector<double> numbers;
    std::vector<std::string> words;
  };
  std::string file;
  int64_t line = 1; ///< where it begins
  int64_t points = 0;
  std::vector<Property> properties; ///< of points
  std::vector<Property> facts;      ///< of the frame: one number, some numbers, or a text
};

/// The frames of a text: number of points, comment, a line a point; or nothing but points.
Result<std::vector<XyzFrame>> parseXyz(const std::string &file, const Bytes &bytes);

/// A split of frames; `table` gets the fields, unless it has them. A class has the same number in all splits.
Result<Split> splitOfFrames(const std::string &name, const std::vector<XyzFrame> &frames, const ReaderRequest &request,
                            Table &table);

/// A file of one or many frames.
Result<Table> loadXyz(const ReaderRequest &request);

} // namespace nnrt
