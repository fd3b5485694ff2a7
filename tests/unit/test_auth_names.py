"""Names, addresses and passwords in their canonical forms."""

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError

from talestream.auth import InvalidUsername, Principal
from talestream.auth.passwords import NOBODY, hash_password, is_outdated, is_password
from talestream.auth.throttle import network_of
from talestream.auth.users import canonical_username, clean_username


@pytest.mark.parametrize(
    ("one", "another"),
    [("Mia", "mia"), ("MIA", "mia"), ("ｍｉａ", "mia"), ("Straße", "STRASSE"), ("ﬁn", "FIN"), ("é", "e\u0301")],
)
def test_spellings_that_look_alike_are_one_name(one: str, another: str) -> None:
    assert canonical_username(one) == canonical_username(another)


@pytest.mark.parametrize(("one", "another"), [("mia", "mila"), ("小明", "小红"), ("a b", "ab")])
def test_different_names_stay_different(one: str, another: str) -> None:
    assert canonical_username(one) != canonical_username(another)


def test_a_name_is_shown_as_its_owner_spells_it() -> None:
    assert clean_username("  Ｍia 小明 ") == "Mia 小明"


@pytest.mark.parametrize("name", ["", "   ", "\u3000", "a\x00b", "a\nb", "a\u200bb", "a\u202eb", "\ud800", "x" * 151])
def test_what_cannot_be_seen_or_is_too_long_is_no_name(name: str) -> None:
    with pytest.raises(InvalidUsername):
        clean_username(name)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_counts_with_its_whole_subscriber_network(address: str, network: str) -> None:
    assert network_of(address) == network


async def test_a_password_is_known_again_by_its_hash_alone() -> None:
    stored = await hash_password("correct horse")
    assert "correct" not in stored
    assert not is_outdated(stored)
    assert await is_password(stored, "correct horse")
    assert not await is_password(stored, "correct horsf")
    assert stored != await hash_password("correct horse")


async def test_the_same_password_typed_on_another_keyboard_is_the_same() -> None:
    assert await is_password(await hash_password("caf\u00e9"), "cafe\u0301")


@pytest.mark.parametrize("password", ["", "nobody has this password, never!", "x"])
async def test_nobody_has_no_password(password: str) -> None:
    assert not await is_password(None, password)


async def test_a_broken_stored_hash_fits_no_password() -> None:
    assert not await is_password("not a hash", "not a hash")


def test_checking_nobody_is_a_whole_argon2_run_with_the_parameters_of_a_real_hash() -> None:
    real = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
    assert extract_parameters(NOBODY) == extract_parameters(real.hash("x"))
    with pytest.raises(VerifyMismatchError):
        real.verify(NOBODY, "x")


async def test_a_hash_with_other_parameters_is_outdated_but_still_good() -> None:
    stored = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=2).hash("old")
    assert is_outdated(stored)
    assert await is_password(stored, "old")


def test_a_user_owns_by_its_id() -> None:
    assert Principal.of_user(7).owner == "user:7"
