"""Checks programs that are refused: refused.py NNC CASES [--print]

A file of cases holds programs, each below a line `//--- CODE "text": message`. The first error of the program has this
code, stands at this text of the program and says this; there is no second one. `--print` writes the file as it would be
with what the compiler says today.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HEADER = re.compile(r"^//--- (NN\d{4})(.*)$", re.M)


def errors_of(nnc, path):
    done = subprocess.run([nnc, "check", "--error-format=json", str(path)], capture_output=True, text=True)
    reports = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    return [report for report in reports if report["severity"] == "error"], done


def main(nnc, cases, *flags):
    text = pathlib.Path(cases).read_text()
    headers = list(HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    wrong, printed = 0, text[: headers[0].start()]
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder, "case.nn")
        shutil.copytree(pathlib.Path(cases).parent / "data", folder, symlinks=True, dirs_exist_ok=True)
        for header, end in zip(headers, ends):
            body = text[header.end() + 1 : end]
            program.write_text(body)
            errors, done = errors_of(nnc, program)
            found = [f"//--- no diagnostics, status {done.returncode}"]
            if errors:
                place = errors[0].get("at")
                at = body.encode()[place["begin"] : place["end"]].decode() if place else ""
                message = errors[0]["message"].replace(folder, "FOLDER")
                found = [f"//--- {errors[0]['code']} {json.dumps(at)}: {message}"]
                found += [f"    and {error['code']}: {error['message']}" for error in errors[1:]]
            if found != [header.group()]:
                wrong += 1
                if not flags:
                    print(header.group(), "got", *found, sep="\n    ")
            printed += "\n".join(found) + "\n" + body
    print(printed if flags else f"{len(headers)} programs, {wrong} wrong")
    return bool(wrong) or not headers


sys.exit(main(*sys.argv[1:]))
