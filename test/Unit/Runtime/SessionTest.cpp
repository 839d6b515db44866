/// Weights inside the executable.
#include "cli/Session.h"
#include "Support.h"

#include <cstring>

using namespace nnrt;
using namespace nnrt::test;

TEST(Session, WeightsInsideNeedNoFile) {
  Folder folder;
  std::vector<std::byte> persistent(size_t(noether_program.persistent_bytes), std::byte{0x11});
  ASSERT_TRUE(bool(saveCheckpoint(noether_program, persistent.data(), folder.file("w"), {})));
  std::string weights = folder.read("w");
  nn_program program = noether_program;
  program.weights = weights.data();
  program.weights_bytes = int64_t(weights.size());
  Session session(program, {});
  ASSERT_TRUE(bool(session.start()));
  Status loaded = session.loadWeights();
  ASSERT_TRUE(bool(loaded)) << loaded.text();
  EXPECT_EQ(0, memcmp(session.model.persistent(), persistent.data(), 192));
}

TEST(Session, DamagedWeightsInsideAreNamed) {
  nn_program program = noether_program;
  program.weights = "abc";
  program.weights_bytes = 3;
  Session session(program, {});
  ASSERT_TRUE(bool(session.start()));
  EXPECT_EQ(session.loadWeights().text(),
            "the weights inside the executable: offset 3: the file ends inside the length of its header");
}
