/// Tensors as groups see them: with the names that actions call their axes by. Private to Sema.
#ifndef NOETHER_FRONTEND_SEMA_MOVED_H
#define NOETHER_FRONTEND_SEMA_MOVED_H

#include "Frontend/Sema/Checker.h"

namespace nn::sema {

/// One tensor that an action may move: an input, a part of the output, or a parameter.
struct MovableLeaf {
  std::string path;    ///< "g.x", "output"; empty for a parameter
  unsigned number = 0; ///< among the inputs, or among the results
  bool ofResult = false;
  TensorType type;
  std::vector<std::string> labels; ///< of its axes: dimension variables and labels; "" where there is none
  std::string indexInto;           ///< the variable n of `index(n)`; "" if there is none
};

} // namespace nn::sema

#endif
