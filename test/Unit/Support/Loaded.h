// Compiles a planned module, loads it into this process and runs its functions; for tests and benchmarks.
#pragma once

#include "Target/CPU/CPU.h"

#include "noether/abi.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <memory>
#include <string>
#include <vector>

namespace nn::test {

/// A context with the dialects that planned modules use.
std::unique_ptr<mlir::MLIRContext> makeContext();

/// 64-byte aligned memory that a call reads and writes.
class Block {
public:
  explicit Block(int64_t bytes);
  char *data() { return start; }
  template <typename T> T *as(int64_t offset = 0) { return reinterpret_cast<T *>(start + offset); }

private:
  std::unique_ptr<char[]> memory;
  char *start;
};

/// A model in this process.
class Loaded {
public:
  /// Compiles `text`; `failure` says why there is no program.
  static std::unique_ptr<Loaded> fromText(mlir::MLIRContext &context, llvm::StringRef text, ISA isa,
                                          std::string &failure);
  static std::unique_ptr<Loaded> fromModule(mlir::ModuleOp module, ISA isa, std::string &failure);
  static std::unique_ptr<Loaded> fromModule(mlir::ModuleOp module, const TargetOptions &options, std::string &failure);
  ~Loaded();

  const nn_program &program() const { return *description; }
  const nn_function *function(llvm::StringRef name) const;
  /// Runs a function of the program on blocks of its sizes. `threads` > 1 cuts frames as that many threads would.
  void run(const nn_function &function, Block &persistent, Block &settings, Block &io, int64_t threads = 1);

private:
  void *library = nullptr;
  const nn_program *description = nullptr;
};

/// Where the elements of a parameter or state lie, in units of elements: stored place by logical place.
std::vector<int64_t> storedPlaces(const nn_tensor &tensor);

} // namespace nn::test
