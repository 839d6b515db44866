/// What names of other languages and libraries are called here.
#ifndef NOETHER_FRONTEND_SEMA_HABITS_H
#define NOETHER_FRONTEND_SEMA_HABITS_H

#include "llvm/ADT/StringRef.h"

namespace nn::sema {

/// Where a name is used: the same word may be a function, a type, a hyperparameter or something behind a dot.
enum class HabitPlace : uint8_t { Value, Type, Hyperparameter, Member };

struct Habit {
  llvm::StringRef instead; ///< our name, which can take the place of the other one; empty if there is none
  llvm::StringRef help;    ///< a sentence; empty if `instead` says it all

  explicit operator bool() const { return !instead.empty() || !help.empty(); }
};

/// False if the name is none that people bring along.
Habit habitOf(llvm::StringRef name, HabitPlace place);

/// Modules whose functions have no module here: `np`, `torch`, `nn`.
bool isForeignModule(llvm::StringRef name);

} // namespace nn::sema

#endif
