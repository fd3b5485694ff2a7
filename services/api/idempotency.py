"""Idempotency keys: an order that is sent again is answered as it was the first time, and its work is done once.

A key is stored, before the work begins, with the ids that the work will give out. Whoever comes with the same key and
the same request does the same work under the same ids, which changes nothing: a task whose id is taken is that task,
and an execution that a task knows is not ordered again. So nobody waits for a lock, and a process that is killed
between doing and answering leaves none behind. The first answer that is stored is everybody's. A refusal is not kept:
the same key may be used again once what was wrong is corrected.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from fastapi import Request
from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import BaseModel
from pymongo.errors import DuplicateKeyError

from services.api.errors import Conflict, Refused
from talestream.clock import Clock
from talestream.task_documents import Document

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Reserved:
    """The ids that one order gives out, if its work makes what they name."""

    task_id: int
    execution_id: str

    @classmethod
    def fresh(cls) -> "Reserved":
        """Ids that nothing has."""
        return cls(1 + secrets.randbelow(2**53 - 1), uuid.uuid4().hex)


class IdempotencyKeys:
    """The collection ``idempotency_keys``: a document a key of an owner."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], clock: Clock, keep_s: float) -> None:
        self._keys = database["idempotency_keys"]
        self._clock = clock
        self._lifetime = timedelta(seconds=keep_s)

    async def prepare(self) -> None:
        """Let the database drop keys that have expired."""
        await self._keys.create_index("expires_at", expireAfterSeconds=0)

    async def once(
        self, owner: str, key: str, fingerprint: str, kind: type[M], work: Callable[[Reserved], Awaitable[M]]
    ) -> M:
        """The answer of ``work``, or the one that was stored under this key before.

        Conflict when the key came with another request. Whatever ``work`` raises passes through.
        """
        kept = await self._reserve(f"{owner} {key}", fingerprint)
        if kept["answer"] is None:
            try:
                answer = await work(Reserved(kept["task_id"], kept["execution_id"]))
            except Refused:
                await self._keys.delete_one({"_id": kept["_id"], "answer": None})
                raise
            kept = await self._keep({**kept, "answer": answer.model_dump(mode="json")})
        return kind.model_validate(kept["answer"])

    async def _reserve(self, key_id: str, fingerprint: str) -> Document:
        """The key's document, made now or before."""
        reserved = Reserved.fresh()
        while True:
            now = self._clock.now()
            document = {
                "_id": key_id,
                "fingerprint": fingerprint,
                "task_id": reserved.task_id,
                "execution_id": reserved.execution_id,
                "answer": None,
                "expires_at": now + self._lifetime,
            }
            try:
                await self._keys.insert_one(document)
            except DuplicateKeyError:
                found = await self._keys.find_one({"_id": key_id})
            else:
                return document
            if found is None:
                continue  # it was released at that moment
            if found["expires_at"] <= now:
                await self._keys.delete_one({"_id": key_id, "expires_at": found["expires_at"]})
                continue
            if found["fingerprint"] != fingerprint:
                raise Conflict("idempotency-key-reused", "this Idempotency-Key was sent with another request before")
            return found

    async def _keep(self, answered: Document) -> Document:
        """Store the answer unless there is one, and return the document with the one that counts."""
        unanswered = {"_id": answered["_id"], "answer": None}
        stored = await self._keys.update_one(unanswered, {"$set": {"answer": answered["answer"]}})
        if stored.matched_count:
            return answered
        try:
            await self._keys.insert_one(answered)  # an equal order that was refused has released the key
        except DuplicateKeyError:
            found = await self._keys.find_one({"_id": answered["_id"], "fingerprint": answered["fingerprint"]})
            return found if found and found["answer"] is not None else answered
        return answered


async def fingerprint_of(request: Request) -> str:
    """A digest of what is asked for: route, query and body, whose JSON may be written in another way."""
    body = await request.body()
    with suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True).encode()
    asked: list[Any] = [request.method, request.url.path, request.url.query, hashlib.sha256(body).hexdigest()]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
