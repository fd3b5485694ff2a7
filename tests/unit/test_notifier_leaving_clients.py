"""A client that leaves before it is answered is no fault: neither its stream's nor the log's."""

import pytest
from pydantic import SecretStr

from services.notifier.hub import Hub
from services.notifier.websocket import notifications
from talestream.auth import AccessTokens
from talestream.clock import SystemClock
from talestream.settings import AuthSettings
from tests.leaving_client import LeavingClient
from tests.memory_log import MemoryLog, no_tasks

TOKENS = AccessTokens(AuthSettings(secret=SecretStr("a secret of this test, long enough for it")))


@pytest.mark.parametrize("token", [TOKENS.issue(7, SystemClock().now()), "bad"])
async def test_a_client_that_leaves_during_its_handshake_is_answered_once_and_left_alone(token: str) -> None:
    client = LeavingClient()
    await notifications(client.socket("/ws/notifications", f"token={token}"), Hub(MemoryLog(), no_tasks, 10), TOKENS)
    assert client.offered == ["websocket.accept"]
