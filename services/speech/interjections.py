"""Sounds that stories spell with letters: ``Shhh`` is a sound, not S-H-H-H."""

import re

_SOUNDS = (
    (r"sh+", "ʃːʃ"),
    (r"z{2,}", "zːz"),
    (r"br{2,}", "bɹː"),
    (r"gr{2,}", "ɡɹː"),
    (r"m{2,}", "mːm"),
    (r"hm+", "hˈəm"),
    (r"ps+t", "psst"),
    (r"pf+t?", "pfft"),
    (r"s{2,}", "sːs"),
    (r"tsk", "tˈɪsk"),
    (r"(?:ha){2,}h?", "hˈɑ hˈɑ"),
    (r"wh?o{2,}sh+", "wˈʊʃ"),
    (r"a+h{2,}", "ˈɑː"),
    (r"o+h{2,}", "ˈO"),
    (r"wo{2,}w", "wˈW"),
    (r"vr[uo]{2,}m", "vɹˈum"),
)
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), phonemes) for pattern, phonemes in _SOUNDS)


def said_as_sound(word: str) -> str | None:
    """The phonemes of a word that spells a sound; None for any other word."""
    return next((phonemes for pattern, phonemes in _PATTERNS if pattern.fullmatch(word)), None)
