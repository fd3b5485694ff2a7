"""What one way of reading a prompt has found, in whichever language it is."""

from dataclasses import replace

from services.story.lexicon import Theme
from services.story.premise import Place, Role, Wish


class Found:
    """Who is in a prompt, what they want, what it is about, and where it is set. None: it does not say."""

    def __init__(self) -> None:
        self.hero: Role | None = None
        self.companion: Role | None = None
        self.others: list[Role] = []
        """Who is in it beside the hero and the companion."""
        self.elder: Role | None = None
        """The old and wise one, if the prompt names one: whose birthday it is."""
        self.are_friends = False
        """Whether hero and companion have known each other for long."""
        self.wish: Wish | None = None
        self.theme: str | None = None
        self.theme_entry: Theme | None = None
        self.place: Place | None = None

    def feels(self, trait: str, relief: str, theme: Theme) -> None:
        """Says of the hero what they feel, and what is over when it is over, in a story of that theme."""
        if self.hero is not None:
            self.hero = replace(self.hero, trait=trait, relief=relief)
            self.theme_entry = theme

    def joins(self, companion: Role | None, child: Role, *, are_friends: bool) -> None:
        """Says who comes along, where nobody does yet; with whoever the prompt is about, else with a child.

        A friend, somebody's own and somebody of the family are not met on the way.
        """
        if companion is not None and self.companion is None:
            self.hero, self.companion = self.hero or child, companion
        if self.companion is not None:
            self.are_friends = are_friends or self.companion.is_own or self.companion.is_family

    def is_spoken_of(self, pronoun: str | None) -> None:
        """Says how to speak of the hero, if that is not known yet."""
        if self.hero is not None and self.hero.pronoun is None and pronoun:
            self.hero = replace(self.hero, pronoun=pronoun)

    def is_told(self, trait: str) -> None:
        """Says of the hero what a story can say of them in a sentence: ``could talk to animals``."""
        if self.hero is not None:
            self.hero = replace(self.hero, trait=trait)
