"""What of a text can be said: letters, digits and marks; not emoji, control characters and the like."""

import unicodedata

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇"
"""Chinese characters, for use inside a character class."""

_READ_AS_IS = frozenset("°™®©§¶†‡•€£¥₹₩¢$+=<>~|^`×÷±√∞")
_SKIPPED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Mn", "Me", "Mc", "Sm"))
_SPACES = frozenset(("Zs", "Zl", "Zp"))


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    return any(
        first <= character <= last
        for first, last in (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"), ("〇", "〇"))
    )


def speakable(text: str) -> str:
    """The text without what has no sound; other scripts than Latin and Chinese in Latin letters (``Мир``: Mir)."""
    composed = unicodedata.normalize("NFC", text.replace("⁄", "/"))
    return "".join(_speakable(character) for character in composed)


def _speakable(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() else " "
    if character in _READ_AS_IS or is_han(character):
        return character
    category = unicodedata.category(character)
    if category in _SPACES:
        return " "
    if category in _SKIPPED:
        return ""
    if category.startswith("P") or unicodedata.name(character, "").startswith("LATIN"):
        return character
    compatible = unicodedata.normalize("NFKC", character)
    return compatible if compatible.isascii() else _in_latin(compatible)


def _in_latin(text: str) -> str:
    from anyascii import anyascii  # noqa: PLC0415

    return str(anyascii(text))
