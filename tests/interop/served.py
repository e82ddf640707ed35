"""What the tests of other people's clients share: a `weir server` of a test's own, on a free port of 127.0.0.1, with
files of its own, which is stopped cleanly when the test ends. Each test names its client, and is skipped with a line that
says so (status 77) where that is not installed."""
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PATIENCE_S = 60
WEIR = None  # set by `main`


class Server:
    def __init__(self, directory, *options, listen="127.0.0.1:0"):
        self.data = pathlib.Path(directory) / "data"
        self.options = options
        self.scheme, self.address = re.fullmatch(r"(\S+://)?(\S+)", listen).groups(default="")
        self.process = None
        self.said = []

    def start(self):
        """On the port that it had before, if it had one."""
        command = [WEIR, "server", "--data", self.data, "--listen", self.scheme + self.address, *self.options]
        self.process = subprocess.Popen([str(word) for word in command], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"serves .* on (\S+)$", line.strip()):
                self.address = found.group(1)
                self.listener = threading.Thread(target=self.listen)
                self.listener.start()
                return self
        raise AssertionError(f"the server did not start: {''.join(self.said)}")

    def listen(self):
        for line in self.process.stderr:
            self.said.append(line)

    def end_by(self, what):
        self.process.send_signal(what)
        status = self.process.wait(PATIENCE_S)
        self.listener.join()
        self.process.stderr.close()
        self.process = None
        return status

    def stop(self):
        status = self.end_by(signal.SIGTERM)
        assert status == 0, f"status {status}: {''.join(self.said)}"

    def kill(self):
        self.end_by(signal.SIGKILL)


class InteropTest(unittest.TestCase):
    OPTIONS = ()

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="weir_interop_")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        self.server = Server(directory, *self.OPTIONS).start()
        self.addCleanup(self.end)

    def end(self):
        if self.server.process is not None:
            self.server.stop()
        bad = [line for line in self.server.said if "[error]" in line]
        self.assertEqual(bad, [], "the server has something to complain about")

    def until(self, condition, what):
        """Polls for what other processes do."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"not within {PATIENCE_S} s: {what}")
            time.sleep(0.02)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def main():
    global WEIR
    WEIR = pathlib.Path(sys.argv.pop(1)).resolve()
    module = sys.modules["__main__"]
    module.__dict__["WEIR"] = WEIR
    sys.modules["served"].WEIR = WEIR
    unittest.main(verbosity=2)
