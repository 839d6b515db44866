/// From places in IR back to places in source files.
#ifndef NOETHER_PIPELINE_LOCATIONS_H
#define NOETHER_PIPELINE_LOCATIONS_H

#include "Diagnostics/Source.h"
#include "mlir/IR/Location.h"

namespace nn {

/// The source range a location stands for: a FileLineColRange whose file is in `sources` (columns from 1, in
/// characters), also below names, fusions and call sites (there the outermost caller in `sources` wins, because that
/// is what the user wrote). Invalid if there is none.
SourceRange rangeOf(mlir::Location location, const SourceManager &sources);

/// Where the library computes what the program called it for; invalid if the location is none of a call.
SourceRange libraryRangeOf(mlir::Location location, const SourceManager &sources);

} // namespace nn

#endif
