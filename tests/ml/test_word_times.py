"""When words are heard, by a voice that tells: with the libraries that come with real models."""

import numpy as np
import pytest

from schemas import Word
from services.speech.word_times import by_letters, by_reference
from tests.tones import RATE_HZ, spoken


def test_words_are_found_by_a_reference_in_another_tempo() -> None:
    pitches = (180, 700, 310, 1100)
    reference = spoken((0, 0.2), *((pitch, 0.25) for pitch in pitches), (0, 0.3))
    told = [
        Word(text=text, start_s=0.2 + 0.25 * place, end_s=0.45 + 0.25 * place)
        for place, text in enumerate(("aa", "bb", "cc", "dd"))
    ]
    lengths = (0.5, 0.15, 0.4, 0.3)
    other = spoken((0, 0.4), *zip(pitches, lengths, strict=True), (0, 0.1), seed=1)
    edges = 0.4 + np.cumsum([0, *lengths])
    found = by_reference(("aa", "bbc", "c", "dd"), other, RATE_HZ, reference, RATE_HZ, told)
    starts = [start_s for start_s, _ in found]
    assert [starts[0], starts[1], starts[3]] == [pytest.approx(edges[place], abs=0.04) for place in (0, 1, 3)]
    assert edges[2] < starts[2] < edges[3]
    guessed = by_letters(("aa", "bb", "cc", "dd"), other, RATE_HZ)
    assert max(abs(start_s - edge) for (start_s, _), edge in zip(guessed, edges, strict=False)) > 0.1
