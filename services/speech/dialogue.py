"""Who says what on a page: narration and quotations, and which character a quotation is attributed to. Pure.

A quotation is a character's when the story says so: in the clause behind it (``“…,” said Toby``), in the clause before
it (``Toby said, “…”``), or because it goes on after such a clause. Whatever is left open is the narrator's: a wrong
voice is worse.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from schemas import Character
from services.speech.characters import HAN, is_han

_CLOSING = {"“": "”", "「": "」", "『": "』", '"': '"'}
_SENTENCE_END = "!.?…。！？"
_SENTENCE = re.compile(rf"[^{_SENTENCE_END}]*[{_SENTENCE_END}]*\s*")
_CLAUSE = re.compile(r"[^,;:，；：—]+[,;:，；：—]*\s*")
_TAG_BEHIND = re.compile(rf"\s*(?:[a-z]|[^,，{_SENTENCE_END}]{{0,16}}(?:说|问|喊|叫|道|答|笑|嚷))")
"""What tells who has spoken begins in small letters, or has a Chinese verb of speaking."""
_TAG_BEFORE = re.compile(r"[,:，：]\s*$")
LONGEST_TAG = 40
"""Characters behind a quotation in which its speaker is named; who comes later is somebody else."""
_PRONOUN = re.compile(r"\b(?:he|she)\b|[他她它]", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A stretch of a segment in one voice; ``speaker`` is a character's name, None the narrator."""

    text: str
    speaker: str | None = None


@dataclass(frozen=True)
class _Run:
    """A stretch of a page inside or outside quotation marks."""

    text: str
    is_quotation: bool


def parts_of(segments: Sequence[str], characters: Sequence[Character]) -> list[list[Part]]:
    """The parts of each segment of a page, in order. Joined, a segment's parts are the segment."""
    if not characters:
        return [[Part(segment)] for segment in segments]
    joint = "" if any(map(is_han, "".join(segments))) else " "
    runs = _runs(joint.join(segments))
    speakers = _speakers(runs, _Mentions(characters))
    parts: list[list[Part]] = []
    pending = [Part(run.text, speaker) for run, speaker in zip(runs, speakers, strict=True)]
    for segment in segments:
        taken, pending = _taken(pending, len(segment))
        parts.append(taken)
        _, pending = _taken(pending, len(joint))
    return parts


def _runs(text: str) -> list[_Run]:
    """The text by turns outside and inside quotation marks. A mark that is never closed opens nothing."""
    runs: list[_Run] = []
    start = at = 0
    while at < len(text):
        closing = _CLOSING.get(text[at])
        end = text.find(closing, at + 1) if closing else -1
        if end < 0:
            at += 1
            continue
        runs += [_Run(text[start:at], is_quotation=False), _Run(text[at : end + 1], is_quotation=True)]
        start = at = end + 1
    return [run for run in (*runs, _Run(text[start:], is_quotation=False)) if run.text]


def _speakers(runs: Sequence[_Run], mentions: "_Mentions") -> list[str | None]:
    speakers: list[str | None] = []
    for number, run in enumerate(runs):
        if not run.is_quotation:
            speakers.append(None)
            continue
        told = "".join(other.text for other in runs[:number] if not other.is_quotation)
        before = runs[number - 1].text if number and not runs[number - 1].is_quotation else ""
        behind = runs[number + 1].text if number + 1 < len(runs) else ""
        speaker = _said_behind(run.text, behind, told, mentions) or _said_before(before, told, mentions)
        if speaker is None and number > 1 and _is_one_sentence(before):
            speaker = _goes_on(runs[number - 2], before, speakers[number - 2])
        speakers.append(speaker)
    return speakers


def _said_behind(quotation: str, behind: str, told: str, mentions: "_Mentions") -> str | None:
    """``“…,” said Toby.``, ``“…,” Toby said.``, ``“……”小满说。``"""
    has_comma = quotation[:-1].endswith((",", "，"))
    if not behind.strip() or not (has_comma or _TAG_BEHIND.match(behind)):
        return None
    clause = next(_clauses(_SENTENCE.match(behind.lstrip())), "")[:LONGEST_TAG]
    return mentions.first(clause) or (mentions.latest(told) if _PRONOUN.search(clause) else None)


def _said_before(before: str, told: str, mentions: "_Mentions") -> str | None:
    """``Toby said, “…”``, ``小满说：“……”``"""
    if not _TAG_BEFORE.search(before):
        return None
    sentence = [found[0] for found in _SENTENCE.finditer(before) if found[0]][-1]
    for clause in reversed(list(_clauses(_SENTENCE.match(sentence)))):
        if speaker := mentions.first(clause):
            return speaker
        if _PRONOUN.search(clause):
            return mentions.latest(told[: len(told) - len(sentence)])
    return None


def _goes_on(earlier: _Run, between: str, speaker: str | None) -> str | None:
    """``“…,” said Toby. “…”``"""
    return speaker if earlier.is_quotation and _TAG_BEHIND.match(between) else None


def _is_one_sentence(text: str) -> bool:
    return len([found for found in _SENTENCE.finditer(text.strip()) if found[0]]) == 1


def _clauses(sentence: re.Match[str] | None) -> Iterator[str]:
    return (found[0] for found in _CLAUSE.finditer(sentence[0] if sentence else ""))


class _Mentions:
    """Finds characters in a text by their names, and by what they are where only one of them is that."""

    def __init__(self, characters: Sequence[Character]) -> None:
        kinds = [character.kind.casefold() for character in characters]
        self._patterns = [
            (character.name, _pattern(character.name, *([character.kind] if kinds.count(kind) == 1 else [])))
            for character, kind in zip(characters, kinds, strict=True)
        ]

    def first(self, text: str) -> str | None:
        """Whoever is named first."""
        found = [(match.start(), name) for name, pattern in self._patterns if (match := pattern.search(text))]
        return min(found)[1] if found else None

    def latest(self, told: str) -> str | None:
        """Whom a pronoun means: the one named first in the latest sentence that names anybody."""
        for sentence in reversed([found[0] for found in _SENTENCE.finditer(told)]):
            if named := self.first(sentence):
                return named
        return None


def _pattern(*words: str) -> re.Pattern[str]:
    said = [re.escape(word) for word in words if word.strip()]
    if not said:
        return re.compile(r"(?!)")
    either = "|".join(said)
    return re.compile(rf"(?<![^\W{HAN}])(?:{either})(?![^\W{HAN}])", re.IGNORECASE)


def _taken(parts: Sequence[Part], length: int) -> tuple[list[Part], list[Part]]:
    """The first ``length`` characters of the parts, and the rest."""
    taken: list[Part] = []
    rest = list(parts)
    while length and rest:
        part = rest.pop(0)
        taken.append(Part(part.text[:length], part.speaker))
        if len(part.text) > length:
            rest.insert(0, Part(part.text[length:], part.speaker))
        length -= min(length, len(part.text))
    return taken, rest
