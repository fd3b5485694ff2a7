"""The folder of one stack: its data, logs and secrets, and the lock that keeps it to one stack at a time.

Everything in it is readable by its owner alone. Which ports a stack has, and whether it runs, is in ``state.json``; it
is kept between runs, so that a stack comes up again where clients knew it.
"""

import fcntl
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from talestream.embedded.errors import StackError

OLD_LOG_BYTES = 20 << 20
"""A log longer than this at the start is set aside as ``<name>.log.1``."""

LOCK_TRIES, LOCK_PAUSE_S = 5, 0.02
"""Somebody who only looks whether a stack runs holds the lock for a moment."""


@dataclass(frozen=True)
class StackSecrets:
    """What the stack made up for itself."""

    auth_secret: str
    access_key: str
    secret_key: str
    user_name: str
    """The account of whoever runs ``talestream story`` on this machine."""
    user_password: str

    @classmethod
    def new(cls) -> "StackSecrets":
        """Random ones."""
        return cls(
            auth_secret=secrets.token_urlsafe(48),
            access_key=f"talestream-{secrets.token_hex(6)}",
            secret_key=secrets.token_urlsafe(32),
            user_name=f"local-{secrets.token_hex(4)}",
            user_password=secrets.token_urlsafe(24),
        )


@dataclass(frozen=True)
class StackState:
    """What is known of a stack's last or present run."""

    pid: int = 0
    run_id: str = ""
    """Marks every process of the run, in its environment."""
    is_ready: bool = False
    url: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)


class StackFolder:
    """The folder, locked by the one process that runs a stack in it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None

    def acquire(self) -> None:
        """Create the folder and take its lock. StackError with the pid when another process has it."""
        with _as_stack_errors(self.path):
            for folder in (self.path, self.path / "data", self.path / "logs", self.work):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.chmod(0o700)
            lock = (self.path / "lock").open("a+")
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_PAUSE_S)
            else:
                self._lock = lock
                return
        lock.close()
        raise StackError(
            f"a stack is already running in {self.path} (pid {self.state().pid or 'not known yet'})",
            "use that one, stop it, or name another folder with --dir",
        )

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @property
    def is_locked(self) -> bool:
        """Whether a process, this one or another, runs a stack here."""
        if self._lock is not None:
            return True
        try:
            with (self.path / "lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @property
    def work(self) -> Path:
        """Where processes keep temporary files."""
        return self.path / "work"

    @property
    def doorbells(self) -> Path:
        """Where its consumers say how they are told of messages; anew with each run."""
        return self.work / "doorbells"

    @property
    def ledger(self) -> Path:
        """The ledger of its simulated providers."""
        return self.path / "data" / "simulation.jsonl"

    def data(self, name: str) -> Path:
        """The data folder of one server, created if it is not there."""
        folder = self.path / "data" / name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.path / "logs" / f"{name}.log"

    def rotated_log(self, name: str) -> Path:
        """The log file of a process that is about to start; a long one is set aside first."""
        path = self.log(name)
        with suppress(FileNotFoundError):
            if path.stat().st_size > OLD_LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return path

    def open_log(self, name: str) -> IO[bytes]:
        """The same, open to append to."""
        return self.rotated_log(name).open("ab")

    def log_tail(self, name: str, lines: int = 15) -> str:
        """The last lines of a process's log."""
        try:
            with self.log(name).open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 16_384))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def state(self) -> StackState:
        """The last known state; an empty one when there is none or it cannot be read."""
        try:
            return StackState(**json.loads((self.path / "state.json").read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return StackState()

    def write_state(self, state: StackState) -> None:
        """Replace the state, atomically."""
        _write_private(self.path / "state.json", asdict(state))

    def secrets(self) -> StackSecrets:
        """The stack's secrets, made up at the first call. The file is readable by its owner alone."""
        path = self.path / "secrets.json"
        try:
            return StackSecrets(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            made = StackSecrets.new()
            _write_private(path, asdict(made))
            return made
        except (ValueError, TypeError) as error:
            raise StackError(
                f"{path} is damaged: {error}", "remove it: a new one is made, and everybody has to log in again"
            ) from error


def _write_private(path: Path, value: object) -> None:
    with _as_stack_errors(path):
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(value, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)


@contextmanager
def _as_stack_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(
            f"{error.filename or path} cannot be written: {error.strerror}",
            "free some room or make it writable, or name another folder with --dir",
        ) from error
