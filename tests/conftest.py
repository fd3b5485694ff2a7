"""The embedded servers for the tests that need them: started once a session, at the first use. And which tests want the
machine for themselves.
"""

import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import hypothesis
import pytest
import pytest_asyncio

from talestream.embedded.stack import Stack
from talestream.settings import Settings

# What is slow on a busy machine is not wrong. And whoever changed nothing sees what they saw before: new examples are
# searched for with --hypothesis-profile=search.
hypothesis.settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("search", hypothesis.settings.get_profile("same"), derandomize=False)
hypothesis.settings.load_profile("same")

TEST_SETTINGS = {
    "TALESTREAM_KAFKA__SESSION_TIMEOUT_S": "1",
    "TALESTREAM_KAFKA__HEARTBEAT_S": "0.25",
    "TALESTREAM_KAFKA__FETCH_MAX_WAIT_MS": "50",
    "TALESTREAM_KAFKA__INCARNATION_CHECK_S": "0.5",
    "TALESTREAM_WORKER__LEASE_S": "9",
    "TALESTREAM_WORKER__NICENESS": "0",
    "TALESTREAM_ADMISSION__RUNNING_TASKS": "1000",
}
"""Short times, because on the embedded broker joining a group takes about a session. The lease alone is longer: a busy
machine may keep a worker from renewing it for seconds. Many places, because tests leave tasks half-way; tests of
admission set their own.
"""

ALONE = [Path(__file__).parent / name for name in ("integration", "e2e", "chaos")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of a file that runs servers: their sessions and leases end where others take the processor."""
    files = {
        item.path for item in items if any(folder in item.path.parents for folder in ALONE) and _runs_servers(item)
    }
    for item in items:
        if item.path in files:
            item.add_marker(pytest.mark.servers)


def _runs_servers(item: pytest.Item) -> bool:
    assert isinstance(item, pytest.Function)
    is_film = item.path.parent.name in {"e2e", "chaos"}
    return is_film or "embedded_servers" in item.fixturenames or Stack in vars(item.module).values()


@pytest_asyncio.fixture(scope="session")
async def embedded_servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Broker, database and object store, running, and this test session's alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALESTREAM_")}
    folder = tmp_path_factory.mktemp("servers")
    async with Stack(folder, services=(), environment={**environment, **TEST_SETTINGS}) as stack:
        yield stack


@pytest.fixture(scope="session")
def infrastructure(embedded_servers: Stack) -> Settings:
    """The settings that reach the embedded servers."""
    return embedded_servers.settings


@pytest.fixture
def own_database(infrastructure: Settings) -> Settings:
    """The same servers with a database of this test alone; broker and bucket are shared."""
    name = f"test_{uuid.uuid4().hex}"
    return infrastructure.model_copy(update={"mongo": infrastructure.mongo.model_copy(update={"database": name})})
