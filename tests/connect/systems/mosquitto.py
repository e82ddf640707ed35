"""An MQTT broker of the test's own: Mosquitto, on free ports of loopback."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

from weir import PATIENCE_S, wait_until

if not all(shutil.which(each, path=os.environ["PATH"] + ":/usr/sbin") for each in ("mosquitto", "mosquitto_pub", "openssl")):
    print("no Mosquitto: skipped")
    sys.exit(77)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Mosquitto:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="weir-mqtt-"))
        self.port, self.secured_port, self.tls_port = free_port(), free_port(), free_port()
        self.certificate = self.home / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.home / "key.pem", "-out",
                        self.certificate, "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
        subprocess.run(["mosquitto_passwd", "-c", "-b", self.home / "passwords", "ann", "right"], check=True, capture_output=True)
        (self.home / "acl").write_text("user ann\ntopic readwrite open/#\n")
        (self.home / "mosquitto.conf").write_text(
            ("user root\n" if os.getuid() == 0 else "") +
            f"per_listener_settings true\nmax_queued_messages 0\nlog_dest file {self.home}/log\n"
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {self.home}/\n"
            f"listener {self.secured_port} 127.0.0.1\nallow_anonymous false\npassword_file {self.home}/passwords\n"
            f"acl_file {self.home}/acl\n"
            f"listener {self.tls_port} 127.0.0.1\nallow_anonymous true\ncertfile {self.certificate}\nkeyfile {self.home}/key.pem\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen([shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin"), "-c",
                                         self.home / "mosquitto.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, "the broker")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE_S)

    def publish(self, topic, lines, *more):
        done = subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-q", "1", "-l", *more],
                              input="".join(f"{line}\n" for line in lines), text=True, capture_output=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr

    def subscribe(self, topic, client):
        """A session that keeps what comes; its messages by `received`."""
        subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-q", "1", "-i", client, "-c", "-E"],
                       check=True, capture_output=True, timeout=PATIENCE_S)

    def received(self, topic, client, patience_s=2):
        done = subprocess.run(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-q", "1", "-i", client, "-c",
                               "-W", str(patience_s), "-F", "%t %p"], capture_output=True, text=True, timeout=PATIENCE_S)
        return done.stdout.splitlines()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
