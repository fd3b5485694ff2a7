"""The folder of a stack: one stack at a time, private, and its state kept between runs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from talestream.embedded.errors import StackError
from talestream.embedded.folder import OLD_LOG_BYTES, StackFolder, StackState

STATE = StackState(pid=4711, run_id="ab", is_ready=True, url="http://127.0.0.1:20000", ports={"api": 20000})


def test_a_second_stack_in_the_folder_is_refused_with_the_first_one_s_pid(tmp_path: Path) -> None:
    first, second = StackFolder(tmp_path), StackFolder(tmp_path)
    first.acquire()
    first.write_state(STATE)
    try:
        assert second.is_locked
        with pytest.raises(StackError, match=r"already running .*pid 4711"):
            second.acquire()
    finally:
        first.release()
    assert not second.is_locked
    second.acquire()
    second.release()


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from talestream.embedded.folder import StackFolder; "
        "StackFolder(pathlib.Path(sys.argv[1])).acquire(); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == 9
    folder = StackFolder(tmp_path)
    folder.acquire()
    folder.release()


def test_only_its_owner_can_read_a_stack_and_its_secrets(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path / "stack")
    folder.acquire()
    try:
        folder.secrets()
        folder.write_state(STATE)
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert (folder.path / "secrets.json").stat().st_mode & 0o777 == 0o600
        assert (folder.path / "state.json").stat().st_mode & 0o777 == 0o600
        assert folder.data("database").stat().st_mode & 0o777 == 0o700
    finally:
        folder.release()


def test_secrets_are_made_once_and_differ_between_stacks(tmp_path: Path) -> None:
    folders = [StackFolder(tmp_path / name) for name in ("one", "two")]
    for folder in folders:
        folder.acquire()
        folder.release()
    first, second = (folder.secrets() for folder in folders)
    assert folders[0].secrets() == first
    assert len(first.auth_secret) >= 32
    assert not {first.auth_secret, first.secret_key, first.user_password} & {
        second.auth_secret,
        second.secret_key,
        second.user_password,
    }


def test_damaged_secrets_are_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    with pytest.raises(StackError, match="damaged") as refused:
        StackFolder(tmp_path).secrets()
    assert "remove it" in refused.value.remedy


def test_state_survives_and_what_cannot_be_read_counts_as_nothing(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    assert folder.state() == StackState()
    folder.write_state(STATE)
    assert folder.state() == STATE
    folder.write_state(replace(STATE, is_ready=False))
    assert not folder.state().is_ready
    (tmp_path / "state.json").write_text('{"pid": 1, "from the": "future"}')
    assert folder.state() == StackState()


def test_a_folder_that_cannot_be_made_is_said_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StackError) as refused:
        StackFolder(tmp_path / "file" / "stack").acquire()
    assert "--dir" in refused.value.remedy


def test_a_long_log_is_set_aside_at_the_start(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    (tmp_path / "logs").mkdir()
    with folder.log("image").open("wb") as file:
        file.truncate(OLD_LOG_BYTES + 1)
    with folder.open_log("image") as log:
        log.write("last words\nof 图片\n".encode())
    assert folder.log("image").with_suffix(".log.1").stat().st_size == OLD_LOG_BYTES + 1
    assert folder.log_tail("image", lines=1) == "of 图片"
    assert folder.log_tail("never started") == ""
