"""The melody: one theme for the whole piece, which returns at every change of mood in that mood's rhythm. Pure.

On the strong beats, the first and third of a bar, it sings tones of the chord next to the theme's shape; between them
it moves by steps of the scale (Fux's passing and neighbouring tones).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from services.music.harmony import nearest, pitches
from services.music.moods import CHARACTERS, CONTOURS
from services.music.score import BEATS, RANGES, Bar, Note, Voice

PHRASE_BARS = 4
STRONG_BEATS = (0.0, 2.0)
OPENING_BARS = 2
"""Bars at the start of each section in which the theme is always heard."""
LIFTS = (0, 1, -1, 0)
"""By how many steps the theme is lifted in each phrase of a section."""


@dataclass(frozen=True)
class Theme:
    """The shape of a melody over four bars: two tones a bar, in steps of the scale from the middle of the voice."""

    steps: tuple[int, ...]

    def at(self, place: int, half: int) -> int:
        """The step for the first or second half of the bar at ``place`` in its section."""
        phrase, bar = divmod(place, PHRASE_BARS)
        return self.steps[2 * bar + half] + LIFTS[phrase % len(LIFTS)]


def invent(random: Random) -> Theme:
    """A theme: a singable shape, slightly varied, so that few pieces share one."""
    steps = list(random.choice(CONTOURS))
    steps[random.randrange(2, 7)] += random.choice((-1, 1))
    return Theme(tuple(steps))


def melody(bars: Sequence[Bar], theme: Theme, random: Random) -> list[Note]:
    """The melody over all bars but the last, and the tonic on the last."""
    notes: list[Note] = []
    at = sum(RANGES[Voice.MELODY]) / 2
    rhythms = {section: random.sample(range(100), 2) for section in {bar.section for bar in bars}}
    for number, bar in enumerate(bars):
        if not _sings(bar, random):
            continue
        for note in _bar_notes(number, bar, theme, rhythms[bar.section][bar.place % 2], at, random):
            notes.append(note)
            at = note.pitch
    return notes


def _sings(bar: Bar, random: Random) -> bool:
    return bar.is_last or bar.place < OPENING_BARS or random.random() < CHARACTERS[bar.mood].sings


def _bar_notes(number: int, bar: Bar, theme: Theme, choice: int, at: float, random: Random) -> Iterator[Note]:
    character = CHARACTERS[bar.mood]
    low, high = RANGES[Voice.MELODY]
    velocity = character.melody.velocity
    if bar.is_last:
        tonic = nearest(pitches([bar.key.tonic], low, high), at)
        yield Note(Voice.MELODY, number, 0, BEATS, tonic, velocity - 6)
        return
    scale = pitches(bar.key.scale(bar.chord), low, high)
    middle = len(scale) // 2 - 2
    wanted = [scale[min(max(middle + theme.at(bar.place, half), 0), len(scale) - 1)] for half in (0, 1)]
    strong = [nearest(bar.chord.pitches(low, high), pitch) for pitch in wanted]
    rhythm = character.rhythms[choice % len(character.rhythms)]
    for onset, length in rhythm:
        half = int(onset >= STRONG_BEATS[1])
        if onset in STRONG_BEATS:
            pitch, weight = strong[half], 4 if half == 0 else 2
        else:
            ahead = strong[1] if half == 0 else strong[0]
            pitch, weight = _between(scale, strong[half], ahead, (onset % 2) / 2, random), -4
        yield Note(
            Voice.MELODY,
            number,
            onset,
            length * character.articulation,
            pitch,
            velocity + weight + random.randint(-3, 3),
        )


def _between(scale: Sequence[int], start: int, goal: int, share: float, random: Random) -> int:
    """A tone of the scale on the way from ``start`` to ``goal``; a neighbour where they are the same or next to it."""
    first, last = _index(scale, start), _index(scale, goal)
    between = round(first + (last - first) * share)
    if between in {first, last}:
        between = first + random.choice((-1, 1)) if abs(last - first) < 2 else (first + last) // 2
    return scale[min(max(between, 0), len(scale) - 1)]


def _index(scale: Sequence[int], pitch: int) -> int:
    return min(range(len(scale)), key=lambda index: abs(scale[index] - pitch))
