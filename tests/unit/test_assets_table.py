"""The table of data packages, and what is known of them without any being there."""

import json
from pathlib import Path

import pytest

from talestream import assets
from talestream.assets import PACKAGES, DataPackage, Installed, InstalledFile
from talestream.errors import ProviderUnavailable

PICTURES = DataPackage("@some/pictures", "1.0.0", "ab" * 32, "MIT", {"package/a.json": "pictures/a.json"})


def _write_receipt(folder: Path, package: DataPackage, package_sha256: str, size_bytes: int) -> None:
    path = assets.receipt_path(folder, package)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = {"size_bytes": size_bytes, "sha256": "cd" * 32}
    path.write_text(json.dumps({"package_sha256": package_sha256, "files": {"pictures/a.json": file}}))


def test_every_package_is_pinned_by_version_and_hash_and_brings_its_licence() -> None:
    for package in PACKAGES:
        assert len(bytes.fromhex(package.sha256)) == 32
        assert package.version[0].isdigit()
        assert any(target.startswith("licenses/") for target in package.files.values()), package.name


def test_no_target_leaves_the_asset_folder() -> None:
    for package in PACKAGES:
        for target in package.files.values():
            assert not Path(target).is_absolute()
            assert ".." not in Path(target).parts


def test_a_missing_asset_is_named_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALESTREAM_ASSETS", str(tmp_path))
    assets.assets_folder.cache_clear()
    try:
        with pytest.raises(ProviderUnavailable, match=r"kokoro/model\.onnx.*talestream setup"):
            assets.asset("kokoro/model.onnx")
        (tmp_path / "kokoro").mkdir()
        (tmp_path / "kokoro/model.onnx").write_bytes(b"model")
        assert assets.asset("kokoro/model.onnx") == tmp_path / "kokoro/model.onnx"
    finally:
        assets.assets_folder.cache_clear()


def test_the_asset_folder_needs_no_secret_to_be_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALESTREAM_MODE", "production")
    monkeypatch.setenv("TALESTREAM_ASSETS", str(tmp_path / "elsewhere"))
    assets.assets_folder.cache_clear()
    try:
        assert assets.assets_folder() == tmp_path / "elsewhere"
    finally:
        assets.assets_folder.cache_clear()


def test_a_checkout_keeps_its_assets_whatever_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert assets.default_folder(Path("var/assets")) == Path(assets.__file__).parents[1] / "var/assets"


def test_a_receipt_of_another_version_counts_as_nothing(tmp_path: Path) -> None:
    _write_receipt(tmp_path, PICTURES, "ef" * 32, 3)
    assert assets.installed(tmp_path, PICTURES) is None
    _write_receipt(tmp_path, PICTURES, PICTURES.sha256, 3)
    assert assets.installed(tmp_path, PICTURES) is not None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"package_sha256": 1}', '{"package_sha256": "x", "files": {"a": {}}}']
)
def test_a_damaged_receipt_counts_as_nothing(tmp_path: Path, text: str) -> None:
    path = assets.receipt_path(tmp_path, PICTURES)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert assets.installed(tmp_path, PICTURES) is None


def test_a_package_is_whole_only_while_each_file_has_its_size(tmp_path: Path) -> None:
    receipt = Installed("ab", {"a": InstalledFile(3, ""), "b/c": InstalledFile(1, "")})
    (tmp_path / "a").write_bytes(b"123")
    assert not receipt.is_whole(tmp_path)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/c").write_bytes(b"1")
    assert receipt.is_whole(tmp_path)
    (tmp_path / "a").write_bytes(b"12")
    assert not receipt.is_whole(tmp_path)
