# Runs a command and checks its exit code: exit_code.py CODE COMMAND...
import subprocess, sys

code = subprocess.run(sys.argv[2:]).returncode
sys.exit(0 if code == int(sys.argv[1]) else f"exit code {code}, expected {sys.argv[1]}")
