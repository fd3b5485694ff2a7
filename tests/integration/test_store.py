"""Task documents in the database: compare-and-set, together and beside others."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import monitoring

from schemas import StageSpec, StageState, Task, TaskInput, UnitState, Workflow
from talestream import admission, rules
from talestream.draft import Ref
from talestream.settings import Settings
from talestream.store import TaskNotFound, TaskStore
from talestream.task_documents import dump
from tests.outboxes import sent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORKFLOW = Workflow(name="story-only", stages=(StageSpec(name="story", segment=1),))
UNIT = Ref("story", "whole")


class Commands(monitoring.CommandListener):
    """What was asked of the database."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


class Stores:
    """Two processes' views of one database."""

    def __init__(self, settings: Settings) -> None:
        self.commands = Commands()
        self._clients = [self._connect(settings, [self.commands]), self._connect(settings, [])]
        databases = [client[settings.mongo.database] for client in self._clients]
        self.documents = databases[1]["tasks"]
        self.mine, self.other = (TaskStore(database) for database in databases)

    async def ordered(self, task_id: int = 7) -> int:
        task = rules.order(rules.create(task_id, "user:1", WORKFLOW, TaskInput(topic="x"), NOW), ["story"], "x", NOW)
        await self.other.insert(admission.admit(task, NOW))
        self.commands.names.clear()
        return task_id

    def close(self) -> None:
        for client in self._clients:
            client.close()

    @staticmethod
    def _connect(settings: Settings, listeners: "list[Any]") -> "AsyncIOMotorClient[dict[str, Any]]":
        return AsyncIOMotorClient(settings.mongo.uri.get_secret_value(), tz_aware=True, event_listeners=listeners)


@pytest.fixture
async def stores(own_database: Settings) -> AsyncIterator[Stores]:
    stores = Stores(own_database)
    await stores.mine.prepare()
    yield stores
    stores.close()


def claim(task: Task) -> Task:
    return rules.claim(task, UNIT, 1, "w", NOW + timedelta(seconds=10), NOW)


def hand_back(task: Task) -> Task:
    return rules.hand_back(task, UNIT, 1, NOW)


def noted(text: str) -> Any:
    """A rule that appends to the note of the only unit."""

    def note(task: Task) -> Task:
        status = task.stages["story"]
        unit = status.units["whole"]
        units = {"whole": unit.model_copy(update={"note": unit.note + text})}
        stages = {"story": status.model_copy(update={"units": units})}
        return task.model_copy(update={"stages": stages, "version": task.version + 1})

    return note


async def note_of(store: TaskStore, task_id: int) -> str:
    task = await store.find(task_id)
    assert task is not None
    return task.stages["story"].units["whole"].note


async def test_changes_of_one_task_at_the_same_time_are_all_made_in_few_writes(stores: Stores) -> None:
    task_id = await stores.ordered()
    texts = [f"<{number}>" for number in range(20)]
    changed = await asyncio.gather(*(stores.mine.change(task_id, noted(text)) for text in texts))
    assert await note_of(stores.other, task_id) == "".join(texts)
    assert [task.version for task in changed] == list(range(changed[0].version, changed[0].version + 20))
    assert stores.commands.names.count("update") <= 2


async def test_a_rule_that_refuses_refuses_alone(stores: Stores) -> None:
    task_id = await stores.ordered()

    def refuse(_task: Task) -> Task:
        raise rules.NotAllowed("no", "not now")

    outcomes = await asyncio.gather(
        *(stores.mine.change(task_id, rule) for rule in (noted("a"), refuse, noted("b"))), return_exceptions=True
    )
    assert isinstance(outcomes[1], rules.NotAllowed)
    assert await note_of(stores.other, task_id) == "ab"


async def test_processes_that_change_one_task_lose_no_change(stores: Stores) -> None:
    task_id = await stores.ordered()
    both = [stores.mine, stores.other]
    await asyncio.gather(*(both[number % 2].change(task_id, noted(f"<{number}>")) for number in range(30)))
    note = await note_of(stores.mine, task_id)
    assert all(note.count(f"<{number}>") == 1 for number in range(30))


async def test_a_task_that_this_process_changed_last_is_changed_without_reading_it(stores: Stores) -> None:
    task_id = await stores.ordered()
    await stores.mine.change(task_id, claim)
    stores.commands.names.clear()
    task = await stores.mine.change(task_id, hand_back)
    assert task.stages["story"].units["whole"].state is UnitState.QUEUED
    assert stores.commands.names == ["update"]


async def test_what_a_process_remembers_gives_way_to_what_another_wrote(stores: Stores) -> None:
    task_id = await stores.ordered()
    await stores.mine.change(task_id, claim)
    await stores.other.change(task_id, lambda task: rules.cancel(task, NOW))
    with pytest.raises(rules.Superseded):
        await stores.mine.change(task_id, hand_back)
    task = await stores.mine.find(task_id)
    assert task is not None
    assert task.stages["story"].state is StageState.CANCELLED


async def test_a_refusal_is_never_due_to_what_is_only_remembered(stores: Stores) -> None:
    task_id = await stores.ordered()
    await stores.mine.change(task_id, claim)
    await stores.other.change(task_id, hand_back)

    def claim_second(task: Task) -> Task:
        return rules.claim(task, UNIT, 1, "w2", NOW + timedelta(seconds=10), NOW)

    task = await stores.mine.change(task_id, claim_second)  # as remembered, the first claim still holds it
    assert task.stages["story"].units["whole"].worker == "w2"


async def test_a_lease_that_another_process_renewed_is_not_taken_over(stores: Stores) -> None:
    task_id = await stores.ordered()
    await stores.mine.change(task_id, claim)
    later = NOW + timedelta(seconds=11)
    assert await stores.other.renew_lease(task_id, UNIT, 1, until=NOW + timedelta(seconds=20), progress=0.5, note="")

    def take_over(task: Task) -> Task:
        return rules.claim(task, UNIT, 1, "w2", later + timedelta(seconds=10), later)

    with pytest.raises(rules.Held):
        await stores.mine.change(task_id, take_over)


async def test_progress_that_was_renewed_is_overwritten_by_what_ends_the_attempt(stores: Stores) -> None:
    task_id = await stores.ordered()
    await stores.mine.change(task_id, claim)
    await stores.mine.renew_lease(task_id, UNIT, 1, until=NOW + timedelta(seconds=20), progress=0.5, note="half")
    await stores.mine.change(task_id, hand_back)
    task = await stores.other.find(task_id)
    assert task is not None
    assert task.stages["story"].units["whole"].progress == 0


async def test_marking_what_was_published_leaves_what_replaced_it(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.find(task_id)
    assert before is not None
    order = before.outbox[UNIT.outbox_key]
    replaced = order.model_copy(update={"id": "newer"})
    stale = {UNIT.outbox_key: order, **{key: entry for key, entry in before.outbox.items() if key != UNIT.outbox_key}}
    await stores.other.change(
        task_id,
        lambda task: task.model_copy(
            update={"outbox": {**task.outbox, UNIT.outbox_key: replaced}, "version": task.version + 1}
        ),
    )
    stores.mine.note_published(task_id, sent(stale, "broker"))
    await stores.mine.mark_published(task_id)
    after = await stores.other.find(task_id)
    assert after is not None
    assert dict(after.outbox) == {UNIT.outbox_key: replaced}


async def test_orders_are_marked_whatever_has_happened_to_the_task_meanwhile(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.find(task_id)
    assert before is not None
    await stores.other.change(task_id, noted("changed"))
    stores.mine.note_published(task_id, sent(before.outbox, "broker"))
    await stores.mine.mark_published(task_id)
    after = await stores.other.find(task_id)
    assert after is not None
    assert {key: entry.published_in for key, entry in after.outbox.items()} == {UNIT.outbox_key: "broker"}


async def test_only_tasks_with_a_message_due_are_swept(stores: Stores) -> None:
    task_id = await stores.ordered()
    assert await stores.mine.ids_with_due_messages(NOW - timedelta(seconds=1)) == []
    assert await stores.mine.ids_with_due_messages(NOW) == [task_id]
    task = await stores.mine.change(task_id, lambda task: rules.cancel(task, NOW))
    stores.mine.note_published(task_id, sent(task.outbox, "broker"))
    await stores.mine.mark_published(task_id)
    assert await stores.mine.ids_with_due_messages(NOW + timedelta(days=1)) == []


async def test_what_was_published_is_marked_with_the_next_change_in_one_write(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.change(task_id, claim)
    stores.mine.note_published(task_id, sent(before.outbox, "broker"))
    stores.commands.names.clear()
    await stores.mine.change(task_id, hand_back)
    assert stores.commands.names == ["update"]
    assert not stores.mine.unmarked(task_id)
    after = await stores.other.find(task_id)
    assert after is not None
    assert {key: entry.published_in for key, entry in after.outbox.items()} == {UNIT.outbox_key: "broker"}


async def test_what_was_published_is_marked_although_the_next_change_is_refused(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.find(task_id)
    assert before is not None
    stores.mine.note_published(task_id, sent(before.outbox, "broker"))
    with pytest.raises(rules.Superseded):
        await stores.mine.change(task_id, hand_back)
    after = await stores.other.find(task_id)
    assert after is not None
    assert {key: entry.published_in for key, entry in after.outbox.items()} == {UNIT.outbox_key: "broker"}


async def test_marks_are_not_lost_when_somebody_else_changes_the_task_first(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.change(task_id, claim)
    stores.mine.note_published(task_id, sent(before.outbox, "broker"))
    await stores.other.change(task_id, noted("changed"))
    await stores.mine.change(task_id, hand_back)
    after = await stores.other.find(task_id)
    assert after is not None
    assert {key: entry.published_in for key, entry in after.outbox.items()} == {UNIT.outbox_key: "broker"}


async def test_what_others_have_marked_is_forgotten_in_one_read_for_all(stores: Stores) -> None:
    marked, unmarked, gone = [await stores.ordered(task_id) for task_id in (7, 8, 9)]
    for task_id in (marked, unmarked, gone):
        task = await stores.other.find(task_id)
        assert task is not None
        stores.mine.note_published(task_id, sent(task.outbox, "broker"))
        if task_id == marked:
            stores.other.note_published(task_id, sent(task.outbox, "broker"))
            await stores.other.mark_published(task_id)
    await stores.documents.delete_one({"_id": gone})
    stores.commands.names.clear()
    assert await stores.mine.forget_marked([marked, unmarked, gone]) == [unmarked]
    assert stores.commands.names == ["find"]
    assert not stores.mine.unmarked(marked)
    assert not stores.mine.unmarked(gone)
    assert UNIT.outbox_key in stores.mine.unmarked(unmarked)


async def test_what_was_marked_for_another_broker_is_not_forgotten(stores: Stores) -> None:
    task_id = await stores.ordered()
    task = await stores.other.find(task_id)
    assert task is not None
    stores.other.note_published(task_id, sent(task.outbox, "an earlier broker"))
    await stores.other.mark_published(task_id)
    stores.mine.note_published(task_id, sent(task.outbox, "broker"))
    assert await stores.mine.forget_marked([task_id]) == [task_id]
    assert set(stores.mine.unmarked(task_id)) == {UNIT.outbox_key}


async def test_what_is_published_of_a_task_that_is_gone_is_forgotten(stores: Stores) -> None:
    task_id = await stores.ordered()
    before = await stores.mine.find(task_id)
    assert before is not None
    await stores.documents.delete_one({"_id": task_id})
    stores.mine.note_published(task_id, sent(before.outbox, "broker"))
    await stores.mine.mark_published(task_id)
    assert not stores.mine.unmarked(task_id)


async def test_a_document_of_an_earlier_version_is_read_and_goes_on(stores: Stores) -> None:
    """Earlier every unit and every message lay open."""
    task_id = await stores.ordered()
    task = await stores.mine.find(task_id)
    assert task is not None
    await stores.documents.replace_one({"_id": task_id}, {"relay_at": NOW, **dump(task)})
    assert await stores.mine.find(task_id) == task
    claimed = await stores.mine.change(task_id, claim)
    assert await stores.other.find(task_id) == claimed


async def test_a_task_that_is_not_there_cannot_be_changed(stores: Stores) -> None:
    with pytest.raises(TaskNotFound):
        await stores.mine.change(404, noted("x"))
