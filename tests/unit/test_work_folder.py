"""Temporary files of attempts do not outlive them, nor for long a worker that was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from talestream.work_folder import remove_left_over, work_folder

WORKER = """
import sys, time
from pathlib import Path
from talestream.work_folder import work_folder
with work_folder("video", Path(sys.argv[1])) as folder:
    (folder / "page1.mp4").write_bytes(bytes(1000))
    print("working", flush=True)
    time.sleep(600)
"""


def test_a_folder_is_gone_with_all_that_is_in_it_when_its_attempt_ends(tmp_path: Path) -> None:
    with work_folder("video", tmp_path) as folder:
        (folder / "given").mkdir()
        (folder / "given" / "1.picture").write_bytes(b"picture")
        assert folder.name.startswith("talestream-video-")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_gone_when_its_attempt_fails(tmp_path: Path) -> None:
    def work() -> None:
        with work_folder("video", tmp_path) as folder:
            (folder / "page1.mp4").write_bytes(b"half a page")
            raise RuntimeError("failed")

    with pytest.raises(RuntimeError):
        work()
    assert not list(tmp_path.iterdir())


def test_the_folder_of_a_killed_worker_is_removed_and_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == b"working\n"
        (tmp_path / "talestream-of-somebody-else").mkdir()
        assert remove_left_over(tmp_path) == 0
        os.kill(workers[0].pid, signal.SIGKILL)
        workers[0].wait()
        assert remove_left_over(tmp_path) == 1
        [living] = tmp_path.glob("talestream-video-*/")
        assert (living / "page1.mp4").stat().st_size == 1000
        assert (tmp_path / "talestream-of-somebody-else").is_dir()
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
