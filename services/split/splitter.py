"""Cutting narration into segments: at sentence ends, then at clauses, inside a clause only where it must be.

Sentence ends come from ``sentencex`` (Wikimedia's splitter), which knows abbreviations, numbers, quotes and URLs of
both languages and keeps every character.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sentencex import segment  # type: ignore[attr-defined]

from schemas import Language, SplitRequested
from talestream.cancellation import check_cancelled
from talestream.made_by import OURS

_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNIT = re.compile(rf"[{_HAN}]|[^\s{_HAN}\W]+(?:['’.\-][^\s{_HAN}\W]+)*", re.UNICODE)
_URL = re.compile(r"https?://\S+|www\.\S+")
_CLAUSE_END = re.compile(
    r"(?<=[,;:–—])[\"'”’)\]]*\s+"
    rf"|(?<=[，；：、])(?=[^”’」』）])|(?:(?<=……)|(?<=——))(?=[{_HAN}])"
    r"|(?<=[，；：。！？…][”’」』）])(?=.)|(?<=[。！？])(?=[^”’」』）。！？…])",
)
_SAYS = re.compile(rf"^\s*(?:[a-z]|[{_HAN}]{{1,8}}(?:说|问|喊|叫|道|答|回答|笑)[^，]{{0,3}}[。，！])")
_CLOSED_QUOTE = re.compile(r"[.!?,。！？…][\"”’」』]\s*$")
_WORD_GAP = re.compile(rf"\s+|(?<=[{_HAN}，、])(?=[{_HAN}])")
_TINY = 2


class SentenceSplitter:
    """Splits English, Chinese and mixtures. Without state; thread-safe."""

    name = "embedded"
    model = "sentence splitter"
    revision = OURS

    def split_script(self, request: SplitRequested) -> Iterator[tuple[str, ...]]:
        """See :class:`services.split.providers.Splitter`."""
        script = request.script
        for page in script.pages:
            yield self.split(
                page.story, script.language, max_words=request.max_words, max_characters=request.max_characters
            )

    def split(self, text: str, language: Language, *, max_words: int, max_characters: int) -> tuple[str, ...]:
        """Segments of at most ``max_words`` words or ``max_characters`` Chinese characters, in order.

        Nothing is lost but white space at the cuts. A single word or URL that is longer than the bound stays whole.
        """
        size = _measure(max_words, max_characters)
        sentences = _with_attribution(list(segment(language, text)), size)
        pieces: list[str] = []
        for sentence in sentences:
            check_cancelled()
            pieces += _fit(sentence, size)
        return tuple(piece for piece in (_trim(piece) for piece in _without_crumbs(pieces, size)) if piece)


Size = Callable[[str], float]
"""How full a segment is: 1 is the bound."""


def _measure(max_words: int, max_characters: int) -> Size:
    """Chinese characters and words each weigh by their own bound, so that mixed text has a length, too."""

    def size(text: str) -> float:
        units = _UNIT.findall(_URL.sub(" url ", text))
        han = sum(1 for unit in units if re.match(rf"[{_HAN}]", unit))
        return han / max_characters + (len(units) - han) / max_words + 1e-9 * bool(units)

    return size


def _with_attribution(sentences: Sequence[str], size: Size) -> list[str]:
    """``“走吧！”`` and ``猫头鹰说。`` belong together where they fit into one segment."""
    joined: list[str] = []
    for sentence in sentences:
        follows = joined and _CLOSED_QUOTE.search(joined[-1]) and _SAYS.match(sentence)
        if (
            joined
            and (follows or not _UNIT.search(sentence))
            and (size(joined[-1] + sentence) <= 1.0001 or not _UNIT.search(sentence))
        ):
            joined[-1] += sentence
        else:
            joined.append(sentence)
    return joined


def _fit(text: str, size: Size) -> list[str]:
    """The text in as few pieces as fit, about equally long, cut at clauses where they allow it."""
    if size(text) <= 1.0001:
        return [text]
    fitting: list[str] = []
    for clause in _cut(text, _CLAUSE_END):
        fitting += [clause] if size(clause) <= 1.0001 else _balanced(_cut(clause, _WORD_GAP), size)
    return _balanced(fitting, size)


def _cut(text: str, where: re.Pattern[str]) -> list[str]:
    """The text cut behind every match; white space stays with what precedes it, and nothing inside a URL is cut."""
    urls = [match.span() for match in _URL.finditer(text)]
    ends = [match.end() for match in where.finditer(text)]
    ends = [end for end in ends if not any(start < end < stop for start, stop in urls)]
    edges = [0, *dict.fromkeys(end for end in ends if 0 < end < len(text)), len(text)]
    return [text[start:stop] for start, stop in pairwise(edges)]


def _balanced(parts: Sequence[str], size: Size) -> list[str]:
    """Neighbouring parts joined into as few pieces as the bound allows, the longest piece as short as can be."""
    count = len(_packed(parts, 1.0001, size))
    low, high = 0.0, 1.0001
    for _ in range(12):
        middle = (low + high) / 2
        if len(_packed(parts, middle, size)) <= count:
            high = middle
        else:
            low = middle
    return _packed(parts, high, size)


def _packed(parts: Sequence[str], bound: float, size: Size) -> list[str]:
    packed: list[str] = []
    for part in parts:
        if packed and size(packed[-1] + part) <= bound:
            packed[-1] += part
        else:
            packed.append(part)
    return packed


def _without_crumbs(pieces: Sequence[str], size: Size) -> list[str]:
    """A piece of a word or two joins its neighbour where it fits; one without any word always does."""
    kept: list[str] = []
    for piece in pieces:
        units = len(_UNIT.findall(piece))
        tiny = units <= _TINY or (bool(kept) and len(_UNIT.findall(kept[-1])) <= _TINY)
        if kept and (units == 0 or not _UNIT.search(kept[-1]) or (tiny and size(kept[-1] + piece) <= 1.0001)):
            kept[-1] += piece
        else:
            kept.append(piece)
    return kept


def _trim(piece: str) -> str:
    return re.sub(r"\s+", " ", piece).strip()
