// Replaying a certificate: what is written is put in, and compared. Nothing is searched for.
#pragma once

#include "Dialect/NN/IR/Claims.h"
#include "Symmetry/Replay/Certificate.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace nn::replay {

using Place = llvm::SmallVector<int64_t>;

/// Replays the proof for one element at one generator that it stands for.
class Replay {
public:
  Replay(mlir::func::FuncOp function, const Element &element, symmetry::GroupRef group, int64_t generator);

  /// Whether every record follows from those before it, the inputs move as declared and so do the outputs.
  bool run(const ActionSpec &declared);
  std::string why; ///< it does not

private:
  friend class EquationReplay;
  bool refuse(const llvm::Twine &reason);
  const Record *find(mlir::Value value) const { return records.lookup(names.lookup(value)); }
  const Action *at(mlir::Value value); ///< null, and a refusal, if nothing is written
  bool isMatrix(const AxisMove &move) const {
    return move.kind == AxisMove::Kind::Moves && movers[move.mover].kind == Mover::Kind::Matrix;
  }

  // Movers and actions.
  bool checkMovers();
  bool checkAction(const Action &action, llvm::ArrayRef<int64_t> shape);
  int64_t moveIndex(int64_t mover, int64_t index) const;
  /// Where an entry goes; components of vectors stay where they are.
  Place movePlace(const Action &action, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> place) const;
  /// `moved` is where `action` takes `place`, but for axes along which all is the same.
  bool goesTo(const Action &action, llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> place,
              llvm::ArrayRef<int64_t> moved) const;
  bool isStill(const Action &action) const;
  bool implies(const Action &found, const Action &wanted) const;

  // What the claim declares.
  bool isDeclared(const Action &action, llvm::ArrayRef<int64_t> shape, const ActionSpec &spec, unsigned leaf,
                  bool result);
  bool isDeclared(const Action &action, llvm::ArrayRef<int64_t> shape, const SpaceSpec &space, Action &rest);

  // Operations. Each says what the results have to move like; `written` holds what is written of them.
  using Expected = std::optional<llvm::SmallVector<Action>>;
  bool replayBlock(mlir::Block &block);
  std::optional<Action> replayEquation(EquationOp op, const Record &record);
  Expected visit(mlir::Operation *op, llvm::ArrayRef<const Action *> written);
  bool isReshaped(const Action &from, llvm::ArrayRef<int64_t> in, const Action &to, llvm::ArrayRef<int64_t> out) const;
  std::optional<Action> dualOf(mlir::Value value);
  Expected visitRoutine(RoutineOp op);
  Expected visitLoop(mlir::Operation *op, mlir::ValueRange inits, mlir::ValueRange xs, mlir::ValueRange captures,
                     bool until);

  // Constants, and what rests.
  bool rests(mlir::Value value);
  bool keeps(mlir::Value constant, const Action &action) const;

  mlir::func::FuncOp function;
  const Element &element;
  std::vector<Mover> movers;
  symmetry::GroupRef group;
  int64_t generator;
  llvm::DenseMap<mlir::Value, std::string> names;
  llvm::StringMap<const Record *> records;
  llvm::StringSet<> used;                   ///< records that others follow from
  llvm::SmallVector<mlir::Value> variables; ///< what is differentiated by
  llvm::SmallVector<mlir::Value> twice;     ///< what moves in two ways
  llvm::SmallVector<mlir::Value> bypassed;  ///< copies that are read through
};

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return mlir::cast<mlir::ShapedType>(value.getType()).getShape();
}
inline int64_t cellsOf(llvm::ArrayRef<int64_t> shape) { return mlir::ShapedType::getNumElements(shape); }
/// Row-major.
inline Place placeOf(int64_t cell, llvm::ArrayRef<int64_t> shape) {
  return mlir::delinearize(cell, mlir::computeStrides(shape));
}
inline int64_t cellOf(llvm::ArrayRef<int64_t> place, llvm::ArrayRef<int64_t> shape) {
  return mlir::linearize(place, mlir::computeStrides(shape));
}
inline bool isInside(llvm::ArrayRef<int64_t> place, llvm::ArrayRef<int64_t> shape) {
  return llvm::all_of(llvm::seq(shape.size()),
                      [&](size_t axis) { return place[axis] >= 0 && place[axis] < shape[axis]; });
}

/// Whether the proof is one of the claim of this form: empty, or what is wrong with it.
std::string replay(const Certificate &certificate, mlir::ModuleOp form);

/// How a scalar of a body moves.
struct Scalar {
  std::vector<std::pair<unsigned, bool>> carriers; ///< indices by which it is the component of a vector, or of a form
  bool odd = false;
  double weight = 0;
  unsigned point = 0;           ///< the index by which a translation adds
  std::optional<int64_t> label; ///< it is an index that this mover permutes
  std::optional<double> number;
  bool wrong = false; ///< in no known way
  bool stays() const { return carriers.empty() && !odd && weight == 0 && !label && !wrong; }
};

/// What the body yields, given what it reads, the box's indices and the symbols.
Scalar evaluateBody(EquationOp op, llvm::ArrayRef<Scalar> inputs, llvm::ArrayRef<Scalar> indices,
                    llvm::ArrayRef<Scalar> symbols);

} // namespace nn::replay
