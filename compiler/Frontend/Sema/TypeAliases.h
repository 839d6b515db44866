/// Named types: `Graph[n, e]` stands for the type it was declared as, with these dimensions in place of its own.
#ifndef NOETHER_FRONTEND_SEMA_TYPEALIASES_H
#define NOETHER_FRONTEND_SEMA_TYPEALIASES_H

#include "Frontend/AST/Item.h"

#include <map>

namespace nn::sema {

/// Writes named types out. It owns what it writes, and writes each use once.
class TypeAliases {
public:
  /// The type that a use of an alias stands for; the use has as many dimensions as the alias, and no rest among them.
  const ast::Type *expand(const ast::NamedType *use, const ast::TypeAlias *alias);

private:
  using Dims = std::map<std::string, const ast::Dim *>;
  ast::Type *replace(const ast::Type *type, const Dims &dims);
  ast::Dim replace(const ast::Dim &dim, const Dims &dims);
  ast::Expr *replace(const ast::Expr *expr, const Dims &dims);

  ast::Context context;
  std::map<const ast::NamedType *, const ast::Type *> written;
};

} // namespace nn::sema

#endif
