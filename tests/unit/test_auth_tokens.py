"""Access tokens: what proves who somebody is, and what must not."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jose import jwt
from pydantic import SecretStr

from talestream.auth import AccessTokens, InvalidToken
from talestream.settings import AuthSettings

SECRET = "a secret of this test that is long enough"
TOKENS = AccessTokens(AuthSettings(secret=SecretStr(SECRET)))


def now() -> datetime:
    return datetime.now(UTC)


def claims(**changes: Any) -> dict[str, Any]:
    issued = int(now().timestamp())
    good = {"iss": "talestream", "aud": "talestream-api", "sub": "7", "jti": "x", "iat": issued, "exp": issued + 60}
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


def signed(header: dict[str, Any], payload: Any, secret: str = SECRET) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    mac = hmac.new(secret.encode(), ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


def test_an_issued_token_names_its_user() -> None:
    assert TOKENS.verify(TOKENS.issue(2**53 - 1, now())) == 2**53 - 1


def test_every_token_is_different_even_within_one_second() -> None:
    moment = now()
    assert TOKENS.issue(7, moment) != TOKENS.issue(7, moment)


def test_a_token_signed_by_hand_with_the_right_secret_and_claims_is_good() -> None:
    assert TOKENS.verify(signed({"alg": "HS256", "typ": "JWT"}, claims())) == 7


def test_a_token_expires_after_its_fifteen_minutes() -> None:
    assert TOKENS.verify(TOKENS.issue(7, now() - timedelta(minutes=14))) == 7
    with pytest.raises(InvalidToken, match="expired"):
        TOKENS.verify(TOKENS.issue(7, now() - timedelta(minutes=15, seconds=5)))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS384", "HS512", "RS256", "", None, ["HS256"], 5])
def test_no_other_algorithm_is_accepted_whatever_the_header_says(algorithm: Any) -> None:
    forged = signed({"alg": algorithm, "typ": "JWT"}, claims())
    for token in (forged, forged.rpartition(".")[0] + ".", forged.rpartition(".")[0] + ".AA"):
        with pytest.raises(InvalidToken):
            TOKENS.verify(token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_properly_signed_with_another_algorithm_and_our_secret_is_refused(algorithm: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(jwt.encode(claims(), SECRET, algorithm=algorithm))


def test_a_token_signed_with_another_secret_is_refused() -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(signed({"alg": "HS256"}, claims(), secret="another secret, also of some length"))


@pytest.mark.parametrize("missing", ["iss", "aud", "sub", "jti", "exp", "iat"])
def test_every_claim_is_required(missing: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(signed({"alg": "HS256"}, claims(**{missing: None})))


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "somebody"},
        {"aud": "another-api"},
        {"aud": ["another-api"]},
        {"sub": "0"},
        {"sub": "-7"},
        {"sub": "07"},
        {"sub": "admin"},
        {"sub": "7 "},
        {"sub": "٧"},
        {"sub": 7},
        {"sub": "9" * 40},
        {"exp": "soon"},
        {"exp": []},
        {"exp": 1e400},
        {"iat": []},
        {"iat": {}},
        {"iat": 9_999_999_999},
        {"iat": 1e400},
        {"nbf": 9_999_999_999},
    ],
)
def test_a_claim_with_a_wrong_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(signed({"alg": "HS256"}, claims(**wrong)))


@pytest.mark.parametrize("payload", [[], "text", 5, None, {}])
def test_a_payload_that_is_no_set_of_claims_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(signed({"alg": "HS256"}, payload))


def test_a_changed_payload_breaks_the_signature() -> None:
    header, _, signature = TOKENS.issue(7, now()).split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims(sub="8")).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidToken):
        TOKENS.verify(f"{header}.{payload}.{signature}")


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}\.[A-Za-z0-9_-]{0,60}")))
def test_anything_else_is_refused_as_a_token(text: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.verify(text)


def test_a_huge_token_is_refused_unread() -> None:
    with pytest.raises(InvalidToken, match="not a token"):
        TOKENS.verify("a" * 1_000_000 + ".b.c")
