"""How long a film takes from the arrival of its last page's picture, where the pages before were encoded as they came.

    python -m bench.video_tail FOLDER

The pages of :mod:`bench.video_media` are encoded one after the other, each as soon as it and the one before are there,
and kept in a folder that stands for the object store. Then the last page arrives, and the film is composed: these are
the seconds that are printed, of a film that is equal to one composed at once.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path

from bench.video_film import composer, footage
from schemas import VideoRequested
from services.video.composer import FfmpegComposer
from services.video.footage import Footage
from talestream.folder_store import FolderStore
from talestream.stage import StageContext
from talestream.video_settings import VideoSettings

PAGES = 6


def untold(_done: int, _total: int) -> None:
    """Progress that nobody is told."""


async def measure(makes: FfmpegComposer, film: Footage, folder: Path) -> float:
    """Seconds from the last page on."""
    request = VideoRequested.model_validate({"task_id": 1, "pages": [{"picture": "s3://bench/p1.png"}]})
    store = FolderStore(folder / "store")
    for page in range(1, PAGES):
        workdir = folder / f"page{page}"
        workdir.mkdir()
        await StageContext(request, store, None, workdir).in_thread(makes.encode_page, film, page, workdir, untold)
    workdir = folder / "film"
    workdir.mkdir()
    began = time.perf_counter()
    await StageContext(request, store, None, workdir).in_thread(makes.compose, film, workdir, untold)
    return time.perf_counter() - began


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    given = options.parse_args()
    own = VideoSettings()
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as name:
        film = footage(given.folder, 24, PAGES, (1280, 720))
        print(json.dumps({"seconds": asyncio.run(measure(composer(own.preset, own.crf), film, Path(name)))}))
