"""What composing a film costs: beside encoding alone, beside MoviePy, behind its last picture, and in memory.

    python -m bench.video [--repeats 3]

A film of six pages of about five seconds, 1280 x 720: pictures, voices and music of the embedded providers, a moving
camera, cross-fades, captions, mixed and mastered sound, inspected when it is done. Every film is made by a process of
its own, each contender after the other and then again; figures are medians. Prints a line a run; last, as JSON:

``ratio_to_floor``       seconds of a film at 24 fps over those of encoding its frames from memory, by x264 presets
``speedup_vs_moviepy``   seconds by MoviePy at 8 fps, preset medium, over those of a film: by preset and MoviePy's way
``tail_ratio``           seconds from the last page's arrival, the others encoded by then, over those of all at once
``ratio_in_depth``       seconds of a film whose pages come in layers over those of a flat one
``peak_mib_1080p``       of memory, by pages: the composer's process alone, and with its ffmpegs: proportional (what is
                         shared counted once) and resident (counted in each)
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil

from bench.video_floor import frames_of
from talestream.video_settings import VideoSettings

OWN_PRESET = VideoSettings.model_fields["preset"].default
FPS, FEW_FPS = 24, 8
SIZE, LARGE = (1280, 720), (1920, 1080)
LOOK_S = 0.1


class Bench:
    """Runs the contenders and remembers what each took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.media = self._media(SIZE)
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def median(self, name: str) -> float:
        """Seconds that a contender took."""
        return statistics.median(self.seconds[name])

    def film(self, name: str, **options: object) -> Path:
        """A film by the embedded composer."""
        target = self.folder / "film.mp4"
        self._took(name, _run("bench.video_film", self.media, target, **options)["seconds"])
        return target

    def floor(self, film: Path, preset: str) -> None:
        """Encoding alone the frames of ``film``."""
        with frames_of(film, FPS, SIZE) as frames:
            for way, seconds in frames.seconds(preset).items():
                self._took(f"floor {preset} {way}", seconds)

    def moviepy(self, way: str) -> None:
        """The same film by MoviePy."""
        made = _run("bench.video_moviepy", self.media, self.folder / "peer.mp4", fps=FEW_FPS, way=way)
        self._took(f"moviepy {way}", made["seconds"])

    def tail(self) -> None:
        """A film whose last page comes last."""
        self._took("tail", _run("bench.video_tail", self.media)["seconds"])

    def memory(self, pages: tuple[int, ...]) -> dict[str, dict[str, float]]:
        """MiB of films of so many pages in 1080p."""
        media, found = self._media(LARGE), {}
        for count in pages:
            made = _run("bench.video_film", media, self.folder / "film.mp4", pages=count, size="1920x1080")
            found[str(count)] = {
                name: made[name] for name in ("own_peak_mib", "all_proportional_mib", "all_resident_mib")
            }
            print(f"{count} pages in 1080p: {found[str(count)]}, {made['seconds']:.1f} s", flush=True)
        return found

    def _media(self, size: tuple[int, int]) -> Path:
        folder = self.folder / f"{size[1]}p"
        folder.mkdir()
        _run("bench.video_media", folder, width=size[0], height=size[1])
        return folder

    def _took(self, name: str, seconds: float) -> None:
        self.seconds[name].append(seconds)
        print(f"{name:32s}{seconds:8.2f} s   load {os.getloadavg()[0]:.1f}", flush=True)


def _run(module: str, *arguments: object, **options: object) -> dict[str, Any]:
    """The JSON that a program of the bench prints last, with the peaks of memory of all its processes."""
    named = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments), *named]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        watched, peaks = psutil.Process(process.pid), (0, 0)
        while process.poll() is None:
            peaks = tuple(map(max, peaks, _memory(watched)))
            time.sleep(LOOK_S)
        said = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with code {process.returncode}")
    found = dict(
        zip(("all_proportional_mib", "all_resident_mib"), (round(peak / 2**20) for peak in peaks), strict=True)
    )
    return found | (json.loads(said.splitlines()[-1]) if said else {})


def _memory(process: psutil.Process) -> tuple[int, int]:
    """Bytes of a process and its children: proportional, where the system tells, and resident."""
    proportional = resident = 0
    try:
        for member in (process, *process.children(recursive=True)):
            info = member.memory_full_info()
            proportional += getattr(info, "pss", info.uss)
            resident += info.rss
    except psutil.NoSuchProcess:
        return 0, 0  # one ended meanwhile: the next look counts the others
    return proportional, resident


def main(repeats: int) -> None:
    """Every contender in turn, so often."""
    presets = (OWN_PRESET, "medium")
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as folder:
        bench = Bench(Path(folder))
        exact = bench.film("lossless, not counted", preset="ultrafast", crf=0).rename(Path(folder) / "exact.mp4")
        for _ in range(repeats):
            for preset in presets:
                bench.floor(exact, preset)
                bench.film(f"film {preset}", preset=preset)
                bench.film(f"film {preset} in depth", preset=preset, depth=1)
                bench.film(f"film {preset} {FEW_FPS} fps", preset=preset, fps=FEW_FPS)
            bench.moviepy("clips")
            bench.moviepy("frames")
            bench.tail()
        memory = bench.memory((6, 60))
    floors = {
        preset: min(bench.median(f"floor {preset} {way}") for way in ("one_process", "a_process_a_core"))
        for preset in presets
    }
    figures = {
        "cores": os.cpu_count(),
        "own_preset": OWN_PRESET,
        "ratio_to_floor": {preset: round(bench.median(f"film {preset}") / floors[preset], 2) for preset in presets},
        "speedup_vs_moviepy": {
            preset: {
                way: round(bench.median(f"moviepy {way}") / bench.median(f"film {preset} {FEW_FPS} fps"), 2)
                for way in ("clips", "frames")
            }
            for preset in presets
        },
        "ratio_in_depth": {
            preset: round(bench.median(f"film {preset} in depth") / bench.median(f"film {preset}"), 2)
            for preset in presets
        },
        "tail_ratio": round(bench.median("tail") / bench.median(f"film {OWN_PRESET}"), 2),
        "peak_mib_1080p": memory,
        "seconds": {name: [round(second, 2) for second in seconds] for name, seconds in bench.seconds.items()},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeats", type=int, default=3)
    main(options.parse_args().repeats)
