"""Who is asking: accounts, passwords, access tokens and refresh families.

The API signs people in through :class:`Accounts`; every service that is shown an access token asks
:func:`verify_access_token`, which needs no database.
"""

from talestream.auth.accounts import Accounts, RefreshRefused, Session, WrongCredentials
from talestream.auth.principal import Principal, owner_of
from talestream.auth.throttle import TooManyFailures
from talestream.auth.tokens import AccessTokens, InvalidToken, verify_access_token
from talestream.auth.users import InvalidUsername, User, UsernameTaken

__all__ = [
    "AccessTokens",
    "Accounts",
    "InvalidToken",
    "InvalidUsername",
    "Principal",
    "RefreshRefused",
    "Session",
    "TooManyFailures",
    "User",
    "UsernameTaken",
    "WrongCredentials",
    "owner_of",
    "verify_access_token",
]
