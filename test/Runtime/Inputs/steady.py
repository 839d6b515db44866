# A longer training allocates no more than a shorter one, and waits for no more pages: steady.py COUNTER COMMAND...
import os, resource, subprocess, sys

counter, command = sys.argv[1], sys.argv[2:]
short, long = 500, 4500  # ten reports each


def costs(steps):
    """Allocations and page faults of a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
    environment = {**os.environ, "LD_PRELOAD": counter, "ALLOCATIONS": "allocations"}
    subprocess.run([*command, "--steps", str(steps)], check=True, env=environment, stdout=subprocess.DEVNULL)
    faults = resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt - before
    return int(open("allocations").read()), faults


fewer, more = costs(short), costs(long)
print("allocations", fewer[0], more[0], "page faults", fewer[1], more[1])
# Lines of text may be longer, and where pages lie differs from run to run.
for what, few, many in zip(("allocations", "page faults"), fewer, more):
    if many - few > (long - short) / 100:
        sys.exit(f"{long - short} steps cost {many - few} {what}")
