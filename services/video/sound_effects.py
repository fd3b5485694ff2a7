"""What is heard beside the narration: which sound when, about as loud as the voice. The mix makes it give way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas import Sound
from services.video.audio_files import RATE_HZ
from services.video.synthesis import is_place, samples

PLACE_DB = -2.0
"""Of a place against the voice, before it makes way; an event may be louder, since it passes."""
EVENT_DB = 4.0
FADE_S = 1.0
"""Over which a place comes and goes, half of it on either side of the page's edge."""
EVENT_DELAY_S = 0.3
"""From the start of the page, so that the picture is there before it is heard."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """A sound and from which to which sample of the film it is heard."""

    sound: Sound
    start: int
    stop: int


def place_sounds(pages: Iterable[tuple[Sequence[Sound], int, int]]) -> list[Heard]:
    """What is heard when, for the sounds of each page and the samples of the film at which it starts and stops.

    A place that goes on over neighbouring pages is heard through.
    """
    placed: list[Heard] = []
    lasting: dict[Sound, Heard] = {}
    for sounds, start, stop in pages:
        here: dict[Sound, Heard] = {}
        for sound in dict.fromkeys(sounds):
            if is_place(sound):
                before = lasting.pop(sound, None)
                here[sound] = Heard(sound, before.start if before else start, stop)
            else:
                at = start + round(EVENT_DELAY_S * RATE_HZ)
                placed.append(Heard(sound, at, at + len(samples(sound))))
        placed += lasting.values()
        lasting = here
    return sorted((*placed, *lasting.values()), key=lambda heard: (heard.start, heard.sound))


def block(heard: Sequence[Heard], start: int, stop: int, level: float) -> Samples:
    """The sounds of the film from sample ``start`` to ``stop``, mono, where the voice's RMS level is ``level``."""
    made = np.zeros(stop - start, np.float32)
    fade = round(FADE_S * RATE_HZ)
    for one in heard:
        lead = fade // 2 if is_place(one.sound) else 0
        first, last = max(one.start - lead, start, 0), min(one.stop + lead, stop)
        if first >= last:
            continue
        at = np.arange(first, last)
        wave = samples(one.sound)
        if is_place(one.sound):
            edges = np.minimum(at - (one.start - lead), one.stop + lead - at) / fade
            gain = level * 10 ** (PLACE_DB / 20) * np.sin(np.pi / 2 * np.clip(edges, 0, 1))
            sound = wave[at % len(wave)]
        else:
            gain, sound = np.full(len(at), level * 10 ** (EVENT_DB / 20)), wave[at - one.start]
        made[first - start : last - start] += (sound * gain).astype(np.float32)
    return made
