/// Visiting syntax trees.
#ifndef NOETHER_FRONTEND_AST_WALK_H
#define NOETHER_FRONTEND_AST_WALK_H

#include "Frontend/AST/AST.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace nn::ast {

/// Calls `visit` for a node and all expressions, types and statements below it, in the order of the source.
void walk(const Node *node, llvm::function_ref<void(const Node &)> visit);

} // namespace nn::ast

#endif
