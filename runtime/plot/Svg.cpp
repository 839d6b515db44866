/// Elements as text, with as few digits as pixels need.
#include "plot/Svg.h"
#include "core/Text.h"

#include <cmath>

namespace nnrt::plot {

static const char *const ink = "#333333", *const faint = "#e4e4e4";

static std::string px(double value) {
  std::string text = format("%.2f", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return text == "-0" ? "0" : text;
}

static std::string escaped(const std::string &text) {
  std::string result;
  for (char c : text)
    switch (c) {
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '&':
      result += "&amp;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      result += c;
    }
  return result;
}

double widthOf(const std::string &text, double size) {
  double letters = 0;
  for (char c : text)
    letters += (uint8_t(c) & 0xc0) != 0x80; // bytes that begin a character
  return 0.56 * size * letters;
}

void Svg::line(double x0, double y0, double x1, double y1, const std::string &color, double thickness) {
  body += "<line x1=\"" + px(x0) + "\" y1=\"" + px(y0) + "\" x2=\"" + px(x1) + "\" y2=\"" + px(y1) + "\" stroke=\"" +
          color + "\" stroke-width=\"" + px(thickness) + "\"/>\n";
}

void Svg::rectangle(const Box &box, const std::string &fill, const std::string &border) {
  body += "<rect x=\"" + px(box.x) + "\" y=\"" + px(box.y) + "\" width=\"" + px(box.width) + "\" height=\"" +
          px(box.height) + "\" fill=\"" + fill + "\" stroke=\"" + border + "\"/>\n";
}

void Svg::circle(double x, double y, double radius, const std::string &fill, const std::string &border) {
  body += "<circle cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"" + px(radius) + "\" fill=\"" + fill + "\" stroke=\"" +
          border + "\"/>\n";
}

void Svg::path(const std::vector<double> &xs, const std::vector<double> &ys, const std::string &color) {
  std::string points;
  bool broken = true;
  for (size_t k = 0; k < xs.size() && k < ys.size(); ++k) {
    if (!std::isfinite(xs[k]) || !std::isfinite(ys[k])) {
      broken = true;
      continue;
    }
    points += (points.empty() ? "" : " ") + std::string(broken ? "M" : "L") + px(xs[k]) + "," + px(ys[k]);
    broken = false;
  }
  body += "<path d=\"" + points + "\" fill=\"none\" stroke=\"" + color +
          "\" stroke-width=\"1.8\" stroke-linejoin=\"round\"/>\n";
}

void Svg::text(double x, double y, const std::string &text, Anchor anchor, double size, bool bold) {
  const char *anchors[] = {"start", "middle", "end"};
  body += "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" font-size=\"" + px(size) + "\" text-anchor=\"" +
          anchors[int(anchor)] + "\"" + (bold ? " font-weight=\"bold\"" : "") + ">" + escaped(text) + "</text>\n";
}

void Svg::turnedText(double x, double y, const std::string &text) {
  body += "<text transform=\"translate(" + px(x) + "," + px(y) +
          ") rotate(-90)\" font-size=\"12\" "
          "text-anchor=\"middle\">" +
          escaped(text) + "</text>\n";
}

static std::string base64(const std::string &bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t word = 0;
    for (size_t k = 0; k < 3; ++k)
      word = word << 8 | (i + k < bytes.size() ? uint8_t(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : digits[word >> (18 - 6 * k) & 63];
  }
  return text;
}

void Svg::image(const Box &box, const std::string &png) {
  body += "<image x=\"" + px(box.x) + "\" y=\"" + px(box.y) + "\" width=\"" + px(box.width) + "\" height=\"" +
          px(box.height) +
          "\" preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
          "href=\"data:image/png;base64," +
          base64(png) + "\"/>\n";
}

void Svg::frame(const Box &box, const Scale &x, const Scale &y, const std::string &xLabel, const std::string &yLabel,
                bool grid) {
  double floor = box.y + box.height;
  for (const Tick &tick : x.ticks(int(box.width / 80))) {
    double at = across(box, x, tick.value);
    if (grid)
      line(at, box.y, at, floor, faint);
    line(at, floor, at, floor + 4, ink);
    text(at, floor + 17, tick.text, Anchor::Middle, 11);
  }
  for (const Tick &tick : y.ticks(int(box.height / 50))) {
    double at = up(box, y, tick.value);
    if (grid)
      line(box.x, at, box.x + box.width, at, faint);
    line(box.x - 4, at, box.x, at, ink);
    text(box.x - 7, at + 4, tick.text, Anchor::End, 11);
  }
  rectangle(box, "none", ink);
  if (!xLabel.empty())
    text(box.x + box.width / 2, floor + 36, xLabel, Anchor::Middle);
  if (!yLabel.empty())
    turnedText(box.x - 48, box.y + box.height / 2, yLabel);
}

void Svg::title(const std::string &text) { this->text(width / 2, 24, text, Anchor::Middle, 14, true); }

void Svg::legend(double x, double y, const std::vector<std::string> &names, const std::vector<std::string> &colors) {
  for (size_t k = 0; k < names.size(); ++k) {
    double at = y + 18 * double(k);
    rectangle({x, at - 9, 12, 10}, colors[k]);
    text(x + 18, at, names[k]);
  }
}

std::string Svg::finish() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + px(width) + "\" height=\"" + px(height) +
         "\" viewBox=\"0 0 " + px(width) + " " + px(height) + "\" font-family=\"sans-serif\" fill=\"" + ink +
         "\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n" + body + "</svg>\n";
}

} // namespace nnrt::plot
