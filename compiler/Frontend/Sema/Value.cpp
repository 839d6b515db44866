/// Names in scope and how values are described.
#include "Frontend/Sema/Value.h"

namespace nn::sema {

Value::Value() = default;
Value::~Value() = default;
Value::Value(const Value &) = default;
Value::Value(Value &&) noexcept = default;
Value &Value::operator=(const Value &) = default;
Value &Value::operator=(Value &&) noexcept = default;

Value Value::ofInt(Dim dim) {
  Value value;
  value.kind = Kind::Int;
  value.integer = std::move(dim);
  return value;
}

Value Value::ofReal(double real) {
  Value value;
  value.kind = Kind::Real;
  value.real = real;
  return value;
}

Value Value::ofBool(bool truth) {
  Value value;
  value.kind = Kind::Bool;
  value.truth = truth;
  return value;
}

Value Value::ofTensor(checked::Expr *expr) {
  Value value;
  value.kind = Kind::Tensor;
  value.expr = expr;
  return value;
}

Value Value::ofCallable(std::shared_ptr<Callable> callable) {
  Value value;
  value.kind = Kind::Callable;
  value.callable = std::move(callable);
  return value;
}

std::optional<double> Value::asReal() const {
  if (kind == Kind::Real)
    return real;
  if (kind == Kind::Int)
    if (auto number = integer.constant())
      return double(*number);
  return std::nullopt;
}

const Value *Env::find(llvm::StringRef name) const {
  for (const Env *env = this; env; env = env->parent.get()) {
    auto found = env->names.find(name.str());
    if (found != env->names.end())
      return &found->second;
  }
  return nullptr;
}

const SourceRange *Env::boundInFunction(llvm::StringRef name) const {
  for (const Env *env = this; env; env = env->parent.get()) {
    auto found = env->places.find(name.str());
    if (found != env->places.end())
      return &found->second;
    if (env->isFunction)
      return nullptr;
  }
  return nullptr;
}

static std::string describeRecord(const Value &value) {
  std::string text = "the record (";
  for (size_t i = 0; i < value.fields.size(); ++i)
    text += (i ? ", " : "") + value.fields[i].first;
  return text + ")";
}

std::string Value::describe() const {
  switch (kind) {
  case Kind::Error:
    return "nothing";
  case Kind::Int:
    return "the integer " + integer.str();
  case Kind::Real: {
    std::string digits = std::to_string(real);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.')
      digits += '0';
    return "the number " + digits;
  }
  case Kind::Bool:
    return truth ? "`true`" : "`false`";
  case Kind::String:
    return "the text \"" + text + "\"";
  case Kind::List:
    return "a list of " + std::to_string(fields.size());
  case Kind::Shape:
    return "a shape";
  case Kind::Tensor:
    return "`" + expr->type.str() + "`";
  case Kind::Record:
    return describeRecord(*this);
  case Kind::Callable:
    if (!callable->peek.empty())
      return "what `" + callable->decl->name.text + "." + callable->peek + "` is for an input";
    if (callable->decl)
      return std::string(ast::spelling(callable->decl->role)) + " `" + callable->decl->name.text + "`";
    return "a function";
  case Kind::Distribution:
    return "a distribution";
  case Kind::Dataset:
    return "the data set `" + dataset->name + "`";
  case Kind::Module:
    return "the module `" + text + "`";
  }
  return "";
}

} // namespace nn::sema
