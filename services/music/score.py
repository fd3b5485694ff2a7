"""A score: bars with their lengths and chords, and notes. Pure data."""

from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from schemas import Mood
from services.music.harmony import Chord, Key

BEATS = 4


class Voice(Enum):
    """Who plays; the value is the MIDI channel."""

    MELODY = 0
    HARMONY = 1
    AROUND = 2
    LOW = 3


RANGES = {Voice.MELODY: (64, 86), Voice.HARMONY: (50, 72), Voice.AROUND: (55, 88), Voice.LOW: (36, 54)}
"""Lowest and highest key of each voice."""


@dataclass(frozen=True)
class Bar:
    """Four quarters of one chord."""

    seconds: float
    mood: Mood
    key: Key
    chord: Chord
    section: int
    """Which stretch of one mood it belongs to, from 0."""
    place: int
    """Its place in that section, from 0."""
    is_last: bool = False
    """Whether it is the final chord of the piece."""


@dataclass(frozen=True)
class Note:
    """A tone. ``onset`` and ``length`` are in quarters from the start of its bar."""

    voice: Voice
    bar: int
    onset: float
    length: float
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Score:
    """The whole piece."""

    bars: tuple[Bar, ...]
    notes: tuple[Note, ...]

    @property
    def bar_starts_s(self) -> tuple[float, ...]:
        """When each bar starts, and when the last one ends."""
        return tuple(accumulate((bar.seconds for bar in self.bars), initial=0.0))

    @property
    def duration_s(self) -> float:
        """Length of the piece."""
        return self.bar_starts_s[-1]
