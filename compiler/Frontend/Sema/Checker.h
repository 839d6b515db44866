/// The checker's state and its parts, one .cpp a part. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_CHECKER_H
#define NOETHER_FRONTEND_SEMA_CHECKER_H

#include "Frontend/Sema/Dependence.h"
#include "Frontend/Sema/Sema.h"
#include "Frontend/Sema/TypeAliases.h"
#include "Frontend/Sema/Value.h"
#include "Symmetry/Group.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <deque>
#include <set>
#include <tuple>

namespace nn::sema {

struct BoundCheck;
struct MovableLeaf;
struct NamedSpec;
struct SolvedParameter;

/// What a type as written asks for, once its dimensions are known.
struct TypeSpec {
  enum class Kind : uint8_t { Error, Tensor, Record, Int, String, Schedule, Function, Any };
  Kind kind = Kind::Error;
  TensorType tensor;
  bool real = false;             ///< `real`: any float type
  std::vector<NamedSpec> fields; ///< Record
  SourceRange range;

  TypeSpec();
  ~TypeSpec();
  TypeSpec(const TypeSpec &);
  TypeSpec &operator=(const TypeSpec &);
};

struct NamedSpec {
  std::string first;
  TypeSpec second;
};

/// One subscript that has to stay inside its axis.
struct SubscriptUse {
  checked::Expr *index;
  Axis axis;
  SourceRange range;                              ///< of the subscript
  SourceRange whole;                              ///< of the access
  std::vector<const checked::Expr *> conditions;  ///< of the reductions around it
  checked::Expr *row = nullptr;                   ///< the subscript of the batch axis of the same access
  std::vector<const checked::Expr *> guards = {}; ///< of the branches around it
  checked::Access *access = nullptr;              ///< that it is a subscript of
};

/// The indices bound by an equation and everything inside it, until their ranges are known.
struct IndexScope {
  std::vector<checked::IndexVar *> vars;
  std::vector<SubscriptUse> uses;
  std::vector<const checked::Expr *> conditions; ///< in force while the inside is checked
  std::vector<const checked::Expr *> guards;     ///< of `if`, in force while a branch is checked
};

/// The function whose body is being checked.
struct Frame {
  checked::Function *function = nullptr;
  const ast::Function *decl = nullptr; ///< whose statements are being checked; null in a lambda or a recipe
  Frame *parent = nullptr;             ///< of a loop body: the frame that it captures from
  Instance *self = nullptr;
  std::map<const checked::Expr *, checked::Input *> captures;
  std::optional<Elem> real;       ///< what `real` means here
  IndexScope *indices = nullptr;  ///< of the outermost equation being checked
  std::string resultName;         ///< the name whose equation may take its ranges from the declared result
  std::optional<TypeSpec> result; ///< the declared result
  bool generic = false;           ///< nobody calls this function: dimension variables stay open
  /// The derivatives that the function gives of itself: an input each, and the slope.
  std::vector<std::pair<checked::Expr *, checked::Expr *>> slopes;
};

/// An instance that has been checked.
struct Instantiation {
  checked::Function *function = nullptr;
  Value result; ///< its tensors are replaced by the results of a call, in order
  bool inProgress = true;
};

/// A file with its names.
struct Module {
  const ast::File *file = nullptr; ///< null for the prelude, which is several
  std::map<std::string, const ast::Item *> tops;
  std::vector<const Module *> open;             ///< used without `as`: their names are seen here
  std::map<std::string, const Module *> named;  ///< used with `as`
  std::map<std::string, const ast::Use *> uses; ///< where these names are given
  std::string prefix;                           ///< of the names of its models, settings and data sets in the program
};

/// Whether all inputs are scalars, so that the function applies to tensors element by element.
bool takesScalars(const ast::Function *decl);
/// The name of what stands at the top of a file, or null if it has none.
const ast::Name *nameOf(const ast::Item *item);
/// What a report is called: its own name, or the function it calls.
std::string reportName(const ast::Report *report, size_t number);
/// The names of the tensors in a value, in the order of `leaves`: `mu`, `graph.x`; of a tensor alone, `result`.
void nameLeaves(const Value &value, const std::string &prefix, std::vector<std::string> &names);
/// How the readers of data call a type.
nnrt::DeclaredField::Kind fieldKind(const TensorType &type);
int64_t fieldDtype(Elem elem);
/// How a function would be called, `Net(x)`; empty for a value that is none.
std::string callOf(const Value &value);

class Checker {
public:
  Checker(const ast::File &file, const std::vector<const ast::File *> &prelude, DiagnosticEngine &diags,
          const Options &options);
  std::unique_ptr<checked::Program> run();
  /// The program of a claim alone; null if it is wrong (reported). The checker is used up.
  std::unique_ptr<checked::Program> runClaim(const ast::Item *item, unsigned attempt);
  /// Whether the program that a claim is about is the same for all sizes, but for its extents.
  bool isUniform(const ast::Item *item);
  /// Claims whose functions `run` adds to the program, with the attempt at sizes that is taken.
  std::vector<std::pair<const ast::Item *, unsigned>> claimsToAdd;

  /// An argument of a call.
  struct ArgValue {
    std::string label;
    SourceRange labelRange;
    Value value;
    SourceRange range;
  };

  static bool isBuiltin(llvm::StringRef name) { return builtins().count(name.str()) || scalarBuiltin(name); }

private:
  // ---- Roles.cpp: what a loss and a regularizer have to be
  void checkRole(const ast::Function *decl, const checked::Function &function, const Value &result);
  bool isOneNumber(const ast::Function *decl, const Value &result);
  bool changesSmoothly(const ast::Function *decl, const checked::Function &function, const checked::Expr *result);
  void checkLowest(const ast::Function *decl, const checked::Function &function, const checked::Expr *result);
  std::set<const ast::Function *> rolesSeen;

  // ---- CheckGroup.cpp: groups and what they act on
  std::optional<std::string> groupText(const ast::Expr *written, Env &env);
  std::optional<std::string> declaredGroup(const ast::Group *group, llvm::ArrayRef<ast::Arg> args, SourceRange range,
                                           Env &env);
  static std::vector<std::string> groupVariables(const ast::Expr *written);
  std::optional<checked::MovedSpace> resolveSpace(const ast::Space *space, llvm::ArrayRef<MovableLeaf> all,
                                                  llvm::StringRef owner);
  std::optional<checked::ClaimedAction> resolveAction(const ast::Action *action, llvm::ArrayRef<MovableLeaf> inputs,
                                                      llvm::ArrayRef<MovableLeaf> outputs, bool equivariant,
                                                      llvm::StringRef owner, Env &env);

  /// What leaves a parameter as it is; nothing if that is wrong (reported).
  std::optional<std::vector<checked::ClaimedAction>> parameterInvariances(const ast::ParamDecl *decl,
                                                                          const TensorType &type, Env &env);

  // ---- CheckInvariant.cpp: parameters with a symmetry are made of coefficients
  class InvariantTensor;
  /// The tensors that a declared parameter can be; null if there are none but 0, or no way to tell (reported).
  const SolvedParameter *solveParameter(const ast::ParamDecl *decl, const std::string &path, const TensorType &type,
                                        const std::vector<checked::ClaimedAction> &invariances);
  /// The parameter, from its coefficients.
  checked::Expr *expanded(const SolvedParameter &solved, checked::Expr *coefficients);
  // ---- StartInvariant.cpp: what these coefficients start from
  /// The coefficients of the declared initial value; null if that is wrong (reported). Where none is declared, zeros,
  /// until `startByUse`.
  checked::Expr *invariantStart(const ast::ParamDecl *decl, const SolvedParameter &solved, Env &env, bool &isBias);
  bool keepsConstant(const ast::ParamDecl *decl, const SolvedParameter &solved, const checked::Expr *value);
  /// Gives the parameters from `first` on that declare no initial value one that fits how a model uses them.
  void startByUse(size_t first, const Value &result);
  std::map<std::string, std::shared_ptr<const SolvedParameter>> solvedParameters; ///< by their paths
  std::map<const checked::Expr *, std::string> expansions;                        ///< parameters made of coefficients
  std::set<std::string> startsByUse; ///< paths that declare no initial value

  // ---- CheckClaim.cpp: claims of symmetry
  void noteSizes(const ast::Function *decl, const Env &env);
  bool addClaim(const ast::Item *item, unsigned attempt);
  void addClaims();
  void finishInit();
  void giveSizes(const ast::Type *type, llvm::function_ref<Dim(const std::string &)> size, Env &env);
  Value claimInput(const TypeSpec &spec, const ast::Type *type, const std::string &path, SourceRange range,
                   checked::Root &root, std::vector<MovableLeaf> &all);
  /// The tensors of a value of this type as actions call them.
  void movableLeaves(const Value &value, const ast::Type *type, const std::string &path, bool ofResult,
                     std::vector<MovableLeaf> &all);
  void claimOutputs(const Value &value, const ast::Type *type, checked::Root &root, std::vector<MovableLeaf> &all);
  Value callSubject(const ast::Expr *written, llvm::ArrayRef<ast::Action *> actions, const Value &subject,
                    unsigned attempt, Env &env, checked::Claim &made, std::vector<MovableLeaf> &inputs);
  void claimVariables(const ast::ShapeClaim *claim, llvm::ArrayRef<MovableLeaf> inputs, checked::Claim &made);

  // ---- Checker.cpp: the program and its names
  void declareTop(const ast::Item *item, Module &module);
  void checkItem(const ast::Item *item);
  void checkUncalled(const ast::Function *function);
  /// The value of a name, or null (then it has been reported).
  const Value *lookup(llvm::StringRef name, SourceRange range, Env &env);
  /// The value of a name as the top of a module sees it, made at first use; null if there is none.
  const Value *lookupTop(llvm::StringRef name, const Module &from, SourceRange range = {});
  const Value *topValue(const ast::Item *item);
  Value builtinWord(llvm::StringRef name);
  Value makeTop(const ast::Item *item);
  std::unique_ptr<checked::Function> computeConstant(const ast::Bind *bind, Elem real, Instantiation &constant);
  /// The value of a constant that code computes, in the float type of the place.
  Value computedConstant(const Callable &constant, SourceRange range);
  /// The value of a name bound outside of functions.
  Value constantOf(const ast::Bind *bind, llvm::StringRef datasetName);
  /// The value of `model NAME = ...`.
  Value instanceOf(const ast::Instance *instance, llvm::StringRef name);
  void reportUnknown(llvm::StringRef name, SourceRange range, const Env &env);
  bool inLibrary(SourceRange range) const { return range.valid() && diags.sources.isLibrary(range.file); }

  // ---- CheckModule.cpp: files that use each other
  /// The module of the file that a place lies in: its names are looked up there.
  Module &moduleAt(SourceRange range) const;
  void declareModules(const std::vector<const ast::File *> &prelude);
  void declareModule(const ast::File &module);
  void namePaths();
  /// What a name at the top of a module means: its own declaration, else one of a file that it uses, else the
  /// library's. Null if there is none, or if two used files have it (reported, unless `range` is invalid).
  const ast::Item *findTop(llvm::StringRef name, const Module &from, SourceRange range = {});
  /// A declaration's name in the whole program: `my.Net` for the `Net` of a file that is used as `my`.
  std::string programName(const ast::Item *item);
  /// The same for the name of a type, which may begin with the name of a module.
  const ast::Item *findType(const ast::Name &name, const Module &from);
  Value evalModuleMember(const Module &module, const ast::Member *expr);
  /// The module that a name stands for, or null.
  const Module *moduleNamed(llvm::StringRef name, SourceRange range, const Env &env) const;
  /// A path of a data set in a used file is looked up beside that file first.
  std::string besideModule(const std::string &path, SourceRange range) const;
  /// All names that a top of this module can be meant by.
  void namesAt(const Module &module, std::vector<std::string> &names) const;
  /// What was reported since `before` while `callee`, a function of the library, was called: carets move from the
  /// library's inside to the call, and a note says what the library declares.
  void blameCall(size_t before, const ast::Function *callee, SourceRange call);

  // ---- CheckType.cpp: types and how values meet them
  std::optional<Dim> evalDim(const ast::Expr *expr, Env &env);
  /// The type that a named type stands for, or the type itself; null for a wrong use (reported).
  const ast::Type *writtenOut(const ast::Type *type);
  /// Binds every name in the type of an input that is not bound to an open dimension variable.
  void openVariables(const ast::Type *type, Env &env);
  /// Inputs of a resolved type; Error if not all of it is tensors.
  Value openInput(const TypeSpec &spec, llvm::StringRef name, SourceRange range);
  TypeSpec resolveType(const ast::Type *type, Env &env);
  std::optional<Shape> resolveDims(const std::vector<ast::Dim> &dims, Env &env);
  /// Where an extent comes from: what the user wrote for its variable, the dimension itself, or the call.
  SourceRange originOf(const ast::Dim &dim, const Env &env) const;
  /// Binds the dimension variables of an input's type to what the argument has. False if it does not fit (reported).
  bool matchInput(const ast::Param &param, const ast::Type *type, Value &value, Env &env, SourceRange at);
  bool matchType(const ast::Param &param, const ast::Type *type, Value &value, Env &env, SourceRange at);
  checked::Expr *knownIndex(const checked::Expr *expr, const Dim &bound);
  bool matchTensor(const ast::Param &param, const ast::NamedType *type, Value &value, Env &env, SourceRange at);
  bool matchDims(const ast::Param &param, const ast::NamedType *type, const TensorType &actual, Env &env,
                 SourceRange at);
  Value matchHyper(const ast::Param &param, const Value &value, Env &env, SourceRange at);
  /// Checks a value against a resolved type; reports a mismatch at `at`. Numbers become tensors.
  bool conform(const TypeSpec &spec, Value &value, SourceRange at, llvm::StringRef what);
  Value zerosLike(const TypeSpec &spec, double fill = 0);
  /// The type of a value of tensors: what another one has to be to take its place.
  static TypeSpec specLike(const Value &value, SourceRange range);

  // ---- CheckLength.cpp: bounded dimensions
  /// The bound of `n <= 64`; nothing if it is none (reported).
  std::optional<Dim> boundOf(const ast::Dim &dim, Env &env);
  /// Binds the variable of `n <= 64` to a length, unless it is bound. False if the bound is none (reported).
  bool bindLength(const ast::Dim &dim, Env &env);
  /// Whether an argument is never longer than the declared bound; if not, that is reported.
  bool keepsBound(const ast::Param &param, const ast::Dim &dim, const TensorType &actual, size_t axis, Env &env,
                  SourceRange at);
  /// Whether an integer is never negative. Where only empty examples make it so, they are excluded. Otherwise `witness`
  /// is the smallest lengths that do.
  bool neverNegative(const Dim &dim, Lengths *witness = nullptr);
  /// Tells the program which lengths have to be at least 1.
  void noteShortest();
  /// Reports an extent that is negative for some lengths; true if it is.
  bool negativeLength(const Dim &dim, SourceRange range);
  /// `checkSubscript` for all lengths; where only empty examples leave the axis, they are excluded.
  BoundCheck boundCheck(const checked::Expr *index, const std::vector<const checked::Expr *> &conditions,
                        const Dim &extent);
  /// Says for which lengths two extents differ, if lengths are in play.
  void noteDifference(Diagnostic &report, const Dim &a, const Dim &b);
  void noteDifference(Diagnostic &report, const Shape &a, const Shape &b);
  /// Refuses a parameter or a state whose shape differs from example to example.
  bool refuseLengths(llvm::StringRef what, llvm::StringRef name, const TensorType &type, SourceRange range);
  /// Refuses a length where a number known at compile time is needed.
  bool refuseLength(llvm::StringRef what, const Dim &dim, SourceRange range);
  /// An integer that depends on lengths, as a value.
  checked::Expr *lengthNumber(const Dim &dim, SourceRange range);

  // ---- CheckExpr.cpp: expressions
  Value eval(const ast::Expr *expr, Env &env);
  Value evalName(const ast::NameRef *expr, Env &env);
  Value evalMember(const ast::Member *expr, Env &env);
  Value recordField(const Value &record, const ast::Member *expr);
  /// `net.head.W`: the parameter at the end of a path that begins at a model; nothing if the path begins elsewhere.
  std::optional<Value> evalPath(const ast::Member *expr, Env &env);
  Value unknownInModel(const Callable &model, llvm::StringRef path, const ast::Name &last, SourceRange range);
  Value evalBinary(const ast::Binary *expr, Env &env);
  Value evalUnary(const ast::Unary *expr, Env &env);
  Value evalIf(const ast::If *expr, Env &env);
  Value evalBranch(const ast::Expr *branch, const Value &condition, bool holds, Env &env);
  Value evalRecord(const ast::Record *expr, Env &env);
  Value evalList(const ast::List *expr, Env &env);
  Value evalLambda(const ast::Lambda *expr, Env &env);
  Value error() { return Value(); }
  std::optional<Value> foldNumbers(checked::ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range);
  /// Applies a scalar function leafwise and elementwise.
  Value pointwise(checked::ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range);
  Value pointwiseTensors(checked::ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range);
  Value pointwiseRecords(checked::ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range);
  std::optional<Elem> commonElem(checked::ScalarOp op, llvm::ArrayRef<Value> operands, SourceRange range);
  Value matmul(const Value &a, const Value &b, SourceRange range);
  /// The value as one tensor: numbers become scalars of `elem`, lists of numbers constants, other lists stacks. Null if
  /// it is none (reported).
  checked::Expr *toTensor(const Value &value, std::optional<Elem> elem, SourceRange range);
  checked::Expr *listToTensor(const Value &value, std::optional<Elem> elem, SourceRange range);
  /// What a number that meets no float is, and what `real` stands for.
  Elem realHere() const;
  /// What `real` stands for in a call: the type of the first float given for it, else what it is here. Nothing if no
  /// input is `real`.
  std::optional<Elem> realOf(const ast::Function *decl, llvm::ArrayRef<Value> args) const;

  // ---- CheckEquation.cpp: indices
  Value evalReduce(const ast::Reduce *expr, Env &env);
  Value evalIndex(const ast::Index *expr, Env &env);
  Value indexed(const Value &base, const ast::Index *expr, Env &env);
  Value evalEquation(const ast::Bind *bind, Env &env);
  checked::IndexVar *bindIndex(const ast::Name &name, const ast::Expr *bound, Env &env);
  /// Binds the indices of a left-hand side or a reducer; `within` is searched for what gives `..p` its rank.
  bool bindIndices(const std::vector<ast::Binder *> &binders, Env &env, const ast::Expr *within,
                   std::vector<checked::IndexVar *> &vars);
  /// The axes that `..rest` stands for; none if nothing says so (reported at `range`).
  std::optional<Shape> restShape(const ast::Expr *within, llvm::StringRef rest, SourceRange range, Env &env);
  bool keepsRows(TensorType &type, const checked::Expr *row, SourceRange range);
  /// `row` is the subscript of the batch axis before it, if there is one.
  std::optional<checked::Sub> subscript(const ast::Subscript &sub, checked::Expr *base, unsigned axis, Env &env,
                                        SourceRange whole, checked::Expr *row);
  void rangesFromWhere(const checked::Expr *where);
  void rangesFromBareUses(IndexScope &scope);
  void rangesFromAffineUses(IndexScope &scope);
  void checkBounds(IndexScope &scope);
  bool checkBound(const SubscriptUse &use);
  /// Runs `inside` with an index scope; if it is the outermost and `inside` succeeds, infers ranges and checks
  /// subscripts afterwards. `vars` may take their ranges from `declared`, the declared result.
  bool withIndices(llvm::function_ref<bool()> inside, const std::vector<checked::IndexVar *> *vars = nullptr,
                   const Shape *declared = nullptr);

  // ---- CheckOver.cpp: functions along an axis
  /// The argument that says along which axis, if the function has no input of that name itself.
  const ast::Arg *overArgument(const ast::Call *call, const Value &callee) const;
  Value callOver(const Value &callee, std::vector<ArgValue> args, const ast::Expr *name, const ast::Node *site,
                 SourceRange range);
  /// Inside a function an input's axes are called as its declaration says, whatever they are called at the call.
  void labelAxes(const ast::Type *type, const Value &input);
  /// The axis with a label or at a position; reports if there is none.
  std::optional<unsigned> axisNamed(const ast::Expr *name, const checked::Expr *tensor);
  checked::Expr *reordered(checked::Expr *tensor, llvm::ArrayRef<unsigned> order, SourceRange range);
  checked::IndexVar *axisIndex(const Axis &axis, SourceRange range);

  // ---- builders of checked expressions (CheckBuild.cpp)
  SourceRange site; ///< the program's call of the library's function that is being written out
  template <typename T> T *make(TensorType type, SourceRange range) {
    T *expr = program->make<T>();
    expr->type = std::move(type);
    expr->range = range;
    expr->site = site;
    expr->owner = frame ? frame->function : nullptr;
    return expr;
  }
  checked::Expr *number(double value, Elem elem, SourceRange range);
  /// The i64.
  checked::Expr *wholeNumber(int64_t value, SourceRange range);
  /// A dimension as an integer.
  checked::Expr *dimNumber(const Dim &dim, SourceRange range);
  checked::IndexVar *newIndex(llvm::StringRef name, Dim extent, SourceRange range);
  checked::Expr *indexValue(checked::IndexVar *var);
  checked::Expr *scalarOp(checked::ScalarOp op, llvm::ArrayRef<checked::Expr *> operands, SourceRange range);
  checked::Expr *cast(checked::Expr *expr, Elem elem);
  checked::Expr *at(checked::Expr *base, llvm::ArrayRef<checked::Expr *> indices);
  checked::Expr *reduceOver(ast::Reducer reducer, llvm::ArrayRef<checked::IndexVar *> vars, checked::Expr *body,
                            SourceRange range);
  checked::Expr *equation(llvm::ArrayRef<checked::IndexVar *> vars, checked::Expr *body, SourceRange range);
  checked::Expr *reshape(checked::Expr *input, Shape shape, SourceRange range);
  checked::Expr *reshapeByPlace(checked::Expr *input, const Shape &shape, SourceRange range);
  /// A tensor of the function around, as seen in the current one.
  checked::Expr *capture(checked::Expr *expr);
  checked::Expr *captureFrom(Frame *inner, checked::Expr *expr);
  /// All tensors in a value, in order.
  void leaves(const Value &value, llvm::SmallVectorImpl<checked::Expr *> &out) const;
  /// The same structure with other tensors.
  Value withLeaves(const Value &value, llvm::ArrayRef<checked::Expr *> exprs, unsigned &next) const;
  Value mapLeaves(const Value &value, llvm::function_ref<checked::Expr *(checked::Expr *)> map) const;

  // ---- CheckCall.cpp: calls
  Value evalCall(const ast::Call *expr, Env &env);
  /// Whether an argument is a word that stands for itself: `mode: wrap`, where a text is declared.
  bool isWord(const Value &callee, const ast::Arg &arg, size_t position, const Env &env) const;
  Value evalPipe(const ast::Pipe *expr, Env &env);
  Value call(const Value &callee, std::vector<ArgValue> args, const ast::Node *site, SourceRange range);
  Value dispatch(const Value &callee, std::vector<ArgValue> args, const ast::Node *site, SourceRange range);
  Value giveHyper(const Callable &callable, std::vector<ArgValue> args, const ast::Node *site, SourceRange range);
  bool bindArguments(const ast::Function *decl, const std::vector<ast::Param *> &params, std::vector<ArgValue> &args,
                     std::vector<std::optional<ArgValue>> &bound, SourceRange range, bool hyper);
  Value callSchedule(const Callable &callable, std::vector<ArgValue> args, SourceRange range);
  bool wantsTensor(const ast::Function *decl, const ArgValue &arg, size_t position);
  std::optional<Value> callLeafwise(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  Value callDeclared(const Callable &callable, std::vector<ArgValue> args, SourceRange range);
  Value callInline(const Callable &callable, std::vector<std::optional<ArgValue>> &bound, SourceRange range);
  Value callLambda(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  Value callReducer(ast::Reducer reducer, const std::vector<ArgValue> &args, SourceRange range);
  Value callChain(const Callable &callable, std::vector<ArgValue> args, SourceRange range);
  /// The instance for these arguments; its inputs are matched against the declaration.
  Instantiation *instantiate(const Callable &callable, std::vector<Value> &args, SourceRange range);
  /// The result of a function, or with `peek` the value of this name inside it.
  Value evalBody(const ast::Function *decl, Env &env, llvm::StringRef peek = "");
  Value valueInside(const ast::Function *decl, llvm::StringRef name, Env &env);
  /// Removes the parameters from `first` on that the model declares itself and that its result and its effects do not
  /// read.
  void dropUnread(size_t first, const Value &result);
  bool bodyFits(const ast::Function *decl, Value &value);
  std::shared_ptr<Env> envFor(const Callable &callable);
  Instance *instanceAt(Instance *parent, const ast::Node *site, const ast::Function *model, llvm::StringRef name = "");
  /// A callable model whose hyperparameters can be left out, with them left out.
  Value dropHyper(const Value &callee, const ast::Node *site, SourceRange range);
  std::string keyOf(const Callable &callable, llvm::ArrayRef<Value> args) const;
  static std::string keyOf(const Value &value);
  Value finishCall(Instantiation *instance, llvm::ArrayRef<Value> args, const Shape &axes, SourceRange range);

  // ---- CheckBlock.cpp: statements
  Value evalBlock(const ast::Block *block, Env &env);
  void checkStmt(const ast::Stmt *stmt, Env &env);
  void checkParam(const ast::ParamDecl *decl, Env &env);
  void checkState(const ast::StateDecl *decl, Env &env);
  Value declareState(const ast::Name &name, const Value &init, const std::string &path);
  Value drawOnce(const ast::Bind *bind);
  void checkUpdate(const ast::Update *update, Env &env);
  void checkBind(const ast::Bind *bind, Env &env);
  void checkOwnDerivative(const ast::Derivative *derivative, Env &env);
  /// The value of a function that gives its own derivatives.
  Value withSlopes(const ast::Function *decl, const Value &value, Env &env);
  bool define(const ast::Name &name, Value value, Env &env, bool isEntry = false);
  Value drawn(const Value &law, const std::optional<TypeSpec> &spec, SourceRange range);
  checked::Expr *initialValue(const ast::ParamDecl *decl, const TensorType &type, Env &env, bool &isBias);
  void refuse(llvm::StringRef construct, SourceRange range, llvm::StringRef help = "");

  // ---- Advice.cpp: what is meant by mistakes that are common
  static void adviseValue(Diagnostic &report, const Value &value);
  bool adviseName(Diagnostic &report, llvm::StringRef name, SourceRange range);
  void adviseBroadcast(Diagnostic &report, checked::ScalarOp op, const Value &a, const Value &b);
  bool adviseMember(const ast::Member *expr, const Value &base);
  bool foreignModule(const ast::Member *expr, const Env &env);
  void adviseRank(Diagnostic &report, const ast::NamedType *type, unsigned wanted, unsigned given,
                  SourceRange at) const;
  void adviseSwap(size_t before, const ast::Function *decl, llvm::ArrayRef<Value> args);
  void warnAboutLogits(const ast::Function *loss, llvm::ArrayRef<Value> args);
  void warnAboutUnused(const ast::Function *function);
  std::map<std::string, const ast::Reduce *> closedIndices; ///< of reductions that ended in this line
  bool inSubscript = false;
  bool inRecipe = false;                       ///< a recipe is being checked
  const ast::Train *withoutData = nullptr;     ///< the recipe being checked, if it names no data set
  const ast::Train *saidWithoutData = nullptr; ///< the recipe that was told so
  /// The first data set of the program that has a field of this name, or null.
  const checked::Dataset *dataWithField(llvm::StringRef name) const;
  /// Holds the share that a function of the library asks for against 0 and 1. True if it is wrong, and reported.
  bool shareOutside(const ast::Function *decl, const ast::Param &param, const Value &value, SourceRange at);
  /// Whether the name is one of the element types, of those of hyperparameters, or of a `type`.
  bool isTypeName(const ast::NamedType &type);

  // ---- CheckBuiltin.cpp: what is not written in the language
  using BuiltinFn = Value (Checker::*)(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  static const std::map<std::string, BuiltinFn> &builtins();
  Value callBuiltin(const std::string &name, const std::vector<ArgValue> &args, const ast::Node *site,
                    SourceRange range);
  bool arity(llvm::StringRef name, const std::vector<ArgValue> &args, unsigned least, unsigned most, SourceRange range);
  static std::optional<checked::ScalarOp> scalarBuiltin(llvm::StringRef name);
  Value biGrad(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biJacobian(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biJvp(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biBatch(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biStop(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biParams(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biWeights(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biReshape(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biZeros(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biOnes(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biLength(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biSize(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value fanOf(llvm::StringRef name, bool in, const std::vector<ArgValue> &args, SourceRange range);
  Value biFanIn(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biFanOut(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biNormal(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biUniform(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biBernoulli(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biCategorical(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biBeta(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biLogProb(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biKl(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value callLibrary(llvm::StringRef name, llvm::ArrayRef<Value> values, SourceRange range);
  Value drawnByLibrary(const Value &law, const std::optional<TypeSpec> &spec, SourceRange range);
  Value biScan(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biIterate(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  std::optional<int64_t> turnsOf(const std::optional<Dim> &integer);
  Value biRepeat(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  // ---- CheckUnroll.cpp
  struct Unrolled;
  Value biUnroll(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  /// Says why a call of `unroll` is none; gives false.
  bool notUnrolled(SourceRange at, const std::string &why);
  bool unrollArguments(const std::vector<ArgValue> &args, SourceRange range, Unrolled &unrolled);
  const ast::NamedType *sequenceType(const Callable &model);
  bool unrollPrompt(Unrolled &unrolled, bool hasWindow);
  bool seesEnough(Unrolled &unrolled, const std::optional<Dim> &wanted, const std::optional<Dim> &declared,
                  const std::string &name);
  checked::Expr *unrollStart(const Unrolled &unrolled);
  Value unrollTurn(const Unrolled &unrolled, checked::Expr *entries, checked::Expr *count);
  Value lastPosition(const Unrolled &unrolled, const Value &given);
  Value biCopies(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value anew(const Value &layer, Instance *parent);
  Value callCopies(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  Value biRange(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biTop(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biHessian(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biLaplacian(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biHvp(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biError(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value gradientArgument(const std::vector<ArgValue> &args, SourceRange range, std::vector<ArgValue> &outer);
  Value biPrimitive(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biRecompute(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value callRecompute(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  Value biFlat(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biPad(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  bool padArguments(const std::vector<ArgValue> &args, checked::Expr *&input, Value &by, std::string &mode,
                    SourceRange range);
  checked::Expr *paddedPlace(checked::Expr *moved, const Dim &extent, llvm::StringRef mode, SourceRange range);
  Value biGrid(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biConcat(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value biDiv(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value parametersOf(const Value &model, bool weightsOnly, SourceRange range);
  std::optional<Shape> shapeFrom(const std::vector<Value> &extents);
  Value filled(const std::vector<ArgValue> &args, double value, SourceRange range);
  /// The parameters of a model that nothing has used so far exist once its declared inputs have been tried on it.
  /// An integer known at compile time, which a setting then cannot replace any more.
  std::optional<Dim> integerOf(const Value &value);
  /// The rows that a batch has room for.
  Dim batchExtent() const;
  /// True if an integer is a row that holds an example: an index over a batch, `example`, or something `% batch_size`.
  bool isValidRow(const checked::Expr *expr) const;
  /// Refuses what would see rows of a batch that hold no example.
  bool refuseBatch(llvm::StringRef construct, const checked::Expr *expr, SourceRange range);
  Value derivative(checked::DerivativeKind kind, const std::vector<ArgValue> &args, SourceRange range);
  Value finishLoop(checked::Loop *loop, const Value &start, const Value &xs, Value next, SourceRange range);
  /// A function of its own that applies a callable to `states` and to slices along the leading axes of `slices`.
  /// Captures follow the declared inputs. Null if that went wrong (reported).
  checked::Function *bodyOf(const Callable &callable, llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> slices,
                            Value &result, SourceRange range);
  /// The same with what `apply` makes of the inputs, the states first.
  checked::Function *bodyOf(llvm::function_ref<Value(llvm::ArrayRef<Value>)> apply, llvm::ArrayRef<Value> states,
                            llvm::ArrayRef<Value> slices, Value &result, SourceRange range);
  /// The body of a loop, or null if it changes state (reported).
  checked::Function *withoutEffects(checked::Function *body, SourceRange range);
  /// The same for a loop, in which no state changes.
  checked::Function *loopBody(const Callable &callable, llvm::ArrayRef<Value> states, llvm::ArrayRef<Value> slices,
                              Value &result, SourceRange range);

  // ---- CheckData.cpp, CheckRecipe.cpp: data sets, training, commands
  Value checkData(const ast::Data *data);
  void unknownReader(const ast::NameRef *reader, const std::vector<std::string> &known);
  bool pathWithoutQuotes(const ast::Call *call, llvm::StringRef reader);
  struct DeclaredType;
  bool declaredTypes(const ast::Data *data, std::vector<DeclaredType> &types);
  bool checkDeclaredTypes(const ast::Data *data, const std::vector<DeclaredType> &types, checked::Dataset &dataset);
  /// The reader or transform that a call names, unless the program means something else by that name; else "".
  llvm::StringRef dataStageOf(const ast::Call *call, const Env &env) const;
  /// A data set that has not been looked at yet.
  Value evalDataStage(const ast::Call *call, llvm::StringRef name, Env &env);
  /// A data set that the program computes, and its parts.
  Value evalExamples(const ast::Call *call, Env &env);
  const ast::Arg *examplesArgument(const ast::Call *call, llvm::StringRef label, size_t position);
  std::optional<int64_t> examplesNumber(const ast::Arg &arg, Env &env, int64_t least);
  std::optional<Elem> declaredFloat(llvm::StringRef name) const;
  bool examplesFields(const Value &record, const ast::Arg &maker, checked::Dataset &dataset);
  bool dataArgument(const ast::Arg &arg, const Value &value, bool first, checked::Dataset &dataset,
                    checked::DataStage &stage);
  /// Looks at the files of a data set, once. False if they do not fit (reported).
  bool describe(checked::Dataset &dataset);
  void reportDataError(const checked::Dataset &dataset, const nnrt::DataError &error);
  /// Gives a data set without a name a symbol and a title for reports, and puts it into the program. False if its files
  /// do not fit (reported).
  bool declareDataset(checked::Dataset &dataset, llvm::StringRef name, llvm::StringRef title, SourceRange range);
  struct RecipeParts;
  void checkTrain(const ast::Train *train);
  bool collectClauses(const ast::Train *train, RecipeParts &parts);
  bool recipeLength(RecipeParts &parts);
  bool recipeData(const ast::Expr *written, checked::Recipe &recipe);
  std::optional<checked::Watch> watchOf(const ast::Expr *expr, const RecipeParts &parts);
  void checkStop(RecipeParts &parts);
  void buildStep(RecipeParts &parts);
  void buildEval(RecipeParts &parts);
  static std::string lossName(const ast::Player *player, const RecipeParts &parts);
  // ---- CheckPlayer.cpp
  /// What a player minimizes in a step: for one example, over the batch, and with the sign that is descended. With
  /// `function` it is a call of this function, which can be called again at other parameters.
  struct Multiplier {
    std::string path;
    checked::Expr *slack = nullptr; ///< h of h = 0 or h <= 0
    bool equality = true;
    SourceRange range;
  };
  struct Goal {
    checked::Expr *loss = nullptr, *descended = nullptr;
    std::vector<Multiplier> multipliers;
    checked::Function *function = nullptr;
  };
  bool seesObjective(const ast::Expr *optimizer);
  Goal goalOf(const ast::Player *player, RecipeParts &parts, Env &env);
  Goal goalAsFunction(const ast::Player *player, RecipeParts &parts, Env &env);
  Value objectiveValue(const Goal &goal, const Value &w);
  Value callObjective(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  void movePlayer(const ast::Player *player, RecipeParts &parts, Env &env);
  // ---- GroupAction.cpp
  class GroupAction;
  // ---- CheckSymmetrize.cpp
  Value evalSymmetrize(const ast::Call *call, Env &env);
  Value biAverage(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  Value callSymmetrized(const Callable &callable, const std::vector<ArgValue> &args, SourceRange range);
  Value noAverage(SourceRange at, llvm::StringRef why);
  struct Orbit;
  checked::Expr *movedOver(const Orbit &orbit, unsigned leaf, bool inverse, checked::Expr *tensor, bool perElement);
  Value meanOver(const Orbit &orbit, const Value &perElement);
  // ---- CheckAugment.cpp
  /// An element for each `augment all` of a recipe, and the weight of what is minimized there.
  struct OrbitPoint {
    std::vector<symmetry::Word> words;
    double weight = 1;
  };
  /// What `augment all` walks through: one point without any, none if they are too many (reported).
  std::vector<OrbitPoint> orbitOf(const RecipeParts &parts);
  bool checkLines(const RecipeParts &parts, llvm::ArrayRef<symmetry::Word> words, Env &env);
  symmetry::GroupRef augmentGroup(const ast::Augment *clause);
  std::optional<int> augmentDegree(const ast::Augment *clause);
  bool augmentByGroup(const ast::Augment *clause, const symmetry::Word *word, Env &env,
                      const std::set<std::string> &fields);
  bool augmentByValue(const ast::Augment *clause, Env &env, const std::set<std::string> &fields);
  bool reportGroup(const ast::Augment *clause, llvm::StringRef why);
  bool reportNoField(const ast::Name &name, const std::set<std::string> &fields);
  // ---- CheckConstraint.cpp
  /// A constraint that is met by taking the nearest point: a ball or a box of parameters.
  struct Projection {
    llvm::SmallVector<checked::Expr *> parameters;
    checked::Expr *limit = nullptr;
    bool isBall = false, fromBelow = false;
    unsigned rowAxes = 0; ///< of a ball: leading axes, of which each entry has a ball of its own
  };
  bool splitConstraint(const ast::Expr *written, std::vector<const ast::Expr *> &parts);
  bool projectionOf(const ast::Expr *written, Env &env, Projection &projection);
  checked::Expr *shrinkage(checked::Expr *square, checked::Expr *limit, SourceRange range);
  checked::Expr *projectedRows(checked::Expr *value, checked::Expr *limit, unsigned rowAxes, SourceRange range);
  bool project(const Projection &projection, std::map<std::string, checked::Expr *> &moved, SourceRange range);
  checked::Expr *slackOf(const ast::Expr *written, Env &env, bool &equality);
  checked::Expr *multiplierState(const std::string &path, const TensorType &type, SourceRange range);
  void addMultiplier(const ast::Expr *written, const std::string &path, Env &env, Goal &goal);
  void updateMultipliers(const Goal &goal, checked::Expr *due);
  void reportMultipliers(RecipeParts &parts, llvm::function_ref<void(checked::Expr *, const std::string &)> add);
  void updateParameters(const ast::Player *player, RecipeParts &parts, const Goal &goal, const Value &w,
                        const Value &next, checked::Expr *step, SourceRange at, Env &env);
  std::vector<const ast::Expr *> constraintsOf(const ast::Player *player, const RecipeParts &parts);
  Value movedParameters(const ast::Player *player, RecipeParts &parts, checked::Expr *objective, Env &env);
  bool optimizerSteps(const ast::Expr *expr, Env &env, std::vector<std::pair<Value, const ast::Expr *>> &steps);
  checked::Expr *objectiveOf(const ast::Expr *expr, Env &env);
  checked::Expr *floatsOf(const ast::Expr *expr, Env &env);
  checked::Expr *batchMean(checked::Expr *perExample);
  std::unique_ptr<Frame> rootFrame(llvm::StringRef name, SourceRange range);
  std::shared_ptr<Env> recipeEnv(const RecipeParts &parts, checked::Root &root, bool first);
  Value addInput(llvm::StringRef name, const TensorType &type, SourceRange range, checked::Root &root);
  void toTensors(Value &value, SourceRange range);
  void checkCommand(const ast::Function *function);

  // ---- CheckReport.cpp: reports, and what the executable loads
  void checkReport(const ast::Report *report);
  checked::Report begunReport(const ast::Report *report, llvm::StringRef name);
  /// A report under a name; nothing if it is wrong (reported). False if so.
  bool makeReport(const ast::Report *report, llvm::StringRef name);
  /// What a model decides over the plane of its two inputs.
  Value boundaryOf(const Value &model, const ast::Report *report, checked::Plane &plane);
  bool planeOf(const Value &model, size_t inputs, SourceRange range, checked::Plane &plane, Elem &elem);
  Value reportValue(const ast::Report *report, Env &env);
  bool checkForm(ast::Report::Form form, const Value &value, SourceRange range);
  /// Puts a report into the program, whose function gives the tensors of `value`.
  void finishReport(checked::Report made, const Value &value);
  checked::Expr *loadedTensor(llvm::StringRef path, const TensorType &type, SourceRange range);
  Value splitOf(const Value &data, const ast::Member *expr);
  /// The recipe that trains a model, or null.
  const checked::Recipe *recipeOf(llvm::StringRef model) const;
  /// `net.history.loss`, given the path behind `history`.
  Value curveOf(const Callable &model, llvm::StringRef path, const ast::Member *expr);
  checked::Expr *curve(const checked::Recipe &recipe, llvm::StringRef split, llvm::StringRef name, SourceRange range);
  /// `report E as curve` in a recipe: a report of what its training leaves.
  void plotTrainingReport(const ast::Report *report, const checked::Recipe &recipe, llvm::StringRef name);
  /// What names of recipes and reports begin with at a point of an experiment.
  std::string pointPrefix() const;
  /// Whether a parameter or a state belongs to the point of an experiment that is being checked.
  bool isOfPoint(llvm::StringRef path) const {
    return !pointOf.experiment.empty() && path.starts_with(itemInstance->path + ".");
  }

  // ---- CheckExperiment.cpp
  void checkExperiment(const ast::Experiment *experiment);
  bool collectSweeps(const ast::Experiment *experiment, checked::Experiment &made,
                     std::vector<std::vector<Value>> &values);
  void checkPoint(const ast::Experiment *experiment, const std::vector<Value> &values, checked::Experiment &made);
  void checkPointItem(const ast::Item *item);
  void definePointName(const ast::Name &name, Value value);
  void checkPlot(const ast::Plot *plot, checked::Experiment &made);
  std::string plotCurve(const ast::Expr *curve, bool overTime);
  /// The items at the top of the file are the scope again, for as long as the result lives.
  struct AtTop;

  // ---- CheckInitial.cpp: models before training
  Value biInitial(const std::vector<ArgValue> &, const ast::Node *, SourceRange);
  /// The value that a parameter began with.
  checked::Expr *initialRead(const checked::Parameter &parameter, SourceRange range);
  /// A parameter of a model as an expression, as it is or as it was before training.
  checked::Expr *parameterRead(const checked::Parameter &parameter, bool initial, SourceRange range);
  Value callInitial(const Callable &callable, const std::vector<ArgValue> &args, const ast::Node *site,
                    SourceRange range);

  /// The values that an `int` of a command is compiled for: those of `--set`, else its default; none if neither says.
  std::vector<Value> choicesOf(const ast::Function *command, const ast::Param *param);
  void reportNoValue(const ast::Param *param, const std::string &setting);
  /// Of the arguments that decide about shapes those that may differ from call to call, by their names.
  std::set<std::string> argumentsAsLengths(const ast::Function *command);
  /// The extents that dimension variables of a function had in the first call with constant ones.
  std::map<const ast::Function *, std::map<std::string, int64_t>> usedSizes;
  bool sizesOpen = false;   ///< a claim is checked with its dimension variables open: see Note [For all sizes]
  bool sizesDecide = false; ///< a number was asked for that depends on them
  /// What numbers decide as tensors.
  void noteDecision(checked::ScalarOp op, llvm::ArrayRef<checked::Expr *> operands);
  /// Inside of what it is passed to, a number is a tensor like others.
  void noteArgument(const checked::Expr *argument);
  bool isTrial = false;                         ///< one command is checked, to see whether it can be
  std::set<std::string> lengthArguments;        ///< of the command being checked
  std::map<std::string, int64_t> longestValues; ///< of these
  /// Values of its arguments of type `int` and `string`, by their names.
  using Choice = std::map<std::string, Value>;
  void checkCommandFor(const ast::Function *function, const Choice &choice, bool first);
  bool commandArgument(const ast::Param *param, const Choice &choice, checked::Command &command, Env &env);
  bool defaultNumbers(const Value &value, std::vector<double> &numbers);
  // ---- Survey.cpp
  /// Makes the parameters of a model that nothing has called yet. False if its inputs are not known (reported).
  bool makeParameters(const Callable &model, SourceRange range);
  std::optional<std::vector<Value>> knownInputs(const Callable &model);
  const std::vector<TypeSpec> *calledWith(const Instance &instance);
  void note(const Callable &callable, const std::vector<Value> &args, SourceRange range);
  /// What each model is first called with, by its path.
  using Survey = std::map<std::string, std::vector<TypeSpec>>;
  Survey *survey = nullptr; ///< to be filled; null where the program itself is wanted
  std::optional<Survey> surveyed;
  // ---- Tokens.cpp
  const checked::Dataset *tokensOf(const TensorType &type) const;
  /// Tells the program which arguments and results are text.
  void findTexts();
  // ---- Dependence.cpp
  /// Reports every update, in what a step calls, of a value that differs from example to example.
  void checkUpdates(const checked::Root &step);

  // ---- state
  TypeAliases aliases;
  const ast::File &file;
  std::vector<const ast::File *> libraries;
  DiagnosticEngine &diags;
  Options options;
  std::unique_ptr<checked::Program> program;
  std::deque<Module> modules;
  Module *mainModule = nullptr;
  Module prelude;
  std::map<uint32_t, Module *> moduleOfFile;
  std::map<const ast::Item *, Value> topValues;
  std::map<const Module *, Value> moduleValues;
  std::map<std::string, Value> words; ///< builtin names that have been used
  std::set<const ast::Item *> topsInProgress;
  std::shared_ptr<Env> moduleEnv; ///< the outermost scope, which is empty; names at the top are looked up behind it
  std::vector<std::unique_ptr<checked::Function>> rootFunctions; ///< being checked; they follow what they call
  std::set<std::pair<const ast::Param *, std::string>> misfits;  ///< what has been reported not to fit an input
  std::set<std::string> notTensors;                              ///< values that have been reported as no tensors
  SourceRange callSite;                                          ///< the innermost call that the user wrote
  std::map<std::string, std::unique_ptr<Instantiation>> instances;
  std::map<std::tuple<const ast::Bind *, Elem, Instance *>, std::unique_ptr<Instantiation>> constants;
  std::map<std::string, unsigned> symbolNames;
  std::set<const checked::Expr *> misread; ///< tensors with too many subscripts, reported
  std::set<const ast::Function *> called;
  Lengths shortest;                     ///< lengths that are at least 1, because empty examples would not do
  std::set<std::string> settingsPinned; ///< literals that decided something at compile time
  Instance program_;                    ///< the instance that is the program itself
  std::shared_ptr<Env> itemEnv;         ///< of recipes and reports: `moduleEnv`, or that of a point of an experiment
  Instance *itemInstance = &program_;   ///< where they make instances
  checked::PointOf pointOf;             ///< the point of an experiment whose items are being checked
  std::deque<Instance> pointInstances;
  std::map<std::string, SourceRange> reportNames; ///< at the top of the file
  Frame *frame = nullptr;
  Frame initFrame;
  std::vector<checked::Expr *> parameterInits, stateInits;
  std::map<std::string, unsigned> parameterIndex, stateIndex;
  unsigned exprDepth = 0;                          ///< of nested expressions
  bool tooDeep = false;                            ///< that has been reported
  bool inDimension = false;                        ///< a dimension is being evaluated
  unsigned depth = 0;                              ///< of nested calls
  bool still = false;                              ///< who looks inside a model moves no state
  bool initially = false;                          ///< parameters are read as they were before training
  int64_t copy = 0;                                ///< which turn of `repeat` is being instantiated
  const ast::Node *instanceSite = nullptr;         ///< the call that a name is being bound to
  std::string instanceName;                        ///< that name
  std::string initialOf;                           ///< the parameter or state whose initial value is being checked
  std::vector<nnrt::DeclaredField> declaredFields; ///< of the data set being checked
  checked::Expr *playerLoss = nullptr;             ///< what the player minimizes whose optimizer is being checked
  std::map<Instance *, Value> schedules;           ///< of that player: schedules that ask for the loss, called
  unsigned generators = 0;                         ///< how many data sets are computed
  /// Where each example is alone: it has no batch that could be looked at.
  static constexpr int64_t noBatch = 0;
  std::optional<int64_t> recipeBatch; ///< rows of a batch of the recipe being checked; 1 in a command
};

} // namespace nn::sema

#endif
