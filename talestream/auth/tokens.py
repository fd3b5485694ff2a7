"""Access tokens: JWTs signed with HS256, valid for some minutes, checked without a database."""

import re
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from jose import jwt
from jose.exceptions import ExpiredSignatureError, JWTError

from talestream.settings import AuthSettings, settings

ALGORITHM = "HS256"
ISSUER = "talestream"
AUDIENCE = "talestream-api"
CLOCK_SKEW_S = 30

_COMPACT = re.compile(r"[A-Za-z0-9_-]{1,512}\.[A-Za-z0-9_-]{1,2048}\.[A-Za-z0-9_-]{1,256}")
_REQUIRED = {f"require_{claim}": True for claim in ("iss", "aud", "sub", "jti", "exp", "iat")}


class InvalidToken(Exception):
    """The token proves nothing. ``reason`` is for the client and says no more than it needs to know."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AccessTokens:
    """Issues and checks access tokens with one secret."""

    def __init__(self, auth: AuthSettings) -> None:
        self._secret = auth.secret.get_secret_value()
        self._lifetime = timedelta(seconds=auth.access_token_s)

    def issue(self, user_id: int, now: datetime) -> str:
        """A token that shows its bearer to be this user until it expires."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "jti": secrets.token_urlsafe(12),
            "iat": int(now.timestamp()),
            "exp": int((now + self._lifetime).timestamp()),
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM)

    def verify(self, token: str) -> int:
        """The id of the user whose token this is. InvalidToken when it is expired, forged or not a token at all."""
        if not _COMPACT.fullmatch(token):
            raise InvalidToken("not a token")
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=_REQUIRED
            )
            issued_at = int(claims["iat"])
        except ExpiredSignatureError as error:
            raise InvalidToken("the token has expired") from error
        except (JWTError, TypeError, ValueError, OverflowError) as error:
            raise InvalidToken("the token is not valid") from error
        if issued_at > datetime.now(UTC).timestamp() + CLOCK_SKEW_S:
            raise InvalidToken("the token is not valid yet")
        return _user_id(claims["sub"])


def verify_access_token(token: str) -> int:
    """The id of the user whose token this is, by this process's settings. InvalidToken says why there is none."""
    return _tokens().verify(token)


@cache
def _tokens() -> AccessTokens:
    return AccessTokens(settings().auth)


def _user_id(subject: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,15}", subject):
        raise InvalidToken("the token is not valid")
    return int(subject)
