/// Thin wrappers over POSIX calls; everything that touches a file descriptor is here.
#include "core/System.h"
#include "core/Text.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nnrt {

Bytes::Bytes(size_t size) { resize(size); }

void Bytes::resize(size_t size) {
  void *grown = realloc(start, size ? size : 1);
  if (!grown) {
    writeError(format("error: out of memory, asked for %zu bytes\n", size));
    _exit(1);
  }
  start = static_cast<uint8_t *>(grown);
  count = size;
}

Result<Bytes> readFile(const std::string &path, size_t limit) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return failure(errno == ENOENT || errno == ENOTDIR ? DataErrorKind::Missing : DataErrorKind::Unreadable,
                   format("cannot read %s: %s", path.c_str(), strerror(errno)));
  off_t length = lseek(file, 0, SEEK_END);
  lseek(file, 0, SEEK_SET);
  Bytes bytes(length > 0 ? std::min(size_t(length), limit) : std::min<size_t>(limit, 1 << 16));
  size_t have = 0;
  while (have < limit) {
    if (have == bytes.size()) {
      if (length > 0)
        break;
      bytes.resize(std::min(limit, have * 2));
    }
    ssize_t got = read(file, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      Failure reason = failure(DataErrorKind::Unreadable, format("cannot read %s: %s", path.c_str(), strerror(errno)));
      close(file);
      return reason;
    }
    if (got == 0)
      break;
    have += size_t(got);
  }
  close(file);
  bytes.resize(have);
  return bytes;
}

Result<Bytes> readStandardInput() { return readFile("/dev/stdin"); }

static bool writeAll(int file, const void *data, size_t size) {
  const char *at = static_cast<const char *>(data);
  while (size) {
    ssize_t wrote = write(file, at, size);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote < 0)
      return false;
    at += wrote;
    size -= size_t(wrote);
  }
  return true;
}

Status writeFileAtomically(const std::string &path, const std::vector<Part> &parts) {
  std::string temporary = format("%s.%d.tmp", path.c_str(), int(getpid()));
  int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  bool good = file >= 0;
  for (const Part &part : parts)
    good = good && writeAll(file, part.data, part.size);
  good = good && fsync(file) == 0;
  int reason = errno;
  if (file >= 0 && close(file) != 0 && good)
    good = false, reason = errno;
  if (good && rename(temporary.c_str(), path.c_str()) != 0)
    good = false, reason = errno;
  if (good)
    return success();
  unlink(temporary.c_str());
  return failure(DataErrorKind::Unreadable, format("cannot write %s: %s", path.c_str(), strerror(reason)));
}

bool isFile(const std::string &path) {
  struct stat about;
  return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}
bool isDirectory(const std::string &path) {
  struct stat about;
  return stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

std::vector<std::string> listFolder(const std::string &path) {
  std::vector<std::string> names;
  DIR *folder = opendir(path.c_str());
  if (!folder)
    return names;
  while (const dirent *entry = readdir(folder))
    if (entry->d_name[0] != '.')
      names.emplace_back(entry->d_name);
  closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

std::string joinPath(const std::string &folder, const std::string &name) {
  if (folder.empty() || name.empty() || name[0] == '/')
    return name.empty() ? folder : name;
  return folder.back() == '/' ? folder + name : folder + "/" + name;
}

double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

void writeOut(const std::string &text) { (void)writeAll(1, text.data(), text.size()); }
void writeError(const std::string &text) { (void)writeAll(2, text.data(), text.size()); }
bool standardErrorIsTerminal() { return isatty(2); }
bool standardOutputIsTerminal() { return isatty(1) && !getenv("NO_COLOR"); }

int terminalWidth() {
  winsize size{};
  return ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static volatile sig_atomic_t interrupted = 0;

static void onInterrupt(int number) {
  if (interrupted)
    _exit(128 + number);
  interrupted = number;
}

void catchInterrupts() {
  struct sigaction action{};
  action.sa_handler = onInterrupt;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}
int interruptSignal() { return interrupted; }

} // namespace nnrt
