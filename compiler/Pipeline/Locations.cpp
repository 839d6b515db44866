// Reading MLIR locations as source ranges.
#include "Pipeline/Locations.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace nn {

static SourceRange rangeOfFile(mlir::FileLineColRange location, const SourceManager &sources) {
  uint32_t file = sources.find(location.getFilename().getValue());
  if (file == SourceRange::noFile)
    return {};
  uint32_t begin = sources.offset(file, {location.getStartLine(), location.getStartColumn()});
  uint32_t end = sources.offset(file, {location.getEndLine(), location.getEndColumn()});
  return {file, begin, std::max(begin, end)};
}

SourceRange rangeOf(mlir::Location location, const SourceManager &sources) {
  return llvm::TypeSwitch<mlir::Location, SourceRange>(location)
      .Case([&](mlir::FileLineColRange at) { return rangeOfFile(at, sources); })
      .Case([&](mlir::NameLoc at) { return rangeOf(at.getChildLoc(), sources); })
      .Case([&](mlir::CallSiteLoc at) {
        SourceRange caller = rangeOf(at.getCaller(), sources);
        return caller.valid() ? caller : rangeOf(at.getCallee(), sources);
      })
      .Case([&](mlir::FusedLoc at) {
        for (mlir::Location part : at.getLocations())
          if (SourceRange range = rangeOf(part, sources); range.valid())
            return range;
        return SourceRange();
      })
      .Default([](mlir::Location) { return SourceRange(); });
}

SourceRange libraryRangeOf(mlir::Location location, const SourceManager &sources) {
  if (auto named = mlir::dyn_cast<mlir::NameLoc>(location))
    return libraryRangeOf(named.getChildLoc(), sources);
  auto call = mlir::dyn_cast<mlir::CallSiteLoc>(location);
  return call && rangeOf(call.getCaller(), sources).valid() ? rangeOf(call.getCallee(), sources) : SourceRange();
}

} // namespace nn
