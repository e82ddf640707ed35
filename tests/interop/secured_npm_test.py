#!/usr/bin/env python3
"""Clients of the npm registry that say who they are, by TLS: secured_npm_test.py PATH_OF_WEIR PACKAGE SCRIPT FOLDER
The package is installed by npm_clients_test.py, which comes before."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import certificates
import served

PACKAGE, SCRIPT, FOLDER = sys.argv[2], pathlib.Path(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4]).resolve()
del sys.argv[2:]


class SecuredNpmClient(served.InteropTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir_npm_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.certificate, key = certificates.make(self.folder, "server")
        data = self.folder / "data"
        for user in ("alice", "bob"):
            subprocess.run([served.WEIR, "user", "add", user, "--data", data], input=f"{user}'s secret\n", text=True, check=True,
                           timeout=served.PATIENCE_S)
        self.server = served.Server(self.folder, "--tls-certificate", self.certificate, "--tls-key", key, "--super-user",
                                    "alice", "--listen", "sasl://127.0.0.1:0", listen="sasl-ssl://127.0.0.1:0").start()
        self.addCleanup(self.end)
        self.until(lambda: len(self.server.said) >= 2, "it listens twice")

    def test_all_of_the_script(self):
        there = shutil.copy(SCRIPT, FOLDER)  # from where it finds the package
        by_tls, clear = (line.split()[-1] for line in self.server.said[:2])
        done = subprocess.run(["node", "--test", "--test-reporter=spec", there], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=150,
                              env={**os.environ, "BOOTSTRAP_TLS": by_tls, "BOOTSTRAP": clear, "CA": str(self.certificate),
                                   "KAFKAJS_NO_PARTITIONER_WARNING": "1"})
        print(done.stdout)
        self.assertEqual(done.returncode, 0)


if shutil.which("node") is None or not (FOLDER / "node_modules" / PACKAGE).exists():
    served.skip(f"{PACKAGE} is not installed")
served.main()
