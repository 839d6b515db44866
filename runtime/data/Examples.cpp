/// One stored row stands for all, until it is replaced.
#include "data/Examples.h"
#include "data/Options.h"

namespace nnrt {

Result<Table> loadExamples(const ReaderRequest &request) {
  Result<int64_t> rows = OptionReader(request.options).integer("rows", 0, 1, UINT32_MAX);
  if (!rows)
    return rows.error();
  Table table;
  table.path = "the computed data";
  Split split;
  split.name = "train";
  split.rows = *rows;
  for (const DeclaredField &field : request.declared) {
    bool whole = field.kind == DeclaredField::Kind::Category || field.kind == DeclaredField::Kind::Integer;
    Column column = makeColumn(field.name, table.path, whole ? int64_t(NN_I32) : field.dtype, field.shape, 1);
    column.order.assign(size_t(*rows), 0);
    column.rows = *rows;
    split.columns.push_back(std::move(column));
    FieldInfo info;
    info.name = field.name;
    info.classes = field.classes;
    table.fields.push_back(std::move(info));
  }
  table.splits.push_back(std::move(split));
  return table;
}

} // namespace nnrt
