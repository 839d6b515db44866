/// The syntax tree of one file: what the parser makes and Sema consumes.
#ifndef NOETHER_FRONTEND_AST_AST_H
#define NOETHER_FRONTEND_AST_AST_H

#include "Frontend/AST/Expr.h"
#include "Frontend/AST/Item.h"
#include "Frontend/AST/Node.h"
#include "Frontend/AST/Type.h"

namespace nn::ast {

/// A parsed file. It owns every node below it.
struct File {
  /// The id of the file in the SourceManager.
  uint32_t file = 0;
  /// Tops and top-level statements, in source order.
  std::vector<Item *> items;
  Context context;
};

} // namespace nn::ast

#endif // NOETHER_FRONTEND_AST_AST_H
