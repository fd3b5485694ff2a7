"""What is written of a changed task: exactly what changed, by dotted path."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import OutboxEntry, Problem, Task, TaskInput, Unit, UnitState, builtin_workflows
from talestream import admission, rules
from talestream.draft import Ref
from talestream.store import changes, relay_at

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def running() -> Task:
    task = rules.create(7, "user:1", builtin_workflows()["story-video"], TaskInput(topic="a fox"), NOW)
    return admission.admit(rules.order(task, ["story", "image"], "x", NOW), NOW)


def stored(task: Task) -> dict[str, Any]:
    return task.model_dump(mode="python", exclude_none=True)


def apply(document: dict[str, Any], settings: dict[str, Any], removals: list[str]) -> dict[str, Any]:
    """What a database does with ``$set`` and ``$unset``."""
    for path, value in settings.items():
        *parents, leaf = path.split(".")
        place = document
        for step in parents:
            place = place.setdefault(step, {})
        place[leaf] = value
    for path in removals:
        *parents, leaf = path.split(".")
        place = document
        for step in parents:
            place = place.get(step, {})
        place.pop(leaf, None)
    return document


def test_a_claim_writes_its_unit_and_its_event_and_nothing_else() -> None:
    before = running()
    after = rules.claim(before, Ref("story", "whole"), 1, "w", NOW + timedelta(seconds=30), NOW)
    settings, removals = changes(before, after)
    assert removals == []
    assert {path for path in settings if not path.startswith("outbox.event-")} == {
        "version",
        "stages.story.units.whole.state",
        "stages.story.units.whole.worker",
        "stages.story.units.whole.lease_until",
        "stages.story.units.whole.started_at",
    }


def test_what_becomes_none_is_removed() -> None:
    held = rules.claim(running(), Ref("story", "whole"), 1, "w", NOW + timedelta(seconds=30), NOW)
    after = rules.hand_back(held, Ref("story", "whole"), 1, NOW)
    _, removals = changes(held, after)
    assert set(removals) == {"stages.story.units.whole.worker", "stages.story.units.whole.lease_until"}


def test_the_relay_looks_when_the_first_unpublished_message_is_due() -> None:
    task = running()
    assert relay_at(task) == NOW
    sent = {key: entry.model_copy(update={"published_in": "inc"}) for key, entry in task.outbox.items()}
    assert relay_at(task.model_copy(update={"outbox": sent})) is None


units = st.builds(
    Unit,
    state=st.sampled_from(UnitState),
    attempt=st.integers(1, 9),
    worker=st.none() | st.text(max_size=5),
    progress=st.floats(0, 1),
)
entries = st.builds(
    OutboxEntry,
    id=st.text(max_size=5),
    type=st.just("X"),
    topic=st.just("t"),
    key=st.just("k"),
    data=st.dictionaries(st.sampled_from(["a", "b"]), st.integers()),
    not_before=st.just(NOW),
    published_in=st.none() | st.just("inc"),
)
keys = st.sampled_from(["whole", "1", "2", "3"])


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    task = running()
    status = task.stages["story"].model_copy(update={"units": draw(st.dictionaries(keys, units))})
    changed = {"stages": {**task.stages, "story": status}, "outbox": draw(st.dictionaries(keys, entries))}
    return task.model_copy(update=changed)


@given(before=tasks(), after=tasks())
def test_writing_the_changes_makes_the_old_document_into_the_new_one(before: Task, after: Task) -> None:
    settings, removals = changes(before, after)
    assert Task.model_validate(apply(stored(before), settings, removals)) == after


def test_the_order_of_a_retry_is_not_taken_for_published_because_the_one_before_it_was_at_that_moment() -> None:
    story = Ref("story", "whole")
    before = rules.claim(running(), story, 1, "w", NOW + timedelta(seconds=30), NOW)
    marked = stored(before)
    marked["outbox"]["request-story-whole"]["published_in"] = "inc"  # by the relay, after ``before`` was read
    broken = Problem(code="broken", message="it broke", is_retryable=True)
    after = rules.fail(before, story, 1, broken, NOW)
    written = Task.model_validate(apply(marked, *changes(before, after)))
    assert written.outbox["request-story-whole"].data["attempt"] == 2
    assert written.outbox["request-story-whole"].published_in is None
