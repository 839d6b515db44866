"""Fails for each relative link in the documents that leads nowhere: links.py FOLDER"""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
listed = subprocess.run(["git", "-C", root, "ls-files", "*.md"], capture_output=True, text=True).stdout.split()
broken = 0
for page in (root / name for name in listed):
    prose = re.sub(r"```.*?```|`[^`\n]*`(?!\])", "", page.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in target and not (page.parent / target).exists():
            print(f"{page.relative_to(root)}: {target} does not exist")
            broken += 1
print(f"{len(listed)} pages, {broken} broken links")
sys.exit(bool(broken) or not listed)
