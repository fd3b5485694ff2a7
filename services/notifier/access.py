"""Who opens a stream and from where: the access token and the cursor of a connection."""

from starlette.requests import HTTPConnection

from talestream.auth import AccessTokens, owner_of


class BadCursor(ValueError):
    """The cursor is not a number that a stream could have given."""


def owner_by_token(connection: HTTPConnection, tokens: AccessTokens) -> str:
    """The owner whose access token the connection shows. InvalidToken when it shows none that is good.

    The token comes as ``Authorization: Bearer`` or, because browsers let no page set headers on a WebSocket or an
    EventSource, as the query parameter ``token``. It is checked once, here: a stream stays open when its token expires
    later. A token lives for 15 minutes and cannot be withdrawn meanwhile, a film may take longer, and clients in the
    field do not expect to be cut off; whoever connects again needs a token that is good then.
    """
    scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
    token = credentials.strip() if scheme.lower() == "bearer" else connection.query_params.get("token", "")
    return owner_of(tokens.verify(token))


def cursor_of(connection: HTTPConnection) -> int | None:
    """The cursor behind which the client wants to go on; None when it names none. BadCursor when it is no number.

    A browser that connects again sends the last ``id`` of its EventSource as a header, which counts before the
    parameter ``since``, or ``after``, of the address that it once opened.
    """
    query = connection.query_params
    text = connection.headers.get("last-event-id") or query.get("since") or query.get("after")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadCursor("a cursor is a whole number from 0, as a notification gave it")
    return int(text)


def is_asked(connection: HTTPConnection, parameter: str) -> bool:
    """Whether the client asks for what this parameter stands for."""
    return connection.query_params.get(parameter, "").lower() in {"1", "true"}
