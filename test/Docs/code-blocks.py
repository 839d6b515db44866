"""Holds the code in documents against the compiler: code-blocks.py NNC COMPANIONS PAGE...

A fenced block says what it is:
    ```noether            a program that `nnc check` accepts
    ```noether NN0201     a program that is refused with this code first
    ```console, ```text, ```cpp, ...   not ours
A block without a word is an error, so that none is forgotten. Files of the folders COMPANIONS, separated by commas, lie
beside each program.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```\s*?$", re.M | re.S)


def first_code(nnc, path):
    """The code of the first error, or None if the program is accepted; and everything that was said."""
    done = subprocess.run([nnc, "check", "--error-format=json", str(path)], capture_output=True, text=True)
    errors = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    codes = [error["code"] for error in errors if error["severity"] == "error"]
    if done.returncode != 0 and not codes:
        codes = [f"status {done.returncode}"]
    return codes[0] if codes else None, done.stderr


def main(nnc, companions, *pages):
    wrong = checked = 0
    with tempfile.TemporaryDirectory() as folder:
        for place in companions.split(","):
            for companion in pathlib.Path(place).iterdir():
                if companion.is_file():
                    shutil.copy(companion, folder)
        program = pathlib.Path(folder, "block.nn")
        for page in map(pathlib.Path, pages):
            text = page.read_text()
            for block in FENCE.finditer(text):
                indent, words, body = block.groups()
                line = text.count("\n", 0, block.start()) + 1
                language, _, expected = words.strip().partition(" ")
                if not language:
                    print(f"{page.parent.name}/{page.name}:{line}: a block without a word for what it is")
                    wrong += 1
                if language != "noether":
                    continue
                checked += 1
                program.write_text(re.sub(f"^{indent}", "", body, flags=re.M))
                code, said = first_code(nnc, program)
                if code != (expected or None):
                    print(f"{page.parent.name}/{page.name}:{line}: expected {expected or 'no error'}, got {code or 'no error'}\n{said}")
                    wrong += 1
    print(f"{checked} blocks checked, {wrong} wrong")
    return 1 if wrong or not checked else 0


sys.exit(main(*sys.argv[1:]))
