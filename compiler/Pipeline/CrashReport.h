/// What the user sees when the compiler itself fails: whose fault it is and what to report.
#ifndef NOETHER_PIPELINE_CRASHREPORT_H
#define NOETHER_PIPELINE_CRASHREPORT_H

#include <string>

namespace nn {

/// The exit status after a fault of the compiler (EX_SOFTWARE of sysexits.h).
inline constexpr int internalErrorExit = 70;

/// From here on a signal, a fatal error of LLVM or an uncaught exception ends in a report with this command line.
void installCrashReport(int argc, char **argv);

/// Names what the compiler is doing, for the report: "parsing digits.nn". Nests; ends with its scope.
class Activity {
public:
  explicit Activity(const char *what, std::string subject = "");
  ~Activity();
  Activity(const Activity &) = delete;
  Activity &operator=(const Activity &) = delete;

private:
  friend void printActivities();
  const char *what;
  std::string subject;
  Activity *outer;
};

} // namespace nn

#endif
