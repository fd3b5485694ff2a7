"""Calls that all workers together may make in a minute, with and without Redis."""

import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from talestream import cancellation
from talestream.embedded.servers import redis_binary
from talestream.errors import Cancelled
from talestream.rate_limit import RateLimit


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    """A Redis of these tests alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [str(redis_binary()), "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert any("Ready to accept connections" in line for line in server.stdout)
        yield SecretStr(f"redis://127.0.0.1:{port}/0")
        server.terminate()


def test_whoever_shares_a_redis_shares_the_limit(redis_url: SecretStr) -> None:
    first, second = RateLimit("acme", 3, redis_url), RateLimit("acme", 3, redis_url)
    first.wait()
    second.wait()
    first.wait()
    assert_waits(first.wait)
    assert_waits(second.wait)
    RateLimit("another", 3, redis_url).wait()


@pytest.mark.parametrize("url", [None, "gone"])
def test_without_redis_each_process_counts_for_itself(url: str | None, tmp_path: Path) -> None:
    redis = SecretStr(f"redis+unix://{tmp_path}/nobody.sock") if url else None
    first, second = RateLimit("acme", 2, redis), RateLimit("acme", 2, redis)
    for one in (first, second):
        one.wait()
        one.wait()
        assert_waits(one.wait)


def test_the_turn_of_the_clocks_minute_makes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    turn_s = 60 * 30_000_000
    limit = RateLimit("acme", 2, None)
    monkeypatch.setattr(time, "time", lambda: turn_s - 0.1)
    limit.wait()
    limit.wait()
    monkeypatch.setattr(time, "time", lambda: turn_s + 0.1)
    assert_waits(limit.wait)
    monkeypatch.setattr(time, "time", lambda: turn_s + 60.0)
    limit.wait()


def assert_waits(wait: Callable[[], None]) -> None:
    """It does not return: it is only ended by a cancel."""
    cancelled = threading.Event()
    ended: list[BaseException | None] = []

    def work() -> None:
        cancellation.bind(cancelled)
        try:
            wait()
        except Cancelled as error:
            ended.append(error)
        else:
            ended.append(None)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.3)
    assert ended == []
    cancelled.set()
    thread.join()
    assert isinstance(ended[0], Cancelled)
