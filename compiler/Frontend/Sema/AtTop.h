/// The top of the file as the scope of what is being checked, while a point of an experiment is. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_ATTOP_H
#define NOETHER_FRONTEND_SEMA_ATTOP_H

#include "Frontend/Sema/Checker.h"

#include "llvm/Support/SaveAndRestore.h"

namespace nn::sema {

/// The float type of all parameters under a prefix ("" for those of no experiment), if they have one in common.
std::optional<Elem> floatOfParameters(const checked::Program &program, llvm::StringRef prefix);

struct Checker::AtTop {
  explicit AtTop(Checker &checker)
      : env(checker.itemEnv, checker.moduleEnv), instance(checker.itemInstance, &checker.program_),
        self(checker.initFrame.self, &checker.program_), point(checker.pointOf, checked::PointOf()) {}
  llvm::SaveAndRestore<std::shared_ptr<Env>> env;
  llvm::SaveAndRestore<Instance *> instance, self;
  llvm::SaveAndRestore<checked::PointOf> point;
};

} // namespace nn::sema

#endif
