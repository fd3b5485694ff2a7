"""The relay and a broker that has lost what an earlier one had."""

import asyncio

from aiokafka.errors import KafkaConnectionError

from schemas import TaskInput
from talestream import admission, rules
from talestream.bus import Broker
from talestream.cloud_events import Headers
from talestream.outbox import Relay
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.outboxes import sent
from tests.runner_bench import STORY_ONLY


class Moody(Broker):
    """Refuses the first messages that it is given."""

    refusals = 2

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers
    ) -> "asyncio.Future[object]":
        if self.refusals:
            self.refusals -= 1
            raise KafkaConnectionError
        return await super().send(topic, key, value, headers)


async def test_an_order_that_a_new_broker_refuses_at_first_is_not_forgotten(own_database: Settings) -> None:
    async with Runtime.open("test", own_database) as runtime:
        await runtime.relay.stop()
        silent = TaskStore(runtime.database)
        now = runtime.clock.now
        await silent.insert(rules.create(1, "user:1", STORY_ONLY, TaskInput(topic="plain"), now()))
        task = await silent.change(1, lambda task: admission.admit(rules.order(task, ["story"], "x", now()), now()))
        silent.note_published(1, sent(task.outbox, "an earlier broker"))
        await silent.mark_published(1)
        broker = Moody(own_database.kafka, "test", runtime.clock)
        await broker.start()
        relay = Relay(silent, runtime.events, runtime.blobs, broker, runtime.database, runtime.clock, runtime.worker)
        await relay.start()
        try:
            async with asyncio.timeout(30):
                while True:
                    found = await silent.find(1)
                    assert found is not None
                    if found.outbox["request-story-whole"].published_in == broker.incarnation:
                        break
                    await asyncio.sleep(0.05)
        finally:
            await relay.stop()
            await broker.stop()
        assert broker.refusals == 0
