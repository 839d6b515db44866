/// Elements of groups, applied to tensors of a program. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_GROUPACTION_H
#define NOETHER_FRONTEND_SEMA_GROUPACTION_H

#include "Frontend/Sema/Checker.h"
#include "Symmetry/LetterMove.h"

namespace nn::sema {

/// An element of a group as a product of letters (Note [Letters]), and what it makes of tensors. Which element it is
/// may be drawn, or be a number that the program computes.
class Checker::GroupAction {
public:
  GroupAction(Checker &checker, symmetry::GroupRef group, SourceRange range)
      : checker(checker), group(std::move(group)), range(range) {}

  /// A uniform element, drawn where the program runs. Refused if there is none.
  llvm::Error draw();
  /// One of these, by its number in the program; null for the only one.
  void choose(std::vector<symmetry::Word> words, checked::Expr *number);
  /// What the element makes of a tensor along these axes, by a representation.
  llvm::Expected<checked::Expr *> moved(checked::Expr *tensor, llvm::ArrayRef<unsigned> axes, llvm::StringRef by);
  /// What it makes of a tensor that holds indices of what the group permutes.
  llvm::Expected<checked::Expr *> movedValues(checked::Expr *tensor, llvm::StringRef by);

private:
  using Kind = symmetry::LetterMove::Kind;
  /// A letter with what is drawn for it: the number of a choice, an angle, or what stands at each place.
  struct Drawn {
    symmetry::Letter letter;
    checked::Expr *value = nullptr;
  };
  /// A tensor with an index for each of its axes.
  struct Cells {
    llvm::SmallVector<checked::IndexVar *> vars;
    llvm::SmallVector<checked::Expr *> at;
  };
  Cells cellsOf(const TensorType &type);
  /// The entry of a tensor, which may itself be an entry of one with more axes.
  checked::Expr *read(checked::Expr *tensor, llvm::ArrayRef<checked::Expr *> places);
  checked::Expr *apply(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                       llvm::ArrayRef<unsigned> axes);
  checked::Expr *stepped(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                         llvm::ArrayRef<unsigned> axes);
  checked::Expr *turned(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                        llvm::ArrayRef<unsigned> axes);
  checked::Expr *looked(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                        llvm::ArrayRef<unsigned> axes);
  checked::Expr *shuffled(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                          llvm::ArrayRef<unsigned> axes);
  checked::Expr *multiplied(checked::Expr *tensor, llvm::ArrayRef<unsigned> axes,
                            llvm::function_ref<checked::Expr *(llvm::ArrayRef<checked::Expr *>)> entry);
  checked::Expr *byMatrices(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                            llvm::ArrayRef<unsigned> axes);
  checked::Expr *flowed(const Drawn &drawn, const symmetry::LetterMove &move, checked::Expr *tensor,
                        llvm::ArrayRef<unsigned> axes);
  /// A constant with a leading axis for the choices, if there are several; read at this choice and these places.
  checked::Expr *entry(const Drawn &drawn, TensorType type, const std::vector<std::vector<double>> &rows,
                       llvm::ArrayRef<checked::Expr *> places);
  checked::Expr *uniform(Shape axes);
  checked::Expr *below(int64_t n);
  checked::Expr *angle(int power);
  checked::Expr *order(int64_t n);
  bool isRotation(llvm::StringRef by) const;
  checked::Expr *integer(int64_t value) { return checker.number(double(value), Elem::I32, range); }
  checked::Expr *op(checked::ScalarOp op, llvm::ArrayRef<checked::Expr *> operands) {
    return checker.scalarOp(op, operands, range);
  }

  Checker &checker;
  symmetry::GroupRef group;
  SourceRange range;
  std::vector<Drawn> letters;
};

} // namespace nn::sema

#endif
