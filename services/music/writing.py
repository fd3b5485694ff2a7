"""Writing a piece for given passages. Pure: the same passages and seed give the same score."""

from collections.abc import Sequence
from random import Random

from schemas import Passage, Seed
from services.music.arrangement import accompaniment
from services.music.form import bars, sections
from services.music.melody import invent, melody
from services.music.score import Score

TONICS = (0, 2, 5, 7)
"""C, D, F and G: where all voices lie well."""


def write(passages: Sequence[Passage], seed: Seed) -> Score:
    """A piece that follows the passages' moods and lengths and ends after them, loop-free."""
    random = Random(f"music {seed}")
    tonic = random.choice(TONICS)
    theme = invent(random)
    laid = bars(sections(passages), tonic, random)
    return Score(bars=laid, notes=(*melody(laid, theme, random), *accompaniment(laid, random)))
