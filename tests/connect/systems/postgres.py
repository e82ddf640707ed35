"""A PostgreSQL server of the test's own: in a directory of its own, on a Unix socket there and no port."""
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time

try:
    import psycopg2
except ImportError:
    print("no psycopg2: skipped")
    sys.exit(77)

PATIENCE_S = 60


def binaries():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    if not found:
        print("no PostgreSQL server: skipped")
        sys.exit(77)
    return pathlib.Path(found[-1])


class Postgres:
    """initdb refuses root, so as root it runs as the user postgres."""

    def __init__(self):
        self.bin = binaries()
        self.as_user = []
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="weir-pg-"))
        self.home.chmod(0o755)
        if os.getuid() == 0:
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            owner = pwd.getpwnam("postgres")
            os.chown(self.home, owner.pw_uid, owner.pw_gid)
        self.data = self.home / "data"
        self.process = None
        self._do("initdb", "-D", self.data, "-U", "weir", "--auth=trust", "-E", "UTF8", "--no-sync", "--locale=C.UTF-8")
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write(f"listen_addresses = ''\nunix_socket_directories = '{self.home}'\nwal_level = logical\nfsync = off\n"
                       "max_wal_senders = 20\nmax_replication_slots = 20\nwal_sender_timeout = 20s\n"
                       "shared_buffers = 16MB\nlog_min_messages = warning\n")
        (self.data / "pg_hba.conf").write_text("local all secured scram-sha-256\nlocal replication all trust\nlocal all all trust\n")
        self.start()

    def _do(self, program, *arguments):
        done = subprocess.run([*self.as_user, str(self.bin / program), *map(str, arguments)], capture_output=True, text=True,
                              cwd=self.home, timeout=PATIENCE_S)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    @property
    def url(self):
        return f"host={self.home} dbname=postgres user=weir"

    def start(self):
        with open(self.home / "server.log", "ab") as log:
            self.process = subprocess.Popen([*self.as_user, str(self.bin / "postgres"), "-D", str(self.data)], stdout=log,
                                            stderr=log, cwd=self.home)
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError:
                assert time.monotonic() < end, (self.home / "server.log").read_text()[-2000:]
                time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """SIGINT is its fast shutdown; SIGQUIT the one without any, as after a crash."""
        self.process.send_signal(how)
        self.process.wait(timeout=PATIENCE_S)

    def crash(self):
        self.stop(signal.SIGQUIT)

    def connect(self):
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    def run(self, *statements):
        """Rows of the last statement that has any."""
        with contextlib.closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def close(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.home, ignore_errors=True)
