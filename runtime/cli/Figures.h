/// Values of reports as plots: which kind suits a value, and what its axes are.
#pragma once

#include "io/History.h"
#include "noether/abi.h"

#include <string>
#include <vector>

namespace nnrt {

/// A tensor of a report.
struct ReportedValue {
  std::string name; ///< of the part of a record; "" for the only one
  int64_t dtype = 0;
  std::vector<int64_t> shape;
  std::vector<double> numbers;
  std::vector<double> x; ///< of a curve: the steps or epochs of its points
  std::string xLabel;    ///< of a curve: "epoch" or "step"
  const nn_output *output = nullptr;
};

/// One plot as a file and for the terminal.
struct Figure {
  std::string suffix; ///< of the file's name: "" or ".first"
  std::string svg, text;
};

/// Where examples of a boundary are taken from.
struct ExamplePoints {
  std::vector<double> x, y;
  std::vector<int64_t> classes;
  std::vector<std::string> classNames;
};

std::vector<Figure> figuresOf(const nn_report &report, const std::vector<ReportedValue> &values,
                              const ExamplePoints &examples, int width, bool color);

} // namespace nnrt
