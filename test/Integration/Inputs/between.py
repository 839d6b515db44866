"""Fails unless the numbers at the ends of the lines of standard input lie in the intervals given as pairs of bounds."""

import sys

bounds = [float(word) for word in sys.argv[1:]]
lines = sys.stdin.read().split("\n")
values = [float(line.split()[-1]) for line in lines if line.strip()]
intervals = list(zip(bounds[::2], bounds[1::2]))
assert len(values) == len(intervals), values
for value, (least, most) in zip(values, intervals):
    assert least <= value <= most, f"{value} is not between {least} and {most}"
