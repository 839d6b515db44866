# How lit runs the GoogleTest executables: each test in them counts as one.
import os
import lit.formats

config.name = "noether-unit"
config.suffixes = []
config.test_source_root = os.path.join(config.noether_build, "test", "Unit", "bin")
config.test_exec_root = config.test_source_root
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allow_user_poisoning=0"
