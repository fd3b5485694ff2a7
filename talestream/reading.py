"""How a worker asks its consumer for the next message: at any time, or when its doorbell is rung.

A broker that wakes a waiting fetch is asked with long waits, and nothing more is needed. One that does not is asked by
fetches that hardly wait, and only when rung for, or every now and then: in between all partitions are paused, so that
nothing is fetched.
"""

import asyncio
from collections.abc import Collection
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from talestream.doorbells import Doorbell

Message: TypeAlias = "ConsumerRecord[bytes, bytes]"
Found: TypeAlias = dict[TopicPartition, list[Message]]

PROMPT_MS = 1
"""How long the broker may hold a fetch of a consumer that is rung for."""
ANSWERS_TO_A_RING = 2
"""The embedded broker shows a message a moment after it has acknowledged it: two in a hundred first answers lack it."""
UNRUNG_S = 2.0
"""How often it is asked for what nobody rang for: it came from elsewhere, or the ring was lost."""
LOOK_MS, LONGEST_LOOK_MS = 2, 50
"""How often it is looked whether the broker has answered: the seldomer the longer it takes."""


class Reader:
    """Asks at any time, and leaves it to the broker to wait."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def next_of(self, places: Collection[TopicPartition], wait_s: float) -> Found:
        """One message of one of these partitions. Nothing when none comes in time.

        Cancelled, it has taken none. Does not end while the group is changing.
        """
        found: Found = await self._consumer.getmany(*places, timeout_ms=int(wait_s * 1000), max_records=1)
        return found

    def rest(self) -> None:
        """Nothing is wanted for now."""


class RungReader(Reader):
    """Asks when its bell has been rung, when it is asked of other partitions, behind a message, and else seldom.

    aiokafka keeps what came of a partition that was paused meanwhile, unless it is asked for it before that is resumed.
    It goes on fetching until the pause, so that one fetch is mostly under way by then.
    """

    def __init__(self, consumer: AIOKafkaConsumer, bell: Doorbell) -> None:
        super().__init__(consumer)
        self._bell = bell
        self._answered_at: dict[TopicPartition, int | None] = {}
        """When the broker's last answer of each partition came that was known when it was paused."""
        self._empty: frozenset[TopicPartition] = frozenset()
        """Of which it was last said that there is nothing; they need not be asked before ``_ask_at``."""
        self._ask_at = 0.0

    async def next_of(self, places: Collection[TopicPartition], wait_s: float) -> Found:
        """See :meth:`Reader.next_of`. May also end early, with nothing."""
        asked, now = frozenset(places), asyncio.get_running_loop().time
        was_rung = self._bell.hush()  # before it is asked: who rings meanwhile has published what the answer may lack
        if was_rung or asked != self._empty or now() >= self._ask_at:
            self._empty = frozenset()
            if found := await self._ask(places, ANSWERS_TO_A_RING if was_rung else 1):
                return found
            if self._consumer.assignment().issuperset(places):  # else nobody has answered
                self._empty, self._ask_at = asked, now() + UNRUNG_S
        await self._bell.wait(wait_s)
        return {}

    def rest(self) -> None:
        """Pause whatever is assigned, by now."""
        assigned = self._consumer.assignment()
        self._answered_at = {place: self._answered_at.get(place) for place in assigned}
        for place in assigned - self._consumer.paused():
            self._answered_at[place] = self._consumer.last_poll_timestamp(place)
            self._consumer.pause(place)

    async def _ask(self, places: Collection[TopicPartition], least: int) -> Found:
        """What the broker has of these partitions by now: nothing after so many answers without a message."""
        consumer, answers = self._consumer, dict.fromkeys(places, 0)
        if not consumer.assignment().issuperset(places):  # asked all the same, for what keeps it from an assignment
            found: Found = await consumer.getmany(*places, timeout_ms=LOOK_MS, max_records=1)
            return found
        seen = {place: consumer.last_poll_timestamp(place) for place in places}
        # the first answer may be one to a fetch that was under way before the bell was rung
        wanted = {place: least + (seen[place] == self._answered_at.get(place)) for place in places}
        look_ms = LOOK_MS
        consumer.resume(*places)
        try:
            while True:
                found = await consumer.getmany(*places, timeout_ms=look_ms, max_records=1)
                if found or not consumer.assignment().issuperset(places):
                    return found
                for place in places:
                    if (at := consumer.last_poll_timestamp(place)) != seen[place]:
                        seen[place] = at
                        answers[place] += 1
                if all(answers[place] >= wanted[place] for place in places):
                    return {}
                look_ms = min(2 * look_ms, LONGEST_LOOK_MS)
        finally:
            self.rest()
