"""Compares commands that make sequences with asking for one entry after another."""
import subprocess
import sys


def run(*arguments):
    return subprocess.run([sys.argv[1], *arguments], check=True, capture_output=True, text=True).stdout


def numbers(*arguments):
    return [float(word) for word in run(*arguments).split()]


def listed(sequence):
    return ",".join(str(int(entry)) for entry in sequence)


def one_by_one(command, prompt, window, count):
    sequence = list(prompt)
    for _ in range(count):
        sequence += numbers(command, listed(sequence[-window:]))
    return sequence[len(prompt):]


for prompt in ([5], [1, 2], [1, 2, 3, 4, 0, 1]):
    expected = one_by_one("next", prompt, 6, 12)
    assert numbers("generate", listed(prompt)) == expected, prompt
    assert numbers("narrow", listed(prompt)) == one_by_one("next", prompt, 4, 12), prompt
    assert numbers("both", listed(prompt)) == prompt + expected[:3], prompt
    for tokens in (0, 1, 7, 12):
        assert numbers("several", listed(prompt), "--tokens", str(tokens)) == expected[:tokens], prompt
    assert numbers("nothing", listed(prompt)) == [], prompt
assert numbers("exact", "1,2") == numbers("generate", "1,2")
assert numbers("long", "6,5,4,1,2,3,4,0,1") == numbers("generate", "1,2,3,4,0,1")
assert numbers("grams", "6,1,2,3") == one_by_one("fourth", [1, 2, 3], 3, 12)
assert numbers("begin") == numbers("generate", "3")
assert numbers("fibonacci", "1,2") == [3, 5, 8, 13, 21, 34, 55, 89, 144, 233]
assert numbers("plane", "1,2,3,4") == [-4, 3, -3, -4, 4, -3, 3, 4]

texts = [run("draw", "1,2", "--seed", seed) for seed in ("1", "1", "2")]
assert texts[0] == texts[1] != texts[2]
# Chance is fresh at every entry: where all classes are as good as equal, all of them come.
assert set(numbers("draw", "1,2", "--temperature", "1e6")) == set(range(7))
# Without chance nothing is left but the best.
assert numbers("draw", "1,2", "--temperature", "1e-6")[:12] == numbers("generate", "1,2")
