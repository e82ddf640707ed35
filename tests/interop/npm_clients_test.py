#!/usr/bin/env python3
"""Clients of the npm registry against `weir server`: npm_clients_test.py PATH_OF_WEIR PACKAGE@VERSION SCRIPT FOLDER

Installs the package under FOLDER, if it is not there, and runs SCRIPT with node's own test runner."""
import os
import pathlib
import shutil
import subprocess
import sys

import served

PACKAGE, SCRIPT, FOLDER = sys.argv[2], pathlib.Path(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4]).resolve()
del sys.argv[2:]


class NpmClient(served.InteropTest):
    def test_all_of_the_script(self):
        there = shutil.copy(SCRIPT, FOLDER)  # from where it finds the package
        done = subprocess.run(["node", "--test", "--test-reporter=spec", there], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=150,
                              env={**os.environ, "BOOTSTRAP": self.server.address, "KAFKAJS_NO_PARTITIONER_WARNING": "1"})
        print(done.stdout)
        self.assertEqual(done.returncode, 0)


def install():
    if shutil.which("node") is None or shutil.which("npm") is None:
        served.skip("there is no node or no npm")
    FOLDER.mkdir(parents=True, exist_ok=True)
    if (FOLDER / "node_modules" / PACKAGE.rsplit("@", 1)[0]).exists():
        return
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", FOLDER, PACKAGE], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    except subprocess.TimeoutExpired:
        served.skip(f"{PACKAGE} did not come from the registry within a minute")
    if done.returncode != 0:
        served.skip(f"{PACKAGE} could not be installed: {done.stdout.strip()[-300:]}")


install()
served.main()
