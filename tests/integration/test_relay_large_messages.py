"""Messages that are larger than the broker takes: nothing waits behind them, and nobody waits for them."""

import asyncio

from aiokafka.errors import MessageSizeTooLargeError

from schemas import EVENTS_TOPIC, StoryRequested, Task, TaskInput, TaskState, UnitState
from talestream import admission, rules
from talestream.bus import Broker
from talestream.cloud_events import Headers
from talestream.outbox import Relay
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.runner_bench import STORY_ONLY


class Narrow(Broker):
    """Takes no message of one topic."""

    closed = ""
    refused = 0

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> "asyncio.Future[object]":
        if topic == self.closed:
            self.refused += 1
            raise MessageSizeTooLargeError("the message is larger than the broker takes")
        return await super().send(topic, key, value, headers)


async def published(settings: Settings, runtime: Runtime, closed: str) -> tuple[Task, int]:
    """A task whose story was ordered, after a relay has done all that it can, and how often the broker refused."""
    await runtime.relay.stop()
    now = runtime.clock.now
    silent = TaskStore(runtime.database)
    await silent.insert(rules.create(1, "user:1", STORY_ONLY, TaskInput(topic="plain"), now()))
    await silent.change(1, lambda task: admission.admit(rules.order(task, ["story"], "x", now()), now()))
    broker = Narrow(settings.kafka, "test", runtime.clock)
    broker.closed = closed
    await broker.start()
    relay = Relay(silent, runtime.events, runtime.blobs, broker, runtime.database, runtime.clock, runtime.worker)
    silent.on_commit = relay.nudge
    await relay.start()
    try:
        async with asyncio.timeout(30):
            while True:
                task = await silent.find(1)
                assert task is not None
                if all(entry.published_in for entry in task.outbox.values()):
                    return task, broker.refused
                await asyncio.sleep(0.05)
    finally:
        await relay.stop()
        await broker.stop()


async def test_a_unit_whose_order_is_too_large_fails_and_says_what_to_do(own_database: Settings) -> None:
    async with Runtime.open("test", own_database) as runtime:
        task, refused = await published(own_database, runtime, StoryRequested.topic_name())
        unit = task.stages["story"].units["whole"]
        assert (task.state, unit.state, refused) == (TaskState.FAILED, UnitState.FAILED, 1)
        assert unit.problem is not None
        assert unit.problem.code == "message-too-large"
        assert "max.message.bytes" in str(unit.problem.remedy)
        told = [event.type for event in await runtime.events.after("user:1", 0)]
        assert told[-1] == "TaskFailed"


async def test_an_event_that_is_too_large_is_in_the_log_and_holds_up_nothing(own_database: Settings) -> None:
    async with Runtime.open("test", own_database) as runtime:
        task, refused = await published(own_database, runtime, EVENTS_TOPIC)
        assert refused > 0
        assert [key for key in task.outbox if not key.startswith("request-")] == []
        assert "TaskCreated" in [event.type for event in await runtime.events.after("user:1", 0)]
