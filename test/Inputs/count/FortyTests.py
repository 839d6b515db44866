#!/usr/bin/python3
"""Says what a GoogleTest executable of forty tests would: of each ten the fourth is skipped; of all the last one fails."""
import json
import os
import sys

names = [f"Test{k}" for k in range(40)]
if "--gtest_list_tests" in sys.argv:
    print("\n  ".join(["Forty.", *names]))
    sys.exit()


def said(name):
    if name == "Test39":
        print("[ RUN      ] Forty.Test39\n[  FAILED  ] Forty.Test39")
        return {"name": name, "time": "0s", "result": "COMPLETED", "failures": [{"failure": "wrong"}]}
    return {"name": name, "time": "0s", "result": "SKIPPED" if name.endswith("3") else "COMPLETED"}


shard, count = int(os.environ["GTEST_SHARD_INDEX"]), int(os.environ["GTEST_TOTAL_SHARDS"])
tests = [said(name) for name in names[shard::count]]
with open(os.environ["GTEST_OUTPUT"].removeprefix("json:"), "w") as file:
    json.dump({"testsuites": [{"name": "Forty", "testsuite": tests}]}, file)
sys.exit(any("failures" in test for test in tests))
