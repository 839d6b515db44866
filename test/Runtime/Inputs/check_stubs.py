# check_stubs.py NM RUNTIME: compares what the runtime needs, what the stubs offer and what the system has.
import os, subprocess, sys

nm, runtime = sys.argv[1:]


def names(path, *options):
    text = subprocess.run([nm, "-j", *options, path], check=True, capture_output=True, text=True).stdout
    return {line.split("@")[0] for line in text.split()}


def library(name):
    for folder in ("/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return names(path, "-D", "--defined-only")
    sys.exit("cannot find " + name)


offered = {name: names(os.path.join(runtime, name), "-D") for name in ("libc.so.6", "libm.so.6")}
needed = names(os.path.join(runtime, "noether-runtime.o"), "-u") - {"noether_program"}
lacking = needed - offered["libc.so.6"] - offered["libm.so.6"]
unknown = {n for name in offered for n in offered[name] - library(name)}
if lacking or unknown:
    sys.exit(f"not in the stubs: {sorted(lacking)}; not in the system: {sorted(unknown)}")
