/// Substitution of dimensions in types.
#include "Frontend/Sema/TypeAliases.h"

#include "llvm/ADT/STLExtras.h"

namespace nn::sema {

const ast::Type *TypeAliases::expand(const ast::NamedType *use, const ast::TypeAlias *alias) {
  auto [at, isNew] = written.insert({use, nullptr});
  if (!isNew)
    return at->second;
  Dims dims;
  for (auto [name, dim] : llvm::zip(alias->dims, use->dims))
    dims[name.text] = &dim;
  ast::Type *type = replace(alias->type, dims);
  type->range = use->range;
  return written[use] = type;
}

ast::Type *TypeAliases::replace(const ast::Type *type, const Dims &dims) {
  if (auto *named = llvm::dyn_cast<ast::NamedType>(type)) {
    std::vector<ast::Dim> own;
    for (const ast::Dim &dim : named->dims)
      own.push_back(replace(dim, dims));
    return context.make<ast::NamedType>(named->range, named->name, replace(named->arg, dims), named->hasDims,
                                        std::move(own));
  }
  if (auto *record = llvm::dyn_cast<ast::RecordType>(type)) {
    std::vector<ast::TypeField> fields;
    for (const ast::TypeField &field : record->fields)
      fields.push_back({field.label, replace(field.type, dims), field.range});
    return context.make<ast::RecordType>(record->range, std::move(fields));
  }
  if (auto *like = llvm::dyn_cast<ast::LikeType>(type))
    return context.make<ast::LikeType>(like->range, like->expr, like->dims);
  auto *function = llvm::cast<ast::FunctionType>(type);
  return context.make<ast::FunctionType>(function->range, function->params, function->result);
}

ast::Dim TypeAliases::replace(const ast::Dim &dim, const Dims &dims) {
  ast::Dim result = dim;
  auto *name = llvm::dyn_cast_or_null<ast::NameRef>(dim.extent);
  if (auto found = name ? dims.find(name->name) : dims.end(); found != dims.end()) {
    result = *found->second;
    if (dim.label)
      result.label = dim.label;
    return result;
  }
  result.extent = replace(dim.extent, dims);
  result.bound = replace(dim.bound, dims);
  return result;
}

ast::Expr *TypeAliases::replace(const ast::Expr *expr, const Dims &dims) {
  auto *same = const_cast<ast::Expr *>(expr);
  if (!expr)
    return nullptr;
  if (auto *name = llvm::dyn_cast<ast::NameRef>(expr)) {
    auto found = dims.find(name->name);
    return found == dims.end() ? same : found->second->extent;
  }
  if (auto *paren = llvm::dyn_cast<ast::Paren>(expr))
    return context.make<ast::Paren>(paren->range, replace(paren->inner, dims));
  if (auto *binary = llvm::dyn_cast<ast::Binary>(expr))
    return context.make<ast::Binary>(binary->range, binary->op, binary->opRange, replace(binary->lhs, dims),
                                     replace(binary->rhs, dims));
  if (auto *call = llvm::dyn_cast<ast::Call>(expr)) {
    std::vector<ast::Arg> args;
    for (const ast::Arg &arg : call->args)
      args.push_back({arg.label, replace(arg.value, dims), arg.range});
    return context.make<ast::Call>(call->range, call->callee, std::move(args), call->parens);
  }
  return same;
}

} // namespace nn::sema
