"""A phrase: what a voice says in one breath, as phonemes, with the place of every written word among them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PUNCTUATION = frozenset(';:,.!?—…"“”() ')
"""Characters of the phoneme alphabet that shape the melody and are not heard themselves."""
LONGEST_PHRASE = 400
"""Phonemes that the voices say well in one go; they take 510 at most."""


@cache
def alphabet() -> dict[str, int]:
    """The phoneme alphabet of Kokoro, which hibari shares: one character each, with its number."""
    return dict(json.loads(files("hibari").joinpath("assets/vocab.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Syllables:
    """A written word and how it is said. ``phonemes`` may carry punctuation and is empty for a word without sound."""

    text: str
    phonemes: str


@dataclass(frozen=True)
class PlacedWord:
    """A written word and its phonemes ``[start, end)`` in the phrase, without punctuation; equal: it has no sound."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Phrase:
    """Phonemes of the voices' alphabet and the words they come from, in order."""

    phonemes: str
    words: tuple[PlacedWord, ...]

    @property
    def is_audible(self) -> bool:
        """Whether anything is heard."""
        return any(word.end > word.start for word in self.words)

    @property
    def ending(self) -> str:
        """The punctuation at the end, or an empty string."""
        last = self.phonemes.rstrip('"“”() ')[-1:]
        return last if last in PUNCTUATION else ""


def phrases_of(sentence: Iterable[Syllables], longest: int = LONGEST_PHRASE) -> Iterator[Phrase]:
    """Join words to phrases of at most ``longest`` phonemes.

    A sentence that is longer is cut after its last comma or the like before the bound, else after the last word; a word
    that is longer, anywhere.
    """
    pending = [part for word in sentence for part in _parts(Syllables(word.text, _known(word.phonemes)), longest)]
    while pending:
        count = _words_that_fit(pending, longest)
        yield _joined(pending[:count])
        pending = pending[count:]


def _known(phonemes: str) -> str:
    known = alphabet()
    return "".join(character for character in phonemes if character in known)


def _parts(word: Syllables, longest: int) -> Iterator[Syllables]:
    count = max(1, -(-len(word.phonemes) // longest))
    for part in range(count):
        yield Syllables(_share(word.text, part, count), _share(word.phonemes, part, count))


def _share(text: str, part: int, count: int) -> str:
    return text[part * len(text) // count : (part + 1) * len(text) // count]


def _words_that_fit(words: list[Syllables], longest: int) -> int:
    length = 0
    clause_end = 0
    for index, word in enumerate(words):
        length += len(word.phonemes) + 1
        if length > longest + 1 and index:
            return clause_end or index
        if word.phonemes.rstrip('"“”() ')[-1:] in set(",;:.!?—…"):
            clause_end = index + 1
    return len(words)


def _joined(words: list[Syllables]) -> Phrase:
    phonemes = ""
    placed = []
    for word in words:
        if phonemes and word.phonemes and not phonemes.endswith(" "):
            phonemes += " "
        heard = [index for index, character in enumerate(word.phonemes) if character not in PUNCTUATION]
        start = len(phonemes) + (heard[0] if heard else 0)
        end = len(phonemes) + (heard[-1] + 1 if heard else 0)
        placed.append(PlacedWord(word.text, start, end))
        phonemes += word.phonemes
    return Phrase(phonemes.rstrip(), tuple(placed))
