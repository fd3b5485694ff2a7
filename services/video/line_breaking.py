"""Cutting text into caption cards of at most two lines, in English and Chinese. Pure, given a ruler.

Chinese is cut between phrases, and never so that a line starts with a closing mark or
ends with an opening one (the kinsoku rules of W3C's Requirements for Chinese Text Layout, 3.1.3).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from schemas import Language
from services.video.chinese_phrases import phrases

Ruler = Callable[[str], float]
"""The width of a text in pixels."""
Card = tuple[str, ...]
"""The lines of one caption."""

NEVER_FIRST = frozenset("，。！？；：、）」』”’》】…—·,.!?;:)]}%")
NEVER_LAST = frozenset("（「『“‘《【([{")
SENTENCE_MARKS = ".!?…。！？"
CLAUSE_MARKS = ",;:—，；：、"
CLOSING = "\"'”’」』）)》】"
WEAK_END = re.compile(
    r"a|an|the|and|but|or|nor|so|if|as|at|by|for|from|in|into|of|on|onto|to|with|is|was|are|were|be|i|he|she|it|you|we"
    r"|they|his|her|its|my|your|their|our|that|who|which|when|where|than|very|not|no",
    re.IGNORECASE,
)
"""English words that belong to what follows."""
CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")


@dataclass(frozen=True)
class Token:
    """What is not broken, and whether a space stands before it."""

    text: str
    spaced: bool


def cards(text: str, language: Language, ruler: Ruler, max_width: float) -> list[Card]:
    """Cut ``text`` into cards whose lines are at most ``max_width`` wide, breaking at the ends of clauses where it can.

    A dynamic programme over the places where it may break; a card that ends inside a clause, or has much less on one
    line than on the other, costs more.
    """
    tokens = tokens_of(text, language, ruler, max_width)
    if not tokens:
        return []
    count = len(tokens)
    best: list[tuple[float, int, Card]] = [(0.0 if end == 0 else float("inf"), 0, ()) for end in range(count + 1)]
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            laid = _lay_card(tokens[start:end], ruler, max_width)
            if laid is None:
                break
            raggedness, card = laid
            cost = best[start][0] + 1 + raggedness + (0 if end == count else break_cost(tokens[end - 1]))
            if cost < best[end][0]:
                best[end] = (cost, start, card)
    found: list[Card] = []
    while count:
        _, start, card = best[count]
        found.append(card)
        count = start
    return found[::-1]


def tokens_of(text: str, language: Language, ruler: Ruler, max_width: float) -> list[Token]:
    """The unbreakable pieces of a text, none wider than a line."""
    return [piece for token in tokenize(text, language) for piece in _fitting(token, ruler, max_width)]


def tokenize(text: str, language: Language) -> list[Token]:
    """The unbreakable pieces of a text: words, and in Chinese phrases with the marks that belong to them."""
    tokens: list[Token] = []
    for word in text.split():
        pieces = phrases(word) if language == "zh" or CJK.search(word) else [word]
        tokens += [Token(piece, spaced=index == 0 and bool(tokens)) for index, piece in enumerate(_kinsoku(pieces))]
    return tokens


def join(tokens: Sequence[Token]) -> str:
    """The text of tokens on one line."""
    return "".join(f" {token.text}" if token.spaced and index else token.text for index, token in enumerate(tokens))


def _kinsoku(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and (piece[0] in NEVER_FIRST or joined[-1][-1] in NEVER_LAST):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _fitting(token: Token, ruler: Ruler, max_width: float) -> list[Token]:
    """The token, or its parts where it is wider than a line."""
    if ruler(token.text) <= max_width:
        return [token]
    parts, part = [], ""
    for letter in token.text:
        if part and letter not in NEVER_FIRST and ruler(part + letter) > max_width:
            parts.append(part)
            part = ""
        part += letter
    return [Token(text, token.spaced and index == 0) for index, text in enumerate([*parts, part])]


def _lay_card(tokens: Sequence[Token], ruler: Ruler, max_width: float) -> tuple[float, Card] | None:
    """A card of these tokens and how ragged it is; None when they do not fit on two lines."""
    line = join(tokens)
    width = ruler(line)
    if width <= max_width or len(tokens) == 1:
        return 0.25 * (1 - min(width / max_width, 1)), (line,)
    if width > 2.1 * max_width:
        return None
    options: list[tuple[float, Card]] = []
    for cut in range(1, len(tokens)):
        first, second = join(tokens[:cut]), join(tokens[cut:])
        widths = ruler(first), ruler(second)
        if max(widths) <= max_width:
            imbalance = abs(widths[0] - widths[1]) / max_width
            options.append((0.4 * imbalance + 0.3 * break_cost(tokens[cut - 1]), (first, second)))
    return min(options, default=None)


def break_cost(before: Token) -> float:
    """How much it hurts to break behind a token: nothing after a sentence, little after a clause, much after
    a small word that leans on the next.
    """
    text = before.text.rstrip(CLOSING)
    if text.endswith(tuple(SENTENCE_MARKS)):
        return 0.0
    if text.endswith(tuple(CLAUSE_MARKS)):
        return 0.25
    return 1.4 if WEAK_END.fullmatch(text) else 0.8


def first_letters(shown: Sequence[Card]) -> list[int]:
    """For each card, how many letters and digits stand before it; a last entry counts them all."""
    counts = [0]
    for card in shown:
        counts.append(counts[-1] + sum(letter.isalnum() for line in card for letter in line))
    return counts
