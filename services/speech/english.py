"""English text to phrases. Numbers, dates, times, money and abbreviations are written out by hibari's normaliser; every
word is said as its part of speech and its neighbours ask for.
"""

import re
from collections.abc import Callable, Iterator
from threading import Lock
from typing import TYPE_CHECKING

from services.speech.alignment import align
from services.speech.characters import HAN, speakable
from services.speech.interjections import said_as_sound
from services.speech.lazily import Lazily
from services.speech.phrase import Phrase, Syllables, phrases_of

if TYPE_CHECKING:
    from hibari.g2p import G2P

WORDS_AT_ONCE = 60
"""A sentence of more words is read in parts."""
LONGEST_WORD = 40
_ENDLESS_NUMBER = re.compile(r"\d{16,}")
"""Read digit by digit."""
_HAN_RUN = re.compile(f"[{HAN}]+")
_BRACKETS = str.maketrans("[]", "()")


class English:
    """The reader of English. Loads its lexicon (about a second) at first use; serves several threads.

    ``read_han`` gives the phonemes of Chinese characters that stand in the text.
    """

    def __init__(self, read_han: Callable[[str], str], *, is_british: bool = False) -> None:
        self._read_han = read_han
        self._is_british = is_british
        self._lexicon = Lazily(self._load_lexicon)
        self._lock = Lock()

    def phrases(self, text: str) -> Iterator[Phrase]:
        """A phrase a sentence; its words are what stands between white space."""
        from hibari import Hibari  # noqa: PLC0415

        for sentence in Hibari.split_sentences(text):
            yield from phrases_of(self.syllables(sentence))

    def syllables(self, sentence: str) -> list[Syllables]:
        """The words of one sentence as written, each with its phonemes."""
        words = sentence.split()
        parts = (words[first : first + WORDS_AT_ONCE] for first in range(0, len(words), WORDS_AT_ONCE))
        return [said for part in parts for said in self._said(part)]

    def load(self) -> None:
        """Load what is needed to read."""
        self._lexicon()

    def _load_lexicon(self) -> "G2P":
        from hibari.g2p import G2P  # noqa: PLC0415

        return G2P(british=self._is_british)

    def _said(self, written: list[str]) -> Iterator[Syllables]:
        spoken = self._phonemes(_written_out(" ".join(written)))
        ranges = align(written, [word for word, _ in spoken], _written_out)
        for word, (start, end) in zip(written, ranges, strict=True):
            yield Syllables(word, " ".join(phonemes for _, phonemes in spoken[start:end] if phonemes))

    def _phonemes(self, text: str) -> list[tuple[str, str]]:
        """The words of a text that has been written out, with their phonemes."""
        lexicon = self._lexicon()
        with self._lock:
            tokens = lexicon.phonemize_tokens(lexicon.tokenize(_HAN_RUN.sub(self._as_link, text)))
        words = []
        word = phonemes = ""
        for token in tokens:
            sound = said_as_sound(token.text)
            word += token.text
            phonemes += (token.phonemes or "") if sound is None else sound
            if token.whitespace:
                words.append((word, phonemes))
                word = phonemes = ""
        return [*words, (word, phonemes)] if word else words

    def _as_link(self, han: re.Match[str]) -> str:
        """Chinese characters in the notation by which the lexicon takes given phonemes."""
        return f"[{han.group()}](/{self._read_han(han.group())}/)"


def _written_out(text: str) -> str:
    """The text as it is said, word by word; an endless word falls into pieces."""
    from hibari.g2p.normalize import normalize  # noqa: PLC0415

    words = speakable(text).translate(_BRACKETS).split()
    pieces = (word[first : first + LONGEST_WORD] for word in words for first in range(0, len(word), LONGEST_WORD))
    text = _ENDLESS_NUMBER.sub(lambda found: " ".join(found[0]), " ".join(pieces))
    return str(normalize(text))
