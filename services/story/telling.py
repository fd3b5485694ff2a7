"""From a plot to a script: every blank filled, every page with its narration and its image prompt."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from random import Random

from schemas import AgeGroup, Mood, Page, Script
from services.story.blanks import blanks, fill
from services.story.cast import Cast, Figure, Names, Setting, Spot
from services.story.lexicon import Kind
from services.story.plot import Step
from services.story.shapes import Given, PageTemplate, Shape
from services.story.voice import Telling, Values, Voice
from talestream.cancellation import check_cancelled

_OUTSIDE = re.compile(r'(?:"[^"]*"|“[^”]*”|[^"“.!?。！？])*(?:[.!?。！？]|(?<=[.!?。！？]["”]))')
"""A sentence; what is said in it is no end of it."""
_SAID = re.compile(r'("[^"]*")')
_OPTIONAL = re.compile(r"\[([^]]*)\](?:<([^>]*)>)?")


@dataclass
class Teller:
    """Tells one story, page by page."""

    voice: Voice
    cast: Cast
    setting: Setting
    facts: dict[str, str]
    names: Names
    helpers: list[Kind]
    rng: Random
    age: AgeGroup | None = None
    others: list[Figure] = field(default_factory=list)
    """Whom the prompt names beside hero and friend: who has not been met yet, or, if all are friends, who is along."""
    telling: Telling = field(default_factory=Telling)
    visited: int = 0
    """How many places on the way the story has been to."""
    unsaid: int = 0
    """For how many pages nothing has been told of those who are along."""
    company_told: bool = False
    """Whether anything has been told of them."""

    @property
    def are_along(self) -> bool:
        """Whether whoever else the prompt names is there from the first page on, with the friend."""
        return bool(self.others) and "bond" in self.facts

    def script(self, shape: Shape, steps: list[Step], seed: int) -> Script:
        """The whole script of these steps."""
        pages: list[Page] = []
        scene, spot, guest = -1, self.setting.home, self.cast.hero
        is_apart = bool(shape.apart) and any(Given.OLD_FRIEND in step.page.given for step in steps)
        if is_apart and "bond" in self.facts:
            self.facts["bond"] = shape.apart
        for step in steps:
            check_cancelled()
            if step.scene != scene:
                scene = step.scene
                spot = self._spot(step)
                if any(
                    "guest" in blanks(text) for s in steps if s.scene == scene for text in (s.page.text, s.page.picture)
                ):
                    guest = self._guest()
            page = self._page(step, spot, guest)
            pages.append(
                self._with_others(page, step, is_last=step is steps[-1])
                if pages
                else self._with_trait(page, is_apart=is_apart)
            )
        if "relief" in self.facts:
            pages = self._relieved(pages)
        seen = [self.cast.hero] + [
            figure
            for key, figure in [("friend", self.cast.friend), ("elder", self.cast.elder)]
            if key in self.telling.known
        ]
        return Script(
            title=self._title(shape),
            language=self.voice.language,
            pages=tuple(pages),
            characters=tuple(figure.character for figure in [*seen, *self.cast.guests]),
            place=self.setting.home.at[:500],
            seed=seed,
        )

    def _with_trait(self, page: Page, *, is_apart: bool) -> Page:
        """The first page with what the prompt tells of the hero, right after the sentence that brings them in."""
        traits = [
            fill(self.facts[key], {**self.facts, "friends": self._bond})
            for key in ("trait", "bond")
            if key in self.facts
        ]
        if not traits:
            return page
        named = max(page.story.find(word) for word in (self.cast.hero.name, self.cast.hero.noun))
        end = next((match.end() for match in _OUTSIDE.finditer(page.story) if match.end() > named), len(page.story))
        rest = page.story[end:].strip()
        if "bond" in self.facts:
            rest = self.voice.named_again(rest, self.cast.hero)
        story = reduce(self.voice.join, [part for part in (page.story[:end].strip(), *traits, rest) if part])
        if "bond" not in self.facts or is_apart:
            return page.model_copy(update={"story": story})
        drawn = self._drawn_with(page.image_prompt, [self.cast.friend, *self.others])
        return page.model_copy(update={"story": story, "image_prompt": drawn})

    def _relieved(self, pages: list[Page]) -> list[Page]:
        """The pages with the hero's feeling gone, on the last of them that has room to say so, else on the last."""
        later = range(len(pages) - 1, len(pages) // 2, -1)
        told = {at: self.voice.join(pages[at].story, self.facts["relief"]) for at in later}
        at = next((at for at in later if self.voice.length(told[at]) <= self.voice.room(self.age)[1]), later[0])
        return [*pages[:at], pages[at].model_copy(update={"story": told[at]}), *pages[at + 1 :]]

    def _with_others(self, page: Page, step: Step, *, is_last: bool) -> Page:
        """A later page with those of the prompt who are neither hero nor friend: they are wherever the friend is, and
        every other page says so, the last one always, if it has room.
        """
        is_needed = is_last and not self.company_told
        if not self.are_along or not (is_needed or "friend" in blanks(step.page.picture)):
            return page
        story = page.story
        self.unsaid += 1
        if is_last or self.unsaid > 1:
            who = {"others": self.voice.listed([one.name for one in self.others])}
            new = [line for line in self.voice.company(page.mood) if line not in self.telling.known]
            told = {line: self.voice.join(story, fill(line, who)) for line in new}
            fitting = [line for line in new if self.voice.length(told[line]) <= self.voice.room(self.age)[1]]
            if fitting or is_needed:
                line = self.rng.choice(fitting) if fitting else min(new, key=len)
                self.telling.known.add(line)
                story, self.unsaid, self.company_told = told[line], 0, True
        return page.model_copy(
            update={"story": story, "image_prompt": self._drawn_with(page.image_prompt, self.others)}
        )

    def _drawn_with(self, picture: str, figures: Sequence[Figure]) -> str:
        return self.voice.with_others(picture, [one.look for one in figures if one.look not in picture])

    def _title(self, shape: Shape) -> str:
        known = self.facts | {"friend": self.cast.friend.name}
        usable = [title for title in shape.titles if blanks(title) <= set(known)]
        if "theme" in self.facts:
            usable = [title for title in usable if "theme" in blanks(title)] or usable
        else:
            telling = [title for title in usable if blanks(title) & {"thing", "the_thing", "secret", "do", "did"}]
            usable = telling or usable
        if "friend" not in self.telling.known:
            usable = [title for title in usable if "friend" not in blanks(title)] or list(shape.titles[-1:])
        return self.voice.title(fill(self.rng.choice(usable), known))

    def _page(self, step: Step, spot: Spot, guest: Figure) -> Page:
        template = step.page
        text = self._narration(template, step, spot, guest)
        if template.more and self._is_short(text, template.more):
            more = self.voice.finish(fill(template.more, self._values(step, spot, guest)))
            text = self.voice.join(text, more)
        pose = fill(template.picture, self._drawn(guest))
        at = self._at(template.at, spot)
        weather = template.weather or ("clear" if self.voice.shows_clear_sky(pose) else self.setting.weather)
        return Page(
            story=text,
            image_prompt=self.voice.picture(self.cast.hero, pose, at, step, weather, Mood(template.mood)),
            mood=template.mood,
        )

    def _narration(self, template: PageTemplate, step: Step, spot: Spot, guest: Figure) -> str:
        """The filled text: ``[if there is room]<if there is not>``."""
        known = set(self.telling.known)
        whole = self._filled(_OPTIONAL.sub(r"\1", template.text), self._values(step, spot, guest))
        if self.voice.length(whole) <= self.voice.room(self.age)[1]:
            return whole
        self.telling.known = known
        return self._filled(_OPTIONAL.sub(r"\2", template.text), self._values(step, spot, guest, brief=True))

    def _filled(self, text: str, values: Values) -> str:
        """The text with its blanks filled; what is the hero's own is "mine" where the hero speaks."""
        parts = [
            fill(part, {**values, **self.voice.said(part, self.facts)} if part.startswith('"') else values)
            for part in _SAID.split(text)
        ]
        return self.voice.finish("".join(parts))

    def _is_short(self, text: str, more: str) -> bool:
        """Whether a page has room for one more sentence."""
        low, high = self.voice.room(self.age)
        length = self.voice.length
        return length(text) < low + (high - low) // 6 and length(self.voice.join(text, more)) <= high

    def _bond(self) -> str:
        """The friend and everybody else whom the prompt names, as the first page brings them in."""
        told = [self._mention("friend", self.cast.friend)]
        told += [self._mention(f"guest {one.name}", one) for one in self.others]
        self.cast.guests += self.others
        return self.voice.listed([say() for say in told])

    def _mention(self, key: str, figure: Figure) -> Callable[[], str]:
        return self.telling.mention(key, fill(figure.introduction, self.facts), figure.name)

    def _values(self, step: Step, spot: Spot, guest: Figure, *, brief: bool = False) -> Values:
        mention = self.telling.mention
        cast, home = self.cast, self.setting.home
        in_home = mention("home", home.at, home.at_again)
        return {
            **self.facts,
            "in_home": in_home,
            "there": in_home,
            "friend": self._mention("friend", cast.friend),
            "elder": self._mention("elder", cast.elder),
            "guest": self._mention(f"guest {guest.name}", guest),
            "token": mention("token", cast.token.introduction, cast.token.name),
            "spot": spot.name,
            "at_spot": spot.at,
            "when": lambda: self.voice.lead(step, self.telling, brief=brief),
            "first_when": lambda: self.voice.first_lead(step, self.telling),
        }

    def _drawn(self, guest: Figure) -> Values:
        cast = self.cast
        return {
            **self.facts,
            "hero": cast.hero.look,
            "friend": cast.friend.look,
            "elder": cast.elder.look,
            "guest": guest.look,
            "token": cast.token.drawn,
        }

    def _at(self, key: str, spot: Spot) -> Spot:
        if key == "home":
            return self.setting.home
        return self.setting.places.get(key, spot)

    def _spot(self, step: Step) -> Spot:
        if step.page.at != "spot":
            return self._at(step.page.at, self.setting.home)
        self.visited += 1
        return self.setting.spots[(self.visited - 1) % len(self.setting.spots)]

    def _guest(self) -> Figure:
        kind = self.helpers[len(self.cast.guests) % len(self.helpers)]
        is_of_prompt = bool(self.others) and not self.are_along
        figure = self.others.pop(0) if is_of_prompt else self.voice.met(kind, self.names, self.rng)
        if figure not in self.cast.guests:
            self.cast.guests.append(figure)
        return figure
