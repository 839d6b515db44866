"""Checks and builds every program of a folder, and holds the time against what is promised: compile_times.py NNC FOLDER

A check takes less than 0.5 s where the data have been looked at before, a build less than 10 s on two cores. Counted is the
time of the processor, which what else runs on a machine changes little.
"""
import pathlib
import resource
import subprocess
import sys

CHECK, BUILD = 0.5, 2 * 10.0


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seconds(*command):
    before = processor()
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{run.stderr}")
    return processor() - before


def main(nnc, folder):
    slow = []
    programs = sorted(pathlib.Path(folder).glob("*.nn"))
    for program in programs:
        seconds(nnc, "check", program)
        check = seconds(nnc, "check", program)
        build = seconds(nnc, "build", program, "-o", program.with_suffix(".model"))
        print(f"{program.stem}: check {check:.2f} s, build {build:.1f} s")
        if check > CHECK or build > BUILD:
            slow.append(program.stem)
    print(f"{len(programs)} programs, {len(slow)} slow {' '.join(slow)}")


main(*sys.argv[1:])
