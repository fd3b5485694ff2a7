"""Chinese text to phrases: words by jieba, readings by pypinyin, phonemes by misaki. Latin words among the characters
are read as English.
"""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from services.speech.characters import HAN, speakable
from services.speech.chinese_numbers import read_number
from services.speech.lazily import Lazily
from services.speech.phrase import Phrase, Syllables, phrases_of

if TYPE_CHECKING:
    from jieba import Tokenizer

_PIECE = re.compile(
    rf"(?P<han>[{HAN}]+)|(?P<latin>[A-Za-zÀ-ɏ]+(?:['’\-.&][A-Za-zÀ-ɏ]+)*(?:\s+[A-Za-zÀ-ɏ]+(?:['’\-.&][A-Za-zÀ-ɏ]+)*)*)"
    r"|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_SENTENCE_END = re.compile(r"(?<=[。！？!?…；;\n])(?![。！？!?…；;”’」』）)》\s])|(?<=[。！？!?…][”’」』）])")
_NUMBER_START = re.compile(r"[\d¥￥$＄€£]|[-−](?=\d)", re.ASCII)
_NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
_OPENING = frozenset("“‘「『（(《〈【[{<")
SOUND_OF_MARK = {mark: mark for mark in ',.!?:;…—"“”()'} | dict(
    zip("，、。．！？：；–～~「」『』《》【】（）", ",,..!?:;———“”“”“”“”()", strict=True)
)
"""Marks in the phoneme alphabet, by which the voice shapes the sentence."""
_SPOKEN_SIGNS = {"%": "百分号", "+": "加", "=": "等于", "×": "乘", "÷": "除以", "&": "和", "@": "艾特", "℃": "摄氏度"}
_PARTICLES = {"地": "de5", "得": "de5"}
"""Words that are particles when they follow an adverb, adjective or verb: 慢慢地, 跑得快."""
_BEFORE_NO_PARTICLE = frozenset("的在这那片块遍满于此该各某两天他她它我你们就可总还只也都必须一定不")
"""Last characters of words after which they are a noun and a verb: 这片地, 他得走了."""
_AFTER_COUNTS = {"只": "zhi1"}
_COUNTS = frozenset("零一二两三四五六七八九十百千万半几数多这那哪每")
"""Words that are measure words after these: 这只, 3只."""
_NON_SYLLABIC = "\u032f"


class Chinese:
    """The reader of Chinese. Loads its dictionary (about a second) at first use; serves several threads.

    ``read_latin`` gives the words of English text with their phonemes; ``cache`` is a folder for the dictionary's
    compiled form, made when missing.
    """

    def __init__(self, read_latin: Callable[[str], list[Syllables]], cache: Path | None = None) -> None:
        self._read_latin = read_latin
        self._cache = cache
        self._words = Lazily(self._load_words)

    def phrases(self, text: str) -> Iterator[Phrase]:
        """A phrase a sentence. Joined without anything between, the words are the text as written."""
        for sentence in _SENTENCE_END.split(text.strip()):
            if sentence:
                yield from phrases_of(self.syllables(sentence))

    def syllables(self, sentence: str) -> list[Syllables]:
        """The words of one sentence as written, marks and spaces with the word they follow, each with its phonemes."""
        words: list[Syllables] = []
        opening = ""
        for piece in self._pieces(sentence):
            if piece.text and piece.text in _OPENING:
                opening += piece.text
            elif words and not opening and not _is_word(piece):
                words[-1] = Syllables(words[-1].text + piece.text, words[-1].phonemes + piece.phonemes)
            else:
                marks = "".join(SOUND_OF_MARK.get(mark, "") for mark in opening)
                words.append(Syllables(opening + piece.text, marks + piece.phonemes))
                opening = ""
        return [*words, Syllables(opening, "")] if opening else words

    def phonemes(self, han: str) -> str:
        """The phonemes of a run of Chinese characters, words parted by spaces."""
        return " ".join(word.phonemes for word in self._han(han))

    def load(self) -> None:
        """Load what is needed to read."""
        self._words()

    def _load_words(self) -> "Tokenizer":
        import jieba  # noqa: PLC0415

        jieba.setLogLevel(logging.WARNING)
        dictionary = jieba.Tokenizer()
        if self._cache is not None:
            self._cache.mkdir(parents=True, exist_ok=True)
            dictionary.tmp_dir = str(self._cache)
        dictionary.initialize()
        return dictionary

    def _pieces(self, sentence: str) -> Iterator[Syllables]:
        """The sentence in pieces that are written out alike; their texts are the sentence."""
        digits = sentence.translate(_NARROW)
        position = 0
        before = "的"
        while position < len(sentence):
            if _NUMBER_START.match(digits, position) and (number := read_number(digits, position)):
                yield Syllables(sentence[position : number.end], self.phonemes(number.spoken))
                position = number.end
                before = number.spoken[-1]
                continue
            found = _PIECE.match(sentence, position)
            assert found is not None  # noqa: S101 - the pattern takes any character
            position = found.end()
            if found["han"]:
                yield from self._han(found["han"], before)
            elif found["latin"]:
                yield from self._latin(found["latin"])
            else:
                yield Syllables(found[0], self._mark(found[0]))
            before = "的"

    def _han(self, run: str, before: str = "的") -> Iterator[Syllables]:
        """Words and readings of a run of characters; ``before`` is the character before it, if that matters."""
        from misaki.zh import ZHG2P  # noqa: PLC0415
        from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

        for word in self._words().lcut(run, HMM=False):
            if word in _PARTICLES and before not in _BEFORE_NO_PARTICLE:
                readings = [_PARTICLES[word]]
            elif word in _AFTER_COUNTS and before in _COUNTS:
                readings = [_AFTER_COUNTS[word]]
            else:
                readings = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True)
            before = word[-1]
            said = "".join(ZHG2P.py2ipa(reading) for reading in readings if reading.isascii())
            yield Syllables(word, said.replace(_NON_SYLLABIC, ""))

    def _latin(self, run: str) -> Iterator[Syllables]:
        words = self._read_latin(run)
        for index, word in enumerate(words):
            yield Syllables(word.text + (" " if index + 1 < len(words) else ""), word.phonemes)

    def _mark(self, mark: str) -> str:
        if mark in _SPOKEN_SIGNS:
            return self.phonemes(_SPOKEN_SIGNS[mark])
        if mark in SOUND_OF_MARK:
            return SOUND_OF_MARK[mark]
        foreign = speakable(mark).strip()
        if not foreign.isalnum():
            return ""
        return "".join(word.phonemes for word in self._read_latin(foreign))


def _is_word(piece: Syllables) -> bool:
    return any(character.isalnum() for character in piece.text) or piece.text in _SPOKEN_SIGNS
