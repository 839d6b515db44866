// Linking in process: executables that run and need the C library only, and outputs that cannot be written.
#include "Link/Link.h"
#include "Dialect/NN/IR/NN.h"
#include "Target/CPU/CPU.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <gtest/gtest.h>

using namespace nn;

namespace {

class Linking : public testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("noether-link-test", folder)); }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string path(llvm::StringRef name) {
    llvm::SmallString<128> result(folder);
    llvm::sys::path::append(result, name);
    return std::string(result);
  }
  size_t entries() {
    std::error_code code;
    size_t count = 0;
    for (llvm::sys::fs::directory_iterator it(folder, code), end; it != end && !code; it.increment(code))
      ++count;
    return count;
  }
  /// The object of the kernels' worked example.
  llvm::SmallVector<char, 0> object() {
    mlir::DialectRegistry registry;
    registry.insert<NNDialect, mlir::arith::ArithDialect, mlir::math::MathDialect, mlir::func::FuncDialect>();
    mlir::MLIRContext context(registry);
    auto module =
        mlir::parseSourceFile<mlir::ModuleOp>(NOETHER_SOURCE_DIR "/test/Kernels/Inputs/planned.mlir", &context);
    TargetOptions options;
    options.program.name = "planned";
    options.program.compiler = "test";
    auto result = emitObject(*module, options);
    EXPECT_TRUE(bool(result));
    return std::move(*result);
  }

  llvm::SmallString<128> folder;
};

} // namespace

TEST_F(Linking, ExecutableRunsAndNeedsTheCLibraryOnly) {
  auto bytes = object();
  std::string output = path("model");
  llvm::Error error = linkExecutable({{bytes}, output});
  ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
  EXPECT_EQ(entries(), 1u);

  auto file = llvm::object::ObjectFile::createObjectFile(output);
  ASSERT_TRUE(bool(file));
  auto *elf = llvm::cast<llvm::object::ELF64LEObjectFile>(file->getBinary());
  auto dynamic = elf->getELFFile().dynamicEntries();
  ASSERT_TRUE(bool(dynamic));
  std::vector<std::string> needed;
  uint64_t strings = 0;
  for (const auto &entry : *dynamic)
    if (entry.getTag() == llvm::ELF::DT_STRTAB)
      strings = entry.getPtr();
  for (const auto &entry : *dynamic)
    if (entry.getTag() == llvm::ELF::DT_NEEDED)
      needed.push_back(reinterpret_cast<const char *>(*elf->getELFFile().toMappedAddr(strings + entry.getVal())));
  for (const std::string &library : needed)
    EXPECT_TRUE(library == "libc.so.6" || library == "libm.so.6") << library;

  std::string quiet = path("out");
  std::optional<llvm::StringRef> redirects[] = {std::nullopt, llvm::StringRef(quiet), llvm::StringRef(quiet)};
  EXPECT_EQ(llvm::sys::ExecuteAndWait(output, {output, "--help"}, std::nullopt, redirects, 10), 0);
}

TEST_F(Linking, UnwritableOutputIsReportedAndLeavesNothing) {
  auto bytes = object();
  std::string output = path("missing/model");
  EXPECT_EQ(llvm::toString(linkExecutable({{bytes}, output})),
            "cannot write `" + output + "`: No such file or directory");
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Linking, FolderAsOutputIsReported) {
  auto bytes = object();
  EXPECT_EQ(llvm::toString(linkExecutable({{bytes}, std::string(folder)})),
            "cannot write `" + std::string(folder) + "`: it is a folder");
}
