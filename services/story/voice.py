"""What the teller needs of a language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from schemas import AgeGroup, Language, Mood
from services.story.cast import Figure, Names, Setting, Spot, Token
from services.story.lexicon import Kind
from services.story.plot import Step
from services.story.premise import Place, Premise, Role, Wish

Values = Mapping[str, str | Callable[[], str]]


@dataclass
class Telling:
    """What has been told so far: who is known to the listener, and which words for time were used last."""

    known: set[str] = field(default_factory=set)
    leads: dict[str, int] = field(default_factory=dict)

    def mention(self, key: str, introduction: str, name: str) -> Callable[[], str]:
        """A blank that introduces somebody at the first mention and names them from then on."""

        def say() -> str:
            if key in self.known:
                return name
            self.known.add(key)
            return introduction

        return say

    def least_used(self, leads: list[str]) -> str:
        """The words that were used least, the first of equals."""
        lead = min(leads, key=lambda words: self.leads.get(words, 0))
        self.leads[lead] = self.leads.get(lead, 0) + 1
        return lead


class Voice(Protocol):
    """A language of the story writer: how it understands prompts, names figures and inflects what fills the blanks."""

    language: Language
    small: str
    """The word for somebody who is no grown-up."""

    def understand(self, gist: str) -> Premise:
        """The premise of a prompt in this language."""
        ...

    def work(self, does: str) -> Wish:
        """The wish to do what somebody does day after day."""
        ...

    def role(self, text: str) -> Role:
        """Somebody as a user names them in this language."""
        ...

    def place(self, text: str) -> Place:
        """A place as a user names it in this language."""
        ...

    def names(self, rng: Random, taken: set[str]) -> Names:
        """The names that figures may get, and everything else that is used once."""
        ...

    def hero(self, role: Role | None, realm: str, names: Names, rng: Random) -> Figure:
        """The hero; without a role one of the animals that live there."""
        ...

    def figure(self, role: Role, names: Names, rng: Random) -> Figure:
        """A second character whom the prompt names."""
        ...

    def met(self, kind: Kind, names: Names, rng: Random) -> Figure:
        """Somebody met on the way."""
        ...

    def elder(self, kind: Kind, names: Names, rng: Random) -> Figure:
        """Somebody old and wise."""
        ...

    def token(self, names: Names) -> Token:
        """A small thing to be given."""
        ...

    def setting(self, place: Place | None, realm: str, weather: str | None, rng: Random) -> Setting:
        """Home and the places on the way."""
        ...

    def facts(self, premise: Premise, wish: Wish, hero: Figure, friend: Figure, setting: Setting) -> dict[str, str]:
        """What fills the blanks all through the story; a blank that cannot be filled is absent."""
        ...

    def said(self, quoted: str, facts: Mapping[str, str]) -> Mapping[str, str]:
        """The facts that are other words in what is said, as a template has it: ``her kite`` is ``my kite``."""
        ...

    def lead(self, step: Step, telling: Telling, *, brief: bool) -> str:
        """The words that lead into a page: how the time has passed since the one before; in few words if ``brief``."""
        ...

    def first_lead(self, step: Step, telling: Telling) -> str:
        """``One morning,``."""
        ...

    def finish(self, text: str) -> str:
        """The filled narration with the language's own spelling rules applied."""
        ...

    def picture(self, hero: Figure, pose: str, spot: Spot, step: Step, weather: str, mood: Mood) -> str:
        """An image prompt from a filled pose."""
        ...

    def scene(self, figures: Sequence[Figure], action: str, spot: Spot, time: str, weather: str, mood: Mood) -> str:
        """An image prompt from what is told: who is there, what is done, where, and when by the names of the plot."""
        ...

    def shows_clear_sky(self, text: str) -> bool:
        """Whether something is seen that rain, snow and fog would hide: stars, the sun."""
        ...

    def length(self, text: str) -> int:
        """How long narration is: in words, or in characters."""
        ...

    def room(self, age: AgeGroup | None) -> tuple[int, int]:
        """How long a page is at least and at most, so that it is spoken while its picture is seen."""
        ...

    def join(self, text: str, more: str) -> str:
        """Two stretches of narration after one another."""
        ...

    def kinds_met(self, realm: str) -> tuple[list[str], list[str]]:
        """Which kinds live in a realm: those to meet, and the wise old ones."""
        ...

    def named_again(self, text: str, hero: Figure) -> str:
        """The text with the hero's name for the pronoun that comes first in it: somebody else was spoken of before."""
        ...

    def listed(self, names: Sequence[str]) -> str:
        """Several, as a sentence names them: ``Max and a dog``."""
        ...

    def company(self, mood: Mood) -> list[str]:
        """What those do who come along, in sentences about ``{others}``."""
        ...

    def with_others(self, picture: str, looks: Sequence[str]) -> str:
        """The description of a picture with more who are seen in it."""
        ...

    def title(self, text: str) -> str:
        """A filled title as it is printed."""
        ...
