"""Runs workloads against their peers, interleaved, and prints ratios: the peer's time / ours."""
import argparse
import datetime
import json
import os
import pathlib
import statistics
import sys

import report
from others import Compiled, Jax, Kernels, Onnx, Torch
from ours import Files, Ours
from processes import ROOT, NotThisCase, Unavailable
from workloads import CASES


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="W1", help="workloads (default: all)")
    parser.add_argument("--threads", type=int, action="append", metavar="N", help="only so many (default: 1 and 2)")
    parser.add_argument("--task", choices=["train", "infer", "command"], help="only these cases")
    parser.add_argument("--quick", action="store_true", help="two rounds of a third of a second instead of five of one")
    parser.add_argument("--write", action="store_true", help="bring the tables of test/Bench/RESULTS.md up to date")
    parser.add_argument("--python", default="python3", help="a Python that may have JAX, or a PyTorch with torch.compile")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder")
    given = parser.parse_args()
    known = sorted({case.workload for case in CASES})
    if unknown := [name for name in given.workloads if name not in known]:
        parser.error(f"no workload {', '.join(unknown)}; there are {', '.join(known)}")
    return given


def tried(sides, case, files, threads):
    """What two runs of each side say that can do this case."""
    able = {}
    for side in sides:
        try:
            able[side] = side.run(case, files, 2, threads)
        except NotThisCase:
            pass
        except Unavailable as why:
            say_once(case, why)
    return able


said = set()


def say_once(case, why):
    """A side that this machine does not have is said once, not for each case."""
    if str(why) not in said:
        print(f"{case.name}: {why}", flush=True)
    said.add(str(why))


def agreement(case, ours, peer):
    """The largest relative difference: of the losses of the first two steps, or of the outputs."""
    if case.task != "train":
        return ours["error"]
    return max(abs(theirs - loss) / abs(theirs) for theirs, loss in zip(peer["losses"], ours["losses"], strict=True))


def measure(sides, case, files, threads, rounds, seconds):
    """A row of the table for each peer: ours and the peer in turn, round after round."""
    able = tried(sides, case, files, threads)
    first = {side.name: result for side, result in able.items()}
    if "ours" not in first:
        return []
    slowest = max(result["median"] for result in first.values())
    runs = max(2, min(400, int(seconds * 1e3 / slowest)))
    if slowest > 5000:
        rounds = 1
    taken = {side.name: [] for side in able}
    for _ in range(rounds):
        for side in able:
            taken[side.name].append(side.run(case, files, runs, threads))
    ours, rows = taken.pop("ours"), []
    for name, results in taken.items():
        ratios = [peer["median"] / own["median"] for peer, own in zip(results, ours)]
        row = {"case": case.name, "peer": name, "threads": threads, "version": results[0]["version"],
               "ours": statistics.median(own["median"] for own in ours),
               "theirs": statistics.median(peer["median"] for peer in results),
               "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
               "date": datetime.date.today().isoformat()}
        if name == "PyTorch":
            row["agreement"] = agreement(case, first["ours"], first[name])
        rows.append(row)
    return rows


def main():
    given = options()
    try:
        os.nice(-20)  # other work on this machine disturbs less
    except PermissionError:
        pass
    sides = [Ours(), Torch(), Compiled(given.python), Jax(given.python), Onnx(given.build / "bench"),
             Kernels(given.build / "bench")]
    results = report.Results(given.build / "bench" / "results.json")
    prepared = {}
    for case in CASES:
        if (given.workloads and case.workload not in given.workloads) or given.task not in (None, case.task):
            continue
        key = case.program, case.data
        if key not in prepared:
            prepared[key] = files = Files(given.build, *key, case.inputs)
            try:
                files.prepare()
                results.add_program(report.measure_program(files, case))
            except Unavailable as why:
                print(f"{case.name}: {why}", flush=True)
                prepared[key] = None
        if not prepared[key]:
            continue
        for threads in given.threads or [1, 2]:
            for row in measure(sides, case, prepared[key], threads, 2 if given.quick else 5,
                               0.3 if given.quick else 1):
                results.add(row)
                print(report.line(row), flush=True)
    results.save()
    if given.write:
        results.write(ROOT / "test" / "Bench" / "RESULTS.md")


if __name__ == "__main__":
    sys.exit(main())
