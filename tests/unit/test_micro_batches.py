"""Orders of several threads that one batch does together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context

import pytest

from talestream import cancellation
from talestream.errors import Cancelled
from talestream.micro_batches import MicroBatches, Submitted
from talestream.model_errors import OutOfMemory

LONG_S = 600.0
"""Nothing is to wait for so long: what begins has begun for another reason."""

Outcomes = Sequence[str | Exception]


class Press:
    """Does batches and remembers them. ``work`` may fail for a batch as a whole."""

    def __init__(
        self, work: Callable[[list[str]], Outcomes] | None = None, *, most: int = 3, wait_s: float = LONG_S
    ) -> None:
        self.done: list[tuple[str, list[str]]] = []
        self.begun = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self._do = work or (lambda items: [item.upper() for item in items])
        self._threads = ThreadPoolExecutor(16)
        self._batches = MicroBatches("test", self._work, most=most, wait_s=wait_s)

    def _work(self, key: str, submitted: Sequence[Submitted[str, str]]) -> Outcomes:
        self.done.append((key, sorted(one.item for one in submitted)))
        self.begun.set()
        while not self.may_go_on.wait(0.01):
            if not any(one.is_wanted for one in submitted):
                raise Cancelled
        return self._do([one.item for one in submitted])

    def submit(self, item: str, key: str = "a", cancelled: threading.Event | None = None) -> "Future[str]":
        context = copy_context()
        context.run(cancellation.bind, cancelled or threading.Event())
        return self._threads.submit(context.run, self._batches.submit, key, item)

    @property
    def sizes(self) -> list[int]:
        return [len(items) for _, items in self.done]


def results(*futures: "Future[str]") -> list[str]:
    return [future.result(60) for future in futures]


def test_as_many_as_fit_are_done_together_and_each_gets_its_own() -> None:
    press = Press(most=3)
    assert results(*(press.submit(item) for item in "xyz")) == ["X", "Y", "Z"]
    assert press.done == [("a", ["x", "y", "z"])]


def test_a_batch_that_does_not_fill_begins_when_its_first_has_waited() -> None:
    press = Press(most=100, wait_s=0.01)
    assert results(press.submit("x")) == ["X"]


def test_different_keys_are_never_done_together() -> None:
    press = Press(most=2)
    assert results(press.submit("x", "a"), press.submit("y", "b"), press.submit("z", "a"), press.submit("w", "b"))
    assert sorted(press.done) == [("a", ["x", "z"]), ("b", ["w", "y"])]


def test_what_comes_while_a_batch_is_under_way_is_the_next_batch() -> None:
    press = Press(most=3, wait_s=0)
    press.may_go_on.clear()
    first = press.submit("x")
    assert press.begun.wait(60)
    others = [press.submit(item) for item in "yzw"]
    press.may_go_on.set()
    assert results(first, *others) == ["X", "Y", "Z", "W"]
    assert press.done[0] == ("a", ["x"])


def test_an_item_that_fails_fails_alone() -> None:
    def work(items: list[str]) -> Outcomes:
        if "bad" in items:
            raise ValueError("bad")
        return items

    press = Press(work, most=4)
    good = [press.submit(item) for item in "xyz"]
    bad = press.submit("bad")
    assert results(*good) == ["x", "y", "z"]
    with pytest.raises(ValueError, match="bad"):
        bad.result(60)


def test_an_outcome_that_is_an_error_is_that_of_its_item() -> None:
    press = Press(lambda items: [KeyError(item) if item == "y" else item for item in items], most=2)
    x, y = press.submit("x"), press.submit("y")
    assert results(x) == ["x"]
    with pytest.raises(KeyError):
        y.result(60)
    assert press.sizes == [2]


def test_batches_that_are_too_large_are_halved_and_stay_small() -> None:
    def work(items: list[str]) -> Outcomes:
        if len(items) > 2:
            raise OutOfMemory("too many")
        return items

    press = Press(work, most=4)
    for _ in range(2):
        assert results(*(press.submit(item) for item in "xyzw")) == list("xyzw")
    assert press.sizes == [4, 2, 2, 2, 2]


def test_an_item_that_is_too_large_by_itself_says_so() -> None:
    def work(items: list[str]) -> Outcomes:
        raise OutOfMemory("too large")

    press = Press(work, most=1)
    with pytest.raises(OutOfMemory, match="too large"):
        press.submit("x").result(60)


def test_whoever_is_cancelled_leaves_a_running_batch_which_goes_on_for_the_others() -> None:
    press = Press(most=2)
    press.may_go_on.clear()
    cancelled = threading.Event()
    gone, other = press.submit("x", cancelled=cancelled), press.submit("y")
    assert press.begun.wait(60)
    cancelled.set()
    with pytest.raises(Cancelled):
        gone.result(60)
    assert not other.done()
    press.may_go_on.set()
    assert results(other) == ["Y"]


def test_whoever_is_cancelled_while_it_waits_is_left_out() -> None:
    press = Press(most=2)
    cancelled = threading.Event()
    gone = press.submit("x", cancelled=cancelled)
    cancelled.set()
    with pytest.raises(Cancelled):
        gone.result(60)
    assert results(press.submit("y"), press.submit("z")) == ["Y", "Z"]
    assert press.done == [("a", ["y", "z"])]


def test_a_batch_that_nobody_wants_any_more_ends_and_the_next_one_begins() -> None:
    press = Press(most=1)
    press.may_go_on.clear()
    cancelled = threading.Event()
    gone = press.submit("x", cancelled=cancelled)
    assert press.begun.wait(60)
    cancelled.set()
    with pytest.raises(Cancelled):
        gone.result(60)
    press.may_go_on.set()
    assert results(press.submit("y")) == ["Y"]


def test_work_that_loses_an_outcome_is_an_error_of_all() -> None:
    press = Press(lambda items: items[1:], most=2)
    x, y = press.submit("x"), press.submit("y")
    for future in (x, y):
        with pytest.raises(ValueError, match="0 outcomes for 1 items"):
            future.result(60)
