"""VITS (Kim, Kong and Son, 2021), which decides how long each sign of a text is heard, and so tells when words are."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from services.speech.alignment import align
from services.speech.characters import is_han
from services.speech.coqui_model import ONLY_VOICE, Utterance
from services.speech.written import Span

LONGEST = 400
"""Characters; memory grows with the square of what is said in one go."""


class VitsModel:
    """See :class:`services.speech.coqui_model.CoquiModel`."""

    def __init__(self, network: Any, recordings: Mapping[str, list[Path]]) -> None:
        """``recordings`` are cloned where the model has a speaker encoder."""
        self.network = network
        self.sample_rate_hz = int(network.config.audio.sample_rate)
        names = network.language_manager.language_names
        self.languages = tuple(names) if len(names) > 1 else ()
        speakers = network.speaker_manager
        self._recordings = recordings if speakers is not None and speakers.encoder is not None else {}
        known = dict.fromkeys([*_names(speakers), *self._recordings])
        self.voices = tuple(known) or (ONLY_VOICE,)
        self._usual_length = float(network.length_scale)

    def longest(self, language: str | None) -> int:
        """See :class:`services.speech.coqui_model.CoquiModel`."""
        del language
        return LONGEST

    def say(self, words: list[str], sentence: str, voice: str, language: str | None, speed: float) -> Utterance | None:
        """See :class:`services.speech.coqui_model.CoquiModel`. One sentence is one step."""
        if not any(self._signs(sentence, language)):
            return None
        recordings = self._recordings.get(voice)
        self.network.length_scale = self._usual_length / speed
        said = self.network.synthesize(
            sentence,
            speaker=None if recordings or voice == ONLY_VOICE else voice,
            speaker_wav=[str(path) for path in recordings] if recordings else None,
            language=language,
        )
        samples = np.asarray(said["wav"], np.float32)
        frames = said["outputs"]["durations"].flatten().cpu().numpy()
        ends_s = np.cumsum(frames) * (samples.size / self.sample_rate_hz / max(1.0, float(frames.sum())))
        signs = [self._sign(number) for number in said["text_inputs"].flatten().tolist()]
        return Utterance(samples, self._spans(words, signs, ends_s.tolist(), language))

    def _spans(
        self, words: Sequence[str], signs: Sequence[str], ends_s: Sequence[float], language: str | None
    ) -> list[Span] | None:
        """From the first to the last sign of each word."""
        runs = _runs(signs, by_sign=any(is_han(character) for word in words for character in word))
        if not runs:
            return None
        spoken = ["".join(signs[place] for place in run) for run in runs]
        starts_s = [0.0, *ends_s]
        spans: list[Span] = []
        for first, end in align(words, spoken, lambda word: "".join(self._signs(word, language)).strip()):
            if first < end:
                spans.append((starts_s[runs[first][0]], ends_s[runs[end - 1][-1]]))
            else:  # not said: it has the moment between its neighbours
                moment = spans[-1][1] if spans else starts_s[runs[0][0]]
                spans.append((moment, moment))
        return spans

    def _signs(self, text: str, language: str | None) -> list[str]:
        """A text as the model reads it: letters, or phonemes."""
        numbers = self.network.tokenizer.text_to_ids(
            text, language=language or self.network.language_manager.language_names[0]
        )
        return [self._sign(number) for number in numbers]

    def _sign(self, number: int) -> str:
        """The sign of a number; empty for those that stand for no text."""
        tokenizer = self.network.tokenizer
        if number in {tokenizer.blank_id, tokenizer.pad_id}:
            return ""
        return str(tokenizer.characters.id_to_char(number))


def _names(speakers: Any) -> list[str]:
    return list(speakers.name_to_id) if speakers is not None else []


def _runs(signs: Sequence[str], *, by_sign: bool) -> list[list[int]]:
    """The places of the letters of each spoken word: what stands between spaces, or each letter by itself."""
    runs: list[list[int]] = [[]]
    for place, sign in enumerate(signs):
        if sign.isspace() or (by_sign and sign):
            runs.append([])
        if sign.isalnum():
            runs[-1].append(place)
    return [run for run in runs if run]
