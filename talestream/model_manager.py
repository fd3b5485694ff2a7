"""The models of a process: each is loaded once, at its first use, stays warm, and makes way for others.

A provider asks for its model at every use, and says how to load it::

    key = ModelKey("image", "org/name", device=device_named("auto"), dtype="float16")
    with models().use(key, load, bytes_of=lambda pipe: weights_bytes(pipe.unet)) as pipe, models().turn(key.device):
        ...

Blocking: for threads, as :meth:`talestream.stage.StageContext.in_thread` runs them. Nothing heavy is imported here.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from talestream.cancellation import check_cancelled
from talestream.clock import SystemClock
from talestream.errors import StageError
from talestream.metrics import MODEL_BYTES, MODEL_LOAD_FAILURES, MODEL_LOAD_SECONDS, MODELS_UNLOADED
from talestream.model_device import give_back, room_bytes
from talestream.model_errors import OutOfMemory, naming_model_errors
from talestream.model_files import prepare
from talestream.model_settings import ModelSettings
from talestream.settings import settings
from talestream.telemetry import logger

T = TypeVar("T")

LOOK_S = 0.1
"""How often whoever waits for a model looks whether its unit was cancelled."""
MIB = 1 << 20

_log = logger(__name__)


@dataclass(frozen=True)
class ModelKey:
    """What is loaded: two with equal keys are one model."""

    stage: str
    name: str
    """An id on the hub, or a path."""
    revision: str | None = None
    device: str = "cpu"
    dtype: str = "float32"
    variant: str = ""
    """Whatever else makes a difference: an adapter, a scheduler, how it is offloaded."""


@dataclass(frozen=True)
class LoadedModel:
    """A model of this process, as it stands."""

    key: ModelKey
    load_s: float
    size_bytes: int
    """Of its weights."""
    references: int
    """How many use it at the moment."""
    last_used_at: datetime


@dataclass(eq=False)
class _Entry:
    key: ModelKey
    size_bytes: int
    """What was expected, until it is loaded."""
    last_used_at: datetime
    users: list[int] = field(default_factory=list)
    """The threads that use it."""
    is_loaded: bool = False
    model: Any = None
    load_s: float = 0.0
    failure: StageError | None = None
    close: Callable[[Any], None] | None = None


class Models:
    """The models of one process. Thread-safe.

    Those that nobody uses are unloaded, the one used longest ago first, when another needs the room: each device has
    ``memory_mb``, and what that counts is weights. Who needs room that others hold waits for it, unless it holds a
    model itself: then it fails at once, so that no two wait for each other.
    """

    def __init__(self, configured: ModelSettings) -> None:
        self._settings = configured
        self._clock = SystemClock()
        self._changed = threading.Condition()
        self._entries: dict[ModelKey, _Entry] = {}
        """The one used longest ago first."""
        self._turns: defaultdict[str, threading.Semaphore] = defaultdict(
            lambda: threading.Semaphore(configured.calls_at_once)
        )

    @contextmanager
    def use(
        self,
        key: ModelKey,
        load: Callable[[], T],
        *,
        bytes_of: Callable[[T], int] | None = None,
        expected_bytes: int = 0,
        close: Callable[[T], None] | None = None,
    ) -> Iterator[T]:
        """The model of ``key``, loaded by ``load`` if it is not here; whoever else wants it meanwhile waits.

        ``bytes_of`` tells what its weights take, ``expected_bytes`` about how much that will be, so that room is made
        before it is loaded; ``close`` ends what goes with it when it is unloaded. A load that fails is a StageError to
        all who waited for it, and is tried again by the next who asks. What goes wrong while it is used is one too.
        """
        entry = self._take(key, expected_bytes, load, bytes_of, close)
        try:
            with naming_model_errors(f"the model {key.name!r}", key.stage):
                yield entry.model
        finally:
            with self._changed:
                entry.users.remove(threading.get_ident())
                entry.last_used_at = self._clock.now()
                self._changed.notify_all()

    @contextmanager
    def turn(self, device: str) -> Iterator[None]:
        """Wait for one's turn to compute on a device; by default one call runs at a time. Cancelled while waiting."""
        with self._changed:
            turns = self._turns[device]
        while not turns.acquire(timeout=LOOK_S):
            check_cancelled()
        try:
            yield
        finally:
            turns.release()

    def loaded(self) -> tuple[LoadedModel, ...]:
        """The models that are loaded, the one used longest ago first."""
        with self._changed:
            return tuple(
                LoadedModel(one.key, one.load_s, one.size_bytes, len(one.users), one.last_used_at)
                for one in self._entries.values()
                if one.is_loaded
            )

    def unload_idle(self) -> int:
        """Unload every model that nobody uses, as after a failure for want of memory. Returns how many."""
        with self._changed:
            idle = [entry for entry in self._entries.values() if entry.is_loaded and not entry.users]
            for entry in idle:
                self._unload(entry)
            return len(idle)

    def _take(
        self,
        key: ModelKey,
        expected_bytes: int,
        load: Callable[[], T],
        bytes_of: Callable[[T], int] | None,
        close: Callable[[T], None] | None,
    ) -> _Entry:
        me = threading.get_ident()
        with self._changed:
            while (entry := self._entries.get(key)) is not None:
                if entry.is_loaded:
                    entry.users.append(me)
                    self._entries[key] = self._entries.pop(key)
                    return entry
                self._wait()
                if entry.failure is not None:
                    raise entry.failure
            entry = self._entries[key] = _Entry(key, expected_bytes, self._clock.now(), [me], close=close)
        try:
            with naming_model_errors(f"the model {key.name!r}", key.stage):
                self._load(entry, load, bytes_of)
        except BaseException as error:
            with self._changed:
                del self._entries[key]
                entry.failure = error if isinstance(error, StageError) else None
                self._changed.notify_all()
            entry.model = None
            if isinstance(error, StageError):
                give_back()
                MODEL_LOAD_FAILURES.labels(key.stage, error.code).inc()
            raise
        return entry

    def _load(self, entry: _Entry, load: Callable[[], T], bytes_of: Callable[[T], int] | None) -> None:
        key, room = entry.key, self._room(entry.key.device)
        with self._changed:
            self._make_room(entry, room)
        began = time.perf_counter()
        model = load()
        load_s = time.perf_counter() - began
        size_bytes = bytes_of(model) if bytes_of else entry.size_bytes
        with self._changed:
            entry.model, entry.load_s, entry.size_bytes = model, load_s, size_bytes
            del model
            self._make_room(entry, room)
            entry.is_loaded, entry.last_used_at = True, self._clock.now()
            self._changed.notify_all()
        MODEL_LOAD_SECONDS.labels(key.stage, key.name).observe(load_s)
        MODEL_BYTES.labels(key.stage, key.name).set(size_bytes)
        _log.info("model loaded", model=key.name, device=key.device, seconds=round(load_s, 2), size_bytes=size_bytes)

    def _room(self, device: str) -> int | None:
        configured = self._settings.memory_mb
        return room_bytes(device) if configured is None else configured * MIB

    def _make_room(self, entry: _Entry, room: int | None) -> None:
        """Let what ``entry`` takes fit beside what others use. OutOfMemory when it never will, or cannot for now."""
        if room is None:
            return
        if entry.size_bytes > room:
            raise OutOfMemory(
                f"the model {entry.key.name!r} takes {entry.size_bytes / MIB:.0f} MiB "
                f"of the {room / MIB:.0f} that models may take"
            )
        me = threading.get_ident()
        while (others := self._others(entry)) and sum(one.size_bytes for one in others) + entry.size_bytes > room:
            idle = next((one for one in others if one.is_loaded and not one.users), None)
            if idle is not None:
                self._unload(idle)
            elif any(me in one.users for one in others):
                raise OutOfMemory(f"no room for the model {entry.key.name!r} beside those that are in use")
            else:
                self._wait()

    def _others(self, entry: _Entry) -> list[_Entry]:
        return [one for one in self._entries.values() if one is not entry and one.key.device == entry.key.device]

    def _unload(self, entry: _Entry) -> None:
        key, model = entry.key, entry.model
        del self._entries[key]
        entry.model = None
        if entry.close is not None:
            entry.close(model)
        del model
        give_back()
        MODELS_UNLOADED.labels(key.stage, key.name).inc()
        MODEL_BYTES.labels(key.stage, key.name).set(0)
        _log.info("model unloaded", model=key.name, device=key.device)
        self._changed.notify_all()

    def _wait(self) -> None:
        """Wait for a change. Cancelled as soon as the unit of this thread is."""
        check_cancelled()
        self._changed.wait(LOOK_S)
        check_cancelled()


@cache
def models() -> Models:
    """The models of this process, as it is configured."""
    configured = settings().models
    prepare(configured)
    return Models(configured)
