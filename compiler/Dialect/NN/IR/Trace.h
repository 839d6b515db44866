/// How named values reach the executable's `trace`: attributes between Emit, inline-specialize and the descriptor.
#ifndef NOETHER_DIALECT_NN_IR_TRACE_H
#define NOETHER_DIALECT_NN_IR_TRACE_H

#include "llvm/ADT/StringRef.h"

namespace nn {

/// On a recipe the symbol of the function that gives all named values; on that function a unit.
inline constexpr llvm::StringLiteral traceAttrName = "nn.trace";
/// On an operation the names of its results in the program, "" for none. They do not outlive inline-specialize.
inline constexpr llvm::StringLiteral namesAttrName = "nn.names";
/// The functions below a traced one are copies, whose symbols begin like this.
inline constexpr llvm::StringLiteral tracedPrefix = "trace:";

} // namespace nn

#endif
