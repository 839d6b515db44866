// Products by OpenBLAS and convolutions by oneDNN, called directly: `kernels NAME RUNS` prints times as JSON. oneDNN
// may store tensors as it likes, and the time does not contain bringing them into that form.
#include <cblas.h>
#include <dnnl.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

using Work = std::function<void()>;

static std::vector<float> numbers(size_t count) {
  std::vector<float> made(count);
  for (size_t i = 0; i < count; ++i)
    made[i] = float(i % 17) * 0.25f - 2;
  return made;
}

/// `groups` products of [rows, depth] and [depth, columns].
static Work products(int groups, int rows, int columns, int depth) {
  auto a = numbers(size_t(groups) * rows * depth), b = numbers(size_t(groups) * depth * columns);
  std::vector<float> c(size_t(groups) * rows * columns);
  return [=]() mutable {
    for (int g = 0; g < groups; ++g)
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, depth, 1, &a[size_t(g) * rows * depth],
                  depth, &b[size_t(g) * depth * columns], columns, 0, &c[size_t(g) * rows * columns], columns);
  };
}

/// 32 pictures of 64 x 34 x 34, 64 kernels of 3 x 3.
static Work convolution() {
  using namespace dnnl;
  engine cpu(engine::kind::cpu, 0);
  stream queue(cpu);
  auto of = [](memory::dims dims) { return memory::desc(dims, memory::data_type::f32, memory::format_tag::any); };
  convolution_forward::primitive_desc chosen({prop_kind::forward_inference,
                                              algorithm::convolution_direct,
                                              of({32, 64, 34, 34}),
                                              of({64, 64, 3, 3}),
                                              of({32, 64, 32, 32}),
                                              {1, 1},
                                              {0, 0},
                                              {0, 0}},
                                             cpu);
  auto filled = [&](const memory::desc &desc) {
    memory made(desc, cpu);
    std::fill_n(static_cast<float *>(made.get_data_handle()), desc.get_size() / sizeof(float), 0.5f);
    return made;
  };
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, filled(chosen.src_desc())},
                                               {DNNL_ARG_WEIGHTS, filled(chosen.weights_desc())},
                                               {DNNL_ARG_DST, filled(chosen.dst_desc())}};
  return [primitive = convolution_forward(chosen), arguments, queue]() mutable {
    primitive.execute(queue, arguments);
    queue.wait();
  };
}

static Work workOf(const std::string &name) {
  if (name == "product" || name == "permuted")
    return products(1, 1024, 1024, 1024);
  if (name == "grouped")
    return products(16, 256, 256, 256);
  if (name == "windowed")
    return products(1, 1024, 256, 1024);
  return convolution();
}

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  Work work = workOf(argv[1]);
  std::vector<double> times;
  for (int run = 0; run < std::atoi(argv[2]); ++run) {
    auto begun = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
  }
  times.erase(times.begin(), times.begin() + long(times.size() > 1 ? (times.size() + 9) / 10 : 0));
  std::sort(times.begin(), times.end());
  auto at = [&](size_t quarter) { return times[(times.size() - 1) * quarter / 4]; };
  const dnnl_version_t *version = dnnl_version();
  std::string name = argv[1], library = name.rfind("c", 0) == 0
                                            ? "oneDNN " + std::to_string(version->major) + "." +
                                                  std::to_string(version->minor) + "." + std::to_string(version->patch)
                                            : openblas_get_config();
  library = library.substr(0, library.find(' ', library.find(' ') + 1)); // "OpenBLAS 0.3.21"
  std::printf("{\"median\": %f, \"low\": %f, \"high\": %f, \"version\": \"%s\"}\n", at(2), at(1), at(3),
              library.c_str());
}
