// Links executables and shared libraries with lld in this process.
#include "Link/Link.h"

#include "Support/Embedded.h"

#include "lld/Common/CommonLinkerContext.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>
#include <tuple>

LLD_HAS_DRIVER(elf)

using namespace nn;
using llvm::Error;
using llvm::SmallString;
using llvm::StringRef;

static Error failure(const llvm::Twine &what) { return llvm::createStringError(llvm::inconvertibleErrorCode(), what); }

namespace {

/// A folder of our own that goes away with its files.
class PrivateFolder {
public:
  static llvm::Expected<PrivateFolder> create() {
    PrivateFolder folder;
    if (std::error_code code = llvm::sys::fs::createUniqueDirectory("noether", folder.path))
      return failure("cannot make a temporary folder: " + code.message());
    return folder;
  }
  PrivateFolder(PrivateFolder &&other) noexcept : path(std::move(other.path)) { other.path.clear(); }
  ~PrivateFolder() {
    if (!path.empty())
      std::ignore = llvm::sys::fs::remove_directories(path);
  }
  std::string file(StringRef name) const {
    SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return std::string(result);
  }
  /// Writes a file and gives its path.
  llvm::Expected<std::string> write(StringRef name, StringRef bytes) const {
    std::string at = file(name);
    std::error_code code;
    llvm::raw_fd_ostream stream(at, code);
    stream << bytes;
    stream.close();
    if (code || stream.has_error())
      return failure("cannot write a temporary file: " + (code ? code : stream.error()).message());
    return at;
  }

private:
  PrivateFolder() = default;
  SmallString<128> path;
};

} // namespace

/// Runs lld. Its state is global, so one link at a time.
static Error runLinker(llvm::ArrayRef<std::string> arguments) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(pointers, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return Error::success();
  return failure("internal error: the linker failed: " + StringRef(messages).trim());
}

/// Puts a finished file in its place: beside it first, then renamed, so that readers see the old or the new one.
static Error moveInto(StringRef from, StringRef output, bool executable) {
  auto cannot = [&](std::error_code code) { return failure("cannot write `" + output + "`: " + code.message()); };
  if (llvm::sys::fs::is_directory(output))
    return failure("cannot write `" + output + "`: it is a folder");
  SmallString<128> beside;
  int descriptor;
  if (auto code = llvm::sys::fs::createUniqueFile(output + ".%%%%%%.part", descriptor, beside))
    return cannot(code);
  auto drop = llvm::make_scope_exit([&] { std::ignore = llvm::sys::fs::remove(beside); });
  std::error_code code = llvm::sys::fs::copy_file(from, descriptor);
  std::error_code closed = llvm::sys::Process::SafelyCloseFileDescriptor(descriptor);
  if (!code)
    code = closed;
  if (code)
    return cannot(code);
  using llvm::sys::fs::perms;
  unsigned mask = llvm::sys::fs::getUmask();
  auto mode = perms((executable ? 0777 : 0666) & ~mask);
  if (auto problem = llvm::sys::fs::setPermissions(beside, mode))
    return cannot(problem);
  if (auto problem = llvm::sys::fs::rename(beside, output))
    return cannot(problem);
  drop.release();
  return Error::success();
}

/// Puts the objects into files, and these among the arguments.
static Error writeObjects(const LinkInputs &inputs, PrivateFolder &folder, std::vector<std::string> &arguments) {
  for (auto [k, object] : llvm::enumerate(inputs.objects)) {
    auto path = folder.write(("model" + llvm::Twine(k) + ".o").str(), StringRef(object.data(), object.size()));
    if (!path)
      return path.takeError();
    arguments.push_back(*path);
  }
  return Error::success();
}

Error nn::linkExecutable(const LinkInputs &inputs) {
  auto folder = PrivateFolder::create();
  if (!folder)
    return folder.takeError();
  std::string result = folder->file("out");
  std::vector<std::string> arguments = {"ld.lld",
                                        "-o",
                                        result,
                                        "--gc-sections",
                                        "-pie",
                                        "-z",
                                        "now",
                                        "-z",
                                        "relro",
                                        "--as-needed",
                                        "--build-id=none",
                                        "--hash-style=gnu",
                                        "--strip-all",
                                        "--dynamic-linker=/lib64/ld-linux-x86-64.so.2",
                                        "-e",
                                        "_start"};
  if (Error error = writeObjects(inputs, *folder, arguments))
    return error;
  for (const EmbeddedFile &file : embedded::runtime()) {
    auto path = folder->write(file.name, file.bytes);
    if (!path)
      return path.takeError();
    arguments.push_back(*path);
  }
  if (Error error = runLinker(arguments))
    return error;
  return moveInto(result, inputs.output, /*executable=*/true);
}

Error nn::linkSharedLibrary(const LinkInputs &inputs) {
  auto folder = PrivateFolder::create();
  if (!folder)
    return folder.takeError();
  std::string result = folder->file("out");
  std::vector<std::string> arguments = {"ld.lld", "-shared", "-o", result, "--build-id=none", "--hash-style=gnu"};
  if (Error error = writeObjects(inputs, *folder, arguments))
    return error;
  if (Error error = runLinker(arguments))
    return error;
  return moveInto(result, inputs.output, /*executable=*/false);
}
