"""A place in the bucket holds the artifact whose place it is now, however late an earlier one was copied to it."""

from schemas import StageSpec, TaskInput, UnitState, Workflow
from talestream import admission, rules
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.stage_hand import StageHand, refs

SCRIPT_TWICE = Workflow(
    name="script-twice",
    stages=(StageSpec(name="story", segment=1), StageSpec(name="split", segment=2, needs=("story",))),
)


async def test_an_earlier_script_does_not_come_back_when_its_copy_is_late(own_database: Settings) -> None:
    async with Runtime.open("test", own_database) as runtime:
        await runtime.relay.stop()
        silent, now = TaskStore(runtime.database), runtime.clock.now
        hand = StageHand(silent, runtime.blobs, runtime.clock)
        await silent.insert(rules.create(1, "user:1", SCRIPT_TWICE, TaskInput(topic="a fox", page_count=3), now()))
        await silent.change(1, lambda task: rules.order(task, ["story", "split"], "x", now()))
        ordered = await silent.change(1, lambda task: admission.admit(task, now()))
        told = await hand.complete(1, *refs(ordered, UnitState.QUEUED))
        split = await hand.finish(1)
        (early,) = told.stages["story"].units["whole"].artifacts
        (late,) = split.stages["split"].units["whole"].artifacts
        assert early.path == late.path
        for published in (split, told):  # the second by somebody who was slow
            await runtime.relay.publish(published)
            assert await runtime.blobs.get(runtime.blobs.uri(late.path)) == await runtime.blobs.get(late.uri)
