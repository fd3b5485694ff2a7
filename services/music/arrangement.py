"""Everything under the melody: held chords, figures round them, and the bass. Pure."""

from collections.abc import Iterator, Sequence
from random import Random

from services.music.harmony import nearest, voicing
from services.music.moods import CHARACTERS
from services.music.score import BEATS, RANGES, Bar, Note, Voice

LEGATO = 0.98
BASS_CENTRE = 43
FINAL_SPREAD = 0.06
"""The final chord is spread upwards by this many quarters a tone."""


def accompaniment(bars: Sequence[Bar], random: Random) -> list[Note]:
    """The three lower voices over all bars."""
    notes: list[Note] = []
    held: tuple[int, ...] = ()
    figures = {section: random.randrange(100) for section in sorted({bar.section for bar in bars})}
    for number, bar in enumerate(bars):
        held = voicing(bar.chord, held, *RANGES[Voice.HARMONY])
        velocity = CHARACTERS[bar.mood].harmony.velocity
        notes += [Note(Voice.HARMONY, number, 0, BEATS * LEGATO, pitch, velocity) for pitch in held]
        if bar.is_last:
            notes += _final(number, bar)
        else:
            notes += _figure(number, bar, figures[bar.section], random)
            notes += _bass(number, bar, figures[bar.section])
    return notes


def _figure(number: int, bar: Bar, choice: int, random: Random) -> Iterator[Note]:
    """The section's figure over the bar's chord, which begins near the middle of its voice."""
    character = CHARACTERS[bar.mood]
    tones = _tones(bar)
    for onset, tone, length in character.figures[choice % len(character.figures)]:
        velocity = character.around.velocity + (3 if onset in {0, 2} else 0) + random.randint(-3, 3)
        yield Note(Voice.AROUND, number, onset, length, tones[min(tone, len(tones) - 1)], velocity)


def _bass(number: int, bar: Bar, choice: int) -> Iterator[Note]:
    """The root on the first beat; where there are more notes, the fifth under or over it on the others."""
    character = CHARACTERS[bar.mood]
    low, high = RANGES[Voice.LOW]
    root = nearest(_roots(bar, low, high), BASS_CENTRE)
    fifths = [pitch for pitch in range(low, high + 1) if pitch % 12 == bar.chord.classes[2]]
    for order, (onset, length) in enumerate(character.bass[choice % len(character.bass)]):
        pitch = root if order % 2 == 0 else nearest(fifths, root)
        yield Note(Voice.LOW, number, onset, length * LEGATO, pitch, character.low.velocity)


def _final(number: int, bar: Bar) -> Iterator[Note]:
    """The end: the bass, and the chord once more, spread upwards."""
    character = CHARACTERS[bar.mood]
    root = nearest(_roots(bar, *RANGES[Voice.LOW]), BASS_CENTRE)
    yield Note(Voice.LOW, number, 0, BEATS, root, character.low.velocity)
    for order, pitch in enumerate(_tones(bar)[:4]):
        onset = order * FINAL_SPREAD
        yield Note(Voice.AROUND, number, onset, BEATS - onset, pitch, character.around.velocity)


def _roots(bar: Bar, low: int, high: int) -> list[int]:
    return [pitch for pitch in range(low, high + 1) if pitch % 12 == bar.chord.root]


def _tones(bar: Bar) -> list[int]:
    """The chord's triad upwards from the root nearest the lower middle of the figure's voice."""
    low, high = RANGES[Voice.AROUND]
    root = nearest(_roots(bar, low, low + 11), low + 5)
    triad = frozenset(bar.chord.classes[:3])
    return [pitch for pitch in range(root, high + 1) if pitch % 12 in triad]
