"""Scales and chords as pitches. Pure. Pitches are MIDI key numbers, pitch classes are 0 (C) to 11."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from services.music.moods import Mode

NUMERAL = re.compile(r"(?P<numeral>VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(?P<seventh>7?)")
DEGREES = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}


@dataclass(frozen=True)
class Key:
    """A tonic's pitch class and a mode."""

    tonic: int
    mode: Mode

    def scale(self, chord: "Chord | None" = None) -> frozenset[int]:
        """The key's pitch classes; over a chord with a tone outside them, that tone in place of the one it alters.

        In a minor key that is the raised leading tone of the dominant (harmonic minor), else a lowered tone.
        """
        classes = {(self.tonic + step) % 12 for step in self.mode.value}
        altered = -1 if self.mode is Mode.MINOR else 1
        for tone in chord.classes if chord else ():
            if tone not in classes:
                classes = (classes - {(tone + altered) % 12}) | {tone}
        return frozenset(classes)

    def chord(self, numeral: str) -> "Chord":
        """The chord of a Roman numeral. ValueError for one that cannot be read."""
        match = NUMERAL.fullmatch(numeral)
        if not match:
            raise ValueError(f"{numeral!r} is no Roman numeral of a chord")
        name = match["numeral"]
        root = (self.tonic + self.mode.value[DEGREES[name.lower()]]) % 12
        third = 4 if name.isupper() else 3
        tones = (0, third, 7, 10) if match["seventh"] else (0, third, 7)
        return Chord(tuple((root + tone) % 12 for tone in tones))


@dataclass(frozen=True)
class Chord:
    """A chord's pitch classes from its root."""

    classes: tuple[int, ...]

    @property
    def root(self) -> int:
        """The root's pitch class."""
        return self.classes[0]

    def pitches(self, low: int, high: int) -> list[int]:
        """All its tones from ``low`` to ``high``."""
        return pitches(self.classes, low, high)


def pitches(classes: Iterable[int], low: int, high: int) -> list[int]:
    """All pitches of these classes from ``low`` to ``high``, upwards."""
    wanted = frozenset(classes)
    return [pitch for pitch in range(low, high + 1) if pitch % 12 in wanted]


def nearest(choices: Sequence[int], pitch: float) -> int:
    """The choice next to ``pitch``, the lower of two."""
    return min(choices, key=lambda choice: (abs(choice - pitch), choice))


def voicing(chord: Chord, before: Sequence[int], low: int, high: int) -> tuple[int, ...]:
    """The chord's tones as close voices between ``low`` and ``high`` that move least from ``before``; no two alike."""
    middle = (low + high) / 2
    options = {
        tuple(sorted(voices))
        for voices in product(*(pitches([tone], low, high) for tone in chord.classes[:3]))
        if max(voices) - min(voices) <= 12
    }

    def effort(voices: tuple[int, ...]) -> tuple[float, tuple[int, ...]]:
        moves = sum(abs(now - then) for now, then in zip(voices, before, strict=True)) if before else 0
        return moves + 0.15 * abs(sum(voices) / len(voices) - middle), voices

    return min(options, key=effort)
