# How lit runs the tests of this folder: which files are tests, what their RUN lines may say, what this machine offers.
import os
import shutil
import lit.formats

config.name = "noether"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".nn", ".mlir", ".test"]
config.excludes = ["Unit", "Inputs", "emulator", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.noether_build, "test")

tools = os.path.join(config.noether_build, "bin")
config.environment["PATH"] = os.pathsep.join([tools, config.llvm_tools, os.environ["PATH"]])
config.environment["NO_COLOR"] = "1"
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
# Tests of other parts need no code for GPUs.
config.environment["NNC_TARGET"] = "cpu"
# Descriptions of data sets are kept here, not in the cache of the user.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")

# %nn-opt and %nn-replay come before %nnc: lit replaces in this order, and one name must not begin the other's.
config.substitutions += [
    ("%nn-opt", os.path.join(tools, "nn-opt")),
    ("%nn-replay", os.path.join(tools, "nn-replay")),
    ("%nnc", os.path.join(tools, "nnc")),
    ("%python", "/usr/bin/python3"),
    # Kernels for the driver of a GPU that is not there, and running an executable with it.
    ("%compile-emulated", os.path.join(config.test_source_root, "GPU", "emulator", "emulate.sh") + " " + config.noether_build),
    ("%emulator", os.path.join(config.test_exec_root, "GPU", "emulator")),
    ("%emulated", "env LD_LIBRARY_PATH=" + os.path.join(config.test_exec_root, "GPU", "emulator")),
    ("%source", config.noether_source),
    ("%examples", os.path.join(config.noether_source, "examples")),
]

# Features that a test may REQUIRE.
with open("/proc/cpuinfo") as file:
    flags = set(next((line for line in file if line.startswith("flags")), "").split())
for feature, needed in {"avx2": {"avx2", "fma"}, "avx512": {"avx512f", "avx512vl", "avx512dq"},
                        "avx512bf16": {"avx512vl", "avx512_bf16"}}.items():
    if needed <= flags:
        config.available_features.add(feature)
if config.sanitize:
    config.available_features.add("sanitize")
    # LLVM keeps what it allocates at start-up until the end, on purpose.
    config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allow_user_poisoning=0"
    config.environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
# The assembler of CUDA, on the path or where its installer puts it.
ptxas = shutil.which("ptxas") or shutil.which("ptxas", path="/usr/local/cuda/bin")
if ptxas:
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))
if os.path.exists("/usr/share/datasets/fashion-mnist"):
    config.available_features.add("fashion-mnist")
if os.path.exists(os.path.join(config.noether_source, "examples", "data", "licences.txt")):
    config.available_features.add("example-data")
if os.path.exists("/usr/share/libonnx-testdata"):
    config.available_features.add("onnx-testdata")
