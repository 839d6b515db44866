/// Plots: ticks at round numbers, what the files hold, and pictures in characters.
#include "Support.h"
#include "data/Image.h"
#include "data/Npy.h"
#include "io/History.h"
#include "io/Png.h"
#include "plot/Figure.h"
#include "plot/Ticks.h"

#include <cmath>

using namespace nnrt;
using namespace nnrt::plot;
using namespace nnrt::test;

namespace {

std::string tickTexts(const Scale &scale, int count) {
  std::string text;
  for (const Tick &tick : scale.ticks(count))
    text += (text.empty() ? "" : " ") + tick.text;
  return text;
}

TEST(Ticks, StandAtRoundNumbersInsideTheRange) {
  EXPECT_EQ(tickTexts({0, 10, false}, 5), "0 2 4 6 8 10");
  EXPECT_EQ(tickTexts({-0.13, 0.27, false}, 4), "-0.1 0 0.1 0.2");
  EXPECT_EQ(tickTexts({0.2, 0.25, false}, 5), "0.20 0.21 0.22 0.23 0.24 0.25");
  EXPECT_EQ(tickTexts({0, 3e7, false}, 3), "0 1e+07 2e+07 3e+07");
}

TEST(Ticks, OfALogarithmicScaleArePowersOfTen) {
  EXPECT_EQ(tickTexts({1, 1000, true}, 5), "1 10 100 1000");
  EXPECT_EQ(tickTexts({1, 40, true}, 5), "1 2 5 10 20");
}

TEST(Scale, PassesOverWhatIsNotFinite) {
  Scale scale = scaleOf({1, NAN, 3, INFINITY}, false, 0);
  EXPECT_EQ(scale.low, 1);
  EXPECT_EQ(scale.high, 3);
  EXPECT_EQ(scale.place(2), 0.5);
  Scale flat = scaleOf({7, 7});
  EXPECT_LT(flat.low, 7);
  EXPECT_GT(flat.high, 7);
  Scale log = scaleOf({-1, 0, 1, 100}, true, 0);
  EXPECT_EQ(log.low, 1);
  EXPECT_DOUBLE_EQ(log.place(10), 0.5);
}

TEST(Bins, HoldEveryValue) {
  std::vector<double> values;
  for (int k = 0; k < 100; ++k)
    values.push_back(k * 0.1);
  Bins bins = binsOf(values);
  EXPECT_LE(bins.start, 0);
  EXPECT_GE(bins.start + bins.step * double(bins.count), 9.9);
  EXPECT_EQ(bins.binOf(bins.start), 0U);
  EXPECT_EQ(bins.binOf(1e9), bins.count - 1);
}

Chart twoLines() {
  Chart chart;
  chart.title = "a < b";
  chart.xLabel = "epoch";
  chart.series = {{"up", {0, 1, 2}, {0, 1, 2}}, {"down", {0, 1, 2}, {2, NAN, 0}}};
  return chart;
}

size_t countOf(const std::string &text, const std::string &part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

TEST(ChartPlot, HasALineASeriesALegendAndLabels) {
  std::string file = svg(twoLines());
  EXPECT_EQ(countOf(file, "<path "), 2U);
  EXPECT_NE(file.find(">up</text>"), std::string::npos);
  EXPECT_NE(file.find(">epoch</text>"), std::string::npos);
  EXPECT_NE(file.find(">a &lt; b</text>"), std::string::npos);
  // What is no number breaks the line.
  size_t second = file.rfind("<path ");
  EXPECT_EQ(countOf(file.substr(second, file.find('>', second) - second), "M"), 2U);
}

TEST(ChartPlot, OneLineNeedsNoLegend) {
  Chart chart = twoLines();
  chart.series.pop_back();
  EXPECT_EQ(svg(chart).find(">up</text>"), std::string::npos);
}

TEST(ChartPlot, InCharactersSpansItsCorners) {
  Chart chart = twoLines();
  chart.series.pop_back();
  std::string shown = text(chart, 34);
  std::string first = shown.substr(0, shown.find('\n'));
  EXPECT_EQ(first.substr(first.size() - 3), "•");
  EXPECT_NE(first.find("2 ┤"), std::string::npos);
  EXPECT_NE(shown.find("epoch"), std::string::npos);
}

TEST(PicturePlot, ShadesCellsByTheirNumbers) {
  plot::Picture picture;
  picture.grids = {{"", 2, 2, 1, {0, 1, 0.5, 0}}};
  EXPECT_EQ(text(picture, 80, false), "  ██\n▒▒\n");
  picture.isPhoto = true;
  EXPECT_EQ(text(picture, 80, true), "\x1b[38;2;0;0;0m\x1b[48;2;128;128;128m▀\x1b[38;2;255;255;255m\x1b[48;2;0;0;0m▀"
                                     "\x1b[0m\n");
  EXPECT_NE(svg(picture).find("data:image/png;base64,"), std::string::npos);
}

TEST(HistogramPlot, CountsInEveryBin) {
  Histogram histogram;
  histogram.samples = {{"", {}, {0, 0, 0, 7.9}}};
  std::string shown = text(histogram, 60);
  EXPECT_NE(shown.find("█ 3\n"), std::string::npos);
  EXPECT_NE(shown.find(" 1\n"), std::string::npos);
}

TEST(RegionsPlot, ShowsClassesFromTheTop) {
  Regions regions;
  regions.height = regions.width = 2;
  regions.classes = {0, 1, 2, 2};
  regions.classNames = {"a", "b"};
  EXPECT_EQ(text(regions, 80, false), "01\n22\n");
  std::string file = svg(regions);
  for (const char *name : {">a</text>", ">b</text>", ">2</text>"})
    EXPECT_NE(file.find(name), std::string::npos) << name;
}

TEST(Png, ComesBackAsItWas) {
  std::string pixels = {char(0), char(255), char(51), char(102), char(204), char(153)};
  Result<nnrt::Picture> picture = decodePng(bytesOf(encodePng(pixels, 2, 3, 1)), "p.png", 1);
  ASSERT_TRUE(bool(picture)) << picture.text();
  EXPECT_EQ(picture->height, 2);
  EXPECT_EQ(picture->width, 3);
  for (size_t k = 0; k < pixels.size(); ++k)
    EXPECT_FLOAT_EQ(picture->values[k], float(uint8_t(pixels[k])) / 255);
}

TEST(Npy, ComesBackAsItWas) {
  std::vector<double> numbers = {1, 2, 3, 4, 5, 6};
  for (const std::vector<int64_t> &shape : {std::vector<int64_t>{6}, {2, 3}, {3, 2, 1}}) {
    std::string file = npyFile(NN_F64, shape, rawBytes(numbers));
    EXPECT_EQ((file.size() - numbers.size() * 8) % 64, 0U);
    Result<Array> array = parseNpy(bytesOf(file), "x.npy");
    ASSERT_TRUE(bool(array)) << array.text();
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->dtype, NN_F64);
    EXPECT_EQ(memcmp(array->bytes.data() + array->first, numbers.data(), 48), 0);
  }
}

TEST(HistoryOfTraining, GrowsAndIsCut) {
  History history;
  for (int step : {10, 20, 30}) {
    history.add("train", "", "step", {double(step)});
    history.add("train", "test", "along", {double(step), 0.5});
  }
  const Curve *along = history.find("train", "test", "along");
  ASSERT_TRUE(along);
  EXPECT_EQ(along->points(), 3);
  EXPECT_FALSE(history.find("train", "train", "along"));
  history.cut("train", 20);
  EXPECT_EQ(history.find("train", "test", "along")->values, (std::vector<double>{10, 0.5, 20, 0.5}));
}

} // namespace
