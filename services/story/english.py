"""The English voice of the story writer."""

import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from schemas import AgeGroup, Language, Mood
from services.story import english_figures, english_nouns, english_topic, english_wish
from services.story.cast import Figure, Names, Setting, Spot, Token
from services.story.english_words import (
    base,
    capital,
    definite,
    listed,
    participle,
    participle_phrase,
    past_phrase,
    title_case,
    with_article,
)
from services.story.lexicon import Kind, table
from services.story.plot import Step
from services.story.premise import SOUGHT, Place, Premise, Role, Wish
from services.story.voice import Telling

_FIRST = {"i": "I", "am": "am", "my": "my", "me": "me", "mine": "mine", "myself": "myself", "many": ""}
_FIRST_OF_SEVERAL = {
    "i": "we",
    "am": "are",
    "my": "our",
    "me": "us",
    "mine": "ours",
    "myself": "ourselves",
    "many": "s",
}
"""How a hero speaks of themselves; and what their noses end in."""
_FORMS = {
    "he": ("he", "him", "his", "himself", "was"),
    "she": ("she", "her", "her", "herself", "was"),
    "they": ("they", "them", "their", "themselves", "were"),
}
_SKY = re.compile(
    r"\b(?:moon|stars?|sun|clouds?|sky|rainbow|planets?|mars|comet|northern lights|milky way|kite|balloon)\b", re.I
)
_CLEAR_SKY = re.compile(
    r"\b(?:stars?|moon|moonlight|sun|sunbeams?|sunshine|sunlight|rainbow|(?:clear|blue) sky)\b", re.I
)
_OWN = re.compile(r"\b(?:his|her|their|its)\b")
_OF_HERO = re.compile(r"\{[iI]\}|(?<!May )(?<!Might )\bI\b")
"""In what the hero says of themselves. Others only ask whether they may."""
_WORDS_A_PAGE = (22, 34)
_LONG_PAGE = (30, 52)


class English:
    """See :class:`services.story.voice.Voice`."""

    language: Language = "en"
    small = "small"

    @property
    def _world(self) -> Any:
        return table(english_nouns.WORLD)

    def understand(self, gist: str) -> Premise:
        return english_topic.understand(gist)

    def work(self, does: str) -> Wish:
        return english_wish.work_of(english_wish.wish_of(does))

    def role(self, text: str) -> Role:
        return english_nouns.role(text)

    def place(self, text: str) -> Place:
        return english_nouns.place(text)

    def names(self, rng: Random, taken: set[str]) -> Names:
        pools = dict(self._world["names"])
        pools |= {"worn": self._world["marks"]["worn"], "trait": self._world["traits"]["all"]}
        pools["token"] = [token["name"] for token in self._world["tokens"]]
        return Names(pools, rng, taken)

    def hero(self, role: Role | None, realm: str, names: Names, rng: Random) -> Figure:
        return english_figures.hero(role, realm, names, rng)

    def figure(self, role: Role, names: Names, rng: Random) -> Figure:
        return english_figures.figure(role, names, rng)

    def met(self, kind: Kind, names: Names, rng: Random) -> Figure:
        return english_figures.met(kind, names, rng)

    def elder(self, kind: Kind, names: Names, rng: Random) -> Figure:
        return english_figures.elder(kind, names, rng)

    def token(self, names: Names) -> Token:
        thing = names.take("token")
        return Token(introduction=with_article(thing), name=f"the {thing}", drawn=with_article(thing))

    def setting(self, place: Place | None, realm: str, weather: str | None, rng: Random) -> Setting:
        world = self._world["realms"][realm]
        home = Spot(*rng.choice(world["homes"])) if place is None else _known(place)
        spots = [Spot(*spot) for spot in rng.sample(world["spots"], len(world["spots"]))]
        return Setting(
            realm=realm,
            home=home,
            places={key: Spot(*rng.choice(world[key])) for key in ("path", "high", "shelter", "open")},
            spots=tuple(spot for spot in spots if spot.name != home.name),
            weather=weather or rng.choice(world["weather"]),
        )

    def facts(self, premise: Premise, wish: Wish, hero: Figure, friend: Figure, setting: Setting) -> dict[str, str]:
        he, him, his, himself, was = _FORMS[hero.pronoun]
        do = re.sub(r"\b(?:his|her|their)\b", his, wish.do)
        thing = re.sub(r"^(?:his|her|their)\b", his, wish.thing) if wish.thing else None
        found = {
            "hero": hero.name,
            "a_hero": hero.opening,
            "kind": hero.noun,
            "he": he,
            "him": him,
            "his": his,
            "himself": himself,
            "was": was,
            "do": do,
            "do_it": do,
            "did": re.sub(r"\b(?:his|her|their)\b", his, wish.did) or past_phrase(do),
            "done": re.sub(r"\b(?:his|her|their)\b", his, self._done(wish, do)),
            "home": definite(setting.home.name),
            "seen": thing or "everything around",
            "thing_or_sky": thing or "the stars",
            "made": thing or "a present",
        } | {key: spot.name for key, spot in setting.places.items()}
        if hero.pronoun == "they":
            found |= _FIRST_OF_SEVERAL | {"s": ""}
        else:
            found |= _FIRST | {"s": "s", "single": hero.name}
        if premise.companion and wish.sort != "friend":
            found["bond"] = f"{capital(his)} best friend{'s were' if premise.others else ' was'} {{friends}}."
        for key in ("trait", "relief"):
            if premise.hero and (told := getattr(premise.hero, key)):
                found[key] = f"{capital(he)} {_agreeing(_OWN.sub(his, told), was)}."
        if setting.realm in table("lexicon.toml")["rainy"] and setting.weather != "snow":
            found["shower"] = "a shower"
        if thing:
            found["thing"] = thing
            if thing.startswith("the "):
                found["the_thing"] = thing
            it = "them" if re.search(r"[^s]s$", thing) and not thing.startswith(("a ", "an ")) else "it"
            if f" {thing}" in do:
                found["do_it"] = do.replace(thing, it, 1)
            if _SKY.search(thing) and wish.sort not in SOUGHT:
                found["sky"] = thing
        found |= wish.told
        if premise.theme:
            found["theme"] = premise.theme
        if wish.fear:
            found["fear"] = re.sub(r"\b(?:their|his|her)\b", his, wish.fear)
        return found

    def said(self, quoted: str, facts: Mapping[str, str]) -> Mapping[str, str]:
        own = facts["my"] if _OF_HERO.search(quoted) else "your"
        return {key: _OWN.sub(own, facts[key]) for key in ("do", "do_it", "did", "done", "thing") if key in facts}

    def lead(self, step: Step, telling: Telling, *, brief: bool) -> str:
        is_soon = step.passed in {"first", "soon"}
        leads = self._world["leads"]["soon"] if is_soon else self._world["times"][step.time][step.passed]
        if brief:
            leads = sorted(leads, key=len)[: 4 if is_soon else 1]
        return telling.least_used(leads)

    def first_lead(self, step: Step, telling: Telling) -> str:
        return (
            telling.least_used([f"One {step.time},", f"One fine {step.time},"]) if step.time != "noon" else "One day,"
        )

    def finish(self, text: str) -> str:
        text = re.sub(r"\b([Aa]) (?=[aeiou](?!ni|ne\b|se|u))", r"\1n ", text)
        text = re.sub(r'\."( (?:(?:he|she|they) said|said)\b)', r',"\1', text)
        text = re.sub(r"(\w*s)'s\b", r"\1'", text)
        text = text.replace('."?', '?"').replace('?",', '?"').replace("!.", "!").replace("..", ".")
        text = re.sub(r'"([^"]+[?!])"\.', r'"\1"', text)
        return re.sub(r"\s+", " ", text).strip()

    def picture(self, hero: Figure, pose: str, spot: Spot, step: Step, weather: str, mood: Mood) -> str:
        first, *rest = [part.strip() for part in pose.split(";")]
        seen = [f"{capital(hero.look)} {first} {spot.at} {self._world['times'][step.time]['drawn']}", *rest]
        return self._drawn([*seen, *self._air(step.time, weather, mood)])

    def scene(self, figures: Sequence[Figure], action: str, spot: Spot, time: str, weather: str, mood: Mood) -> str:
        looks = [
            one.look if one.name.lower() in {one.noun.lower(), one.kind} else f"{one.name} ({one.look})"
            for one in figures
        ]
        where = f"{spot.at} {self._world['times'][time]['drawn']}"
        seen = [capital(f"{listed(looks)} {where}".strip()), *([action] if action else [])]
        return self._drawn([*seen, *self._air(time, weather, mood)])

    def shows_clear_sky(self, text: str) -> bool:
        return _CLEAR_SKY.search(text) is not None

    def length(self, text: str) -> int:
        return len(text.split())

    def room(self, age: AgeGroup | None) -> tuple[int, int]:
        return _LONG_PAGE if age is AgeGroup.LARGE else _WORDS_A_PAGE

    def join(self, text: str, more: str) -> str:
        return f"{text} {more}"

    def kinds_met(self, realm: str) -> tuple[list[str], list[str]]:
        world = self._world["realms"][realm]
        return list(world["helpers"]), list(world["elders"])

    def named_again(self, text: str, hero: Figure) -> str:
        if hero.pronoun == "they":
            return text
        return re.sub(rf'^((?:"[^"]*"|[^"])*?)\b{hero.pronoun}\b', rf"\1{hero.name}", text, count=1, flags=re.I)

    def listed(self, names: Sequence[str]) -> str:
        return listed(names)

    def company(self, mood: Mood) -> list[str]:
        return list(self._world["company"][mood.value])

    def with_others(self, picture: str, looks: Sequence[str]) -> str:
        return "; ".join([picture.removesuffix("."), *(f"{look} close by" for look in looks)]) + "."

    def title(self, text: str) -> str:
        return title_case(self.finish(text))[:300]

    def _air(self, time: str, weather: str, mood: Mood) -> list[str]:
        """What weather, light and mood add to a picture. A weather's own light takes the place of the hour's."""
        world = self._world
        sky = world["weathers"].get(weather, {})
        light = sky.get("night" if time == "night" else "day", world["times"][time]["light"])
        return [part for part in (sky.get("drawn", ""), light, f"{world['moods'][mood.value]} mood") if part]

    def _drawn(self, parts: Sequence[str]) -> str:
        return self.finish("; ".join(parts)) + "."

    def _done(self, wish: Wish, do: str) -> str:
        if wish.did:
            head, _, rest = wish.did.partition(" ")
            return f"{participle(base(head))} {rest}"
        return participle_phrase(do)


def _known(place: Place) -> Spot:
    """``in a snowy village``, and from then on ``in the snowy village``."""
    return Spot(place.name, place.at, re.sub(r"\ban? ", "the ", place.at, count=1))


def _agreeing(told: str, was: str) -> str:
    """``was sad`` of several: ``were sad``."""
    return re.sub(r"^was\b", was, told)
