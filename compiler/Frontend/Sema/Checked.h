/// The checked tree: what Sema makes of the syntax tree and Emit turns into the nn dialect.
///
/// Names are resolved, hyperparameters and compile-time choices are gone, records are their leaves, every expression
/// has a tensor type, and every function is an instance: one set of argument types, one set of parameters. Expressions
/// form a DAG; a function's effects are listed in written order.
#ifndef NOETHER_FRONTEND_SEMA_CHECKED_H
#define NOETHER_FRONTEND_SEMA_CHECKED_H

#include "Frontend/AST/Item.h"
#include "Frontend/Sema/Types.h"

#include "noether/data.h"

#include "llvm/Support/Casting.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nn::checked {

using sema::Axis;
using sema::Dim;
using sema::Elem;
using sema::Shape;
using sema::TensorType;

struct Function;

enum class ExprKind : uint8_t {
  Number,
  Length,
  Constant,
  Index,
  Input,
  Param,
  State,
  Setting,
  Loaded,
  Ambient,
  Pointwise,
  Access,
  Reduce,
  Equation,
  CallResult,
  DerivativeResult,
  LoopResult,
  Sample,
  Batch,
  Stop,
  Reshape,
  RoutineResult,
};

/// What a group moves of one tensor: one axis, several axes as a grid, or its values.
struct MovedSpace {
  unsigned leaf = 0; ///< which input, or which result
  bool ofResult = false;
  std::vector<unsigned> axes; ///< none: all of the tensor
  bool values = false;        ///< its values are indices of what the group permutes
  std::string by;             ///< the representation as written; empty: the default one
};
/// A group, and all that the same element of it moves.
struct ClaimedAction {
  std::string group;   ///< with its sizes filled in: "S(5)"
  std::string written; ///< as it is written: "S(n)"
  std::vector<MovedSpace> spaces;
  SourceRange range;
};

/// An expression. `owner` is the function whose body it belongs to; null for what means the same everywhere.
struct Expr {
  virtual ~Expr() = default;
  ExprKind kind;
  TensorType type;
  SourceRange range;
  SourceRange site; ///< where the program calls the library's function that was written out here; else invalid
  const Function *owner = nullptr;
  /// The name it was bound to, if any.
  std::string name;
  /// Something is differentiated by it: whatever uses it reads one value, which a derivative can hold on to.
  bool isVariable = false;

protected:
  explicit Expr(ExprKind kind) : kind(kind) {}
};

template <ExprKind K> struct ExprOf : Expr {
  ExprOf() : Expr(K) {}
  static bool classof(const Expr *expr) { return expr->kind == K; }
};

/// A scalar known at compile time, in the element type of its place.
struct Number : ExprOf<ExprKind::Number> {
  double value = 0;
  std::optional<int64_t> exact; ///< an i64 that no double is
  std::optional<Dim> open; ///< an integer that depends on dimension variables: only where nobody calls the function
  int64_t integer() const { return exact.value_or(int64_t(value)); }
};

/// An integer that is computed from lengths of the example: an i32 scalar.
struct Length : ExprOf<ExprKind::Length> {
  Dim dim;
};

/// A tensor known at compile time, row-major.
struct Constant : ExprOf<ExprKind::Constant> {
  std::vector<double> values;
};

/// An index bound by a left-hand side or a reducer. Its extent is known once the outermost equation around it is
/// checked.
struct IndexVar {
  std::string name;
  SourceRange range;
  std::optional<Dim> extent;
  SourceRange extentOrigin;
  bool given = false; ///< the range is written: it need only lie inside each axis
  bool batch = false; ///< runs over a batch axis: only its valid entries
  /// Where the extent is a length of another row of the batch: which row, an index or my own.
  Expr *row = nullptr;
};

/// The value of an index: an i32 scalar.
struct Index : ExprOf<ExprKind::Index> {
  IndexVar *var = nullptr;
};

/// A leaf of a function's input, or something captured from outside.
struct Input : ExprOf<ExprKind::Input> {
  unsigned position = 0;
};

struct Param : ExprOf<ExprKind::Param> {
  std::string path;
};
struct State : ExprOf<ExprKind::State> {
  std::string path;
};
struct Setting : ExprOf<ExprKind::Setting> {
  std::string setting;
};

struct Dataset;
/// A tensor that the executable loads before it runs what reads it: a field of a whole split, or a curve of a training.
struct Loaded : ExprOf<ExprKind::Loaded> {
  std::string path;                 ///< "digits.test.image"
  const Dataset *dataset = nullptr; ///< of a field
  std::string recipe;               ///< of a curve: whose training leaves it
  std::string split, field;         ///< of a curve, `field` is the number that was reported
};

enum class AmbientKind : uint8_t { Training, BatchSize, Row, Step, TotalSteps };
/// A scalar that the surroundings give: whether this is training, the number of valid rows, my row, the step.
struct Ambient : ExprOf<ExprKind::Ambient> {
  AmbientKind what = AmbientKind::Training;
};

/// Functions of scalars that the dialect's bodies know.
enum class ScalarOp : uint8_t {
  Add,
  Sub,
  Mul,
  Div,
  Pow,
  Neg,
  Min,
  Max,
  FloorDiv,
  Mod,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
  Not,
  Select,
  Cast,
  Exp,
  Log,
  Sqrt,
  Tanh,
  Sin,
  Cos,
  Erf,
  Abs,
  Floor,
  Log1p,
  Expm1,
  Sign,
  Atan2,
  WithSlopes, ///< value, variables, slopes: the value, whose derivatives by the variables are the slopes
};

/// A scalar function applied at every point; scalar operands combine with any tensor.
struct Pointwise : ExprOf<ExprKind::Pointwise> {
  ScalarOp op = ScalarOp::Add;
  std::vector<Expr *> operands;
};

/// One subscript of an access: an integer expression over indices, or a kept range of the axis.
struct Sub {
  Expr *index = nullptr; ///< null for a kept axis
  Dim begin;             ///< of a kept axis: where it starts
  SourceRange range;
};

/// `base[subs]`: the indexed axes go, the kept ones and those behind the last subscript stay.
struct Access : ExprOf<ExprKind::Access> {
  Expr *base = nullptr;
  std::vector<Sub> subs;
  bool padded = false; ///< where a subscript leaves its axis, the value is 0
};

/// `sum[j, k where c] body`.
struct Reduce : ExprOf<ExprKind::Reduce> {
  ast::Reducer reducer = ast::Reducer::Sum;
  std::vector<IndexVar *> vars;
  Expr *where = nullptr; ///< null when there is none
  Expr *body = nullptr;
};

/// `y[i, j] = body`: axes of the indices, then those of the body. A fixed position has a null variable and extent 1.
struct Equation : ExprOf<ExprKind::Equation> {
  std::vector<IndexVar *> vars;
  Expr *body = nullptr;
  std::vector<ClaimedAction> invariances = {}; ///< of a parameter made of its coefficients: each leaves it as it is
  /// Of a tensor moved by every element of a group, with an axis for these in front: how its axes still move with the
  /// element that moves the input of `symmetrize`.
  std::vector<ClaimedAction> orbit = {};
};

/// A call of an instance. `axes` is not empty when a function of scalars is applied to tensors of that shape.
struct Call {
  Function *callee = nullptr;
  std::vector<Expr *> args;
  /// Parameters that have other values in this call: the last arguments, one each. It moves no state, and its draws are
  /// those of the first call.
  std::vector<std::string> at;
  Shape axes;
  bool recompute = false; ///< the backward pass computes again what it needs of the callee's values
  SourceRange range;
  const Function *owner = nullptr;
};

struct CallResult : ExprOf<ExprKind::CallResult> {
  Call *call = nullptr;
  unsigned result = 0;
};

enum class DerivativeKind : uint8_t { Grad, Jacobian, Jvp };
struct Derivative {
  DerivativeKind kind = DerivativeKind::Grad;
  Expr *y = nullptr;
  std::vector<Expr *> wrt;
  Expr *tangent = nullptr; ///< of a jvp
  SourceRange range;
  const Function *owner = nullptr;
};
struct DerivativeResult : ExprOf<ExprKind::DerivativeResult> {
  Derivative *derivative = nullptr;
  unsigned result = 0;
};

/// `scan` (all states stacked) or `iterate` (the last one); the body is an instance of (states, slices, captures).
struct Loop {
  bool scan = true;
  Dim length; ///< turns, or the most turns
  std::vector<Expr *> inits;
  std::vector<Expr *> xs; ///< sliced along their leading axis
  std::vector<Expr *> captured;
  Function *body = nullptr;  ///< inputs: states, slices, captures; results: states
  Function *until = nullptr; ///< inputs: states, captures; result: bool
  std::vector<Expr *> untilCaptured;
  SourceRange range;
  const Function *owner = nullptr;
};
struct LoopResult : ExprOf<ExprKind::LoopResult> {
  Loop *loop = nullptr;
  unsigned result = 0;
};

/// Independent draws, one an element.
struct Sample : ExprOf<ExprKind::Sample> {
  bool normal = false; ///< else uniform in [0, 1)
};

enum class BatchKind : uint8_t { Stack, Sum };
/// A value of all rows, stacked or summed.
struct Batch : ExprOf<ExprKind::Batch> {
  BatchKind what = BatchKind::Stack;
  Expr *input = nullptr;
};
/// The same value, constant to derivatives.
struct Stop : ExprOf<ExprKind::Stop> {
  Expr *input = nullptr;
};
/// The same elements, row-major, under another shape.
struct Reshape : ExprOf<ExprKind::Reshape> {
  Expr *input = nullptr;
};

/// An algorithm on vectors and matrices, by the name it has in the dialect.
struct Routine {
  std::string kind;
  std::vector<Expr *> operands;
  SourceRange range;
  const Function *owner = nullptr;
};
struct RoutineResult : ExprOf<ExprKind::RoutineResult> {
  Routine *routine = nullptr;
  unsigned result = 0;
};

/// What happens in a function besides its value, in written order: a call that updates, or an update.
struct Effect {
  Call *call = nullptr; ///< set for a call
  std::string path;     ///< of the state or parameter that is updated otherwise
  Expr *value = nullptr;
  Expr *old = nullptr; ///< of a state: its reading, which gives the old value wherever it is written
  SourceRange range;
};

/// An instance of a function: its name is unique in the program.
struct Function {
  std::string name;
  SourceRange range;
  std::vector<Input *> inputs;      ///< leaves of the declared inputs, then captures
  std::vector<Expr *> captured;     ///< what the last inputs stand for, in the function around it
  const Function *parent = nullptr; ///< the function around it, when it captures
  bool isRoot = false;              ///< of a recipe or a command: the executable calls it
  /// Bounded variables whose values it computes, for itself and for what it calls.
  std::vector<std::pair<Dim, Expr *>> lengths;
  std::vector<Effect> effects;
  std::vector<Expr *> results;
  std::vector<Elem> storage; ///< of a root whose result is declared: what its results are stored in
  std::vector<std::pair<std::string, const Expr *>> named; ///< values of lines with a name; a record's by `q.mu`
};

struct Parameter {
  std::string path;
  TensorType type;     ///< of what is stored and trained: of a parameter with a symmetry, of its coefficients
  bool isBias = false; ///< starts at zeros or ones: not a weight
  SourceRange range;
  bool ofExperiment = false;                   ///< belongs to a point of an experiment
  TensorType declared = {};                    ///< as it is written
  std::vector<ClaimedAction> invariances = {}; ///< it is the same under each of these
  std::string solution = {};                   ///< what these leave of it: "a I + b 11^T"
};
struct StateVar {
  std::string path;
  TensorType type;
  bool ofOptimizer = false;
  bool ofExperiment = false; ///< belongs to a point of an experiment
};
struct SettingVar {
  std::string name;
  double value = 0;
  Elem elem = Elem::F32;
  bool pinned = false; ///< it also decided something at compile time: the command line cannot replace it
};

/// A function that the executable calls, with what its inputs and results stand for.
struct Root {
  Function *function = nullptr;
  bool training = false;
  std::string compute;              ///< the format that factors of contractions are rounded to; empty: none
  int64_t batch = 0;                ///< bound of the batch; 0: no batch axis
  std::vector<std::string> inputs;  ///< names of fields or arguments, one an input
  std::vector<std::string> results; ///< names of metrics or outputs, one a result
  bool isCommand = false;
  bool makesData = false; ///< computes examples: its results are fields
};

struct Field {
  std::string name;
  TensorType type;
  std::vector<std::string> classNames;
};
/// A reader or a transform, with where its parts are written.
struct DataStage {
  nnrt::DataStage what;
  SourceRange range;                       ///< of the path, or of the whole call
  std::vector<SourceRange> labels, values; ///< of the options
};
struct Dataset {
  std::string name;              ///< its symbol; empty until it has one
  std::string title;             ///< what it is called in reports
  std::vector<DataStage> stages; ///< the reader, then transforms in order
  std::vector<nnrt::DeclaredField> declared;
  std::optional<nnrt::DataInfo> info; ///< what the files hold, once they have been looked at
  std::vector<Field> fields;
  int64_t trainRows = 0;
  Root generator;       ///< of examples that the program computes; else without a function
  int64_t computed = 0; ///< how many these are
  int64_t measured = 0; ///< of how many of these ranges and counts are known
  SourceRange range;
};

/// A data set of a recipe, and the name that its fields are read by; empty where it is the only one.
struct RecipeData {
  std::string alias;
  const Dataset *dataset = nullptr;
};

/// A number that the reports of a split give, and the direction in which it gets better.
struct Watch {
  std::string split, metric;
  bool larger = false;
};

/// Which point of which experiment something belongs to; no name for what stands at the top of the file.
struct PointOf {
  std::string experiment;
  int64_t point = 0;
};

struct Recipe {
  std::string name;
  std::vector<RecipeData> data;
  Root step, eval;
  int64_t count = 0;
  bool epochs = true;
  int64_t batch = 0;
  std::vector<std::string> metrics;
  std::string objective, optimizer; ///< source text
  int64_t reportSteps = 0;          ///< steps between two reports; 0: once an epoch
  std::optional<Watch> keep, stop;
  int64_t patience = 0;            ///< of `stop`, in epochs
  std::vector<std::string> models; ///< paths of the models that it trains; "" for all
  PointOf of;
  SourceRange range;
};

struct Argument {
  std::string name;
  TensorType type;
  std::vector<double> defaultValue; ///< one number an element; none: the argument is required
  std::string size = {};            ///< of an `int`: the setting that it is, "draw.n"
  bool fixed = false;               ///< an `int` that decided a shape, or a `string`: its default is its only value
  std::string word = {};            ///< of a `string`: this value
  const Dataset *text = nullptr;    ///< it is given as text, of the tokens of this data set
  std::optional<Dim> length = {};   ///< of an `int` that decides shapes in each call: a bounded variable
};
struct Command {
  std::string name, doc;
  std::string symbol; ///< its name, but for one that is compiled for several values
  std::vector<Argument> arguments;
  Root root;
  bool ranking = false; ///< results: indices and values, best first
  std::vector<std::string> classNames;
  std::vector<const Dataset *> texts; ///< for each result the data set whose tokens it is made of, or null
  SourceRange range;
};

/// The plane under a decision boundary: what it spans, and the examples drawn on it.
struct Plane {
  double left = 0, right = 1, bottom = 0, top = 1;
  std::string xName, yName;         ///< labels of the axes
  const Dataset *dataset = nullptr; ///< null: no examples
  std::string xField, yField;       ///< scalars; or the first alone, a vector of two
  std::string label;                ///< the field of the classes; empty: there is none
};

/// A value that the executable computes, shows, saves and plots.
struct Report {
  std::string name, text;
  ast::Report::Form form = ast::Report::Form::Default;
  Root root;
  std::vector<std::string> curves; ///< for each result the path of the curve that it is, or ""
  bool ranking = false;
  std::vector<std::string> classNames;
  std::vector<const Dataset *> texts; ///< as in a command
  std::optional<Plane> plane;
  PointOf of;
  std::string shape; ///< of its value, for `nnc check`
  SourceRange range;
};

/// What is declared once for each choice of the swept values.
struct Experiment {
  struct Sweep {
    std::string name;
    std::vector<std::string> values;
  };
  struct Plot {
    std::vector<std::string> curves, against;
  };
  std::string name, doc;
  std::vector<Sweep> sweeps;
  std::vector<std::vector<int64_t>> points; ///< positions of the values, one a sweep
  std::vector<Plot> plots;
  SourceRange range;
};

/// What is known of one of the program's own losses and regularizers.
struct RoleInfo {
  std::string role, name;
  std::optional<double> least; ///< it is never lower, whatever its inputs
  SourceRange range;
};

/// A claim of symmetry, convexity or linearity: of a function of the inputs of a model, which the root calls.
struct Claim {
  enum class Form : uint8_t { Symmetry, Convex, Linear };
  Form form = Form::Symmetry;
  bool equivariant = false;
  std::string subject; ///< as written: "gat(2, 8)"
  Root root;
  std::vector<ClaimedAction> actions;
  std::string variable;                               ///< of convexity and linearity: in what, as written
  std::vector<std::string> variables;                 ///< the arguments and parameters that this means
  std::optional<double> within;                       ///< the largest error that is accepted without a proof
  std::vector<std::pair<std::string, int64_t>> sizes; ///< of its dimension variables
  SourceRange range;
};

/// A whole checked program. It owns everything its members point at.
struct Program {
  std::string name;
  std::vector<Dataset *> datasets;
  std::vector<Parameter> parameters;
  std::vector<StateVar> states;
  std::vector<SettingVar> settings;
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<Recipe> recipes;
  std::vector<Command> commands;
  std::vector<Loaded *> loaded; ///< one for each path
  std::vector<Report> reports;
  std::vector<Experiment> experiments;
  bool runsClaims = false;     ///< the executable shall test them
  bool traced = false;         ///< named values shall be there for `trace`
  std::set<std::string> sizes; ///< of `--set`, what gave values to arguments of commands
  std::vector<RoleInfo> roles; ///< in the order of the source
  std::vector<Claim> claims;   ///< of a program that stands for a claim: that one
  /// Lengths that are at least 1, by their keys.
  std::set<std::string> notEmpty;
  /// Computes all parameters, then all states.
  Function *init = nullptr;

  template <typename T> T *own(std::unique_ptr<T> thing) {
    T *raw = thing.get();
    owned.emplace_back(thing.release(), [](void *p) { delete static_cast<T *>(p); });
    return raw;
  }
  template <typename T> T *make() { return own(std::make_unique<T>()); }

private:
  std::vector<std::shared_ptr<void>> owned;
};

} // namespace nn::checked

#endif
