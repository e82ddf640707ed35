"""A Redis server of the test's own: on a Unix socket in a directory of its own."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

from weir import PATIENCE_S, wait_until

if not (shutil.which("redis-server") and shutil.which("redis-cli")):
    print("no Redis: skipped")
    sys.exit(77)


class Redis:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="weir-redis-"))
        self.socket = self.home / "socket"
        self.start()

    def start(self):
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", self.home,
                                         "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.socket.exists() and self.run("PING", check=False) == "PONG", "redis")

    def run(self, *words, check=True, many=None):
        done = subprocess.run(["redis-cli", "-s", self.socket, *map(str, words)], input=many, capture_output=True, text=True,
                              timeout=PATIENCE_S)
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done.stdout.strip()

    def run_all(self, commands):
        self.run(many="\n".join(commands) + "\n")

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    def close(self):
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)
