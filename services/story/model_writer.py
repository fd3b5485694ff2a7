"""A story writer that has a language model write: one question for a short story, several for a long one."""

from collections.abc import Callable, Iterator, Mapping

from pydantic import BaseModel

from schemas import Character, Language, Page, Script, StoryRequested
from services.story.asking import Asker
from services.story.chat import ChatModel
from services.story.language import detect
from services.story.long_text import allotted, pieces
from services.story.prompts import Prompts, Stretch
from services.story.topic import gist
from services.story.written import LONGEST, LONGEST_SUMMARY, Part, Summary, form_of_part, page_of
from talestream.made_by import Parameter
from talestream.model_settings import StoryModelSettings
from talestream.running_unit import this_unit

_PAGE = '"story"'
"""What a page begins with in an answer."""
_RECENT = 2 * LONGEST_SUMMARY
"""Characters of what has happened before that a shortened stretch is told."""


class ModelWriter:
    """Writes by a :class:`~services.story.chat.ChatModel`; see :class:`services.story.providers.StoryWriter`.

    A story of many pages, or of a long text, is written in parts: each question has the characters and a summary of
    what has happened, and is answered with the next pages and the summary up to there. A text that has more stretches
    than the story has pages is shortened first, stretch by stretch.
    """

    def __init__(self, model: ChatModel, settings: StoryModelSettings) -> None:
        self.name = model.name
        self.model: str | None = model.model
        self._chat = model
        self._settings = settings

    @property
    def revision(self) -> str | None:
        """Of the model."""
        return self._chat.revision

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How the model is asked, for the manifest."""
        return self._chat.parameters

    def warm_up(self) -> None:
        """Load what the model needs."""
        self._chat.warm_up()

    def write(self, request: StoryRequested, text: str | None = None) -> Script:
        """A script of exactly ``page_count`` pages; with ``text``, that text retold.

        BadInput for a topic without words; NotAsAsked when the model does not give a script, however often it is asked.
        """
        about = gist(request.topic)
        language = request.language or detect(text[:4000] if text else about)
        return _Writing(Asker(self._chat, self._settings.attempts), self._settings, request, language).script(text)


class _Writing:
    """One story while it is written."""

    def __init__(self, asker: Asker, settings: StoryModelSettings, request: StoryRequested, language: Language) -> None:
        self._asker = asker
        self._settings = settings
        self._request = request
        self._language = language
        self._prompts = Prompts(language)
        self._longest = settings.longest_text or LONGEST[language]
        self._progress = _Progress(request.page_count)
        self._cast: list[Character] = []
        self._pages: list[Page] = []

    def script(self, text: str | None) -> Script:
        title, place, summary = "", "", ""
        for number, stretch in enumerate(self._stretches(text)):
            part = self._write(stretch, summary, number)
            title, place = title or part.title, place or part.place
            known = {one.name for one in self._cast}
            self._cast += [one.character for one in part.characters if one.character.name not in known]
            self._pages += [page_of(page, self._cast, self._longest) for page in part.pages]
            summary = part.summary
            self._progress.pages_done = len(self._pages)
        return Script(
            title=title.strip(),
            language=self._language,
            pages=tuple(self._pages),
            characters=tuple(self._cast),
            place=place.strip(),
            seed=self._request.seed,
        )

    def _write(self, stretch: Stretch, summary: str, number: int) -> Part:
        form = form_of_part(stretch.count, self._longest, is_first=stretch.is_first, is_last=stretch.is_last)
        answer = self._asker.ask(
            self._prompts.part(self._request, stretch, self._cast, summary),
            form,
            seed=self._request.seed + number * self._settings.attempts,
            again=self._prompts.again,
            listen=self._progress.listen,
            check=self._check_language,
        )
        return Part.model_validate(answer.model_dump())

    def _check_language(self, answer: BaseModel) -> None:
        told = " ".join(page.story for page in Part.model_validate(answer.model_dump()).pages)
        if detect(told) != self._language:
            raise ValueError(self._prompts.wrong_language)

    def _stretches(self, text: str | None) -> Iterator[Stretch]:
        total, at_once = self._request.page_count, self._settings.pages_at_once
        least = -(-total // at_once)
        if not text or not text.strip():
            texts: list[str] | None = None
            counts = allotted(total, [1] * least)
        else:
            texts = self._fitting(text, least)
            counts = allotted(total, [len(one) for one in texts])
        first = 1
        for at, count in enumerate(counts):
            yield Stretch(first, first + count - 1, total, texts[at] if texts else None)
            first += count

    def _fitting(self, text: str, least: int) -> list[str]:
        """The text in no more stretches than pages, and as many as there are questions: shortened if need be."""
        longest, pages = self._settings.text_characters, self._request.page_count
        while len(found := pieces(text, longest)) > pages:
            text = self._condensed(found)
        finer = pieces(text, -(-len(text) // least))
        return finer if len(found) < least and len(finer) <= pages else found

    def _condensed(self, texts: list[str]) -> str:
        """A long text in short. Each stretch becomes a quarter of the longest at most, so that repeating it ends."""
        summaries: list[str] = []
        for number, text in enumerate(texts):
            self._progress.say(f"reading, {number + 1} of {len(texts)}")
            answer = self._asker.ask(
                self._prompts.condense(text, "\n".join(summaries)[-_RECENT:]),
                Summary,
                seed=self._request.seed + number,
                again=self._prompts.again,
                listen=self._progress.listen,
            )
            summaries.append(answer.summary[: self._settings.text_characters // 4])
        return "\n".join(summaries)


class _Progress:
    """Tells the unit's progress by the pages that have begun to come, and by the tokens heard."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self._unit = this_unit()
        self.pages_done = 0

    def say(self, note: str) -> None:
        """Tell what is being done."""
        self._unit.progress(self.pages_done / self._pages, note)

    def listen(self) -> Callable[[str], None]:
        """A listener for one answer."""
        said, tokens = "", 0

        def hear(text: str) -> None:
            nonlocal said, tokens
            said, tokens = said + text, tokens + 1
            page = min(self.pages_done + said.count(_PAGE), self._pages)
            note = f"page {page} of {self._pages}, {tokens} tokens" if page > self.pages_done else f"{tokens} tokens"
            self._unit.progress(max(self.pages_done, page - 1) / self._pages, note)

        return hear
