"""Register, sign in, stay signed in."""

from dataclasses import dataclass
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from talestream.auth.passwords import hash_password, is_outdated, is_password
from talestream.auth.refresh import RefreshFamilies
from talestream.auth.throttle import LoginThrottle
from talestream.auth.tokens import AccessTokens
from talestream.auth.users import User, Users, clean_username
from talestream.clock import Clock
from talestream.settings import AuthSettings


class WrongCredentials(Exception):
    """No such user, or not their password: nobody is told which."""


class RefreshRefused(Exception):
    """The refresh token is unknown, expired, or was used before; in the last case its family has ended."""


@dataclass(frozen=True)
class Session:
    """What a login or a refresh gives."""

    access_token: str
    refresh_token: str


class Accounts:
    """The accounts in one database."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]], auth: AuthSettings, clock: Clock) -> None:
        self._users = Users(database)
        self._families = RefreshFamilies(database, auth)
        self._throttle = LoginThrottle(database, auth)
        self._tokens = AccessTokens(auth)
        self._clock = clock

    async def prepare(self) -> None:
        """Create the indexes; called once at start, harmless when repeated."""
        await self._users.prepare()
        await self._families.prepare()
        await self._throttle.prepare()

    async def register(self, username: str, password: str) -> User:
        """Create an account. InvalidUsername, or UsernameTaken when the name is in use in any spelling of it."""
        name = clean_username(username)
        return await self._users.add(name, await hash_password(password), self._clock.now())

    async def login(self, username: str, password: str, address: str) -> Session:
        """Sign in from a network address. WrongCredentials, or TooManyFailures when guessing is suspected."""
        await self._throttle.admit(username, address, self._clock.now())
        user = await self._users.find(username)
        if not await is_password(user.password_hash if user else None, password) or user is None:
            raise WrongCredentials
        await self._throttle.forgive(username, address)
        if is_outdated(user.password_hash):
            await self._users.replace_hash(user, await hash_password(password))
        refresh_token = await self._families.start(user.id, self._clock.now())
        return self._session(user.id, refresh_token)

    async def refresh(self, refresh_token: str) -> Session:
        """A new access token and the next refresh token for the newest one. RefreshRefused for any other."""
        rotated = await self._families.rotate(refresh_token, self._clock.now())
        if rotated is None:
            raise RefreshRefused
        return self._session(*rotated)

    def verify(self, access_token: str) -> int:
        """The id of the user whose access token this is. InvalidToken says why there is none."""
        return self._tokens.verify(access_token)

    def _session(self, user_id: int, refresh_token: str) -> Session:
        return Session(self._tokens.issue(user_id, self._clock.now()), refresh_token)
