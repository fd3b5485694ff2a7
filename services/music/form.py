"""The form of a piece: passages become bars with chords, moods change at bars, and it comes to an end. Pure.

Bars are stretched a little so that a change of mood falls exactly on a bar; major moods share one tonic and minor moods
its relative minor, so that they have their tones in common; the last bar before a change is the next key's dominant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from schemas import Mood, Passage
from services.music.harmony import Key
from services.music.moods import CHARACTERS, Mode
from services.music.score import BEATS, Bar

ENDING_LEAD_S = 1.4
"""The final chord starts this long before the passages end,"""
RING_S = 2.4
"""and sounds this long behind them."""
RITARDANDO = (1.08, 1.2)
"""How much longer the last bars before the final chord are."""
SHORTEST_SECTION_BARS = 1.6
MINOR_BELOW_MAJOR = 3


@dataclass(frozen=True)
class Section:
    """A stretch of one mood."""

    mood: Mood
    duration_s: float


def bar_seconds(mood: Mood) -> float:
    """The length of a bar at the mood's own tempo."""
    return 60 / CHARACTERS[mood].tempo_bpm * BEATS


def sections(passages: Sequence[Passage]) -> list[Section]:
    """Neighbours of one mood become one; a stretch too short for two bars joins the one before, or the next."""
    merged: list[Section] = []
    for passage in passages:
        if merged and merged[-1].mood is passage.mood:
            merged[-1] = Section(passage.mood, merged[-1].duration_s + passage.duration_s)
        else:
            merged.append(Section(passage.mood, passage.duration_s))
    long_enough: list[Section] = []
    carried = 0.0
    for section in merged:
        is_short = section.duration_s < SHORTEST_SECTION_BARS * bar_seconds(section.mood)
        if long_enough and (is_short or long_enough[-1].mood is section.mood):
            last = long_enough[-1]
            long_enough[-1] = Section(last.mood, last.duration_s + section.duration_s)
        elif is_short and section is not merged[-1]:
            carried += section.duration_s
        else:
            long_enough.append(Section(section.mood, section.duration_s + carried))
            carried = 0.0
    return long_enough


def key_of(mood: Mood, tonic: int) -> Key:
    """The key of a mood in a piece whose major moods stand on ``tonic``."""
    mode = CHARACTERS[mood].mode
    return Key((tonic - MINOR_BELOW_MAJOR) % 12 if mode is Mode.MINOR else tonic, mode)


def bars(parts: Sequence[Section], tonic: int, random: Random) -> tuple[Bar, ...]:
    """The bars of a piece, the final chord last."""
    made: list[Bar] = []
    for number, section in enumerate(parts):
        is_end = number == len(parts) - 1
        body_s = max(section.duration_s - ENDING_LEAD_S, 0.0) if is_end else section.duration_s
        lengths = _bar_lengths(body_s, bar_seconds(section.mood), RITARDANDO if is_end else ())
        key = key_of(section.mood, tonic)
        upcoming = key if is_end else key_of(parts[number + 1].mood, tonic)
        progression = random.choice(CHARACTERS[section.mood].progressions)
        for place, seconds in enumerate(lengths):
            if place == len(lengths) - 1 and place > 0:
                leading = upcoming.chord("V7" if is_end else "V")
                made.append(Bar(seconds, section.mood, upcoming, leading, number, place))
            else:
                chord = key.chord(progression[place % len(progression)])
                made.append(Bar(seconds, section.mood, key, chord, number, place))
    last = parts[-1]
    key = key_of(last.mood, tonic)
    tonic_chord = key.chord("i" if key.mode is Mode.MINOR else "I")
    spare = min(last.duration_s, ENDING_LEAD_S)
    final = Bar(spare + RING_S, last.mood, key, tonic_chord, len(parts) - 1, len(made), is_last=True)
    return (*made, final)


def _bar_lengths(seconds: float, bar_s: float, stretches: Sequence[float]) -> list[float]:
    """Bars that fill ``seconds`` exactly, each about ``bar_s`` long; the last ones stretched by these ratios."""
    if seconds <= 0:
        return []
    count = max(1, round((seconds - sum(stretch - 1 for stretch in stretches) * bar_s) / bar_s))
    weights = [1.0] * count
    for back, stretch in enumerate(reversed(stretches), 1):
        if back < count:
            weights[-back] = stretch
    return [seconds * weight / sum(weights) for weight in weights]
