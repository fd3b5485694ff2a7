"""Accounts against the real database, with a clock that the test sets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from talestream.auth import Accounts, RefreshRefused, Session, TooManyFailures, UsernameTaken, WrongCredentials
from talestream.settings import Settings

PASSWORD = "a passphrase of this test"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.1"


@dataclass
class SetClock:
    """Stands still until it is moved."""

    time: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
async def database(own_database: Settings) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        own_database.mongo.uri.get_secret_value(), tz_aware=True
    )
    yield client[own_database.mongo.database]
    client.close()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def accounts(
    database: AsyncIOMotorDatabase[dict[str, Any]], infrastructure: Settings, clock: SetClock
) -> Accounts:
    auth = infrastructure.auth.model_copy(update={"login_failures": 3, "login_failures_per_address": 6})
    opened = Accounts(database, auth, clock)
    await opened.prepare()
    return opened


async def sign_in(accounts: Accounts, name: str = "mia", address: str = HERE) -> Session:
    return await accounts.login(name, PASSWORD, address)


async def guess(accounts: Accounts, name: str, address: str = HERE) -> str:
    """What comes of a wrong password."""
    try:
        await accounts.login(name, "a wrong guess", address)
    except (WrongCredentials, TooManyFailures) as error:
        return type(error).__name__
    return "signed in"


async def test_of_many_who_register_one_name_at_once_one_gets_it(accounts: Accounts) -> None:
    names = ["mia", "Mia", "MIA", "ｍｉａ"] * 3
    outcomes = await asyncio.gather(*(accounts.register(name, PASSWORD) for name in names), return_exceptions=True)
    assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UsernameTaken) for outcome in outcomes) == len(names) - 1


async def test_ids_are_random_and_exact_in_javascript(accounts: Accounts) -> None:
    ids = [(await accounts.register(f"user {number}", PASSWORD)).id for number in range(5)]
    assert len(set(ids)) == 5
    assert all(0 < one < 2**53 for one in ids)
    assert max(ids) - min(ids) > 2**40


async def test_the_database_holds_neither_a_password_nor_a_token(
    accounts: Accounts, database: AsyncIOMotorDatabase[dict[str, Any]]
) -> None:
    await accounts.register("mia", PASSWORD)
    session = await sign_in(accounts)
    stored = str([await database[name].find().to_list(None) for name in await database.list_collection_names()])
    assert "mia" in stored
    for secret in (PASSWORD, session.access_token, session.refresh_token, session.refresh_token.split(".")[1]):
        assert secret not in stored


async def test_a_signed_in_user_is_known_by_the_access_token(accounts: Accounts) -> None:
    user = await accounts.register("mia", PASSWORD)
    assert accounts.verify((await sign_in(accounts)).access_token) == user.id


async def test_a_chain_of_refreshes_goes_on(accounts: Accounts) -> None:
    user = await accounts.register("mia", PASSWORD)
    session = await sign_in(accounts)
    seen = {session.refresh_token}
    for _ in range(5):
        session = await accounts.refresh(session.refresh_token)
        assert session.refresh_token not in seen
        seen.add(session.refresh_token)
    assert accounts.verify(session.access_token) == user.id


async def test_any_older_token_of_a_family_ends_it(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    first = await sign_in(accounts)
    second = await accounts.refresh(first.refresh_token)
    third = await accounts.refresh(second.refresh_token)
    with pytest.raises(RefreshRefused):
        await accounts.refresh(first.refresh_token)
    for token in (third.refresh_token, second.refresh_token, first.refresh_token):
        with pytest.raises(RefreshRefused):
            await accounts.refresh(token)


async def test_of_many_refreshes_at_once_with_one_token_at_most_one_goes_through(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    session = await sign_in(accounts)
    outcomes = await asyncio.gather(
        *(accounts.refresh(session.refresh_token) for _ in range(10)), return_exceptions=True
    )
    winners = [outcome for outcome in outcomes if isinstance(outcome, Session)]
    assert len(winners) <= 1
    for winner in winners:
        with pytest.raises(RefreshRefused):
            await accounts.refresh(winner.refresh_token)


async def test_a_login_that_is_not_refreshed_for_two_weeks_expires(accounts: Accounts, clock: SetClock) -> None:
    await accounts.register("mia", PASSWORD)
    session = await sign_in(accounts)
    clock.move(days=13)
    session = await accounts.refresh(session.refresh_token)
    clock.move(days=13)
    session = await accounts.refresh(session.refresh_token)
    clock.move(days=14, seconds=1)
    with pytest.raises(RefreshRefused):
        await accounts.refresh(session.refresh_token)


async def test_a_name_may_have_so_many_wrong_passwords_and_then_must_wait(accounts: Accounts, clock: SetClock) -> None:
    await accounts.register("mia", PASSWORD)
    assert [await guess(accounts, "mia") for _ in range(3)] == ["WrongCredentials"] * 3
    with pytest.raises(TooManyFailures) as refused:
        await sign_in(accounts)
    assert refused.value.retry_after_s == 300
    clock.move(seconds=200)
    with pytest.raises(TooManyFailures) as refused:
        await sign_in(accounts, "MIA", ELSEWHERE)
    assert refused.value.retry_after_s == 100
    clock.move(seconds=101)
    assert await sign_in(accounts)


async def test_a_name_that_nobody_has_is_throttled_the_same(accounts: Accounts) -> None:
    assert [await guess(accounts, "nobody") for _ in range(4)] == ["WrongCredentials"] * 3 + ["TooManyFailures"]


async def test_an_address_that_tries_many_names_must_wait(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    assert {await guess(accounts, f"name {number}") for number in range(6)} == {"WrongCredentials"}
    with pytest.raises(TooManyFailures):
        await sign_in(accounts)
    assert await sign_in(accounts, address=ELSEWHERE)


async def test_a_right_password_forgives_the_wrong_ones_before_it(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    for _ in range(2):
        assert [await guess(accounts, "mia", ELSEWHERE) for _ in range(2)] == ["WrongCredentials"] * 2
        assert await sign_in(accounts)


async def test_signing_in_rightly_is_never_throttled(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    for _ in range(10):
        assert await sign_in(accounts)


async def test_guesses_that_come_all_at_once_are_counted_all(accounts: Accounts) -> None:
    await accounts.register("mia", PASSWORD)
    outcomes = await asyncio.gather(*(guess(accounts, "mia") for _ in range(20)))
    assert outcomes.count("WrongCredentials") <= 3
    assert outcomes.count("TooManyFailures") >= 17


async def test_an_outdated_hash_is_made_anew_at_the_next_login(
    accounts: Accounts, database: AsyncIOMotorDatabase[dict[str, Any]]
) -> None:
    await accounts.register("mia", PASSWORD)
    outdated = await asyncio.to_thread(_weak_hash, PASSWORD)
    await database["users"].update_one({"_id": "mia"}, {"$set": {"password_hash": outdated}})
    assert await sign_in(accounts)
    stored = await database["users"].find_one({"_id": "mia"})
    assert stored is not None
    assert stored["password_hash"] != outdated
    assert await sign_in(accounts)


def _weak_hash(password: str) -> str:
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(password)
