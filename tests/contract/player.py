"""Plays a scenario inside a real replica; a copy of this file travels in the snapshot.

``scenario.json`` beside it maps a replica's name ("worker-1", or "*" for all others) to its steps,
each a list of the step's name and its arguments. ``scripted_process.py`` gives every step the same
meaning without a process. Standard library only, Python 3.9.
"""

import builtins
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FOLDERS = {
    "model": "LONGBOAT_MODEL_DIR",
    "checkpoint": "LONGBOAT_CHECKPOINT_DIR",
}


def folder(name: str) -> Path:
    """Find the folder that the host has given for this purpose."""
    path = Path(os.environ[FOLDERS[name]] if name in FOLDERS else ".")
    path.mkdir(parents=True, exist_ok=True)
    return path


class Player:
    """Does the steps of the replica it finds itself in."""

    def __init__(self) -> None:
        scenario = json.loads(Path("scenario.json").read_text())
        replica = os.environ["LONGBOAT_ROLE"].replace(":", "-")
        self.steps = scenario.get(replica, scenario.get("*", []))

    def play(self) -> None:
        """Do all steps."""
        for number in range(len(self.steps)):
            self.step(number)

    def step(self, number: int) -> None:
        """Do one step, if there are so many."""
        if number < len(self.steps):
            name, *arguments = self.steps[number]
            getattr(self, "do_" + name)(*arguments)

    def do_say(self, text: str) -> None:
        """Print a line."""
        print(text)

    def do_complain(self, text: str) -> None:
        """Print a line to standard error."""
        print(text, file=sys.stderr)

    def do_count(self, number: int) -> None:
        """Print numbered lines; the last has no end of line."""
        print("\n".join(f"line {i:07d}" for i in range(number)), end="")

    def do_bytes(self, text: str) -> None:
        """Write bytes, given in hexadecimal, past every encoding."""
        sys.stdout.flush()
        sys.stdout.buffer.write(bytes.fromhex(text))
        sys.stdout.buffer.flush()

    def do_env(self, name: str) -> None:
        """Print an environment variable."""
        print(f"{name}={os.environ.get(name)}")

    def do_digest(self, name: str) -> None:
        """Print the digest of an environment variable, which keeps a secret one."""
        print(name, hashlib.sha256(os.environ.get(name, "").encode()).hexdigest())

    def do_parameters(self, defaults: dict[str, Any]) -> None:
        """Print the parameters in one order."""
        import longboat

        print(json.dumps(dict(**longboat.params(**defaults)), sort_keys=True))

    def do_write(self, where: str, name: str, text: str) -> None:
        """Write a file."""
        (folder(where) / name).write_text(text)

    def do_list(self, where: str) -> None:
        """Print the names of the files there."""
        print(where, *sorted(path.name for path in folder(where).iterdir()))

    def do_gate(self, name: str) -> None:
        """Wait until a file of this name is among the checkpoints."""
        path = folder("checkpoint") / name
        while not path.exists():
            time.sleep(0.01)

    def do_report(self, values: dict[str, Any]) -> None:
        """Report metrics as a person's own code does."""
        import longboat

        longboat.report(**values)

    def do_fork(self) -> None:
        """Leave a process of another session behind; say its pid."""
        command = [sys.executable, "-c", "import time; time.sleep(3600)"]
        child = subprocess.Popen(command, start_new_session=True)
        print("grandchild", child.pid)

    def do_deaf(self) -> None:
        """Ignore SIGTERM from here on."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def do_on_term(self, code: int) -> None:
        """Exit with this code on SIGTERM from here on."""
        signal.signal(signal.SIGTERM, lambda *_: os._exit(code))

    def do_allocate(self, size: int) -> None:
        """Hold so many bytes and touch them all."""
        self.hoard = b"x" * size

    def do_hang(self) -> None:
        """Do nothing for ever."""
        while True:
            time.sleep(3600)

    def do_fail(self, name: str, text: str) -> None:
        """Raise a built-in exception."""
        raise getattr(builtins, name)(text)

    def do_need(self, module: str) -> None:
        """Import a module."""
        __import__(module)

    def do_exit(self, code: int) -> None:
        """Leave with an exit code."""
        sys.exit(code)

    def do_die(self, number: int) -> None:
        """Send oneself a signal."""
        os.kill(os.getpid(), number)
        while True:
            time.sleep(3600)
