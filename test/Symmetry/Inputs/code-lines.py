#!/usr/bin/python3
"""Counts lines of C++ that are neither blank nor comments: code-lines.py FILE --most N."""
import argparse
import pathlib
import sys

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("file", type=pathlib.Path)
parser.add_argument("--most", type=int, required=True)
options = parser.parse_args()
lines = [line.strip() for line in options.file.read_text().splitlines()]
count = sum(bool(line) and not line.startswith("//") for line in lines)
print(f"{count} lines of code, at most {options.most}")
sys.exit(count > options.most)
