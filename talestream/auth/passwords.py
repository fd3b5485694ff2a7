"""Passwords are stored as Argon2id hashes (RFC 9106) with the OWASP parameters: 19 MiB, two passes, one lane.

Hashing is tens of milliseconds of CPU and its memory for each call, so it runs in two threads of its own: a burst of
logins waits in line instead of taking the machine from everybody else.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")

NOBODY = (
    f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    "$bm9ib2R5bm9ib2R5bm9ibw$bm9ib2R5IGhhcyB0aGlzIHBhc3N3b3JkLCBuZXZlciE"
)
"""Checked when there is no such user, so that this costs the same as a wrong password. No password has this hash."""


async def hash_password(password: str) -> str:
    """The hash to store, with salt and parameters in it."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _canonical(password))


async def is_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one of the stored hash. None, for a user that does not exist, costs the same."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored or NOBODY, _canonical(password))


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's and should be made again at the next login."""
    return _hasher.check_needs_rehash(stored)


def _verify(stored: str, password: bytes) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _canonical(password: str) -> bytes:
    """The same bytes for the same characters, whatever keyboard they came from (RFC 8265 OpaqueString)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
