/// What the parts of emission share. Private to Emit.
#ifndef NOETHER_FRONTEND_EMIT_EMITTER_H
#define NOETHER_FRONTEND_EMIT_EMITTER_H

#include "Dialect/NN/IR/EquationUtils.h"
#include "Dialect/NN/IR/NN.h"
#include "Dialect/NN/IR/Storage.h"
#include "Frontend/Emit/Emit.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <deque>
#include <map>
#include <set>
#include <tuple>

namespace nn::emit {

/// Locations and types.
class Translation {
public:
  Translation(mlir::MLIRContext &context, const SourceManager &sources) : context(context), sources(sources) {}
  mlir::Location locOf(SourceRange range, llvm::StringRef name = "") const;
  mlir::Type elementOf(checked::Elem elem) const;
  /// The same, whether `wide` or not.
  mlir::Type ownElementOf(checked::Elem elem) const;
  mlir::RankedTensorType typeOf(const checked::TensorType &type) const;
  /// What a tensor is kept in outside of the program: in files, parameters, states, arguments and results.
  mlir::RankedTensorType storedAs(const checked::TensorType &type) const;

  mlir::MLIRContext &context;
  const SourceManager &sources;
  bool wide = false; ///< f32 is computed with as f64, but for what parameters, states and settings are stored in
  llvm::StringMap<double> pinned; ///< settings that are constants, because they also decided something at compile time
  llvm::StringMap<unsigned> mantissa; ///< of parameters and states that are rounded when written: to so many bits
  llvm::StringSet<> parameters;       ///< those that exist: what nothing reaches does not
};

/// What groups move, as an attribute: an array of actions.
mlir::ArrayAttr actionsAttr(mlir::Builder &builder, llvm::ArrayRef<checked::ClaimedAction> actions);

/// Functions to be emitted, each for the number of guards that it runs under.
class Variants {
public:
  /// With a prefix, all functions are copies.
  explicit Variants(llvm::StringRef prefix = "") : prefix(prefix) {}
  /// The name of the function with this many guards more.
  std::string nameOf(const checked::Function *function, size_t guards);
  std::deque<std::pair<const checked::Function *, size_t>> wanted;

private:
  std::string prefix;
  std::set<std::pair<const checked::Function *, size_t>> known;
};

/// What a function computes counts only where `position < limit`: two i32 scalars. Elsewhere none of its equations has
/// a point: the function is mapped over an index that runs to a length, or is a turn of a loop behind its end.
struct Guard {
  mlir::Value position, limit;
};

using Indices = llvm::SetVector<const checked::IndexVar *, llvm::SmallVector<const checked::IndexVar *, 4>>;

/// Emits the body of one function. A value that depends on indices of equations around it is a tensor whose leading
/// axes are these indices, in the order of `freeIndices`.
class FunctionEmitter {
public:
  /// A traced function also computes every value that has a name, and calls traced ones.
  FunctionEmitter(const Translation &translation, DiagnosticEngine &diags, mlir::OpBuilder &builder, Variants &variants,
                  bool traced = false)
      : translation(translation), diags(diags), builder(builder), variants(variants), traced(traced) {}

  /// Declares the function's arguments, of which the last are its guards, and writes its effects and its results;
  /// a root's are followed by the extents of their axes that are lengths.
  void emitBody(const checked::Function &function, mlir::func::FuncOp op, size_t numGuards);
  /// An integer that depends on lengths of my example, as a scalar.
  mlir::Value lengthValue(const checked::Dim &dim, mlir::Location loc);
  /// The value of an expression: axes of its free indices, then its own.
  mlir::Value tensor(const checked::Expr *expr);
  void emitEffects(const checked::Function &function);
  /// Sets a parameter or a state, rounded to what it is stored in.
  void write(llvm::StringRef path, mlir::Value value, mlir::Location loc);
  const Indices &freeIndices(const checked::Expr *expr);

private:
  friend class EquationEmitter;
  /// Computes the lengths that a function gives to bounded variables.
  void setLengths(const checked::Function &function);
  /// The range, if it is one of the program and not of the library.
  SourceRange inProgram(SourceRange range) const;
  /// The place of what is being emitted; of a library's function that was written out, behind the program's call.
  mlir::Location locOf(SourceRange range, llvm::StringRef name = "") const;
  mlir::Value makeTensor(const checked::Expr *expr);
  /// Computes the named values of a function, and says their names on the operations.
  void emitNamed(const checked::Function &function);
  mlir::Value ambient(const checked::Ambient *expr, mlir::Location loc);
  mlir::Value constant(const checked::Constant *expr, mlir::Location loc);
  mlir::Value stacked(const checked::Batch *batch, mlir::Value input);
  mlir::Value reduce(const checked::Reduce *expr);
  mlir::Value meanOf(const checked::Reduce *expr, mlir::Value sum);
  /// The guard of a function mapped over indices and axes; none if none of them runs to a length.
  std::optional<Guard> guardOver(const Indices &indices, const checked::Shape &axes, mlir::Location loc);
  void guardValues(llvm::SmallVectorImpl<mlir::Value> &values) const;
  mlir::Value callResult(const checked::CallResult *expr);
  mlir::ValueRange emitCall(const checked::Call *call);
  mlir::Value derivativeResult(const checked::DerivativeResult *expr);
  mlir::Value derivativeAlong(const checked::DerivativeResult *expr);
  mlir::Value loopResult(const checked::LoopResult *expr);
  mlir::Value routineResult(const checked::RoutineResult *expr);
  mlir::ValueRange emitScan(const checked::Loop *loop);
  mlir::ValueRange emitIterate(const checked::Loop *loop);
  /// `expr` as a tensor over all of `indices` and `axes` (where its own shape has them), then `rank` axes of its own.
  mlir::Value spread(const checked::Expr *expr, const Indices &indices, const checked::Shape &axes, unsigned rank);
  /// A call of a scalar function as operations on its arguments; null if it has to stay a call.
  const checked::Expr *expanded(const checked::CallResult *expr);
  void collectFree(const checked::Expr *expr, Indices &indices);
  std::string calleeOf(const checked::Function *callee, size_t numGuards);
  mlir::RankedTensorType typeWith(const Indices &indices, const checked::TensorType &type);
  mlir::Value refuse(llvm::StringRef construct, const checked::Expr *expr);

  const Translation &translation;
  DiagnosticEngine &diags;
  mlir::OpBuilder &builder;
  Variants &variants;
  bool traced;
  SourceRange site; ///< of the expression that is being emitted
  llvm::SmallVector<Guard> guards;
  std::map<std::string, mlir::Value> lengths; ///< by the key of the Dim
  llvm::DenseMap<const checked::Expr *, mlir::Value> values;
  llvm::DenseMap<const void *, llvm::SmallVector<mlir::Value>> groups; ///< results of calls, derivatives and loops
  std::map<const checked::Expr *, Indices> indicesOf;
  llvm::DenseMap<const checked::CallResult *, const checked::Expr *> expansions;
  std::vector<std::unique_ptr<checked::Expr>> made;
  unsigned sites = 0;
};

/// Builds one equation: a box over indices and axes, a body that is a tree of scalar functions over accesses.
class EquationEmitter {
public:
  EquationEmitter(FunctionEmitter &function, Combine combine, mlir::Location loc);

  unsigned addIndex(const checked::IndexVar *var);
  unsigned addAxis(const checked::Axis &axis);
  mlir::AffineExpr dim(unsigned number) { return mlir::getAffineDimExpr(number, context); }
  /// Adds what a condition says about the box to the domain; the rest waits for the body.
  void addCondition(const checked::Expr *where);
  /// The equation whose body is `expr`, read at `trailing` along its own axes, written at `write`.
  mlir::Value finish(const checked::Expr *expr, llvm::ArrayRef<mlir::AffineExpr> trailing,
                     llvm::ArrayRef<mlir::AffineExpr> write, mlir::RankedTensorType type);
  /// Says that the equation makes the value of `expr`, so that it is not read.
  void define(const checked::Expr *expr) { defined = expr; }
  /// The equation that counts the points.
  mlir::Value finishCount(llvm::ArrayRef<mlir::AffineExpr> write, mlir::RankedTensorType type);

private:
  struct Place {
    const checked::Expr *expr;
    llvm::SmallVector<mlir::AffineExpr> at;
    bool operator<(const Place &other) const;
  };
  /// True if a derivative needs the expression as a value of its own.
  bool isRead(const checked::Expr *expr) const { return expr->isVariable && expr != defined; }
  void collect(const checked::Expr *expr, llvm::ArrayRef<mlir::AffineExpr> at);
  void collectAccess(const checked::Access *access, llvm::ArrayRef<mlir::AffineExpr> at,
                     llvm::SmallVectorImpl<mlir::AffineExpr> &inner);
  void addRead(const checked::Expr *expr, llvm::ArrayRef<mlir::AffineExpr> at);
  /// A read that is 0 where it leaves an axis: its base is a tensor, whatever it is computed by.
  void addPaddedRead(const checked::Access *access, llvm::ArrayRef<mlir::AffineExpr> at);
  /// An integer expression as an affine one; what is not affine becomes the symbol of a table.
  mlir::AffineExpr affine(const checked::Expr *expr);
  std::optional<mlir::AffineExpr> affineOrNone(const checked::Expr *expr);
  mlir::AffineExpr symbolOf(const checked::Expr *expr);
  /// A subscript. What lengths take part in becomes a table, held inside the axis of `extent` entries.
  mlir::AffineExpr subscript(const checked::Expr *expr, int64_t extent);
  mlir::AffineExpr slice(const checked::Dim &begin, int64_t count, int64_t extent, mlir::AffineExpr at);
  bool addConstraint(const checked::Pointwise *test);
  void limitBatchIndices();
  /// Ends every index that runs to a length there, and nothing has a point where a guard fails.
  void limitLengths();
  unsigned addTable(mlir::Value table, llvm::ArrayRef<mlir::AffineExpr> place, int64_t bound);
  mlir::AffineExpr lengthOf(const checked::Dim &dim, mlir::AffineExpr row);
  mlir::Value body(const checked::Expr *expr, llvm::ArrayRef<mlir::AffineExpr> at, mlir::OpBuilder &builder,
                   mlir::ValueRange scalars);
  mlir::Value compute(const checked::Expr *expr, llvm::ArrayRef<mlir::AffineExpr> at, mlir::OpBuilder &builder,
                      mlir::ValueRange scalars);
  mlir::Value pointwise(const checked::Pointwise *op, llvm::ArrayRef<mlir::AffineExpr> at, mlir::OpBuilder &builder,
                        mlir::ValueRange scalars);
  mlir::Value build(mlir::RankedTensorType type, llvm::ArrayRef<mlir::AffineExpr> write,
                    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::ValueRange)> value);
  /// All maps with the numbers of dimensions and symbols that are known at the end.
  void completeMaps(llvm::ArrayRef<mlir::AffineExpr> write);

  FunctionEmitter &function;
  mlir::MLIRContext *context;
  mlir::Location loc;
  EquationParts parts;
  const checked::Expr *defined = nullptr;
  llvm::DenseMap<const checked::IndexVar *, unsigned> dims;
  std::map<Place, unsigned> inputs;
  std::set<Place> collected;             ///< what has been searched for reads
  std::map<Place, mlir::Value> computed; ///< what the body has computed so far
  llvm::SmallVector<llvm::SmallVector<mlir::AffineExpr>> readExprs, tableExprs;
  llvm::DenseMap<const checked::Expr *, unsigned> tables;
  /// Of slices that begin at a length: their begin, extents, and the index into them.
  std::map<std::tuple<std::string, int64_t, int64_t, const void *>, unsigned> slices;
  llvm::SmallVector<mlir::AffineExpr> constraints;
  llvm::SmallVector<bool> equalities;
  llvm::SmallVector<mlir::Attribute> fills; ///< of the inputs, as in EquationParts
  llvm::SmallVector<const checked::Expr *> dataConditions;
  llvm::SmallVector<const checked::IndexVar *> batchIndices;
  /// An index of the box that runs to a length: of my example, or of the row at another index.
  struct Limited {
    unsigned dim;
    checked::Dim extent;
    const checked::Expr *row;
    std::optional<unsigned> rowDim;
  };
  llvm::SmallVector<Limited> limited;
  std::optional<unsigned> batchDim; ///< of the batch axis that was added last
  std::map<std::pair<std::string, const void *>, mlir::AffineExpr> lengthSymbols;
  mlir::AffineExpr rowOf(const Limited &index);
};

} // namespace nn::emit

#endif
