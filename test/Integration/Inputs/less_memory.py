"""less_memory.py A B SHARE: of two models, A works in at most SHARE of the memory of B."""
import json
import subprocess
import sys


def memory(model):
    done = subprocess.run([model, "info", "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["arena_bytes"]


a, b = memory(sys.argv[1]), memory(sys.argv[2])
print("less" if a <= float(sys.argv[3]) * b else f"{a} bytes, and {b}")
