#!/usr/bin/python3
"""Clients by TLS against `weir server`: tls_test.py PATH_OF_WEIR. With kcat, and Python's own TLS."""
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile

import certificates
import served


class Tls(served.InteropTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir_tls_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.certificate, self.key = certificates.make(self.folder, "first")
        self.OPTIONS = ("--listen", "ssl://127.0.0.1:0", "--tls-certificate", self.certificate, "--tls-key", self.key)
        super().setUp()
        self.until(lambda: len(self.server.said) >= 2, "it listens twice")
        self.address = self.server.said[1].split()[-1]

    def kcat(self, *arguments, stdin="", certificate=None):
        command = ["kcat", "-b", self.address, "-q", "-X", "security.protocol=ssl", "-X",
                   f"ssl.ca.location={certificate or self.certificate}", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=served.PATIENCE_S)

    def handshake(self, certificate, minimum=ssl.TLSVersion.TLSv1_2, maximum=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=certificate)
        context.minimum_version, context.maximum_version = minimum, maximum
        host, port = self.address.split(":")
        with socket.create_connection((host, int(port)), timeout=served.PATIENCE_S) as raw:
            with context.wrap_socket(raw, server_hostname=host) as session:
                return session.version()

    def test_records_go_by_tls_and_are_seen_in_the_clear(self):
        lines = [f"{i}" + "x" * 500 for i in range(5000)]
        done = self.kcat("-P", "-t", "t", stdin="\n".join(lines))
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.kcat("-C", "-t", "t", "-e")
        self.assertEqual((done.returncode, done.stdout.split()), (0, lines), done.stderr)
        clear = subprocess.run(["kcat", "-b", self.server.address, "-q", "-C", "-t", "t", "-e"], capture_output=True,
                               text=True, timeout=served.PATIENCE_S)
        self.assertEqual(clear.stdout.split(), lines)

    def test_both_versions_are_spoken_and_none_before(self):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            self.assertEqual(self.handshake(self.certificate, version, version), name)

    def test_a_certificate_that_nobody_vouches_for_is_seen_by_clients(self):
        other, _ = certificates.make(self.folder, "other")
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.handshake(other)

    def test_who_speaks_no_tls_is_let_go(self):
        host, port = self.address.split(":")
        for said in (b"\0\0\0\x0a" * 10, b"GET / HTTP/1.1\r\n\r\n" * 10):
            with socket.create_connection((host, int(port)), timeout=served.PATIENCE_S) as raw:
                raw.sendall(said)
                while raw.recv(1000):  # an alert, maybe
                    pass
        self.assertEqual(self.handshake(self.certificate), "TLSv1.3")

    def test_a_new_certificate_is_used_without_a_restart(self):
        certificate, key = certificates.make(self.folder, "second")
        os.replace(key, self.key)
        shutil.copy(certificate, self.certificate)

        def is_new():
            try:
                return bool(self.handshake(certificate))
            except ssl.SSLCertVerificationError:
                return False
        self.until(is_new, "the new certificate")
        self.assertEqual(self.kcat("-L", certificate=certificate).returncode, 0)

    def test_what_is_no_certificate_is_said_at_the_start(self):
        for certificate, key, why in ((self.key, self.key, "the certificate"),
                                      (self.certificate, self.certificate, "the key"),
                                      (self.certificate, certificates.make(self.folder, "b")[1], "key values mismatch"),
                                      (self.folder / "none", self.key, "none")):
            done = subprocess.run([served.WEIR, "server", "--data", self.folder / "data", "--listen", "ssl://127.0.0.1:0",
                                   "--tls-certificate", certificate, "--tls-key", key], capture_output=True, text=True,
                                  timeout=served.PATIENCE_S)
            self.assertIn(done.returncode, (1, 2))
            self.assertIn(why, done.stderr)
        done = subprocess.run([served.WEIR, "server", "--data", self.folder / "data", "--listen", "ssl://127.0.0.1:0"],
                              capture_output=True, text=True, timeout=served.PATIENCE_S)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--tls-certificate", done.stderr)


if shutil.which("kcat") is None or shutil.which("openssl") is None:
    served.skip("kcat or openssl is not installed")
served.main()
