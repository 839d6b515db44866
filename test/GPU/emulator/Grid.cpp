// Grids of threads, and what emulated kernels call: registers of a thread, barriers, shuffles, checks of shared memory.
#include "Grid.h"
#include "Fiber.h"
#include "Mbarrier.h"
#include "TensorMap.h"
#include "WarpGroup.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <random>

using namespace emulated;

namespace {

std::minstd_rand random(7);

struct Registers {
  unsigned tid, ntid, ctaid, nctaid;
};
Registers registers;

enum class State { Ready, Barrier, WarpBarrier, Phase, Shuffle, Matrices, Product, GroupProduct, GroupWait, Done };

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
  const char *line = nullptr;                        ///< of matrices that are loaded
  unsigned words[4];                                 ///< and what this lane gets
  unsigned factors[6];                               ///< of a product of matrices
  bool pairs = false;                                ///< which are of two bf16 each, else of one tf32
  float sums[4];                                     ///< and its result
  std::vector<Copy> copies;                          ///< under way
  unsigned groups = 0;                               ///< of copies that have been closed
  float *groupSums = nullptr;                        ///< of a product of a group of warps, or of a wait for it
  unsigned sumCount = 0, mayBeUnderWay = 0;
  uint64_t descriptors[2];
  bool sumsFenced = false;      ///< since another instruction may have touched them
  unsigned productGroups = 0;   ///< that have been closed
  uint64_t fenced = 0;          ///< writes to shared memory that the asynchronous proxy was told of, by their numbers
  uint64_t fencedAtBarrier = 0; ///< before the last barrier
  uint64_t lastWrite = 0;
  Knowledge known;
  Known ofWarp;       ///< what it may tell of its own warp
  size_t awaited = 0; ///< the barrier in memory whose phase it waits for
  unsigned parity = 0;
  std::vector<unsigned> phases; ///< of each barrier in memory: how many are known to be over
};

/// A copy of a box.
struct Box {
  const TensorMap *map;
  int subscripts[TensorMap::mostAxes];
  char *to;
  size_t barrier;
  unsigned phase; ///< of the barrier
  bool underWay = true;
};

/// Groups of four warps that may multiply in a block.
constexpr size_t mostGroups = 2;

/// A product of a group of warps that has begun.
struct GroupProduct {
  unsigned sums, columns, group;
  std::vector<const char *> left, right; ///< of each row, where its first 8 terms lie, and its last
};

/// Four warps.
struct WarpGroup {
  std::vector<GroupProduct> underWay;
  std::map<unsigned, std::vector<float>> sums; ///< by number; of the threads, one after the other
  unsigned last = 0;
};

/// Who touched a word of shared memory, by the numbers of barriers before.
struct Word {
  unsigned written = 0, read = 0;
  int writer = -1, reader = -1;    ///< reader -2: several
  bool underWay = false;           ///< a copy of the writer's
  uint64_t number = 0;             ///< of the last write
  unsigned products = 0;           ///< under way that read it
  uint64_t ended[mostGroups] = {}; ///< when products of a group that read it ended
  int box = -1;                    ///< that has written it last
  bool ofBarrier = false;          ///< in memory
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
  void checkAlignment(const char *address, unsigned bytes, int site);
  void startCopy(const Copy &copy);
  void waitForGroups(unsigned underWay);
  void fenceAsync() { threads[fibers.current()].fenced = writes; }
  void makeBarrier(char *place, unsigned arrivals, int site);
  void arrive(const char *place, int64_t bytes, int site);
  void awaitPhase(const char *place, unsigned parity, int site);
  void startBox(const TensorMap *map, const int *subscripts, unsigned count, char *to, const char *barrier, int site);

  const KernelCode &code;
  void **parameters;
  std::vector<Thread> threads;
  Fibers fibers;

private:
  [[noreturn]] void fail(const std::string &what);
  void poison();
  void runReady();
  bool shuffle();
  template <typename Work> bool eachWarp(State state, Work work);
  template <typename Work> bool eachGroup(State state, Work work);
  void startProduct(size_t first);
  void finishProducts(size_t first);
  void compute(const GroupProduct &product, std::vector<float> &sums);
  std::vector<const char *> rowsOf(uint64_t bits, unsigned rows, size_t first);
  const char *sharedAddress(unsigned low);
  template <typename Work> void eachWord(const char *address, unsigned bytes, Work work);
  bool passBarrier();
  void passWarpBarrier(Thread *lanes);
  size_t barrierAt(const char *place, int site);
  bool passPhases();
  bool boxArrives();
  void checkBox(const Word &word, int thread, int site);
  bool knowsProducts(size_t thread, const Word &word) const;
  void readByProduct(Word &word, size_t firstThread);
  std::string where(const char *place, int site) const;
  std::string describeWaiting() const;

  std::vector<Shared> shared;
  std::vector<std::vector<Word>> words;
  unsigned epoch = 0;
  uint64_t writes = 0;
  std::vector<WarpGroup> warpGroups;
  std::vector<Mbarrier> barriers;
  std::vector<Box> boxes;
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
      if (word.ofBarrier)
        fail("thread " + std::to_string(self) + " touches a barrier in memory, at instruction " + std::to_string(site));
      checkBox(word, self, site);
      if (write && !knowsProducts(size_t(self), word))
        fail("race: thread " + std::to_string(self) + " and others touch word " + std::to_string(at) +
             " of shared memory without a barrier between them, at instruction " + std::to_string(site));
      if (word.products > 0 && write)
        fail("thread " + std::to_string(self) + " writes word " + std::to_string(at) +
             " of shared memory while a product reads it, at instruction " + std::to_string(site));
      word.underWay = how == Start;
      if (write)
        word.box = -1;
      if (write)
        word.number = threads[fibers.current()].lastWrite = ++writes;
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

void Block::checkAlignment(const char *address, unsigned bytes, int site) {
  if (reinterpret_cast<uintptr_t>(address) % bytes)
    fail("thread " + std::to_string(fibers.current()) + " goes to an address that is no multiple of " +
         std::to_string(bytes) + ", at instruction " + std::to_string(site));
}

void Block::startCopy(const Copy &copy) {
  checkAlignment(copy.to, copy.bytes, copy.site);
  checkAlignment(copy.from, copy.bytes, copy.site);
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
      if (threads[k].state != State::Shuffle)
        continue;
      const unsigned mask = threads[k].mask;
      const int site = threads[k].site;
      bool complete = mask >> (k - first) & 1;
      for (unsigned lane = 0; lane < warpSize && complete; ++lane)
        if (mask >> lane & 1)
          complete = first + lane < threads.size() && threads[first + lane].state == State::Shuffle &&
                     threads[first + lane].site == site && threads[first + lane].mask == mask;
      if (!complete)
        continue;
      unsigned values[warpSize];
      for (unsigned lane = 0; lane < warpSize; ++lane)
        // What a lane gives that takes no part is undefined.
        values[lane] = mask >> lane & 1 ? threads[first + lane].value : ~0u;
      for (unsigned lane = 0; lane < warpSize; ++lane)
        if (mask >> lane & 1) {
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
/// rows g and g + 8, and of column g, the pairs t and t + 4; of the result columns 2 t and 2 t + 1 of its rows. In
/// mma.sync.m16n8k8 of tf32 terms lie as pairs do; their lowest 13 bits are not looked at. Products are exact, and a
/// sum is rounded once: GPUs lose some bits more.
void multiplyFragments(Thread *lanes) {
  float left[16][16] = {}, right[8][16] = {};
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned k = 0; k < 6; ++k) {
      unsigned word = lanes[lane].factors[k], g = lane / 4, t = lane % 4;
      unsigned at = t + (k < 4 ? k / 2 : k - 4) * 4;
      float *to = k < 4 ? left[g + k % 2 * 8] : right[g];
      if (lanes->pairs) {
        to[2 * at] = fromBits(word << 16);
        to[2 * at + 1] = fromBits(word & 0xffff0000u);
      } else {
        to[at] = fromBits(word & 0xffffe000u);
      }
    }
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned k = 0; k < 4; ++k) {
      double sum = lanes[lane].sums[k];
      for (unsigned term = 0; term < 16; ++term)
        sum += double(left[lane / 4 + k / 2 * 8][term]) * right[lane % 4 * 2 + k % 2][term];
      lanes[lane].sums[k] = float(sum);
    }
}

/// ldmatrix: lane k names line k % 8 of matrix k / 8, of 16 bytes; lane 4 g + t gets word t of line g of each.
void loadMatrices(Thread *lanes) {
  for (unsigned lane = 0; lane < warpSize; ++lane)
    for (unsigned k = 0; k < 4; ++k)
      if (const char *line = lanes[k * 8 + lane / 4].line)
        memcpy(&lanes[lane].words[k], line + lane % 4 * sizeof(unsigned), sizeof(unsigned));
}

/// Does something for each warp all of whose lanes wait at the same instruction. False: there are none.
template <typename Work> bool Block::eachWarp(State state, Work work) {
  bool any = false;
  for (size_t first = 0; first + warpSize <= threads.size(); first += warpSize) {
    Thread *lanes = &threads[first];
    bool complete = std::all_of(lanes, lanes + warpSize,
                                [&](const Thread &each) { return each.state == state && each.site == lanes->site; });
    if (!complete)
      continue;
    work(lanes);
    for (size_t k = 0; k < warpSize; ++k)
      lanes[k].state = State::Ready;
    any = true;
  }
  return any;
}

/// Does something for each group of four warps all of which wait at the same instruction. False: there are none.
template <typename Work> bool Block::eachGroup(State state, Work work) {
  bool any = false;
  for (size_t first = 0; first + groupThreads <= threads.size() && failure.empty(); first += groupThreads) {
    bool complete = std::all_of(&threads[first], &threads[first] + groupThreads, [&](const Thread &each) {
      return each.state == state && each.site == threads[first].site;
    });
    if (!complete)
      continue;
    work(first);
    for (size_t k = 0; k < groupThreads; ++k)
      threads[first + k].state = State::Ready;
    any = true;
  }
  return any;
}

template <typename Work> void Block::eachWord(const char *address, unsigned bytes, Work work) {
  for (size_t k = 0; k < shared.size(); ++k) {
    size_t from = size_t(address - static_cast<const char *>(shared[k].address));
    if (from < size_t(shared[k].bytes))
      for (size_t at = from / 4; at < (from + bytes) / 4; ++at)
        work(words[k][at]);
  }
}

/// Where 16 bytes lie of which the low bits of the address are known; null: not in shared memory.
const char *Block::sharedAddress(unsigned low) {
  const char *found = nullptr;
  for (const Shared &each : shared) {
    const char *start = static_cast<const char *>(each.address);
    unsigned from = (low - unsigned(reinterpret_cast<uintptr_t>(start))) & Descriptor::addressMask;
    if (from + groupBytes > uint64_t(each.bytes))
      continue;
    if (found)
      abort(); // variables lie 256 KiB apart
    found = start + from;
  }
  return found;
}

/// A product of a group's threads begins to read a word.
void Block::readByProduct(Word &word, size_t first) {
  ++word.products;
  if (word.underWay)
    return void(failure = "a product reads shared memory while a copy is under way");
  if (word.box >= 0) {
    const Box &box = boxes[size_t(word.box)];
    if (box.underWay)
      return void(failure = "a product reads shared memory while a copy of a box is under way");
    for (size_t k = first; k < first + groupThreads; ++k)
      if (threads[k].phases[box.barrier] <= box.phase)
        return void(failure = "a product reads what a copy of a box has brought before thread " + std::to_string(k) +
                              " has waited for its barrier");
    return;
  }
  if (word.writer < 0)
    return;
  auto writer = size_t(word.writer);
  bool known = true, told = true;
  for (size_t k = first; k < first + groupThreads; ++k) {
    const Known &ofWriter = threads[k].known.warps[writer / warpSize];
    known &= ofWriter.work >= word.number;
    told &= ofWriter.told >= word.number;
  }
  if (known && told)
    return;
  if (word.written == epoch && !known)
    failure = "race: a product reads what thread " + std::to_string(writer) + " wrote without a barrier between them";
  else if (word.written == epoch || threads[writer].fencedAtBarrier < word.number)
    failure = "a product reads what thread " + std::to_string(writer) +
              " wrote without telling the asynchronous proxy before the barrier";
}

std::vector<const char *> Block::rowsOf(uint64_t bits, unsigned rows, size_t first) {
  Descriptor descriptor(bits);
  if (std::string wrong = descriptor.check(); !wrong.empty())
    return failure = "a descriptor " + wrong, std::vector<const char *>();
  std::vector<const char *> places;
  for (unsigned row = 0; row < rows; ++row)
    for (unsigned part = 0; part < 2; ++part) {
      const char *place = sharedAddress(descriptor.place(row, part));
      if (!place)
        return failure = "a product leaves shared memory", std::vector<const char *>();
      places.push_back(place);
      eachWord(place, groupBytes, [&](Word &word) { readByProduct(word, first); });
    }
  return places;
}

/// A sum that a product has not finished: a NaN that tells the number of its sums, and the position among them.
constexpr unsigned pendingMark = 0x7fc00000, pendingMask = 0xffe00000, pendingNumbers = 1 << 14;
unsigned pendingBits(unsigned number, unsigned position) { return pendingMark | number << 7 | position; }
bool isPending(float value, unsigned &number) {
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  number = bits >> 7 & (pendingNumbers - 1);
  return (bits & pendingMask) == pendingMark && number > 0;
}

/// "wgmma.mma_async": begins a product that all threads of four warps have come to.
void Block::startProduct(size_t first) {
  if (first / groupThreads >= mostGroups)
    return void(failure = "a product of a group of warps that nobody emulates");
  Thread *group = &threads[first];
  WarpGroup &own = warpGroups[first / groupThreads];
  unsigned count = group->sumCount, number = 0;
  bool goesOn = isPending(group->groupSums[0], number) && own.sums.count(number);
  if (goesOn && own.sums[number].size() != size_t(count) * groupThreads)
    return void(failure = "a product takes sums of another shape without a fence");
  for (unsigned k = 0; k < groupThreads; ++k) {
    // "the contents of a matrix descriptor must be same for all the warps in the warpgroup"
    if (!std::equal(group->descriptors, group->descriptors + 2, group[k].descriptors))
      return void(failure = "a product has different descriptors in different threads");
    // "wgmma.fence must be used [...] before the first wgmma.mma_async; between a register access by a thread in the
    // warpgroup and any wgmma.mma_async that accesses the same registers, except when these are accumulator register
    // accesses across multiple wgmma.mma_async instructions of the same shape"
    if (!goesOn && !group[k].sumsFenced)
      return void(failure = "thread " + std::to_string(first + k) + " begins a product without a fence for its sums");
  }
  if (!goesOn) {
    number = own.last = own.last % (pendingNumbers - 1) + 1;
    std::vector<float> &sums = own.sums[number];
    sums.clear();
    for (unsigned k = 0; k < groupThreads; ++k)
      sums.insert(sums.end(), group[k].groupSums, group[k].groupSums + count);
  }
  GroupProduct product{number, count * 2, group->productGroups, {}, {}};
  product.left = rowsOf(group->descriptors[0], groupRows, first);
  if (failure.empty())
    product.right = rowsOf(group->descriptors[1], product.columns, first);
  own.underWay.push_back(std::move(product));
  for (unsigned k = 0; k < groupThreads; ++k)
    for (unsigned sum = 0; sum < count; ++sum) {
      unsigned bits = pendingBits(number, sum);
      memcpy(&group[k].groupSums[sum], &bits, sizeof bits);
    }
}

/// Products are exact, and a sum is rounded once: GPUs lose some bits more.
void Block::compute(const GroupProduct &product, std::vector<float> &sums) {
  auto terms = [](const std::vector<const char *> &rows) {
    std::vector<float> all;
    for (const char *place : rows)
      for (unsigned k = 0; k < groupBytes; k += 2) {
        uint16_t half;
        memcpy(&half, place + k, sizeof half);
        all.push_back(fromBits(unsigned(half) << 16));
      }
    return all;
  };
  std::vector<float> left = terms(product.left), right = terms(product.right);
  unsigned count = product.columns / 2;
  for (unsigned thread = 0; thread < groupThreads; ++thread)
    for (unsigned k = 0; k < count; ++k) {
      const float *row = &left[rowOf(thread, k) * groupTerms], *column = &right[columnOf(thread, k) * groupTerms];
      double sum = sums[thread * count + k];
      for (unsigned term = 0; term < groupTerms; ++term)
        sum += double(row[term]) * column[term];
      sums[thread * count + k] = float(sum);
    }
}

/// "wgmma.wait_group": ends the products of all groups but the last ones, and gives their sums.
void Block::finishProducts(size_t first) {
  Thread *group = &threads[first];
  WarpGroup &own = warpGroups[first / groupThreads];
  auto ends = [&](const GroupProduct &product) { return product.group + group->mayBeUnderWay < group->productGroups; };
  for (const GroupProduct &product : own.underWay) {
    if (!ends(product))
      continue;
    compute(product, own.sums[product.sums]);
    for (const auto *rows : {&product.left, &product.right})
      for (const char *place : *rows)
        eachWord(place, groupBytes, [&](Word &word) {
          --word.products;
          word.ended[first / groupThreads] = writes;
        });
  }
  // Each thread knows that its own part has been read, of the others behind a barrier.
  for (unsigned k = 0; k < groupThreads; ++k) {
    group[k].known.warps[(first + k) / warpSize].products = writes;
    group[k].ofWarp.products = writes;
  }
  ++writes;
  own.underWay.erase(std::remove_if(own.underWay.begin(), own.underWay.end(), ends), own.underWay.end());
  std::vector<unsigned> given;
  for (unsigned k = 0; k < groupThreads; ++k) {
    group[k].sumsFenced = false;
    for (unsigned sum = 0; sum < group[k].sumCount; ++sum) {
      unsigned number = 0;
      auto found = isPending(group[k].groupSums[sum], number) ? own.sums.find(number) : own.sums.end();
      if (found == own.sums.end() || std::any_of(own.underWay.begin(), own.underWay.end(),
                                                 [&](const GroupProduct &each) { return each.sums == number; }))
        continue;
      unsigned bits;
      memcpy(&bits, &group[k].groupSums[sum], sizeof bits);
      group[k].groupSums[sum] = found->second[size_t(k) * (found->second.size() / groupThreads) + (bits & 127)];
      given.push_back(number);
    }
  }
  for (unsigned number : given)
    own.sums.erase(number);
}

/// Lets all threads go on if all wait at a barrier, the lanes of a warp at the same instruction.
bool Block::passBarrier() {
  for (size_t k = 0; k < threads.size(); ++k)
    if (threads[k].state != State::Barrier || threads[k].site != threads[k - k % warpSize].site)
      return false;
  Knowledge all = threads[0].known;
  std::vector<unsigned> phases(barriers.size());
  for (size_t k = 0; k < threads.size(); ++k) {
    Known &ofWarp = all.warps[k / warpSize];
    ofWarp.work = ofWarp.products = writes;
    for (size_t j = 0; j < phases.size(); ++j)
      phases[j] = std::max(phases[j], threads[k].phases[j]);
  }
  for (Thread &thread : threads) {
    thread.state = State::Ready;
    thread.fencedAtBarrier = thread.fenced;
    thread.known = all;
    thread.phases = phases;
  }
  ++writes;
  ++epoch;
  return true;
}

//===-- Barriers in memory
//---------------------------------------------------------------------------------------------===//

std::string Block::where(const char *place, int site) const {
  for (const Shared &each : shared)
    if (auto *start = static_cast<const char *>(each.address); place >= start && place < start + each.bytes)
      return "at word " + std::to_string((place - start) / 4) + " of shared memory, at instruction " +
             std::to_string(site);
  return "outside of shared memory, at instruction " + std::to_string(site);
}

/// Lanes of a warp have met: each of them may tell what all have done.
void Block::passWarpBarrier(Thread *lanes) {
  uint64_t told = writes;
  for (size_t k = 0; k < warpSize; ++k)
    told = std::min(told, lanes[k].lastWrite <= lanes[k].fenced ? writes : lanes[k].fenced);
  Knowledge all = lanes->known;
  for (size_t k = 0; k < warpSize; ++k)
    all.join(lanes[k].known);
  auto warp = size_t(lanes - threads.data()) / warpSize;
  all.warps[warp].work = writes;
  all.warps[warp].told = told;
  for (size_t k = 0; k < warpSize; ++k) {
    lanes[k].known = all;
    lanes[k].ofWarp.work = writes;
    lanes[k].ofWarp.told = told;
  }
  ++writes;
}

void Block::makeBarrier(char *place, unsigned arrivals, int site) {
  checkAlignment(place, 8, site);
  touch(place, 8, Write, site);
  if (arrivals == 0 || arrivals > Mbarrier::mostArrivals)
    fail("a barrier for " + std::to_string(arrivals) + " arrivals " + where(place, site));
  auto self = fibers.current();
  Mbarrier barrier{place, arrivals, int(self), writes, epoch, arrivals};
  barrier.coming.warps.resize(threads[self].known.warps.size());
  barriers.push_back(std::move(barrier));
  for (Thread &thread : threads)
    thread.phases.push_back(0);
  eachWord(place, 8, [](Word &word) { word.ofBarrier = true; });
}

size_t Block::barrierAt(const char *place, int site) {
  for (size_t k = 0; k < barriers.size(); ++k)
    if (barriers[k].place == place) {
      if (barriers[k].madeEpoch == epoch && barriers[k].maker != int(fibers.current()))
        fail("race: thread " + std::to_string(fibers.current()) + " uses a barrier that thread " +
             std::to_string(barriers[k].maker) + " made, without a barrier of the block between them, " +
             where(place, site));
      return k;
    }
  fail("thread " + std::to_string(fibers.current()) + " uses a barrier that nobody made, " + where(place, site));
}

void Block::arrive(const char *place, int64_t bytes, int site) {
  Mbarrier &barrier = barriers[barrierAt(place, site)];
  Thread &self = threads[fibers.current()];
  if (barrier.pending == 0)
    fail("more threads arrive at a barrier than it was made for, " + where(place, site));
  if (bytes < 0 || barrier.bytes + bytes > Mbarrier::mostBytes)
    fail("a barrier is to expect " + std::to_string(barrier.bytes + bytes) + " bytes, " + where(place, site));
  barrier.bytes += bytes;
  --barrier.pending;
  barrier.coming.join(self.known);
  Known &own = barrier.coming.warps[fibers.current() / warpSize];
  own.work = std::max(own.work, self.ofWarp.work);
  own.told = std::max(own.told, self.ofWarp.told);
  own.products = std::max(own.products, self.ofWarp.products);
  barrier.goOn();
}

void Block::awaitPhase(const char *place, unsigned parity, int site) {
  size_t number = barrierAt(place, site);
  threads[fibers.current()].awaited = number;
  threads[fibers.current()].parity = parity;
  wait(State::Phase, site);
}

/// Lets threads go on that wait for a phase that is over. False: there are none.
bool Block::passPhases() {
  bool any = false;
  for (Thread &thread : threads)
    if (thread.state == State::Phase && barriers[thread.awaited].isOver(thread.parity)) {
      const Mbarrier &barrier = barriers[thread.awaited];
      thread.state = State::Ready;
      thread.phases[thread.awaited] = barrier.phase;
      if (barrier.phase > 0)
        thread.known.join(barrier.given);
      any = true;
    }
  return any;
}

//===-- Boxes
//--------------------------------------------------------------------------------------------------------===//

void Block::checkBox(const Word &word, int thread, int site) {
  if (word.box < 0)
    return;
  const Box &box = boxes[size_t(word.box)];
  if (box.underWay || threads[size_t(thread)].phases[box.barrier] <= box.phase)
    fail("thread " + std::to_string(thread) + " touches what a copy of a box brings before it has waited for its " +
         "barrier, at instruction " + std::to_string(site));
}

/// True if a thread knows that all products that have read a word have ended.
bool Block::knowsProducts(size_t thread, const Word &word) const {
  const std::vector<Known> &known = threads[thread].known.warps;
  for (size_t group = 0; group < std::min(warpGroups.size(), mostGroups); ++group)
    for (size_t k = 0; word.ended[group] > 0 && k < groupThreads / warpSize; ++k)
      if (known[group * groupThreads / warpSize + k].products < word.ended[group])
        return false;
  return true;
}

void Block::startBox(const TensorMap *map, const int *subscripts, unsigned count, char *to, const char *barrier,
                     int site) {
  auto self = fibers.current();
  std::string who = "thread " + std::to_string(self) + " starts a copy of a box ";
  if (!map->isMap() || map->axes() != count)
    fail(who + "of a tensor of " + std::to_string(count) + " axes, and its map is of another one, " + where(to, site));
  if (std::string wrong = map->checkPlace(to); !wrong.empty())
    fail(who + wrong + ", " + where(to, site));
  size_t number = barrierAt(barrier, site);
  const Mbarrier &told = barriers[number];
  if (told.made > (told.madeEpoch == epoch ? threads[self].fenced : threads[size_t(told.maker)].fencedAtBarrier))
    fail(who + "for a barrier that the asynchronous proxy was not told of, " + where(barrier, site));
  bool inside = false;
  for (const Shared &each : shared)
    inside |= to >= each.address && to + map->boxBytes() <= static_cast<char *>(each.address) + each.bytes;
  if (!inside)
    fail(who + "that leaves shared memory, " + where(to, site));
  eachWord(to, map->boxBytes(), [&](Word &word) {
    bool others =
        (word.written == epoch && word.writer != int(self)) || (word.read == epoch && word.reader != int(self));
    if (word.underWay || word.ofBarrier || (word.box >= 0 && boxes[size_t(word.box)].underWay))
      fail(who + "where another copy is under way, " + where(to, site));
    if (word.products > 0)
      fail(who + "while a product reads there, " + where(to, site));
    if (others || !knowsProducts(self, word))
      fail("race: " + who + "where others read or write, without a barrier between them, " + where(to, site));
    if (word.writer >= 0 && threads[size_t(word.writer)].fencedAtBarrier < word.number)
      fail(who + "where thread " + std::to_string(word.writer) + " wrote without telling the asynchronous proxy, " +
           where(to, site));
    word = Word();
    word.box = int(boxes.size());
  });
  Box box{map, {}, to, number, told.phase};
  std::copy_n(subscripts, count, box.subscripts);
  boxes.push_back(box);
}

/// Lets one of the copies arrive that are under way. False: there are none.
bool Block::boxArrives() {
  std::vector<size_t> underWay;
  for (size_t k = 0; k < boxes.size(); ++k)
    if (boxes[k].underWay)
      underWay.push_back(k);
  if (underWay.empty())
    return false;
  Box &box = boxes[underWay[random() % underWay.size()]];
  box.map->copyBox(box.subscripts, box.to);
  box.underWay = false;
  Mbarrier &barrier = barriers[box.barrier];
  barrier.bytes -= box.map->boxBytes();
  if (barrier.phase != box.phase || barrier.bytes < 0)
    failure = "a copy of a box brings more bytes than its barrier was told to expect";
  barrier.goOn();
  return true;
}

std::string Block::describeWaiting() const {
  constexpr size_t done = size_t(State::Done);
  size_t counts[done + 1] = {};
  int sites[done + 1] = {};
  for (const Thread &thread : threads) {
    ++counts[size_t(thread.state)];
    sites[size_t(thread.state)] = thread.site;
  }
  std::string text = "threads wait for what never comes:";
  const char *names[] = {"run",
                         "at a barrier",
                         "at a barrier of a warp",
                         "for a phase of a barrier in memory",
                         "at a shuffle",
                         "at a load of matrices",
                         "at a product",
                         "at a product of four warps",
                         "for products of four warps",
                         "have ended"};
  for (size_t k = 1; k <= done; ++k)
    if (counts[k] > 0)
      text += " " + std::to_string(counts[k]) + " " + names[k] +
              (k < done ? " (instruction " + std::to_string(sites[k]) + ")" : "");
  return text;
}

std::string Block::run(unsigned block, unsigned blocks) {
  registers = {0, unsigned(threads.size()), block, blocks};
  poison();
  epoch = 1;
  writes = 0;
  warpGroups.assign(threads.size() / groupThreads, WarpGroup());
  barriers.clear();
  boxes.clear();
  for (size_t k = 0; k < threads.size(); ++k) {
    threads[k] = Thread();
    threads[k].known.warps.resize((threads.size() + warpSize - 1) / warpSize);
    fibers.start(k, runThread);
  }
  while (true) {
    runReady();
    if (!failure.empty())
      return failure;
    if (std::all_of(threads.begin(), threads.end(), [](const Thread &each) { return each.state == State::Done; }))
      return std::any_of(warpGroups.begin(), warpGroups.end(),
                         [](const WarpGroup &each) { return !each.underWay.empty(); })
                 ? "threads end before their products"
             : std::any_of(boxes.begin(), boxes.end(), [](const Box &each) { return each.underWay; })
                 ? "threads end before their copies of boxes"
                 : "";
    bool early = random() % 4 == 0 && boxArrives();
    const bool went[] = {early,
                         passPhases(),
                         shuffle(),
                         eachWarp(State::Matrices, loadMatrices),
                         eachWarp(State::WarpBarrier, [&](Thread *lanes) { passWarpBarrier(lanes); }),
                         eachWarp(State::Product, multiplyFragments),
                         eachGroup(State::GroupProduct, [&](size_t first) { startProduct(first); }),
                         eachGroup(State::GroupWait, [&](size_t first) { finishProducts(first); })};
    if (!failure.empty())
      return failure;
    if (std::none_of(std::begin(went), std::end(went), [](bool each) { return each; }) && !passBarrier() &&
        !boxArrives())
      return describeWaiting();
    if (!failure.empty())
      return failure;
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
                              std::vector<std::vector<char>> parameters) {
  std::vector<void *> places;
  for (std::vector<char> &parameter : parameters)
    places.push_back(parameter.data());
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
EXPORT void emulated_warp_barrier(int site) { current->wait(State::WarpBarrier, site); }

EXPORT void emulated_make_barrier(int site, char *place, unsigned arrivals) {
  current->makeBarrier(place, arrivals, site);
}
EXPORT void emulated_arrive(int site, const char *place, unsigned bytes) { current->arrive(place, bytes, site); }
EXPORT void emulated_await_phase(int site, const char *place, unsigned parity) {
  current->awaitPhase(place, parity, site);
}
EXPORT void emulated_box(int site, char *to, const char *barrier, const void *map, unsigned count,
                         const int *subscripts) {
  current->startBox(static_cast<const TensorMap *>(map), subscripts, count, to, barrier, site);
}

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

EXPORT void emulated_vector(const char *address, unsigned bytes, int site) {
  current->checkAlignment(address, bytes, site);
}

EXPORT void emulated_matrices(int site, unsigned count, const char *line, unsigned *words) {
  size_t lane = current->fibers.current() % warpSize;
  Thread &thread = current->threads[current->fibers.current()];
  thread.line = lane < count * 8 ? line : nullptr;
  if (thread.line) {
    current->checkAlignment(line, groupBytes, site);
    current->touch(line, groupBytes, Block::Read, site);
  }
  current->wait(State::Matrices, site);
  std::copy_n(thread.words, count, words);
}

/// cvt.rn.bf16x2.f32: to nearest, of two the even one.
EXPORT unsigned emulated_pair(float first, float second) {
  auto half = [](float value) {
    unsigned bits;
    memcpy(&bits, &value, sizeof bits);
    return value != value ? 0x7fffu : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  };
  return half(first) | half(second) << 16;
}

EXPORT void emulated_product(int site, int pairs, const unsigned *factors, float *sums) {
  Thread &thread = current->threads[current->fibers.current()];
  thread.pairs = pairs != 0;
  std::copy_n(factors, 6, thread.factors);
  std::copy_n(sums, 4, thread.sums);
  current->wait(State::Product, site);
  std::copy_n(thread.sums, 4, sums);
}

EXPORT void emulated_async_fence() { current->fenceAsync(); }
EXPORT void emulated_sums_fence() { current->threads[current->fibers.current()].sumsFenced = true; }
EXPORT void emulated_product_group() { ++current->threads[current->fibers.current()].productGroups; }

EXPORT void emulated_group_product(int site, unsigned count, float *sums, uint64_t left, uint64_t right) {
  Thread &thread = current->threads[current->fibers.current()];
  thread.groupSums = sums;
  thread.sumCount = count;
  thread.descriptors[0] = left;
  thread.descriptors[1] = right;
  current->wait(State::GroupProduct, site);
}

EXPORT void emulated_products_wait(int site, unsigned count, float *sums, unsigned mayBeUnderWay) {
  Thread &thread = current->threads[current->fibers.current()];
  thread.groupSums = sums;
  thread.sumCount = count;
  thread.mayBeUnderWay = mayBeUnderWay;
  current->wait(State::GroupWait, site);
}

EXPORT void emulated_touch(const char *address, unsigned bytes, int write, int site) {
  current->touch(address, bytes, write != 0 ? Block::Write : Block::Read, site);
}

EXPORT void emulated_copy(int site, char *to, const char *from, unsigned bytes, unsigned taken) {
  current->startCopy({to, from, bytes, taken, current->threads[current->fibers.current()].groups, site});
}
EXPORT void emulated_close_group() { ++current->threads[current->fibers.current()].groups; }
EXPORT void emulated_wait_groups(unsigned underWay) { current->waitForGroups(underWay); }
