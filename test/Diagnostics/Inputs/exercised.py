"""Fails for each kind of diagnostic that no test expects: exercised.py NNC TEST_FOLDER

A test expects a kind by its code in any line that is not a RUN line (a `.txt` holds what is said in full); the unit tests of the registry do not count.
"""
import pathlib
import re
import subprocess
import sys

nnc, folder = sys.argv[1], pathlib.Path(sys.argv[2])
codes = re.findall(r"^NN\d{4}", subprocess.run([nnc, "explain"], capture_output=True, text=True).stdout, re.M)
expected = set()
for path in folder.rglob("*"):
    unit = path.suffix == ".cpp" and path.parent.name != "Diagnostics"
    if unit or (path.suffix in {".nn", ".mlir", ".test", ".txt"} and path.name != "explain.test"):
        for line in path.read_text(errors="replace").splitlines():
            if not line.lstrip("/# ").startswith("RUN:"):
                expected.update(re.findall(r"NN\d{4}", line))
missing = [code for code in codes if code not in expected]
for code in missing:
    print(f"{code} is registered, and no test expects it")
print(f"{len(codes)} kinds, {len(missing)} never exercised")
sys.exit(bool(missing) or not codes)
