"""A score as Standard MIDI, by mido: one track, a tempo a bar."""

from collections.abc import Iterator
from itertools import groupby

import mido

from services.music.moods import CHARACTERS, Character, Part
from services.music.score import BEATS, Score, Voice

TICKS = 480
LOWEST_VELOCITY, HIGHEST_VELOCITY = 1, 127
PAN = 10
TIMING_S = 0.006
"""No two voices of an ensemble begin quite together: each is late by so much more than the one before."""


def to_midi(score: Score) -> mido.MidiFile:
    """The score as a MIDI file of type 0."""
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    track = mido.MidiTrack()
    now = 0
    # at one tick: tempo and instruments first, then ends of notes, then starts
    for tick, _, message in sorted(_messages(score), key=lambda item: item[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(len(score.bars) * BEATS * TICKS - now, 0)))
    file.tracks.append(track)
    return file


def _messages(score: Score) -> Iterator[tuple[int, int, mido.Message | mido.MetaMessage]]:
    bar_ticks = BEATS * TICKS
    for number, bar in enumerate(score.bars):
        tempo = round(bar.seconds / BEATS * 1_000_000)
        yield number * bar_ticks, 0, mido.MetaMessage("set_tempo", tempo=min(tempo, 0xFFFFFF))
    number = 0
    for _, section in groupby(score.bars, key=lambda bar: bar.section):
        bars = list(section)
        for voice, part in _parts(CHARACTERS[bars[0].mood]):
            at = number * bar_ticks
            yield at, 1, mido.Message("program_change", channel=voice.value, program=part.program)
            yield at, 1, mido.Message("control_change", channel=voice.value, control=PAN, value=part.pan)
        number += len(bars)
    for note in score.notes:
        late = TIMING_S * note.voice.value * BEATS / score.bars[note.bar].seconds
        start = round((note.bar * BEATS + note.onset + late) * TICKS)
        end = min(
            max(round((note.bar * BEATS + note.onset + note.length) * TICKS), start + 1), len(score.bars) * bar_ticks
        )
        velocity = min(max(note.velocity, LOWEST_VELOCITY), HIGHEST_VELOCITY)
        channel = note.voice.value
        yield end, 2, mido.Message("note_off", channel=channel, note=note.pitch)
        yield start, 3, mido.Message("note_on", channel=channel, note=note.pitch, velocity=velocity)


def _parts(character: Character) -> tuple[tuple[Voice, Part], ...]:
    return (
        (Voice.MELODY, character.melody),
        (Voice.HARMONY, character.harmony),
        (Voice.AROUND, character.around),
        (Voice.LOW, character.low),
    )
