"""When each word of a spoken sentence is heard, for voices that do not tell.

Two ways, measured by ``bench/word_times.py`` on voices whose times are exact, as the mean error of a word's start:

- by a reference: the sentence is said once more by a voice that tells, and dynamic time warping over cepstra carries
  its times over, as the aeneas aligner does: 0.03 s in English and 0.01 s in Chinese;
- by letters: each word gets its share of what is heard: 0.18 s and 0.17 s.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from schemas import Word
from services.speech.sound import Samples
from services.speech.written import Span, is_said

STEP_S = 0.01
_HEARD = 0.02
"""Of the loudest: what is softer counts as silence."""
_CEPSTRA, _BANDS = 20, 40
_LEVEL_WEIGHT = 3.0
"""Of loudness against each cepstrum: pauses fall on pauses."""

Features = NDArray[np.float64]


def by_letters(words: Sequence[str], samples: Samples, rate_hz: int) -> list[Span]:
    """A span for each of ``words``, which all have a sound, by its letters, between first and last sound."""
    start_s, end_s = heard(samples, rate_hz)
    letters = [sum(character.isalnum() for character in word) for word in words]
    edges = start_s + (end_s - start_s) * np.cumsum([0, *letters]) / max(1, sum(letters))
    return [(float(edges[place]), float(edges[place + 1])) for place in range(len(words))]


def by_reference(
    words: Sequence[str], samples: Samples, rate_hz: int, reference: Samples, reference_hz: int, told: Sequence[Word]
) -> list[Span]:
    """A span for each of ``words``, which all have a sound. ``told`` are the words of the same text in ``reference``,
    however it is cut into words: what counts is the place of their letters.
    """
    edges = _letter_times(told)
    ends = np.cumsum([sum(character.isalnum() for character in word) for word in words])
    starts = np.concatenate([[0], ends[:-1]])
    letters = np.arange(len(edges))
    # a word starts with its first letter and ends with its last: not at one instant where there is a pause between
    starts_s = np.interp(starts, letters, edges[:, 0])
    ends_s = np.interp(ends - 1, letters, edges[:, 1])
    carried = _warp(_features(reference, reference_hz), _features(samples, rate_hz))
    moments = np.arange(len(carried)) * STEP_S
    return [
        (float(start_s), float(max(start_s, end_s)))
        for start_s, end_s in zip(
            np.interp(starts_s, moments, carried), np.interp(ends_s, moments, carried), strict=True
        )
    ]


def heard(samples: Samples, rate_hz: int) -> Span:
    """When the first and the last sound is; the whole when there is none."""
    step = max(1, round(STEP_S * rate_hz))
    whole = samples[: samples.size // step * step].reshape(-1, step)
    levels = np.sqrt(np.mean(np.square(whole), axis=1)) if whole.size else np.zeros(1)
    loud = np.flatnonzero(levels > _HEARD * levels.max(initial=0))
    return (loud[0] * step / rate_hz, (loud[-1] + 1) * step / rate_hz) if loud.size else (0.0, samples.size / rate_hz)


def _letter_times(told: Sequence[Word]) -> NDArray[np.float64]:
    """Start and end of each letter of the words, of shape (letters, 2)."""
    times = [np.zeros((0, 2))]
    for word in told:
        if is_said(word.text):
            edges = np.linspace(word.start_s, word.end_s, sum(map(str.isalnum, word.text)) + 1)
            times.append(np.stack([edges[:-1], edges[1:]], axis=1))
    return np.concatenate(times)


def _features(samples: Samples, rate_hz: int) -> Features:
    """Cepstra without the first, and loudness, each of mean 0 and deviation 1: shape (features, steps)."""
    from librosa.feature import mfcc, rms  # noqa: PLC0415  seconds to import

    step = round(STEP_S * rate_hz)
    width = 1 << round(np.log2(4 * step))
    cepstra = mfcc(
        y=samples, sr=rate_hz, n_mfcc=_CEPSTRA, n_mels=_BANDS, n_fft=width, hop_length=step, fmin=60, fmax=8000
    )[1:]
    level = np.log(rms(y=samples, frame_length=width, hop_length=step) + 1e-4)
    return np.concatenate([_normal(cepstra), _LEVEL_WEIGHT * _normal(level)])


def _normal(features: Features) -> Features:
    spread = features.std(axis=1, keepdims=True)
    return np.asarray((features - features.mean(axis=1, keepdims=True)) / (spread + 1e-6))


def _warp(reference: Features, target: Features) -> NDArray[np.float64]:
    """For each step of the reference the moment of the target, in seconds, at which the same is heard."""
    from librosa.sequence import dtw  # noqa: PLC0415

    _, path = dtw(reference, target, metric="euclidean")
    totals = np.bincount(path[:, 0], weights=path[:, 1])
    return np.asarray(totals / np.bincount(path[:, 0]) * STEP_S)
