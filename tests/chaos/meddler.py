"""Somebody who meddles with the topics: sends past messages again, mixes up their order, and writes nonsense.

Also another system, with orders of its own, and a bug of ours that writes what we cannot read or cancels for nobody.
"""

import asyncio
import random
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import (
    CONTROL_TOPIC,
    EVENTS_TOPIC,
    CancelTask,
    ImageRequested,
    Mood,
    MusicRequested,
    Page,
    Passage,
    Request,
    Script,
    SplitRequested,
    StoryRequested,
)
from talestream.cloud_events import SOURCE

TOPICS = (*(kind.topic_name() for kind in Request.registry.values()), EVENTS_TOPIC, CONTROL_TOPIC)
KEPT = 5000
LATELY = 40
"""So many messages back, a task is likely to be under way."""
AMONG = 10
"""Of so many messages, one is of a task of which something runs at that moment."""
SEND_S = 10.0
ORDER_S = 3.0


@dataclass(frozen=True)
class Past:
    """A message as it was."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Meddler:
    """Listens to every topic, through restarts of the broker, and so knows what to send again."""

    def __init__(self, bootstrap: str, chance: random.Random) -> None:
        self.past: deque[Past] = deque(maxlen=KEPT)
        self.malformed: list[bytes] = []
        """The nonsense that the broker took."""
        self._bootstrap = bootstrap
        self._chance = chance
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._listening = asyncio.create_task(self._listen(), name="meddler")

    async def stop(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def repeat(self, count: int) -> int:
        """Send so many past messages again, also those that a broker has lost. Says how many were sent."""
        chosen = self._chance.sample(list(self.past), min(count, len(self.past)))
        return await self._send(chosen)

    async def reverse(self, count: int) -> int:
        """Send the last messages again, the latest first."""
        return await self._send(list(self.past)[-count:][::-1])

    async def write_nonsense(self, count: int) -> int:
        """Send what cannot be read: no JSON, half a message, the wrong type, nothing at all."""
        nonsense = []
        for number in range(count):
            topic = self._chance.choice(TOPICS)
            mark = f"nonsense {self._chance.getrandbits(64):x}".encode()
            some = next((past.value for past in reversed(self.past) if past.topic == topic and past.value), b"{")
            value = (mark, b'{"nonsense": "' + mark + b'"}', some[: len(some) // 2] + mark, b"\xff\xfe" + mark)[
                number % 4
            ]
            kind = self._chance.choice(("", "Nonsense", "StoryRequested"))
            nonsense.append(Past(topic, mark, value, (("ce_type", kind.encode()), ("ce_source", b"/meddler"))))
        sent = await self._send(nonsense)
        self.malformed += [found.value or b"" for found in nonsense[:sent]]
        return sent

    async def order(self, count: int) -> int:
        """Order stories and pictures by topic, name users' tasks in some of them, and cancel some, users' tasks too."""
        messages: list[Past] = []
        for number in range(count):
            own = self._chance.getrandbits(52) + 1
            task_id = own if number % 3 else self._some_task(own)
            order: Request = StoryRequested(task_id=task_id, topic=f"a whale who hums {own:x}", page_count=3)
            if number % 2:
                order = ImageRequested(task_id=task_id, page=1, prompt=f"a whale that hums {own:x}")
            messages.append(_message(order.topic_name(), order, task_id, "/another-system"))
            if number % 4 > 1:
                messages.append(_message(CONTROL_TOPIC, CancelTask(task_id=task_id), task_id, "/another-system"))
        return await self._send(messages)

    async def cancel_in_vain(self, count: int) -> int:
        """Broadcast cancels, as if we had, of tasks that nobody has cancelled: of most that were heard of lately."""
        tasks = {self._some_task(1) for _ in range(count * AMONG)}
        return await self._send([_message(CONTROL_TOPIC, CancelTask(task_id=task), task, SOURCE) for task in tasks])

    async def garble(self, stage: str, count: int) -> int:
        """Send half orders to a stage, as if we had, one behind the other."""
        topic = Request.registry[stage].topic_name()
        headers = (("ce_type", b"Garbled"), ("ce_source", SOURCE.encode()))
        return await self._send([Past(topic, b"garbled", b'{"task_id":', headers)] * count)

    async def keep_ordering(self, stages: Sequence[str]) -> None:
        """Order something of each of these stages now and then, until cancelled.

        A worker that takes our garbled messages for a fault of ours needs successes to set them aside, and an order of
        a user may lie behind them, when nobody else orders any more.
        """
        while True:
            await self._send([self._plain(stage) for stage in stages])
            await asyncio.sleep(ORDER_S)

    def _plain(self, stage: str) -> Past:
        task_id = self._chance.getrandbits(52) + 1
        seed = task_id % 2**31  # what is simulated of a unit follows from its input: equal ones would hang alike
        page = Page(story=f"A whale hums {seed}.", image_prompt="a whale that hums")
        order: Request = {
            "story": StoryRequested(task_id=task_id, topic=f"a whale who hums {task_id:x}", page_count=3),
            "split": SplitRequested(task_id=task_id, script=Script(title="A whale", language="en", pages=(page,))),
            "music": MusicRequested(task_id=task_id, passages=(Passage(mood=Mood.CALM, duration_s=4),), seed=seed),
        }[stage]
        return _message(order.topic_name(), order, task_id, "/another-system")

    def _some_task(self, otherwise: int) -> int:
        """A task of which was heard lately."""
        keys = [past.key for past in list(self.past)[-LATELY:] if past.key and past.key.split(b"/")[0].isdigit()]
        return int(self._chance.choice(keys).split(b"/")[0]) if keys else otherwise

    async def _send(self, messages: list[Past]) -> int:
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", request_timeout_ms=5000)
        sent = 0
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(SEND_S):
                await producer.start()
                for past in messages:
                    await producer.send_and_wait(past.topic, past.value, past.key, headers=list(past.headers))
                    sent += 1
        with suppress(KafkaError, OSError, TimeoutError):
            await asyncio.wait_for(producer.stop(), 2)
        return sent

    async def _listen(self) -> None:
        while True:
            consumer = AIOKafkaConsumer(
                *TOPICS, bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=200
            )
            with suppress(KafkaError, OSError, TimeoutError):
                try:
                    await asyncio.wait_for(consumer.start(), 10)
                    async for record in consumer:
                        headers = tuple((name, value or b"") for name, value in record.headers)
                        self.past.append(Past(record.topic, record.key, record.value, headers))
                finally:
                    await asyncio.wait_for(consumer.stop(), 5)
            await asyncio.sleep(1)


def _message(topic: str, content: Request | CancelTask, task_id: int, source: str) -> Past:
    headers = (("ce_type", type(content).__name__.encode()), ("ce_source", source.encode()))
    return Past(topic, str(task_id).encode(), content.model_dump_json().encode(), headers)
