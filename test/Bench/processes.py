"""Running programs so that they are comparable."""
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
PYTHON = "/usr/bin/python3"


class Unavailable(Exception):
    """A side that this machine does not have, or that fails; the text says why."""


class NotThisCase(Exception):
    """A side that does something else."""


def started(argv, **how):
    """A process in a session of its own that goes before other work on this machine, where we may say so."""
    process = subprocess.Popen([str(word) for word in argv], start_new_session=True, **how)
    try:
        pathlib.Path(f"/proc/{process.pid}/autogroup").write_text("-20")
    except OSError:
        pass
    return process


def execute(argv, threads=1):
    """Standard output and standard error."""
    # Memory is kept between steps, so that PyTorch does not fault its pages in again and again.
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
                   "MALLOC_MMAP_THRESHOLD_": str(1 << 32), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    process = started(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    out, log = process.communicate()
    if process.returncode:
        lines = (log or out).strip().splitlines()
        raise Unavailable(f"{pathlib.Path(argv[0]).name} failed: {lines[-1] if lines else process.returncode}")
    return out, log
