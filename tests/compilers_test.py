#!/usr/bin/env python3
"""What users write compiles with every compiler that is supported: compilers_test.py SOURCE_DIRECTORY BUILD_DIRECTORY

The README's program and the mains of the examples, read by each of COMPILERS that is installed; status 77 if none is.
What nearly all of them include is parsed once; that each includes what it needs is seen where g++ compiles it."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

COMPILERS = ["clang++-16"]  # g++ compiles them as part of the build


def main(root, build):
    root, build = pathlib.Path(root), pathlib.Path(build)
    found = [compiler for compiler in COMPILERS if shutil.which(compiler)]
    if not found:
        print("none of these is installed:", *COMPILERS)
        return 77
    programs = re.findall(r"```cpp\n(.*?)```", (root / "README.md").read_text(), re.S)
    assert programs, "the README has no program"
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="weir_compilers_") as directory:
        sources = sorted((root / "examples").glob("*/main.cc"))
        for number, program in enumerate(programs):
            sources.append(pathlib.Path(directory) / f"readme_{number}.cc")
            sources[-1].write_text(program)
        for compiler in found:
            command = [compiler, "-std=c++20", "-Wall", "-Wextra", f"-I{root}", f"-I{build}/include", "-isystem",
                       f"{build}/generated"]
            parsed = pathlib.Path(directory) / f"{compiler}.pch"
            subprocess.run([*command, "-x", "c++-header", "-o", parsed, build / "include/weir/streams.h"], check=True)
            for source in sources:
                done = subprocess.run([*command, "-fsyntax-only", "-include-pch", parsed, source], capture_output=True,
                                      text=True)
                if done.returncode != 0 or done.stderr:
                    wrong += 1
                    print(f"{compiler}: {source}:\n{done.stderr}")
    print(f"{len(sources)} programs, {len(found)} compilers, {wrong} failures")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
