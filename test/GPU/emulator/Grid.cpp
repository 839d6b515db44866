// Grids of threads, and what emulated kernels call: registers of a thread, barriers, shuffles, checks of shared memory.
#include "Grid.h"
#include "Fiber.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

using namespace emulated;

namespace {

std::minstd_rand random(7);

struct Registers {
  unsigned tid, ntid, ctaid, nctaid;
};
Registers registers;

enum class State { Ready, Barrier, Shuffle, Product, Done };

/// Which lane a shuffle reads: the same in nn-emulate.
enum ShuffleMode { Index, Up, Down, Butterfly };

/// A copy to shared memory; what is more than `taken` bytes becomes 0.
struct Copy {
  char *to;
  const char *from;
  unsigned bytes, taken, group;
  int site;
};

struct Thread {
  State state = State::Ready;
  int site = 0; ///< the instruction that it waits at
  int mode = 0;
  unsigned mask = 0, value = 0, lane = 0, clamp = 0; ///< of a shuffle; its result in `value`
  unsigned factors[6];                               ///< of a product of matrices
  float sums[4];                                     ///< and its result
  std::vector<Copy> copies;                          ///< under way
  unsigned groups = 0;                               ///< of copies that have been closed
};

/// Who touched a word of shared memory, by the numbers of barriers before.
struct Word {
  unsigned written = 0, read = 0;
  int writer = -1, reader = -1; ///< reader -2: several
  bool underWay = false;        ///< a copy of the writer's
};

/// The block that runs.
class Block {
public:
  Block(const KernelCode &code, unsigned threads, unsigned given, void **parameters)
      : code(code), parameters(parameters), threads(threads), fibers(threads),
        shared(code.shared, code.shared + code.sharedCount) {
    for (Shared &each : shared)
      if (each.bytes < 0)
        each.bytes = given;
  }
  std::string run(unsigned block, unsigned blocks);
  void wait(State state, int site);
  enum Touch { Read, Write, Start, Arrive };
  void touch(const char *address, unsigned bytes, Touch how, int site);
  void startCopy(const Copy &copy);
  void waitForGroups(unsigned underWay);

  const KernelCode &code;
  void **parameters;
  std::vector<Thread> threads;
  Fibers fibers;

private:
  [[noreturn]] void fail(const std::string &what);
  void poison();
  void runReady();
  bool shuffle();
  bool multiply();
  bool passBarrier();
  std::string describeWaiting() const;

  std::vector<Shared> shared;
  std::vector<std::vector<Word>> words;
  unsigned epoch = 0;
  std::string failure;
};

Block *current = nullptr;

/// Every thread of a block runs this on its stack.
void runThread() {
  current->code.run(current->parameters);
  current->wait(State::Done, 0);
}

void Block::fail(const std::string &what) {
  failure = what;
  fibers.pause();
  abort(); // nobody resumes it
}

void Block::wait(State state, int site) {
  Thread &thread = threads[fibers.current()];
  thread.state = state;
  thread.site = site;
  fibers.pause();
}

void Block::poison() {
  words.resize(shared.size());
  for (size_t k = 0; k < shared.size(); ++k) {
    memset(shared[k].address, 0xff, size_t(shared[k].bytes));
    words[k].assign(size_t(shared[k].bytes + 3) / 4, Word());
  }
}

void Block::touch(const char *address, unsigned bytes, Touch how, int site) {
  bool write = how != Read;
  int self = int(fibers.current());
  for (size_t k = 0; k < shared.size(); ++k) {
    auto *start = static_cast<const char *>(shared[k].address);
    if (address < start || address + bytes > start + shared[k].bytes)
      continue;
    for (size_t at = size_t(address - start) / 4; at <= size_t(address - start + bytes - 1) / 4; ++at) {
      Word &word = words[k][at];
      int other = word.written == epoch && word.writer != self         ? word.writer
                  : write && word.read == epoch && word.reader != self ? word.reader
                                                                       : self;
      if (other != self)
        fail("race: thread " + std::to_string(self) + " and " +
             (other < 0 ? "others" : "thread " + std::to_string(other)) + " touch word " + std::to_string(at) +
             " of shared memory without a barrier between them, at instruction " + std::to_string(site));
      if (word.underWay && how != Arrive)
        fail("thread " + std::to_string(self) + " touches word " + std::to_string(at) +
             " of shared memory while a copy of thread " + std::to_string(word.writer) +
             " is under way, at instruction " + std::to_string(site));
      word.underWay = how == Start;
      if (write) {
        word.written = epoch;
        word.writer = self;
      } else {
        word.reader = word.read == epoch && word.reader != self ? -2 : self;
        word.read = epoch;
      }
    }
    return;
  }
  fail("thread " + std::to_string(self) + " leaves shared memory, at instruction " + std::to_string(site));
}

void Block::startCopy(const Copy &copy) {
  if (reinterpret_cast<uintptr_t>(copy.to) % copy.bytes || reinterpret_cast<uintptr_t>(copy.from) % copy.bytes)
    fail("thread " + std::to_string(fibers.current()) + " copies from or to an address that is no multiple of " +
         std::to_string(copy.bytes) + ", at instruction " + std::to_string(copy.site));
  touch(copy.to, copy.bytes, Start, copy.site);
  threads[fibers.current()].copies.push_back(copy);
}

/// Lets all copies arrive but those of the last groups, and of the one that is open.
void Block::waitForGroups(unsigned underWay) {
  Thread &thread = threads[fibers.current()];
  auto arrives = [&](const Copy &copy) { return copy.group + underWay < thread.groups; };
  for (const Copy &copy : thread.copies)
    if (arrives(copy)) {
      touch(copy.to, copy.bytes, Arrive, copy.site);
      memset(copy.to, 0, copy.bytes);
      memcpy(copy.to, copy.from, copy.taken);
    }
  thread.copies.erase(std::remove_if(thread.copies.begin(), thread.copies.end(), arrives), thread.copies.end());
}

void Block::runReady() {
  std::vector<size_t> order;
  for (size_t k = 0; k < threads.size(); ++k)
    if (threads[k].state == State::Ready)
      order.push_back(k);
  std::shuffle(order.begin(), order.end(), random);
  for (size_t k : order) {
    registers.tid = unsigned(k);
    fibers.resume(k);
    if (!failure.empty())
      return;
  }
}

/// The lane that a lane reads; out of range: its own.
unsigned sourceOf(const Thread &thread, unsigned lane) {
  unsigned most = thread.clamp & 31, segment = thread.clamp >> 8 & 31;
  unsigned last = (lane & segment) | (most & ~segment), first = lane & segment;
  unsigned distance = thread.lane & 31;
  switch (thread.mode) {
  case Up:
    return int(lane - distance) >= int(last) ? lane - distance : lane;
  case Down:
    return lane + distance <= last ? lane + distance : lane;
  case Butterfly:
    return (lane ^ distance) <= last ? lane ^ distance : lane;
  default:
    distance = first | (distance & ~segment);
    return distance <= last ? distance : lane;
  }
}

/// Lets lanes go on whose shuffle has all lanes that it names. False: there are none.
bool Block::shuffle() {
  bool any = false;
  for (size_t first = 0; first < threads.size(); first += warpSize)
    for (size_t k = first; k < std::min(first + warpSize, threads.size()); ++k) {
      Thread leader = threads[k];
      if (leader.state != State::Shuffle)
        continue;
      bool complete = leader.mask >> (k - first) & 1;
      for (unsigned lane = 0; lane < warpSize && complete; ++lane)
        if (leader.mask >> lane & 1)
          complete = first + lane < threads.size() && threads[first + lane].state == State::Shuffle &&
                     threads[first + lane].site == leader.site && threads[first + lane].mask == leader.mask;
      if (!complete)
        continue;
      unsigned values[warpSize];
      for (unsigned lane = 0; lane < warpSize; ++lane)
        // What a lane gives that takes no part is undefined.
        values[lane] = leader.mask >> lane & 1 ? threads[first + lane].value : ~0u;
      for (unsigned lane = 0; lane < warpSize; ++lane)
        if (leader.mask >> lane & 1) {
          Thread &thread = threads[first + lane];
          thread.value = values[sourceOf(thread, lane)];
          thread.state = State::Ready;
        }
      any = true;
    }
  return any;
}

float fromBits(unsigned bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// mma.sync.m16n8k16 of bf16: 16 rows of 16 terms times 8 columns of them, added to sums of f32. Lane 4 g + t holds of
/// rows g and g + 8, and of column g, the pairs t and t + 4; of the result columns 2 t and 2 t + 1 of its rows.
/// Products are exact, and a sum is rounded once: GPUs lose some bits more.
void multiplyFragments(Thread *lanes) {
  float left[16][16], right[8][16];
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned k = 0; k < 6; ++k) {
      unsigned word = lanes[lane].factors[k], g = lane / 4, t = lane % 4;
      unsigned term = 2 * (t + (k < 4 ? k / 2 : k - 4) * 4);
      float *to = k < 4 ? left[g + k % 2 * 8] : right[g];
      to[term] = fromBits(word << 16);
      to[term + 1] = fromBits(word & 0xffff0000u);
    }
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned k = 0; k < 4; ++k) {
      double sum = lanes[lane].sums[k];
      for (unsigned term = 0; term < 16; ++term)
        sum += double(left[lane / 4 + k / 2 * 8][term]) * right[lane % 4 * 2 + k % 2][term];
      lanes[lane].sums[k] = float(sum);
    }
}

/// Lets warps go on all of whose lanes wait at the same product of matrices. False: there are none.
bool Block::multiply() {
  bool any = false;
  for (size_t first = 0; first + warpSize <= threads.size(); first += warpSize) {
    Thread *lanes = &threads[first];
    bool complete = std::all_of(lanes, lanes + warpSize, [&](const Thread &each) {
      return each.state == State::Product && each.site == lanes->site;
    });
    if (!complete)
      continue;
    multiplyFragments(lanes);
    for (size_t k = 0; k < warpSize; ++k)
      lanes[k].state = State::Ready;
    any = true;
  }
  return any;
}

/// Lets all threads go on if all wait at a barrier, the lanes of a warp at the same instruction.
bool Block::passBarrier() {
  for (size_t k = 0; k < threads.size(); ++k)
    if (threads[k].state != State::Barrier || threads[k].site != threads[k - k % warpSize].site)
      return false;
  for (Thread &thread : threads)
    thread.state = State::Ready;
  ++epoch;
  return true;
}

std::string Block::describeWaiting() const {
  size_t counts[5] = {};
  int sites[5] = {};
  for (const Thread &thread : threads) {
    ++counts[size_t(thread.state)];
    sites[size_t(thread.state)] = thread.site;
  }
  std::string text = "threads wait for what never comes:";
  const char *names[] = {"run", "at a barrier", "at a shuffle", "at a product", "have ended"};
  for (size_t k = 1; k < 5; ++k)
    if (counts[k] > 0)
      text += " " + std::to_string(counts[k]) + " " + names[k] +
              (k < 4 ? " (instruction " + std::to_string(sites[k]) + ")" : "");
  return text;
}

std::string Block::run(unsigned block, unsigned blocks) {
  registers = {0, unsigned(threads.size()), block, blocks};
  poison();
  epoch = 1;
  for (size_t k = 0; k < threads.size(); ++k) {
    threads[k] = Thread();
    fibers.start(k, runThread);
  }
  while (true) {
    runReady();
    if (!failure.empty())
      return failure;
    if (std::all_of(threads.begin(), threads.end(), [](const Thread &each) { return each.state == State::Done; }))
      return {};
    bool shuffled = shuffle(), multiplied = multiply();
    if (!shuffled && !multiplied && !passBarrier())
      return describeWaiting();
  }
}

/// Turned by some amount, and every other time the other way round: cheaper than a shuffle, and no order either.
std::vector<unsigned> someOrder(size_t count) {
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin(), order.begin() + long(random() % order.size()), order.end());
  if (random() % 2)
    std::reverse(order.begin(), order.end());
  return order;
}

} // namespace

int64_t emulated::sharedBytes(const KernelCode &code) {
  int64_t bytes = 0;
  for (int64_t k = 0; k < code.sharedCount; ++k)
    bytes += std::max<int64_t>(code.shared[k].bytes, 0);
  return bytes;
}

std::string emulated::runGrid(const KernelCode &code, unsigned blocks, unsigned threads, unsigned given,
                              std::vector<unsigned long long> parameters) {
  std::vector<void *> places;
  for (unsigned long long &parameter : parameters)
    places.push_back(&parameter);
  if (!code.waits) {
    for (unsigned thread : someOrder(size_t(blocks) * threads)) {
      registers = {thread % threads, threads, thread / threads, blocks};
      code.run(places.data());
    }
    return {};
  }
  Block block(code, threads, given, places.data());
  current = &block;
  for (unsigned number : someOrder(blocks))
    if (std::string failure = block.run(number, blocks); !failure.empty())
      return "block " + std::to_string(number) + ": " + failure;
  return {};
}

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int emulated_tid_x() { return int(registers.tid); }
EXPORT int emulated_ntid_x() { return int(registers.ntid); }
EXPORT int emulated_ctaid_x() { return int(registers.ctaid); }
EXPORT int emulated_nctaid_x() { return int(registers.nctaid); }

EXPORT void emulated_barrier(int site) { current->wait(State::Barrier, site); }

EXPORT unsigned emulated_shuffle(int site, int mode, unsigned mask, unsigned value, unsigned lane, unsigned clamp) {
  Thread &thread = current->threads[current->fibers.current()];
  thread.mode = mode;
  thread.mask = mask;
  thread.value = value;
  thread.lane = lane;
  thread.clamp = clamp;
  current->wait(State::Shuffle, site);
  return thread.value;
}

EXPORT void emulated_product(int site, const unsigned *factors, float *sums) {
  Thread &thread = current->threads[current->fibers.current()];
  std::copy_n(factors, 6, thread.factors);
  std::copy_n(sums, 4, thread.sums);
  current->wait(State::Product, site);
  std::copy_n(thread.sums, 4, sums);
}

EXPORT void emulated_touch(const char *address, unsigned bytes, int write, int site) {
  current->touch(address, bytes, write != 0 ? Block::Write : Block::Read, site);
}

EXPORT void emulated_copy(int site, char *to, const char *from, unsigned bytes, unsigned taken) {
  current->startCopy({to, from, bytes, taken, current->threads[current->fibers.current()].groups, site});
}
EXPORT void emulated_close_group() { ++current->threads[current->fibers.current()].groups; }
EXPORT void emulated_wait_groups(unsigned underWay) { current->waitForGroups(underWay); }
