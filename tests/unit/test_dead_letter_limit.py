"""The limit of the dead letters: it stops what drains a topic, lets through what does not, and recovers by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from schemas import Problem, StoryRequested
from talestream.dead_letter_limit import DeadLetterLimit, is_our_fault
from talestream.errors import BadInput, ProviderUnavailable, StageError
from talestream.worker_settings import DeadLetterSettings

SLOTS = 3
LIMITS = DeadLetterSettings(
    max_consecutive=4, max_ratio=0.5, min_messages=10, window_s=100, first_pause_s=10, longest_pause_s=35
)


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def limit(clock: SetClock) -> DeadLetterLimit:
    return DeadLetterLimit(LIMITS, clock)


def fail(limit: DeadLetterLimit, *messages: str) -> list[bool]:
    """Whether each of these was withheld."""
    return [limit.withholds(message, "it broke") for message in messages]


async def test_the_message_that_reaches_the_limit_is_withheld_and_those_before_are_not(limit: DeadLetterLimit) -> None:
    assert fail(limit, *"abcd") == [False, False, False, True]
    assert limit.reason == "4 messages failed in a row, the last by it broke"
    assert (limit.pause_s(), limit.room(SLOTS)) == (10, 1)


async def test_one_message_that_fails_at_every_attempt_stops_nothing(limit: DeadLetterLimit) -> None:
    assert not any(fail(limit, *"aaaaaaaaaa"))
    assert (limit.reason, limit.room(SLOTS)) == (None, SLOTS)


async def test_failures_far_apart_are_a_row_all_the_same(limit: DeadLetterLimit, clock: SetClock) -> None:
    for message in "abc":
        assert fail(limit, message) == [False]
        await clock.sleep(10 * LIMITS.window_s)
    assert fail(limit, "d") == [True]


async def test_a_success_ends_the_row(limit: DeadLetterLimit) -> None:
    fail(limit, *"abc")
    limit.succeeded("e")
    assert fail(limit, *"abc") == [False] * 3


async def test_more_than_the_share_of_a_window_stops_work_although_some_succeed(limit: DeadLetterLimit) -> None:
    withheld = []
    for turn in range(20):
        withheld += fail(limit, f"a{turn}", f"b{turn}")
        limit.succeeded(f"good{turn}")
    assert withheld.index(True) == 6  # the tenth message of all, after three successes
    assert "messages failed" in (limit.reason or "")


async def test_what_failed_long_ago_does_not_count_in_the_share(limit: DeadLetterLimit, clock: SetClock) -> None:
    for turn in range(30):
        assert fail(limit, f"a{turn}", f"b{turn}") == [False, False]
        limit.succeeded(f"good{turn}")
        await clock.sleep(LIMITS.window_s / 2)


async def test_after_the_pause_one_success_lets_everything_go_on(limit: DeadLetterLimit, clock: SetClock) -> None:
    fail(limit, *"abcd")
    await clock.sleep(10)
    assert (limit.pause_s(), limit.room(SLOTS)) == (0, 1)
    assert limit.succeeded("e") is True
    assert (limit.reason, limit.room(SLOTS)) == (None, SLOTS)
    assert fail(limit, *"abc") == [False] * 3


async def test_each_pause_is_twice_as_long_up_to_the_longest(limit: DeadLetterLimit, clock: SetClock) -> None:
    fail(limit, *"abcd")
    pauses = []
    for _ in range(4):
        pauses.append(limit.pause_s())
        await clock.sleep(limit.pause_s())
        assert fail(limit, "e") == [True]
    assert pauses == [10, 20, 35, 35]


async def test_what_was_under_way_when_work_stopped_neither_resumes_nor_prolongs(limit: DeadLetterLimit) -> None:
    fail(limit, *"abcd")
    assert limit.succeeded("x") is False
    assert fail(limit, "y") == [True]
    assert limit.pause_s() == 10


@pytest.mark.parametrize(
    ("problem", "provider", "is_ours"),
    [
        (Problem(code="internal", message="KeyError"), None, True),
        (Problem(code="internal", message="KeyError"), "theirs", True),
        (ProviderUnavailable("no weights").problem, None, True),
        (ProviderUnavailable("no such provider").problem, "theirs", False),
        (BadInput("no words").problem, None, False),
        (StageError("busy", "later", retryable=True).problem, None, False),
        (Problem(code="timeout", message="too long", is_retryable=True), None, False),
    ],
)
def test_what_a_user_can_cause_at_will_is_not_our_fault(problem: Problem, provider: str | None, is_ours: bool) -> None:
    order = StoryRequested(task_id=1, topic="a fox", provider=provider)
    assert is_our_fault(problem, order) is is_ours


class LimitMachine(RuleBasedStateMachine):
    """Any order of successes, failures and time."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock()
        self.limit = DeadLetterLimit(LIMITS, self.clock)
        self.letters: set[str] = set()
        """Set aside since the last success that counted."""

    @rule(message=st.integers(0, 30))
    def succeed(self, message: int) -> None:
        is_paused, was_well = self.limit.pause_s() > 0, self.limit.reason is None
        resumes = self.limit.succeeded(str(message))
        assert resumes is (not was_well and not is_paused)
        if not is_paused:
            self.letters = set()
            assert self.limit.reason is None

    @rule(message=st.integers(0, 30))
    def fail(self, message: int) -> None:
        was_well = self.limit.reason is None
        if self.limit.withholds(str(message), "it broke"):
            assert self.limit.pause_s() > 0
        else:
            assert was_well
            self.letters.add(str(message))

    @rule(seconds=st.floats(0, 40))
    def wait(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)

    @invariant()
    def no_more_than_the_limit_are_set_aside_in_a_row(self) -> None:
        assert len(self.letters) < LIMITS.max_consecutive

    @invariant()
    def work_is_taken_one_at_a_time_from_a_pause_until_a_success(self) -> None:
        assert self.limit.room(SLOTS) == (SLOTS if self.limit.reason is None else 1)
        assert self.limit.pause_s() <= LIMITS.longest_pause_s
        assert self.limit.reason is not None or self.limit.pause_s() == 0


LimitMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=60, deadline=None)
TestLimitMachine = LimitMachine.TestCase
