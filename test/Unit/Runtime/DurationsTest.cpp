/// What `--time` says of a list of durations.
#include "cli/Durations.h"

#include <gtest/gtest.h>

using nnrt::Durations;

TEST(Durations, LeavesOutTheFirstTenth) {
  Durations durations;
  durations.add(9); // of ten: fills caches
  for (int run = 1; run < 10; ++run)
    durations.add(run * 1e-3);
  EXPECT_EQ(durations.text("step"), "a step takes 5.000 ms (median of 9; half of them between 3.000 and 7.000 ms)");
}

TEST(Durations, CountsTheOnlyOne) {
  Durations durations;
  durations.add(2);
  EXPECT_EQ(durations.text("run"), "a run takes 2000 ms (median of 1; half of them between 2000 and 2000 ms)");
}

TEST(Durations, PrintsFourDigits) {
  Durations durations;
  durations.add(3.14159e-5);
  EXPECT_EQ(durations.text("run"), "a run takes 0.03142 ms (median of 1; half of them between 0.03142 and 0.03142 ms)");
}
