"""When a server that has met a full disk must be started anew."""

import shutil
from pathlib import Path

import pytest

from talestream.embedded.full_disk import ROOM_BYTES, SIGN, FullDisk


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "objects.log"
    path.write_bytes(b"started\n")
    return path


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Until this is undone the disk has next to no room."""
    usage = shutil.disk_usage("/")._replace(free=ROOM_BYTES - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    return monkeypatch


def note(log: Path) -> None:
    with log.open("ab") as file:
        file.write(b"write filerldb2/03/000016.log: " + SIGN + b"\n")


def set_aside(log: Path) -> None:
    log.rename(log.with_suffix(".log.1"))


async def test_a_server_that_never_met_a_full_disk_runs_on(log: Path, tmp_path: Path) -> None:
    assert not await FullDisk(log, tmp_path).is_over()
    assert not await FullDisk(tmp_path / "no.log", tmp_path).is_over()


async def test_it_is_started_anew_once_there_is_room_again_and_not_before(
    log: Path, tmp_path: Path, no_room: pytest.MonkeyPatch
) -> None:
    disk = FullDisk(log, tmp_path)
    note(log)
    assert [await disk.is_over() for _ in range(2)] == [False, False]
    no_room.undo()
    assert [await disk.is_over() for _ in range(2)] == [True, False]
    note(log)
    assert await disk.is_over()


async def test_a_log_that_was_set_aside_is_read_from_its_start(log: Path, tmp_path: Path) -> None:
    disk = FullDisk(log, tmp_path)
    note(log)
    note(log)
    assert await disk.is_over()
    set_aside(log)
    note(log)
    assert await disk.is_over()
