"""Playing MIDI to WAV with a SoundFont, by TinySoundFont, in blocks: memory does not grow with the piece's length."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import numpy as np
import tinysoundfont

from services.music.reverb import Reverb
from services.music.wav_file import RATE_HZ, Draft, Samples
from talestream.cancellation import check_cancelled

BLOCK = 16_384
SYNTH_GAIN_DB = -12.0
"""Far below clipping; the level is set from the peak afterwards."""
FADE_OUT_S = 0.7


class SoundFontPlayer:
    """Plays with one SoundFont, which stays loaded. Pieces are played one at a time."""

    def __init__(self, sound_font: Path) -> None:
        self._synth = tinysoundfont.Synth(gain=SYNTH_GAIN_DB, samplerate=RATE_HZ)
        self._font = self._synth.sfload(str(sound_font))
        self._lock = threading.Lock()

    def render(
        self, piece: mido.MidiFile, duration_s: float, target: Path, on_progress: Callable[[float], None]
    ) -> None:
        """Play a piece into ``target``: 16-bit stereo WAV at 44.1 kHz of that length, at one peak level."""
        total = round(duration_s * RATE_HZ)
        with self._lock, Draft(target) as draft:
            for block in _wet(self._play(piece, total)):
                check_cancelled()
                draft.add(block)
                on_progress(draft.samples / total)
            draft.finish(FADE_OUT_S)

    def _play(self, piece: mido.MidiFile, total: int) -> Iterator[Samples]:
        """The piece's sound in blocks, exactly ``total`` samples, each of shape (n, 2)."""
        self._silence()
        at, time_s = 0, 0.0
        for message in piece:
            time_s += message.time
            due = min(round(time_s * RATE_HZ), total)
            yield from self._sound(due - at)
            at = due
            self._send(message)
        yield from self._sound(total - at)

    def _silence(self) -> None:
        """Forget an earlier piece, which may have been left amid its tones; they take a hundredth of a second to go."""
        self._synth.sounds_off()
        self._synth.generate(BLOCK)

    def _sound(self, samples: int) -> Iterator[Samples]:
        while samples > 0:
            count = min(samples, BLOCK)
            yield np.frombuffer(bytes(self._synth.generate(count)), np.float32).reshape(-1, 2)
            samples -= count

    def _send(self, message: mido.Message | mido.MetaMessage) -> None:
        if message.type == "note_on":
            self._synth.noteon(message.channel, message.note, message.velocity)
        elif message.type == "note_off":
            self._synth.noteoff(message.channel, message.note)
        elif message.type == "program_change":
            self._synth.program_select(message.channel, self._font, 0, message.program)
        elif message.type == "control_change":
            self._synth.control_change(message.channel, message.control, message.value)


def _wet(dry: Iterator[Samples]) -> Iterator[Samples]:
    """The sound in a room; small blocks are gathered into large ones."""
    room = Reverb(RATE_HZ)
    gathered: list[Samples] = []
    count = 0
    for block in dry:
        gathered.append(block)
        count += len(block)
        if count + BLOCK > room.block:
            yield room.add(np.concatenate(gathered))
            gathered, count = [], 0
    if gathered:
        yield room.add(np.concatenate(gathered))
