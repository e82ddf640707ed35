"""Inputs for programs that are killed: large enough to be killed in, the same for the same seed."""
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[2]


def text(path, copies):
    """English prose: the licence, over and over."""
    path.write_text((ROOT / "LICENSE").read_text() * copies)


def auth_log(path, lines, seed):
    """An OpenSSH log: bursts of failed passwords, repeated messages, other lines, late lines, lines that are none."""
    rng = random.Random(seed)
    at = 12 * 86_400 - 3_000  # runs over midnight into January
    with path.open("w") as out:
        for _ in range(lines):
            at += rng.choice([0, 0, 1, 1, 2, 30]) if rng.random() < 0.97 else -rng.randrange(90)
            day = 20 + at // 86_400
            month, day = ("Dec", day) if day <= 31 else ("Jan", day - 31)
            second = at % 86_400
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            head = f"{month} {day:2} {clock} host sshd[{rng.randrange(1000, 9999)}]: "
            ip = f"10.0.{rng.randrange(2)}.{rng.randrange(6)}"
            failed = f"Failed password for {rng.choice(['root', 'invalid user from x', 'admin'])} from {ip} port 22 ssh2"
            kind = rng.random()
            if kind < 0.6:
                out.write(head + failed + "\n")
            elif kind < 0.65:
                out.write(head + f"message repeated {rng.randrange(2, 6)} times: [ {failed}]\n")
            elif kind < 0.98:
                out.write(head + f"Connection closed by {ip} port 22 [preauth]\n")
            else:
                out.write("this is no line of a log\n")


def changes(path, lines, seed):
    """Rows that come, change and go, and questions about them: see program.cc."""
    rng = random.Random(seed)
    with path.open("w") as out:
        for time in range(lines):
            key = f"k{rng.randrange(50)}"
            if rng.random() < 0.5:
                out.write(f"{time} ask {key} a{time}\n")
            else:
                out.write(f"{time} row {key} {'-' if rng.random() < 0.2 else f'r{time}'}\n")
