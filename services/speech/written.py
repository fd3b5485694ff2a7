"""Written text as a voice of another kind takes it: sentences that it can say in one go, and their words.

Such a voice reads for itself and tells at best when each word is heard, so a phrase has one sign a word in place of
phonemes, with the marks between them.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from sentencex import segment  # type: ignore[attr-defined]

from schemas import Language
from services.speech.characters import HAN
from services.speech.chinese import SOUND_OF_MARK
from services.speech.phrase import PUNCTUATION, Phrase, PlacedWord

Span = tuple[float, float]
"""When a word is heard: start and end, in seconds from the start of its sound."""

_WORD = "w"
"""Stands for the sound of one word."""
_LATIN = rf"[^\W{HAN}]+(?:['’.\-][^\W{HAN}]+)*"
_UNIT = re.compile(rf"[“‘「『（《\"(]*(?:[{HAN}]|{_LATIN})[^\w“‘「『（《]*|[^\w]+")
_MARKS = ",;:，；：、—"
_BREATH = re.compile(rf"(?<=[{_MARKS}])\s*|\s+")


def sentences(text: str, language: Language, longest: int) -> Iterator[str]:
    """The sentences of a text, at most ``longest`` characters each: a longer one is cut behind its last comma or the
    like before the bound, else at the last space, else anywhere. Joined they are the text but for white space between.
    """
    for sentence in segment(language, text):
        rest = sentence.strip()
        while len(rest) > longest:
            ends = [found.end() for found in _BREATH.finditer(rest, 1, longest + 1)]
            ends = [end for end in ends if len(rest[:end].rstrip()) <= longest]
            marks = [end for end in ends if rest[:end].rstrip()[-1] in _MARKS]
            end = (marks or ends or [longest])[-1]
            yield rest[:end].strip()
            rest = rest[end:].strip()
        if rest:
            yield rest


def words(sentence: str, language: Language) -> list[str]:
    """The words as written, marks with them: what stands between white space; in Chinese each character, or a run of
    other letters, and joined without anything between they are the sentence.
    """
    return sentence.split() if language == "en" else _UNIT.findall(sentence)


def is_said(word: str) -> bool:
    """Whether a word has any sound."""
    return any(character.isalnum() for character in word)


def phrase_of(written: Sequence[str]) -> Phrase:
    """The phrase of these words, with which :func:`services.speech.recording.join` can go on."""
    signs = ""
    placed = []
    for word in written:
        start = len(signs)
        if is_said(word):
            signs += _WORD
        placed.append(PlacedWord(word, start, len(signs)))
        signs += "".join(
            mark for mark in (SOUND_OF_MARK.get(sign, "") for sign in _behind(word)) if mark in PUNCTUATION
        )
        signs += " "
    return Phrase(signs.rstrip(), tuple(placed))


def starts_of(phrase: Phrase, spans: Sequence[Span]) -> NDArray[np.float64]:
    """When each sign of the phrase starts, and the last one ends; ``spans`` are those of its words that are said."""
    starts = np.zeros(len(phrase.phonemes) + 1)
    heard = [word for word in phrase.words if word.end > word.start]
    for word, (start_s, end_s) in zip(heard, spans, strict=True):
        starts[word.start] = start_s
        starts[word.end :] = end_s
    return starts


def _behind(word: str) -> str:
    """The marks behind a word's last letter."""
    return re.split(r"\w", word)[-1]
