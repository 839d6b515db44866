// Computed data as the interpreter computes it, measured as if it had been read.
#include "Pipeline/Examples.h"
#include "Interpreter/Interpreter.h"
#include "core/Text.h"
#include "data/Readers.h"
#include "data/Summary.h"
#include <algorithm>

namespace nn {
namespace {

class InterpretedExamples : public nnrt::TableFiller {
public:
  InterpretedExamples(mlir::ModuleOp module, const checked::Root &generator) : module(module), generator(generator) {}
  nnrt::Status fill(nnrt::Table &table, uint64_t seed) override;

private:
  mlir::ModuleOp module;
  const checked::Root &generator;
};

/// Row `from` of a result, which may be the same for all rows, as row `to` of a column.
void copyRow(const interpreter::Tensor &result, int64_t from, nnrt::Column &column, int64_t to) {
  bool shared = result.shape.size() == column.shape.size();
  size_t first = shared ? 0 : size_t(from * column.elements);
  uint8_t *place = column.bytes.data() + size_t(to * column.elements * nnrt::dtypeSize(column.dtype));
  if (result.isFloat)
    nnrt::convertNumbers(result.floats.data() + first, NN_F64, place, column.dtype, column.elements);
  else
    nnrt::convertNumbers(result.integers.data() + first, NN_I64, place, column.dtype, column.elements);
}

} // namespace

nnrt::Status InterpretedExamples::fill(nnrt::Table &table, uint64_t seed) {
  nnrt::Split &split = table.splits[0];
  for (nnrt::Column &column : split.columns)
    column = nnrt::makeColumn(column.name, column.file, column.dtype, column.shape, split.rows);
  for (int64_t first = 0; first < split.rows; first += generator.batch) {
    int64_t count = std::min(generator.batch, split.rows - first);
    interpreter::Inputs inputs;
    std::vector<int64_t> positions(size_t(generator.batch), 0);
    inputs.examples.assign(size_t(generator.batch), 0);
    for (int64_t row = 0; row < count; ++row) {
      positions[size_t(row)] = first + row;
      inputs.examples[size_t(row)] = int32_t(first + row);
    }
    inputs.arguments["k"] = interpreter::Tensor::ofIntegers({generator.batch}, std::move(positions));
    inputs.seed = seed;
    inputs.step = 0;
    inputs.batchSize = count;
    auto outputs = interpreter::interpret(module, generator.function->name, inputs);
    if (mlir::failed(outputs))
      return nnrt::failure("the interpreter does not take the data set's function");
    for (auto [name, result] : llvm::zip(generator.results, outputs->results))
      for (nnrt::Column &column : split.columns)
        for (int64_t row = 0; column.name == name && row < count; ++row)
          copyRow(result, row, column, first + row);
  }
  return nnrt::success();
}

void measureExamples(checked::Program &program, mlir::ModuleOp module) {
  for (checked::Dataset *dataset : program.datasets) {
    if (!dataset->generator.function)
      continue;
    nnrt::DataRequest request{{}, dataset->declared, {}};
    for (const checked::DataStage &stage : dataset->stages)
      request.stages.push_back(stage.what);
    dataset->measured = std::min(dataset->computed, mostMeasured);
    request.stages[0].options[0].second = std::to_string(dataset->measured);
    InterpretedExamples filler(module, dataset->generator);
    nnrt::Result<nnrt::Table> table = nnrt::loadData(request, &filler);
    if (table)
      dataset->info->fields = nnrt::summarize(*table, /*thorough=*/true).fields;
  }
}

} // namespace nn
