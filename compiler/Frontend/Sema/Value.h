/// What an expression of the source means while it is checked: something known at compile time, a tensor, or a record
/// of values.
#ifndef NOETHER_FRONTEND_SEMA_VALUE_H
#define NOETHER_FRONTEND_SEMA_VALUE_H

#include "Frontend/AST/Item.h"
#include "Frontend/Sema/Checked.h"

#include <map>
#include <memory>

namespace nn::sema {

struct Value;
struct NamedValue;
struct Instance;
struct Module;

/// A set of parameters: one written instantiation inside an enclosing instance.
struct Instance {
  std::string path; ///< "Classifier.dense_1"; empty for the program itself
  Instance *parent = nullptr;
  std::map<std::pair<const ast::Node *, int64_t>, std::unique_ptr<Instance>> children; ///< by site and copy
  std::map<std::string, unsigned> counters; ///< how many unnamed instances of each model
  const ast::Function *model = nullptr;
};

struct Callable;

/// A value while checking. Error is the value of what has been reported: it makes no further noise.
struct Value {
  enum class Kind : uint8_t {
    Error,
    Int,
    Real,
    Bool,
    String,
    List,
    Shape,
    Tensor,
    Record,
    Callable,
    Distribution,
    Dataset,
    Module
  };
  Kind kind = Kind::Error;
  Dim integer;                         ///< Int
  double real = 0;                     ///< Real
  bool truth = false;                  ///< Bool
  std::string text;                    ///< String; Distribution: its law
  Shape shape;                         ///< Shape: what `..s` is bound to
  checked::Expr *expr = nullptr;       ///< Tensor
  std::vector<NamedValue> fields;      ///< Record; List with empty names; Distribution: its parameters
  std::shared_ptr<Callable> callable;  ///< Callable
  checked::Dataset *dataset = nullptr; ///< Dataset
  const Module *module = nullptr;      ///< Module; its name is `text`
  const ast::Node *setting = nullptr;  ///< Int, Real: the top-level literal it is, which the command line may replace
  std::string settingName;
  bool batchRows = false;              ///< Int: the extent of a batch axis; as a number it is `batch_size`
  std::vector<std::string> classNames; ///< Record made by `top`: names of the classes
  bool ranking = false;                ///< Record made by `top`
  SourceRange range;                   ///< where it was written

  Value();
  ~Value();
  Value(const Value &);
  Value(Value &&) noexcept;
  Value &operator=(const Value &);
  Value &operator=(Value &&) noexcept;

  bool isError() const { return kind == Kind::Error; }
  bool isNumber() const { return kind == Kind::Int || kind == Kind::Real; }
  bool isTensor() const { return kind == Kind::Tensor; }
  /// The number, if it is one without open dimension variables.
  std::optional<double> asReal() const;

  static Value ofInt(Dim dim);
  static Value ofReal(double real);
  static Value ofBool(bool truth);
  static Value ofTensor(checked::Expr *expr);
  static Value ofCallable(std::shared_ptr<Callable> callable);
  /// "a number", "a tensor `f32[3]`", "a function": for messages.
  std::string describe() const;
};

/// A field of a record.
struct NamedValue {
  std::string first; ///< its name; empty in lists
  Value second;
};

/// Names in scope, innermost first.
struct Env : std::enable_shared_from_this<Env> {
  std::map<std::string, Value> names;
  std::map<std::string, SourceRange> places; ///< where a name was bound
  std::shared_ptr<Env> parent;
  bool isFunction = false; ///< the outermost scope of a function or recipe: what lies outside may be shadowed

  /// A scope inside this one.
  std::shared_ptr<Env> child() {
    auto env = std::make_shared<Env>();
    env->parent = shared_from_this();
    return env;
  }
  const Value *find(llvm::StringRef name) const;
  /// Where the name was bound inside the same function or recipe, if it was.
  const SourceRange *boundInFunction(llvm::StringRef name) const;
};

/// Something that can be called.
struct Callable {
  enum class Kind : uint8_t {
    Declared,
    Lambda,
    Builtin,
    Reducer,
    Scalar,
    Chain,
    Copies,
    Recompute,
    Computed,
    Objective,
    Symmetrized
  };
  Kind kind = Kind::Builtin;
  const ast::Function *decl = nullptr;      ///< Declared
  bool hyperGiven = false;                  ///< Declared: the first of two lists has been given
  std::map<std::string, Value> hyper;       ///< Declared: values of the hyperparameters
  Instance *instance = nullptr;             ///< Declared models: whose parameters
  const ast::Lambda *lambda = nullptr;      ///< Lambda
  std::shared_ptr<Env> env;                 ///< Lambda, Computed, Symmetrized: what it sees; Declared: the module
  Instance *self = nullptr;                 ///< Lambda, Computed: the instance it was written in
  std::string builtin;                      ///< Builtin
  ast::Reducer reducer = ast::Reducer::Sum; ///< Reducer
  std::shared_ptr<Value> constant;          ///< Scalar: a number used as a schedule; Objective: the parameters
  std::vector<Value> chain; ///< Chain: `repeat`, applied left to right; Copies: side by side; the one of Recompute and
                            ///< of Symmetrized
  const ast::Arg *group = nullptr;        ///< Symmetrized: the group and what it moves
  int degree = 3;                         ///< Symmetrized: of the quadrature
  const ast::Bind *computed = nullptr;    ///< Computed: a constant at the top of a file that code computes
  checked::Function *objective = nullptr; ///< Objective: what is minimized, a function of what it captures
  bool initial = false;                   ///< Declared models: as they were before training
  std::string peek;                       ///< Declared models: the value inside that is asked for, not the result
  const ast::Node *site = nullptr;        ///< where the hyperparameters were given
  SourceRange range;
};

} // namespace nn::sema

#endif
