# Runs the executable beside this file as test/Unit runs its own.
import os
import sys

import lit.formats

sys.path.insert(0, os.environ["SHARDS"])
import shards

config.name = "counted"
config.test_format = shards.Shards(".", "Tests")
