"""How often, how soon and for how long: which limits hold, and the waits between attempts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import StageSpec, StoryRequested, Workflow, builtin_workflows
from services.api.catalogue import Catalogue
from talestream.draft import Ref
from talestream.errors import BadInput, ProviderUnavailable, StageError, UserMustAct
from talestream.retries import back_off_s, limited, with_limits
from talestream.settings import Settings
from talestream.stage import StageContext, stage
from talestream.worker_settings import RetrySettings, StageRetrySettings

STORY = Ref("story", "whole")


@given(
    first_s=st.floats(0, 100),
    longest_s=st.floats(0, 1000),
    jitter=st.floats(0, 0.99),
    task_id=st.integers(1, 2**53 - 1),
    failures=st.integers(1, 20),
)
def test_back_off_doubles_up_to_its_longest_and_stays_within_its_jitter(
    first_s: float, longest_s: float, jitter: float, task_id: int, failures: int
) -> None:
    spec = StageSpec(name="story", first_retry_s=first_s, longest_retry_s=longest_s, retry_jitter=jitter)
    middle = min(longest_s, first_s * 2 ** (failures - 1))
    wait = back_off_s(spec, task_id, STORY, failures)
    assert middle * (1 - jitter) * 0.999 <= wait <= middle * (1 + jitter) * 1.001
    assert wait == back_off_s(spec, task_id, STORY, failures)


def test_units_that_fail_together_do_not_come_back_together() -> None:
    assert len({back_off_s(StageSpec(name="story"), task_id, STORY, 1) for task_id in range(20)}) > 10


def test_a_stage_has_what_is_configured_for_it_else_what_its_workflow_says_else_what_holds_for_all() -> None:
    retries = RetrySettings(attempts=7, timeout_s=60, first_retry_s=5, stages={"image": StageRetrySettings(attempts=2)})
    declared = StageSpec(name="image", attempts=9, timeout_s=30)
    found = limited(declared, retries)
    assert (found.attempts, found.timeout_s, found.first_retry_s, found.longest_retry_s) == (2, 30, 5, 120)
    assert limited(StageSpec(name="story"), retries).attempts == 7


def test_by_default_every_stage_has_three_attempts_of_twenty_minutes_and_one_that_waits_for_a_service_an_hour() -> None:
    for workflow in builtin_workflows().values():
        for spec in with_limits(workflow, RetrySettings()).stages:
            assert (spec.attempts, spec.timeout_s) == (3, 3600 if spec.name == "animation" else 1200)


def test_limits_come_from_the_environment_by_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALESTREAM_RETRIES__ATTEMPTS", "4")
    monkeypatch.setenv("TALESTREAM_RETRIES__STAGES__IMAGE__ATTEMPTS", "6")
    monkeypatch.setenv("TALESTREAM_RETRIES__STAGES__IMAGE__TIMEOUT_S", "90")
    catalogue = Catalogue.of(Settings(mode="embedded"))
    film: Workflow = catalogue.workflow("story-video")
    assert (film.stage("image").attempts, film.stage("image").timeout_s) == (6, 90)
    assert (film.stage("story").attempts, film.stage("story").timeout_s) == (4, 1200)


def test_a_stage_that_declares_nothing_takes_what_is_configured_for_orders_by_topic() -> None:
    @stage("story", consumes=StoryRequested)
    async def plain(request: StoryRequested, ctx: StageContext) -> StageSpec:
        return StageSpec(name="story")

    @stage("story", consumes=StoryRequested, attempts=1)
    async def strict(request: StoryRequested, ctx: StageContext) -> StageSpec:
        return StageSpec(name="story")

    retries = RetrySettings(attempts=5)
    assert limited(plain.limits, retries).attempts == 5
    assert limited(strict.limits, retries).attempts == 1


def test_an_error_is_of_one_class_and_says_what_a_person_must_do() -> None:
    busy = StageError("busy", "try later", retryable=True, defer_s=30).problem
    bad = BadInput("no words").problem
    unpaid = UserMustAct("quota-exhausted", "the provider refused: no credit", "top up the account").problem
    missing = ProviderUnavailable("no 'sdxl' provider for image is installed").problem
    assert [(problem.is_retryable, bool(problem.remedy)) for problem in (busy, bad, unpaid, missing)] == [
        (True, False),
        (False, False),
        (False, True),
        (False, True),
    ]
    assert unpaid.remedy == "top up the account"
