"""Compares what the GPU computes with the interpreter in f64: every function of the library, its derivatives, and every
example, by test/Unit/EndToEnd on the device. Then whole programs on the GPU with the same on the processor.

Prints a line for each test or program that differs, and in the end a count.
"""
import argparse
import collections
import concurrent.futures
import json
import math
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import found

ROOT = pathlib.Path(__file__).parents[3]
STEPS = 5
NARROW, WIDE = 1e-3, 1e-9  # of programs that compute in f32 and in f64 only: sums in another order, carried through steps


class Skipped(Exception):
    """A program that this machine cannot run; the text says why."""


def numbers(value):
    """All numbers of a result in JSON, but the times."""
    if isinstance(value, dict):
        value = [each for key, each in value.items() if key not in ("seconds", "threads")]
    if isinstance(value, list):
        return [n for each in value for n in numbers(each)]
    return [float(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def difference(one, other):
    """The largest, relatively to the largest number of all."""
    if len(one) != len(other):
        return math.inf
    scale = max([abs(n) for n in one if math.isfinite(n)], default=0) or 1.0
    return max((0.0 if a == b or (math.isnan(a) and math.isnan(b)) else abs(a - b) / scale for a, b in zip(one, other)),
               default=0.0)


class Runner:
    def __init__(self, given, folder):
        self.build, self.folder, self.emulated = given.build, folder, given.emulated
        self.sanitizer = shutil.which("compute-sanitizer") or shutil.which("compute-sanitizer", path="/usr/local/cuda/bin")

    def compile(self, program):
        """The executable, and the environment in which it finds its GPU."""
        model = self.folder / program.stem
        self.execute([self.build / "bin" / "nnc", "build", program, "--target", "cpu,cuda", "-o", model])
        if not self.emulated:
            return model, os.environ
        text, kernels = self.folder / f"{program.stem}.ll", self.folder / f"{program.stem}.so"
        self.execute([self.build / "bin" / "nnc", "build", program, "--emit", "nvvm", "-o", text])
        self.execute([ROOT / "test" / "GPU" / "emulator" / "emulate.sh", self.build, text, kernels])
        return model, {**os.environ, "LD_LIBRARY_PATH": str(self.build / "test" / "GPU" / "emulator"),
                       "NOETHER_EMULATED_KERNELS": str(kernels)}

    def execute(self, words, env=None):
        done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env=env, cwd=self.folder,
                              check=False)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise Skipped(said[0] if said else f"ended with {done.returncode}")
        return done.stdout

    def result(self, model, arguments, device, env):
        out = self.execute([model, *arguments, "--json", "--quiet", "--device", device], env)
        try:
            return numbers(json.loads(out))
        except json.JSONDecodeError as error:
            raise Skipped("its result is no JSON") from error

    def compare(self, program, calls):
        """What differs, and by how much."""
        model, env = self.compile(program)
        text = program.read_text()
        tolerance = WIDE if "f64" in text and "f32" not in text else NARROW
        differing = []
        for arguments in calls:
            try:
                processor = self.result(model, arguments, "cpu", None)
            except Skipped:
                continue  # that it fails there, too, is tested elsewhere
            apart = difference(processor, self.result(model, arguments, "cuda", env))
            if apart > tolerance:
                differing.append(f"{shlex.join(arguments)}: {apart:.1e} apart")
        return differing

    def sanitize(self, program, arguments):
        if not self.sanitizer or self.emulated:
            raise Skipped("there is no compute-sanitizer")
        model, env = self.compile(program)
        for tool in ("memcheck", "racecheck", "synccheck"):
            self.execute([self.sanitizer, "--tool", tool, "--error-exitcode", 9, model, *arguments, "--quiet", "--device",
                          "cuda"], env)
        return []


def shard(given, index, count, folder):
    """The results of a part of the tests that compare with the interpreter: pairs of a name and what differs."""
    report = folder / f"shard{index}.json"
    names = ":".join(f"*{name}*" for name in given.names) or "*"
    device = given.build / "test" / "GPU" / "emulator" if given.emulated else "cuda"
    env = {**os.environ, "NOETHER_TEST_DEVICE": str(device), "GTEST_TOTAL_SHARDS": str(count),
           "GTEST_SHARD_INDEX": str(index)}
    if given.emulated:
        env["LD_LIBRARY_PATH"] = str(device)
    done = subprocess.run([given.build / "test" / "Unit" / "bin" / "EndToEndTests", f"--gtest_filter={names}",
                           f"--gtest_output=json:{report}"], capture_output=True, text=True, env=env, check=False)
    if not report.exists():
        begun = re.findall(r"^\[ RUN      \] (.*)", done.stdout, re.MULTILINE)
        return [(begun[-1] if begun else "EndToEndTests", f"ended with {done.returncode}")]
    results = []
    for suite in json.loads(report.read_text()).get("testsuites", []):
        for test in suite["testsuite"]:
            if test["result"] == "COMPLETED":
                failures = [line for failure in test.get("failures", []) for line in failure["failure"].splitlines()]
                results.append((f"{suite['name']}.{test['name']}", "; ".join(failures[:4])))
    return results


def compare_with_interpreter(given, folder, count):
    parts = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(parts) as pool:
        for results in pool.map(lambda index: shard(given, index, parts, folder), range(parts)):
            for name, differing in results:
                count["failed" if differing else "passed"] += 1
                if differing:
                    print(f"{name}: {differing}", flush=True)


def calls_of(program):
    """The commands that a test of the library runs, with their arguments."""
    for words in re.findall(r"^// RUN: (?:.*&& )?%t ([^|%<>]+)(?:\||$)", program.read_text(), re.MULTILINE):
        yield shlex.split(words)


def work_of(runner):
    """Names of programs, and what is to be done with them."""
    training = ["train", "--steps", str(STEPS), "-o", "trained.safetensors"]
    for program in sorted((ROOT / "test" / "Stdlib").glob("*.nn")):
        if calls := list(calls_of(program)):
            yield f"Stdlib/{program.stem}", lambda program=program, calls=calls: runner.compare(program, calls)
    for folder in ("examples", "test/GPU/Inputs"):
        for program in sorted((ROOT / folder).glob("*.nn")):
            if re.search(r"^train ", program.read_text(), re.MULTILINE):
                yield f"{folder}/{program.stem}", lambda program=program: runner.compare(program, [training])
    for name in ("odd", "masked"):
        program = ROOT / "test" / "GPU" / "Inputs" / f"{name}.nn"
        yield f"sanitizer/{name}", lambda program=program: runner.sanitize(program, ["train", "--steps", "2"])


def main():
    parser = argparse.ArgumentParser(prog="scripts/test-gpu", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only programs whose names contain one of these")
    parser.add_argument("--emulated", action="store_true", help="on the emulated GPU of test/GPU/emulator")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build", help="the build folder")
    given = parser.parse_args()
    given.build = given.build.resolve()
    if why := "" if given.emulated else found.why_not():
        print(f"nothing was tested: {why}")
        return 0
    print(f"on {'the emulated GPU' if given.emulated else found.name()}", flush=True)
    count = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        compare_with_interpreter(given, pathlib.Path(folder), count)
        runner = Runner(given, pathlib.Path(folder))
        for name, work in work_of(runner):
            if given.names and not any(each in name for each in given.names):
                continue
            try:
                differing = work()
                verdict = "failed" if differing else "passed"
                for line in differing:
                    print(f"{name}: {line}", flush=True)
            except Skipped as why:
                # What does not compile, or has no data here, is skipped; what fails on the device alone is a failure.
                verdict = "skipped" if re.search(r"NN0701|there is no|no data", str(why)) else "failed"
                print(f"{name}: {verdict}: {why}", flush=True)
            count[verdict] += 1
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
