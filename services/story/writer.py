"""The embedded story writer: a story grammar in English and Chinese that uses the prompt's topic, hero and place.

A topic that is a text itself, and the text of a request's source, are told in their own words.
"""

import dataclasses
from random import Random
from typing import TypeGuard

from schemas import Language, Script, StoryRequested
from services.story.answers import answer_to
from services.story.cast import Cast, Figure, Names, Spot, helpers_of
from services.story.chinese import Chinese
from services.story.english import English
from services.story.language import detect
from services.story.lexicon import Kind, kinds, limbs_of
from services.story.plot import choose_shape, plan
from services.story.premise import Premise, Wish
from services.story.prose import PROSE
from services.story.retelling import Retelling, pages_of_source, pages_of_topic
from services.story.shapes import Given, episodes, shapes, theme_pages
from services.story.telling import Teller
from services.story.topic import gist
from services.story.translation import place_in, premise_in, role_in
from services.story.voice import Voice
from talestream.errors import BadInput, ProviderUnavailable
from talestream.made_by import OURS

VOICES: dict[Language, Voice] = {"en": English(), "zh": Chinese()}
QUESTIONS = frozenset({"know", "answer", "wonder"})
ALWAYS = frozenset({"friend", "elder", "guest", "token", "spot", "at_spot", "when", "first_when", "in_home", "there"})


class GrammarWriter:
    """Writes by rules and word lists; a story takes milliseconds and needs no model."""

    name = "embedded"
    model: str | None = "story grammar"
    revision = OURS

    def write(self, request: StoryRequested, text: str | None = None) -> Script:
        """A script of ``page_count`` pages, the same for equal requests.

        BadInput for a topic without words, and for a text with fewer words than pages; ProviderUnavailable for a text
        in another language than the film's.
        """
        topic = gist(request.topic)
        if text is not None:
            return self._told(text, request)
        language = request.language or detect(topic)
        if detect(request.topic) == language and (
            paging := pages_of_topic(request.topic, language, request.page_count)
        ):
            return Retelling(VOICES[language], request, PROSE[language].read(request.topic)[0], paging).script()
        return self._made_up(topic, request, language)

    @staticmethod
    def _told(text: str, request: StoryRequested) -> Script:
        """A text of the user's, in its own words."""
        written_in = detect(text[:4000])
        language = request.language or written_in
        if language != written_in:
            raise ProviderUnavailable(
                "the embedded writer tells a text in its own words and cannot translate it",
                "choose a provider with a language model for the stage story: transformers or openai",
            )
        paging = pages_of_source(text, language, request.page_count)
        if paging is None:
            raise BadInput(f"the text has fewer words than the film has pages, {request.page_count}")
        title = PROSE[language].read(text)[0] or VOICES[language].title(gist(request.topic))
        return Retelling(VOICES[language], request, title, paging).script()

    def _made_up(self, topic: str, request: StoryRequested, language: Language) -> Script:
        """A story about a topic."""
        voice = VOICES[language]
        premise = self._premise(topic, request, language)
        rng = Random(f"{request.seed}/{language}/{topic}/{request.main_role}/{request.scene}")

        wish = premise.wish or self._trade(premise)
        shape = choose_shape(premise, wish, shapes(language, request.age), rng, request.tone)
        wish = wish or rng.choice(shape.wishes(shape.suits[0]))
        realm = _realm(premise)
        named = {role.name for role in (premise.hero, premise.companion, *premise.others) if role and role.name}
        names = voice.names(rng, named)
        hero = voice.hero(premise.hero, realm, names, rng)
        setting = voice.setting(premise.place, realm, premise.weather, rng)
        goal = voice.place(wish.goal) if wish.goal else None
        goal_spot = Spot(goal.name, goal.at) if goal else setting.places["open"]
        setting = dataclasses.replace(setting, places={**setting.places, "goal": goal_spot})
        cast, helpers = _cast(voice, premise, hero, realm, names, rng)
        facts = voice.facts(premise, wish, hero, cast.friend, setting)
        if wish.ask and (answer := answer_to(wish.ask, language)):
            facts["answer"] = answer.words(language, request.age)
        if premise.hero is None or not premise.hero.is_grown:
            facts["small"] = voice.small
        facts |= {**limbs_of(hero.kind, language)} | {
            f"friend_{limb}": words for limb, words in limbs_of(cast.friend.kind, language).items()
        }

        known = {*facts, *ALWAYS, *_given(premise, wish, realm, is_old_friend="bond" in facts)}
        last_pages = theme_pages(language, request.age) if premise.theme else ()
        steps = plan(shape, episodes(language, request.age), last_pages, known, request.page_count, rng, wish.sort)
        teller = Teller(
            voice, cast, setting, facts, names, helpers, rng, request.age, _others(voice, premise, names, rng)
        )
        return teller.script(shape, steps, request.seed)

    @staticmethod
    def _trade(premise: Premise) -> Wish | None:
        """What somebody does of whom the prompt says only who they are: a baker bakes bread."""
        kind = premise.hero.kind if premise.hero and not premise.theme_entry and not premise.companion else None
        work = kind.work.get(premise.language) if kind else None
        return VOICES[premise.language].work(work) if work else None

    @staticmethod
    def _premise(topic: str, request: StoryRequested, language: Language) -> Premise:
        """The topic understood, in the story's language, with the request's own hero and place before the topic's."""
        premise = premise_in(language, VOICES[detect(topic)].understand(topic))
        hero, place = premise.hero, premise.place
        if _says_something(request.main_role):
            hero = role_in(language, VOICES[detect(request.main_role)].role(request.main_role))
        if _says_something(request.scene):
            place = place_in(language, VOICES[detect(request.scene)].place(request.scene))
        return dataclasses.replace(premise, hero=hero, place=place)


def _says_something(text: str | None) -> TypeGuard[str]:
    return text is not None and any(character.isalnum() for character in text)


def _given(premise: Premise, wish: Wish, realm: str, *, is_old_friend: bool) -> set[Given]:
    is_asked = wish.sort in QUESTIONS and bool(premise.others) and not is_old_friend
    given = {
        Given.OLD_FRIEND if is_old_friend else Given.NEW_FRIEND,
        Given.WELCOME if wish.is_welcome else Given.UPSET,
        Given.QUARREL if wish.sort == "share" else Given.SEARCH,
        Given.ASKED if is_asked else Given.NOBODY_TO_ASK,
    }
    return given | ({Given.ON_LAND} if realm in {"land", "snow", "town"} else set())


def _realm(premise: Premise) -> str:
    if premise.place is not None:
        return premise.place.realm
    kind = premise.hero.kind if premise.hero else None
    return (kind.realm if kind else None) or ("snow" if premise.weather == "snow" else "land")


def _others(voice: Voice, premise: Premise, names: Names, rng: Random) -> list[Figure]:
    return [voice.figure(role, names, rng) for role in premise.others]


def _cast(
    voice: Voice, premise: Premise, hero: Figure, realm: str, names: Names, rng: Random
) -> tuple[Cast, list[Kind]]:
    """The figures of a story, each of another kind than the hero, and the kinds left to be met."""
    met, elders = voice.kinds_met(realm)
    taken = {hero.kind}
    elder_kind = kinds()[rng.choice([name for name in elders if name not in taken])]
    taken.add(elder_kind.id)
    if premise.companion is not None:
        friend = voice.figure(premise.companion, names, rng)
        taken.add(friend.kind)
        helpers = helpers_of(met, taken, rng)
    else:
        first, *helpers = helpers_of(met, taken, rng)
        friend = voice.met(first, names, rng)
    elder = voice.figure(premise.elder, names, rng) if premise.elder else voice.elder(elder_kind, names, rng)
    return Cast(hero, friend, elder, voice.token(names)), helpers
