"""What a language model is told: the words are data, in English and in Chinese, each written on its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas import Character, Language, Mood, StoryRequested
from services.story.blanks import fill
from services.story.chat import Message
from services.story.lexicon import table

CONDENSED_WORDS: dict[Language, int] = {"en": 180, "zh": 300}
"""How long a stretch of a long text is to be once it is shortened: words, or characters."""


@dataclass(frozen=True)
class Stretch:
    """Which pages of how many are written with one question, and of what text."""

    first: int
    last: int
    total: int
    text: str | None = None
    """The stretch of the user's text that they tell; None where there is only a topic."""

    @property
    def count(self) -> int:
        """How many pages."""
        return self.last - self.first + 1

    @property
    def is_first(self) -> bool:
        """Whether the story begins with it."""
        return self.first == 1

    @property
    def is_last(self) -> bool:
        """Whether the story ends with it."""
        return self.last == self.total


class Prompts:
    """The questions of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words: Mapping[str, str] = table(f"{language}/model.toml")

    def part(
        self, request: StoryRequested, stretch: Stretch, cast: Sequence[Character], summary: str
    ) -> tuple[Message, ...]:
        """Ask for some pages. ``cast`` and ``summary``: who is in the story, and what has happened before them."""
        said = self._beginning(request, stretch) if stretch.is_first else self._continuing(stretch, cast, summary)
        if stretch.is_first and stretch.is_last:
            said.append(self._filled("whole", count=str(stretch.count)))
        else:
            kind = "begin" if stretch.is_first else "end" if stretch.is_last else "continue"
            numbers = {name: str(getattr(stretch, name)) for name in ("first", "last", "total", "count")}
            said.append(self._filled(kind, **numbers))
        if not stretch.is_last:
            said.append(self._words["summary"])
        more = "" if stretch.is_last else self._words["form_summary"]
        said.append(self._filled("form_first" if stretch.is_first else "form_next", more=more))
        system = self._filled("system", moods=", ".join(Mood))
        return Message("system", system.strip()), Message("user", "\n".join(said))

    def condense(self, text: str, before: str) -> tuple[Message, ...]:
        """Ask for a stretch of a long text in short. ``before``: what has happened before it, in short."""
        asked = self._filled(
            "condense",
            text=text.strip(),
            summary=before or self._words["nothing_yet"],
            words=str(CONDENSED_WORDS[self.language]),
        )
        return Message("system", self._words["condense_system"].strip()), Message("user", asked)

    def again(self, fault: str) -> str:
        """Ask once more for an answer that was refused."""
        return self._filled("again", fault=fault.rstrip(" .。"))

    @property
    def wrong_language(self) -> str:
        """What is wrong with an answer in another language."""
        return self._words["wrong_language"]

    def _beginning(self, request: StoryRequested, stretch: Stretch) -> list[str]:
        if stretch.text is None:
            said = [self._filled("topic", topic=request.topic.strip()), self._words["arc"]]
        else:
            said = [self._filled("text", text=stretch.text.strip(), topic=request.topic.strip())]
        if request.main_role:
            said.append(self._filled("hero", hero=request.main_role))
        if request.scene:
            said.append(self._filled("scene", scene=request.scene))
        if request.age:
            said.append(self._words[f"age_{request.age}"])
        if request.tone:
            said.append(self._words[f"tone_{request.tone}"])
        return said

    def _continuing(self, stretch: Stretch, cast: Sequence[Character], summary: str) -> list[str]:
        known = "; ".join(f"{one.name} ({one.kind}): {one.description}" for one in cast)
        said = [self._filled("so_far", summary=summary), self._filled("known", characters=known)]
        if stretch.text is not None:
            said.append(self._filled("next_text", text=stretch.text.strip()))
        return said

    def _filled(self, name: str, **values: str) -> str:
        return fill(self._words[name], values)
