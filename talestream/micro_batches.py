"""Work that a model does together at little more than the price of one: equal orders that wait at the same time.

The thread of a unit submits what it needs and waits. The batches run in a thread of their own, one at a time: so a unit
that is cancelled leaves at once, and its batch goes on for the others.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from talestream.cancellation import bound, check_cancelled
from talestream.errors import Cancelled
from talestream.metrics import MODEL_BATCH_SIZE
from talestream.model_errors import OutOfMemory

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")

LOOK_S = 0.05
"""How often a thread that waits for its batch looks whether its unit was cancelled."""


class Submitted(Generic[T, R]):
    """One item, from its submission to its outcome."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.since_s = time.monotonic()
        self._cancelled = bound()
        self._has_ended = threading.Event()
        self._outcome: R | Exception

    @property
    def is_wanted(self) -> bool:
        """False as soon as its unit was cancelled: nobody waits for the outcome any more."""
        return self._cancelled is None or not self._cancelled.is_set()

    def settle(self, outcome: R | Exception) -> None:
        """Give whoever submitted it the outcome."""
        self._outcome = outcome
        self._has_ended.set()

    def wait(self) -> R:
        """The outcome; raised if it is an exception. Cancelled as soon as the unit is."""
        while not self._has_ended.wait(LOOK_S):
            check_cancelled()
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


Batch = Sequence[Submitted[T, R]]


class MicroBatches(Generic[K, T, R]):
    """Items of equal keys, done together.

    A batch begins when ``most`` items wait, or when the first of them has waited for ``wait_s``, and no other batch
    runs. One that fails is halved until the item that fails does so alone. After :class:`OutOfMemory` the key's batches
    stay as small as what was then tried next.
    """

    def __init__(
        self, name: str, work: Callable[[K, Batch[T, R]], Sequence[R | Exception]], *, most: int, wait_s: float
    ) -> None:
        """``work`` gives an outcome for each item, in order. It may raise Cancelled once no item is wanted."""
        self._name = name
        self._work = work
        self._most = most
        self._wait_s = wait_s
        self._fitting: dict[K, int] = {}
        """How many items of a key are known not to be too many, where ``most`` were."""
        self._waiting: dict[K, deque[Submitted[T, R]]] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, key: K, item: T) -> R:
        """The outcome of ``item``. Blocks; Cancelled as soon as this thread's unit is."""
        submitted: Submitted[T, R] = Submitted(item)
        with self._changed:
            self._waiting.setdefault(key, deque()).append(submitted)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work_off, name=f"batches-{self._name}")
                self._thread.start()
            self._changed.notify()
        return submitted.wait()

    def _work_off(self) -> None:
        """Run batches as long as anything waits."""
        while (chosen := self._next()) is not None:
            self._run(*chosen)

    def _next(self) -> tuple[K, list[Submitted[T, R]]] | None:
        """The next batch, once it is time for it. None, and the thread ends, when nothing waits."""
        with self._changed:
            while True:
                self._drop_unwanted()
                if not self._waiting:
                    self._thread = None
                    return None
                key, due_s = min(((key, self._due_s(key)) for key in self._waiting), key=lambda pair: pair[1])
                left_s = due_s - time.monotonic()
                if left_s <= 0:
                    return key, self._take(key)
                self._changed.wait(left_s)

    def _drop_unwanted(self) -> None:
        for key, queue in list(self._waiting.items()):
            wanted = deque(one for one in queue if one.is_wanted)
            if wanted:
                self._waiting[key] = wanted
            else:
                del self._waiting[key]

    def _due_s(self, key: K) -> float:
        """When a batch of this key begins; those that are full, before all that are not."""
        queue = self._waiting[key]
        first_s = queue[0].since_s
        return first_s - self._wait_s if len(queue) >= self._limit(key) else first_s + self._wait_s

    def _take(self, key: K) -> list[Submitted[T, R]]:
        queue = self._waiting[key]
        batch = [queue.popleft() for _ in range(min(self._limit(key), len(queue)))]
        if not queue:
            del self._waiting[key]
        return batch

    def _limit(self, key: K) -> int:
        return self._fitting.get(key, self._most)

    def _run(self, key: K, batch: list[Submitted[T, R]]) -> None:
        batch = [one for one in batch if one.is_wanted]
        if not batch:
            return
        MODEL_BATCH_SIZE.labels(self._name).observe(len(batch))
        try:
            outcomes = list(self._work(key, batch))
            if len(outcomes) != len(batch):
                raise ValueError(f"{len(outcomes)} outcomes for {len(batch)} items")  # noqa: TRY301
        except Cancelled as cancelled:
            outcomes = [cancelled] * len(batch)
        except Exception as error:
            half = len(batch) // 2
            if half:
                if isinstance(error, OutOfMemory):
                    self._fitting[key] = half
                self._run(key, batch[:half])
                self._run(key, batch[half:])
                return
            outcomes = [error]
        for one, outcome in zip(batch, outcomes, strict=True):
            one.settle(outcome)
