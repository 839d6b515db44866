"""Crashes a compiler from outside, while it waits for its input: crash.py NNC. Prints the report and the status."""
import os
import signal
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryDirectory() as folder:
    pipe = os.path.join(folder, "waits.nn")
    os.mkfifo(pipe)
    process = subprocess.Popen([sys.argv[1], "check", pipe], stderr=subprocess.PIPE, text=True)
    # Opening for writing returns once the compiler has opened the pipe for reading.
    writer = os.open(pipe, os.O_WRONLY)
    time.sleep(0.05)
    process.send_signal(signal.SIGSEGV)
    print(process.communicate(timeout=60)[1])
    print("status", process.returncode)
    os.close(writer)
