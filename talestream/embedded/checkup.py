"""The checks of ``talestream doctor``. Each says what it found, and the remedy where something is to be done."""

import asyncio
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from talestream import assets
from talestream.embedded import servers
from talestream.embedded.errors import StackError
from talestream.embedded.ports import HIGHEST, LOWEST, Ports
from talestream.embedded.setup import damaged_files

PYTHON, NODE = (3, 11), (20,)
DISK_BYTES = 2 << 30
MEMORY_BYTES = 4 << 30
DISTRIBUTION = "talestream"
EXTRA = "embedded"


class Verdict(Enum):
    """How a check went."""

    GOOD = "good"
    NOTE = "note"
    """Works, but not as well as it could."""
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    subject: str
    verdict: Verdict
    message: str
    remedy: str = ""


def check_up() -> Iterator[Finding]:
    """Every check, in the order in which a new machine needs them."""
    yield _python()
    yield _tool("Node.js", "node", ["--version"], NODE, "brings the voices and pictures")
    yield _tool("npm", "npm", ["--version"], None, "brings the voices and pictures")
    yield _tool("make", "make", ["--version"], None, "runs the project's commands", is_needed=False)
    yield _packages()
    yield from _assets()
    yield _binary("broker", servers.broker_binary, ["--version"])
    yield _binary("object store", servers.objects_binary, ["version"])
    yield _ffmpeg()
    yield _ports()
    yield _disk()
    yield _memory()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= PYTHON:
        return Finding("Python", Verdict.GOOD, f"{version} in {sys.prefix}")
    return Finding(
        "Python", Verdict.MISSING, f"{version} is too old", "install Python 3.11 or newer, remove .venv, run make"
    )


def _tool(
    subject: str,
    command: str,
    arguments: list[str],
    least: tuple[int, ...] | None,
    purpose: str,
    *,
    is_needed: bool = True,
) -> Finding:
    bad = Verdict.MISSING if is_needed else Verdict.NOTE
    wanted = f"{subject} {least[0]} or newer" if least else subject
    path = shutil.which(command)
    if path is None:
        return Finding(subject, bad, f"{command} is not on the PATH; it {purpose}", f"install {wanted}")
    try:
        said = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=30, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(subject, bad, f"{path} does not run: {error}", f"install {wanted} anew")
    line = said.strip().splitlines()[0] if said.strip() else ""
    numbers = re.search(r"\d+(\.\d+)*", line)
    version = tuple(int(part) for part in numbers[0].split(".")) if numbers else ()
    if least and version < least:
        return Finding(subject, bad, f"{line} is too old", f"install {wanted}")
    return Finding(subject, Verdict.GOOD, line)


def _packages() -> Finding:
    """The distributions that the embedded stack needs, by the project's own metadata."""
    try:
        required = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return Finding("packages", Verdict.MISSING, "talestream is not installed", servers.REMEDY)
    missing = []
    wanted = 0
    for requirement in required:
        name, _, marker = requirement.partition(";")
        if "extra ==" in marker and f'"{EXTRA}"' not in marker.replace("'", '"'):
            continue
        distribution = re.match(r"[A-Za-z0-9._-]+", name)
        if distribution is None:
            continue
        wanted += 1
        try:
            importlib.metadata.version(distribution[0])
        except importlib.metadata.PackageNotFoundError:
            missing.append(distribution[0])
    if missing:
        return Finding("packages", Verdict.MISSING, f"missing: {', '.join(sorted(missing))}", servers.REMEDY)
    return Finding("packages", Verdict.GOOD, f"all {wanted} that are required directly are installed")


def _assets() -> Iterator[Finding]:
    folder = assets.assets_folder()
    for package in assets.PACKAGES:
        found = assets.installed(folder, package)
        remedy = "run 'talestream setup'"
        if found is None:
            yield Finding("assets", Verdict.MISSING, f"{package.spec} is not in {folder}", remedy)
            continue
        damaged = list(damaged_files(folder, found))
        if damaged:
            remedy = f"remove {assets.receipt_path(folder, package)} and run 'talestream setup'"
            yield Finding("assets", Verdict.MISSING, f"{package.spec}: damaged: {', '.join(damaged)}", remedy)
        else:
            yield Finding("assets", Verdict.GOOD, f"{package.spec}: {len(found.files)} files, hashes as expected")


def _binary(subject: str, find: Callable[[], Path], arguments: list[str]) -> Finding:
    try:
        path = find()
        version = asyncio.run(servers.version_of(path, *arguments))
    except StackError as error:
        return Finding(subject, Verdict.MISSING, error.message, error.remedy)
    except (OSError, TimeoutError) as error:
        return Finding(
            subject, Verdict.MISSING, f"does not run here: {error}", "see that this machine is x86-64 or ARM Linux"
        )
    return Finding(subject, Verdict.GOOD, version.splitlines()[0])


def _ffmpeg() -> Finding:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe  # noqa: PLC0415 (one of the packages whose absence is found here)

        path = Path(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        return Finding("ffmpeg", Verdict.MISSING, f"no ffmpeg: {error}", servers.REMEDY)
    return _binary("ffmpeg", lambda: path, ["-version"])


def _ports() -> Finding:
    try:
        with closing(Ports([str(number) for number in range(24)])):
            return Finding("ports", Verdict.GOOD, f"there are free ones between {LOWEST} and {HIGHEST}")
    except StackError as error:
        return Finding("ports", Verdict.MISSING, error.message, error.remedy)


def _disk() -> Finding:
    folder = assets.default_folder(Path())
    free = shutil.disk_usage(folder).free
    message = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < DISK_BYTES:
        return Finding(
            "disk", Verdict.MISSING, message, f"free {DISK_BYTES >> 30} GiB: a film with its parts takes up to 0.2"
        )
    return Finding("disk", Verdict.GOOD, message)


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    message = f"{total / 2**30:.1f} GiB, {os.cpu_count()} processors"
    if total < MEMORY_BYTES:
        return Finding("memory", Verdict.NOTE, message, f"{MEMORY_BYTES >> 30} GiB or more are better")
    return Finding("memory", Verdict.GOOD, message)
