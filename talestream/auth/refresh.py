"""Refresh families: a login's chain of refresh tokens, each good for one use.

A token is ``<family>.<secret>``, both random; the database keeps a SHA-256 of the newest secret alone. Using the newest
replaces it. A token of a known family that is not the newest has been used before, so either its thief or its owner is
late: the whole family ends and both must sign in again (RFC 9700, section 4.14.2). There is no period of grace, which
a thief would have too.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from talestream.settings import AuthSettings

_TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})")


class RefreshFamilies:
    """The collection ``refresh_families``: a document a login."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]], auth: AuthSettings) -> None:
        self._collection = database["refresh_families"]
        self._lifetime = timedelta(seconds=auth.refresh_token_s)

    async def prepare(self) -> None:
        """Let the database drop families that have expired."""
        await self._collection.create_index("expires_at", expireAfterSeconds=0)

    async def start(self, user_id: int, now: datetime) -> str:
        """Begin a family and return its first token."""
        family, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        await self._collection.insert_one(
            {
                "_id": family,
                "user_id": user_id,
                "newest": _digest(secret),
                "started_at": now,
                "expires_at": now + self._lifetime,
            }
        )
        return f"{family}.{secret}"

    async def rotate(self, token: str, now: datetime) -> tuple[int, str] | None:
        """Use a token: its user's id and the token that follows it. None when it is not good, or no longer."""
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            return None
        family, secret = parts.groups()
        following = secrets.token_urlsafe(32)
        used = await self._collection.find_one_and_update(
            {"_id": family, "newest": _digest(secret), "expires_at": {"$gt": now}},
            {"$set": {"newest": _digest(following), "expires_at": now + self._lifetime}},
        )
        if used is None:
            await self._collection.delete_one({"_id": family})
            return None
        return int(used["user_id"]), f"{family}.{following}"


def _digest(secret: str) -> str:
    """Unsalted on purpose: the secret is 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
