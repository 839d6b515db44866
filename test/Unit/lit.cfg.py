# How lit runs the GoogleTest executables: each test in them counts as one.
import os
import sys

sys.dont_write_bytecode = True  # none beside shards.py
sys.path.insert(0, os.path.dirname(__file__))
import shards

config.name = "noether-unit"
config.suffixes = []
config.test_source_root = os.path.join(config.noether_build, "test", "Unit", "bin")
config.test_exec_root = config.test_source_root
config.test_format = shards.Shards(".", "Tests")
config.environment["ASAN_OPTIONS"] = "detect_leaks=0:allow_user_poisoning=0"
