"""How a task lies in the database, and what is written of a changed one: exactly what changed, by dotted path."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas import OutboxEntry, Problem, ProviderJob, Task, TaskInput, Unit, UnitState, builtin_workflows
from talestream import admission, job_rules, rules
from talestream.draft import Ref
from talestream.task_documents import changes, document_of, relay_at, task_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORY = Ref("story", "whole")


def running() -> Task:
    task = rules.create(7, "user:1", builtin_workflows()["story-video"], TaskInput(topic="a fox"), NOW)
    return admission.admit(rules.order(task, ["story", "image"], "x", NOW), NOW)


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
    after = rules.claim(before, STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    settings, removals = changes(before, after)
    assert removals == []
    written = {path for path in settings if not path.startswith("outbox.event-")}
    assert written == {"version", "stages.story.units.whole"}


def test_of_a_unit_that_runs_only_the_fields_that_changed_are_written() -> None:
    before = rules.claim(running(), STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    job = ProviderJob(provider="p", id="1", key="k", submitted_at=NOW)
    settings, removals = changes(before, job_rules.note_job(before, STORY, 1, job, NOW))
    assert set(settings) == {"version", "stages.story.units.whole.job"}
    assert removals == []


def test_what_becomes_none_is_removed() -> None:
    held = rules.claim(running(), STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    job = ProviderJob(provider="p", id="1", key="k", submitted_at=NOW)
    noted = job_rules.note_job(held, STORY, 1, job, NOW)
    _, removals = changes(noted, job_rules.forget_job(noted, STORY, 1, NOW))
    assert removals == ["stages.story.units.whole.job"]


def test_a_unit_is_one_field_while_it_rests_and_many_while_it_runs() -> None:
    resting = running()
    held = rules.claim(resting, STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    back = rules.hand_back(held, STORY, 1, NOW)
    whole = [document_of(task)["stages"]["story"]["units"]["whole"] for task in (resting, held, back)]
    assert [type(unit) for unit in whole] == [str, dict, str]
    assert whole[1]["worker"] == "w"


@given(pages=st.integers(1, 40))
def test_a_page_adds_one_field_to_a_task_once_it_is_done(pages: int) -> None:
    task = running()
    done = {str(page): Unit(state=UnitState.COMPLETED, result={"text": "x"}) for page in range(1, pages + 1)}
    status = task.stages["image"].model_copy(update={"units": done})
    document = document_of(task.model_copy(update={"stages": {**task.stages, "image": status}}))
    assert fields_of(document) - fields_of(document_of(task)) == pages


def fields_of(value: Any) -> int:
    """How many values a document has in all."""
    if isinstance(value, dict):
        return sum(map(fields_of, value.values()))
    return sum(map(fields_of, value)) if isinstance(value, list) else 1


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
    assert task_of(apply(document_of(before), settings, removals)) == after


@given(task=tasks())
def test_a_task_is_read_as_it_was_written(task: Task) -> None:
    assert task_of(document_of(task)) == task


@given(task=tasks())
def test_a_task_of_which_everything_lies_open_is_read_too(task: Task) -> None:
    assert task_of(task.model_dump(mode="python", exclude_none=True)) == task


def test_the_order_of_a_retry_is_not_taken_for_published_because_the_one_before_it_was_at_that_moment() -> None:
    before = rules.claim(running(), STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    marked = document_of(before)
    marked["outbox"]["request-story-whole"]["published_in"] = "inc"  # by the relay, after ``before`` was read
    broken = Problem(code="broken", message="it broke", is_retryable=True)
    after = rules.fail(before, STORY, 1, broken, NOW)
    written = task_of(apply(marked, *changes(before, after)))
    assert written.outbox["request-story-whole"].data["attempt"] == 2
    assert written.outbox["request-story-whole"].published_in is None
