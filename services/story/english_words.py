"""English inflection, as far as a picture book needs it: past and participle, base form, plural, articles."""

import re
from collections.abc import Callable, Mapping, Sequence

from services.story.lexicon import table

_VOWELS = "aeiou"
_SILENT_H = ("hour", "honest", "honour", "heir")
_SOUNDS_LIKE_YOU = re.compile(r"(uni(?!n)|use|usu|eu|one\b|once\b|uk)", re.I)
_DOUBLED = {
    "stop",
    "hop",
    "hug",
    "plan",
    "skip",
    "clap",
    "drop",
    "rub",
    "tap",
    "trap",
    "wrap",
    "beg",
    "jog",
    "ski",
    "chat",
    "trip",
    "slip",
    "ship",
    "grab",
    "nap",
    "pat",
    "pet",
    "step",
    "stir",
    "swap",
    "mop",
    "pop",
    "zip",
    "travel",
}
_POSSESSED = re.compile(r"^(?:his|her|its|their|my|our|your)\s+", re.I)


def article(noun_phrase: str) -> str:
    """``a`` or ``an``, as the sound of the first word asks."""
    word = noun_phrase.lower()
    if word.startswith(_SILENT_H):
        return "an"
    if _SOUNDS_LIKE_YOU.match(word):
        return "a"
    return "an" if word[:1] in _VOWELS else "a"


def with_article(noun_phrase: str) -> str:
    """The phrase with its indefinite article."""
    return f"{article(noun_phrase)} {noun_phrase}"


def past(verb: str) -> str:
    """Simple past of a base form."""
    irregular = _irregular().get(verb)
    return irregular[0] if irregular else _regular(verb)


def participle(verb: str) -> str:
    """Past participle of a base form."""
    irregular = _irregular().get(verb)
    return irregular[1] if irregular else _regular(verb)


def past_phrase(verb_phrase: str) -> str:
    """A verb phrase in the past: ``touch the moon and sing`` gives ``touched the moon and sang``."""
    return _inflect(verb_phrase, past)


def participle_phrase(verb_phrase: str) -> str:
    """A verb phrase after ``had``: ``see the sea`` gives ``seen the sea``."""
    return _inflect(verb_phrase, participle)


def gerund(verb: str) -> str:
    """The -ing form of a base form."""
    if verb.endswith("e") and not verb.endswith("ee") and verb != "be":
        return verb[:-1] + "ing"
    doubles = verb in _DOUBLED or verb in {
        "swim",
        "run",
        "sit",
        "cut",
        "dig",
        "win",
        "spin",
        "get",
        "put",
        "let",
        "set",
        "hit",
    }
    return f"{verb}{verb[-1] if doubles and verb != 'ski' else ''}ing"


def base(verb: str) -> str:  # noqa: PLR0911  (one return an ending)
    """Base form of a third person, past or -ing form; a base form stays as it is."""
    word = verb.lower()
    for plain, forms in _irregular().items():
        if word in forms or word == plain:
            return plain
    if word in {"is", "are", "am", "were"}:
        return "be"
    if word == "has":
        return "have"
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ied"):
        return word[:-3] + "y"
    if word.endswith("ing") and len(word) > 5:
        return _restore(word[:-3])
    if word.endswith("ed") and len(word) > 4 and not word.endswith("eed"):
        return _restore(word[:-2])
    if re.search(r"(ss|sh|ch|x|zz|o)es$", word):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def plural(noun: str) -> str:
    """Plural of a regular noun; irregular ones are in the lexicon."""
    if re.search(r"(s|x|z|ch|sh)$", noun):
        return noun + "es"
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + "s"


def singular(noun: str) -> str:
    """A guess at the singular of a plural noun."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y"
    if re.search(r"(sh|ch|x|ss)es$", noun):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def title_case(text: str) -> str:
    """Headline capitals: every word but the small ones, and those of the reader's own spelling as they are."""
    small = {"a", "an", "the", "and", "or", "of", "to", "in", "on", "at", "for", "with", "by", "from", "is", "under"}
    words = text.split()
    words = [words[0], *(word.lower() if word in {"The", "A", "An"} else word for word in words[1:])] if words else []
    return " ".join(
        word if (0 < index < len(words) - 1 and word in small) else word[:1].upper() + word[1:]
        for index, word in enumerate(words)
    )


def listed(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *before, last = parts or [""]
    return f"{', '.join(before)} and {last}" if before else last


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _irregular() -> Mapping[str, list[str]]:
    return table("en/verbs.toml")


def _regular(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    if verb in _DOUBLED and verb not in {"ski", "travel"}:
        return verb + verb[-1] + "ed"
    return verb + "ed"


def _restore(stem: str) -> str:
    """The base form behind a stem from which -ing or -ed was cut."""
    if stem in _irregular():
        return stem
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    if stem + "e" in _irregular():
        return stem + "e"
    if re.search(r"([^aeiou][aiu][kvcgdt]|[aeiou]v|[^e]v|c|dg|ng|bl|tl|zl|dl|gl|s|[^aeo]at|is|us)$", stem):
        return stem + "e" if not re.search(r"(ss|ing|ong|ang)$", stem) else stem
    return stem


def _inflect(verb_phrase: str, form: Callable[[str], str]) -> str:
    head, *rest = verb_phrase.split(" ")
    done = [form(head)]
    for previous, word in zip([head, *rest], rest, strict=False):
        joined = previous == "and" and (word in _irregular() or word in _COMMON)
        done.append(form(word) if joined else word)
    return " ".join(done)


_COMMON = {
    "help",
    "play",
    "dance",
    "learn",
    "touch",
    "open",
    "share",
    "cook",
    "bake",
    "paint",
    "save",
    "visit",
    "climb",
    "jump",
    "talk",
    "walk",
    "return",
    "live",
}


def definite(name: str) -> str:
    """``a quiet forest`` becomes ``the quiet forest``; names and possessives stay."""
    bare = re.sub(r"^(?:a|an|the)\s+", "", name, flags=re.I)
    if bare == name:
        return _POSSESSED.sub("the ", name)
    return f"the {bare}"
