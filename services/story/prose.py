"""A text in sentences, and a sentence in two: how a text that is told is measured and cut, in both languages. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from sentencex import segment  # type: ignore[attr-defined]

from schemas import Language

_HAN = r"\u3400-\u9fff\uf900-\ufaff"
_UNIT = re.compile(rf"[{_HAN}]|[^\W_{_HAN}]+(?:['’.-][^\W_{_HAN}]+)*")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_GAP_OF_HAN = re.compile(rf"(?<=[{_HAN}，。！？；：、”])\s+(?=[{_HAN}“])")
_ENDS = re.compile(r"[.!?。！？…:：;；,，][\"”’」』)）*_]*$")
_CLOSED_QUOTE = re.compile(r"[.!?,。！？…，][\"”’」』]$")
_SAYS = re.compile(r"^(?:[a-z]|[^，。！？“”]{1,8}(?:说|问|喊|叫|道|答|笑|叹)[^，。！？“”]{0,3}[。，！：])")
_MOST_OF_A_HEADING = 10
"""A paragraph of so few words that does not end as a sentence does is a heading."""
_ENGLISH_GAPS = (
    re.compile(r"(?<=[,;:–—])[\"”’]?\s+"),
    re.compile(
        r"\s+(?=(?:and|but|so|because|when|while|until|who|where|which|then|before|after|with|from|into|to|in|on|at"
        r"|under|over|through|as|like|for|that|behind|near|beside|above|below|around|between|among|across|along|by"
        r"|without|how|why|what|if)\b)"
    ),
    re.compile(r"(?<!\bof)\s+(?=(?:an?|the|his|her|its|their|my|our|your|two|three|some|every)\b)"),
    re.compile(r"(?<!\ba)(?<!\b(?:an|of|to|is|my))(?<!\b(?:the|his|her|its|our|had|was|and|not))\s+"),
    re.compile(r"\s+"),
)
_CHINESE_GAPS = (re.compile(r"(?<=[，；：、])(?=[^”’」』])"),)
_LEANS = "他她它我你的了着过吗呢吧"
"""Characters that belong to what stands before them."""
_MIDDLE = 0.25
"""No clause is cut off that is a smaller part of its sentence, while there is another place to cut."""


@dataclass(frozen=True)
class Prose:
    """How one language is measured and cut."""

    language: Language
    longest_page: int
    """Words, or Chinese characters, that a page may speak."""

    def length(self, text: str) -> int:
        """Words, Chinese characters each as one."""
        return len(_UNIT.findall(text))

    def words(self, sentence: str) -> list[str]:
        """What a sentence is compared by: its longer words; of Chinese, pairs of characters."""
        units = _UNIT.findall(sentence.lower())
        if self.language == "zh":
            return [one + other for one, other in pairwise(units)]
        return [unit for unit in units if len(unit) > 3]

    def join(self, parts: Iterable[str]) -> str:
        """Stretches of text after one another."""
        return ("" if self.language == "zh" else " ").join(parts)

    def read(self, text: str) -> tuple[str, list[str]]:
        """The text's own title, empty where it has none, and its sentences. Headings are not told.

        What somebody says and the words for who says it are one sentence, while a page has room for them.
        """
        title = ""
        found: list[str] = []
        for paragraph in _PARAGRAPH.split(_tidy(text)):
            line = _GAP_OF_HAN.sub("", re.sub(r"\s+", " ", paragraph).strip())
            if not _UNIT.search(line):
                continue
            if self.length(line) <= _MOST_OF_A_HEADING and not _ENDS.search(line):
                title = title or ("" if found else line.strip("#*_= "))
                continue
            found += self._sentences(line)
        return title, found

    def halves(self, text: str) -> tuple[str, str] | None:
        """The text cut in two, at the end of a clause, else of a phrase, else between words; None for a single word."""
        kinds = list(self._gaps(text))
        for gaps, least in [*((gaps, _MIDDLE) for gaps in kinds[:-1]), *((gaps, 0.0) for gaps in kinds)]:
            if cuts := _cuts(text, gaps, least):
                return min(cuts, key=lambda cut: abs(len(cut[0]) - len(cut[1])))
        return None

    def has_clauses(self, text: str) -> bool:
        """Whether it can be cut at the end of a clause, neither part being short."""
        return bool(_cuts(text, next(self._gaps(text)), _MIDDLE))

    def _gaps(self, text: str) -> Iterator[list[int]]:
        for pattern in _ENGLISH_GAPS if self.language == "en" else _CHINESE_GAPS:
            yield [match.end() for match in pattern.finditer(text)]
        if self.language == "zh":
            yield _ends_of_phrases(text)
            yield [match.end() for match in _UNIT.finditer(text)]

    def _sentences(self, paragraph: str) -> list[str]:
        kept: list[str] = []
        for sentence in (part.strip() for part in segment(self.language, paragraph)):
            if not sentence:
                continue
            follows = bool(kept) and (
                not _UNIT.search(sentence)
                or _is_open(kept[-1])
                or (_CLOSED_QUOTE.search(kept[-1]) is not None and _SAYS.match(sentence) is not None)
            )
            if follows and self.length(kept[-1] + sentence) <= self.longest_page:
                kept[-1] = self.join([kept[-1], sentence])
            else:
                kept.append(sentence)
        return [sentence for sentence in kept if _UNIT.search(sentence)]


PROSE: dict[Language, Prose] = {"en": Prose("en", 60), "zh": Prose("zh", 110)}


def _cuts(text: str, gaps: list[int], least: float) -> list[tuple[str, str]]:
    """The text cut at each of the gaps of which neither part is less than ``least`` of it; both have words."""
    fair = [gap for gap in gaps if least * len(text) <= gap <= (1 - least) * len(text)]
    cuts = [(text[:gap].strip(), text[gap:].strip()) for gap in fair]
    return [cut for cut in cuts if all(_UNIT.search(part) for part in cut)]


def _tidy(text: str) -> str:
    """The text without control characters, line ends as ``\\n``."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    return "".join(" " if unicodedata.category(c)[0] == "C" and c != "\n" else c for c in text)


def _is_open(text: str) -> bool:
    """Whether somebody is still speaking at its end."""
    return text.count("“") > text.count("”") or text.count('"') % 2 == 1


def _ends_of_phrases(text: str) -> list[int]:
    ends, at = [], 0
    for phrase in _phrases().parse(text):
        at += len(phrase)
        ends.append(at)
    return [end for end in ends[:-1] if text[end] not in _LEANS]


@cache
def _phrases():  # type: ignore[no-untyped-def]
    import budoux  # noqa: PLC0415  with the extra [embedded]

    return budoux.load_default_simplified_chinese_parser()
