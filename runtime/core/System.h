/// The operating system: files, clock, terminal, signals.
#pragma once

#include "core/Result.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace nnrt {

/// Bytes that are not cleared first; movable only.
class Bytes {
public:
  Bytes() = default;
  explicit Bytes(size_t size);
  Bytes(Bytes &&other) noexcept : start(other.start), count(other.count) { other.start = nullptr, other.count = 0; }
  Bytes &operator=(Bytes &&other) noexcept {
    std::swap(start, other.start);
    std::swap(count, other.count);
    return *this;
  }
  ~Bytes() { free(start); }

  uint8_t *data() { return start; }
  const uint8_t *data() const { return start; }
  size_t size() const { return count; }
  /// Keeps what fits.
  void resize(size_t size);

private:
  uint8_t *start = nullptr;
  size_t count = 0;
};

/// The first `limit` bytes of a file. Fails with Missing or Unreadable.
Result<Bytes> readFile(const std::string &path, size_t limit = SIZE_MAX);

/// Standard input to its end.
Result<Bytes> readStandardInput();

/// Writes beside the path and renames, so that a reader never sees half a file. The parts are written in order.
struct Part {
  const void *data;
  size_t size;
};
Status writeFileAtomically(const std::string &path, const std::vector<Part> &parts);

bool isFile(const std::string &path);
bool isDirectory(const std::string &path);
/// The names in a folder in order of their bytes, without those that start with a dot.
std::vector<std::string> listFolder(const std::string &path);
/// "" stays "", "a/b" and "/b" are joined as a shell would.
std::string joinPath(const std::string &folder, const std::string &name);

/// Seconds since some fixed moment.
double now();

void writeOut(const std::string &text);
void writeError(const std::string &text);
bool standardErrorIsTerminal();
/// Also that it wants colours: NO_COLOR is not set.
bool standardOutputIsTerminal();
int terminalWidth();

/// Makes SIGINT and SIGTERM ask for a stop; a second one ends the process at once.
void catchInterrupts();
/// The signal that asked, or 0.
int interruptSignal();

} // namespace nnrt
