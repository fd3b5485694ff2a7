"""Set-up: brings the data packages and lets installed packages add what they make of them.

A package of Talestream's own kind may add a step by an entry point of the group ``talestream.setup``: a callable
``(assets: Path, progress: Callable[[str], None]) -> None`` that is fast when its work is already done.
"""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from fnmatch import fnmatchcase
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO

from talestream import assets as table
from talestream.assets import DataPackage, Installed, InstalledFile, missing_packages, receipt_path
from talestream.embedded.errors import StackError

Progress = Callable[[str], None]

FREE_BYTES_NEEDED = 400 << 20
"""Archives (96 MB) and what is unpacked from them (165 MB), with room to spare."""
FETCH_TIMEOUT_S = 600
_CHUNK = 1 << 20


def set_up(assets: Path, progress: Progress) -> None:
    """Bring everything that is missing into ``assets``. Safe to repeat and to run twice at once.

    StackError when npm is missing or fails, an archive is not the tested one, or the disk is full.
    """
    with _disk_problems(assets):
        assets.mkdir(parents=True, exist_ok=True)
        with _lock(assets / ".lock"):
            if missing := missing_packages(assets):
                _bring(missing, assets, progress)
            for point in sorted(entry_points(group="talestream.setup"), key=lambda point: point.name):
                point.load()(assets, progress)


def damaged_files(assets: Path, found: Installed) -> Iterator[str]:
    """The files of a receipt whose bytes are no longer what was unpacked. Reads every byte."""
    for relative, file in found.files.items():
        path = assets / relative
        if not path.is_file() or _sha256(path) != file.sha256:
            yield relative


def unpack(package: DataPackage, archive: Path, assets: Path) -> Installed:
    """Check an archive's hash and put the files that are used in their places, each atomically, the receipt last."""
    if (found := _sha256(archive)) != package.sha256:
        raise StackError(
            f"the archive of {package.spec} has sha256 {found}, expected {package.sha256}",
            "npm brought another file than the tested one: check its registry, then run 'talestream setup' again",
        )
    files: dict[str, InstalledFile] = {}
    unmatched = set(package.files)
    with tarfile.open(archive, mode="r:gz") as members:
        for member in members:
            pattern = next((glob for glob in package.files if fnmatchcase(member.name, glob)), None)
            content = members.extractfile(member) if pattern and member.isfile() else None
            if pattern is None or content is None:
                continue
            target = package.files[pattern]
            relative = target + Path(member.name).name if target.endswith("/") else target
            files[relative] = _write(content, assets / relative)
            unmatched.discard(pattern)
    if unmatched:
        raise StackError(
            f"{package.spec} has no {', '.join(sorted(unmatched))}", "report this: the table of assets is wrong"
        )
    receipt = Installed(package_sha256=package.sha256, files=files)
    path = receipt_path(assets, package)
    with tempfile.TemporaryFile() as text:
        text.write(json.dumps(asdict(receipt), indent=1).encode())
        text.seek(0)
        _write(text, path)
    return receipt


def _bring(packages: tuple[DataPackage, ...], assets: Path, progress: Progress) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise StackError("npm is not on the PATH", "install Node.js 20 or newer, which brings npm")
    if shutil.disk_usage(assets).free < FREE_BYTES_NEEDED:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(assets))
    already = len(table.PACKAGES) - len(packages)
    progress(f"bringing {len(packages)} data packages" + (f", {already} are there" if already else ""))
    with (
        tempfile.TemporaryDirectory(prefix=".incoming-", dir=assets) as incoming,
        ThreadPoolExecutor(len(packages)) as pool,
    ):

        def bring(package: DataPackage) -> str:
            archive = _fetch(npm, package, Path(incoming))
            receipt = unpack(package, archive, assets)
            archive.unlink()
            size_bytes = sum(file.size_bytes for file in receipt.files.values())
            return f"{package.spec}: {len(receipt.files)} files, {size_bytes / 1e6:.0f} MB, hash as expected"

        for brought in as_completed([pool.submit(bring, package) for package in packages]):
            progress(brought.result())


def _fetch(npm: str, package: DataPackage, incoming: Path) -> Path:
    """Download one package's archive with npm, which knows the user's registry, proxy and credentials."""
    folder = Path(tempfile.mkdtemp(dir=incoming))
    command = [npm, "pack", "--silent", "--ignore-scripts", f"--pack-destination={folder}", package.spec]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise StackError(
            f"npm did not bring {package.spec} in {FETCH_TIMEOUT_S} s",
            "check the network, then run 'talestream setup' again",
        ) from None
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        said = (done.stderr or done.stdout).strip()[-1000:] or f"npm ended with {done.returncode}"
        if "ENOSPC" in said:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        raise StackError(
            f"npm could not bring {package.spec}: {said}",
            f"check that 'npm view {package.spec}' answers, then run 'talestream setup' again",
        )
    return archives[0]


def _write(content: IO[bytes], target: Path) -> InstalledFile:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size_bytes = hashlib.sha256(), 0
    descriptor, temporary = tempfile.mkstemp(prefix=".incoming-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                size_bytes += len(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return InstalledFile(size_bytes=size_bytes, sha256=digest.hexdigest())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _disk_problems(assets: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StackError(
                f"not enough room for the assets in {assets}",
                f"free {FREE_BYTES_NEEDED >> 20} MB there, or name another folder by TALESTREAM_ASSETS",
            ) from error
        if error.errno in {errno.EACCES, errno.EROFS, errno.EPERM}:
            raise StackError(
                f"{error.filename or assets} cannot be written",
                "make it writable, or name another folder by TALESTREAM_ASSETS",
            ) from error
        raise
