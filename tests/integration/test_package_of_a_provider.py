"""The example of ``docs/providers.md``: a provider in a package of its own is found, listed, and does the work."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from schemas import ImageRequested
from services.image.stage import illustrate
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.folder_store import FolderStore

PACKAGE = Path("examples/talestream-crayon")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which pip has installed the package, and nothing else."""
    folder = tmp_path_factory.mktemp("crayon")
    source = shutil.copytree(PACKAGE, folder / "source")  # pip builds beside the source
    alone = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *alone, "--target", str(folder / "site"), str(source)], check=True
    )
    return folder / "site"


def page(prompt: str, seed: int = 3) -> ImageRequested:
    return ImageRequested(task_id=5, page=1, prompt=prompt, width=640, height=360, seed=seed)


async def drawn(request: ImageRequested, folder: Path) -> bytes:
    ctx = StageContext(request, FolderStore(folder), Providers({"image": "crayon"}), folder)
    picture = (await illustrate(request, ctx)).picture
    assert (picture.provider, picture.model, picture.seed) == ("crayon", "crayon-1", request.seed)
    assert picture.degraded is None
    return await ctx.store.get(picture.uri)


async def test_a_stage_has_its_pages_drawn_by_a_provider_of_another_package(
    installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "crayon" not in Providers().names("image")
    monkeypatch.syspath_prepend(installed)
    night = await drawn(page("a fox on a hill at night"), tmp_path / "night")
    again = await drawn(page("a fox on a hill at night"), tmp_path / "again")
    day = await drawn(page("a fox on a hill"), tmp_path / "day")
    assert night == again
    skies = []
    for png in (night, day):
        with Image.open(io.BytesIO(png)) as picture:
            assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (640, 360))
            assert min(ImageStat.Stat(picture).stddev) > 10
            skies.append(sum(picture.getpixel((2, 2))))
    assert skies[0] < skies[1]


def test_the_list_of_providers_has_it(installed: Path) -> None:
    path = os.pathsep.join((str(installed), str(Path.cwd())))
    program = "from talestream.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "models", "list", "--stage", "image", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path, "TALESTREAM_PROVIDERS__IMAGE": "crayon"},
    )
    [found] = [one for one in json.loads(run.stdout) if one["provider"] == "crayon"]
    assert (found["is_default"], found["is_usable"]) == (True, True)


@pytest.mark.parametrize("file", ["pyproject.toml", "talestream_crayon.py"])
def test_the_documentation_shows_the_package_as_it_is(file: str) -> None:
    assert f"\n{(PACKAGE / file).read_text()}```" in Path("docs/providers.md").read_text()
