"""Phrases joined to the recording of one segment, with even silences around them and the time of every word."""

import io
import wave
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from schemas import Word
from services.speech.phrase import Phrase
from services.speech.sound import SAMPLE_RATE_HZ, Samples, Sound
from talestream.made_by import Parameter

LEAD_S = 0.06
"""Before the first word."""
_PAUSES_S = {".": 0.28, "!": 0.28, "?": 0.28, "…": 0.34, ":": 0.22, ";": 0.22, "—": 0.2, ",": 0.18, "": 0.14}
"""After a phrase, by the mark it ends with. What follows is another phrase or the end of the segment."""
SILENT_SEGMENT_S = 0.6
"""The pause for a segment in which nothing can be said."""
_FADE_S = 0.008
_SHORTEST_WORD_S = 0.02


@dataclass(frozen=True)
class Speech:
    """A spoken segment. ``words`` are those of the text as written, in order; one without sound has no length."""

    samples: Samples
    words: tuple[Word, ...]
    model: str
    sample_rate_hz: int = SAMPLE_RATE_HZ
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    """What else was set or found, for the manifest."""
    revision: str | None = None
    """Of the model, where it has several."""

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(self.samples.size) / self.sample_rate_hz

    @property
    def heard(self) -> tuple[float, float]:
        """When the first word starts and the last word ends; the whole when nothing is heard."""
        audible = [word for word in self.words if word.end_s > word.start_s]
        return (audible[0].start_s, audible[-1].end_s) if audible else (0.0, self.duration_s)

    def wav(self) -> bytes:
        """The recording as a mono 16-bit WAV file."""
        pcm = (np.clip(self.samples, -1.0, 1.0) * 32767.0).round().astype("<i2")
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self.sample_rate_hz)
            out.writeframes(pcm.tobytes())
        return file.getvalue()


def join(
    spoken: Iterable[tuple[Phrase, Sound | None]],
    model: str,
    speed: float = 1.0,
    sample_rate_hz: int = SAMPLE_RATE_HZ,
) -> Speech:
    """Cut or fill the silence around each phrase and set them one after the other.

    A phrase without a sound gives words without length. Pauses follow ``speed`` as the voice does. All sounds are of
    ``sample_rate_hz``.
    """
    parts: list[Samples] = []
    words: list[Word] = []
    at = 0
    for phrase, sound in spoken:
        if sound is None:
            now = at / sample_rate_hz
            words += [Word(text=word.text, start_s=now, end_s=now) for word in phrase.words]
            continue
        placed = list(_placed(phrase, sound))
        heard = [(start_s, end_s) for _, start_s, end_s in placed if end_s > start_s]
        start = round((heard[0][0] - LEAD_S) * sample_rate_hz)
        end = round((heard[-1][1] + _PAUSES_S[phrase.ending] / speed) * sample_rate_hz)
        shift_s = (at - start) / sample_rate_hz
        words += [
            Word(text=text, start_s=round(start_s + shift_s, 4), end_s=round(end_s + shift_s, 4))
            for text, start_s, end_s in placed
        ]
        parts.append(_excerpt(sound.samples, start, end, round(_FADE_S * sample_rate_hz)))
        at += end - start
    if not parts:
        parts = [np.zeros(round(SILENT_SEGMENT_S * sample_rate_hz), np.float32)]
    return Speech(np.concatenate(parts), tuple(words), model, sample_rate_hz)


def _placed(phrase: Phrase, sound: Sound) -> Iterator[tuple[str, float, float]]:
    """The words with their start and end in the sound.

    A word ends where its phonemes do, but before a pause, which counts to the last phoneme, where it fades out.
    """
    starts_s = sound.starts_s
    next_heard = [word.start for word in phrase.words if word.end > word.start][1:]
    now = next(float(starts_s[word.start]) for word in phrase.words if word.end > word.start)
    for word in phrase.words:
        if word.end == word.start:
            yield word.text, now, now
            continue
        start = max(now, float(starts_s[word.start]))
        following = next_heard.pop(0) if next_heard else None
        if following is not None and not phrase.phonemes[word.end : following].strip():
            now = max(start + _SHORTEST_WORD_S, float(starts_s[word.end]))
        else:
            limit = float(starts_s[following]) if following is not None else sound.samples.size / sound.sample_rate_hz
            now = max(start + _SHORTEST_WORD_S, sound.last_heard_s(start, limit))
        yield word.text, start, now


def _excerpt(samples: Samples, start: int, end: int, fade: int) -> Samples:
    """``samples[start:end]`` with silence where there are none, softly cut over ``fade`` at either end."""
    part = samples[max(0, start) : min(samples.size, end)].astype(np.float32, copy=True)
    fade = min(fade, part.size // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        part[:fade] *= ramp
        part[-fade:] *= ramp[::-1]
    return np.pad(part, (max(0, -start), max(0, end - samples.size)))
