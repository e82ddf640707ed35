#!/usr/bin/env python3
"""Runs the commands that readers see: commands_test.py SOURCE_DIRECTORY BIN_DIRECTORY

Every block ```sh of README.md and docs/*.md is run as it stands, a page's blocks in their order and in one shell, in an
empty directory; the first command that fails ends the page. Programs are found as a reader finds them: by what the page
itself puts on the PATH, or, in pages that come after the README, as installed. What `./dev` would build is built already,
so each of its commands stands for what is named in DEV, and no other may be shown."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PATIENCE_S = 300

# what a page may ask of ./dev, and what is done here instead
DEV = {
    "demo": 'card_fraud --data build/demo/data --output build/demo/alerts.jsonl --transactions 20000 --prove',
    "build": 'mkdir -p build/release && ln -sfn "$BIN" build/release/bin',
    "test": "true",
    "package": "true",
}
# A block that looks like commands and is not marked so would not be run.
COMMAND = re.compile(r"^(\$ |\./dev |weir |sudo |apt |cmake )", re.M)


def dev_script():
    cases = "\n".join(f"  {command}) {instead} ;;" for command, instead in DEV.items())
    return f'#!/bin/sh\nset -e\nPATH="$BIN:$PATH"\nmkdir -p build/demo\ncase "$1" in\n{cases}\n  *) exit 99 ;;\nesac\n'


def run_page(page, blocks, bin_directory, is_installed):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir_commands_"))
    try:
        (directory / "dev").write_text(dev_script())
        (directory / "dev").chmod(0o755)
        path = "/usr/bin:/bin" if not is_installed else f"{bin_directory}:/usr/bin:/bin"
        done = subprocess.run(["bash", "-euo", "pipefail", "-x"], input="\n".join(blocks), cwd=directory, text=True,
                              env={"PATH": path, "BIN": str(bin_directory), "HOME": str(directory)},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_S)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    if done.returncode != 0:
        print(f"{page}: a command failed with status {done.returncode}; what the shell showed:\n{done.stdout}")
    return done.returncode == 0


def main(root, bin_directory):
    root, bin_directory = pathlib.Path(root), pathlib.Path(bin_directory).resolve()
    wrong = 0
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md")), *sorted((root / "docs/connect").glob("*.md"))]:
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(), re.M | re.S)
        for language, text in blocks:
            if language == "" and COMMAND.search(text):
                print(f"{page}: commands that are not marked ```sh, so that nobody runs them:\n{text}")
                wrong += 1
        commands = [text for language, text in blocks if language == "sh"]
        if commands:
            wrong += not run_page(page, commands, bin_directory, is_installed=page.name != "README.md")
            print(f"{page.name}: {len(commands)} blocks of commands")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
