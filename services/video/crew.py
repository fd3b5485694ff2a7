"""A few threads that work for one film, and the count of what they have done."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class Crew:
    """A few threads that work for one film and know when it is cancelled. The first failure ends the work."""

    def __init__(self, workers: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="composer")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="composer-beside")
        self._started: list[Future[object]] = []

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._beside.shutdown(cancel_futures=True)

    def start(self, work: Callable[[], T]) -> Future[T]:
        """Begin a piece of work."""
        return self._start(self._pool, work)

    def start_beside(self, work: Callable[[], T]) -> Future[T]:
        """Begin a piece of work in a thread of its own, so that it takes nobody's place, and what is left of the cores
        at the end is shared evenly.
        """
        return self._start(self._beside, work)

    def start_all(self, works: Iterable[Callable[[], object]]) -> None:
        """Begin all pieces, in their order."""
        for work in works:
            self.start(work)

    def finish(self) -> None:
        """Wait until all that was started is done; whatever fails first is raised."""
        self.gather(())

    def gather(self, works: Iterable[Callable[[], T]]) -> list[T]:
        """Do all pieces and return their results in order; whatever fails first, here or before, is raised."""
        futures = [self.start(work) for work in works]
        done, _ = wait(self._started, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
        return [future.result() for future in futures]

    def _start(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
        context = copy_context()
        future = pool.submit(lambda: context.run(work))
        self._started.append(future)  # type: ignore[arg-type]
        return future


class Counter:
    """Counts from several threads and tells the count."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._count = 0
        self._lock = threading.Lock()

    def add(self, count: int = 1) -> None:
        """Count so many more."""
        with self._lock:
            self._count += count
            count = self._count
        self._tell(count)
