"""Edits and the store of results, with workers of every stage on real broker, database and object store."""

from collections.abc import AsyncIterator

import pytest

from schemas import Artifact, PageEdit, Task, UnitState
from talestream import editing, rules
from talestream.draft import Ref
from talestream.settings import Settings
from tests.film_crew import Crew, filming

SPEECH_2, SPLIT, MUSIC, FILM = Ref("speech", "2"), Ref("split", "whole"), Ref("music", "whole"), Ref("video", "whole")
SHOTS = [Ref("shot", "2"), Ref("shot", "3")]
UNITS = 1 + 1 + 3 + 3 + 1 + 3 + 1
"""Of a film of three pages."""


@pytest.fixture
async def crew(own_database: Settings) -> AsyncIterator[Crew]:
    async with filming(own_database) as crew:
        yield crew


def artifacts(task: Task) -> list[Artifact]:
    return [made for status in task.stages.values() for unit in status.units.values() for made in unit.artifacts]


async def test_an_edit_redoes_what_it_planned_and_an_edit_back_calls_no_stage(crew: Crew) -> None:
    first = await crew.order()
    assert len(crew.asked) == UNITS
    await crew.kept(UNITS)
    crew.asked.clear()

    planned = editing.plan_edit(first, 2, PageEdit(story="Something else."))
    await crew.edit(first.id, 2, story="Something else.")
    second = await crew.finished(first.id)
    assert list(planned) == [SPLIT, SPEECH_2, MUSIC, *SHOTS, FILM]
    assert (set(crew.asked), len(crew.asked)) == (set(planned), len(planned))
    assert [ref for ref in crew.asked if ref != MUSIC and ref not in SHOTS] == [SPLIT, SPEECH_2, FILM]
    assert "(Something else. None)" in await crew.film(second)
    texts = ["Page 1 begins. It ends.", "Something else.", "Page 3 begins. It ends."]
    await crew.published(second, lambda script: [page.story for page in script.pages] == texts)

    await crew.kept(UNITS + len(planned))
    crew.asked.clear()
    await crew.edit(first.id, 2, story="Page 2 begins. It ends.")
    third = await crew.finished(first.id)
    assert crew.asked == []
    assert await crew.film(third) == await crew.film(first)
    assert third.stages["speech"].units["2"].artifacts[0].uri != first.stages["speech"].units["2"].artifacts[0].uri
    assert third.revision == 3


async def test_the_reuse_of_a_result_is_told(crew: Crew) -> None:
    task = await crew.order()
    await crew.kept(UNITS)
    again = await crew.order()
    told = [
        event.data for event in await crew.runtime.events.after("user:1", 0, 10_000) if event.type == "UnitCompleted"
    ]
    assert {data["is_reused"] for data in told if data["task_id"] == task.id} == {False}
    assert {data["is_reused"] for data in told if data["task_id"] == again.id} == {True}


async def test_equal_work_of_one_owner_is_done_once_and_outlives_the_task_that_did_it(crew: Crew) -> None:
    first = await crew.order()
    await crew.kept(UNITS)
    second = await crew.order()
    assert len(crew.asked) == UNITS
    assert await crew.film(second) == await crew.film(first)
    assert not {made.uri for made in artifacts(first)} & {made.uri for made in artifacts(second)}

    now = crew.runtime.clock.now()
    await crew.runtime.tasks.change(first.id, lambda task: rules.delete(task, now))
    await crew.until(first.id, lambda task: not any(key == "control-delete" for key in task.outbox))
    for made in artifacts(second):
        assert await crew.runtime.blobs.stat(crew.runtime.blobs.key(made.uri)), made.uri
        assert await crew.runtime.blobs.stat(made.path), made.path
    third = await crew.order()
    assert len(crew.asked) == 2 * UNITS
    assert await crew.film(third) == await crew.film(second)


async def test_nobody_gets_anything_of_another_owners_work(crew: Crew) -> None:
    for owner in ("user:1", "user:2", "anonymous", "anonymous"):
        await crew.order(owner)
    assert len(crew.asked) == 4 * UNITS


async def test_a_result_whose_objects_are_gone_is_made_again(crew: Crew) -> None:
    first = await crew.order()
    await crew.kept(UNITS)
    await crew.runtime.blobs.remove_prefix(f"generated_stories/{first.id}/.attempts/image-2-1")
    crew.asked.clear()
    second = await crew.order()
    assert crew.asked == [Ref("image", "2")]
    assert await crew.film(second) == await crew.film(first)


async def test_work_that_an_edit_makes_vain_is_stopped_at_once_and_its_siblings_go_on(own_database: Settings) -> None:
    patient = own_database.worker.model_copy(update={"lease_s": 3600})
    async with filming(own_database.model_copy(update={"worker": patient})) as crew:
        crew.held_up = {"wait"}
        task = await crew.order()
        await crew.edit(task.id, 2, story="wait")
        await crew.until(task.id, lambda task: task.stages["speech"].units["2"].state is UnitState.RUNNING)
        await crew.until(task.id, lambda _task: crew.asked.count(SPEECH_2) == 2)  # the narrator was called, too
        crew.asked.clear()
        await crew.edit(task.id, 2, story="Go on.")
        edited = await crew.finished(task.id)
        await crew.given_up.wait()
        assert "(Go on. None)" in await crew.film(edited)
        assert (set(crew.asked), len(crew.asked)) == ({SPLIT, SPEECH_2, MUSIC, *SHOTS, FILM}, 6)
