"""What a story is about, as far as the prompt says: the result of understanding it, before anything is made up."""

import re
from dataclasses import dataclass, field

from schemas import Language
from services.story.lexicon import Kind, Theme

_GROWN = frozenset(
    ("mother", "mum", "mom", "mummy", "aunt", "father", "dad", "daddy", "uncle", "妈妈", "爸爸", "阿姨", "叔叔")
)
_OLD = re.compile(r"\b(?:old|grown|mother|father)\b|老|大人|妈妈|爸爸")


@dataclass(frozen=True)
class Role:
    """Somebody whom the prompt names."""

    noun: str
    """What they are, in the prompt's own word: fox, teapot, 狐狸."""
    kind: Kind | None = None
    name: str | None = None
    adjectives: str = ""
    pronoun: str | None = None
    """he, she or they; None where the prompt does not say."""
    count: str = ""
    """``three``, ``两`` where the hero is a group."""
    is_family: bool = False
    """Whether they are called by what they are where no name is given: 奶奶, Grandmother."""
    is_own: bool = False
    """Whether the prompt says whose they are: her dog, his little brother."""
    trait: str = ""
    """What is told of them in a sentence of its own, as a past verb phrase: could talk to animals, 会和动物说话."""
    relief: str = ""
    """The same, where it is a feeling that is over in the end: was not jealous of the baby any more."""

    @property
    def is_grown(self) -> bool:
        """Whether nobody would call them little, or tell them that they are to grow."""
        is_named_so = self.noun in _GROWN or _OLD.search(self.adjectives) is not None
        return is_named_so or (self.kind is not None and not self.kind.little)


@dataclass(frozen=True)
class Place:
    """Where it happens. ``name`` is a noun phrase, ``at`` the same with its preposition."""

    name: str
    at: str
    realm: str = "land"


SOUGHT = frozenset({"find", "lost"})
"""The sorts of wish for what nobody sees before it is found."""


@dataclass(frozen=True)
class Wish:
    """What the hero is after."""

    do: str
    """A verb phrase in its base form: touch the moon, 摸月亮."""
    sort: str = "any"
    """Which story shapes suit it: reach, make, find, friend, help, home, fear, know, secret, mend,
    outing, first, sleep, any.
    """
    did: str = ""
    """The same, done; empty where the grammar of the language is to build it."""
    thing: str | None = None
    ask: str | None = None
    """The question as the hero would say it, a full sentence."""
    fear: str | None = None
    lost_at: str | None = None
    """Where somebody got lost, as the prompt says."""
    event: str | None = None
    """What happened, a clause in the past: the moon fell asleep, 月亮睡着了."""
    the_day: str | None = None
    """When it was, as a noun phrase: the night the moon fell asleep, 月亮睡着的那个夜晚."""

    goal: str | None = None
    """Where it takes them, as the prompt names the place."""
    is_welcome: bool = False
    """Whether what happened is a joy: the comet came; else it puts everything out of order."""

    @property
    def told(self) -> dict[str, str]:
        """What stories tell of it under these names in every language, of what there is."""
        said = {name: getattr(self, name) for name in ("ask", "fear", "lost_at", "event", "the_day")}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Premise:
    """A prompt, understood."""

    language: Language
    gist: str
    hero: Role | None = None
    companion: Role | None = None
    others: tuple[Role, ...] = ()
    """Who else is in it: they are met before anybody whom the prompt does not name."""
    elder: Role | None = None
    """The old and wise one, if the prompt names one: whose birthday it is."""
    are_friends: bool = False
    """Whether hero and companion have known each other for long: his friend the owl, her dog, somebody's family."""
    wish: Wish | None = None
    theme: str | None = None
    theme_entry: Theme | None = None
    place: Place | None = None
    weather: str | None = None
    unknown: tuple[str, ...] = field(default=())
