/// Progress lines at every width.
#include "cli/Progress.h"

#include <gtest/gtest.h>

using namespace nnrt;

static ProgressState state() { return {"epoch 3/10", 469, 938, {{"loss", 0.34121}}, 12345.6, "examples/s", 62.4}; }

TEST(Progress, ShowsBarMetricsRateAndTimeLeft) {
  EXPECT_EQ(progressLine(state(), 100), "epoch 3/10 [==============              ]  50%  loss 0.3412  12,346 "
                                        "examples/s  1 min 02 s left");
}

TEST(Progress, LeavesOutWhatDoesNotFit) {
  for (int width = 1; width < 120; ++width)
    EXPECT_LT(progressLine(state(), width).size(), size_t(width));
  EXPECT_EQ(progressLine(state(), 60), "epoch 3/10 [=====    ]  50%  loss 0.3412  12,346 examples/s");
  EXPECT_EQ(progressLine(state(), 20), "epoch 3/10  50%");
}

TEST(Progress, NumbersStayReadable) {
  EXPECT_EQ(metricNumber(0.34121), "0.3412");
  EXPECT_EQ(metricNumber(0), "0.0000");
  EXPECT_EQ(metricNumber(1.25e-5), "1.250e-05");
  EXPECT_EQ(metricNumber(2.5e7), "2.500e+07");
  EXPECT_EQ(metricsText({{"loss", 0.5}, {"accuracy", 0.875}}), "loss 0.5000  accuracy 0.8750");
}
