/// A value or the reason why there is none: the runtime is built without exceptions.
#pragma once

#include "noether/data.h"

#include <utility>

namespace nnrt {

/// One sentence for the user, with what a caller may want to tell apart.
using Failure = DataError;

/// A plain failure, or one of another kind.
inline Failure failure(std::string text) { return {DataErrorKind::Malformed, std::move(text), {}, {}}; }
inline Failure failure(DataErrorKind kind, std::string text) { return {kind, std::move(text), {}, {}}; }

template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : present(true), value(std::move(value)) {}
  Result(Failure failure) : present(false), reason(std::move(failure)) {}

  explicit operator bool() const { return present; }
  T &operator*() { return value; }
  T *operator->() { return &value; }
  Failure &error() { return reason; }
  const std::string &text() const { return reason.text; }

private:
  bool present;
  T value{};
  Failure reason;
};

struct Unit {};
/// For what can fail and yields nothing.
using Status = Result<Unit>;
inline Status success() { return Unit{}; }

} // namespace nnrt
