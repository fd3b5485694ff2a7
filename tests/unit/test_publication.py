"""An event whose artifact cannot be copied goes out without the copy, and says so wherever the artifact is told of."""

from datetime import UTC, datetime, timedelta

from schemas import Artifact, ObjectCopy, Page, Script, StageSpec, Story, Task, TaskInput, TaskState, Workflow
from talestream import admission, rules
from talestream.draft import Ref
from talestream.publication import arrived, publish_without

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORY = Ref("story", "whole")
LOST = {"s3://talestream/a": "missing-object: a is not in the store"}


def test_an_order_that_arrived_is_marked_and_the_events_that_are_out_leave_with_it() -> None:
    workflow = Workflow(name="story-only", stages=(StageSpec(name="story"),))
    task = rules.order(rules.create(7, "user:1", workflow, TaskInput(topic="a fox"), NOW), ["story"], "x", NOW)
    before = admission.admit(task, NOW)
    first, *others = [key for key in before.outbox if key.startswith("event")]
    after = arrived(before, STORY, "broker-1", [first, STORY.outbox_key, "event-00000099-0000"])
    assert others
    assert set(after.outbox) == {STORY.outbox_key, *others}
    assert after.outbox[STORY.outbox_key].published_in == "broker-1"
    assert after.version == before.version


def artifact(name: str, degraded: str | None = None) -> Artifact:
    return Artifact(
        uri=f"s3://talestream/{name}",
        path=f"generated_stories/7/{name}",
        role="script",
        mime="application/json",
        size_bytes=1,
        sha256="0" * 64,
        degraded=degraded,
    )


def finished() -> Task:
    workflow = Workflow(name="story-only", stages=(StageSpec(name="story"),))
    task = rules.order(rules.create(7, "user:1", workflow, TaskInput(topic="a fox"), NOW), ["story"], "x", NOW)
    task = admission.admit(task, NOW)
    task = rules.claim(task, STORY, 1, "w", NOW + timedelta(seconds=30), NOW)
    story = Story(script=Script(title="T", language="en", pages=(Page(story="s", image_prompt="p"),)))
    return rules.complete(task, STORY, 1, story, (artifact("a", "by hand"), artifact("b")), NOW)


def completed_key(task: Task) -> str:
    return next(key for key, entry in task.outbox.items() if entry.type == "UnitCompleted")


def test_only_the_lost_copy_is_left_undone_and_the_event_stays_in_its_place() -> None:
    before = finished()
    key = completed_key(before)
    after = publish_without(before, key, before.outbox[key].id, LOST, NOW)
    assert after.outbox[key].copies == (ObjectCopy(source="s3://talestream/b", target="generated_stories/7/b"),)
    assert list(after.outbox) == list(before.outbox)
    assert (after.version, after.state) == (before.version + 1, TaskState.COMPLETED)


def test_the_artifact_is_labelled_in_the_task_and_in_every_event_still_to_come() -> None:
    before = finished()
    key = completed_key(before)
    after = publish_without(before, key, before.outbox[key].id, LOST, NOW)
    label = "by hand; it could not be published: missing-object: a is not in the store"
    assert [made.degraded for made in after.stages["story"].units["whole"].artifacts] == [label, None]
    told = {
        entry.type: [made["degraded"] for made in entry.data["artifacts"]]
        for entry in after.outbox.values()
        if "artifacts" in entry.data
    }
    assert told == {kind: [label, None] for kind in ("UnitCompleted", "StageCompleted", "TaskCompleted")}


def test_what_went_out_meanwhile_or_was_given_up_before_changes_nothing() -> None:
    task = finished()
    key = completed_key(task)
    once = publish_without(task, key, task.outbox[key].id, LOST, NOW)
    assert publish_without(once, key, task.outbox[key].id, LOST, NOW) is once
    assert publish_without(task, key, "another", LOST, NOW) is task
    assert publish_without(task, "event-gone", task.outbox[key].id, LOST, NOW) is task


def test_a_deleted_task_has_no_copies_to_make() -> None:
    deleted = rules.delete(finished(), NOW)
    assert all(not entry.copies for entry in deleted.outbox.values())
