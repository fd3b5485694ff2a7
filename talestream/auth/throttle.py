"""How many wrong passwords a name and an address may have in a while: counted in the database, so over all processes.

An attempt is counted before its password is checked and forgiven when it was right, so that a hundred guesses at once
are counted as a hundred.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from talestream.auth.users import canonical_username
from talestream.settings import AuthSettings

Document = dict[str, Any]


class TooManyFailures(Exception):
    """Too many wrong passwords. ``retry_after_s``: when the next attempt is looked at."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"too many failed logins; try again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class LoginThrottle:
    """The collection ``login_failures``: a count a name and an address, each with the end of its window."""

    def __init__(self, database: AsyncIOMotorDatabase[Document], auth: AuthSettings) -> None:
        """The database's client must be ``tz_aware``."""
        self._collection = database["login_failures"]
        self._window = timedelta(seconds=auth.login_window_s)
        self._limits = {"name": auth.login_failures, "address": auth.login_failures_per_address}

    async def prepare(self) -> None:
        """Let the database drop counts whose window is over."""
        await self._collection.create_index("until", expireAfterSeconds=0)

    async def admit(self, username: str, address: str, now: datetime) -> None:
        """Count an attempt. TooManyFailures when the name or the address has had its share."""
        for kind, key in self._keys(username, address):
            count = await self._count(key, now)
            if count["failures"] > self._limits[kind]:
                raise TooManyFailures(max(1, round((count["until"] - now).total_seconds())))

    async def forgive(self, username: str, address: str) -> None:
        """The attempt was right: the name starts anew, and the address gets its attempt back."""
        (_, name), (_, place) = self._keys(username, address)
        await self._collection.delete_one({"_id": name})
        await self._collection.update_one({"_id": place, "failures": {"$gt": 0}}, {"$inc": {"failures": -1}})

    async def _count(self, key: str, now: datetime) -> Document:
        """Add one to the count of a window, which starts with its first attempt."""
        fresh = {"failures": 1, "until": now + self._window}
        while True:
            for condition, change in (({"$gt": now}, {"$inc": {"failures": 1}}), ({"$lte": now}, {"$set": fresh})):
                counted = await self._collection.find_one_and_update(
                    {"_id": key, "until": condition}, change, return_document=ReturnDocument.AFTER
                )
                if counted is not None:
                    return counted
            try:
                await self._collection.insert_one({"_id": key, **fresh})
            except DuplicateKeyError:
                continue
            return fresh

    @staticmethod
    def _keys(username: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("name", f"name:{canonical_username(username)}"), ("address", f"address:{network_of(address)}")


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 network that one IPv6 subscriber has."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return str(parsed)
