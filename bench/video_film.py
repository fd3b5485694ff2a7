"""One film of :mod:`bench.video`, composed by the embedded composer in a process of its own, as a worker composes it.

    python -m bench.video_film FOLDER OUT [--fps 24] [--preset superfast] [--crf 21] [--pages 6] [--size 1280x720]
        [--depth 0]

``FOLDER`` holds what :mod:`bench.video_media` made; the pages come again where the film has more, and ``--depth 1``
shows them in their layers. Writes the film to ``OUT`` and prints the seconds that composing took, with everything
imported and the encoder tried, and this process's own peak of memory.
"""

import argparse
import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from services.video.composer import FfmpegComposer
from services.video.footage import Footage, Shot, ShotLayer, SpokenClip
from talestream.video_settings import VideoSettings


def footage(folder: Path, fps: int, pages: int, size: tuple[int, int], *, in_depth: bool = False) -> Footage:
    """What the film is made of."""
    said, depths = (json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("media", "layers"))
    shots = []
    for number in range(1, pages + 1):
        made = (number - 1) % len(said) + 1
        clip = SpokenClip(audio=folder / f"s{made}.wav", **said[made - 1])
        layers = tuple(
            ShotLayer(folder / f"p{made}.{place}.png", depth)
            for place, depth in enumerate(depths[made - 1])
            if in_depth
        )
        shots.append(Shot(page=number, picture=folder / f"p{made}.png", clips=(clip,), layers=layers))
    return Footage(tuple(shots), "en", *size, fps, music=folder / "music.wav", seed=1)


def composer(preset: str, crf: int) -> FfmpegComposer:
    """The embedded composer, encoding by x264, which is tried here."""
    made = FfmpegComposer(VideoSettings(encoder="x264", preset=preset, crf=crf))
    _ = made.model
    return made


def main(given: argparse.Namespace) -> None:
    """Compose one film."""
    width, height = (int(side) for side in given.size.split("x"))
    material, makes = (
        footage(given.folder, given.fps, given.pages, (width, height), in_depth=given.depth),
        composer(given.preset, given.crf),
    )
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as workdir:
        began = time.perf_counter()
        made = makes.compose(material, Path(workdir), lambda _done, _total: None)
        seconds = time.perf_counter() - began
        shutil.move(made.video, given.out)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps({"seconds": seconds, "film_s": made.duration_s, "own_peak_mib": round(peak_mib)}))


if __name__ == "__main__":
    defaults = VideoSettings.model_fields
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("out", type=Path)
    options.add_argument("--fps", type=int, default=24)
    options.add_argument("--preset", default=defaults["preset"].default)
    options.add_argument("--crf", type=int, default=defaults["crf"].default)
    options.add_argument("--pages", type=int, default=6)
    options.add_argument("--size", default="1280x720")
    options.add_argument("--depth", type=int, default=0)
    main(options.parse_args())
