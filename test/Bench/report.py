"""Rows of results: printed, remembered between runs, written into RESULTS.md."""
import datetime
import json
import os
import re
import statistics
import subprocess
import time

from processes import HERE, PYTHON, execute, started


def milliseconds(value):
    return f"{value:.4g}"


def line(row):
    agrees = f"  agrees to {row['agreement']:.0e}" if "agreement" in row else ""
    return (f"{row['case']:<15} {row['threads']} thread{'s' if row['threads'] > 1 else ' '}  {peer_of(row):<25} "
            f"{milliseconds(row['theirs']):>8} ms  ours {milliseconds(row['ours']):>8} ms  ratio {row['ratio']:.2f} "
            f"({row['least']:.2f} to {row['most']:.2f}){agrees}")


def peak_memory(argv):
    """The largest resident set of a process in MB, as the system counts it while the process runs."""
    process, peak = started(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                found = re.search(r"VmHWM:\s+(\d+) kB", status.read())
            peak = max(peak, int(found.group(1)) if found else 0)
        except OSError:
            break
        time.sleep(0.005)
    process.wait()
    return peak / 1024


def measure_program(files, case):
    """Seconds to compile, kilobytes, milliseconds to start, megabytes of a training: ours and PyTorch's."""
    compiled = [files.compile()]
    while len(compiled) < 3 and sum(compiled) < 10:
        compiled.append(files.compile())
    starts = []
    for _ in range(20):
        begun = time.perf_counter()
        execute([files.executable, "info"])
        starts.append(time.perf_counter() - begun)
    compiled = statistics.median(compiled)
    row = {"program": f"{case.workload} {files.program}" + (f", batch {files.data}" if files.data else ""),
           "compile": compiled, "size": files.executable.stat().st_size, "start": statistics.median(starts) * 1e3}
    if not files.data:
        return row
    steps, ours, taken = 3, 0, 0.0
    while taken < 0.2:  # a process that is shorter is over before it is looked at
        begun = time.perf_counter()
        ours = peak_memory([files.executable, "train", "--data", files.folder, "--steps", steps, "--threads", 1, "-o",
                            files.folder / "trained.safetensors"])
        steps, taken = steps * 10, time.perf_counter() - begun
    theirs = peak_memory([PYTHON, HERE / "peers" / "run.py", "train", files.program, files.folder, 3, 1])
    return {**row, "ours": ours, "theirs": theirs}


def machine(folder):
    """The processor, its cores, and the most that one of them computes."""
    with open("/proc/cpuinfo") as info:
        model = re.search(r"model name\s*: (.*)", info.read())
    execute(["clang++-22", "-O3", "-march=native", "-ffp-contract=fast", HERE / "peak.cpp", "-o", folder / "peak"])
    peak = execute([folder / "peak"])[0].strip()
    return f"{model.group(1) if model else 'unknown processor'}, {os.cpu_count()} cores, {peak} GFLOP/s a core (FMA, f32)"


def peer_of(row):
    return row["version"] if row["version"].startswith(row["peer"]) else f"{row['version']} ({row['peer']})"


class Results:
    """Everything that was measured last, each row by its case, peer and number of threads."""

    def __init__(self, path):
        self.path = path
        self.rows, self.programs = {}, {}
        if path.exists():
            kept = json.loads(path.read_text())
            self.rows = {self.key(row): row for row in kept["rows"]}
            self.programs = {row["program"]: row for row in kept["programs"]}

    @staticmethod
    def key(row):
        return row["case"], row["peer"], row["threads"]

    def add(self, row):
        self.rows[self.key(row)] = row

    def add_program(self, row):
        self.programs[row["program"]] = row

    def save(self):
        self.path.write_text(json.dumps({"rows": list(self.rows.values()), "programs": list(self.programs.values())}))

    def write(self, page):
        """Replaces what stands between the marks of the page."""
        text = page.read_text()
        begin, end = "<!-- measured -->\n", "<!-- end -->"
        before, rest = text.split(begin)
        head = f"\n{datetime.date.today().isoformat()}: {machine(self.path.parent)}\n\n"
        page.write_text(before + begin + head + self.tables() + "\n" + end + rest.split(end)[1])

    def tables(self):
        lines = ["| case | threads | peer | its ms | our ms | ratio | rounds | agrees to |",
                 "|---|---|---|---|---|---|---|---|"]
        for row in sorted(self.rows.values(), key=lambda row: (row["case"], row["threads"], row["peer"])):
            agrees = f"{row['agreement']:.0e}" if "agreement" in row else ""
            lines.append(f"| {row['case']} | {row['threads']} | {peer_of(row)} | {milliseconds(row['theirs'])} | "
                         f"{milliseconds(row['ours'])} | **{row['ratio']:.2f}** | {row['least']:.2f} to {row['most']:.2f} | "
                         f"{agrees} |")
        lines += ["", "| program | compiled in s | executable, kB | start-up, ms | peak memory, MB | PyTorch's, MB |",
                  "|---|---|---|---|---|---|"]
        for row in sorted(self.programs.values(), key=lambda row: row["program"]):
            memory = [f"{row[side]:.0f}" if side in row else "" for side in ("ours", "theirs")]
            lines.append(f"| {row['program']} | {row['compile']:.2f} | {row['size'] / 1024:.0f} | {row['start']:.1f} | "
                         f"{memory[0]} | {memory[1]} |")
        return "\n".join(lines) + "\n"
