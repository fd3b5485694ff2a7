"""The accounts that exist: one document a user, found by the canonical form of its name."""

import secrets
import unicodedata
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from schemas import Record, TaskId

LONGEST_USERNAME = 150


class UsernameTaken(Exception):
    """Somebody has this name, in this or another spelling of it."""


class InvalidUsername(ValueError):
    """The name cannot be one; the message says why."""


class User(Record):
    """An account."""

    id: TaskId
    username: str
    """As its owner spells it."""
    password_hash: str
    created_at: datetime


class Users:
    """The collection ``users``. ``_id`` is the canonical name, so that uniqueness is the primary key's."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self._collection = database["users"]

    async def prepare(self) -> None:
        """Create the index that keeps user ids unique."""
        await self._collection.create_index("id", unique=True)

    async def add(self, username: str, password_hash: str, now: datetime) -> User:
        """Create an account under a new random id. UsernameTaken when the name is in use."""
        shown = clean_username(username)
        name = canonical_username(shown)
        while True:
            user = User(
                id=1 + secrets.randbelow(2**53 - 1), username=shown, password_hash=password_hash, created_at=now
            )
            try:
                await self._collection.insert_one({"_id": name, **user.model_dump()})
            except DuplicateKeyError as error:
                if await self.find(shown) is not None:
                    raise UsernameTaken(shown) from error
            else:
                return user

    async def find(self, username: str) -> User | None:
        """The account of that name in any spelling of it."""
        document = await self._collection.find_one({"_id": canonical_username(username)})
        return User.model_validate(document) if document else None

    async def replace_hash(self, user: User, password_hash: str) -> None:
        """Store a new hash of the same password, unless the password was changed meanwhile."""
        await self._collection.update_one(
            {"_id": canonical_username(user.username), "password_hash": user.password_hash},
            {"$set": {"password_hash": password_hash}},
        )


def clean_username(username: str) -> str:
    """The name as it is stored and shown: NFKC, without space around it. InvalidUsername when it cannot be a name."""
    name = unicodedata.normalize("NFKC", username).strip()
    if not name:
        raise InvalidUsername("a username needs at least one visible character")
    if len(name) > LONGEST_USERNAME:
        raise InvalidUsername(f"a username has at most {LONGEST_USERNAME} characters")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in name):
        raise InvalidUsername("a username has no control or invisible characters")
    return name


def canonical_username(username: str) -> str:
    """The form in which two spellings of one name are equal: NFKC and case-folded (UAX 31 caseless identifiers)."""
    folded = unicodedata.normalize("NFKC", username).strip().casefold()
    return unicodedata.normalize("NFKC", folded)
