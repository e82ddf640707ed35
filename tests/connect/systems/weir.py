"""`weir connect run` as a process that is run to its end, killed in the middle or stopped, and topics read and written by
`weir topic`."""
import atexit
import json
import pathlib
import signal
import subprocess
import time

PATIENCE_S = 120
_started = []


def ends_with_this(process):
    """It is killed, if need be, when the test ends, however it does."""
    _started.append(process)
    return process


@atexit.register
def _end_all():
    for process in _started:
        if process.poll() is None:
            process.kill()
            process.wait()


class Weir:
    def __init__(self, binary, where):
        self.binary, self.where = str(binary), pathlib.Path(where)
        self.data = self.where / "data"

    def configured(self, name, **settings):
        """A connector's file; names of settings with '_' for '.'."""
        path = self.where / f"{name}.properties"
        lines = [f"name = {name}"]
        for setting, value in settings.items():
            lines.append(f"{setting.replace('_', '.')} = {value}")
        path.write_text("\n".join(lines) + "\n")
        return path

    def command(self, *files, until_end=True):
        return [self.binary, "connect", "run", *map(str, files), "--data", str(self.data)] + (["--until-end"] if until_end else [])

    def run(self, *files):
        done = subprocess.run(self.command(*files), capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"weir connect run: {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *files):
        """What it says where it must fail."""
        done = subprocess.run(self.command(*files), capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode != 0, f"weir connect run did not fail: {done.stdout}"
        return done.stdout + done.stderr

    def start(self, *files, log=None):
        out = open(log, "ab") if log else subprocess.DEVNULL
        return ends_with_this(subprocess.Popen(self.command(*files, until_end=False), stdout=out, stderr=out))

    def run_and_kill(self, after_s, *files):
        """Whether it was killed before its end."""
        process = subprocess.Popen(self.command(*files), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            out, _ = process.communicate(timeout=after_s)
            assert process.returncode == 0, f"weir connect run: {process.returncode}: {out.decode()}"
            return False
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return True

    def records(self, topic):
        """[(key, value)] of a topic, as text; None is null."""
        done = subprocess.run([self.binary, "topic", "consume", topic, "--data", str(self.data), "--until-end", "-o", "json"],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"weir topic consume {topic}: {done.stderr}"
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return [(each.get("key"), each.get("value"), each) for each in found]

    def values_so_far(self, topic):
        """Of a topic that a running process fills; none as long as it is not there."""
        done = subprocess.run([self.binary, "topic", "consume", topic, "--data", str(self.data), "--until-end"],
                              capture_output=True, text=True, timeout=PATIENCE_S)
        return done.stdout.splitlines() if done.returncode == 0 else []

    def produce(self, topic, records):
        """Records KEY<tab>VALUE; an empty one is null."""
        lines = "".join(f"{key}\t{value}\n" for key, value in records)
        done = subprocess.run([self.binary, "topic", "produce", topic, "--data", str(self.data), "-K", "\t", "-Z"],
                              input=lines, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"weir topic produce {topic}: {done.stderr}"

    def create(self, topic, partitions=1):
        done = subprocess.run([self.binary, "topic", "create", topic, "--data", str(self.data), "--partitions",
                               str(partitions)], capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, f"weir topic create {topic}: {done.stderr}"


def stop(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(timeout=PATIENCE_S)
    return process.returncode


def wait_until(claim, what, patience_s=PATIENCE_S):
    end = time.monotonic() + patience_s
    while not claim():
        assert time.monotonic() < end, f"waited {patience_s} s for: {what}"
        time.sleep(0.05)
