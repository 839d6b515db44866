"""Runs a command and fails unless it ends with the given status: status.py STATUS COMMAND..."""
import subprocess
import sys

wanted, command = int(sys.argv[1]), sys.argv[2:]
got = subprocess.run(command).returncode
if got != wanted:
    sys.exit(f"status {got}, expected {wanted}: {' '.join(command)}")
