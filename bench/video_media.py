"""What the films of :mod:`bench.video` are made of: pictures, voices and a track, from the embedded providers.

    python -m bench.video_media FOLDER [--pages 6] [--width 1280] [--height 720]

Writes ``p1.png`` …, their layers ``p1.0.png`` …, ``s1.wav`` … and ``music.wav``; ``media.json`` tells what is said
and when, ``layers.json`` how deep the layers are. Models that speak
are loaded here, in a process of its own, so that none of them is in memory while a film is composed.
"""

import argparse
import json
from pathlib import Path

from schemas import ImageRequested, Mood, Passage
from services.image.providers import embedded as illustrator
from services.music.providers import embedded as musician
from services.speech.providers import embedded as narrator

PAGES = (
    (
        "A little fox stands in the forest at night and looks up at the moon.",
        "The little fox looked up and saw the silver moon, far above the trees.",
    ),
    (
        "A fox walks over a bridge by a river under stars.",
        "She walked over the old bridge, and the river said, follow me, follow me.",
    ),
    ("A fox and an owl in a snowy forest.", "An owl told her that the moon sleeps behind the highest of the hills."),
    (
        "A fox climbs a mountain at dawn with clouds.",
        "So she climbed, one stone after another, until the clouds were below her.",
    ),
    (
        "A fox by a lake with the moon and lanterns.",
        "There, in a quiet lake, the moon was waiting, round and bright and near.",
    ),
    (
        "A fox sleeps in a meadow with flowers at sunrise.",
        "She touched it with her nose, and went home with light on her whiskers.",
    ),
)
"""What is seen and what is said, about four seconds of it a page; further pages begin anew."""
SEED = 7


def make(folder: Path, pages: int, width: int, height: int) -> None:
    """Make the media of a film of so many pages; a page that comes again is not made again."""
    voice = narrator()
    name = voice.voice_for(None, "en")
    said, depths = [], []
    for number, (prompt, story) in enumerate(PAGES[:pages], 1):
        request = ImageRequested(
            task_id=1,
            page=number,
            prompt=prompt,
            story=story,
            page_count=len(PAGES),
            width=width,
            height=height,
            seed=SEED,
        )
        drawn = illustrator().illustrate(request, lambda _share, _note: None)
        (folder / f"p{number}.png").write_bytes(drawn.png)
        for place, layer in enumerate(drawn.layers):
            (folder / f"p{number}.{place}.png").write_bytes(layer.png)
        depths.append([layer.depth for layer in drawn.layers])
        speech = voice.speak(story, language="en", voice=name, speed=1.0, seed=SEED)
        (folder / f"s{number}.wav").write_bytes(speech.wav())
        first_word_s, last_word_s = speech.heard
        said.append({"text": story, "first_word_s": first_word_s, "last_word_s": last_word_s})
    passage = Passage(mood=Mood.CALM, duration_s=5 * pages)
    musician().play([passage], SEED, folder / "music.wav", lambda _share: None)
    (folder / "media.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / "layers.json").write_text(json.dumps(depths), encoding="utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--pages", type=int, default=6)
    options.add_argument("--width", type=int, default=1280)
    options.add_argument("--height", type=int, default=720)
    given = options.parse_args()
    make(given.folder, given.pages, given.width, given.height)
