"""From whatever a user typed to the sentence that matters."""

import re
import unicodedata
from collections.abc import Sequence

from talestream.errors import BadInput

GIST_WORDS = 28
GIST_CHARACTERS = 60

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|[\n\r]+")
_LEAD_IN = re.compile(
    r"^(?:(?:please|can you|could you|i want|i would like|i'd like|give me|make me|let's have|write|tell"
    r"|create|generate|make|"
    r"me|us|for my (?:son|daughter|kids?)|a|an|the|short|very|long|lovely|nice"
    r"|sweet|good|new|exciting|little|funny|bedtime|fairy|picture|children's"
    r"|kids'?)\s+){0,8}"
    r"(?:story|tale|film|movie|video|book|stories|cartoon)\s+(?:about|of|on|where|in which|for children about)\s+",
    re.I,
)
_ONCE = re.compile(r"^(?:once upon a time,?\s*)?(?:there (?:was|is|lived|once was)\s+)?", re.I)
_FOR_WHOM = re.compile(
    r"^(?:(?:please|can you|could you|i want|i need|i would like|i'd like|give me|make me|write|tell|create|make|me|us"
    r"|a|an|the|short|little|funny|bedtime|fairy)\s+){0,8}(?:story|tale|film|movie|video|book)\s+for\s+"
    r"(?:my\s+)?(?:(?:little|older|younger)\s+)?(?P<who>(?:son|daughter|grandson|granddaughter|nephew|niece|child|kid)\s+)?"
    r"(?P<name>[A-Z][\w'-]+),?\s+(?:who|she|he|they)\s+(?P<rest>.+)$",
    re.I,
)
"""A story for my daughter Emma, she is 4 and loves unicorns: about Emma, who loves unicorns."""
_AGE = re.compile(
    r"\b(?:is|just turned|turns)\s+(?:only\s+)?(?:\d+|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?:\s+years?\s+old|\s+today)?(?:,\s*(?:and\s+)?|\s+and\s+)?(?:(?:she|he|they)\s+)?",
    re.I,
)
_ABOUT = re.compile(r"^about\s+", re.I)
_ZH_LEAD_IN = re.compile(
    r"^(?:请|帮我|给我|我想要|我想听|我要|来|写|讲|说|编|生成|做|创作|一个|一篇|个|关于|有关)*"
    r"(?:关于|有关|一个|一篇|讲述?|写|编)(?=.)"
)
_ZH_TAIL = re.compile(r"的?(?:童话)?(?:故事|绘本|动画|短片|视频)$")
_ZH_ONCE = re.compile(r"^(?:从前|很久很久以前|很久以前)[，,]?(?:有)?")
_ORDER = re.compile(
    r"^(?:please|write|create|generate|make (?:it|me|a|the)|tell (?:me|a|the|us)|give me|use|include|add|keep|set it"
    r"|ignore|it (?:should|must)|the \w+ (?:should|must)|i(?: would|'d) like|i want (?:a|you|the|it)|could you"
    r"|can you)\b"
    r"|^(?:请|帮我|给我|我想要|我想听|我要(?:一|你)|写一|讲一|来一|编一|生成|创作|要求|故事(?:要|应该)|主角(?:要|应该)|风格)",
    re.I,
)
_KEPT = re.compile(r"[^\w\s'’\-.,!?:;。，、！？：；·…“”\"]")


def is_request(sentences: Sequence[str]) -> bool:
    """Whether sentences ask for a story rather than tell one: the first of them does, or a third of them all do."""
    orders = [bool(_ORDER.match(sentence) or _LEAD_IN.match(sentence)) for sentence in sentences]
    return bool(orders) and (orders[0] or 3 * sum(orders) >= len(orders))


def gist(text: str) -> str:
    """The first sentence that says something, without "tell me a story about" and the like.

    BadInput when no word is left: punctuation, emoji and control characters alone are no topic.
    """
    clean = unicodedata.normalize("NFC", text)
    clean = "".join(" " if unicodedata.category(c)[0] in "CZ" and c != "\n" else c for c in clean)
    clean = _KEPT.sub(" ", clean)
    for sentence in _SENTENCE_END.split(clean):
        found = _strip(sentence)
        if re.search(r"[^\W_]", found):
            return found
    raise BadInput("the topic has no words in it: say in a sentence what the story shall be about")


def _strip(sentence: str) -> str:
    text = re.sub(r"\s+", " ", sentence).strip(" .,!:;。，、！：；…-_·\"“”'")
    if whom := _FOR_WHOM.match(text):
        who = f"my {whom['who'].strip()} {whom['name']}" if whom["who"] else whom["name"]
        told = _AGE.sub("", whom["rest"]).strip(" ,")
        text = f"{who} who {told}" if told else who
    text = _LEAD_IN.sub("", text)
    text = _ABOUT.sub("", _ONCE.sub("", text))
    before = text
    text = _ZH_TAIL.sub("", _ZH_ONCE.sub("", _ZH_LEAD_IN.sub("", text)))
    text = text or before
    words = text.split(" ")
    if len(words) > GIST_WORDS:
        text = " ".join(words[:GIST_WORDS])
    longest = GIST_CHARACTERS if re.search(r"[\u3400-\u9fff]", text) else 220
    return text[:longest].strip(" ,.;:，。；：-")
