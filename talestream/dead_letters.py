"""Dead letters: messages that could not be decoded or kept failing, set aside so that they block nothing.

A letter is durable in the database before its message is passed over; a copy goes to the dead-letter topic for whoever
watches there.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from schemas import DEAD_LETTERS_TOPIC, DeadLetter, OutboxEntry, Request
from talestream import rules
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.cloud_events import Undecodable, decode_request, parse
from talestream.draft import Ref
from talestream.errors import StageError
from talestream.metrics import DEAD_LETTERS
from talestream.store import TaskNotFound, TaskStore
from talestream.task_documents import Document

OUTBOX = "outbox"
"""Stands for the topic of a letter that holds an outbox entry, some of whose copies could not be made."""


class UnknownLetter(LookupError):
    """There is no dead letter of that id."""


class NotReplayable(Exception):
    """Nothing would come of replaying the letter, which stays. The text says why."""


class DeadLetters:
    """The letters of one system."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], broker: Broker, clock: Clock) -> None:
        self._letters = database["dead_letters"]
        self._broker = broker
        self._clock = clock

    async def put(self, record: "ConsumerRecord[bytes, bytes]", reason: str, attempts: int) -> None:
        """Set a message aside. Once it returns, the message's offset may be committed."""
        letter = DeadLetter(
            id=f"{record.topic}/{record.partition}/{record.offset}/{self._broker.incarnation[:8]}",
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            reason=reason,
            attempts=attempts,
            failed_at=self._clock.now(),
            key=record.key,
            value=record.value,
            headers=tuple((name, value or b"") for name, value in record.headers),
        )
        await self._put(letter)

    async def put_entry(self, entry: OutboxEntry, reason: str) -> None:
        """Set aside what an event went out without: the copies of artifacts that the object store refused for good."""
        letter = DeadLetter(
            id=f"{OUTBOX}/{entry.id}",
            topic=OUTBOX,
            partition=-1,
            offset=-1,
            reason=reason,
            attempts=1,
            failed_at=self._clock.now(),
            key=entry.key.encode(),
            value=entry.model_dump_json().encode(),
        )
        await self._put(letter)

    async def _put(self, letter: DeadLetter) -> None:
        with suppress(DuplicateKeyError):
            await self._letters.insert_one({"_id": letter.id, **letter.model_dump(mode="python")})
        DEAD_LETTERS.labels(letter.topic).inc()
        about = {"id": letter.id, "topic": letter.topic, "reason": letter.reason, "attempts": str(letter.attempts)}
        about |= {"partition": str(letter.partition), "offset": str(letter.offset)}
        about |= {"failed_at": letter.failed_at.isoformat()}
        headers = [*letter.headers, *((f"dl_{name}", text.encode()) for name, text in about.items())]
        with suppress(KafkaError):  # the database has it
            await self._broker.send(DEAD_LETTERS_TOPIC, letter.key, letter.value, headers)

    async def all(self, topic: str | None = None, limit: int = 100) -> AsyncIterator[DeadLetter]:
        """The letters, newest first; ``limit`` 0 is all of them."""
        found = self._letters.find({"topic": topic} if topic else {}).sort("failed_at", DESCENDING).limit(limit)
        async for document in found:
            yield DeadLetter.model_validate(document)

    async def get(self, letter_id: str) -> DeadLetter:
        """One letter. UnknownLetter."""
        found = await self._letters.find_one({"_id": letter_id})
        if found is None:
            raise UnknownLetter(f"there is no dead letter {letter_id!r}")
        return DeadLetter.model_validate(found)

    async def replay(self, letter_id: str, tasks: TaskStore, blobs: Blobs) -> str:
        """Bring a letter's message back to work and drop the letter. Says what was done.

        A unit that was given up is ordered again; any other message is published as it was; copies are made again. The
        letter stays when the message does not fit its schema (Undecodable), its task was cancelled (NotReplayable), or
        a copy is still refused (StageError).
        """
        letter = await self.get(letter_id)
        if letter.topic == OUTBOX:
            copies = parse(OutboxEntry, letter.value).copies
            for copy in copies:
                await blobs.copy(copy.source, copy.target)
            await self.drop(letter_id)
            return f"{len(copies)} copies were made"
        kind = next((kind for kind in Request.registry.values() if kind.topic_name() == letter.topic), None)
        if kind is None:
            raise Undecodable(f"{letter.topic} carries no requests")
        request = decode_request(letter, kind)
        ref = Ref.of(request)
        try:
            await tasks.change(request.task_id, lambda task: rules.retry_unit(task, ref, self._clock.now()))
            done = f"unit {ref.key} of {ref.stage} in task {request.task_id} was ordered again"
        except (TaskNotFound, rules.NotAllowed) as refusal:
            if isinstance(refusal, rules.NotAllowed) and refusal.code == "cancelled":
                raise NotReplayable(refusal.message) from refusal
            sent = await self._broker.send(letter.topic, letter.key, letter.value, list(letter.headers))
            await sent
            done = f"published to {letter.topic} again"
        await self.drop(letter_id)
        return done

    async def replay_each(
        self, letter_ids: Sequence[str], tasks: TaskStore, blobs: Blobs
    ) -> tuple[int, dict[str, str]]:
        """Replay these letters in turn. How many went back to work, and why each of the others stays."""
        kept: dict[str, str] = {}
        for letter_id in letter_ids:
            try:
                await self.replay(letter_id, tasks, blobs)
            except (Undecodable, NotReplayable, StageError) as error:
                kept[letter_id] = str(error)
        return len(letter_ids) - len(kept), kept

    async def drop(self, letter_id: str) -> None:
        """Forget a letter. UnknownLetter."""
        dropped = await self._letters.delete_one({"_id": letter_id})
        if not dropped.deleted_count:
            raise UnknownLetter(f"there is no dead letter {letter_id!r}")
