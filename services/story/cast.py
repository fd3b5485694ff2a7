"""Who is in a story: figures with a name, a kind and one lasting look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from schemas import Character
from services.story.lexicon import Kind, kinds


@dataclass(frozen=True)
class Figure:
    """Somebody in the story. ``introduction`` is how the narration names them first, ``name`` ever after.

    An introduction may have blanks for what is the hero's: ``{his} dog Rex``.
    """

    name: str
    noun: str
    introduction: str
    look: str
    """How every picture shows them, with article or measure word."""
    pronoun: str
    kind: str = ""
    """The lexicon's word for what they are, in any language; empty where it has none."""
    opening: str = ""
    """The hero as the first sentence brings them in; empty for everybody else."""

    @property
    def character(self) -> Character:
        """The figure as the script lists it."""
        return Character(name=self.name[:200], kind=self.noun[:200], description=self.look[:1000])


class Names:
    """Hands out what may be used only once in a story, in a seeded order."""

    def __init__(self, pools: Mapping[str, list[str]], rng: Random, taken: set[str] | None = None) -> None:
        self._pools = {key: rng.sample(pool, len(pool)) for key, pool in pools.items()}
        self._used = set(taken or ())
        self._handed: dict[str, int] = dict.fromkeys(pools, 0)

    def take(self, pool: str) -> str:
        """The next of a pool; when all were handed out, from the start again."""
        names = self._pools[pool]
        for name in names:
            if name not in self._used:
                self._used.add(name)
                return name
        self._handed[pool] += 1
        return names[self._handed[pool] % len(names)]


@dataclass(frozen=True)
class Spot:
    """A place: its name, and where somebody is who is there, when it is named first and from then on."""

    name: str
    at: str
    again: str = ""

    @property
    def at_again(self) -> str:
        """Where somebody is who is there, once the listener knows the place."""
        return self.again or self.at


@dataclass(frozen=True)
class Token:
    """A small thing that somebody gives the hero: how it is named first, ever after, and in a picture."""

    introduction: str
    name: str
    drawn: str


@dataclass(frozen=True)
class Setting:
    """Where a story happens, from home to the places on the way."""

    realm: str
    home: Spot
    places: Mapping[str, Spot] = field(default_factory=dict)
    spots: tuple[Spot, ...] = ()
    weather: str = "clear"


@dataclass
class Cast:
    """Everybody in the story. Guests are made as the way meets them."""

    hero: Figure
    friend: Figure
    elder: Figure
    token: Token
    guests: list[Figure] = field(default_factory=list)


def helpers_of(realm_helpers: list[str], apart_from: set[str], rng: Random) -> list[Kind]:
    """The kinds that may be met, in a seeded order, without those that the story has already."""
    known = kinds()
    found = [known[name] for name in realm_helpers if name not in apart_from]
    return rng.sample(found, len(found))
