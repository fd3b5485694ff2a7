"""What somebody in an English prompt is after."""

import re
from dataclasses import replace

from services.story.english_everyday import everyday_wish
from services.story.english_nouns import DETERMINER, FAMILY, clip
from services.story.lexicon import chinese_of_thing
from services.story.premise import Wish

TAIL = re.compile(
    r"(?:\s*[,;:–]\s*|\s+)(?:but|because|so that|until|while|although|even though|with the help|and then"
    r"|and so|before|after|"
    r"when|if|despite|and (?:finds?|meets?|discovers?|learns?|makes?|becomes?|realizes?|gets?)|, )\b.*$",
    re.I,
)
_SORTS = {
    "reach": "touch reach catch climb fly travel sail go visit hug kiss jump see explore hold meet walk cross ride",
    "find": "find seek search look discover hunt",
    "contest": "win race compete",
    "make": "bake build make prepare paint draw cook write knit sew plant grow invent weave carve craft",
    "skill": "sing dance play read skate swim learn juggle whistle tie ski count speak spell dive surf paddle",
    "help": "help save rescue protect give share bring feed heal comfort deliver guard free cheer wake",
    "secret": "solve unlock open decode",
    "know": "know understand",
    "mend": "fix mend repair apologise apologize",
}
SORT_OF = {verb: sort for sort, words in _SORTS.items() for verb in words.split()}
_WORK = frozenset(
    word
    for line in (
        "bake brew bring build carry carve catch clean collect cook count cure dance deliver draw drive feed fix",
        "gather give grow guard heal herd invent juggle keep knit light make mend milk paint photograph plant play",
        "polish read repair ride sell sew sing skate spin sweep swim talk teach tell watch water weave work write",
    )
    for word in line.split()
)
"""What somebody may do day after day, for a living or for love."""
PLAIN_VERBS = frozenset(SORT_OF) | {
    "learn",
    "want",
    "wish",
    "try",
    "run",
    "go",
    "keep",
    "tell",
    "meet",
    "work",
    "fight",
    "share",
    "save",
    "sleep",
    "eat",
    "swap",
    "change",
    "explore",
    "chase",
    "laugh",
    "rescue",
    "celebrate",
    "pick",
    "hide",
    "dig",
    "camp",
    "plan",
    "decide",
    "hatch",
    "become",
    "lose",
    "discover",
    *_WORK,
}
"""Verbs in their base form that a prompt about several may have."""
_WHEN = re.compile(
    r"\s+(?:(?:on|in|during|through) (?:a|an|the|one)(?: \w+)? (?:night|day|morning|evening|rain|snow|storm|fog|wind)"
    r"|(?:every|each) (?:night|day|morning|evening)|at (?:night|dawn|noon))$",
    re.I,
)
_HOME = re.compile(r"\b(?:way home|go(?:es)? home|get(?:s)? home|return(?:s)? home|come(?:s)? home|back home)\b", re.I)


_UNCOUNTED = frozenset(
    ("home", "rain", "snow", "bread", "thunder", "water", "honey", "music", "time", "love", "space", "ice", "fire")
)
_EATEN = re.compile(
    r"(?:(?:only|just|nothing but|too much|too many|so much|lots of)\s+)?(?:an?|the|some|all|his|her|their)?\s*"
    r"([\w -]+)"
)


def wish_of(verb_phrase: str, *, is_lesson: bool = False) -> Wish:
    """The wish behind a verb phrase in its base form: ``touch the moon``."""
    do = clip(_without_when(TAIL.sub("", verb_phrase).strip(" ,.;:")), 10)
    do = re.sub(r"\s+with (?:his|her|their|its|the) (?:best )?(?:friends?|family)$", "", do)
    do = re.sub(r"^(?:look|search|hunt) for ", "find ", re.sub(r"\bits\b", "their", do))
    lesson = re.match(r"learn (?:how )?to (?P<do>.+)$", do)
    do, is_lesson = (lesson["do"], True) if lesson else (do, is_lesson)
    verb, _, rest = do.partition(" ")
    verb = verb.lower()
    verb = "become" if verb == "be" and rest and not re.match(r"(?:with|in|at|on|like|alone|home)\b", rest) else verb
    if verb == "eat" and (eaten := _EATEN.fullmatch(rest)):
        return find_wish(f"the very best {eaten[1]}")
    do = f"{verb} {rest}".strip()
    if everyday := everyday_wish(do):
        return everyday
    if re.match(r"(?:hide[ -]and[ -]seek|tag|catch)$", rest) and verb == "play":
        return Wish(do=do, did=re.sub("^play", "played", do), sort="skill")
    is_state = verb == "become" and DETERMINER.match(rest) is None
    thing = None if is_state else _object(rest)
    if _HOME.search(do):
        sort = "home"
    elif re.search(r"\bfriends?\b", rest) and verb in {"find", "make", "have", "meet", "become", "be"}:
        sort = "friend"
    elif is_lesson and SORT_OF.get(verb, "any") in {"any", "reach", "make"}:
        sort = "skill"
    else:
        sort = SORT_OF.get(verb, "any")
    ask = f"How can I {do}?" if sort == "know" else None
    lost = re.fullmatch(r"find an? ((?:lost|missing|stolen) .+)", do)  # once found, it is a certain one
    return Wish(do=do, did=f"found the {lost[1]}" if lost else "", sort=sort, thing=thing, ask=ask)


def is_work(wish: Wish) -> bool:
    """Whether somebody may do it day after day: deliver letters, play the drums, paint; not build a boat."""
    verb, _, rest = wish.do.partition(" ")
    if verb not in _WORK or wish.sort == "friend":
        return False
    return (
        not re.match(r"(?:an?|one|the|his|her|their|its|this|that|me|us|him)\b", rest)
        or re.match(r"the (?:drums?|piano|violin|guitar|flute|trumpet|cello|harp|\w+s)\b", rest) is not None
    )


def work_of(wish: Wish) -> Wish:
    """The same as what somebody does day after day: a craft where something is made."""
    return replace(wish, sort="craft" if wish.sort == "make" else "work")


def find_wish(thing: str) -> Wish:
    """The wish to find something."""
    what = clip(_without_when(TAIL.sub("", thing).strip(" ,.;:")), 9)
    found = wish_of(f"find {what}")
    return found if found.sort != "any" else Wish(do=found.do, sort="find", thing=found.thing)


def lost_wish(thing: str) -> Wish:
    """The wish to find what somebody has lost: of ``his bone``, the lost bone."""
    what = clip(_without_when(thing.strip(" ,.;:")), 9)
    named = re.match(rf"^(?:his|her|their|its|my|an?|the)\s+(?!(?:lost|{'|'.join(FAMILY)})\b)(?P<thing>.+)$", what)
    is_lost = named is not None and not re.match(r"(?:other|missing|stolen)\b", named["thing"])
    found = find_wish(f"the {'lost ' if is_lost else ''}{named['thing']}" if named else what)
    return Wish(do=found.do, sort="lost" if found.sort == "find" else found.sort, thing=found.thing)


def learn_about(thing: str) -> Wish:
    """The wish to know all about something that the prompt only names."""
    what = clip(thing, 9)
    if what in chinese_of_thing() and what not in _UNCOUNTED:
        what = f"the {what}"
    return Wish(do=f"find out all about {what}", sort="know", thing=what, ask=f"I want to know all about {what}.")


def amends(thing: str) -> Wish:
    """The wish to make up for something that somebody broke."""
    what = clip(_without_when(TAIL.sub("", thing).strip(" ,.;:")), 6)
    what = re.sub(r"^(?:his|her|their|its|my)\s+(?:[\w-]+['’]s\s+)?", "the ", what)
    named = re.sub(r"^an?\s+", "the ", what) if re.match(r"(?:an?|the|his|her|their)\s", what) else f"the {what}"
    return Wish(do="put everything right", did="put everything right", sort="broken", thing=named)


def fear_of(thing: str) -> Wish:
    """The wish to be afraid no longer."""
    return Wish(do=f"stop being afraid of {thing}", sort="fear", thing=thing, fear=thing)


def _without_when(phrase: str) -> str:
    """The phrase without the night or the weather at its end, if more than a verb is left."""
    left = _WHEN.sub("", phrase)
    return left if " " in left else phrase


def _object(rest: str) -> str | None:
    """The noun phrase right after the verb."""
    match = re.match(
        r"^(?:to |on |in |for |at |with |up to )?(?P<np>(?:(?:a|an|the|his|her|their|its|all"
        r"|some)\s+)?[\w'’-]+(?:\s[\w'’-]+){0,3}?)"
        r"(?=\s(?:in|on|at|to|for|with|from|under|over|by|near|and|of|like|about|before|all|so)\b|$)",
        rest,
    )
    return (
        match["np"]
        if match and match["np"].split(" ")[0] not in {"every", "each", "how", "why", "what", "where", "out", "up"}
        else None
    )
